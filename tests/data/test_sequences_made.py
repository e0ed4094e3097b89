from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


def words(data: Dataset) -> list[tuple[str, str]]:
    names = ("sequence", "answer")
    return [
        tuple(
            "".join(data.fields[n].tokens[code] for code in row) for n, row in zip(names, pair, strict=True)
        )
        for pair in zip(*(data.arrays[n] for n in names), strict=True)
    ]


@pytest.mark.parametrize("digits", [1, 2, 5])
def test_sums_are_right(digits: int, load: Load, learns: Callable[[Dataset], list[float]]) -> None:
    data = load("sequences", task="add", length=digits, samples=200)
    for given, answer in words(data):
        a, b = given.rstrip("=").split("+")
        assert len(a) == len(b) == digits and len(answer) == len(given)
        assert int(answer) == int(a) + int(b)
    learns(data)


@pytest.mark.parametrize(
    ("task", "answer"),
    [("reverse", lambda w: w[::-1]), ("sort", lambda w: "".join(sorted(w))), ("copy", lambda w: w)],
)
def test_words_are_turned_sorted_or_copied(task: str, answer: Callable[[str], str], load: Load) -> None:
    data = load("sequences", task=task, length=7, samples=50)
    assert all(answer(given) == told for given, told in words(data))
    assert len({given for given, _ in words(data)}) > 45
    assert np.array_equal(
        load("sequences", task=task, length=7, samples=50).arrays["answer"], data.arrays["answer"]
    )


def test_too_much_is_refused(refused: Callable[..., str]) -> None:
    assert "take fewer" in refused("sequences", samples=10_000_000, length=1000)


def test_what_is_written_so_far_is_the_answer_one_place_later(load: Load) -> None:
    data = load("sequences", length=4, samples=20, so_far=True)
    so_far, answer = data.fields["so far"], data.fields["answer"]
    assert so_far.tokens == (*answer.tokens, "<start>") and so_far.sizes == answer.sizes
    assert (data.arrays["so far"][:, 0] == len(answer.tokens)).all()
    assert (data.arrays["so far"][:, 1:] == data.arrays["answer"][:, :-1]).all()
    assert "so far" not in load("sequences", length=4, samples=20).fields
