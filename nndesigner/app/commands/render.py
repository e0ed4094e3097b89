"""`render FILE --out PICTURE`: the drawing of a network, by the painter of the canvas. No screen is needed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nndesigner.app.command import OK, Command
from nndesigner.app.project import open_file
from nndesigner.app.terminal import say, say_json
from nndesigner.base.text import tr


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=tr("the project"))
    parser.add_argument(
        "--out", metavar="PICTURE", type=Path, required=True, help=tr("a .png, .svg or .pdf file")
    )
    parser.add_argument(
        "--style",
        choices=("screen", "print"),
        default="screen",
        help=tr("“print” has white paper and no shadows"),
    )
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help=tr("colours on the screen")
    )
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object: path and bytes"))


def _run(options: Namespace) -> int:
    from nndesigner.app.pictures import drawing

    document = open_file(options.file).document
    path = drawing(document, options.out, style=options.style, dark=options.theme == "dark")
    if options.json:
        say_json({"path": str(path), "bytes": path.stat().st_size})
    else:
        say(str(path))
    return OK


COMMAND = Command(
    name="render",
    help=tr("Draw a network into a PNG, SVG or PDF file."),
    add_arguments=_add_arguments,
    run=_run,
)
