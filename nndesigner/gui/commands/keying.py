"""Keys: the list of those that work now, the settings page, the search for a command; each is made when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk


def show_shortcuts(desk: Desk) -> None:
    """The keys that work right now, and the gestures of the mouse. There is one such list."""
    from nndesigner.gui.shortcuts import Shortcuts

    found = desk.window.findChild(Shortcuts)
    if found is None:
        found = Shortcuts(desk.window, desk.window.actions_)
    found.show()
    found.raise_()
    found.activateWindow()


def show_keys(desk: Desk) -> None:
    """The settings page of the keys."""
    from nndesigner.gui.keys_dialog import KeysDialog

    found = desk.window.findChild(KeysDialog)
    if found is None:
        found = KeysDialog(desk.window, desk.window.actions_)
    found.show()
    found.raise_()
    found.activateWindow()


def show_commands(desk: Desk) -> None:
    """The search for a command; what is chosen is done as if its key had been pressed."""
    from nndesigner.gui.command_popup import CommandPopup

    found = desk.window.findChild(CommandPopup)
    if found is None:
        found = CommandPopup(desk.window, desk.window.actions_)
        found.chosen.connect(desk.window.actions_.run)
    found.ask()
