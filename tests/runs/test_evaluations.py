"""Evaluations are kept by part, read again as they were, and refused where they are from elsewhere."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.runs.evaluations import from_plain, load, load_all, number, plain, save, why_stale
from nndesigner.runs.metric_table import (
    average_rows,
    class_rows,
    confusion_rows,
    curve_rows,
    group_rows,
    point_rows,
    sample_rows,
    summary_rows,
)
from nndesigner.runs.store import RunFolder, create_at
from tests.networks import digits_cnn
from tests.training.evaluation.hand_made import class_output, evaluation, number_output

TRUTH = np.array([0, 0, 1, 1, 2, 2])
SAID = np.array([0, 1, 1, 1, 2, 0])


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create_at(tmp_path / "0001-a", digits_cnn())


def test_each_part_has_its_newest_and_all_come_with_the_test_part_first(run: RunFolder) -> None:
    output = class_output(TRUTH, SAID, 3)
    assert load_all(run) == ()
    save(run, evaluation(output, part="validation"))
    save(run, evaluation(output, part="test", step=1))
    save(run, evaluation(output, part="test", step=2))
    assert [(e.part, e.step) for e in load_all(run)] == [("test", 2), ("validation", 40)]
    assert load(run, "train") is None
    assert why_stale(load_all(run)[0], run, "f" * 64) == ()


def test_what_travels_is_what_it_was_made_of() -> None:
    made = evaluation(class_output(TRUTH, SAID, 3), number_output(np.ones((4, 1)), np.ones((4, 1))))
    assert from_plain(plain(made)) == made


def test_what_is_none_or_of_a_newer_version_is_refused() -> None:
    with pytest.raises(Refusal, match="cannot be read"):
        from_plain({"part": 3})
    newer = plain(evaluation(class_output(TRUTH, SAID, 3))) | {"version": 99}
    with pytest.raises(Refusal, match="newer version"):
        from_plain(newer)


def test_what_is_no_number_is_kept_as_nothing() -> None:
    assert number(float("nan")) is None and number(float("inf")) is None and number(0.5) == 0.5


def test_tables_hold_what_was_found() -> None:
    output = class_output(TRUTH, SAID, 3, "kind")
    scores = output.classes
    assert scores is not None
    summary = dict(summary_rows(output))
    assert summary["accuracy"] == pytest.approx(4 / 6) and summary["samples"] == 6
    header, rows = class_rows(scores)
    assert len(rows) == 3 and all(len(row) == len(header) for row in rows)
    assert rows[1][:5] == ["b", pytest.approx(2 / 3), 1.0, pytest.approx(0.8), 2]
    assert average_rows(scores)[0][0] == "macro mean"
    line = msgspec.structs.replace(scores.lines[1], iou=0.5)
    header, rows = class_rows(msgspec.structs.replace(scores, lines=(scores.lines[0], line, scores.lines[2])))
    assert header[-1] == "IoU" and [row[-1] for row in rows] == [None, 0.5, None]
    assert confusion_rows(scores) == (
        ["truth", "a", "b", "c"],
        [["a", 1, 1, 0], ["b", 0, 2, 0], ["c", 1, 0, 1]],
    )
    assert {row[0] for row in curve_rows(scores, "roc")[1]} == {"a", "b", "c"}
    assert sum(row[2] for row in curve_rows(scores, "calibration")[1]) == 6
    assert [row[:2] for row in group_rows(output, "kind")[1]] == [["a", 2], ["b", 2], ["c", 2]]
    assert len(sample_rows(output.confident)[1]) == 2


def test_points_come_with_their_residuals() -> None:
    output = number_output(np.array([[1.0], [2.0]]), np.array([[1.5], [1.0]]))
    assert output.numbers is not None
    assert [row[4] for row in point_rows(output.numbers.points[0])[1]] == [0.5, -1.0]
