"""Edits of what a block shows to the outside, which reach inside it and to its uses: parameters' names, port order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from nndesigner.base.expressions import BadExpression, is_expression, read, substituted
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.block_edits import set_network
from nndesigner.document.blocks import uses
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import AnyRecord, Network
from nndesigner.document.verbs import changed_records, node_of, verb


@verb
def order_ports(document: Document, network: str, ids: Sequence[str]) -> Diff:
    """Gives the ports of a block this order, from the top: `ids` are nodes at which values enter, or leave."""
    pairs: list[tuple[AnyRecord, AnyRecord]] = []
    for position, id in enumerate(ids):
        node = node_of(document, id)
        if node.network != network:
            raise Refusal(tr("{name} is no port of that block.", name=node.name))
        parameters = {**node.parameters, "position": position}
        pairs.append((node, msgspec.structs.replace(node, parameters=parameters)))
    return changed_records(*pairs)


@verb
def rename_block_parameter(document: Document, network: str, name: str, to: str) -> Diff:
    """Renames a parameter of a block: expressions inside and what is set at the uses come along. Raises Refusal."""
    record = document.get(network)
    if not isinstance(record, Network) or not any(p.name == name for p in record.parameters):
        raise Refusal(tr("That parameter is not here any more."))
    renamed = [
        msgspec.to_builtins(msgspec.structs.replace(p, name=to) if p.name == name else p)
        for p in record.parameters
    ]
    changed = dict(set_network(document, network, parameters=renamed).changed)
    pairs: list[tuple[AnyRecord, AnyRecord]] = []
    for node in document.nodes(network):
        values = {key: _said(value, name, to) for key, value in node.parameters.items()}
        bypass = _said(node.bypass, name, to)
        pairs.append((node, msgspec.structs.replace(node, parameters=values, bypass=bypass)))
    for user in uses(document, network):
        values = {to if key == name else key: value for key, value in user.parameters.items()}
        pairs.append((user, msgspec.structs.replace(user, parameters=values)))
    return Diff(changed={**changed, **changed_records(*pairs).changed})


def _said(value: Any, name: str, to: str) -> Any:
    """A value in which an expression says `to` for `name`."""
    if isinstance(value, list):
        return [_said(item, name, to) for item in value]
    if not is_expression(value):
        return value
    try:
        if name not in read(value).names:
            return value
        return f"={substituted(value, {name: to})}"
    except BadExpression:  # several with commas between them
        return re.sub(rf"\b{re.escape(name)}\b", to, value)
