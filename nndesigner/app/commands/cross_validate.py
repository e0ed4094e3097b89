"""`cross-validate FILE`: a run for each fold of the data, and how the metrics come out over all of them."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.app.command import OK, Command, refuse_problems, wrong
from nndesigner.app.plan_options import add_plan_options, given_plan
from nndesigner.app.project import open_file
from nndesigner.app.terminal import figure, note, say, say_json, table
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.runs.cross_validation import Folds


def _folds(text: str) -> int:
    from nndesigner.session.cross_validating import FEWEST, MOST

    if not text.isdecimal() or not FEWEST <= int(text) <= MOST:
        raise ArgumentTypeError(tr("{least} to {most} folds, not {text}", least=FEWEST, most=MOST, text=text))
    return int(text)


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=tr("the project"))
    parser.add_argument(
        "--folds",
        metavar="K",
        type=_folds,
        default=5,
        help=tr("into how many folds the data is cut; 5 without it"),
    )
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help=tr("the folder of the runs; without it FILE’s .runs")
    )
    parser.add_argument("--csv", metavar="FILE", type=Path, help=tr("write the table into a CSV file"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object: folds, runs, metrics"))
    add_plan_options(parser)


def _run(options: Namespace) -> int:
    from nndesigner.app import work
    from nndesigner.base.atomic import write_atomically
    from nndesigner.base.names import new_id
    from nndesigner.check.check import check
    from nndesigner.document import edits
    from nndesigner.document.plan import plan_values
    from nndesigner.project.writer import encode
    from nndesigner.protocol.jobs import Train
    from nndesigner.runs.cross_validation import as_csv, folds_of, group_of
    from nndesigner.runs.listing import summary
    from nndesigner.runs.store import open_run
    from nndesigner.session.cross_validating import fold_document, fold_path, why_no_folds

    file: Path = options.file.absolute()
    document = open_file(options.file).document
    if given := given_plan(options):
        document = document.apply(edits.set_plan(document, given))
    refuse_problems(plan_values(document)[1])
    if reason := why_no_folds(document):
        raise wrong(reason)
    document = work.with_data(document, file.parent)
    work.describe(document)
    refuse_problems(check(document).problems)
    folder = options.out.absolute() if options.out else file.with_suffix(".runs")
    id, runs, code = new_id(), [], OK
    for fold in range(1, options.folds + 1):
        note(tr("Fold {fold} of {folds}", fold=fold, folds=options.folds))
        path = fold_path(folder, document, fold, options.folds)
        job = Train(
            encode(fold_document(document, fold, options.folds)),
            str(file.parent),
            str(path),
            "fresh",
            group=group_of(id, fold, options.folds),
        )
        result = work.train(job)
        runs.append(summary(open_run(path)))
        code = work.exit_code(result)
        if result.get("state") in ("stopped", "orphaned"):
            break
    (found,) = folds_of(runs)
    if options.csv is not None:
        write_atomically(options.csv.absolute(), as_csv(found).encode())
    if options.json:
        say_json(_plain(found))
    else:
        _show(found)
        if options.csv is not None:
            say(str(options.csv))
    return code


def _plain(found: Folds) -> dict[str, object]:
    from nndesigner.runs.cross_validation import lines

    metrics: dict[str, dict[str, object]] = {}
    for line in lines(found):
        metrics.setdefault(line.part, {})[line.metric] = {
            "folds": list(line.values),
            "mean": line.mean,
            "standard_deviation": line.deviation,
        }
    runs = [str(run.path) if run is not None else None for run in found.runs]
    return {"folds": len(found.runs), "runs": runs, "metrics": metrics}


def _show(found: Folds) -> None:
    from nndesigner.runs.cross_validation import lines

    def words(value: float | None) -> str:
        return "–" if value is None else figure(value)

    header = [tr("metric"), *(str(n) for n in range(1, len(found.runs) + 1)), tr("mean"), tr("std. dev.")]
    rows = [
        [f"{line.part} {line.metric}", *map(words, line.values), words(line.mean), words(line.deviation)]
        for line in lines(found)
    ]
    say(table(header, rows, right=range(1, len(header))))
    say()
    say(
        tr(
            "{done} of {folds} folds trained. The standard deviation is that of the folds (n - 1).",
            done=found.done,
            folds=len(found.runs),
        )
    )


COMMAND = Command(
    name="cross-validate",
    help=tr("Train a project once for each fold of its data and compare."),
    add_arguments=_add_arguments,
    run=_run,
    more=tr(
        "Folds keep classes in proportion, or groups together, as the project says; the test part stays aside.\n"
        "Preparation is fitted on each fold's training part alone. Ctrl-C stops it with a checkpoint of that fold."
    ),
)
