"""Cross-validation: the rule that says when it can be had, and the call that opens its dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk


def why_not(desk: Desk) -> str:
    return "" if desk.has_project else tr("Open or start a project first.")


def show(desk: Desk, id: str = "") -> None:
    """Opens the dialog on a cross-validation, the newest if none is named; an open one is brought to the front."""
    from nndesigner.gui.folds_dialog import FoldsDialog

    desk.flush()
    for dialog in desk.window.findChildren(FoldsDialog):
        dialog.close()
    dialog = FoldsDialog(desk.window, desk.session, id)
    dialog.setModal(False)
    dialog.show()
