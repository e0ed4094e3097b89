"""The noise scale of gradients whose covariance is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.explorations.gradient_noise import progress_per_step
from tests.explorations.subjects import explore, subject_of, vectors
from tests.training.small import mlp


def samples(number: int, mean: float) -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    spread = torch.linspace(0.5, 2.0, 20)
    return mean + spread * torch.randn(number, 20, generator=generator)


@pytest.mark.parametrize("mean", [0.3, 1.0])
def test_it_is_the_trace_of_the_covariance_over_the_squared_mean(mean: float) -> None:
    found = samples(4000, mean).double()
    noise = float(found.var(dim=0, correction=0).sum())
    signal = float(found.mean(dim=0).square().sum())
    arrays, meta = explore("gradient_noise", vectors(found.float()), batches=512, samples=8)
    assert meta["noise"] == pytest.approx(noise, rel=0.1)
    assert meta["signal"] == pytest.approx(signal, rel=0.15)
    assert meta["low"] <= noise / signal * 1.1 and noise / signal * 0.9 <= meta["high"]
    assert meta["scale"] == pytest.approx(noise / signal, rel=0.2)
    assert len(arrays["norm"]) == 512 and meta["big"] == 512 * 8


def test_little_data_does_not_make_it_smaller() -> None:
    found = samples(40, 0.5).double()
    noise = float(found.var(dim=0, correction=0).sum())
    _, meta = explore("gradient_noise", vectors(found.float()), batches=512, samples=16)
    assert meta["noise"] == pytest.approx(noise, rel=0.1), "though each sample is drawn two hundred times"


def test_gradients_that_cancel_out_have_no_scale() -> None:
    found = samples(2000, 0.0)
    found = found - found.mean(dim=0)
    _, meta = explore("gradient_noise", vectors(found), batches=16, samples=4)
    assert math.isnan(meta["scale"]) or meta["high"] > 1e2
    assert meta["high"] == math.inf or meta["high"] > meta["scale"]


def test_more_gradients_are_more_certain_and_the_seed_decides() -> None:
    few, many = (
        explore("gradient_noise", vectors(samples(4000, 1.0)), batches=n, samples=8)[1] for n in (32, 1024)
    )
    assert many["high"] / many["low"] < few["high"] / few["low"]
    again = explore("gradient_noise", vectors(samples(4000, 1.0)), batches=32, samples=8)[1]
    assert again == few
    assert explore("gradient_noise", vectors(samples(4000, 1.0)), batches=32, samples=8, seed=1)[1] != few


def test_half_of_the_progress_is_made_at_the_noise_scale() -> None:
    assert progress_per_step(64, 64.0) == pytest.approx(0.5)
    assert np.all(np.diff(progress_per_step([1, 10, 100, 1000], 64.0)) > 0)


def test_frozen_weights_have_no_part_in_it() -> None:
    document = mlp()
    first = next(node.id for node in document.nodes() if node.type == "Linear")
    frozen = document.apply(edits.set_learning(document, [first], {"frozen": True}))
    whole, half = subject_of(document), subject_of(frozen)
    assert half.size == whole.size - 3 * 16
    assert explore("gradient_noise", half)[1]["noise"] < explore("gradient_noise", whole)[1]["noise"]
    last = [node.id for node in document.nodes() if node.type == "Linear"]
    nothing = document.apply(edits.set_learning(document, last, {"frozen": True}))
    for name in ("gradient_noise", "lr_finder", "sharpness", "loss_landscape"):
        with pytest.raises(Refusal, match="no weights that learn"):
            explore(name, subject_of(nothing))
