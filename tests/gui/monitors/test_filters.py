"""Filters of a convolution: the weights as they are, and exactly how far they went."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF

from nndesigner.gui.monitors.filters import FILTERS_VIEW
from nndesigner.gui.monitors.pictures import signed_scale
from nndesigner.gui.theme import DARK, LIGHT
from nndesigner.measurements.measurement import Context, measurements
from nndesigner.training.loop import Trainer
from tests.gui.monitors.known import key_of, watched
from tests.gui.monitors.test_over_time import shown
from tests.measurements.test_measurements import looked
from tests.training.small import chain, trainer


def convs(**plan):
    layers = [
        ("ImageInput", {}),
        ("Conv2d", {"out_channels": 4, "kernel_size": [3, 3]}),
        ("ReLU", {}),
        ("Conv2d", {"out_channels": 3, "kernel_size": [3, 3]}),
        ("Flatten", {}),
        ("Linear", {"out_features": 10}),
        ("Output", {}),
    ]
    return chain("digits", layers, **plan)


def test_filters_are_the_weights_of_one_channel(tmp_path: Path) -> None:
    it = trainer(convs(), tmp_path)
    frame = looked(it, "conv2", "filters", input=2)
    weight = it.compiled.get_submodule("conv2").weight.detach().numpy()
    assert np.allclose(frame.arrays["filters"], weight[:, 2], atol=1e-3)
    assert frame.meta == {"input": 2, "inputs": 4, "all": 3}


def test_three_channels_are_colours_and_sequences_have_a_row_for_each() -> None:
    measure = measurements()["filters"].measure
    context = Context(checked=None, heads=())  # type: ignore[arg-type]
    colors, about = measure({"weight": torch.rand(70, 3, 5, 5)}, context)
    assert colors["filters"].shape == (64, 5, 5, 3) and about["all"] == 70
    rows, _ = measure({"weight": torch.rand(6, 8, 5)}, context)
    assert rows["filters"].shape == (6, 8, 5)
    large, _ = measure({"weight": torch.rand(64, 1, 50, 50)}, context)
    assert large["filters"].nbytes < 1 << 16


def test_the_change_is_what_was_added_since_the_first_look(app, qtbot, tmp_path: Path) -> None:
    def even(it: Trainer) -> None:
        with torch.no_grad():
            it.compiled.get_submodule("conv1").weight.fill_(0.5)

    document = convs(optimizer="sgd", learning_rate=0.0001, momentum=0.0)
    run = watched(document, tmp_path, ("conv1", "filters"), steps=3, prepare=even)
    first, last = (run.history.trail(key_of(run, "conv1"), "filters")[i] for i in (0, -1))
    # Later weights, so that the answer is known: the first filter grew by a tenth, the others stayed.
    grown = first.arrays["filters"].astype(np.float32).copy()
    grown[0] *= 1.1
    last.arrays["filters"] = grown.astype(np.float16)
    monitor = shown(FILTERS_VIEW, run, qtbot, "conv1")
    assert monitor.grid.changes == pytest.approx([0.1, 0, 0, 0], abs=2e-3)
    assert "since step 1" in monitor.words.text() and "4 filters of 3 × 3" in monitor.words.text()
    cell = monitor.grid.layout_cells()[0]
    assert "changed by 9.96 %" in monitor.grid.words_at(cell.center())
    monitor.kind.setCurrentIndex(1)
    assert monitor.grid.filters[0] == pytest.approx(np.full((3, 3), 0.05), abs=1e-3)
    assert not monitor.grid.filters[1:].any()
    header, rows = monitor.table()
    assert header == ("filter", "row", "column", "weight") and len(rows) == 4 * 9


def test_another_channel_is_asked_for(app, qtbot, tmp_path: Path) -> None:
    run = watched(convs(), tmp_path, ("conv2", "filters"))
    monitor = shown(FILTERS_VIEW, run, qtbot, "conv2")
    assert monitor.inputs.isVisibleTo(monitor) and monitor.inputs.count() == 4
    with qtbot.waitSignal(monitor.subscription_changed):
        monitor.inputs.activated.emit(3)
    assert [dict(s.options) for s in monitor.subscriptions()] == [{"input": 3}]


def test_other_layers_have_no_filters(app, qtbot, tmp_path: Path) -> None:
    run = watched(convs(), tmp_path, ("conv1", "filters"))
    monitor = shown(FILTERS_VIEW, run, qtbot, "linear1")
    assert monitor.is_empty and "convolutions" in monitor.empty.sentence.text()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_sign_of_a_weight_is_its_colour(theme) -> None:
    scale = signed_scale(theme).astype(int)
    low, zero, high = scale[0], scale[128], scale[255]
    assert low[2] > low[0] and high[0] > high[2]
    assert np.abs(zero - zero.mean()).max() < 20
    assert np.abs(low - zero).sum() > 150 and np.abs(high - zero).sum() > 150


def test_a_filter_is_painted_where_it_stands(app, qtbot, tmp_path: Path) -> None:
    def signs(it: Trainer) -> None:
        with torch.no_grad():
            weight = it.compiled.get_submodule("conv1").weight
            weight.fill_(0.5)
            weight[1] = -0.5

    run = watched(convs(learning_rate=1e-9), tmp_path, ("conv1", "filters"), steps=1, prepare=signs)
    monitor = shown(FILTERS_VIEW, run, qtbot, "conv1")
    image = monitor.grid.grab().toImage()
    first, second = (image.pixelColor(cell.center().toPoint()) for cell in monitor.grid.layout_cells()[:2])
    assert first.red() > first.blue() and second.blue() > second.red()
    assert monitor.grid.words_at(QPointF(-5, -5)) == ""
