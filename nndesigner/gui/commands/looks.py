"""How a network looks: frames and notes with their words, folded layers. None of it changes what is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from nndesigner.base.names import new_id
from nndesigner.base.text import tr
from nndesigner.document.records import Edge, Frame, Note
from nndesigner.gui.canvas.geometry import FRAME_TITLE, GRID, snapped
from nndesigner.gui.commands import viewing

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

MARGIN = 1.5 * GRID
"""Scene units between a frame and what it is drawn around."""
NOTE_WIDTH, NOTE_HEIGHT = 200.0, 80.0


def _type(desk: Desk, box: QRectF, text: str, take: Callable[[str], object], name: str, lines: bool) -> None:
    from nndesigner.gui.canvas.words import WordsField  # not before the first words

    desk.window.show_page("network")
    WordsField(desk.canvas, box, text, take, lines, name)


# -- notes ---------------------------------------------------------------------------------------------------------
def add_note(desk: Desk) -> None:
    """Asks for the text of a note where the pointer is; the note is there when something was typed."""
    place = desk.canvas.cursor_point()
    x, y, network = snapped(place.x()), snapped(place.y()), desk.session.network

    def add(text: str) -> None:
        if text.strip() and desk.session.network == network:
            done = desk.session.edit(tr("Add a note"), "add_note", text=text, x=x, y=y, network=network)
            if done is not None:
                desk.canvas.select(list(done.added))

    _type(desk, QRectF(x, y, NOTE_WIDTH, NOTE_HEIGHT), "", add, tr("Text of the note"), lines=True)


def edit_words(desk: Desk, id: str) -> None:
    """Asks for the text of a note or the title of a frame."""
    record = desk.session.document.get(id)
    if isinstance(record, Note):
        box, old = QRectF(record.x, record.y, record.width, record.height), record.text

        def change(text: str) -> None:
            if text != old and desk.session.document.get(id) is not None:
                desk.session.edit(tr("Change a note"), "set_note", note=id, text=text)

        _type(desk, box, old, change, tr("Text of the note"), lines=True)
    elif isinstance(record, Frame):
        _edit_title(desk, record, lambda text: _entitle(desk, record, text))


def _edit_title(desk: Desk, frame: Frame, take: Callable[[str], object]) -> None:
    box = QRectF(frame.x, frame.y, frame.width, FRAME_TITLE)
    _type(desk, box, frame.title, take, tr("Title of the frame"), lines=False)


def _entitle(desk: Desk, frame: Frame, title: str) -> None:
    if title != frame.title and desk.session.document.get(frame.id) is not None:
        desk.session.edit(tr("Rename a frame"), "set_frame", frame=frame.id, title=title)


# -- frames --------------------------------------------------------------------------------------------------------
def why_no_frame(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    there = any(id not in desk.canvas.arrays.edge_index for id in desk.canvas.selection)
    return "" if there else tr("Select the layers to put a frame around first.")


def _framed(desk: Desk) -> list[str]:
    """The selected layers, notes and frames; wires go from frame to frame."""
    return [id for id in desk.canvas.selection if id not in desk.canvas.arrays.edge_index]


def frame_selection(desk: Desk) -> None:
    """Draws a frame around the selection and asks for its title; one step, whatever is typed."""
    around = desk.canvas.arrays.bounds_of(_framed(desk))
    if around is None:
        return
    left, top = _down(around[0] - MARGIN), _down(around[1] - MARGIN - FRAME_TITLE)
    right, bottom = -_down(-around[2] - MARGIN), -_down(-around[3] - MARGIN)
    editing, id, name = desk.session.editing, new_id(), tr("Add a frame")
    mark = editing.mark()
    size = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    if desk.session.edit(name, "add_frame", title="", network=desk.session.network, id=id, **size) is None:
        return
    desk.canvas.select([id])
    depth = editing.history.depth
    frame = desk.session.document.get(id)
    assert isinstance(frame, Frame)

    def entitle(title: str) -> None:
        alone = editing.history.depth == depth
        _entitle(desk, frame, title)
        if alone and editing.history.depth == depth + 1:
            editing.merge(mark, name)

    _edit_title(desk, frame, entitle)


def _down(value: float) -> float:
    """The grid line at or before a value."""
    return value // GRID * GRID


# -- names and bends -----------------------------------------------------------------------------------------------
def _area(desk: Desk) -> Note | Frame | None:
    """The note or frame that is selected alone."""
    if len(desk.canvas.selection) != 1:
        return None
    record = desk.session.document.get(next(iter(desk.canvas.selection)))
    return record if isinstance(record, Note | Frame) else None


def why_no_name(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    named = desk.selected_nodes() or _area(desk) is not None
    return "" if named else tr("Select a layer, a note or a frame on the canvas first.")


def rename(desk: Desk) -> None:
    """The name of a layer in the inspector; the words of a note or a frame where they stand."""
    area = _area(desk)
    if area is not None:
        edit_words(desk, area.id)
    else:
        viewing.rename(desk)


def _bent(desk: Desk) -> list[str]:
    found = (desk.session.document.get(id) for id in desk.canvas.selection)
    return [record.id for record in found if isinstance(record, Edge) and record.bends]


def why_no_bends(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    bends = desk.canvas.arrays.bends
    return (
        ""
        if bends and not bends.keys().isdisjoint(desk.canvas.selection)
        else tr("Select a wire with bends first: a double-click on a wire makes one.")
    )


def unbend(desk: Desk) -> None:
    """Takes the bends of the selected wires out."""
    desk.session.edit(tr("Take the bends out"), "bend_wires", bends=dict.fromkeys(_bent(desk), ()))


# -- folded layers ---------------------------------------------------------------------------------------------------
def is_collapsed(desk: Desk) -> bool:
    nodes = desk.selected_nodes()
    return bool(nodes) and all(node.collapsed for node in nodes)


def collapse(desk: Desk) -> None:
    """Folds the selected layers up, or all of them open where all are folded."""
    fold = not is_collapsed(desk)
    ids = [node.id for node in desk.selected_nodes()]
    desk.session.edit(tr("Fold up") if fold else tr("Unfold"), "set_look", ids=ids, collapsed=fold)
