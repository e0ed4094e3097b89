"""`metrics RUN`: the numbers of a run, the last ones as a table or every one as CSV."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from nndesigner.app.command import OK, Command
from nndesigner.app.terminal import figure, say, say_json, table
from nndesigner.base.text import tr
from nndesigner.document.metrics import LARGER_IS_BETTER

if TYPE_CHECKING:
    from nndesigner.runs.store import RunFolder

COLUMNS = ("step", "epoch", "split", "name", "value", "seconds")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", type=Path, help=tr("the run's folder"))
    parser.add_argument(
        "--csv",
        action="store_true",
        help=tr("every number, as a table: {columns}", columns=", ".join(COLUMNS)),
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help=tr("write the CSV table into a file instead")
    )
    parser.add_argument(
        "--json", action="store_true", help=tr("print one JSON object: run, state, last, best")
    )


def _run(options: Namespace) -> int:
    from nndesigner.app.work import run_at
    from nndesigner.base.atomic import write_atomically
    from nndesigner.base.csv_text import csv_text
    from nndesigner.runs.listing import state

    run = run_at(options.run)
    if options.csv or options.out:
        text = csv_text(COLUMNS, run.rows())
        if options.out is None:
            print(text, end="")
            return OK
        path = write_atomically(options.out, text.encode()).path
        if options.json:
            say_json({"path": str(path)})
        else:
            say(str(path))
        return OK
    found = _found(run)
    if options.json:
        said: dict[str, dict[str, dict[str, float]]] = {"last": {}, "best": {}}
        for (split, name), (last, best, _) in found.items():
            said["last"].setdefault(split, {})[name] = last
            said["best"].setdefault(split, {})[name] = best
        say_json({"run": str(run.path), "state": state(run.record), **said})
        return OK
    rows = [
        [split, name, figure(last), figure(best), str(points)]
        for (split, name), (last, best, points) in found.items()
    ]
    say(table([tr("part"), tr("number"), tr("last"), tr("best"), tr("points")], rows, right=(2, 3, 4)))
    say()
    say(f"{run.name}: {state(run.record)}")
    return OK


def _found(run: RunFolder) -> dict[tuple[str, str], tuple[float, float, int]]:
    """Last and best value and number of points of every curve. For accuracy and R² the best is the largest."""
    import numpy as np

    from nndesigner.runs.history import RunHistory

    history = RunHistory.from_folder(run)
    found = {}
    for split, name in history.curves():
        values = history.series(split, name).values
        finite = values[np.isfinite(values)]
        largest = name.startswith(LARGER_IS_BETTER)
        best = float("nan") if not len(finite) else float(finite.max() if largest else finite.min())
        found[split, name] = (float(values[-1]), best, len(values))
    return found


COMMAND = Command(
    name="metrics",
    help=tr("Show the numbers of a run, or give all of them as CSV."),
    add_arguments=_add_arguments,
    run=_run,
)
