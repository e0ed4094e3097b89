"""How far one step of the optimizer moves each node's weights, against how large they are.

A ratio of about a thousandth is usual (Karpathy, CS231n notes, "Neural Networks Part 3: Ratio of weights:updates").
"""

from __future__ import annotations

import numpy as np

from nndesigner.check.checked import CheckedNetwork
from nndesigner.measurements.by_node import Grouped, names_and_keys, norms, places, rows_of
from nndesigner.measurements.measurement import Context, Measured, Measurement

MOST_STEPPED = 65_536
"""values of each tensor that are kept over the step"""


def _applies_to(checked: CheckedNetwork) -> bool:
    return any(node.weights for node in checked.compiled)


def _measure(values: tuple[Grouped, Grouped], context: Context) -> Measured:
    """Float32 arrays of one entry per node of meta["nodes"], NaN where it has no weights that learn:

    "update_norm" (2-norm of what the step added), "weight_norm" (before it) and "ratio" of the two; NaN too where all
    weights were zero. Of large tensors both norms are estimated from the same values.
    """
    import torch

    rows = rows_of(context.checked)
    before, after = (places(group, rows) for group in values)
    whole = [tensor.numel() for _, tensor in places(_like(values[0], context.parameters), rows)]
    scales = [n / max(tensor.numel(), 1) for n, (_, tensor) in zip(whole, before, strict=True)]
    moved = torch._foreach_sub([t for _, t in after], [t for _, t in before]) if before else []
    updates = norms([(owners, t) for (owners, _), t in zip(before, moved, strict=True)], len(rows), scales)
    weights = norms(before, len(rows), scales)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(weights > 0, updates / weights, np.nan).astype(np.float32)
    return {"ratio": ratio, "update_norm": updates, "weight_norm": weights}, names_and_keys(rows)


def _like(taken: Grouped, whole: Grouped) -> Grouped:
    """The whole tensors of those that were taken, in the same order."""
    return {module: {name: whole[module][name] for name in names} for module, names in taken.items()}


UPDATE_RATIO = Measurement(
    name="update_ratio",
    label="Updates",
    help="How far one step moves the weights of each layer, as a share of their size. About 0.001 is usual; much less"
    " and the layer hardly learns, much more and it jumps about.",
    reads="step",
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
    over_time=True,
)
