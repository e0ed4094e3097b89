"""Weights whose singular values are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.monitors.spectrum import SPECTRUM_VIEW, Spectrum
from nndesigner.measurements.spectrum import ranks
from nndesigner.training.loop import Trainer
from tests.check.alarms.networks import rectified
from tests.gui.monitors.known import key_of, watched


def shown(run: ShownRun, qtbot, node: str) -> Spectrum:
    view = SPECTRUM_VIEW.make()
    assert isinstance(view, Spectrum)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show_runs([run])
    view.show_node(key_of(run, node))
    view.show()
    view.refresh()
    return view


def one_direction(it: Trainer) -> None:
    with torch.no_grad():
        weight = it.compiled.get_submodule("linear2").weight
        weight.copy_(torch.outer(torch.ones(16), torch.arange(1.0, 17.0)))


def all_alike(it: Trainer) -> None:
    with torch.no_grad():
        it.compiled.get_submodule("linear2").weight.copy_(2.0 * torch.eye(16))


def test_one_direction_and_all_alike(app, qtbot, tmp_path: Path) -> None:
    run = watched(rectified(), tmp_path / "a", ("linear2", "spectrum"), steps=1, prepare=one_direction)
    view = shown(run, qtbot, "linear2")
    assert view.words.text() == "linear2.weight, 16 × 16: effective rank 1.0 of 16, stable rank 1.0"
    length = float(torch.outer(torch.ones(16), torch.arange(1.0, 17.0)).norm())
    (stroke,) = view.chart.strokes
    assert stroke.y[0] == pytest.approx(length, rel=1e-5) and stroke.y[1:].max() < 1e-3 * length
    run = watched(rectified(), tmp_path / "b", ("linear2", "spectrum"), steps=1, prepare=all_alike)
    view = shown(run, qtbot, "linear2")
    assert view.words.text() == "linear2.weight, 16 × 16: effective rank 16.0 of 16, stable rank 16.0"
    assert view.chart.strokes[0].y.tolist() == [2.0] * 16
    assert len(view.table()[1]) == 16


def test_ranks_of_known_spectra() -> None:
    assert ranks(np.array([3.0, 0.0, 0.0], np.float32)) == (1.0, 1.0)
    assert ranks(np.zeros(3, np.float32)) == (0.0, 0.0)
    effective, stable = ranks(np.array([2.0, 1.0, 1.0], np.float32))
    assert effective == pytest.approx(2**1.5) and stable == pytest.approx(1.5)


def test_a_layer_without_weights_and_weights_that_are_lost(app, qtbot, tmp_path: Path) -> None:
    def lost(it: Trainer) -> None:
        with torch.no_grad():
            it.compiled.get_submodule("linear1").weight[0, 0] = float("inf")

    run = watched(rectified(), tmp_path, ("linear1", "spectrum"), steps=1, prepare=lost)
    assert "not finite" in shown(run, qtbot, "linear1").words.text()
    view = shown(run, qtbot, "relu1")
    assert view.is_empty and "no weights" in view.empty.sentence.text()
