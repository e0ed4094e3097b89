"""Editing the network: clipboard, delete, duplicate, append, arrange. Each is one step that can be undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QMimeData, QPointF
from PySide6.QtGui import QGuiApplication

from nndesigner.base.names import new_id
from nndesigner.base.text import count, tr
from nndesigner.document.diff import Diff
from nndesigner.document.edits import copy
from nndesigner.document.records import Edge, Node
from nndesigner.document.wiring import ports
from nndesigner.gui.canvas.geometry import GRID, HEADER, WIDTH, snapped
from nndesigner.layers.catalogue import layer

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.layers.fitting import Offer

PIECE_MIME = "application/x-nndesigner-piece"
"""A copied piece of a network: the records as JSON."""
_LARGEST_PIECE = 50_000_000


@contextmanager
def one_step(desk: Desk, name: str) -> Iterator[None]:
    """Several edits that a user asked for as one: one step in the history."""
    mark = desk.session.editing.mark()
    try:
        yield
    finally:
        desk.session.editing.merge(mark, name)


# -- adding -------------------------------------------------------------------------------------------------------
def append(desk: Desk, type: str) -> str:
    """Adds a layer after the selected one (or the one open end) and wires it; else in the middle of the view.

    Returns the id of the new node, "" where it was refused. The new node is selected, so that a chain can be built by
    appending again and again.
    """
    declared = layer(type)
    if declared is None:
        return ""
    name, id = tr("Add {layer}", layer=tr(declared.label)), new_id()
    after = open_end(desk)
    done: Diff | None
    if after and declared.input_ports(declared.defaults()):
        document = desk.session.document
        out_port = ports(document, document.node(after))[1][0].name
        suiting = desk.session.suiting(type, after, out_port)
        done = desk.session.edit(name, "append_node", type=type, after=after, parameters=suiting, id=id)
    else:
        place = free_place(desk, desk.canvas.mapToScene(desk.canvas.viewport().rect().center()))
        done = desk.session.edit(
            name, "add_node", type=type, x=place.x(), y=place.y(), network=desk.session.network, id=id
        )
    if done is None:
        return ""
    desk.canvas.select([id])
    desk.show_node(id)
    return id


def open_end(desk: Desk) -> str:
    """The node to append to: the selected one, else the only node whose output leads nowhere."""
    document = desk.session.document
    chosen = [id for id in desk.canvas.selection if isinstance(document.get(id), Node)]
    if len(chosen) == 1:
        return chosen[0] if ports(document, document.node(chosen[0]))[1] else ""
    if chosen:
        return ""
    open_ends = [
        node.id
        for node in document.nodes(desk.session.network)
        if ports(document, node)[1] and not any(edge.source == node.id for edge in document.edges_of(node.id))
    ]
    return open_ends[0] if len(open_ends) == 1 else ""


def free_place(desk: Desk, wanted: QPointF) -> QPointF:
    """A place on the grid near `wanted` (the middle of the new node) that covers no other node."""
    nodes = desk.session.document.nodes(desk.session.network)
    x, y = snapped(wanted.x() - WIDTH / 2), snapped(wanted.y() - HEADER / 2)
    for _ in range(200):
        if not any(abs(node.x - x) < WIDTH + GRID and abs(node.y - y) < 4 * GRID for node in nodes):
            break
        y += 5 * GRID
    return QPointF(x, y)


def free_middle(desk: Desk, wanted: QPointF) -> QPointF:
    """The same as the middle of the new node."""
    corner = free_place(desk, wanted)
    return QPointF(corner.x() + WIDTH / 2, corner.y() + HEADER / 2)


def add_at(desk: Desk, type: str, place: QPointF) -> str:
    """Adds a layer with its middle at a scene point; returns its id, "" where it was refused."""
    declared, id = layer(type), new_id()
    if declared is None:
        return ""
    done = desk.session.edit(
        tr("Add {layer}", layer=tr(declared.label)),
        "add_node",
        type=type,
        x=snapped(place.x() - WIDTH / 2),
        y=snapped(place.y() - HEADER / 2),
        network=desk.session.network,
        id=id,
    )
    if done is None:
        return ""
    desk.canvas.select([id])
    return id


def add_after(desk: Desk, type: str, node: str, port: str, place: QPointF, offer: Offer | None = None) -> str:
    """Adds a layer where a wire from an output was dropped, wired to it; one step in the history.

    `offer` says with which settings, and which input takes the wire: else the defaults and the first.
    """
    declared, id = layer(type), new_id()
    if declared is None:
        return ""
    inputs = [port.name for port in declared.input_ports(declared.defaults())]
    if offer is not None and offer.ports:
        inputs = list(offer.ports)
    with one_step(desk, tr("Add {layer}", layer=tr(declared.label))):
        done = desk.session.edit(
            tr("Add"),
            "add_node",
            type=type,
            x=snapped(place.x()),
            y=snapped(place.y() - HEADER / 2),
            network=desk.session.network,
            parameters=offer.values if offer is not None else {},
            id=id,
        )
        if done is not None and inputs:
            desk.session.edit(
                tr("Connect"), "connect", source=node, out_port=port, target=id, in_port=inputs[0]
            )
    if done is None:
        return ""
    desk.canvas.select([id])
    return id


def add_before(desk: Desk, type: str, node: str, port: str, place: QPointF) -> str:
    """Adds a layer where a wire to an input was dropped, wired to that input; one step in the history."""
    declared, id = layer(type), new_id()
    if declared is None:
        return ""
    outputs = declared.output_ports(declared.defaults())
    with one_step(desk, tr("Add {layer}", layer=tr(declared.label))):
        done = desk.session.edit(
            tr("Add"),
            "add_node",
            type=type,
            x=snapped(place.x() - WIDTH),
            y=snapped(place.y() - HEADER / 2),
            network=desk.session.network,
            id=id,
        )
        if done is not None and outputs:
            desk.session.edit(
                tr("Connect"), "connect", source=id, out_port=outputs[0].name, target=node, in_port=port
            )
    if done is None:
        return ""
    desk.canvas.select([id])
    return id


# -- clipboard -----------------------------------------------------------------------------------------------------
def copy_selection(desk: Desk) -> bool:
    """Puts the selected layers and the wires among them on the clipboard; False where nothing is selected."""
    piece = copy(desk.session.document, sorted(desk.canvas.selection))
    if not piece:
        return False
    text = json.dumps(piece, ensure_ascii=False)
    data = QMimeData()
    data.setData(PIECE_MIME, QByteArray(text.encode()))
    data.setText(text)
    QGuiApplication.clipboard().setMimeData(data)
    desk.pasted = 0
    return True


def cut_selection(desk: Desk) -> None:
    if copy_selection(desk):
        delete_selection(desk, tr("Cut"))


def clipboard_holds_piece() -> bool:
    return _has_piece(QGuiApplication.clipboard().mimeData())


def _has_piece(data: QMimeData | None) -> bool:
    """Some platforms have no clipboard at first and give None, whatever Qt's declarations say."""
    return data is not None and data.hasFormat(PIECE_MIME)


