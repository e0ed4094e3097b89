"""`evaluate RUN`: how good a trained network is over a part of its data, as a table or as JSON."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.app.command import OK, Command
from nndesigner.app.terminal import figure, note, say, say_json, table
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.runs.evaluations import Evaluation, OutputResult


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help=tr("the run's folder"))
    parser.add_argument(
        "--part",
        choices=("test", "validation", "train"),
        default="test",
        help=tr("which part of the run's data; the test part without it"),
    )
    parser.add_argument(
        "--checkpoint",
        metavar="best|last|STEP",
        default="best",
        help=tr("which weights; the best without it"),
    )
    parser.add_argument(
        "--group",
        metavar="NAME",
        default="",
        help=tr("give the metrics per group of samples too: by a field of classes, FIELD/COLUMN of a table"),
    )
    parser.add_argument(
        "--bins",
        metavar="N",
        type=int,
        default=5,
        help=tr("into how many groups of about as many samples a number is cut"),
    )
    parser.add_argument("--device", metavar="WORD", default="", help=tr("such as cuda; else the processor"))
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help=tr("write everything that was found into a JSON file")
    )
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object with everything"))


def _run(options: Namespace) -> int:
    from nndesigner.app.checkpoint_option import checkpoint_of
    from nndesigner.app.work import do, run_at
    from nndesigner.base.atomic import write_atomically
    from nndesigner.protocol.jobs import Evaluate
    from nndesigner.runs.evaluations import from_plain

    run = run_at(options.run)
    job = Evaluate(
        str(run.path),
        options.part,
        checkpoint_of(run, options.checkpoint),
        options.group,
        options.bins,
        options.device,
    )
    result = do(job)
    for remark in result.get("remarks", ()):
        note(remark)
    if options.out is not None:
        import msgspec

        text = msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n"
        path = write_atomically(options.out, text).path
        if options.json:
            say_json({"path": str(path)})
            return OK
        _show(from_plain(result))
        say(str(path))
    elif options.json:
        say_json(result)
    else:
        _show(from_plain(result))
    return OK


def _show(found: Evaluation) -> None:
    say(
        tr(
            "{part}: {n} samples, step {step}",
            part=found.part,
            n=f"{found.samples:,}",
            step=f"{found.step:,}",
        )
    )
    for output in found.outputs:
        say()
        if len(found.outputs) > 1:
            say(output.name)
        _show_output(output, found.group_label)


def _show_output(output: OutputResult, group: str) -> None:
    from nndesigner.runs.metric_table import class_rows, group_rows, how_asked, number_rows, summary_rows

    if how := how_asked(output):
        say(how)
    say(table([tr("metric"), tr("value")], _words(summary_rows(output)), right=(1,)))
    if output.classes is not None and output.classes.lines:
        header, rows = class_rows(output.classes)
        say()
        say(table(header, _words(rows), right=range(1, len(header))))
    if output.numbers is not None and len(output.numbers.lines) > 1:
        header, rows = number_rows(output.numbers)
        say()
        say(table(header, _words(rows), right=range(1, len(header))))
    if output.groups:
        header, rows = group_rows(output, group)
        say()
        say(table(header, _words(rows), right=range(1, len(header))))


def _words(rows: list[list[object]]) -> list[list[str]]:
    return [
        [figure(v) if isinstance(v, float) else "–" if v is None else str(v) for v in row] for row in rows
    ]


COMMAND = Command(
    name="evaluate",
    help=tr("Measure a trained network on a part of its data."),
    add_arguments=_add_arguments,
    run=_run,
    more=tr(
        "What is found is kept in the run's folder too, where the window and the report show it. --group takes the\n"
        "name of a field of classes (target), or FIELD/COLUMN with the number of a column, counted from 0."
    ),
)
