from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import DataSource, Network, Node, Note, TrainingPlan
from nndesigner.project.writer import encode
from tests.session.projects import FOUND, chain

DOCUMENT = chain("TableInput", "Linear", "ReLU", "Output")


def do(document: Document, verb: str, **arguments: Any) -> Document:
    return document.apply(edits.VERBS[verb](document, **arguments))


def test_a_paste_has_new_ids_and_free_names_and_its_wires() -> None:
    content = json.loads(json.dumps(edits.copy(DOCUMENT, ["n1", "n2"])))
    document = do(DOCUMENT, "paste", content=content, dx=10.0, dy=20.0)
    added = document.nodes()[4:]
    assert [node.name for node in added] == ["linear2", "relu2"]
    assert [(node.x, node.y) for node in added] == [(210.0, 20.0), (410.0, 20.0)]
    assert len(document.edges) == len(DOCUMENT.edges) + 1, "only the wire between the two"
    assert {added[0].id, added[1].id}.isdisjoint({"n1", "n2"})
    twice = do(document, "paste", content=content)
    assert len({node.name for node in twice.nodes()}) == 8


def test_a_paste_into_another_project_keeps_names_that_are_free() -> None:
    content = edits.copy(DOCUMENT, ["n1", "n2"])
    document = do(edits.new_document(), "paste", content=content)
    assert [node.name for node in document.nodes()] == ["linear1", "relu1"]


@pytest.mark.parametrize(
    "content",
    [
        [],
        [{"kind": "edge", "id": "e", "source": "a", "out_port": "y", "target": "b", "in_port": "x"}],
        [{"kind": "network", "id": "n"}],
        [{"kind": "node"}],
        [{"kind": "node", "id": 5, "network": "n", "type": "ReLU", "name": "a"}],
        [{"kind": "node", "id": "a", "network": "n", "type": "ReLU", "name": "a", "x": 1e300}],
        [{}],
    ],
)
def test_what_is_no_piece_of_a_network_is_refused(content: list[dict[str, Any]]) -> None:
    with pytest.raises(Refusal):
        edits.paste(DOCUMENT, content)


def test_wires_of_a_hostile_clipboard_are_held_to_the_rules() -> None:
    node = {"kind": "node", "network": "n", "type": "ReLU"}
    wire = {"kind": "edge", "out_port": "y", "in_port": "x"}
    content: list[dict[str, Any]] = [
        {**node, "id": "a", "name": "for"},
        {**node, "id": "b", "name": "b" * 500},
        {**wire, "id": "1", "source": "a", "target": "b"},
        {**wire, "id": "2", "source": "b", "target": "a"},
        {**wire, "id": "3", "source": "a", "target": "b", "in_port": "weights"},
        {**wire, "id": "4", "source": "a", "target": "a"},
    ]
    document = do(edits.new_document(), "paste", content=content)
    assert len(document.nodes()) == 2
    assert len(document.edges) == 1


def test_unknown_layers_paste_with_all_they_have() -> None:
    foreign = Node(
        id="q", network="n", type="Quantum", name="q", parameters={"z": [1]}, extra={"color": "red"}
    )
    content = edits.copy(Document([Network(id="n"), foreign]), ["q"])
    (pasted,) = do(edits.new_document(), "paste", content=content).nodes()
    assert (pasted.type, pasted.parameters, pasted.extra) == ("Quantum", {"z": [1]}, {"color": "red"})


def test_ten_thousand_layers_paste_in_moments() -> None:
    nodes = [Node(id=f"n{i}", network="n", type="ReLU", name=f"relu{i}") for i in range(10_000)]
    document = Document([Network(id="n"), *nodes])
    content = edits.copy(document, [node.id for node in nodes])
    began = time.process_time()
    pasted = do(document, "paste", content=content)
    assert time.process_time() - began < 3.0
    assert len({node.name for node in pasted.nodes()}) == 20_000


def test_notes() -> None:
    document = do(DOCUMENT, "add_note", text="a" * 20_000, x=1.0, y=2.0)
    note = next(record for record in document if isinstance(record, Note))
    assert len(note.text) == 10_000
    changed = do(document, "set_note", note=note.id, text="short").get(note.id)
    assert isinstance(changed, Note)
    assert changed.text == "short"


