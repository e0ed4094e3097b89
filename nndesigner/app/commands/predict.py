"""`predict RUN --input FILE`: the answers of a trained network for a user's own file, in the data's own units."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from nndesigner.app.command import OK, Command, wrong
from nndesigner.app.terminal import figure, note, say, say_json, table
from nndesigner.base.text import tr

MOST_NUMBERS = 6
"""numbers of one answer that a person is shown; --json and --out give all"""


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help=tr("the run's folder"))
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "--input",
        metavar="FILE",
        type=Path,
        help=tr(
            "raw values as the network reads them: .csv, .npy, .npz, a picture or a folder of pictures, .txt"
        ),
    )
    given.add_argument(
        "--split",
        choices=("train", "validation", "test"),
        help=tr("the samples of a part of the run's own data, instead of a file"),
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help=tr("write the answers into a CSV table instead of showing them"),
    )
    parser.add_argument(
        "--checkpoint",
        metavar="best|last|STEP",
        default="best",
        help=tr("which weights; the best without it"),
    )
    parser.add_argument("--device", metavar="WORD", default="", help=tr("such as cuda; else the processor"))
    parser.add_argument(
        "--json", action="store_true", help=tr("print one JSON object: checkpoint, step, answers")
    )


def _run(options: Namespace) -> int:
    from nndesigner.app.checkpoint_option import checkpoint_of
    from nndesigner.app.work import do, run_at
    from nndesigner.data.answer_table import answer_rows
    from nndesigner.protocol.jobs import Predict, PredictFile

    run = run_at(options.run)
    if options.input is not None and not options.input.exists():
        raise wrong(tr("There is no file {path}.", path=options.input))
    if options.input is not None and options.out is not None:
        job = PredictFile(
            str(run.path),
            str(options.input.absolute()),
            str(options.out.absolute()),
            checkpoint_of(run, options.checkpoint),
            options.device,
        )
        written = do(job)
        for remark in written["remarks"]:
            note(remark)
        say_json({"path": written["path"]}) if options.json else say(written["path"])
        return OK
    result = do(
        Predict(
            str(run.path),
            checkpoint_of(run, options.checkpoint),
            file=str(options.input.absolute()) if options.input is not None else "",
            split=options.split or "",
            device=options.device,
        )
    )
    for remark in result.get("remarks", ()):
        note(remark)
    answers: dict[str, dict[str, Any]] = result["answers"]
    if options.out is not None:
        path = _write(answers, options.out)
        say_json({"path": str(path)}) if options.json else say(str(path))
    elif options.json:
        say_json(
            {
                "checkpoint": result["checkpoint"],
                "step": result["step"],
                "answers": {name: _plain(answer) for name, answer in answers.items()},
            }
        )
    else:
        for name, answer in answers.items():
            header, rows = answer_rows(name, answer, MOST_NUMBERS)
            shown = [[_shown(value) for value in row] for row in rows]
            say(table(header, shown, right=(0, *range(2 if "class" in answer else 1, len(header)))))
    return OK


def _write(answers: dict[str, dict[str, Any]], out: Path) -> Path:
    """All answers side by side as CSV. Raises WriteError."""
    from nndesigner.base.atomic import write_atomically
    from nndesigner.base.csv_text import csv_text
    from nndesigner.data.answer_table import answer_table

    return write_atomically(out, csv_text(*answer_table(answers)).encode()).path


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    """One output for JSON: values, and for classes the class of each answer by number and by name."""
    from nndesigner.data.answer_table import class_names

    said = {"values": answer["values"].tolist()}
    if "class" in answer:
        said |= {
            "class": answer["class"].tolist(),
            "class_names": class_names(answer["class"], answer["classes"]).tolist(),
            "classes": answer["classes"],
        }
    return said


def _shown(value: Any) -> str:
    return figure(value) if isinstance(value, float) else str(value)


COMMAND = Command(
    name="predict",
    help=tr("Ask a trained network for answers to a file."),
    add_arguments=_add_arguments,
    run=_run,
    more=tr(
        "A CSV table is matched by its header, or by position where it has none; pictures are resized; an .npz\n"
        "file holds arrays named as the data fields. Answers are probabilities of classes, or numbers in the data's\n"
        "own units."
    ),
)
