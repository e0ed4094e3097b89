"""What the network answers for a few samples that stay the same for the whole run."""

from __future__ import annotations

from typing import Any

import numpy as np

from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.data.preparation import restore
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement

MOST_SAMPLES = 16
MOST_VALUES = 256


def _applies(node: CheckedNode) -> bool:
    return node.role == "output"


def _applies_to(checked: CheckedNetwork) -> bool:
    return bool(checked.heads)


def _measure(values: None, context: Context) -> Measured:
    """{"answers": (n, values) float32, "targets": (n,) int64 or (n, values) float32, "indices": (n,) int64}.

    For classes the answers are probabilities (a single value is that of the second class); for numbers, answer and
    target are in the data's own units. Answers with more axes are cut to their first 256 values.
    """
    import torch

    head = context.head
    assert head is not None and context.answers is not None
    inputs = tuple(x[:MOST_SAMPLES] for x in context.inputs)
    answer = context.answers(*inputs)[context.head_index]
    meta: dict[str, Any] = {"kind": head.told.kind if head.told is not None else ""}
    number = answer.detach().float().cpu().numpy()
    targets = context.targets[context.head_index][:MOST_SAMPLES].detach().cpu()
    truth = targets.numpy() if targets.dtype == torch.int64 else targets.float().numpy()
    if head.told is not None and head.told.kind == "class":
        meta["classes"] = list(head.told.classes)
    elif head.told is not None and head.told.preparation.get("kind") == "affine":
        number, truth = restore(head.told, number), restore(head.told, truth)
    arrays: Arrays = {
        "answers": np.ascontiguousarray(number.reshape(len(number), -1)[:, :MOST_VALUES]),
        "targets": truth
        if truth.ndim == 1
        else np.ascontiguousarray(truth.reshape(len(truth), -1)[:, :MOST_VALUES]),
        "indices": context.indices[: len(number)],
    }
    return arrays, meta


PROBE_PREDICTIONS = Measurement(
    name="probe_predictions",
    label="Predictions",
    help="The network's answers for the same few validation samples again and again: watch it make up its mind.",
    reads="network",
    applies=_applies,
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
)
