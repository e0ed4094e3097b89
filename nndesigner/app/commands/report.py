"""`report RUN --out FILE`: everything about a run in one HTML or PDF file."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nndesigner.app.command import OK, Command, wrong
from nndesigner.app.terminal import note, say, say_json
from nndesigner.base.text import tr


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help=tr("the run's folder"))
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help=tr("the file: .html or .pdf"))
    parser.add_argument(
        "--as-is",
        action="store_true",
        help=tr(
            "take the evaluations that the run has; without it the test part is evaluated where it is not"
        ),
    )
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object: path"))


def _run(options: Namespace) -> int:
    from nndesigner.app import pictures, work
    from nndesigner.base.atomic import write_atomically
    from nndesigner.protocol.jobs import Evaluate
    from nndesigner.session.reporting import gather, not_evaluated

    if options.out.suffix.lower() not in (".html", ".htm", ".pdf"):
        raise wrong(
            tr(
                "A report is saved as .html or .pdf, not as “{ending}”.",
                ending=options.out.suffix or options.out,
            )
        )
    run = work.run_at(options.run)
    pictures.look_at_qt()
    for part in () if options.as_is else not_evaluated(run):
        for remark in work.do(Evaluate(str(run.path), part)).get("remarks", ()):
            note(remark)
    path = write_atomically(options.out, pictures.report(gather(run), options.out)).path
    say_json({"path": str(path)}) if options.json else say(str(path))
    return OK


COMMAND = Command(
    name="report",
    help=tr("Write everything about a run into one HTML or PDF file."),
    add_arguments=_add_arguments,
    run=_run,
    more=tr(
        "The file holds the network's picture, layers, data, settings, curves, results of every part that was\n"
        "evaluated, and the environment. HTML is one file that fetches nothing and runs nothing."
    ),
)
