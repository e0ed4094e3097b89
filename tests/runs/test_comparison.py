"""Runs side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.document import edits
from nndesigner.protocol.messages import ScalarRow
from nndesigner.runs.comparison import compare
from nndesigner.runs.history import RunHistory
from nndesigner.runs.listing import list_runs
from nndesigner.runs.store import create_run


def history(*points: tuple[str, str, float]) -> RunHistory:
    made = RunHistory()
    made.add_rows(ScalarRow(i, 0.0, split, name, value, 0.0) for i, (split, name, value) in enumerate(points))
    return made


def test_what_differs_and_which_is_best(tmp_path: Path) -> None:
    document = edits.new_document()
    for values in ({"epochs": 5}, {"epochs": 5, "learning_rate": 0.1}):
        create_run(tmp_path, document.apply(edits.set_plan(document, values)), name="r")
    found = compare(
        list_runs(tmp_path),
        [
            history(
                ("validation", "loss", 0.5), ("validation", "loss", 0.3), ("validation", "accuracy", 0.9)
            ),
            history(
                ("validation", "loss", 0.4), ("validation", "accuracy", 0.8), ("validation", "accuracy", 0.95)
            ),
        ],
    )
    assert found.runs == ("0001-r", "0002-r")
    assert found.settings == {"learning_rate": (0.001, 0.1)}
    assert found.metrics["validation", "loss"] == (0.3, 0.4)
    assert found.best == {("validation", "loss"): 0, ("validation", "accuracy"): 1}


def test_a_number_that_one_run_lacks(tmp_path: Path) -> None:
    document = edits.new_document()
    create_run(tmp_path, document)
    create_run(tmp_path, document)
    found = compare(list_runs(tmp_path), [history(), history(("train", "epoch loss", 1.0))])
    assert found.metrics == {("train", "epoch loss"): (None, 1.0)}
    assert found.best == {("train", "epoch loss"): 1}
    with pytest.raises(ValueError, match="one history for each run"):
        compare(list_runs(tmp_path), [])
