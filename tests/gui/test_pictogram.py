from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor

from nndesigner.document import edits
from nndesigner.gui.pictogram import pictogram
from nndesigner.gui.theme import DARK, LIGHT

SIZE = QSize(236, 104)


def _chain(length: int):
    document = edits.new_document()
    before = ""
    for _ in range(length):
        if before:
            diff = edits.append_node(document, "ReLU", before)
        else:
            diff = edits.add_node(document, "TableInput")
        document = document.apply(diff)
        before = next(id for id in diff.added if document.get(id).kind == "node")
    return document


def _ink(image, theme) -> int:
    background = QColor(theme.canvas).rgb()
    return sum(image.pixel(x, y) != background for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_more_layers_show_more_and_stay_inside(app, theme) -> None:
    inks = []
    for length in (1, 4, 12):
        image = pictogram(_chain(length), theme, SIZE, 1.0)
        inks.append(_ink(image, theme))
        edge = [image.pixel(x, y) for x in range(SIZE.width()) for y in (0, SIZE.height() - 1)]
        assert set(edge) == {QColor(theme.canvas).rgb()}, length
    assert inks == sorted(inks) and inks[0] > 0


def test_an_empty_network_and_a_loop_are_no_reason_to_fail(app) -> None:
    assert _ink(pictogram(edits.new_document(), LIGHT, SIZE, 1.0), LIGHT) == 0
    assert pictogram(_chain(200), LIGHT, SIZE, 2.0).size() == 2 * SIZE
