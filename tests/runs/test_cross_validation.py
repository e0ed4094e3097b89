"""The table of a cross-validation: by hand, from runs that came to their end and from such that did not."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from nndesigner.runs.cross_validation import Folds, as_csv, folds_of, group_of, lines
from nndesigner.runs.listing import RunSummary


def run(fold: int, folds: int, id: str = "a", state: str = "finished", **validation: float) -> RunSummary:
    metrics = {"train": {"loss": 0.5}, "validation": validation}
    result: dict[str, Any] = {"state": state, "metrics": metrics}
    name = f"000{fold}-net-fold-{fold}-of-{folds}"
    return RunSummary(
        Path(name), name, "", state, "", "supervised", {}, result, 1, None, group_of(id, fold, folds)
    )


def test_mean_and_deviation_by_hand() -> None:
    """2, 4, 4, 4, 5, 5, 7, 9: mean 5, deviation √(32 / 7)."""
    values = (2, 4, 4, 4, 5, 5, 7, 9)
    (found,) = folds_of([run(i, 8, loss=value) for i, value in enumerate(values, 1)])
    line = next(line for line in lines(found) if (line.part, line.metric) == ("validation", "loss"))
    assert line.values == values and line.mean == 5.0
    assert line.deviation is not None and abs(line.deviation - (32 / 7) ** 0.5) < 1e-12
    assert found.whole and found.name == "0001-net"
    assert [line.part for line in lines(found)] == ["validation", "train"]


def test_a_fold_that_did_not_end_has_no_values() -> None:
    runs = [run(1, 4, loss=1.0), run(2, 4, state="diverged", loss=9.0), run(4, 4, loss=2.0)]
    (found,) = folds_of(runs)
    line = lines(found)[0]
    assert line.values == (1.0, None, None, 2.0) and line.mean == 1.5
    assert found.done == 2 and not found.whole
    (single,) = folds_of([run(3, 4, loss=1.0)])
    assert lines(single)[0].deviation is None


def test_runs_are_told_apart_by_what_they_belong_to() -> None:
    alone = RunSummary(Path("x"), "x", "", "finished", "", "supervised", {}, {}, 1)
    odd = [
        RunSummary(Path("y"), "y", "", "finished", "", "supervised", {}, {}, 1, None, group)
        for group in (
            {"kind": "cross-validation", "id": 3},
            group_of("b", 7, 3),
            {"kind": "other", "id": "c"},
        )
    ]
    runs = [
        run(1, 2),
        alone,
        *odd,
        run(1, 2, "b"),
        run(2, 2),
        run(2, 2, "b", state="stopped"),
        run(2, 2, "b"),
    ]
    found = folds_of(runs)
    assert [each.id for each in found] == ["a", "b"]
    assert found[1].runs[1] is runs[-1], "of two runs of one fold the later counts"


def test_the_table_as_csv_has_every_digit() -> None:
    (found,) = folds_of([run(1, 2, loss=0.1, accuracy=1 / 3), run(2, 2, loss=0.3)])
    rows = list(csv.reader(io.StringIO(as_csv(found))))
    assert rows[0] == ["part", "metric", "fold 1", "fold 2", "mean", "standard deviation"]
    assert rows[1][:4] == ["validation", "loss", "0.1", "0.3"] and float(rows[1][4]) == 0.2
    assert rows[2] == ["validation", "accuracy", repr(1 / 3), "", repr(1 / 3), ""]
    assert isinstance(found, Folds)
