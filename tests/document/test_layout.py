from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.layout import ROW, layout
from nndesigner.document.records import Edge, Network, Node


def network(wires: list[tuple[str, str]], alone: tuple[str, ...] = ()) -> Document:
    """A document from pairs of names; a merge takes its inputs in the order of the wires."""
    names = list(dict.fromkeys([*alone, *(name for wire in wires for name in wire)]))
    return Document(
        [
            Network(id="net"),
            *(Node(id=name, network="net", type="Anything", name=name) for name in names),
            *(
                Edge(id=f"{i:06}", source=a, out_port="y", target=b, in_port=f"x{i:06}")
                for i, (a, b) in enumerate(wires)
            ),
        ]
    )


def chain(*names: str) -> list[tuple[str, str]]:
    return list(itertools.pairwise(names))


def test_a_chain_is_one_straight_line() -> None:
    names = [f"n{i}" for i in range(500)]
    places = layout(network(chain(*names)))
    assert {y for _, y in places.values()} == {0.0}
    assert [places[name][0] for name in names] == [edits.COLUMN * i for i in range(500)]


def test_every_wire_leads_to_the_right() -> None:
    chooser = random.Random(4)
    names = [f"n{i}" for i in range(60)]
    wires = [(names[a], names[b]) for a in range(60) for b in range(a + 1, 60) if chooser.random() < 0.05]
    places = layout(network(wires, alone=tuple(names)))
    assert all(places[a][0] < places[b][0] for a, b in wires)
    assert len(set(places.values())) == len(names)


def test_a_shortcut_runs_straight_and_its_block_beside_it() -> None:
    wires = [*chain("in", "a", "conv1", "conv2", "add", "out"), ("a", "add")]
    places = layout(network(wires))
    assert places["in"][1] == places["a"][1] == places["add"][1] == places["out"][1] == 0.0
    assert places["conv1"][1] == places["conv2"][1] == ROW


def test_an_encoder_and_decoder_make_a_u() -> None:
    down = ["in", "e1", "e2", "e3", "middle"]
    up = ["d3", "d2", "d1", "out"]
    wires = [*chain(*down, *up), ("e1", "d1"), ("e2", "d2"), ("e3", "d3")]
    places = layout(network(wires))
    rows = [places[name][1] / ROW for name in (*down, *up)]
    assert rows == [0, 0, 1, 2, 3, 2, 1, 0, 0]


def test_a_second_input_stands_beside_what_it_feeds() -> None:
    wires = [*chain("in", "a", "b", "c", "join"), ("extra", "join")]
    places = layout(network(wires))
    assert places["extra"][0] == places["c"][0]


def test_layers_without_wires_stand_below() -> None:
    places = layout(network(chain("a", "b"), alone=("x", "y")))
    assert min(places["x"][1], places["y"][1]) > places["b"][1]


def test_an_empty_network_has_no_places() -> None:
    assert layout(edits.new_document()) == {}


def test_the_places_can_be_placed() -> None:
    document = network([*chain("in", "a", "add"), ("in", "add")])
    placed = document.apply(edits.VERBS["place"](document, layout(document)))
    assert {(n.x, n.y) for n in placed.nodes()} == set(layout(document).values())
    assert layout(placed) == layout(document)


@pytest.mark.parametrize("shape", ["chain", "fan", "ladder"])
def test_layout_takes_linear_time(shape: str) -> None:
    def wires(size: int) -> list[tuple[str, str]]:
        names = [f"n{i}" for i in range(size)]
        if shape == "chain":
            return chain(*names)
        if shape == "fan":
            return [(names[0], name) for name in names[1:-1]] + [(name, names[-1]) for name in names[1:-1]]
        return chain(*names) + [(names[i], names[i + 2]) for i in range(size - 2)]

    small, large = (lines_run(network(wires(size))) for size in (100, 2000))
    assert 15 * small < large < 30 * small, (
        "twenty times as many is linear, four hundred times would be quadratic"
    )


def test_counting_lines_tells_linear_from_quadratic() -> None:
    def quadratic(document: Document) -> None:
        for node in document.nodes():
            for other in document.nodes():
                _ = node is other

    small, large = (lines_run(network(chain(*map(str, range(size)))), quadratic) for size in (20, 400))
    assert large > 300 * small


def lines_run(document: Document, of: Callable[[Document], object] = layout) -> int:
    """How many lines of Python arranging takes, those of networkx included: a time that no busy machine changes."""
    document.edges_in(), document.nodes()  # indexed once for everybody
    of(network([("a", "b")]))  # loads and remembers what the first call of all does
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        of(document)
    finally:
        sys.settrace(before)
    return count
