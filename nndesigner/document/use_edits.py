"""Edits of what a layer means to the compiler, whatever it is: bypass, shared weights, how its weights learn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from nndesigner.base.expressions import BadExpression, is_expression, read
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.blocks import (
    declared,
    names_inside,
)
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import AnyRecord
from nndesigner.document.verbs import (
    changed_records,
    node_of,
    verb,
)
from nndesigner.layers.learning import LEARNING


@verb
def set_bypass(document: Document, ids: Iterable[str], bypass: bool | str) -> Diff:
    """Takes layers out of the way, or back in; inside a block also by an expression such as `=stride == 1`."""
    pairs: list[tuple[AnyRecord, AnyRecord]] = []
    for id in ids:
        node = node_of(document, id)
        entry = declared(document, node)
        open_way = entry is None or (entry.role == "layer" and _has_way_through(entry.inputs))
        if bypass and not open_way and entry is not None and entry.role != "penalty":
            raise Refusal(tr("{name} has no way through: it cannot be bypassed.", name=node.name))
        if is_expression(bypass):
            try:
                read(str(bypass)).value(names_inside(document, node.network))
            except BadExpression as error:
                raise Refusal(str(error)) from None
        elif isinstance(bypass, str):
            raise Refusal(tr("Bypass is yes, no, or an expression that begins with =."))
        pairs.append((node, msgspec.structs.replace(node, bypass=bypass)))
    return changed_records(*pairs)


def _has_way_through(inputs: Any) -> bool:
    return callable(inputs) or bool(inputs)


@verb
def share_weights(document: Document, ids: Iterable[str], owner: str) -> Diff:
    """Lets layers use the weights of another one of the same network; "" gives each weights of its own again."""
    pairs: list[tuple[AnyRecord, AnyRecord]] = []
    keeps = node_of(document, owner) if owner else None
    while keeps is not None and keeps.shares:
        keeps = node_of(document, keeps.shares)
    for id in ids:
        node = node_of(document, id)
        if keeps is not None and node.id != keeps.id:
            if node.network != keeps.network:
                raise Refusal(tr("Layers share weights inside one network."))
            if node.type != keeps.type or node.block != keeps.block:
                raise Refusal(
                    tr(
                        "{name} and {owner} are of different types: they have no weights in common.",
                        name=node.name,
                        owner=keeps.name,
                    )
                )
        shares = keeps.id if keeps is not None and keeps.id != node.id else ""
        pairs.append((node, msgspec.structs.replace(node, shares=shares)))
        pairs += [
            (other, msgspec.structs.replace(other, shares=shares))
            for other in document.nodes(node.network)
            if shares and other.shares == node.id
        ]
    return changed_records(*pairs)


@verb
def set_learning(document: Document, ids: Iterable[str], values: Mapping[str, Any]) -> Diff:
    """Sets how the weights of layers begin and learn (`layers/learning.py`); a value None goes back to the default."""
    checked: dict[str, Any] = {}
    for name, value in values.items():
        field = next((f for f in LEARNING if f.name == name), None)
        if field is None:
            raise Refusal(tr("There is no setting “{name}” of learning.", name=name))
        try:
            checked[name] = None if value is None else field.check(value)
        except ValueError as error:
            raise Refusal(str(error)) from None
    pairs: list[tuple[AnyRecord, AnyRecord]] = []
    for id in ids:
        node = node_of(document, id)
        merged = {**node.learning, **checked}
        kept = {key: value for key, value in merged.items() if value is not None}
        pairs.append((node, msgspec.structs.replace(node, learning=kept)))
    return changed_records(*pairs)
