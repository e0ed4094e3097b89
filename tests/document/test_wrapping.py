from __future__ import annotations

from itertools import pairwise

from nndesigner.document.arranging import Card, Link, arranged
from nndesigner.document.wrapping import FEWEST, GAP, SHAPE, wrapped


def network(count: int, blocks: int = 0) -> tuple[dict[str, Card], list[Link]]:
    """A chain; every `blocks` layers a shortcut goes around what is between two of them."""
    names = [f"n{i}" for i in range(count)]
    links = [Link(a, 0, b, 0) for a, b in pairwise(names)]
    if blocks:
        links += [Link(names[i], 0, names[i + blocks - 1], 1) for i in range(0, count - blocks, blocks)]
    return {name: Card(name, 0.0, 0.0) for name in names}, links


def test_a_long_chain_stands_in_lines_that_fill_a_window() -> None:
    cards, links = network(200)
    places = wrapped(arranged(cards.values(), links), cards, links)
    width = max(x for x, _ in places.values()) + 140
    height = max(y for _, y in places.values()) + 66
    assert SHAPE / 1.8 < width / height < SHAPE * 1.8
    rows = sorted({y for _, y in places.values()})
    assert all(below - above >= 66 + GAP for above, below in pairwise(rows))
    order = sorted(places, key=lambda id: (places[id][1], places[id][0]))
    assert order == [f"n{i}" for i in range(200)], "read as text is"
    assert len(set(places.values())) == 200


def test_a_line_ends_between_blocks_and_not_in_one() -> None:
    cards, links = network(160, blocks=5)
    places = wrapped(arranged(cards.values(), links), cards, links)
    firsts = [id for id, (x, _) in places.items() if x == 0.0]
    assert len(firsts) > 3
    assert all(int(id[1:]) % 5 == 0 for id in firsts), firsts


def test_a_short_network_stays_as_it_is() -> None:
    cards, links = network(FEWEST)
    places = arranged(cards.values(), links)
    assert wrapped(places, cards, links) == places
    assert wrapped({}, {}, []) == {}