def test_choosing_data_forgets_what_was_found_in_the_old() -> None:
    document = do(DOCUMENT, "set_data", type="iris", parameters={"seed": 3})
    with pytest.raises(Refusal):
        edits.set_found(DOCUMENT, **FOUND)
    known = do(document, "set_found", **FOUND)
    assert known.data is not None
    assert known.data.counts["all"] == 150
    pinned = do(known, "set_found", **FOUND, pinned={"commit": "c"})
    assert pinned.data is not None and pinned.data.parameters == {"seed": 3, "commit": "c"}
    other = do(known, "set_data", type="wine")
    assert other.data == DataSource(id=known.data.id, type="wine")


def test_steps_of_augmentation_are_kept_as_they_are_without_what_says_nothing() -> None:
    steps = [
        {"type": "crop", "parameters": {}, "off": False},
        {"type": "later", "off": True, "by": [1, (2, 3)]},
    ]
    document = do(DOCUMENT, "set_augmentation", steps=steps)
    assert document.plan is not None
    assert document.plan.augmentation == ({"type": "crop"}, {"type": "later", "off": True, "by": [1, [2, 3]]})
    assert do(document, "set_augmentation", steps=[]) == DOCUMENT
    for bad in ([{"kind": "crop"}], [{"type": "crop"}] * 65):
        with pytest.raises(Refusal):
            do(DOCUMENT, "set_augmentation", steps=bad)


def test_a_plan_holds_what_differs() -> None:
    document = do(DOCUMENT, "set_plan", values={"epochs": 3, "betas": (0.9, 0.99)})
    assert document.plan is not None
    assert document.plan.parameters == {"epochs": 3, "betas": [0.9, 0.99]}
    assert do(document, "set_plan", values={"epochs": None, "betas": None}) == DOCUMENT
    bare = Document([record for record in DOCUMENT if not isinstance(record, TrainingPlan)])
    made = do(bare, "set_plan", values={"epochs": 3})
    assert made.plan is not None
    assert encode(made) != encode(bare)


def test_steps_are_named_after_what_they_do() -> None:
    named = {
        "Add relu2": ("add_node", {"type": "ReLU"}),
        "Remove linear1": ("remove", {"ids": ["n1"]}),
        "Remove 2 layers": ("remove", {"ids": ["n1", "n2"]}),
        "Move 1 layer": ("move", {"places": {"n1": (9.0, 9.0)}}),
        "Rename first": ("rename", {"node": "n1", "name": "first"}),
        "Set out features of linear1": (
            "set_parameter",
            {"node": "n1", "parameter": "out_features", "value": 9},
        ),
        "Comment on linear1": ("set_comment", {"node": "n1", "comment": "why"}),
        "Disconnect": ("disconnect", {"edge": DOCUMENT.edges[0].id}),
        "Choose the data": ("set_data", {"type": "iris"}),
        "Change the training settings": ("set_plan", {"values": {"epochs": 2}}),
        "Change the augmentation": ("set_augmentation", {"steps": [{"type": "crop"}]}),
        "Add a note": ("add_note", {"text": "", "x": 0.0, "y": 0.0}),
    }
    for name, (verb, arguments) in named.items():
        assert edits.say(edits.VERBS[verb](DOCUMENT, **arguments)) == name


def test_no_record_shares_a_list_or_dict_with_who_made_the_edit() -> None:
    parameters: dict[str, Any] = {"columns": ["a", ["b"]], "options": {"deep": [1]}}
    document = do(DOCUMENT, "set_data", type="csv", parameters=parameters)
    content = edits.copy(do(DOCUMENT, "set_parameter", node="n1", parameter="out_features", value=3), ["n1"])
    content[0]["extra"] = {"foreign": [1]}
    document = do(document, "paste", content=content)
    statistics = {"minimum": 1.0}
    fields = [msgspec.structs.replace(FOUND["fields"][0], statistics=statistics)]
    document = do(document, "set_found", fields=fields, counts={"all": 1}, fingerprint="f")
    before = encode(document)
    parameters["columns"][1].append("c")
    parameters["options"]["deep"].append(2)
    content[0]["extra"]["foreign"].append(2)
    content[0]["parameters"]["out_features"] = 9
    statistics["minimum"] = 0.0
    edits.copy(document, ["n1"])[0]["parameters"]["out_features"] = 7
    assert encode(document) == before
