"""How a node's weights are spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement, histogram

if TYPE_CHECKING:
    from torch import Tensor


def _applies(node: CheckedNode) -> bool:
    return node.role == "layer" and node.weights > 0


def _measure(values: Mapping[str, Tensor], context: Context) -> Measured:
    """For every weight tensor of the node "<name>.counts" and "<name>.edges"; meta {"<name>": moments}."""
    arrays: Arrays = {}
    meta = {}
    for name, weights in values.items():
        measured, moments = histogram(weights)
        arrays.update({f"{name}.{key}": array for key, array in measured.items()})
        meta[name] = {**moments, "shape": [int(n) for n in weights.shape]}
    return arrays, {"weights": meta}


WEIGHT_HISTOGRAM = Measurement(
    name="weight_histogram",
    label="Weights",
    help="How the weights of this node are spread, one histogram for each of its weight tensors.",
    reads="weights",
    applies=_applies,
    measure=_measure,
    needs_probe=False,
)
