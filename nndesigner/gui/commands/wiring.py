"""Wiring by key: which ports a port can be wired to, best first, and the list in which one is picked.

The document's rules say what cannot be, the layers' own rules what would not fit; both reasons are shown.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from nndesigner.base.shapes import TensorType
from nndesigner.base.text import tr
from nndesigner.check.order import in_order
from nndesigner.document.blocks import BLOCK, declared
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.document.wire_edits import downstream, wire_words
from nndesigner.document.wiring import ports
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.hit import Hit
from nndesigner.layers.fitting import why_unfit

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

MOST_ASKED = 80
"""Ports whose shapes are looked at, the nearest ones: what else there is stands behind them by name."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A port at the other end. `refused` says why no wire can be drawn, `unfit` why its shape would not fit; `taken`
    is the name of the layer whose wire would be replaced."""

    node: str
    port: str
    title: str
    detail: str = ""
    taken: str = ""
    refused: str = ""
    unfit: str = ""

    @property
    def said(self) -> str:
        """The sentence below the list."""
        if self.refused or self.unfit:
            return self.refused or self.unfit
        return tr("Takes the place of the wire from {name}.", name=self.taken) if self.taken else self.detail


def targets(desk: Desk, at: Hit) -> tuple[Target, ...]:
    """The ports that a port may be wired to: free ones that fit first, near before far; then those that would be
    replaced, that do not fit, and that are refused, each with its reason."""
    session = desk.session
    document, network = session.document, session.network
    here = document.node(at.id)
    side = INPUT if at.side == OUTPUT else OUTPUT
    ordered = {id: place for place, id in enumerate(in_order(document, network))}
    ahead = 1 if side == INPUT else -1
    looped = _looped(document, at)
    own = document.wire_into(at.id, at.port) if at.side == INPUT else None

    def far(node: Node) -> tuple[bool, float]:
        behind = ahead * (ordered[node.id] - ordered[here.id]) < 0
        return behind, math.hypot(node.x - here.x, node.y - here.y)

    candidates: list[tuple[tuple[bool, bool, tuple[bool, float]], Node, str, str]] = []
    for node in document.nodes(network):
        if node.id == here.id:
            continue
        sides = ports(document, node)
        for port in sides[side]:
            wire = document.wire_into(node.id, port.name) if side == INPUT else own
            source = (at.id, at.port) if side == INPUT else (node.id, port.name)
            if wire is not None and (wire.source, wire.out_port) == source:
                continue  # they are wired already
            label = tr(port.label) or port.name
            title = f"{node.name}: {label}" if len(sides[side]) > 1 else node.name
            taken = document.node(wire.source).name if wire is not None else ""
            candidates.append(
                ((node.id in looped, bool(taken), far(node)), node, port.name, f"{title}\0{taken}")
            )
    candidates.sort(key=lambda item: item[0])
    found = []
    for number, ((loops, *_), node, port_name, words) in enumerate(candidates):
        title, _, taken = words.partition("\0")
        entry = declared(document, node)
        wire_ends = (
            (at.id, at.port, node.id, port_name) if side == INPUT else (node.id, port_name, at.id, at.port)
        )
        near = number < MOST_ASKED
        refused = ""
        if loops:
            refused = session.why_not(*wire_ends) if near else tr("This wire would close a loop.")
        found.append(
            Target(
                node=node.id,
                port=port_name,
                title=title,
                detail=tr(entry.label) if entry is not None else node.type,
                taken=taken,
                refused=refused,
                unfit=_unfit(desk, *wire_ends) if near and not refused else "",
            )
        )
    found.sort(key=lambda target: (bool(target.refused), bool(target.unfit), bool(target.taken)))
    return tuple(found)


def ask(desk: Desk, at: Hit) -> None:
    """Opens the list of targets beside a port; the one that is chosen is wired, as one step."""
    if at.id not in desk.session.document:
        return
    name = desk.session.document.node(at.id).name
    hint = tr("Wire {name} to …", name=name) if at.side == OUTPUT else tr("Feed {name} from …", name=name)

    def connect(target: Target) -> None:
        source, sink = (at, target) if at.side == OUTPUT else (target, at)
        ends = {"source": _id(source), "out_port": source.port, "target": _id(sink), "in_port": sink.port}
        words = wire_words(desk.session.document, ends["source"], ends["target"])
        done = desk.session.edit(words, "connect", **ends)
        if done is not None:
            document = desk.session.document
            names = document.node(ends["source"]).name, document.node(ends["target"]).name
            desk.say(tr("{source} is wired to {target}.", source=names[0], target=names[1]))

    desk.window.asking.for_target(at, targets(desk, at), hint, connect)


def connect_to(desk: Desk) -> None:
    """Wires the selected layer onwards: from its first free output, else to its first input."""
    at = first_port(desk)
    if at:
        ask(desk, at)


def why_not_connect_to(desk: Desk) -> str:
    chosen = desk.selected_nodes() if desk.has_project else []
    if len(chosen) != 1:
        return tr("Select one layer first.")
    if first_port(desk):
        return ""
    return tr("{name} has no ports: nothing can be wired to it.", name=chosen[0].name)


def first_port(desk: Desk) -> Hit:
    """The port of the selected layer that has the keyboard, else its first output that leads nowhere, else its first
    output, else its first input; none where it has no ports."""
    focus = desk.canvas.state.focus
    chosen = desk.selected_nodes()
    if len(chosen) != 1:
        return Hit()
    node, document = chosen[0], desk.session.document
    if focus.kind == "port" and focus.id == node.id:
        return focus
    inputs, outputs = ports(document, node)
    used = {edge.out_port for edge in document.edges_of(node.id) if edge.source == node.id}
    for port in sorted(outputs, key=lambda port: port.name in used):
        return Hit("port", node.id, OUTPUT, port.name)
    for port in inputs:
        return Hit("port", node.id, INPUT, port.name)
    return Hit()


def _id(end: Hit | Target) -> str:
    return end.id if isinstance(end, Hit) else end.node


def _looped(document: Document, at: Hit) -> set[str]:
    """The nodes that a wire from (to) the port would close a loop with."""
    if at.side == INPUT:
        return downstream(document, [at.id])
    found: set[str] = set()
    waiting = [at.id]
    while waiting:
        id = waiting.pop()
        if id not in found:
            found.add(id)
            waiting.extend(edge.source for edge in document.edges_of(id) if edge.target == id)
    return found


def _unfit(desk: Desk, source: str, out_port: str, target: str, in_port: str) -> str:
    """What the target's own rule says against what would arrive; "" where it has nothing to say, or is not known."""
    session = desk.session
    document, checked = session.document, session.checked
    if checked is None:
        return ""
    arriving: TensorType | None = checked.types.get((source, out_port))
    node = document.node(target)
    entry = declared(document, node)
    if arriving is None or entry is None or node.type == BLOCK:
        return ""
    others = {
        edge.in_port: checked.types[edge.source, edge.out_port]
        for edge in document.edges_of(target)
        if edge.target == target and edge.in_port != in_port and (edge.source, edge.out_port) in checked.types
    }
    return why_unfit(entry, node.parameters, in_port, arriving, others, checked.fields)
