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


def test_wires_go_to_the_port_at_the_same_place_and_those_without_one_go() -> None:
    document = chain([("TableInput", {}), ("Add", {}), ("Output", {})])
    add, table = document.node_named("add1"), document.node_named("table1")
    assert add is not None and table is not None
    document = document.apply(edits.connect(document, table.id, "y", add.id, "b"))
    after = document.apply(edits.replace(document, [add.id], "ReLU"))
    assert [(edge.in_port, edge.source) for edge in after.edges if edge.target == add.id] == [("x", table.id)]
    back = after.apply(edits.replace(after, [add.id], "Add"))
    assert {edge.id for edge in back.edges} == {edge.id for edge in after.edges}
    assert back.wire_into(add.id, "a") is not None


def test_a_wire_between_two_that_are_replaced_follows_both() -> None:
    document = chain([("TableInput", {}), ("Add", {}), ("Add", {}), ("Output", {})])
    ids = [node.id for node in document.nodes() if node.type == "Add"]
    after = document.apply(edits.replace(document, ids, "ReLU"))
    assert [edge.in_port for edge in after.edges] == ["x", "x", "x"]


def test_settings_come_with_the_new_type_and_a_bad_one_is_refused() -> None:
    document = chain([("SequenceInput", {}), ("LSTM", {"hidden_size": 7}), ("Output", {})])
    id = document.nodes()[1].id
    after = document.apply(edits.replace(document, [id], "GRU", {"num_layers": 2}))
    assert after.node(id).parameters == {"hidden_size": 7, "num_layers": 2}
    with pytest.raises(Refusal):
        edits.replace(document, [id], "GRU", {"num_layers": -1})


def test_several_get_a_name_each() -> None:
    document = chain([("TableInput", {}), ("Tanh", {}), ("Tanh", {}), ("ReLU", {}), ("Output", {})])
    ids = [node.id for node in document.nodes() if node.type == "Tanh"]
    after = document.apply(edits.replace(document, ids, "ReLU"))
    assert [node.name for node in after.nodes()] == ["table1", "relu2", "relu3", "relu1", "output1"]


def test_an_unknown_type_is_refused() -> None:
    document = chain([("TableInput", {})])
    with pytest.raises(Refusal, match="no layer of the type"):
        edits.replace(document, [document.nodes()[0].id], "Quantum")
