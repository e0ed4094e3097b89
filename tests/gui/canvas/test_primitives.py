from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from nndesigner.gui.canvas import primitives

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def canvas():
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setPen(QColor("#000000"))
    yield image, painter
    if painter.isActive():
        painter.end()


def black(image: QImage) -> set[tuple[int, int]]:
    return {(x, y) for x in range(40) for y in range(40) if image.pixelColor(x, y).lightness() < 128}


def test_lines(canvas):
    image, painter = canvas
    primitives.draw_lines(painter, np.array([[0, 5, 9, 5], [3, 10, 3, 12]]))
    painter.end()
    assert black(image) == {(x, 5) for x in range(10)} | {(3, y) for y in (10, 11, 12)}


def test_rects(canvas):
    image, painter = canvas
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#000000"))
    primitives.draw_rects(painter, np.array([[1, 1, 2, 2], [10, 10, 1, 3]], np.float32))
    painter.end()
    assert black(image) == {(1, 1), (2, 1), (1, 2), (2, 2), (10, 10), (10, 11), (10, 12)}


def test_points_of_any_form_of_array(canvas):
    image, painter = canvas
    grid = np.stack(np.meshgrid([2, 6], [3, 9]), axis=-1)
    primitives.draw_points(painter, grid)
    painter.end()
    assert black(image) == {(2, 3), (6, 3), (2, 9), (6, 9)}


def test_pictures_are_centred(canvas):
    image, painter = canvas
    pixmap = QPixmap(4, 2)
    pixmap.fill(Qt.GlobalColor.black)
    primitives.draw_pictures(painter, np.array([[10.0, 10.0], [20.0, 30.0]]), pixmap)
    painter.end()
    assert black(image) == {(x, y) for x in range(8, 12) for y in (9, 10)} | {
        (x, y) for x in range(18, 22) for y in (29, 30)
    }


def test_nothing_draws_nothing(canvas):
    image, painter = canvas
    for draw, width in ((primitives.draw_lines, 4), (primitives.draw_rects, 4), (primitives.draw_points, 2)):
        draw(painter, np.zeros((0, width)))
    primitives.draw_pictures(painter, np.zeros((0, 2)), QPixmap(2, 2))
    painter.end()
    assert black(image) == set()


def test_segments_join_up():
    lines = np.array([[[0, 0], [1, 1], [2, 0]], [[5, 5], [6, 6], [7, 7]]], np.float64)
    assert primitives.segments(lines).tolist() == [[0, 0, 1, 1], [1, 1, 2, 0], [5, 5, 6, 6], [6, 6, 7, 7]]
