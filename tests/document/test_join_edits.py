from __future__ import annotations

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.session.projects import chain


def _two_ways() -> Document:
    """n0 → n1 → n2, and n0 → other, which leads nowhere."""
    document = chain("TableInput", "Linear", "ReLU")
    document = document.apply(edits.add_node(document, "Linear", id="other"))
    return document.apply(edits.connect(document, "n0", "y", "other", "x"))


def _ends(document: Document) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, edge.in_port) for edge in document.edges}


def test_both_wires_lead_through_the_new_node() -> None:
    before = _two_ways()
    diff = edits.join(before, "other", "y", "n2", "x", "Add", id="sum")
    document = before.apply(diff)
    assert _ends(document) == {
        ("n0", "n1", "x"),
        ("n0", "other", "x"),
        ("n1", "sum", "a"),
        ("other", "sum", "b"),
        ("sum", "n2", "x"),
    }
    assert document.apply(diff.inverse()) == before


def test_a_wire_that_is_moved_is_gone_from_where_it_was() -> None:
    document = _two_ways()
    document = document.apply(edits.add_node(document, "Tanh", id="tanh"))
    document = document.apply(edits.connect(document, "other", "y", "tanh", "x", id="moved"))
    document = document.apply(edits.join(document, "other", "y", "n2", "x", "Add", edge="moved"))
    assert not [edge for edge in document.edges if edge.target == "tanh"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("other", "y", "n2", "x", "ReLU"), "takes one wire"),
        (("n2", "y", "n1", "x", "Add"), "close a loop"),
        (("n1", "y", "free", "x", "Add"), "nothing to join"),
    ],
)
def test_what_cannot_be_joined_is_refused(arguments: tuple[str, str, str, str, str], said: str) -> None:
    document = _two_ways()
    document = document.apply(edits.add_node(document, "ReLU", id="free"))
    with pytest.raises(Refusal, match=said):
        edits.join(document, *arguments)
