"""What every edit verb is made with: the register of verbs, and small checks that refuse with a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import AnyRecord, Edge, Network, Node

VERBS: dict[str, Callable[..., Diff]] = {}
"""Every verb by name, as remedies, gestures and scripts call it."""
GRID = 20.0
COLUMN = 200.0
"""Scene units from one node of a chain to the next."""
FARTHEST = 1e7
"""Scene units from the origin at which nothing can be put any more."""


def verb(edit: Callable[..., Diff]) -> Callable[..., Diff]:
    """Registers an edit under its function name."""
    VERBS[edit.__name__] = edit
    return edit


def changed_records(*pairs: tuple[AnyRecord, AnyRecord]) -> Diff:
    """The edit that makes each record (before) the other (after); equal ones are left out."""
    return Diff(changed={before.id: (before, after) for before, after in pairs if before != after})


def added_records(*records: AnyRecord) -> Diff:
    """The edit that adds these records."""
    return Diff(added={record.id: record for record in records})


def node_of(document: Document, id: str) -> Node:
    """The node of an id. Raises Refusal."""
    record = document.get(id)
    if not isinstance(record, Node):
        raise Refusal(tr("That layer is not here any more."))
    return record


def network_of(document: Document, id: str) -> str:
    """The network to edit; "" means the main one. Raises Refusal."""
    if not id:
        return document.main.id
    if not isinstance(document.get(id), Network):
        raise Refusal(tr("That network is not here any more."))
    return id


def names_in(document: Document, network: str) -> set[str]:
    """The names of a network's nodes."""
    return {node.name for node in document.nodes(network)}


def coordinate(value: float) -> float:
    """Positions are kept to a tenth: enough for the eye, short in the file."""
    if not -FARTHEST <= value <= FARTHEST:
        raise Refusal(tr("That is too far away: nothing could be found there again."))
    return round(float(value), 1) + 0.0


def moved_bends(wire: Edge, dx: float, dy: float) -> tuple[tuple[float, float], ...]:
    """The bends of a wire, moved by (dx, dy)."""
    return tuple((coordinate(x + dx), coordinate(y + dy)) for x, y in wire.bends)


def plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a file gives them back, lists for tuples; a copy, so that a record shares nothing with the caller."""
    return {key: _lists(value) for key, value in values.items()}


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value
