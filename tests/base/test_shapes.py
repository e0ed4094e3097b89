"""Sizes as expressions: whatever is done to them, they give what Python's own integers give."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from nndesigner.base.shapes import BATCH, Size, TensorType, is_size_name, tensor

NAMES = ("T", "H", "W")
Plain = Callable[[dict[str, int]], int]


def expression(draw: random.Random, depth: int) -> tuple[Size, Plain]:
    """A random size, and the same arithmetic on plain integers."""
    if depth == 0 or draw.random() < 0.2:
        if draw.random() < 0.4:
            number = draw.randint(-5, 9)
            return Size.of(number), lambda values: number
        name = draw.choice(NAMES)
        return Size.named(name), lambda values: values[name]
    left, plain_left = expression(draw, depth - 1)
    match draw.choice("+-*//"):
        case "/":
            divisor = draw.choice((1, 2, 2, 3, 4, 6))
            return left // divisor, lambda values: plain_left(values) // divisor
        case "*":
            right, plain_right = expression(draw, min(depth - 1, 1))
            return left * right, lambda values: plain_left(values) * plain_right(values)
        case "-":
            right, plain_right = expression(draw, depth - 1)
            return left - right, lambda values: plain_left(values) - plain_right(values)
        case _:
            right, plain_right = expression(draw, depth - 1)
            return left + right, lambda values: plain_left(values) + plain_right(values)


def some_values(draw: random.Random) -> dict[str, int]:
    return {name: draw.randint(1, 40) for name in NAMES}


@pytest.mark.parametrize("seed", range(40))
def test_random_expressions_compute_what_python_computes(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(25):
        size, plain = expression(draw, 4)
        read_back = Size.of(str(size)) if len(str(size)) <= 200 else size
        assert read_back == size, str(size)
        for _ in range(5):
            values = some_values(draw)
            expected = plain(values)
            assert size.at(values) == expected, f"{size} at {values}"
            if size.value is not None:
                assert size.value == expected
            some = dict(list(values.items())[: draw.randint(0, 3)])
            bound = size.bind(some)
            assert not bound.names & some.keys()
            assert bound.at(values) == expected


@pytest.mark.parametrize("seed", range(10))
def test_equal_sizes_are_equal_everywhere_and_hash_alike(seed: int) -> None:
    draw = random.Random(1000 + seed)
    by_size: dict[Size, list[int]] = {}
    points = [some_values(draw) for _ in range(8)]
    for _ in range(300):
        size, plain = expression(draw, 2)
        found = [plain(point) for point in points]
        assert by_size.setdefault(size, found) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("T + T", "2*T"),
        ("(T - 1)//2 + 1", "(T + 1)//2"),
        ("(2*T + 1)//4", "T//2"),
        ("((T - 3)//2 + 1 - 2)//2 + 1", "(T - 1)//4"),
        ("T//2//3", "T//6"),
        ("(H + 1)*(H - 1)", "H*H - 1"),
        ("(6*T + 9)//3", "2*T + 3"),
        ("T - T", "0"),
    ],
)
def test_two_ways_to_one_length_compare_equal(one: str, other: str) -> None:
    assert Size.of(one) == Size.of(other)


def test_a_negative_half_keeps_its_parentheses() -> None:
    size = -(Size.named("T") // 2)
    assert Size.of(str(size)) == size
    assert Size.of(str(size)).at({"T": 5}) == -2


@pytest.mark.parametrize(
    "text", ["", "T +", "2T T", "T/2", "T//0", "T//H", "(T", "x" * 40, "é", "²", "1" * 300]
)
def test_what_is_no_size_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        Size.of(text)


def test_fixed_sizes_compare_with_integers() -> None:
    assert Size.of("3*4") == 12 and Size.of(12).value == 12
    assert hash(Size.of(12)) == hash(12)
    assert Size.of("T").value is None and Size.of("T") != 12


def test_a_size_does_not_change() -> None:
    with pytest.raises(AttributeError):
        Size.of(3)._terms = ()  # type: ignore[misc]


def test_division_is_by_positive_integers_only() -> None:
    with pytest.raises(ValueError, match="positive"):
        Size.of("T") // 0


@pytest.mark.parametrize(
    ("text", "fits"), [("T", True), ("seq_len", True), ("N", False), ("é", False), ("2T", False)]
)
def test_names_that_can_stand_for_a_free_size(text: str, fits: bool) -> None:
    assert is_size_name(text) is fits


def test_a_type_gives_shapes_and_counts_for_values_of_its_names() -> None:
    type = tensor(channel=3, height="H", width="2*H")
    assert type.axes[0] == BATCH and type.names == {"N", "H"}
    assert type.shape({"N": 2, "H": 5}) == (2, 3, 5, 10)
    assert type.numel() == Size.of("6*H*H")
    assert str(type) == "N × 3 × H × 2*H"
    assert type.bind({"H": 4}) == tensor(channel=3, height=4, width=8)
    assert isinstance(type.bind({}), TensorType)
