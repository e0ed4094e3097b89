"""When something can be done: each rule gives "" or the sentence that says why not, and what would make it possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.base.text import tr
from nndesigner.gui.commands import editing

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk


def a_project(desk: Desk) -> str:
    return "" if desk.has_project else tr("Open or start a project first.")


def a_selection(desk: Desk) -> str:
    return a_project(desk) or ("" if desk.canvas.selection else tr("Select something on the canvas first."))


def a_node(desk: Desk) -> str:
    return a_project(desk) or ("" if desk.selected_nodes() else tr("Select a layer on the canvas first."))


def one_node(desk: Desk) -> str:
    many = len(desk.selected_nodes()) > 1
    return a_node(desk) or (tr("Several layers are selected: select only one of them.") if many else "")


def several_nodes(desk: Desk) -> str:
    few = len(desk.selected_nodes()) < 2
    return a_project(desk) or (tr("Select two or more layers on the canvas first.") if few else "")


def some_nodes(desk: Desk) -> str:
    empty = not desk.session.document.nodes(desk.session.network)
    return a_project(desk) or (tr("There is nothing on the canvas yet: add a layer first.") if empty else "")


def a_piece(desk: Desk) -> str:
    return a_project(desk) or ("" if editing.clipboard_holds_piece() else tr("Copy some layers first."))


def something_to_undo(desk: Desk) -> str:
    return "" if desk.session.editing.undo_name else tr("There is nothing to undo: edit something first.")


def something_to_redo(desk: Desk) -> str:
    return "" if desk.session.editing.redo_name else tr("There is nothing to redo: undo an edit first.")
