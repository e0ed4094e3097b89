"""The largest eigenvalue of Hessians that are known, and what learning rates bear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.data.dataset import read
from nndesigner.document import edits
from nndesigner.document.plan import plan_values
from nndesigner.explorations.exploration import Subject
from nndesigner.explorations.sharpness import stable_up_to
from nndesigner.objectives.catalogue import objective
from nndesigner.project.reader import open_project
from nndesigner.training import exploring
from tests.explorations.subjects import ALL, cnn, explore, hessian_of, regression, subject_of
from tests.training.small import compiled, mlp

EXAMPLES = Path(__file__).parents[2] / "examples"


def whole_hessian(subject: Subject, samples: int) -> torch.Tensor:
    """By differentiating twice with respect to every weight; only for tiny networks."""
    batch = subject.sample(samples)
    shapes = {name: w.shape for name, w in subject.weights.items()}

    def loss(vector: torch.Tensor) -> torch.Tensor:
        parts = torch.split(vector, [int(np.prod(shape)) for shape in shapes.values()])
        weights = {
            name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)
        }
        return subject.loss_at(weights, batch)

    here = torch.cat([w.detach().reshape(-1) for w in subject.weights.values()])
    found = torch.autograd.functional.hessian(loss, here)
    assert isinstance(found, torch.Tensor)
    return found


def test_a_linear_unit_has_the_curvature_of_its_data() -> None:
    subject = subject_of(regression())
    exact = torch.linalg.eigvalsh(hessian_of(subject))
    arrays, meta = explore("sharpness", subject, samples=ALL)
    assert meta["sharpness"] == pytest.approx(float(exact[-1]), rel=1e-3)
    assert arrays["largest"][-1] == meta["sharpness"] and (np.diff(arrays["largest"]) >= -1e-5).all()
    assert meta["error"] <= 1e-3 * meta["sharpness"] and meta["samples"] > 200


@pytest.mark.parametrize("width", [2, 5])
def test_a_tiny_network_against_its_whole_hessian(width: int) -> None:
    subject = subject_of(mlp(width=width))
    exact = torch.linalg.eigvalsh(whole_hessian(subject, 64))
    arrays, meta = explore("sharpness", subject, samples=64, products=60)
    assert meta["sharpness"] == pytest.approx(float(exact[-1]), rel=2e-3)
    assert arrays["smallest"][-1] >= float(exact[0]) - 1e-4, "an estimate never lies beyond the ends"


@pytest.mark.parametrize("name", ["sine-lstm", "characters-transformer"])
def test_recurrent_and_attention_layers_are_differentiated_twice(name: str) -> None:
    file = EXAMPLES / f"{name}.nnd"
    document = open_project(file).document
    assert document.data is not None
    data = read(document.data, file.parent)
    document = document.apply(
        edits.set_found(document, tuple(data.fields.values()), data.counts, data.fingerprint, data.remarks)
    )
    model, checked = compiled(document)
    subject = exploring.subject(model, checked, data, plan_values(document)[0], objective("supervised"))
    _, meta = explore("sharpness", subject, samples=4, products=4)
    assert meta["sharpness"] > 0


def test_batch_normalization_and_dropout_stand_still() -> None:
    subject = subject_of(cnn())
    buffers = {name: b.clone() for name, b in subject.model.named_buffers()}
    random = torch.get_rng_state()
    first = explore("sharpness", subject)[1]["sharpness"]
    torch.manual_seed(99)
    assert explore("sharpness", subject)[1]["sharpness"] == first > 0
    torch.set_rng_state(random)
    explore("sharpness", subject)
    assert torch.equal(random, torch.get_rng_state())
    assert all(torch.equal(b, buffers[name]) for name, b in subject.model.named_buffers())


def test_what_a_learning_rate_bears() -> None:
    plain = {"optimizer": "sgd", "momentum": 0.0, "nesterov": False}
    assert stable_up_to(plain, 0.1) == (pytest.approx(20.0), True)
    assert stable_up_to({**plain, "momentum": 0.9}, 0.1) == (pytest.approx(38.0), True)
    assert stable_up_to({**plain, "momentum": 0.9, "nesterov": True}, 0.1) == (pytest.approx(38 / 2.8), True)
    assert stable_up_to({"optimizer": "adam"}, 0.1) == (pytest.approx(20.0), False)


@pytest.mark.parametrize("momentum,nesterov", [(0.0, False), (0.9, False), (0.9, True)])
def test_steps_below_the_limit_stay_and_above_it_run_away(momentum: float, nesterov: bool) -> None:
    """The limits against torch's own optimizer on a parabola of curvature 3."""
    plan = {"optimizer": "sgd", "momentum": momentum, "nesterov": nesterov}
    ends = []
    for times in (0.97, 1.03):
        rate = stable_up_to(plan, 1.0)[0] / 3.0 * times  # the limit is inverse to the rate
        x = torch.ones(1, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([x], lr=rate, momentum=momentum, nesterov=nesterov)
        for _ in range(2000):
            optimizer.zero_grad()
            (1.5 * x**2).sum().backward()
            optimizer.step()
        ends.append(abs(float(x.detach())))
    assert ends[0] < 1e-3 and not ends[1] < 1e3


def test_weights_that_are_lost_are_refused_with_a_sentence() -> None:
    subject = subject_of(mlp())
    with torch.no_grad():
        next(iter(subject.weights.values())).fill_(float("inf"))
    with pytest.raises(Refusal, match="no number"):
        explore("sharpness", subject)
