from __future__ import annotations

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from tests.networks import chain


def test_place_wires_and_shared_parameters_stay() -> None:
    document = chain([("SequenceInput", {}), ("LSTM", {"hidden_size": 7}), ("Linear", {}), ("Output", {})])
    lstm = document.node_named("lstm1")
    assert lstm is not None
    after = document.apply(edits.replace(document, [lstm.id], "GRU"))
    gru = after.node(lstm.id)
    assert (gru.type, gru.name, gru.parameters) == ("GRU", "gru1", {"hidden_size": 7})
    assert (gru.x, gru.y) == (lstm.x, lstm.y)
    assert after.edges == document.edges


def test_a_name_that_a_person_chose_stays() -> None:
    document = chain([("TableInput", {}), ("Tanh", {}), ("Output", {})])
    tanh = document.node_named("tanh1")
    assert tanh is not None
    document = document.apply(edits.rename(document, tanh.id, "squash"))
    assert document.apply(edits.replace(document, [tanh.id], "ReLU")).node(tanh.id).name == "squash"


def test_wires_at_ports_that_are_gone_go_too() -> None:
    document = chain([("TableInput", {}), ("Add", {}), ("Output", {})])
    add = document.node_named("add1")
    assert add is not None
    after = document.apply(edits.replace(document, [add.id], "ReLU"))
    assert after.wire_into(add.id, "a") is None
    assert [edge.source for edge in after.edges] == [add.id]


def test_several_get_a_name_each() -> None:
    document = chain([("TableInput", {}), ("Tanh", {}), ("Tanh", {}), ("ReLU", {}), ("Output", {})])
    ids = [node.id for node in document.nodes() if node.type == "Tanh"]
    after = document.apply(edits.replace(document, ids, "ReLU"))
    assert [node.name for node in after.nodes()] == ["table1", "relu2", "relu3", "relu1", "output1"]


def test_an_unknown_type_is_refused() -> None:
    document = chain([("TableInput", {})])
    with pytest.raises(Refusal, match="no layer of the type"):
        edits.replace(document, [document.nodes()[0].id], "Quantum")
