"""The landscape of a loss that is a quadratic, the norms of directions, and the way of a run in the plane."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.explorations.exploration import State
from nndesigner.explorations.loss_landscape import filter_normalised, path_directions, projected
from tests.explorations.subjects import ALL, best_weights, cnn, explore, regression, subject_of
from tests.training.small import mlp

SMALL = {"points": 7, "samples": ALL}


def moved(subject, **steps: float) -> State:
    """The weights, each one moved by a number."""
    weights = {
        name: w.detach() + steps.get(name.rpartition(".")[2], 0.0) for name, w in subject.weights.items()
    }
    return State("before", weights)


def test_the_centre_is_the_loss_of_the_weights() -> None:
    for document in (mlp(), cnn()):
        subject = subject_of(document)
        arrays, meta = explore("loss_landscape", subject, points=5, samples=64)
        loss = float(subject.loss(subject.sample(64)).detach())
        assert meta["centre"] == pytest.approx(loss, rel=1e-6)
        assert arrays["loss"][2, 2] == pytest.approx(loss, rel=1e-6)
        assert arrays["slice"][0, 30] == arrays["slice"][1, 30] == pytest.approx(loss, rel=1e-6)
        assert arrays["x"][2] == arrays["slice_x"][30] == 0 and arrays["loss"].shape == (5, 5)


def test_around_the_minimum_of_a_quadratic_it_is_a_symmetric_bowl() -> None:
    subject = subject_of(regression())
    best_weights(subject)
    arrays, meta = explore("loss_landscape", subject, **SMALL)
    loss = arrays["loss"]
    assert np.allclose(loss, loss[::-1, ::-1], rtol=1e-4)
    assert loss.min() == pytest.approx(loss[3, 3]) == pytest.approx(meta["centre"])
    line = arrays["slice"][0]
    bends = np.diff(line, 2)
    assert bends.min() > 0 and np.allclose(bends, bends.mean(), rtol=0.05), "a parabola along every line"


def test_every_filter_of_a_direction_is_as_long_as_that_of_the_weights() -> None:
    subject = subject_of(cnn())
    direction = filter_normalised(subject.weights, torch.Generator().manual_seed(0))
    seen = 0
    for name, weight in subject.weights.items():
        if weight.ndim < 2:
            assert not direction[name].any(), "biases and the numbers of normalizations stay"
            continue
        for drawn, kept in zip(direction[name], weight, strict=True):
            assert float(drawn.norm()) == pytest.approx(float(kept.detach().norm()), rel=1e-5)
            seen += 1
    assert seen == 4 + 10


def test_only_biases_have_no_direction() -> None:
    with pytest.raises(Refusal, match="only biases"):
        filter_normalised({"bias": torch.ones(4)}, torch.Generator())


def test_the_plane_of_the_way_holds_all_of_it() -> None:
    subject = subject_of(mlp())
    earlier = (moved(subject, weight=0.5), moved(subject, bias=0.3), moved(subject, weight=0.2, bias=0.1))
    first, second = path_directions(subject.weights, earlier, torch.Generator().manual_seed(0))
    one, other = (torch.cat([d.reshape(-1) for d in both.values()]) for both in (first, second))
    assert float(one.norm()) == pytest.approx(1, abs=1e-5) and float(one @ other) == pytest.approx(
        0, abs=1e-5
    )
    path, held = projected(subject.weights, earlier, first, second)
    assert held == pytest.approx([1, 1, 1, 1], abs=1e-4)
    distance = 0.5 * sum(w.numel() for n, w in subject.weights.items() if n.endswith("weight")) ** 0.5
    assert path[0] == pytest.approx([distance, 0], abs=1e-4) and tuple(path[-1]) == (0, 0)
    batch = subject.sample(64)
    with torch.no_grad():
        there = {n: w + path[2, 0] * first[n] + path[2, 1] * second[n] for n, w in subject.weights.items()}
        expected = float(subject.loss_at(earlier[2].weights, batch))
        assert float(subject.loss_at(there, batch)) == pytest.approx(expected, rel=1e-4)


def test_the_way_is_in_the_picture_with_room_around_it() -> None:
    plain = subject_of(mlp())
    subject = subject_of(mlp(), earlier=lambda: (moved(plain, weight=0.5), moved(plain, bias=0.3)))
    arrays, meta = explore("loss_landscape", subject, directions="path", points=5, samples=32)
    assert meta["path_labels"] == ["before", "before", "these weights"] and arrays["path"].shape == (3, 2)
    for axis, ends in ((0, arrays["x"]), (1, arrays["y"])):
        assert ends[0] < arrays["path"][:, axis].min() and arrays["path"][:, axis].max() < ends[-1]
    random, said = explore("loss_landscape", subject, points=5, samples=32)
    assert random["path"].shape == (3, 2) and max(said["held"][:-1]) < 0.9, (
        "a random plane holds little of it"
    )


def test_without_another_moment_there_is_no_way() -> None:
    with pytest.raises(Refusal, match="another checkpoint"):
        explore("loss_landscape", subject_of(mlp()), directions="path")


def test_rows_are_shown_as_they_come() -> None:
    known: list[int] = []
    subject = subject_of(
        mlp(), show=lambda arrays, meta: known.append(int(np.isfinite(arrays["loss"]).sum()))
    )
    explore("loss_landscape", subject, points=3, samples=16)
    assert known == [3, 6, 9]
