"""Edits of a parameter of several nodes at once: all of them, or none where one refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.node_edits import reset_parameter, set_parameter
from nndesigner.document.verbs import verb


@verb
def set_in_several(document: Document, nodes: Iterable[str], parameter: str, value: Any) -> Diff:
    """Sets one parameter of several nodes. Raises Refusal with the sentence of the first that does not take it."""
    return _each(nodes, lambda node: set_parameter(document, node, parameter, value))


@verb
def reset_in_several(document: Document, nodes: Iterable[str], parameter: str) -> Diff:
    """Goes back to the declared default of a parameter in several nodes."""
    return _each(nodes, lambda node: reset_parameter(document, node, parameter))


def _each(nodes: Iterable[str], edit: Callable[[str], Diff]) -> Diff:
    """The edits of different nodes as one: each changes its own node; a wire between two may be removed by both."""
    diffs = [edit(node) for node in dict.fromkeys(nodes)]
    return Diff(
        changed={id: pair for diff in diffs for id, pair in diff.changed.items()},
        removed={id: record for diff in diffs for id, record in diff.removed.items()},
    )