def clipboard_piece() -> list[dict[str, Any]] | None:
    """What the clipboard holds of a network; None where it holds something else."""
    data = QGuiApplication.clipboard().mimeData()
    if not _has_piece(data):
        return None
    raw = bytes(data.data(PIECE_MIME).data())
    if len(raw) > _LARGEST_PIECE:
        return None
    try:
        piece = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return piece if isinstance(piece, list) and all(isinstance(item, dict) for item in piece) else None


def paste(desk: Desk) -> None:
    """Adds what is on the clipboard, a little further down and right each time, and selects it."""
    piece = clipboard_piece()
    if piece is None:
        return
    desk.pasted += 1
    offset = 2 * GRID * desk.pasted
    _add_piece(desk, tr("Paste"), piece, offset, offset)


def paste_with_inputs(desk: Desk) -> None:
    """As `paste`; what fed the copied layers feeds the new ones too, where it is in this network."""
    piece = clipboard_piece()
    if piece is None:
        return
    desk.pasted += 1
    offset = 2 * GRID * desk.pasted
    _add_piece(desk, tr("Paste with wires"), piece, offset, offset, incoming=True)


def duplicate(desk: Desk) -> None:
    piece = copy(desk.session.document, sorted(desk.canvas.selection))
    if piece:
        _add_piece(desk, tr("Duplicate"), piece, 2 * GRID, 4 * GRID)


