"""Where the time goes, for steps whose parts are known."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.monitors.time_split import TimeSplit, advice, duration
from nndesigner.measurements.time_split import PHASES
from nndesigner.protocol.messages import Frame
from nndesigner.runs.history import RunHistory
from tests.networks import digits_cnn


def shown(*steps: dict[str, float], live: bool = True) -> TimeSplit:
    history = RunHistory()
    for number, seconds in enumerate(steps):
        values = np.array([seconds.get(phase, 0.0) for phase in PHASES], np.float32)
        history.take(Frame("time_split", "", number + 1, 0.1, {"seconds": values}, {"phases": list(PHASES)}))
    view = TimeSplit()
    view.resize(320, 300)
    view.show_runs([ShownRun("known", None, history, digits_cnn(), live, "running")])
    view.show()
    view.refresh()
    return view


def test_the_parts_of_a_step_and_what_to_do(app, qtbot) -> None:
    step = {"data": 0.006, "forward": 0.002, "backward": 0.0015, "optimizer": 0.0005}
    view = shown(step, step, {**step, "data": 5.0})  # one step that something else held up
    qtbot.addWidget(view)
    assert not view.is_empty
    assert view.whole.text() == "10 ms per step"
    assert view.picture.rows() == [
        ("Waiting for data", "6 ms", "60.0 %"),
        ("Forward", "2 ms", "20.0 %"),
        ("Backward", "1.5 ms", "15.0 %"),
        ("Optimizer", "500 µs", "5.0 %"),
    ]
    wide = view.picture.width()
    assert [round(place.width() / wide, 3) for _, place in view.picture.parts()] == [0.6, 0.2, 0.15, 0.05]
    assert view.sentence.text().startswith("Data takes 60 % of the time: larger batches")
    assert view.picture.words_at(QPointF(0.7 * wide, 5)) == "Forward: 2 ms, 20.0 %"
    assert view.table()[1][0][0] == "data"


@pytest.mark.parametrize(
    "seconds, words",
    [
        ({"to_device": 4.0, "forward": 6.0}, "Data takes 40 %"),
        ({"optimizer": 5.0, "forward": 5.0}, "The optimizer takes 50 %"),
        ({"monitoring": 2.0, "forward": 8.0}, "Monitoring takes 20 %"),
        ({"other": 5.0, "forward": 5.0}, "Steps are so short that 50 %"),
        ({"forward": 4.0, "backward": 5.0, "optimizer": 1.0}, "The network itself takes 90 %"),
    ],
)
def test_the_largest_part_is_what_the_sentence_speaks_of(seconds: dict[str, float], words: str) -> None:
    assert advice(seconds).startswith(words)


def test_without_a_timed_step_it_says_what_will_be_here(app, qtbot) -> None:
    for live in (True, False):
        view = shown(live=live)
        qtbot.addWidget(view)
        assert view.is_empty and ("moment" in view.empty.sentence.text()) == live


def test_times_are_short() -> None:
    assert [duration(s) for s in (2.0, 0.0123, 0.00084, 150e-3)] == ["2 s", "12.3 ms", "840 µs", "150 ms"]
