from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor

from nndesigner.document import edits
from nndesigner.gui.miniature import miniature
from nndesigner.gui.theme import DARK, LIGHT
from nndesigner.gui.welcome import gallery
from nndesigner.project.reader import open_project

SIZE = QSize(300, 130)


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
@pytest.mark.parametrize("length", [1, 4, 12, 200])
def test_a_network_is_there_and_stays_inside(app, theme, length) -> None:
    image = miniature(_chain(length), theme, SIZE, 1.0)
    assert _ink(image, theme) > 0
    edge = [image.pixel(x, y) for x in range(SIZE.width()) for y in (0, SIZE.height() - 1)]
    edge += [image.pixel(x, y) for x in (0, SIZE.width() - 1) for y in range(SIZE.height())]
    assert set(edge) == {QColor(theme.canvas).rgb()}


def test_an_empty_network_is_an_empty_picture_and_pixels_follow_the_screen(app) -> None:
    assert _ink(miniature(edits.new_document(), LIGHT, SIZE, 1.0), LIGHT) == 0
    assert miniature(_chain(3), LIGHT, SIZE, 2.0).size() == 2 * SIZE


def test_notes_do_not_make_the_network_smaller(app) -> None:
    plain = _chain(4)
    noted = plain.apply(edits.add_note(plain, "far away", 0.0, 3000.0))
    assert miniature(plain, LIGHT, SIZE, 1.0) == miniature(noted, LIGHT, SIZE, 1.0)


def test_every_template_is_drawn_within_a_frame_or_three(app) -> None:
    for templates in gallery().values():
        for template in templates:
            document = open_project(template.path).document
            began = time.process_time()
            image = miniature(document, LIGHT, SIZE, 2.0)
            assert time.process_time() - began < 0.05, f"{template.title} holds up the window"
            assert _ink(image.scaled(SIZE), LIGHT) > 200, template.title
