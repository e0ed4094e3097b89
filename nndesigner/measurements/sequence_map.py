"""What a node makes of one sequence: time runs along, one row per feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.measurement import Context, Measured, Measurement, as_bytes, first_output

if TYPE_CHECKING:
    from torch import Tensor

MOST_FEATURES = 128
MOST_STEPS = 256
_LAYOUTS: dict[tuple[str, ...], bool] = {
    ("batch", "time", "feature"): True,
    ("batch", "channel", "length"): False,
}
"""axes → whether time comes before the features"""


def _applies(node: CheckedNode) -> bool:
    type = first_output(node)
    return (
        node.role != "output" and type is not None and type.element == "float" and type.meanings in _LAYOUTS
    )


def _measure(values: Tensor, context: Context) -> Measured:
    """{"map": (features, time) uint8}; meta "low" and "high" are what 0 and 255 stand for."""
    from torch.nn import functional as F

    sample = min(int(context.options.get("sample", 0)), values.shape[0] - 1)
    type = first_output(context.node) if context.node is not None else None
    time_first = type is None or _LAYOUTS.get(type.meanings, True)
    rows = values[sample].T if time_first else values[sample]
    features, steps = rows.shape
    rows = rows[:MOST_FEATURES].float()
    if steps > MOST_STEPS:
        rows = F.adaptive_avg_pool1d(rows, MOST_STEPS)
    grey, low, high = as_bytes(rows)
    number = int(context.indices[sample]) if sample < len(context.indices) else -1
    return {"map": grey.cpu().numpy()}, {
        "low": low,
        "high": high,
        "sample": sample,
        "index": number,
        "features": int(features),
        "steps": int(steps),
    }


SEQUENCE_MAP = Measurement(
    name="sequence_map",
    label="Sequence",
    help="The values of this node for one sequence of the probe batch: time from left to right, one row per feature.",
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
            help="Which sequence of the probe batch.",
        ),
    ),
)
