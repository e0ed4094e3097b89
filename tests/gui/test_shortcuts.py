from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from nndesigner.gui.key_bindings import Bindings
from nndesigner.gui.shortcuts import GESTURES, WALKING, Shortcuts


@pytest.fixture
def dialog(window):
    window.actions_.run("shortcuts")
    found = window.findChild(Shortcuts)
    yield found
    found.close()


def test_every_key_that_works_and_every_gesture_is_listed_and_can_be_searched(dialog, window) -> None:
    table, keys = window.actions_.table, window.actions_.keys
    works = {action.text for id, action in table.items() if keys[id] and not window.actions_.why_not(id)}
    assert "Add a note" in works
    works.remove("Add a note")  # it could be done, but its letter searches while nothing is selected
    assert dialog.shown == works | {what for what, _ in (*GESTURES, *WALKING)}
    dialog.all_box.click()
    every = {action.text for id, action in table.items() if keys[id]}
    assert dialog.shown == every | {what for what, _ in (*GESTURES, *WALKING)} and every > works
    QTest.keyClicks(dialog.search_field, "undo")
    assert "Undo" in dialog.shown and "Zoom" not in dialog.shown


def test_it_follows_the_window(dialog, window) -> None:
    assert "Rename" not in dialog.shown
    done = window.session.edit("", "add_node", type="Linear")
    window.canvas.select(list(done.added))
    assert "Rename" in dialog.shown and "Undo" in dialog.shown
    assert dialog.help_button.text() == "Help on Linear"
    dialog.help_button.click()
    assert window.help_page.isVisible()


def test_other_keys_are_listed_at_once(dialog, window) -> None:
    before = len(dialog.shown)
    QTest.keyClicks(dialog.search_field, "f12")
    assert dialog.shown == set()
    window.actions_.rebind(Bindings().given("fit", ["F12"]))
    assert dialog.shown == {"Show everything"}
    window.actions_.rebind(Bindings())
    dialog.search_field.clear()
    assert len(dialog.shown) == before


def test_there_is_one_list(dialog, window) -> None:
    window.actions_.run("shortcuts")
    assert window.findChildren(Shortcuts) == [dialog]
