"""`new TEMPLATE`: a project of one's own from one of those that ship, with the files that it reads."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nndesigner.app.command import OK, Command, wrong
from nndesigner.app.terminal import say, say_json, table
from nndesigner.base.text import tr
from nndesigner.project.format import SUFFIX


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("template", metavar="TEMPLATE", nargs="?", default="", help=tr("its name"))
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help=tr("where to write it; TEMPLATE.nnd without it")
    )
    parser.add_argument("--list", action="store_true", help=tr("say which templates there are"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object: path, or templates"))


def _run(options: Namespace) -> int:
    from nndesigner.session.templates import copy_template

    if options.list:
        return _list(options.json)
    if not options.template:
        raise wrong(tr("Which template? “nndesigner new --list” shows them."))
    out: Path = options.out or Path(options.template + SUFFIX)
    if not out.suffix:
        out = out.with_name(out.name + SUFFIX)
    written = copy_template(options.template, out)
    if options.json:
        say_json({"path": str(written[0]), "files": [str(path) for path in written]})
        return OK
    for path in written:
        say(str(path))
    say(tr("Open it with: nndesigner {path}", path=out))
    return OK


def _list(json: bool) -> int:
    from nndesigner.document.records import Note
    from nndesigner.project.reader import open_project
    from nndesigner.session.templates import templates

    found = templates()
    if json:
        say_json({"templates": list(found)})
        return OK
    rows = []
    for name, path in found.items():
        notes = (record.text for record in open_project(path).document if isinstance(record, Note))
        rows.append([name, next(notes, "").partition("\n")[0]])
    say(table([tr("template"), tr("what it shows")], rows))
    return OK


COMMAND = Command(
    name="new",
    help=tr("Start a project from a template."),
    add_arguments=_add_arguments,
    run=_run,
)
