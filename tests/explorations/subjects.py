"""Subjects of explorations: small networks on small data, and a sum of plain vectors whose gradient is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn

from nndesigner.base.fields import resolve
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.explorations.exploration import Batch, Subject, explorations
from nndesigner.objectives.catalogue import objective
from nndesigner.training import exploring
from tests.training.small import chain, compiled, dataset

ALL = 100_000
"""samples: more than there are"""


def subject_of(document: Document, **more: Any) -> Subject:
    """The document's network with the weights that its seed gives."""
    model, checked = compiled(document)
    plan = plan_values(document)[0]
    return exploring.subject(model, checked, dataset(document), plan, objective("supervised"), **more)


def explore(name: str, subject: Subject, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    exploration = explorations()[name]
    settled, bad = resolve(exploration.options, options)
    assert not bad
    return exploration.explore(subject, settled)


def regression(**plan: Any) -> Document:
    """One linear unit on ten standardized numbers, squared error: a loss whose Hessian is known."""
    layers = [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})]
    return chain("diabetes", layers, **{"optimizer": "sgd", "batch_size": 1000, **plan})


def hessian_of(subject: Subject) -> Tensor:
    """(11, 11) of the mean squared error of `regression` on the whole training part: 2 XᵀX / N, a one for the bias."""
    x = subject.sample(ALL).inputs[0].double()
    rows = torch.cat((x, torch.ones(len(x), 1, dtype=torch.float64)), dim=1)
    return 2 * rows.T @ rows / len(rows)


def best_weights(subject: Subject) -> None:
    """Puts the unit of `regression` at the minimum of its loss."""
    batch = subject.sample(ALL)
    x, y = batch.inputs[0].double(), batch.targets[0].double().reshape(-1, 1)
    rows = torch.cat((x, torch.ones(len(x), 1, dtype=torch.float64)), dim=1)
    solved = torch.linalg.lstsq(rows, y).solution.reshape(-1)
    with torch.no_grad():
        for weight in subject.weights.values():
            weight.copy_((solved[:-1] if weight.ndim == 2 else solved[-1:]).reshape(weight.shape))


def cnn(**plan: Any) -> Document:
    """With batch normalization and dropout."""
    return chain(
        "digits",
        [
            ("ImageInput", {}),
            ("Conv2d", {"out_channels": 4}),
            ("BatchNorm2d", {}),
            ("ReLU", {}),
            ("Flatten", {}),
            ("Dropout", {"p": 0.5}),
            ("Linear", {"out_features": 10}),
            ("Output", {}),
        ],
        **plan,
    )


class _Nothing:
    def step(self, batch: Batch, rate: float) -> None:
        raise AssertionError("no step is wanted")


def vectors(samples: Tensor, plan: Mapping[str, Any] | None = None) -> Subject:
    """The loss of a sample is its product with the weights, so that its gradient is the sample itself."""
    model = nn.Linear(samples.shape[1], 1, bias=False)
    weight = model.weight

    def batch(rows: Tensor) -> Batch:
        return Batch([samples[rows]], [rows])

    return Subject(
        model=model,
        weights={"weight": weight},
        loss=lambda b: (b.inputs[0] @ weight.reshape(-1)).mean(),
        loss_at=lambda weights, b: (b.inputs[0] @ weights["weight"].reshape(-1)).mean(),
        sample=lambda most: batch(torch.arange(min(most, len(samples)))),
        draw=lambda n, generator: batch(_drawn(len(samples), n, generator)),
        batches=lambda: iter(()),
        optimizer=_Nothing,
        plan=plan or {"batch_size": 32},
        rate=0.1,
    )


def _drawn(all: int, number: int, generator: Generator) -> Tensor:
    return torch.randint(all, (number,), generator=generator)
