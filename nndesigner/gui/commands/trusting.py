"""Code from elsewhere: a project's own texts, shown and asked about, and packages that bring layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.base.atomic import WriteError
from nndesigner.base.text import tr

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk


def read_and_trust(desk: Desk, node: str = "") -> bool:
    """Shows the code that is not trusted yet, that of a node first; whether some of it is trusted now."""
    from nndesigner.gui.trust_dialog import TrustDialog

    session = desk.session
    wanted = session.trust.text_of(node)
    code = session.trust.untrusted
    if not code:
        return False
    dialog = TrustDialog(desk.window, code, wanted)
    try:
        dialog.exec()
        return bool(dialog.chosen) and trust(desk, dialog.chosen)
    finally:
        dialog.deleteLater()


def trust(desk: Desk, text: str) -> bool:
    """The user trusts a text that was shown, or that was just written; whether that could be kept."""
    try:
        desk.session.trust.trust(text)
    except WriteError as error:
        desk.say(str(error))
        return False
    desk.say(tr("The code is trusted: a worker may run it from now on."))
    return True


def show_extensions(desk: Desk) -> None:
    """The installed packages with layers, each with a switch."""
    from nndesigner.gui.extensions_dialog import ExtensionsDialog

    dialog = ExtensionsDialog(desk.window, desk.session.extensions)
    try:
        dialog.exec()
    finally:
        dialog.deleteLater()


def why_not_trust(desk: Desk) -> str:
    """Why there is nothing to trust; "" where there is."""
    if not desk.has_project:
        return tr("Open or start a project first.")
    if desk.session.trust.untrusted:
        return ""
    return tr("There is nothing to trust: write code of your own, or open a project that brings code along.")