def duplicate_with_inputs(desk: Desk) -> None:
    """Duplicates the selection; the copies are fed by what feeds the originals."""
    piece = copy(desk.session.document, sorted(desk.canvas.selection))
    if piece:
        _add_piece(desk, tr("Duplicate with wires"), piece, 2 * GRID, 4 * GRID, incoming=True)


def _add_piece(
    desk: Desk, name: str, piece: list[dict[str, Any]], dx: float, dy: float, incoming: bool = False
) -> None:
    """Adds records from a piece, and selects them."""
    network = desk.session.network
    done = desk.session.edit(name, "paste", content=piece, dx=dx, dy=dy, network=network, incoming=incoming)
    if done is not None:
        desk.canvas.select(id for id, record in done.added.items() if not isinstance(record, Edge))


# -- removing ------------------------------------------------------------------------------------------------------
def delete_selection(desk: Desk, name: str = "") -> None:
    ids = sorted(desk.canvas.selection)
    if ids:
        desk.session.edit(name or _removing(desk, ids), "remove", ids=ids)


def delete_and_reconnect(desk: Desk) -> None:
    """Removes the selected layers and joins what was before them with what was after."""
    ids = sorted(desk.canvas.selection)
    if ids:
        desk.session.edit(_removing(desk, ids), "remove_and_reconnect", ids=ids)


def _removing(desk: Desk, ids: Iterable[str]) -> str:
    document = desk.session.document
    nodes = [record for id in ids if isinstance(record := document.get(id), Node)]
    if len(nodes) == 1:
        return tr("Remove {name}", name=nodes[0].name)
    return tr("Remove {what}", what=count(len(nodes), "layer", "layers")) if nodes else tr("Remove wires")


# -- selecting and arranging ---------------------------------------------------------------------------------------
def select_all(desk: Desk) -> None:
    document = desk.session.document
    here = [node.id for node in document.nodes(desk.session.network)]
    edges = [edge.id for edge in document.edges_in(desk.session.network)]
    desk.canvas.select([*here, *edges])


def select_linked(desk: Desk, down: bool) -> None:
    """Adds everything that depends on the selection (or that it depends on)."""
    document = desk.session.document
    seen: set[str] = set()
    waiting = [id for id in desk.canvas.selection if isinstance(document.get(id), Node)]
    while waiting:
        id = waiting.pop()
        if id in seen:
            continue
        seen.add(id)
        for edge in document.edges_of(id):
            if down and edge.source == id:
                waiting.append(edge.target)
            elif not down and edge.target == id:
                waiting.append(edge.source)
    desk.canvas.select(seen)


def connect_selected(desk: Desk) -> None:
    """Wires the selected layers one after the other, in the order in which they were selected; those that were
    selected at once from left to right. One step."""
    document = desk.session.document
    nodes = [document.node(id) for id in desk.in_order()]
    with one_step(desk, tr("Connect")):
        for source, target in pairwise(nodes):
            outputs, inputs = ports(document, source)[1], ports(document, target)[0]
            if outputs and inputs:
                free = [p for p in inputs if desk.session.document.wire_into(target.id, p.name) is None]
                port = (free or list(inputs))[0]
                desk.session.edit(
                    tr("Connect"),
                    "connect",
                    source=source.id,
                    out_port=outputs[0].name,
                    target=target.id,
                    in_port=port.name,
                )
