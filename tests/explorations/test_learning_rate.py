"""The LR finder against a loss of which the largest stable rate is known, and its suggestions against drawn curves."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.explorations.learning_rate import suggestions
from tests.explorations.subjects import cnn, explore, hessian_of, regression, subject_of
from tests.training.small import mlp


def test_gradient_descent_on_a_quadratic_blows_up_beyond_two_over_the_largest_eigenvalue() -> None:
    subject = subject_of(regression())
    limit = 2 / float(torch.linalg.eigvalsh(hessian_of(subject))[-1])
    arrays, meta = explore("lr_finder", subject, lowest=1e-5)
    assert meta["diverged"] and arrays["rate"][-1] > limit
    stable = arrays["rate"] < limit
    assert (np.diff(arrays["loss"][stable]) <= 1e-6).all(), "below it every step of the whole batch helps"
    assert meta["tenth"] < limit and meta["steepest"] < limit
    assert meta["minimum"] < 1.5 * limit


def test_the_rates_grow_evenly_in_powers_and_the_loss_is_that_after_the_step() -> None:
    subject = subject_of(regression())
    arrays, meta = explore("lr_finder", subject, steps=50, lowest=1e-4, highest=1e-2)
    assert arrays["rate"][0] == pytest.approx(1e-4) and arrays["rate"][-1] == pytest.approx(1e-2)
    assert np.ptp(np.diff(np.log(arrays["rate"]))) < 1e-9
    assert not meta["diverged"] and len(arrays["rate"]) == len(arrays["loss"]) == len(arrays["smooth"]) == 50
    first = subject_of(regression())
    loss = first.loss(next(first.batches()))
    assert meta["first"] == pytest.approx(float(loss.detach()))
    first.optimizer().step(next(first.batches()), 1e-4)
    assert arrays["loss"][0] == pytest.approx(float(first.loss(next(first.batches())).detach()), rel=1e-5)


def test_a_real_network_gets_a_rate_that_trains_it() -> None:
    _, meta = explore("lr_finder", subject_of(cnn()), steps=100)
    assert 1e-4 < meta["tenth"] < 0.1 and 1e-4 < meta["steepest"] < 0.1


def curve(rates: np.ndarray, noise: float = 0.0) -> np.ndarray:
    """Flat, a fall around 1e-2, and a wall from 0.3 on."""
    powers = np.log10(rates)
    noisy = noise * np.random.default_rng(0).normal(size=len(rates))
    return 1 + 1 / (1 + np.exp(6 * (powers + 2))) + np.maximum(powers + 0.5, 0) * 5 + noisy


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_steepest_place_and_a_tenth_of_the_minimum(noise: float) -> None:
    rates = np.geomspace(1e-6, 10, 150)
    found = suggestions(rates, curve(rates, noise), 2.0)
    assert abs(math.log10(found["steepest"]) + 2) < 0.3
    assert -1.2 < math.log10(found["minimum"]) < -0.2
    assert found["tenth"] == pytest.approx(found["minimum"] / 10)


def test_a_loss_that_only_wobbles_or_only_grows_suggests_nothing() -> None:
    rates = np.geomspace(1e-6, 10, 150)
    wobbling = 2 + 0.1 * np.random.default_rng(1).normal(size=150)
    growing = 2 + np.maximum(np.log10(rates) + 2, 0)
    for losses in (wobbling, growing, growing[:5]):
        found = suggestions(rates[: len(losses)], losses, 2.0)
        assert all(math.isnan(value) for value in found.values())


def test_wrong_ends_and_lost_weights_are_refused_with_a_sentence() -> None:
    with pytest.raises(Refusal, match="below the largest"):
        explore("lr_finder", subject_of(mlp()), lowest=1.0, highest=0.1)
    subject = subject_of(mlp())
    with torch.no_grad():
        next(iter(subject.weights.values())).fill_(float("nan"))
    with pytest.raises(Refusal, match="no number"):
        explore("lr_finder", subject)


def test_it_can_be_cancelled_and_shows_what_there_is() -> None:
    shown: list[int] = []

    def progress(fraction: float, sentence: str) -> None:
        if len(shown) == 3:
            raise Cancelled

    subject = subject_of(
        mlp(), progress=progress, show=lambda arrays, meta: shown.append(len(arrays["loss"]))
    )
    with pytest.raises(Cancelled):
        explore("lr_finder", subject)
    assert shown == [1, 6, 11]
