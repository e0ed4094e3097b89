"""The gauge of overfitting, on losses that are known and on a network that learns by heart."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.check.alarms.overfitting import OVERFITTING as ALARM
from nndesigner.gui.monitors.overfitting import Overfitting
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.protocol.messages import ScalarRow
from nndesigner.runs.history import RunHistory
from nndesigner.session.session import Session
from tests.check.alarms.runs import run
from tests.training.small import chain


def shown(trained: list[float], judged: list[float]) -> ShownRun:
    history = RunHistory()
    for epoch, (a, b) in enumerate(zip(trained, judged, strict=True), 1):
        history.add_rows(
            [
                ScalarRow(10 * epoch, float(epoch), "train", "epoch loss", a, 0.0),
                ScalarRow(10 * epoch, float(epoch), "validation", "loss", b, 0.0),
            ]
        )
    return ShownRun("known", None, history, None)


@pytest.fixture
def view(app, qtbot) -> Overfitting:
    made = Overfitting()
    qtbot.addWidget(made)
    made.join(Session())
    made.resize(400, 300)
    return made


def draw(view: Overfitting, of: ShownRun) -> None:
    view.show_runs((of,))
    view.refresh()


FALLING = [1.0, 0.5, 0.25, 0.2, 0.1]


def test_the_best_epoch_the_gap_and_how_near_the_limit_it_is(view: Overfitting) -> None:
    draw(view, shown(FALLING, [1.0, 0.6, 0.5, 0.8, 1.0]))
    assert view.gauge.times == pytest.approx(2.0), "twice the half of its gain is given back"
    assert view.gauge.share == 1.0
    assert view.verdict.text() == "Overfitting: 100 % above its best of 2 epochs ago."
    assert (
        "Best validation loss 0.5 at epoch 3, now 1. Training loss 0.1: the gap is 0.9." in view.words.text()
    )
    assert "10 % above" in view.words.text() and "for 3 epochs" in view.words.text()
    assert [mark.at for mark in view.chart.marks] == [3.0, 1.0, 0.1]
    header, rows = view.table()
    assert rows[-1] == (50, 5.0, 0.1, 1.0, 0.9, pytest.approx(2.0)) and len(header) == len(rows[0])


def test_a_network_that_learns_by_heart(view: Overfitting, tmp_path: Path) -> None:
    layers = [("TableInput", {}), ("Linear", {"out_features": 256}), ("ReLU", {})]
    layers += [
        ("Linear", {"out_features": 256}),
        ("ReLU", {}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    document = chain("moons", layers, {"samples": 60, "noise": 0.6}, epochs=120, learning_rate=0.003)
    history, _ = run(document, tmp_path, every=20)
    draw(view, ShownRun("known", None, history, document))
    assert view.gauge.times > 1 and view.verdict.text().startswith("Overfitting: ")
    judged = history.series("validation", "loss")
    assert f"at epoch {judged.epochs[judged.values.argmin()]:g}," in view.words.text()


def test_at_its_best_within_the_limits_and_what_no_alarm_is_for(view: Overfitting) -> None:
    draw(view, shown(FALLING, [1.0, 0.6, 0.5, 0.4, 0.3]))
    assert view.gauge.times == 0 and "at its best" in view.verdict.text()
    draw(view, shown(FALLING, [1.0, 0.2, 0.1, 0.1, 0.14]))
    assert 0 < view.gauge.times < 1 and view.verdict.text().startswith("Within the limits: 40 %")
    draw(view, shown([1.0, 0.2, 0.1, 0.3, 0.5], [1.0, 0.3, 0.2, 0.4, 0.6]))
    assert view.gauge.times == 0 and "so is the training loss" in view.verdict.text()


def test_the_limit_is_the_users_and_the_moment_is_looked_at(view: Overfitting) -> None:
    assert view._session is not None
    of = shown(FALLING, [1.0, 0.6, 0.5, 0.8, 1.0])
    view._session.alarms.set_limit(ALARM, "given_back", 2.0)
    draw(view, of)
    assert view.gauge.times == pytest.approx(0.5) and "200 %" in view.words.text()
    view.show_moment(30)
    view.refresh()
    assert view.gauge.times == 0 and "now 0.5" in view.words.text()


def test_before_the_second_epoch_it_says_what_will_be_here(view: Overfitting) -> None:
    draw(view, shown([1.0], [1.0]))
    assert view.is_empty and "second epoch" in view.empty.sentence.text()
