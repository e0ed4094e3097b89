from __future__ import annotations

import itertools
import random
import time

import pytest

from nndesigner.document.arranging import DOWN, RIGHT, Card, Link, Places, arranged


def drawn(
    *wires: str, sizes: dict[str, tuple[float, float]] | None = None, direction: str = RIGHT, also: str = ""
) -> Places:
    """Places for wires such as "a > b > c" and "a > join.1" (into the second input)."""
    links, names = [], dict.fromkeys(also.split())
    for wire in wires:
        ends = [end.strip() for end in wire.split(">")]
        for source, end in itertools.pairwise(ends):
            target, _, into = end.partition(".")
            links.append(Link(source.partition(".")[0], 0, target, int(into or 0)))
            names |= dict.fromkeys((source.partition(".")[0], target))
    cards = [Card(name, 0.0, 0.0, *(sizes or {}).get(name, (140.0, 66.0))) for name in names]
    return arranged(cards, links, direction)


def overlapping(places: Places, sizes: dict[str, tuple[float, float]]) -> list[tuple[str, str]]:
    found = []
    for a, b in itertools.combinations(places, 2):
        (xa, ya), (xb, yb) = places[a], places[b]
        (wa, ha), (wb, hb) = sizes.get(a, (140.0, 66.0)), sizes.get(b, (140.0, 66.0))
        if xa < xb + wb and xb < xa + wa and ya < yb + hb and yb < ya + ha:
            found.append((a, b))
    return found


def random_wires(seed: int, count: int) -> list[tuple[int, int]]:
    chooser = random.Random(seed)
    return [(a, b) for a in range(count) for b in range(a + 1, min(count, a + 12)) if chooser.random() < 0.2]


@pytest.mark.parametrize(("direction", "axis"), [(RIGHT, 1), (DOWN, 0)])
def test_a_chain_is_one_straight_line(direction: str, axis: int) -> None:
    places = drawn(" > ".join(f"n{i}" for i in range(200)), direction=direction)
    assert {place[axis] for place in places.values()} == {0.0}
    along = [places[f"n{i}"][1 - axis] for i in range(200)]
    assert along == sorted(along) and along[0] == 0.0


def test_a_shortcut_and_a_chain_of_such_blocks_run_straight_and_what_they_go_around_stands_below() -> None:
    places = drawn("in > a > conv1 > conv2 > add.1 > b > conv3 > conv4 > add2.1 > out", "a > add", "b > add2")
    assert {places[name][1] for name in ("in", "a", "add", "b", "add2", "out")} == {0.0}
    assert places["conv1"][1] == places["conv2"][1] == places["conv3"][1] == places["conv4"][1] > 0


def test_an_encoder_and_decoder_make_a_u() -> None:
    places = drawn("in > e1 > e2 > e3 > middle > d3 > d2 > d1 > out", "e1 > d1.1", "e2 > d2.1", "e3 > d3.1")
    heights = [places[name][1] for name in ("e1", "e2", "e3", "middle", "d3", "d2", "d1")]
    assert heights == sorted(heights[:4]) + sorted(heights[:3], reverse=True)
    assert len(set(heights)) == 4


def test_parallel_branches_stand_as_the_inputs_where_they_join() -> None:
    places = drawn(
        "x > a1 > a2 > join.0 > out", "x > b1 > b2 > b3 > join.1", "x > c1 > c2 > join.2", "x > d1 > join.3"
    )
    ends = [places[name][1] for name in ("a2", "b3", "c2", "d1")]
    assert ends == sorted(ends) and len(set(ends)) == 4


def test_a_short_branch_is_spread_so_that_its_last_wire_is_short() -> None:
    places = drawn("x > a1 > a2 > a3 > a4 > a5 > join > out", "x > b1 > b2 > join.1")
    assert places["b1"][0] == places["a1"][0] and places["b2"][0] == places["a5"][0]


def test_a_second_input_stands_right_before_what_it_feeds() -> None:
    places = drawn("in > a > b > c > join", "extra1 > extra2 > join.1")
    assert places["extra2"][0] == places["c"][0] and places["extra1"][0] == places["b"][0]


def test_tall_layers_push_others_away_only_where_they_stand() -> None:
    sizes = {"tall": (140.0, 500.0)}
    wires = ("x > tall > y > join > z > p1 > join2 > out", "x > low1 > low2 > join.1", "z > q1 > join2.1")
    places = drawn(*wires, sizes=sizes)
    assert not overlapping(places, sizes)
    assert places["low1"][1] >= 500.0 and places["q1"][1] < 200.0


