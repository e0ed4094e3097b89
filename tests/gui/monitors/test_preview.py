"""Before any training the views show a sample on its way through the network, where they are in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.gui.monitors.activations import Activations
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.worker_driver import QtDriver
from nndesigner.protocol.jobs import Preview
from nndesigner.protocol.messages import Done, Frame, State
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session
from tests.gui.monitors.test_on_canvas import health
from tests.networks import digits_cnn


@pytest.fixture
def counted(digits: Session) -> Session:
    """The project, with samples in every part of its data."""
    data = digits.document.data
    assert data is not None
    counts = {"all": 20, "train": 12, "validation": 5, "test": 3}
    digits.editing.amend("set_found", fields=data.fields, counts=counts, fingerprint="f", remarks=())
    return digits


def settle(panel: MonitorsPanel, app: QApplication) -> None:
    app.processEvents()
    panel.settle()


def asked(pool) -> list[Preview]:
    return [each.job for each in pool.asked if isinstance(each.job, Preview)]


def answer(pool, *frames: Frame) -> None:
    """The worker answers the last question."""
    last = next(each for each in reversed(pool.asked) if isinstance(each.job, Preview))
    for frame in frames:
        last.say(frame)
    last.end(Done({"number": 7, "samples": 5}))


def output(node: str, values: list[float], **meta: object) -> Frame:
    array = np.array(values, np.float32)
    plain = {
        "shape": [len(values)],
        "low": -1.0,
        "high": 2.0,
        "not_finite": 0,
        "values": 64 * len(values),
        "index": 7,
    }
    return Frame("node_output", node, 0, 0.0, {"values": array}, {**plain, **meta})


def test_what_is_in_sight_is_asked_of_a_worker(counted, panel, pool, node, app) -> None:
    assert panel.title.text() == "Preview: not trained yet"
    linear = node("Linear")
    panel.show_selection([linear])
    settle(panel, app)
    answer(pool)  # what was in sight before the selection
    wanted = {(s.node, s.measurement) for s in asked(pool)[-1].subscriptions}
    assert {(linear, "node_output"), (linear, "activation_histogram"), ("", "health")} <= wanted
    assert ("", "confusion_matrix") not in wanted, "nothing has been learned that could be wrong"
    assert panel.subscribed == (), "no run is asked"


def test_out_of_sight_nothing_is_asked(counted, panel, pool, app) -> None:
    answer(pool)
    number = len(asked(pool))
    panel.hide()
    settle(panel, app)
    counted.edit("", "set_parameter", node=counted.document.nodes()[1].id, parameter="out_channels", value=9)
    settle(panel, app)
    assert len(asked(pool)) == number


def test_values_range_and_dead_units_are_shown_and_what_is_not_finite(
    counted, panel, pool, node, app
) -> None:
    linear = node("Linear")
    panel.show_selection([linear])
    settle(panel, app)
    answer(pool)
    answer(pool, output(linear, [0.5, -1.0, 2.0], dead=0.125))
    view = panel.monitors["activations"]
    assert isinstance(view, Activations) and not view.is_empty
    assert view.samples.words.text() == "sample 7 · 3 values · -1 to 2 · 12 % of the units dead"
    assert view.values.isVisible() and view.values.values.tolist() == [0.5, -1.0, 2.0]
    assert not view.badge.isVisible() and not view.samples.after.isVisible()
    counted.edit("", "set_parameter", node=linear, parameter="bias", value=False)
    settle(panel, app)
    answer(pool, output(linear, [float("nan"), -1.0, 2.0], not_finite=64))
    assert view.badge.isVisible() and view.badge.text() == "64 of 192 values not finite"
    view.grab()  # it can be painted


def test_pictures_of_what_a_layer_no_longer_gives_are_gone(counted, panel, pool, node, app, frames) -> None:
    conv = node("Conv2d")
    panel.show_selection([conv])
    settle(panel, app)
    answer(pool)
    answer(pool, *(f for f in frames() if f.node == conv))
    view = panel.monitors["activations"]
    assert view.maps.isVisible()
    counted.edit("", "set_parameter", node=conv, parameter="out_channels", value=9)
    settle(panel, app)
    answer(pool, output(conv, [1.0, 2.0]))
    assert not view.maps.isVisible() and view.values.isVisible()


def test_the_numbers_stand_on_the_canvas_and_a_layer_that_loses_them_is_marked(
    counted, panel, pool, node, app
) -> None:
    conv, relu = node("Conv2d"), node("ReLU")
    nan = float("nan")
    answer(pool, health([conv, relu], mean=[0.5, nan], std=[2.0, nan], active=[1.0, 1.0]))
    overlays = panel.on_canvas.overlays()
    assert overlays[conv].text == "0.5 ± 2"
    assert overlays[relu].text == "not finite" and overlays[relu].level == "error"
    counted.edit("", "set_parameter", node=conv, parameter="out_channels", value=9)
    settle(panel, app)
    answer(pool, health([conv, relu], mean=[0.5, 1.0], std=[3.0, 1.0], active=[1.0, 1.0]))
    overlays = panel.on_canvas.overlays()
    assert overlays[conv].text == "0.5 ± 3" and not overlays[conv].muted
    assert len(overlays[conv].spark) == 1, "one design after another is no course of events"
    assert overlays[relu].text == "1 ± 1"


def test_an_error_is_told_over_the_last_picture(counted, panel, pool, node, app) -> None:
    linear = node("Linear")
    panel.show_selection([linear])
    settle(panel, app)
    answer(pool)
    answer(pool, output(linear, [1.0] * 10))
    counted.edit("", "set_parameter", node=linear, parameter="out_features", value=3)
    settle(panel, app)
    view = panel.monitors["activations"]
    assert view.remark.isVisible() and view.remark.text().startswith("The preview waits: ")
    assert not view.is_empty
    counted.undo()
    settle(panel, app)
    answer(pool, output(linear, [1.0] * 10))
    assert not view.remark.isVisible()


def test_another_sample_is_chosen_with_the_keyboard(counted, panel, pool, app) -> None:
    answer(pool)
    chooser = panel._head.chooser
    assert chooser.isVisible() and chooser.position.maximum() == 5
    QTest.keyClick(chooser.position, Qt.Key.Key_Up)
    assert asked(pool)[-1].index == 1 and asked(pool)[-1].split == "validation"
    answer(pool)
    chooser.part.setFocus()
    QTest.keyClick(chooser.part, Qt.Key.Key_Down)
    assert (asked(pool)[-1].split, asked(pool)[-1].index) == ("train", 0)
    answer(pool)
    assert chooser.position.maximum() == 12


def test_a_pinned_layer_stays_while_another_is_selected(counted, panel, pool, node, app) -> None:
    answer(pool)
    linear = node("Linear")
    panel.pin(linear)
    panel.show_selection([node("Conv2d")])
    settle(panel, app)
    assert {s.node for s in asked(pool)[-1].subscriptions} == {linear, ""}


def test_a_run_takes_its_place_and_the_button_brings_it_back(counted, panel, pool, begun, app) -> None:
    answer(pool)
    worker = begun()
    worker.say(State("running"))
    settle(panel, app)
    button = panel._head.preview_button
    assert not panel.previewed and panel.subscribed and button.isVisible() and not button.isChecked()
    assert not panel._head.chooser.isVisible()
    number = len(asked(pool))
    counted.edit("", "set_parameter", node=counted.document.nodes()[1].id, parameter="out_channels", value=9)
    settle(panel, app)
    assert len(asked(pool)) == number
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(panel, app)
    assert panel.previewed and button.isChecked() and len(asked(pool)) == number + 1
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(panel, app)
    assert not panel.previewed and panel.runs[0].history is counted.training.history


def test_weights_of_the_last_run_are_asked_for_where_there_is_one(counted, panel, pool, trained, app) -> None:
    answer(pool)
    run = trained("first")
    counted.training.list.look()
    settle(panel, app)
    assert not panel.previewed
    panel.show_preview()
    settle(panel, app)
    assert asked(pool)[-1].run == str(run.path)


@pytest.fixture
def real(app: QApplication, tmp_path: Path) -> Iterator[tuple[Session, MonitorsPanel]]:
    """A panel whose worker is a process."""
    driver = QtDriver()
    workers = WorkerPool(driver)
    workers.open()
    session = Session(workers)
    session.files.new(digits_cnn())
    session.files.save_as(tmp_path / "digits.nnd")
    panel = MonitorsPanel(session)
    panel.resize(1200, 340)
    panel.show()
    yield session, panel
    panel.close_down()
    panel.close()
    panel.deleteLater()
    session.close()
    workers.close()
    driver.close()
    app.processEvents()


def test_an_edit_shows_in_the_pictures_of_a_real_worker(
    real: tuple[Session, MonitorsPanel], qtbot, app: QApplication
) -> None:
    session, panel = real
    session.data.inspect()
    qtbot.waitUntil(lambda: not session.data.busy, timeout=60_000)
    conv = next(n for n in session.document.nodes() if n.type == "Conv2d")
    panel.show_selection([conv.id])
    view = panel.monitors["activations"]
    assert isinstance(view, Activations)

    def shown(channels: int) -> Callable[[], bool]:
        return lambda: len(view.maps.maps) == channels

    qtbot.waitUntil(shown(4), timeout=60_000)
    session.edit("", "set_parameter", node=conv.id, parameter="out_channels", value=6)
    qtbot.waitUntil(shown(6), timeout=60_000)
    assert "6 maps of " in view.samples.words.text()
    assert panel.on_canvas.overlays()[conv.id].text
