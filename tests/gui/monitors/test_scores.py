"""ROC, precision and calibration against scikit-learn's, and on networks that are blind, perfect or too sure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, roc_auc_score

from nndesigner.gui.monitors.scores import KINDS, SCORES
from nndesigner.measurements.measurement import measurements
from nndesigner.measurements.score_curves import area_under_roc, average_precision, precision_recall, roc
from nndesigner.training.loop import Trainer
from tests.gui.monitors.known import watched
from tests.gui.monitors.test_errors import judged
from tests.gui.monitors.test_over_time import shown
from tests.measurements.test_measurements import CNN, looked
from tests.training.small import chain, mlp, trainer


def test_areas_are_those_of_scikit_learn(tmp_path: Path) -> None:
    it = trainer(chain("digits", CNN), tmp_path)
    frame = looked(it, "", "score_curves")
    values, targets = judged(it)
    chances = torch.softmax(values, dim=1).numpy()
    for c in range(10):
        truth = targets.numpy() == c
        assert frame.meta["auc"][c] == pytest.approx(roc_auc_score(truth, chances[:, c]), abs=0.01)
        assert frame.meta["precision"][c] == pytest.approx(
            average_precision_score(truth, chances[:, c]), abs=0.03
        )
    assert (frame.arrays["with"].sum(axis=1) == torch.bincount(targets, minlength=10).numpy()).all()
    assert ((frame.arrays["with"] + frame.arrays["without"]).sum(axis=1) == len(targets)).all()


def test_one_unit_gives_both_classes(tmp_path: Path) -> None:
    it = trainer(mlp(classes=1), tmp_path)
    frame = looked(it, "", "score_curves")
    values, targets = judged(it)
    area = roc_auc_score(targets.numpy(), values[:, 0].numpy())
    assert frame.meta["auc"] == pytest.approx([area, area], abs=0.02)


def test_a_blind_a_perfect_and_an_upside_down_network() -> None:
    low, high = np.zeros(200, np.int64), np.zeros(200, np.int64)
    low[10], high[190] = 40, 60
    assert area_under_roc(high, low) == 1.0 and average_precision(high, low) == 1.0
    assert area_under_roc(low, high) == 0.0
    assert area_under_roc(low, low) == 0.5
    assert average_precision(low, low) == 0.5
    nothing = np.zeros(200, np.int64)
    assert np.isnan(area_under_roc(high, nothing)) and np.isnan(average_precision(nothing, high))
    false, found = roc(high, low)
    assert (false[0], found[0], false[-1], found[-1]) == (0, 0, 1, 1)
    recall, precision = precision_recall(high, low)
    assert recall[-1] == 1.0 and precision[-1] == pytest.approx(0.6)


def sure(it: Trainer) -> None:
    """Always the first class, with a probability of 0.98; half of the samples are of it."""
    with torch.no_grad():
        it.compiled.get_submodule("linear2").weight.zero_()
        it.compiled.get_submodule("linear2").bias.copy_(torch.tensor([3.9, 0.0]))


def test_a_network_that_is_too_sure_of_itself(app, qtbot, tmp_path: Path) -> None:
    document = mlp(optimizer="sgd", learning_rate=1e-9, momentum=0.0)
    run = watched(document, tmp_path, ("", "score_curves"), steps=1, prepare=sure)
    frame = next(iter(run.history.frames.values()))
    share = frame.arrays["right"].sum() / frame.arrays["certain"].sum()
    assert frame.meta["calibration_error"] == pytest.approx(abs(0.98 - share), abs=0.005)
    monitor = shown(SCORES, run, qtbot)
    assert monitor.words.text() == "AUC 0.500"
    monitor.kind.setCurrentIndex(KINDS.index("calibration"))
    assert monitor.words.text().endswith("too sure of itself")
    header, rows = monitor.table()
    assert header == ("claimed", "right", "answers") and len(rows) == 1
    assert rows[0][:2] == pytest.approx((0.98, share), abs=0.005)
    monitor.grab()


def test_a_line_for_each_class_the_worst_ones_in_colour(app, qtbot, tmp_path: Path) -> None:
    run = watched(chain("digits", CNN), tmp_path, ("", "score_curves"), steps=1)
    monitor = shown(SCORES, run, qtbot)
    assert len(monitor.chart.strokes) == 10
    assert sum(not stroke.faint for stroke in monitor.chart.strokes) == 6
    areas = next(iter(run.history.frames.values())).meta["auc"]
    worst = str(int(np.argmin(areas)))
    assert monitor.legend.entries[0].text == worst
    monitor.legend.toggled.emit(worst)
    assert len(monitor.chart.strokes) == 9 and monitor.legend.entries[0].hidden
    monitor.kind.setCurrentIndex(KINDS.index("precision"))
    assert monitor.words.text().startswith("AP 0.")
    assert monitor.table()[0] == ("class", "recall", "precision")
    monitor.grab()


def test_it_is_offered_for_classes_only(tmp_path: Path) -> None:
    curves = measurements()["score_curves"]
    assert curves.applies_to(trainer(mlp(), tmp_path / "a").checked)
    assert not curves.applies_to(trainer(mlp("diabetes", classes=1), tmp_path / "b").checked)
