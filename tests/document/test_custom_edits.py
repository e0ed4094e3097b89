"""Edits of custom layers: their text says their ports and parameters."""

from __future__ import annotations

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.blocks import declared
from nndesigner.document.document import Document
from nndesigner.document.wiring import ports
from nndesigner.project.reader import decode
from nndesigner.project.writer import encode
from tests.custom_texts import GATE, HEAD, SPLIT
from tests.networks import chain


@pytest.fixture
def drawn() -> Document:
    return chain([("TableInput", {}), ("Custom", {"code": GATE, "hidden": 4}), ("Output", {})])


def custom(document: Document):
    return next(node for node in document.nodes() if node.type == "Custom")


def test_a_node_is_what_its_text_says(drawn: Document) -> None:
    entry = declared(drawn, custom(drawn))
    assert entry is not None and entry.label == "Gate"
    assert [field.name for field in entry.parameters] == ["code", "hidden", "scale"]


def test_its_own_parameters_are_checked(drawn: Document) -> None:
    with pytest.raises(Refusal, match="whole number"):
        edits.set_parameter(drawn, custom(drawn).id, "hidden", "wide")
    with pytest.raises(Refusal, match="no parameter “width”"):
        edits.set_parameter(drawn, custom(drawn).id, "width", 3)


def test_a_new_text_takes_wires_at_ports_that_are_gone_with_it(drawn: Document) -> None:
    id = custom(drawn).id
    diff = edits.set_parameter(drawn, id, "code", SPLIT)
    after = drawn.apply(diff)
    assert [port.name for port in ports(after, custom(after))[0]] == ["a", "b"]
    assert len(diff.removed) == 2, "x and y are not there any more"
    assert after.apply(diff.inverse()) == drawn


def test_a_text_that_cannot_be_read_keeps_all_wires(drawn: Document) -> None:
    broken = drawn.apply(edits.set_parameter(drawn, custom(drawn).id, "code", GATE + "\n)"))
    assert len(broken.edges_in(broken.main.id)) == 2
    mended = broken.apply(edits.set_parameter(broken, custom(broken).id, "code", GATE))
    assert len(mended.edges_in(mended.main.id)) == 2 and custom(mended).parameters["hidden"] == 4
    other = broken.apply(edits.set_parameter(broken, custom(broken).id, "code", SPLIT))
    assert other.edges_in(other.main.id) == ()


def test_text_and_values_can_be_set_together(drawn: Document) -> None:
    text = HEAD + "class A(nn.Module):\n    def __init__(self, deep: int = 1):\n        super().__init__()\n"
    text += "    def forward(self, x):\n        return x\n"
    after = drawn.apply(edits.set_parameters(drawn, custom(drawn).id, {"deep": 3, "code": text}))
    assert custom(after).parameters["deep"] == 3


def test_a_file_keeps_text_and_wires_whatever_the_text_is(drawn: Document) -> None:
    for text in (GATE, GATE + "\n)", "", "\t\u202e"):
        document = drawn.apply(edits.set_parameter(drawn, custom(drawn).id, "code", text))
        assert decode(encode(document)).document == document
