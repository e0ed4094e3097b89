"""Every broken sample file opens; what had to change is said, and nothing else is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.check.check import check
from nndesigner.document.records import Edge, Node, TrainingPlan, Unknown
from nndesigner.project.reader import decode, open_project
from nndesigner.project.writer import encode

DEFECTS = Path(__file__).parents[1] / "projects" / "defects"

# file → what each warning says, in order; which wires and which layers are left
EXPECTED: dict[str, tuple[list[str], set[str], set[str]]] = {
    "far-away": (["b lay far outside"], {"e1"}, {"a", "b"}),
    "fields-of-the-wrong-type": (
        [
            "The x of the node b",
            "The comment of the node b",
            "node c was left out",
            "parameters of the node d",
        ],
        {"e1"},
        {"a", "b", "d"},
    ),
    "id-twice": (["have the id b"], {"e1"}, {"a", "b"}),
    "loop": (["from c to b", "loop"], {"e0", "e1"}, {"a", "b", "c", "d"}),
    "name-that-is-no-name": (["“for”", "“1 two”"], {"e1"}, {"a", "relu1", "relu2"}),
    "name-twice": (["share the name “same”"], {"e1", "e2"}, {"a", "same", "same1"}),
    "network-that-is-not-there": (["The network of b"], {"e1"}, {"a", "b"}),
    "no-network": (["had no network"], {"e1"}, {"a", "b"}),
    "parameter-out-of-range": ([], {"e1"}, {"a", "b"}),
    "port-that-is-not-there": (["no input “weights”", "no output “other”"], {"e1"}, {"a", "b", "c"}),
    "record-that-is-no-object": (["is no object"] * 3, {"e1"}, {"a", "b"}),
    "record-without-id": (["without a usable id"] * 2, {"e1"}, {"a", "b"}),
    "second-plan": (["second training plan"], {"e1"}, {"a", "b"}),
    "two-wires-into-one-port": (["takes one wire"], {"e1"}, {"a", "a2", "b"}),
    "unknown-things": (["“Quantum”", "“sweep”"], {"e1", "e2"}, {"a", "b", "c"}),
    "wire-between-networks": (["inside one network"], set(), {"a", "b"}),
    "wire-to-itself": (["takes one wire"], {"e1"}, {"a", "b"}),
    "wire-to-nowhere": (["missing", "missing"], {"e1"}, {"a", "b"}),
}


def test_every_sample_is_expected() -> None:
    assert {path.stem for path in DEFECTS.glob("*.nnd")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_file_opens_and_says_what_was_mended(name: str) -> None:
    path = DEFECTS / f"{name}.nnd"
    before = path.read_bytes()
    opened = open_project(path)
    said, wires, layers = EXPECTED[name]
    everything = " ".join(opened.warnings)
    assert all(part in everything for part in said)
    assert len(opened.warnings) <= max(len(said), 1) if said else opened.warnings == ()
    assert {r.id for r in opened.document if isinstance(r, Edge)} == wires
    assert {r.name for r in opened.document if isinstance(r, Node)} == layers
    assert path.read_bytes() == before
    check(opened.document)
    again = decode(encode(opened.document))
    assert again.document == opened.document
    known = name == "unknown-things"
    assert again.warnings == (opened.warnings if known else ()), "what was mended is mended for good"


def test_a_wrong_field_costs_only_itself() -> None:
    document = open_project(DEFECTS / "fields-of-the-wrong-type.nnd").document
    b, d = document.node("b"), document.node("d")
    assert (b.x, b.y, b.comment, b.type, d.parameters) == (0.0, 0.0, "", "ReLU", {})


def test_the_first_plan_stays() -> None:
    plan = open_project(DEFECTS / "second-plan.nnd").document.plan
    assert plan == TrainingPlan(id="t1", parameters={"epochs": 3})


def test_a_parameter_out_of_range_is_kept_and_checked() -> None:
    document = open_project(DEFECTS / "parameter-out-of-range.nnd").document
    assert document.node("b").parameters == {"out_features": -5, "bias": "perhaps"}
    assert {p.where.field for p in check(document).problems if p.code == "parameter"} == {
        "out_features",
        "bias",
    }


def test_unknown_things_are_kept() -> None:
    document = open_project(DEFECTS / "unknown-things.nnd").document
    assert document.node("b").extra == {"shine": "red"}
    assert list(document.node("b").parameters) == ["z", "a"]
    kept = [r.content for r in document if isinstance(r, Unknown)]
    assert {"kind": "sweep", "id": "s1", "grid": {"learning_rate": [0.1, 0.01]}} in kept
    assert {"kind": "sweep", "grid": {}} in kept
    assert {"author": {"name": "someone"}} in kept
