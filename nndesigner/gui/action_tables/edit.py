"""The actions of the menu Edit: undo, clipboard, deleting, selecting."""

from __future__ import annotations

from nndesigner.base.text import tr
from nndesigner.gui.action_tables.rules import (
    a_node,
    a_piece,
    a_selection,
    some_nodes,
    something_to_redo,
    something_to_undo,
)
from nndesigner.gui.actions import Action
from nndesigner.gui.commands import editing, viewing

EDIT: tuple[Action, ...] = (
    Action(
        id="undo",
        text="Undo",
        icon="undo",
        keys=("Ctrl+Z",),
        menu="Edit",
        section=1,
        toolbar=2,
        run=viewing.undo,
        enabled=something_to_undo,
        words=lambda desk: (
            tr("Undo {name}", name=desk.session.editing.undo_name)
            if desk.session.editing.undo_name
            else tr("Undo")
        ),
    ),
    Action(
        id="redo",
        text="Redo",
        icon="redo",
        keys=("Ctrl+Shift+Z", "Ctrl+Y"),
        menu="Edit",
        section=1,
        toolbar=2,
        run=viewing.redo,
        enabled=something_to_redo,
        words=lambda desk: (
            tr("Redo {name}", name=desk.session.editing.redo_name)
            if desk.session.editing.redo_name
            else tr("Redo")
        ),
    ),
    Action(
        id="cut",
        text="Cut",
        icon="cut",
        keys=("Ctrl+X",),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.cut_selection,
        enabled=a_node,
    ),
    Action(
        id="copy",
        text="Copy",
        icon="copy",
        keys=("Ctrl+C",),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.copy_selection,
        enabled=a_node,
    ),
    Action(
        id="paste",
        text="Paste",
        icon="paste",
        keys=("Ctrl+V",),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.paste,
        enabled=a_piece,
    ),
    Action(
        id="duplicate",
        text="Duplicate",
        icon="duplicate",
        keys=("Ctrl+D", "Shift+D"),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.duplicate,
        enabled=a_node,
    ),
    Action(
        id="duplicate-wired",
        text="Duplicate with input wires",
        keys=("Ctrl+Shift+D",),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.duplicate_with_inputs,
        enabled=a_node,
    ),
    Action(
        id="delete",
        text="Delete",
        icon="delete",
        keys=("Del", "Backspace"),
        menu="Edit",
        section=3,
        where="canvas",
        run=editing.delete_selection,
        enabled=a_selection,
    ),
    Action(
        id="delete-reconnect",
        text="Delete and reconnect",
        keys=("Ctrl+Del",),
        menu="Edit",
        section=3,
        where="canvas",
        run=editing.delete_and_reconnect,
        enabled=a_node,
        help="Removes the selected layers and joins what was before them with what was after.",
    ),
    Action(
        id="select-all",
        text="Select all",
        icon="select-all",
        keys=("Ctrl+A",),
        menu="Edit",
        section=4,
        where="canvas",
        run=editing.select_all,
        enabled=some_nodes,
    ),
    Action(
        id="select-downstream",
        text="Select what follows",
        keys=("L",),
        menu="Edit",
        section=4,
        where="canvas",
        run=lambda desk: editing.select_linked(desk, True),
        enabled=a_node,
    ),
    Action(
        id="select-upstream",
        text="Select what leads here",
        keys=("Shift+L",),
        menu="Edit",
        section=4,
        where="canvas",
        run=lambda desk: editing.select_linked(desk, False),
        enabled=a_node,
    ),
)
