"""Rows of the table of gestures that bring order: one test each, named after its row, with real events in a window."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from nndesigner.gui.canvas.spotlight import Spotlight
from nndesigner.gui.commands import editing
from nndesigner.gui.find_bar import FindBar
from nndesigner.gui.history_panel import HistoryPanel

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def desk(window):
    """A window with image1 → conv1 → relu1 → output1, strewn about."""
    for number, type in enumerate(("ImageInput", "Conv2d", "ReLU", "Output")):
        editing.append(window.desk, type)
        node = window.session.document.nodes()[number]
        window.session.edit("strewn", "move", places={node.id: (300 - 70 * number, 90 * number)})
    window.activateWindow()
    window.canvas.select([])
    window.canvas.fit()
    window.canvas.setFocus()
    QApplication.processEvents()
    return window.desk


def places(desk) -> list[tuple[float, float]]:
    return [(node.x, node.y) for node in desk.session.document.nodes()]


def gaps(boxes: list[tuple[float, ...]]) -> list[float]:
    """Between the boxes (x, y, width, height), from the top down; places are kept to a tenth."""
    return [b[1] - a[1] - a[3] for a, b in pairwise(sorted(boxes, key=lambda box: box[1]))]


def press(desk, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(desk.canvas, key, keys)
    QApplication.processEvents()


def spotlight(desk) -> Spotlight:
    (found,) = [item for item in desk.canvas.scene().items() if isinstance(item, Spotlight)]
    return found


# -- Align/straighten/auto-layout: Ctrl+L auto-layout selection or all; Q straighten ---------
def test_ctrl_l_arranges_all(desk) -> None:
    depth = desk.session.editing.history.depth
    press(desk, Qt.Key.Key_L, CTRL)
    found = places(desk)
    assert len({y for _, y in found}) == 1, "a chain is one straight line"
    assert all(b[0] - a[0] == 200 for a, b in pairwise(found))
    assert desk.session.editing.history.depth == depth + 1
    press(desk, Qt.Key.Key_Z, CTRL)
    assert places(desk) == [(300 - 70 * i, 90 * i) for i in range(4)]


def test_ctrl_l_arranges_the_selection_where_it_is(desk) -> None:
    nodes = desk.session.document.nodes()
    desk.canvas.select([node.id for node in nodes[2:]])
    before, middle = places(desk), desk.canvas.arrays.bounds_of([node.id for node in nodes[2:]])
    press(desk, Qt.Key.Key_L, CTRL)
    after = places(desk)
    assert after[:2] == before[:2] and after[2][1] == after[3][1] and after[3][0] - after[2][0] == 200
    now = desk.canvas.arrays.bounds_of([node.id for node in nodes[2:]])
    for axis in (0, 1):
        assert abs(now[axis] + now[axis + 2] - middle[axis] - middle[axis + 2]) / 2 <= 10


def test_ctrl_shift_l_arranges_from_top_to_bottom(desk) -> None:
    press(desk, Qt.Key.Key_L, CTRL | SHIFT)
    found = places(desk)
    assert len({x for x, _ in found}) == 1
    assert all(b[1] - a[1] >= 100 for a, b in pairwise(found))


def test_q_straightens_the_wires_of_the_selection(desk) -> None:
    nodes = desk.session.document.nodes()
    desk.session.edit("", "move", places={node.id: (200.0 * i, 35.0 * i) for i, node in enumerate(nodes)})
    desk.canvas.select([node.id for node in nodes])
    press(desk, Qt.Key.Key_Q)
    lines = desk.canvas.arrays.lines
    assert (lines[:, 0, 1] == lines[:, -1, 1]).all(), "every wire is level"


@pytest.mark.parametrize(
    ("action", "held"),
    [
        ("align-left", lambda boxes: len({x for x, _, _, _ in boxes}) == 1),
        ("align-right", lambda boxes: len({x + w for x, _, w, _ in boxes}) == 1),
        ("align-top", lambda boxes: len({y for _, y, _, _ in boxes}) == 1),
        ("align-bottom", lambda boxes: len({y + h for _, y, _, h in boxes}) == 1),
        ("align-centre", lambda boxes: len({x + w / 2 for x, _, w, _ in boxes}) == 1),
        ("align-middle", lambda boxes: len({y + h / 2 for _, y, _, h in boxes}) == 1),
        (
            "distribute-vertically",
            lambda boxes: max(gaps(boxes)) - min(gaps(boxes)) < 0.25,
        ),
    ],
)
def test_the_menu_arrange_puts_in_line(desk, action, held) -> None:
    made = desk.window.actions_.made[action]
    assert not made.isEnabled() and "Select" in desk.window.actions_.why_not(action)
    nodes = desk.session.document.nodes()
    desk.session.edit("", "move", places={nodes[1].id: (230, 40)})
    desk.canvas.select([node.id for node in nodes])
    depth = desk.session.editing.history.depth
    made.trigger()
    arrays = desk.canvas.arrays
    assert held([(*p, *s) for p, s in zip(arrays.place.tolist(), arrays.size.tolist(), strict=True)])
    assert desk.session.editing.history.depth == depth + 1


# -- Find in graph: Ctrl+F nodes -------------------------------------------------------------------------------------
def test_ctrl_f_finds_layers(desk) -> None:
    press(desk, Qt.Key.Key_F, CTRL)
    bar = desk.canvas.findChild(FindBar)
    assert bar is not None and bar.isVisible() and bar.words.hasFocus()
    QTest.keyClicks(bar.words, "relu")
    relu = desk.session.document.node_named("relu1")
    assert [match.node for match in bar.matches] == [relu.id] and bar.count.text() == "1 of 1"
    assert spotlight(desk).isVisible() and spotlight(desk).lit == {relu.id}
    assert desk.canvas.selection == {relu.id}
    QTest.keyClick(bar.words, Qt.Key.Key_Escape)
    assert not bar.isVisible() and not spotlight(desk).isVisible() and desk.canvas.hasFocus()
    assert desk.canvas.selection == {relu.id}


# -- Undo/redo: both redo keys + history panel -----------------------------------------------------------------------
def test_undo_and_both_redo_keys(desk) -> None:
    after = places(desk)
    press(desk, Qt.Key.Key_Z, CTRL)
    before = places(desk)
    assert before != after
    press(desk, Qt.Key.Key_Z, CTRL | SHIFT)
    assert places(desk) == after
    press(desk, Qt.Key.Key_Z, CTRL)
    press(desk, Qt.Key.Key_Y, CTRL)
    assert places(desk) == after


def test_the_history_panel_goes_several_steps_at_once(desk, qtbot) -> None:
    press(desk, Qt.Key.Key_H, CTRL)
    dock = desk.window.docks["history"]
    qtbot.waitUntil(lambda: isinstance(dock.content, HistoryPanel))
    panel = dock.content
    editing_ = desk.session.editing
    assert panel.list.count() == editing_.history.depth + 1
    assert panel.list.currentRow() == editing_.history.depth
    told: list[object] = []
    leave = editing_.changed.connect(told.append)
    item = panel.list.item(2)
    QTest.mouseClick(
        panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualItemRect(item).center()
    )
    leave()
    assert editing_.history.depth == 2 and len(editing_.history.undone) == 6 and len(told) == 1
    assert len(desk.session.document.nodes()) == 1
    qtbot.waitUntil(lambda: panel.list.currentRow() == 2)
    QTest.mouseClick(
        panel.list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=panel.list.visualItemRect(panel.list.item(8)).center(),
    )
    assert editing_.history.depth == 8 and len(desk.session.document.nodes()) == 4


# -- Minimap: Alt+M --------------------------------------------------------------------------------------------------
def test_alt_m_shows_the_minimap_and_it_moves_the_view(desk) -> None:
    press(desk, Qt.Key.Key_M, ALT)
    map = desk.canvas.findChild(QWidget, "minimap")
    assert map is not None and map.isVisible() and desk.window.actions_.made["minimap"].isChecked()
    desk.canvas.set_zoom(3.0)
    output = desk.session.document.node_named("output1")
    place = map.scene_to_map().map(QPointF(output.x + 70, output.y + 30)).toPoint()
    QTest.mouseClick(map, Qt.MouseButton.LeftButton, pos=place)
    middle = desk.canvas.visible_rect().center()
    assert abs(middle.x() - output.x - 70) < 15 and abs(middle.y() - output.y - 30) < 15, "a click goes there"
    start = map.view_rect().center().toPoint()
    QTest.mousePress(map, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(map, start + QPoint(-20, -10))
    QTest.mouseRelease(map, Qt.MouseButton.LeftButton, pos=start + QPoint(-20, -10))
    scale = map.scene_to_map().m11()
    moved = desk.canvas.visible_rect().center() - middle
    assert abs(moved.x() + 20 / scale) < 15 and abs(moved.y() + 10 / scale) < 15, "the rectangle is dragged"
    press(desk, Qt.Key.Key_M, ALT)
    assert not map.isVisible()
