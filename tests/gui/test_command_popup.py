from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nndesigner.gui.command_popup import CommandPopup, match

_ID = Qt.ItemDataRole.UserRole


@pytest.fixture
def popup(window) -> CommandPopup:
    window.actions_.run("commands")
    found = window.findChild(CommandPopup)
    yield found
    found.hide()


def _ids(popup: CommandPopup) -> list[str]:
    return [popup.list.item(i).data(_ID) for i in range(popup.list.count())]


def test_every_action_is_there_with_its_keys(popup, window) -> None:
    assert set(_ids(popup)) == set(window.actions_.table)
    row = next(
        popup.list.item(i) for i in range(popup.list.count()) if popup.list.item(i).data(_ID) == "save"
    )
    assert row.data(_ID + 1) == "Ctrl+S"


def test_letters_narrow_it_and_return_does_the_first(popup, window) -> None:
    QTest.keyClicks(popup.search_field, "actual")
    assert _ids(popup)[0] == "zoom-reset"
    window.canvas.set_zoom(2.0)
    QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
    assert not popup.isVisible() and window.canvas.scale_now == 1.0


@pytest.mark.parametrize(
    ("words", "id"),
    [("split view", "split"), ("mute", "bypass"), ("ungroup", "dissolve-block"), ("shortcuts", "keys")],
)
def test_words_of_other_programs_find_it(popup, words, id) -> None:
    QTest.keyClicks(popup.search_field, words)
    assert _ids(popup)[0] == id


def test_what_cannot_be_done_says_why_and_is_not_done(popup, window) -> None:
    QTest.keyClicks(popup.search_field, "pull out")
    assert _ids(popup)[0] == "pull-out" and popup.said == window.actions_.why_not("pull-out") != ""
    QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
    assert popup.isVisible()
    QTest.keyClick(popup.search_field, Qt.Key.Key_Escape)
    assert not popup.isVisible()


def test_what_was_done_last_stands_in_front(popup, window) -> None:
    QTest.keyClicks(popup.search_field, "actual")
    QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
    popup.ask()
    assert popup.search_field.text() == "" and _ids(popup)[0] == "zoom-reset"


def test_nothing_matches(popup) -> None:
    QTest.keyClicks(popup.search_field, "zzzz")
    assert _ids(popup) == [None] and "zzzz" in popup.list.item(0).text()
    QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
    assert popup.isVisible()


def test_how_near_words_are() -> None:
    assert match(["zo"], "zoom in", "") == (0,)
    assert match(["in"], "zoom in", "") == (1,)
    assert match(["oo"], "zoom in", "") == (2,)
    assert match(["view"], "zoom in", "ctrl++ view") == (3,)
    assert match(["zin"], "zoom in", "") == (4,)
    assert match(["in", "x"], "zoom in", "") is None
    assert match([], "zoom in", "") == ()
