"""Asking for a layer: where a wire was let go, or in the place of another one. What fits comes first, with settings.

Opens the search (`gui/add_popup.py`) with the catalogue's answer, and makes the edit when a layer was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from nndesigner.base.text import tr
from nndesigner.document.blocks import BLOCK, declared
from nndesigner.document.records import Node
from nndesigner.document.wiring import ports
from nndesigner.gui.canvas.geometry import HEADER, WIDTH
from nndesigner.gui.commands import blocks, editing
from nndesigner.layers.fitting import Offer, accepts, feeds

if TYPE_CHECKING:
    from nndesigner.base.data_field import DataField
    from nndesigner.gui.desk import Desk


def add_chosen(desk: Desk, type: str, place: QPointF) -> str:
    """Adds the layer or the block that was chosen, with its middle at a scene point; its id, "" where refused."""
    if blocks.is_block_type(type):
        return blocks.add(desk, type, place.x() - WIDTH / 2, place.y() - HEADER / 2)
    return editing.add_at(desk, type, place)


def wire_dropped(desk: Desk, node: str, port: str, place: QPointF) -> None:
    """A wire from an output was let go over nothing: asks for a layer that takes what it carries."""
    checked = desk.session.checked
    arriving = checked.types.get((node, port)) if checked is not None else None
    offered = accepts([arriving], after=_group(desk, node), fields=_fields(desk), inside=_inside(desk))

    def add(offer: Offer) -> None:
        editing.add_after(desk, offer.layer.type, node, port, place, offer)

    def use(type: str) -> None:
        blocks.add(desk, type, place.x(), place.y() - HEADER / 2, after=node, out_port=port)

    desk.window.asking.for_offer(place, offered, tr("Add a layer that takes this"), add, use)


def input_wire_dropped(desk: Desk, node: str, port: str, place: QPointF) -> None:
    """A wire to an input was let go over nothing: asks for a layer that can feed it."""
    record = desk.session.document.node(node)
    target = declared(desk.session.document, record) if record.type != BLOCK else None
    offered = feeds(target, record.parameters, port, fields=_fields(desk), inside=_inside(desk))

    def add(offer: Offer) -> None:
        editing.add_before(desk, offer.layer.type, node, port, place)

    desk.window.asking.for_offer(place, offered, tr("Add a layer that feeds this"), add)


def swap(desk: Desk) -> None:
    """Asks for another layer in the place of the selected one: it takes what arrives there, and keeps its wires."""
    chosen = desk.selected_nodes()
    if len(chosen) != 1:
        return
    node = chosen[0]
    place = QPointF(node.x + WIDTH / 2, node.y + HEADER)

    def replace(offer: Offer) -> None:
        desk.session.edit(
            tr("Replace {name} by {layer}", name=node.name, layer=tr(offer.layer.label)),
            "replace",
            ids=[node.id],
            type=offer.layer.type,
            parameters=offer.values,
        )
        desk.inspector.show_selection(())
        desk.inspector.show_selection([node.id])

    hint = tr("Replace {name} by …", name=node.name)
    desk.window.show_page("network")
    desk.show_node(node.id)
    desk.window.asking.for_offer(place, instead_of(desk, node), hint, replace)


def instead_of(desk: Desk, node: Node) -> Sequence[Offer]:
    """What could stand in the place of a node, given what is wired to it."""
    document, checked = desk.session.document, desk.session.checked
    what = declared(document, node)
    order = [port.name for port in ports(document, node)[0]]
    wires = [edge for edge in document.edges_of(node.id) if edge.target == node.id]
    wires.sort(key=lambda edge: order.index(edge.in_port) if edge.in_port in order else len(order))
    types = checked.types if checked is not None else {}
    arriving = [types.get((edge.source, edge.out_port)) for edge in wires]
    if not wires and (order or what is None):
        arriving = [None]  # nothing is wired yet: anything with an input can stand here
    found = checked.node(node.id) if checked is not None else None
    return accepts(
        arriving,
        after=_group(desk, wires[0].source) if wires else "",
        fields=_fields(desk),
        inside=_inside(desk),
        instead=what,
        kept=node.parameters,
        leaving=found.outputs if found is not None else {},
    )


def _fields(desk: Desk) -> Mapping[str, DataField]:
    checked = desk.session.checked
    return checked.fields if checked is not None else {}


def _inside(desk: Desk) -> bool:
    """Whether the network on the canvas is a block's."""
    return desk.session.network != desk.session.document.main.id


def _group(desk: Desk, node: str) -> str:
    document = desk.session.document
    what = declared(document, document.node(node))
    return what.group if what is not None else ""
