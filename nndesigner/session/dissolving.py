"""What stands in a block's place when it is dissolved: for each repetition, the parameters of the nodes inside as they
are in this use. The checker knows them; inside another block, whose own uses differ, they stay expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nndesigner.base.expressions import BadExpression, is_expression, read
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.document.blocks import declared
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.session import widths

Rounds = list[dict[str, dict[str, Any]]]


def rounds(document: Document, checked: CheckedNetwork | None, node: str) -> Rounds:
    """Parameter values by node id for each repetition of a block; [] where the check does not know them.

    Raises Refusal where the number of repetitions depends on the use of the block around it.
    """
    record = document.node(node)
    found = checked.node(node) if checked is not None and checked.network == record.network else None
    within = record.network != document.main.id
    if within and is_expression(record.parameters.get("repeat")):
        raise Refusal(
            tr("{name} repeats as often as the use of the block around it says: it stays.", name=record.name)
        )
    if found is None or not found.rounds:
        return []
    made: Rounds = []
    arriving: Mapping[str, str] = {}
    outer = _outer(document, record) if within else {}
    for index, inside in enumerate(found.rounds):
        names: Mapping[str, str] = {}
        if within and checked is not None:
            arriving = _arriving(checked, found, index, {**outer, "index": str(index - 1), **arriving})
            names = {**outer, "index": str(index), **arriving}
        made.append({one.id: _values(one, names) for one in inside.nodes})
    return made


def _arriving(
    checked: CheckedNetwork, block: CheckedNode, index: int, before: Mapping[str, str]
) -> Mapping[str, str]:
    """What the width of the block's first input is called around it; after the first repetition that is the width of
    what the one before gave, whose names stand for `before`."""
    found = widths.arriving(checked, block, index)
    if index == 0:
        return found
    said = {name: widths.within(text, before) for name, text in found.items()}
    return {name: f"({text})" for name, text in said.items() if text}


def _outer(document: Document, user: Node) -> Mapping[str, str]:
    """What the names inside a block stand for where it is used, as expressions of the network around it."""
    entry = declared(document, user)
    values = (
        {field.name: user.parameters.get(field.name, field.default) for field in entry.parameters}
        if entry
        else {}
    )
    return {
        name: f"({value.removeprefix('=')})" if is_expression(value) else repr(value)
        for name, value in values.items()
    }


def _values(one: CheckedNode, names: Mapping[str, str]) -> dict[str, Any]:
    """The parameters that the record sets, worked out."""
    known = one.use.values if one.use is not None else {}
    found: dict[str, Any] = {}
    for name, value in one.record.parameters.items():
        settled = known.get(name, value)
        found[name] = list(settled) if isinstance(settled, tuple) else settled
        if names and is_expression(value):
            text = _written(value, names)
            found[name] = text or found[name]
    return found


def _written(value: str, names: Mapping[str, str]) -> str:
    """The expression in the words of the network around; "" where it has a value without them, or none there."""
    text = widths.within(value, names)
    if not text:
        return ""
    try:
        around = read(text).names
    except BadExpression:
        return ""
    return f"={text}" if around else ""
