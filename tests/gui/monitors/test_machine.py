"""How busy the machine is, for numbers that are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from nndesigner.gui.monitors.machine import MachineView
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.protocol.messages import Clock, Frame
from nndesigner.runs.history import RunHistory
from nndesigner.training.machine import Machine
from tests.networks import digits_cnn


def shown() -> MachineView:
    history = RunHistory()
    history.take(Clock(20, 100, 0.2, 1, 640.0, 125.0))
    for step, rate in ((10, 10.0), (20, 20.0)):
        numbers = {"steps_per_second": rate, "memory": 300e6 + step * 1e6, "processor": 0.98}
        arrays = {name: np.array([value]) for name, value in numbers.items()}
        history.take(Frame("machine", "", step, 0.1, arrays, {}))
    view = MachineView()
    view.resize(320, 400)
    view.show_runs([ShownRun("known", None, history, digits_cnn(), True, "running")])
    view.show()
    view.refresh()
    return view


def test_samples_memory_and_the_time_left(app, qtbot) -> None:
    view = shown()
    qtbot.addWidget(view)
    assert not view.is_empty
    known = [key for key, chart in view.charts.items() if not chart.isHidden()]
    assert known == ["samples_per_second", "memory", "processor"], "what is not known is left out"
    stroke = view.charts["samples_per_second"].strokes[0]
    assert stroke.x.tolist() == [10, 20]
    assert stroke.y.tolist() == [320.0, 640.0], "batches of 32"
    assert view.words["memory"].text() == "Memory of the process (MB): 320 MB"
    assert "2" in view.left.text() and view.left.text().endswith("left")
    assert ("processor", 20, 0.98) in view.table()[1]


def test_without_numbers_it_says_what_will_be_here(app, qtbot) -> None:
    view = MachineView()
    qtbot.addWidget(view)
    view.show_runs([ShownRun("known", None, RunHistory(), digits_cnn(), False, "finished")])
    view.refresh()
    assert view.is_empty and "Leave this view open" in view.empty.sentence.text()


def test_a_sample_is_what_was_done_since_the_one_before() -> None:
    clock = itertools.count(0.0, 2.0)
    machine = Machine(torch.device("cpu"), lambda: next(clock))
    first = machine.sample(100)
    assert "steps_per_second" not in first and first.get("memory", 1.0) > 0
    second = machine.sample(150)
    assert second["steps_per_second"] == 25.0 and second["processor"] >= 0.0
    assert not {"device_memory", "device_load"} & second.keys()
    assert machine.sample(150)["steps_per_second"] == pytest.approx(0.0)
