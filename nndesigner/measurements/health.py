"""A few numbers for every node at once: the size of its weights and gradients, mean and spread of what leaves it, and
which of its units are dead or saturated.

All norms are gathered into one tensor and copied once, so that the cost on an accelerator is one wait. Nodes inside
blocks have numbers of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.measurements.by_node import names_and_keys, norms, places, rows_of, zeros_and_largest
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement, first_output

if TYPE_CHECKING:
    from torch import Tensor

DEAD_BELOW = 0.01
"""a unit that is active for a smaller share of the samples is dead (SageMaker Debugger, rule DeadRelu)"""
NEAR_RAIL = 0.02
"""the share of the way between the rails that counts as being at one: there a sigmoid passes on less than 8 % of the
gradient that it passes on in its middle, 4 s (1 - s) = 0.078 at s = 0.02"""
RECTIFIERS = ("ReLU", "ReLU6")
_RAILS = {"Sigmoid": (0.0, 1.0), "Hardsigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "Softsign": (-1.0, 1.0)}


def _applies_to(checked: CheckedNetwork) -> bool:
    return any(node.role == "layer" for node in checked.compiled)


def _measure(values: None, context: Context) -> Measured:
    """Float32 arrays of one entry per node of meta["nodes"], NaN where a node has none of it:

    "weight_norm" and "gradient_norm" (2-norms over all its weight tensors), "zero_gradient" (the share of its gradient
    that is exactly zero), "largest_weight" (the largest absolute value, biases and scales
    left out), "mean" and "std" of what leaves the node on
    the probe batch, "active" (the share of values that are not zero), "dead" (of a rectifier: the share of its units
    that are above zero for less than 1 % of the samples, anywhere in space or time) and "saturated" (of a function
    with rails: the share of values within 2 % of the way of one of them).
    """
    import torch

    rows = rows_of(context.checked)
    row = {inner.key: i for i, inner in enumerate(rows)}
    arrays: Arrays = {
        key: np.full(len(rows), np.nan, np.float32)
        for key in ("weight_norm", "gradient_norm", "mean", "std", "active", "dead", "saturated")
    }
    weights, gradients = places(context.parameters, rows), places(context.gradients, rows)
    arrays["weight_norm"], arrays["gradient_norm"] = norms(weights, len(rows)), norms(gradients, len(rows))
    matrices = [(owners, tensor) for owners, tensor in weights if tensor.ndim > 1]
    arrays["zero_gradient"], arrays["largest_weight"] = zeros_and_largest(gradients, matrices, len(rows))
    floats: list[tuple[int, Tensor]] = []
    for (id, port), value in context.activations.items():
        at = row.get(id)
        if (
            at is not None
            and port == next(iter(rows[at].node.outputs), "")
            and value.is_floating_point()
            and value.numel()
        ):
            floats.append((at, value))
    if floats:
        nothing = floats[0][1].new_full((), torch.nan)
        numbers = torch.stack(
            [
                torch.stack(
                    (
                        v.mean(),
                        torch.linalg.vector_norm(v),
                        torch.count_nonzero(v).to(v.dtype),
                        dead_share(rows[i].node, v, nothing),
                        _saturated(rows[i].node, v, nothing),
                    )
                )
                for i, v in floats
            ]
        ).tolist()
        for (index, value), (mean, norm, active, dead, saturated) in zip(floats, numbers, strict=True):
            arrays["mean"][index] = mean
            arrays["std"][index] = max(norm * norm / value.numel() - mean * mean, 0.0) ** 0.5
            arrays["active"][index] = active / value.numel()
            arrays["dead"][index], arrays["saturated"][index] = dead, saturated
    return arrays, names_and_keys(rows)


def unit_axis(node: CheckedNode) -> int | None:
    """Which axis of what leaves the node counts its units: channels where there are any, else the last one."""
    type = first_output(node)
    if type is None or type.rank < 2:
        return None
    return type.meanings.index("channel") if "channel" in type.meanings else type.rank - 1


def dead_share(node: CheckedNode, value: Tensor, nothing: Tensor) -> Tensor:
    """Of a rectifier the share of its units that are above zero for less than 1 % of the samples; else `nothing`."""
    axis = unit_axis(node)
    if node.record.type not in RECTIFIERS or node.passes or not axis or axis >= value.ndim:
        return nothing
    rest = [i for i in range(1, value.ndim) if i != axis]
    strongest = value.amax(dim=rest) if rest else value
    share = (strongest > 0).to(value.dtype).mean(dim=0)
    return (share < DEAD_BELOW).to(value.dtype).mean()


def _saturated(node: CheckedNode, value: Tensor, nothing: Tensor) -> Tensor:
    rails = _RAILS.get(node.record.type)
    if rails is None or node.passes:
        return nothing
    low, high = rails
    near = NEAR_RAIL * (high - low)
    return ((value < low + near) | (value > high - near)).to(value.dtype).mean()


HEALTH = Measurement(
    name="health",
    label="Health",
    help="For every node the size of its weights and gradients, mean and spread of what leaves it, and how many of its"
    " units are dead or saturated: vanishing or exploding signals show as numbers that shrink or grow from node to"
    " node.",
    reads="network",
    applies_to=_applies_to,
    measure=_measure,
    over_time=True,
)
