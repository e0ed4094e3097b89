"""Sharpness: the largest eigenvalue of the Hessian of the loss, by the Lanczos method on Hessian-vector products.

Gradient descent with a fixed learning rate is stable along the sharpest direction while that eigenvalue stays below
2 / learning rate; J. Cohen et al., "Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability",
2021, also give the limits with momentum (appendix B). The products are B. Pearlmutter's, 1994.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.explorations.exploration import Batch, Exploration, Subject, flat, refuse_without_weights

if TYPE_CHECKING:
    from torch import Tensor

    from nndesigner.explorations.exploration import Explored

CLOSE = 1e-3
"""the error of the eigenvalue, as a share of it, at which it is known well enough"""
MOST_KEPT = 1 << 28
"""numbers of earlier directions that are held in memory"""


def _explore(subject: Subject, options: Mapping[str, Any]) -> Explored:
    """{"largest", "smallest": (products,) float64, the estimates after each product; "eigenvalues": float64, the last
    estimates of some eigenvalues, ascending}, and meta: "sharpness", "error" (an upper bound of its distance to an
    eigenvalue), "limit" (what the plan's optimizer bears at its learning rate), "exact" (whether that limit is the
    optimizer's own), "rate", "samples"."""
    refuse_without_weights(subject)
    batch = subject.sample(options["samples"])
    product = hessian_product(subject, batch)
    largest: list[float] = []
    smallest: list[float] = []

    def tell(done: int, values: Any, error: float) -> None:
        largest.append(float(values[-1]))
        smallest.append(float(values[0]))
        steps = min(options["products"], subject.size)
        subject.progress(done / steps, tr("Hessian-vector product {n} of {all}", n=done, all=steps))

    values, error = lanczos(product, subject, options["products"], options["seed"], tell)
    limit, exact = stable_up_to(subject.plan, subject.rate)
    arrays = {
        "largest": np.array(largest),
        "smallest": np.array(smallest),
        "eigenvalues": np.asarray(values, np.float64),
    }
    return arrays, {
        "sharpness": float(values[-1]),
        "error": error,
        "limit": limit,
        "exact": exact,
        "rate": subject.rate,
        "samples": batch.samples,
    }


def hessian_product(subject: Subject, batch: Batch) -> Callable[[Tensor], Tensor]:
    """v → H v, both (size,), for the Hessian of the mean loss of the batch with respect to the learnable weights.

    Raises Refusal where a layer cannot be differentiated twice.
    """
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    weights = list(subject.weights.values())
    # The fast kernels of attention and of recurrent layers know a first derivative only.
    with sdpa_kernel(SDPBackend.MATH), torch.backends.cudnn.flags(enabled=False):
        loss = subject.loss(batch)
        if not loss.requires_grad:
            raise Refusal(tr("The loss does not depend on any weight that learns."))
        if not math.isfinite(float(loss.detach())):
            raise Refusal(tr("The loss of these weights is no number, so it has no curvature."))
        first = torch.autograd.grad(
            loss, weights, create_graph=True, allow_unused=True, materialize_grads=True
        )
        slope = flat(first)

    def product(direction: Tensor) -> Tensor:
        if not slope.requires_grad:  # a loss that is linear in every weight
            return torch.zeros_like(direction)
        try:
            second = torch.autograd.grad(
                slope, weights, direction, retain_graph=True, allow_unused=True, materialize_grads=True
            )
        except RuntimeError as error:
            if "not implemented" not in str(error) and "differentiable" not in str(error):
                raise
            raise Refusal(
                tr("A layer of this network cannot be differentiated twice, so its curvature is not known.")
            ) from error
        return flat(second).detach()

    return product


def lanczos(
    product: Callable[[Tensor], Tensor],
    subject: Subject,
    steps: int,
    seed: int,
    tell: Callable[[int, Any, float], None],
) -> tuple[Any, float]:
    """(eigenvalue estimates ascending, bound of the error of the largest). Ends early once that is close enough.

    `tell(done, estimates, error)` is called after each product.
    """
    import torch

    one = next(iter(subject.weights.values()))
    size = subject.size
    generator = torch.Generator().manual_seed(seed)
    direction = torch.randn(size, generator=generator).to(one)
    direction /= direction.norm()
    kept: list[Tensor] = []
    diagonal: list[float] = []
    beside: list[float] = []
    values, error = np.zeros(1), 0.0
    for done in range(1, min(steps, size) + 1):
        kept.append(direction)
        if len(kept) > 2 and len(kept) * size > MOST_KEPT:
            del kept[0]
        after = product(direction)
        diagonal.append(float(after @ direction))
        for _ in range(2):  # twice is enough to keep the directions at right angles
            for earlier in kept:
                after = after - (after @ earlier) * earlier
        length = float(after.norm())
        matrix = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        values, vectors = np.linalg.eigh(matrix)
        error = abs(length * float(vectors[-1, -1]))
        tell(done, values, error)
        if not math.isfinite(length):
            raise Refusal(tr("The curvature is no number: the weights or the gradients are far too large."))
        size_of_largest = float(np.abs(values).max())
        if length <= 1e-6 * max(size_of_largest, 1e-30) or (
            done > 3 and error <= CLOSE * abs(float(values[-1]))
        ):
            break
        beside.append(length)
        direction = after / length
    return values, error


def stable_up_to(plan: Mapping[str, Any], rate: float) -> tuple[float, bool]:
    """(the largest curvature that steps of this rate bear, whether that is exact for the optimizer of the plan).

    Adam and RMSprop scale every direction by what they remember: for them 2 / rate is no limit of their own.
    """
    if plan["optimizer"] != "sgd":
        return 2.0 / rate, False
    momentum = float(plan["momentum"])
    if momentum and plan["nesterov"]:
        return (2.0 + 2.0 * momentum) / ((1.0 + 2.0 * momentum) * rate), True
    return 2.0 * (1.0 + momentum) / rate, True


SHARPNESS = Exploration(
    name="sharpness",
    label="Sharpness",
    help="The curvature of the loss along its sharpest direction (the largest eigenvalue of the Hessian), against what"
    " the learning rate bears.",
    explore=_explore,
    options=(
        IntField(
            name="products",
            label="Products",
            default=30,
            minimum=3,
            maximum=200,
            help="Hessian-vector products at most; each costs about two gradients.",
        ),
        IntField(
            name="samples",
            label="Samples",
            default=256,
            minimum=1,
            maximum=100_000,
            help="Training samples that the loss is averaged over.",
        ),
        IntField(name="seed", label="Seed", default=0, minimum=0, help="Decides the first direction."),
    ),
)
