from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from nndesigner.gui.commands import filing
from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.picture_dialog import PictureDialog


@pytest.fixture
def dialog(window: MainWindow, app) -> PictureDialog:
    window.session.edit("", "add_node", type="ReLU")
    window.actions_.made["save-picture"].trigger()
    app.processEvents()
    (found,) = window.findChildren(PictureDialog)
    assert found.isVisible()
    return found


def _colours(image: QImage) -> set[tuple[int, int, int]]:
    colours = {
        image.pixelColor(x, y).getRgb()[:3]
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }
    return {(r, g, b) for r, g, b in colours if max(r, g, b) - min(r, g, b) > 6}


def test_the_preview_follows_the_style(dialog: PictureDialog) -> None:
    assert _colours(dialog.look.pixmap().toImage()), "the colours of the screen"
    QTest.mouseClick(dialog.styles.button(1), Qt.MouseButton.LeftButton)
    assert dialog.style_chosen == "print"
    assert not _colours(dialog.look.pixmap().toImage()), "only greys"
    dialog.copy.click()
    copied = QGuiApplication.clipboard().image()
    assert not copied.isNull() and not _colours(copied)
    dialog.reject()


def test_what_was_chosen_is_saved(dialog: PictureDialog, window: MainWindow, tmp_path, monkeypatch) -> None:
    asked: list[tuple[str, str]] = []

    def answer(parent: object, title: str, start: str, words: str) -> tuple[str, str]:
        asked.append((Path(start).suffix, words))
        return str(tmp_path / "figure"), ""

    monkeypatch.setattr(filing.QFileDialog, "getSaveFileName", answer)
    dialog.styles.button(1).click()
    dialog.format.setCurrentIndex(dialog.format.findData(".svg"))
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert asked == [(".svg", "SVG drawing (*.svg)")]
    text = (tmp_path / "figure.svg").read_text("utf-8")
    assert "relu1" in text and "#ffffff" in text and "#f3f5f8" not in text, "white paper"
    assert not dialog.isVisible() and "figure.svg" in window.status.sentence


def test_a_file_that_cannot_be_written_keeps_the_dialog(
    dialog: PictureDialog, tmp_path, monkeypatch, answers
) -> None:
    where = str(tmp_path / "no" / "such" / "figure.pdf")
    monkeypatch.setattr(filing.QFileDialog, "getSaveFileName", lambda *_: (where, ""))
    dialog.save.click()
    assert answers.asked and dialog.isVisible()
    monkeypatch.setattr(filing.QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    dialog.save.click()
    assert dialog.isVisible(), "who asks for no file goes on choosing"
    dialog.reject()
