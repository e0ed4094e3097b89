"""Paths, edit distances and greedy decoding against what is read off by hand."""

from __future__ import annotations

import random

import pytest
import torch

from nndesigner.layers.decoding import best_path, edit_distances, greedy


def scores(*paths: list[int]) -> torch.Tensor:
    return torch.nn.functional.one_hot(torch.tensor(paths), 5).float()


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ([0, 1, 1, 0, 1, 2, 2, 3, 0, 0], [1, 1, 2, 3]),  # repeats are one, a blank parts two of a kind
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1]),
        ([0] * 10, []),
        ([4, 0, 4, 0, 4, 0, 4, 0, 4, 0], [4] * 5),
        ([1, 2, 1, 2, 3, 3, 3, 0, 0, 4], [1, 2, 1, 2, 3, 4]),
    ],
)
def test_a_path_writes_what_is_left_without_repeats_and_blanks(path: list[int], written: list[int]) -> None:
    filled = [*written, *[0] * (10 - len(written))]
    assert best_path(scores(path), 2, 0).tolist() == [filled]
    assert best_path(scores(path).transpose(1, 2), 1, 0).tolist() == [filled]


def test_the_blank_may_be_any_class() -> None:
    assert best_path(scores([4, 0, 0, 4, 0, 3]), 2, 4).tolist() == [[0, 0, 3, 4, 4, 4]]


def levenshtein(a: list[int], b: list[int]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        new = [i + 1]
        for j, y in enumerate(b):
            new.append(min(row[j + 1] + 1, new[j] + 1, row[j] + (x != y)))
        row = new
    return row[-1]


def test_edit_distances_are_those_of_the_textbook() -> None:
    kitten, sitting = [1, 2, 3, 3, 4, 5, 0], [6, 2, 3, 3, 2, 5, 7]
    assert edit_distances(torch.tensor([kitten]), torch.tensor([sitting]), 0).tolist() == [3]
    draw = random.Random(1)
    pairs = [
        [[draw.randint(1, 3) for _ in range(draw.randint(0, most))] for most in (7, 5)] for _ in range(200)
    ]
    filled = [torch.tensor([row + [0] * (7 - len(row)) for row in side]) for side in zip(*pairs, strict=True)]
    found = edit_distances(filled[0], filled[1][:, :5], 0)
    assert found.tolist() == [levenshtein(a, b) for a, b in pairs]


def test_each_step_reads_what_the_steps_before_it_wrote() -> None:
    """A network that says of each place: the token there plus one, of five. 4 is <start>."""

    def counts_on(source: torch.Tensor, so_far: torch.Tensor) -> tuple[torch.Tensor]:
        return (torch.nn.functional.one_hot((so_far + 1) % 5, 5).float().movedim(-1, 1),)

    so_far = torch.tensor([[4, 3, 3, 3], [4, 0, 0, 0]])
    before = so_far.clone()
    written = greedy(counts_on, [torch.zeros(2, 3), so_far], 1, 0, 1)
    assert written.tolist() == [[0, 1, 2, 3]] * 2
    assert torch.equal(so_far, before)
