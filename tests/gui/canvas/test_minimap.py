from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.gui.canvas import minimap
from nndesigner.gui.canvas.minimap import INSET, Minimap
from nndesigner.gui.theme import DARK


@pytest.fixture
def small(view) -> Minimap:
    made = Minimap(view)
    QApplication.processEvents()
    return made


def color_at(map: Minimap, x: float, y: float) -> str:
    place = map.scene_to_map().map(QPointF(x, y)).toPoint()
    return map.grab().toImage().pixelColor(place * map.devicePixelRatio()).name()


def test_it_stands_in_the_lower_right_corner_and_stays_there(view, small) -> None:
    for size in ((800, 600), (420, 300), (1000, 400)):
        view.resize(*size)
        QApplication.processEvents()
        assert small.geometry().bottomRight() == QPoint(size[0] - INSET - 1, size[1] - INSET - 1)
        assert small.width() <= size[0] / 3 + 1 and small.height() <= size[1] / 3 + 1


def test_layers_have_the_colour_of_their_group_where_they_stand(editor, view, small) -> None:
    view.center_on(editor.named("image1"))
    view.pan_by(0, -3000)  # nothing of it in view, so that the rectangle covers none
    row = view.arrays.index[editor.named("conv1")]
    group = view.arrays.groups[view.arrays.group[row]]
    assert color_at(small, 270, 30) == QColor(view.theme.group(group)).name()


def test_an_edit_is_followed_and_looking_about_paints_nothing_anew(editor, view, small, monkeypatch) -> None:
    painted = []
    real = Minimap._painted
    monkeypatch.setattr(Minimap, "_painted", lambda self: painted.append(1) or real(self))
    small.grab()
    view.pan_by(30, 10)
    view.zoom_by(1.1)
    small.grab()
    assert painted == []
    editor.edit("", "move", places={editor.named("flatten1"): (900, 900)})
    small.grab()
    assert painted == [1]
    assert small.rect().contains(small.scene_to_map().map(QPointF(1040, 960)).toPoint())


def test_a_click_beside_the_rectangle_goes_there(editor, view, small) -> None:
    view.set_zoom(4.0)
    view.centerOn(0, 0)
    target = small.scene_to_map().map(QPointF(470, 30)).toPoint()
    assert not small.view_rect().contains(QPointF(target))
    QTest.mouseClick(small, Qt.MouseButton.LeftButton, pos=target)
    assert abs(view.visible_rect().center().x() - 470) < 12
    assert abs(view.visible_rect().center().y() - 30) < 12


def test_the_rectangle_is_dragged_without_a_jump(view, small) -> None:
    view.set_zoom(3.0)
    view.centerOn(200, 60)
    before = view.visible_rect().center()
    start = small.view_rect().center().toPoint() + QPoint(6, 3)
    QTest.mousePress(small, Qt.MouseButton.LeftButton, pos=start)
    assert (view.visible_rect().center() - before).manhattanLength() < 3
    QTest.mouseMove(small, start + QPoint(15, 0))
    QTest.mouseRelease(small, Qt.MouseButton.LeftButton, pos=start + QPoint(15, 0))
    after = view.visible_rect().center()
    assert abs(after.x() - before.x() - 15 / small.scene_to_map().m11()) < 3
    QTest.mouseMove(small, start + QPoint(60, 40))
    assert view.visible_rect().center() == after, "let go"


def test_a_press_on_the_map_is_none_on_the_canvas(editor, view, small) -> None:
    view.select([editor.named("conv1")])
    QTest.mouseClick(small, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert view.selection == {editor.named("conv1")} and view.gesture is None


def test_an_empty_network_and_the_dark_theme(editor, view, small) -> None:
    editor.edit("", "remove", ids=[node.id for node in editor.document.nodes()])
    assert not small.grab().isNull()
    view.set_theme(DARK)
    small._forget()
    middle = small.grab().toImage().pixelColor(4, 20)
    assert middle.lightness() < 80
    assert small.scene_to_map().m11() <= minimap.LARGEST
