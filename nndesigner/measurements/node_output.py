"""What leaves a node, in a few words: shape, smallest and largest value, dead units, what is not finite; and the plain
values of one sample where they are neither pictures nor a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.health import dead_share
from nndesigner.measurements.measurement import Context, Measured, Measurement, first_output

if TYPE_CHECKING:
    from torch import Tensor

MOST_VALUES = 256
_ELSEWHERE = (
    ("batch", "channel", "height", "width"),
    ("batch", "time", "feature"),
    ("batch", "channel", "length"),
)
"""axes of what "feature_maps" and "sequence_map" draw"""


def _applies(node: CheckedNode) -> bool:
    return node.role != "output" and first_output(node) is not None


def _measure(values: Tensor, context: Context) -> Measured:
    """{"values": (at most 256,) float32 of the sample, none of pictures and sequences}.

    meta: "shape" (of one sample), "low", "high" (over the batch, of what is finite), "not_finite" and "values" (numbers
    of values in the batch), "dead" (share of units, only of a rectifier), "sample", "index".
    """
    import torch

    sample = min(int(context.options.get("sample", 0)), values.shape[0] - 1)
    type = first_output(context.node) if context.node is not None else None
    numbers = values.detach().float()
    finite = torch.isfinite(numbers)
    lost = int(numbers.numel() - torch.count_nonzero(finite))
    kept = numbers[finite] if lost else numbers
    low, high = (float(v) for v in torch.aminmax(kept)) if kept.numel() else (0.0, 0.0)
    number = int(context.indices[sample]) if sample < len(context.indices) else -1
    meta = {
        "shape": [int(n) for n in values.shape[1:]],
        "low": low,
        "high": high,
        "not_finite": lost,
        "values": int(numbers.numel()),
        "sample": sample,
        "index": number,
    }
    if context.node is not None and values.is_floating_point() and values.numel():
        dead = float(dead_share(context.node, values, numbers.new_full((), torch.nan)))
        if dead == dead:
            meta["dead"] = dead
    drawn = type is not None and type.element == "float" and type.meanings in _ELSEWHERE
    plain = numbers[sample].reshape(-1)[: 0 if drawn else MOST_VALUES]
    return {"values": plain.cpu().numpy().astype(np.float32)}, meta


NODE_OUTPUT = Measurement(
    name="node_output",
    label="Output",
    help="What leaves this node: its shape, the smallest and the largest value on the probe batch, how many of its"
    " units are dead, and the values of one sample.",
    reads="activations",
    applies=_applies,
    measure=_measure,
    options=(
        IntField(
            name="sample",
            label="Sample",
            default=0,
            minimum=0,
            maximum=63,
            help="Which sample of the probe batch.",
        ),
    ),
)
