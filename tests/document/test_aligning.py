from __future__ import annotations

import pytest

from nndesigner.document.aligning import LEAST_GAP, Box, Wire, aligned, distributed, straightened

BOXES = {"a": Box(0, 0, 140, 44), "b": Box(200, 30, 140, 66), "c": Box(450, 90, 100, 106)}


@pytest.mark.parametrize(
    ("side", "at"),
    [
        ("left", {"b": (0, 30), "c": (0, 90)}),
        ("right", {"a": (410, 0), "b": (410, 30)}),
        ("centre", {"a": (205, 0), "b": (205, 30), "c": (225, 90)}),
        ("top", {"b": (200, 0), "c": (450, 0)}),
        ("bottom", {"a": (0, 152), "b": (200, 130)}),
        ("middle", {"a": (0, 76), "b": (200, 65), "c": (450, 45)}),
    ],
)
def test_sides_come_to_one_line_and_what_is_there_already_stays(side: str, at: dict) -> None:
    assert aligned(BOXES, side) == at


def test_the_same_gap_between_neighbours_whatever_their_size() -> None:
    assert distributed(BOXES, "horizontally") == {"b": (225, 30)}
    boxes = {
        "a": Box(0, 0, 10, 10),
        "b": Box(0, 11, 10, 30),
        "c": Box(0, 130, 10, 20),
        "d": Box(0, 60, 10, 10),
    }
    moved = distributed(boxes, "vertically")
    assert moved == {"b": (0, pytest.approx(10 + 80 / 3)), "d": (0, pytest.approx(40 + 160 / 3))}


def test_without_room_there_is_a_least_gap() -> None:
    boxes = {id: Box(10.0 * i, 0, 140, 44) for i, id in enumerate("abc")}
    assert distributed(boxes, "horizontally") == {"b": (140 + LEAST_GAP, 0), "c": (2 * (140 + LEAST_GAP), 0)}


def test_two_things_have_nothing_to_distribute() -> None:
    assert distributed({"a": BOXES["a"], "b": BOXES["b"]}, "horizontally") == {}


def test_wires_run_level_from_port_to_port() -> None:
    wires = [Wire("a", 22, "b", 22), Wire("b", 22, "c", 62)]
    assert straightened(BOXES, wires) == {"b": (200, 0), "c": (450, -40)}


def test_of_two_wires_one_can_be_level() -> None:
    boxes = {"a": Box(0, 0, 140, 44), "b": Box(200, 50, 140, 44), "c": Box(200, 150, 140, 44)}
    assert straightened(boxes, [Wire("a", 22, "b", 22, (0, 0)), Wire("a", 22, "c", 22, (0, 1))]) == {
        "b": (200, 0)
    }


def test_without_wires_tops_come_to_the_height_of_the_leftmost() -> None:
    assert straightened(BOXES, []) == {"b": (200, 0), "c": (450, 0)}
    assert straightened({}, []) == {}


def test_other_words_are_refused() -> None:
    with pytest.raises(ValueError):
        aligned(BOXES, "up")
    with pytest.raises(ValueError):
        distributed(BOXES, "sideways")
