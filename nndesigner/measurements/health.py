"""A few numbers for every node at once: the size of its weights and gradients, mean and spread of what leaves it.

All norms are gathered into one tensor and copied once, so that the cost on an accelerator is one wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nndesigner.check.checked import CheckedNetwork
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement

if TYPE_CHECKING:
    from torch import Tensor


def _applies_to(checked: CheckedNetwork) -> bool:
    return any(node.role == "layer" for node in checked.compiled)


def _measure(values: None, context: Context) -> Measured:
    """Float32 arrays of one entry per node of meta["nodes"], NaN where a node has none of it:

    "weight_norm" and "gradient_norm" (2-norms over all its weight tensors), "mean" and "std" of what leaves the node on
    the probe batch, "active" (the share of values that are not zero).
    """
    import torch

    nodes = [node for node in context.checked.compiled if node.role != "output"]
    row = {node.id: i for i, node in enumerate(nodes)}
    by_name = {node.name: node.id for node in nodes}
    arrays: Arrays = {
        key: np.full(len(nodes), np.nan, np.float32)
        for key in ("weight_norm", "gradient_norm", "mean", "std", "active")
    }
    for key, tensors in (("weight_norm", context.parameters), ("gradient_norm", context.gradients)):
        places = [
            (row[by_name[name]], t)
            for name, group in tensors.items()
            if name in by_name
            for t in group.values()
        ]
        if places:
            norms = torch.stack(torch._foreach_norm([t for _, t in places])).cpu().double().square()
            squares = np.full(len(nodes), np.nan)
            for (index, _), square in zip(places, norms.tolist(), strict=True):
                squares[index] = square + (0.0 if np.isnan(squares[index]) else squares[index])
            arrays[key] = np.sqrt(squares).astype(np.float32)
    floats: list[tuple[int, Tensor]] = [
        (row[place[0]], value)
        for place, value in context.activations.items()
        if place[0] in row and value.is_floating_point() and value.numel()
    ]
    if floats:
        numbers = torch.stack(
            [
                torch.stack((v.mean(), torch.linalg.vector_norm(v), torch.count_nonzero(v).to(v.dtype)))
                for _, v in floats
            ]
        ).tolist()
        for (index, value), (mean, norm, active) in zip(floats, numbers, strict=True):
            arrays["mean"][index] = mean
            arrays["std"][index] = max(norm * norm / value.numel() - mean * mean, 0.0) ** 0.5
            arrays["active"][index] = active / value.numel()
    return arrays, {"nodes": [node.id for node in nodes]}


HEALTH = Measurement(
    name="health",
    label="Health",
    help="For every node the size of its weights and gradients, and mean and spread of what leaves it: vanishing or"
    " exploding signals show as numbers that shrink or grow from node to node.",
    reads="network",
    applies_to=_applies_to,
    measure=_measure,
)
