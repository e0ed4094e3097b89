"""A second wire for an input that takes one: it replaces the first, or a layer joins the two where the shapes allow it.

A small menu at the place where the wire was let go. Esc and a click elsewhere leave everything as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QMenu

from nndesigner.base.names import new_id
from nndesigner.base.text import tr
from nndesigner.check.trial import Join
from nndesigner.document.records import Edge
from nndesigner.document.wire_edits import wire_words
from nndesigner.gui.canvas.faces import short_shape
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.state import Anchor
from nndesigner.gui.icons import group_icon, icon

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView


def ask_how(
    view: CanvasView, ends: Mapping[str, str], joins: Sequence[Join], edge: str, place: QPoint
) -> None:
    """Opens the menu. `ends` are those of the wire as `connect` takes them; `edge` is the wire that is being moved."""
    document = view.editor.document
    there = document.wire_into(ends["target"], ends["in_port"])
    if not isinstance(there, Edge):
        return
    menu = QMenu(view)
    menu.setObjectName("join-menu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    before = document.node(there.source).name
    replaced = menu.addAction(icon("wire"), tr("Replace the wire from {name}", name=before))
    replaced.triggered.connect(lambda: _replace(view, ends, edge))
    menu.addSeparator()
    for found in joins:
        shape = short_shape(found.gives)
        words = tr("Join by {layer}", layer=found.label)
        action = menu.addAction(group_icon("Merge"), f"{words}\t{shape}" if shape else words)
        action.triggered.connect(lambda _=False, found=found: _join(view, ends, found, edge))
    start = Anchor(ends["source"], OUTPUT, ends["out_port"])
    end = QPointF(*view.arrays.port_place(ends["target"], INPUT, ends["in_port"]))
    view.show_wire(start, end)  # what is asked about stays in sight
    menu.aboutToHide.connect(lambda: view.show_wire(None))
    menu.setActiveAction(replaced)  # Return takes it, arrows go on from it
    menu.popup(place)


def _replace(view: CanvasView, ends: Mapping[str, str], edge: str) -> None:
    if edge:
        view.editor.edit(tr("Move a wire"), "rewire", edge=edge, **ends)
    else:
        words = wire_words(view.editor.document, ends["source"], ends["target"])
        view.editor.edit(words, "connect", **ends)


def _join(view: CanvasView, ends: Mapping[str, str], found: Join, edge: str) -> None:
    id = new_id()
    done = view.editor.edit(
        tr("Join by {layer}", layer=found.label), "join", **ends, type=found.type, edge=edge, id=id
    )
    if done is not None:
        view.select([id])