@pytest.mark.parametrize("direction", [RIGHT, DOWN])
@pytest.mark.parametrize("seed", range(8))
def test_nothing_overlaps_and_every_wire_leads_on(seed: int, direction: str) -> None:
    chooser = random.Random(seed)
    wires = random_wires(seed, 70)
    sizes = {str(i): (140.0, chooser.choice([44.0, 66.0, 106.0, 320.0])) for i in range(70)}
    cards = [Card(str(i), 0.0, 0.0, *sizes[str(i)]) for i in range(70)]
    into: dict[int, int] = {}
    links = []
    for a, b in wires:
        into[b] = into.get(b, -1) + 1
        links.append(Link(str(a), 0, str(b), into[b]))
    places = arranged(cards, links, direction)
    assert set(places) == set(sizes) and not overlapping(places, sizes)
    axis = 0 if direction == RIGHT else 1
    assert all(places[w.source][axis] + sizes[w.source][axis] < places[w.target][axis] for w in links), (
        "along the direction of reading"
    )
    assert all(x % 20 == 0 and y % 20 == 0 for x, y in places.values()), "on the grid"


def test_parts_without_a_wire_between_them_stand_below_one_another_and_single_layers_last() -> None:
    places = drawn("a > b", "c > d", also="alone1 alone2")
    assert places["a"][1] == places["b"][1] < places["c"][1] == places["d"][1] < places["alone1"][1]
    assert places["alone1"][1] == places["alone2"][1] and places["alone1"][0] < places["alone2"][0]


def test_which_part_comes_first_is_as_it_was() -> None:
    cards = [Card(name, 0.0, y) for name, y in (("c", 0.0), ("d", 0.0), ("a", 300.0), ("b", 300.0))]
    places = arranged(cards, [Link("a", 0, "b", 0), Link("c", 0, "d", 0)])
    assert places["c"][1] < places["a"][1]


def test_arranging_what_is_arranged_changes_nothing() -> None:
    wires = random_wires(3, 60)
    links = [Link(str(a), 0, str(b), i) for i, (a, b) in enumerate(wires)]
    cards = [Card(str(i), 0.0, 0.0) for i in range(60)]
    for _ in range(2):
        places = arranged(cards, links)
        cards = [Card(id, *place) for id, place in places.items()]
    assert arranged(cards, links) == places


def test_loops_and_wires_to_nowhere_are_survived() -> None:
    places = drawn("a > b > c > a", "c > d")
    assert set(places) == {"a", "b", "c", "d"}
    assert arranged([Card("x", 0, 0)], [Link("x", 0, "gone", 0), Link("x", 0, "x", 0)]) == {"x": (0.0, 0.0)}
    assert arranged([], []) == {}


def shapes(size: int) -> dict[str, list[Link]]:
    names = [f"n{i}" for i in range(size)]
    return {
        "chain": [Link(a, 0, b, 0) for a, b in itertools.pairwise(names)],
        "residual": [Link(a, 0, b, 0) for a, b in itertools.pairwise(names)]
        + [Link(names[i], 0, names[i + 2], 1) for i in range(size - 2)],
        "fan": [Link(names[0], 0, n, 0) for n in names[1:-1]]
        + [Link(n, 0, names[-1], i) for i, n in enumerate(names[1:-1])],
        "dense": [Link(names[j], 0, names[i], i - j) for i in range(size) for j in range(max(0, i - 5), i)],
        "grid": [Link(f"n{i}", 0, f"n{i + 70}", 0) for i in range(size - 70)]
        + [Link(f"n{i}", 0, f"n{i + 1}", 1) for i in range(size - 1) if i % 70 != 69],
    }


@pytest.mark.parametrize("shape", ["chain", "residual", "fan", "dense", "grid"])
def test_five_thousand_layers_take_well_under_a_second_and_a_half(shape: str) -> None:
    cards = [Card(f"n{i}", 0.0, 0.0) for i in range(5000)]
    links = shapes(5000)[shape]
    began = time.process_time()
    places = arranged(cards, links)
    assert time.process_time() - began < 1.5
    assert len(places) == 5000 and len(set(places.values())) == 5000
