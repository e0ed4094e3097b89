from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from nndesigner.data.bundled import read_bundled
from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


def read_off(strip: np.ndarray, pictures: dict[bytes, int]) -> list[tuple[int, int]]:
    """(column, digit) of every picture of the data set that stands in a strip (height, width), from left to right."""
    found, column = [], 0
    while column + 8 <= strip.shape[1]:
        digit = pictures.get(np.ascontiguousarray(strip[:, column : column + 8]).tobytes())
        if digit is not None:
            found.append((column, digit))
            column += 8
        else:
            column += 1
    return found


def known() -> dict[bytes, int]:
    rows = read_bundled("digits", "digits.csv.gz")
    shapes = rows[:, :-1].reshape(-1, 8, 8).astype(np.float32)
    return {shape.tobytes(): int(digit) for shape, digit in zip(shapes, rows[:, -1], strict=True)}


def test_a_strip_shows_the_digits_that_its_number_names(load: Load) -> None:
    data, pictures = load("digit_strips", samples=60, fewest=2, most=4, gap=5, preparation="none"), known()
    tokens = data.fields["number"].tokens
    assert tokens == ("<pad>", *"0123456789")
    strips, numbers = data.arrays["strip"], data.arrays["number"]
    assert strips.shape == (60, 1, 8, 4 * 13 + 5) and numbers.shape == (60, 4)
    lengths, gaps = set(), set()
    for strip, number in zip(strips[:, 0], numbers, strict=True):
        length = int((number > 0).sum())
        assert (number[length:] == 0).all() and 2 <= length <= 4
        found = read_off(strip, pictures)
        assert [digit for _, digit in found] == [int(tokens[code]) for code in number[:length]]
        lengths.add(length)
        gaps |= {b - a - 8 for (a, _), (b, _) in pairwise(found)}
    assert lengths == {2, 3, 4} and gaps == set(range(6))


def test_no_picture_of_one_part_is_in_another(load: Load) -> None:
    data, pictures = load("digit_strips", samples=300, fewest=3, most=3, gap=0), known()
    shown: list[set[bytes]] = []
    for rows in data.indices.values():
        strips = np.asarray(data.arrays["strip"][rows, 0], np.float32)
        cells = [np.ascontiguousarray(strips[:, :, left : left + 8]) for left in (0, 8, 16)]
        shown.append({cell.tobytes() for column in cells for cell in column})
    assert [len(rows) for rows in data.indices.values()] == [210, 45, 45]
    assert all(seen <= set(pictures) for seen in shown)
    assert not any(shown[i] & shown[j] for i, j in ((0, 1), (0, 2), (1, 2)))


def test_noise_stays_between_paper_and_ink(load: Load) -> None:
    strips = load("digit_strips", samples=20, noise=0.5, preparation="none").arrays["strip"]
    assert strips.min() == 0 and strips.max() == 16 and len(np.unique(strips)) > 1000


def test_more_at_least_than_at_most_is_refused(refused: Callable[..., str]) -> None:
    assert "swap them" in refused("digit_strips", fewest=5, most=4)
    assert "take fewer" in refused("digit_strips", samples=1_000_000, most=100)
