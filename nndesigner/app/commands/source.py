"""`source FILE`: the Python of a project's network, as a person would have written it. No run is needed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nndesigner.app.command import OK, PROBLEMS, Command, wrong
from nndesigner.app.project import open_file
from nndesigner.app.terminal import note, problem_lines, say, say_json
from nndesigner.base.text import tr


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=tr("the project"))
    parser.add_argument("--out", metavar="PATH", type=Path, help=tr("the file to write; printed without it"))
    parser.add_argument(
        "--json", action="store_true", help=tr("print one JSON object: text, and the lines of each layer")
    )


def _run(options: Namespace) -> int:
    from nndesigner.base.atomic import write_atomically
    from nndesigner.check.check import check
    from nndesigner.compiler.source import printed

    checked = check(open_file(options.file).document)
    if not checked.ok:
        for problem in checked.errors:
            note(problem_lines(problem))
        return PROBLEMS
    found = printed(checked, options.file.stem)
    if options.out is not None:
        out: Path = options.out.absolute()
        if out.is_dir() or not out.parent.is_dir():
            raise wrong(tr("{path} cannot be written: name a file in a folder that is there.", path=out))
        write_atomically(out, found.text.encode())
    if options.json:
        lines = {id: [list(place) for place in places] for id, places in found.lines.items()}
        say_json({"text": found.text, "lines": lines})
    elif options.out is None:
        print(found.text, end="")
    else:
        say(str(out))
    return OK


COMMAND = Command(
    name="source",
    help=tr("Print the network of a project as Python source."),
    add_arguments=_add_arguments,
    run=_run,
)
