"""Wiring without a mouse in a real window: the list of targets, its order and its reasons."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.commands import editing, wiring
from nndesigner.gui.main_window import MainWindow

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


@pytest.fixture
def window(window: MainWindow, qtbot) -> MainWindow:
    window.activateWindow()
    qtbot.waitActive(window)
    window.canvas.setFocus()
    return window


def _add(window: MainWindow, type: str, x: float, y: float = 0.0, **parameters) -> str:
    done = window.session.edit("", "add_node", type=type, x=x, y=y, parameters=parameters)
    return next(iter(done.added))


def _chain(window: MainWindow) -> dict[str, str]:
    """An image input and four layers beside it, of which only the first convolution is wired."""
    made = {
        "image": _add(window, "ImageInput", 0, channels=1, height=8, width=8),
        "conv": _add(window, "Conv2d", 200),
        "relu": _add(window, "ReLU", 400),
        "linear": _add(window, "Conv3d", 600),
        "pool": _add(window, "MaxPool2d", 800),
    }
    window.session.edit("", "connect", source=made["image"], out_port="y", target=made["conv"], in_port="x")
    return made


def test_ports_that_fit_come_first_and_near_ones_before_far_ones(window: MainWindow) -> None:
    made = _chain(window)
    found = wiring.targets(window.desk, Hit("port", made["conv"], OUTPUT, "y"))
    assert [target.title for target in found] == ["relu1", "pool1", "conv2"]
    assert [bool(target.unfit) for target in found] == [False, False, True]
    assert "channel" in found[-1].unfit or "dimension" in found[-1].unfit or "axes" in found[-1].unfit


def test_a_loop_and_a_taken_input_are_said(window: MainWindow) -> None:
    made = _chain(window)
    for source, target in (("conv", "relu"), ("relu", "pool")):
        window.session.edit(
            "", "connect", source=made[source], out_port="y", target=made[target], in_port="x"
        )
    found = {t.title: t for t in wiring.targets(window.desk, Hit("port", made["relu"], OUTPUT, "y"))}
    assert "loop" in found["conv1"].refused and found["conv1"].said == found["conv1"].refused
    feeds = wiring.targets(window.desk, Hit("port", made["pool"], INPUT, "x"))
    assert "relu1" not in [t.title for t in feeds], "wired to it already"
    assert {"conv1", "image1"} <= {t.title for t in feeds if not t.refused and t.taken == "relu1"}
    assert {t.taken for t in wiring.targets(window.desk, Hit("port", made["image"], OUTPUT, "y"))} >= {
        "conv1"
    }


def test_a_wire_from_alt_down_return_and_a_list_is_one_edit(window: MainWindow, qtbot) -> None:
    made = _chain(window)
    canvas, session = window.canvas, window.session
    canvas.select([made["conv"]])
    depth = session.editing.history.depth
    QTest.keyClick(canvas, Key.Key_Down, ALT)
    QTest.keyClick(canvas, Key.Key_Return)
    popup = window.asking.target_popup
    assert popup.isVisible() and popup.list.count() == 3
    QTest.keyClick(popup.search_field, Key.Key_Down)
    assert popup.list.currentItem().text().startswith("pool1")
    QTest.keyClick(popup.search_field, Key.Key_Return)
    assert not popup.isVisible() and session.document.wire_into(made["pool"], "x") is not None
    assert session.editing.history.depth == depth + 1
    qtbot.waitUntil(canvas.hasFocus)
    assert canvas.state.focus == Hit("port", made["conv"], OUTPUT, "y"), "the keyboard is where it was"
    assert session.editing.undo_name == "Wire conv1 to pool1"
    session.undo()
    assert session.document.wire_into(made["pool"], "x") is None


def test_letters_narrow_the_list_and_what_is_refused_cannot_be_taken(window: MainWindow) -> None:
    made = _chain(window)
    window.session.edit("", "connect", source=made["conv"], out_port="y", target=made["relu"], in_port="x")
    window.canvas.select([made["relu"]])
    QTest.keyClick(window.canvas, Key.Key_C, SHIFT)
    popup = window.asking.target_popup
    assert popup.isVisible()
    QTest.keyClicks(popup.search_field, "conv1")
    assert popup.list.count() == 1 and "loop" in popup.said
    edges = window.session.document.edges
    QTest.keyClick(popup.search_field, Key.Key_Return)
    assert popup.isVisible() and window.session.document.edges == edges
    QTest.keyClick(popup.search_field, Key.Key_Escape)
    assert not popup.isVisible()


def test_c_connects_in_the_order_of_the_selection(window: MainWindow) -> None:
    made = _chain(window)
    canvas, session = window.canvas, window.session
    canvas.select([])
    for name in ("relu", "pool", "linear"):
        canvas.select(canvas.selection | {made[name]})
    depth = session.editing.history.depth
    QTest.keyClick(canvas, Key.Key_C)
    wires = {(e.source, e.target) for e in session.document.edges}
    assert wires >= {(made["relu"], made["pool"]), (made["pool"], made["linear"])}
    assert session.editing.history.depth == depth + 1


def test_a_band_connects_from_left_to_right(window: MainWindow) -> None:
    made = [editing.add_at(window.desk, "ReLU", QPointF(x, 0)) for x in (400, 0, 200)]
    window.canvas.select(made)
    editing.connect_selected(window.desk)
    wires = {(e.source, e.target) for e in window.session.document.edges}
    assert wires == {(made[1], made[2]), (made[2], made[0])}
