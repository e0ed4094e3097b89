from __future__ import annotations

import pytest

from nndesigner.document.diff import Diff
from nndesigner.document.document import Conflict, Document
from nndesigner.document.records import DataSource, Edge, Network, Node, Note, TrainingPlan

RELU = Node(id="a", network="net", type="ReLU", name="relu1")
TANH = Node(id="b", network="net", type="Tanh", name="tanh1")
OTHER = Node(id="c", network="block", type="ReLU", name="relu1")
WIRE = Edge(id="e", source="a", out_port="y", target="b", in_port="x")
DOCUMENT = Document([Network(id="block", order=1), Network(id="net"), RELU, TANH, OTHER, WIRE])


def test_look_ups() -> None:
    assert [network.id for network in DOCUMENT.networks] == ["net", "block"]
    assert DOCUMENT.main.id == "net"
    assert DOCUMENT.nodes() == (RELU, TANH)
    assert DOCUMENT.nodes("block") == (OTHER,)
    assert DOCUMENT.nodes("gone") == ()
    assert DOCUMENT.edges_of("a") == DOCUMENT.edges_of("b") == (WIRE,)
    assert DOCUMENT.edges_of("c") == ()
    assert DOCUMENT.edges_in() == (WIRE,)
    assert DOCUMENT.edges_in("block") == ()
    assert DOCUMENT.wire_into("b", "x") == WIRE
    assert DOCUMENT.wire_into("a", "x") is None
    assert DOCUMENT.node_named("relu1") == RELU
    assert DOCUMENT.node_named("relu1", "block") == OTHER
    assert (DOCUMENT.data, DOCUMENT.plan) == (None, None)
    assert "a" in DOCUMENT
    assert "gone" not in DOCUMENT
    assert len(DOCUMENT) == 6


def test_data_and_plan_are_found() -> None:
    data, plan = DataSource(id="d", type="iris"), TrainingPlan(id="t")
    document = DOCUMENT.apply(Diff(added={"d": data, "t": plan}))
    assert (document.data, document.plan) == (data, plan)


def test_only_nodes_are_nodes() -> None:
    with pytest.raises(KeyError):
        DOCUMENT.node("e")
    with pytest.raises(KeyError):
        DOCUMENT.node("gone")
    with pytest.raises(LookupError):
        Document().main  # noqa: B018


def test_an_edit_gives_a_new_document_and_leaves_the_old() -> None:
    before = dict(DOCUMENT.records)
    after = DOCUMENT.apply(Diff(added={"n": Note(id="n", network="net")}, removed={"e": WIRE}))
    assert dict(DOCUMENT.records) == before
    assert DOCUMENT.edges == (WIRE,)
    assert after.edges == ()
    assert after != DOCUMENT


@pytest.mark.parametrize(
    "diff",
    [
        Diff(added={"a": RELU}),
        Diff(removed={"gone": Note(id="gone", network="net")}),
        Diff(removed={"a": TANH}),
        Diff(changed={"a": (TANH, RELU)}),
        Diff(changed={"gone": (RELU, TANH)}),
        Diff(added={"n": Note(id="n", network="net")}, removed={"a": TANH}),
    ],
)
def test_an_edit_that_does_not_fit_is_a_conflict_and_changes_nothing(diff: Diff) -> None:
    before = dict(DOCUMENT.records)
    with pytest.raises(Conflict):
        DOCUMENT.apply(diff)
    assert dict(DOCUMENT.records) == before


def test_records_cannot_be_written_through_the_view() -> None:
    with pytest.raises(TypeError):
        DOCUMENT.records["a"] = TANH  # type: ignore[index]


def test_documents_are_equal_by_their_records() -> None:
    assert Document(reversed(list(DOCUMENT))) == DOCUMENT
    assert list(DOCUMENT) != DOCUMENT
