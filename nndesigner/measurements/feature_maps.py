"""What a node makes of one picture: each channel as a small grey image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.measurement import Context, Measured, Measurement, first_output

if TYPE_CHECKING:
    from torch import Tensor

MOST_MAPS = 64
LONGEST_SIDE = 64


def _applies(node: CheckedNode) -> bool:
    type = first_output(node)
    return (
        node.role != "output"
        and type is not None
        and type.element == "float"
        and type.meanings == ("batch", "channel", "height", "width")
    )


def _measure(values: Tensor, context: Context) -> Measured:
    """{"maps": (maps, height, width) uint8, "low", "high": (maps,) float32 that 0 and 255 stand for}."""
    import torch
    from torch.nn import functional as F

    sample = min(int(context.options.get("sample", 0)), values.shape[0] - 1)
    maps = values[sample, :MOST_MAPS].float()
    maps = torch.nan_to_num(maps, nan=0.0, posinf=0.0, neginf=0.0)
    side = max(maps.shape[1:])
    if side > LONGEST_SIDE:
        height, width = (max(1, round(n * LONGEST_SIDE / side)) for n in maps.shape[1:])
        maps = F.adaptive_avg_pool2d(maps, (height, width))
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    spread = torch.where(high > low, high - low, torch.ones_like(high))
    grey = ((maps - low) * (255.0 / spread)).round().to(torch.uint8)
    arrays = {
        "maps": grey.cpu().numpy(),
        "low": low.flatten().cpu().numpy().astype(np.float32),
        "high": high.flatten().cpu().numpy().astype(np.float32),
    }
    number = int(context.indices[sample]) if sample < len(context.indices) else -1
    return arrays, {
        "sample": sample,
        "index": number,
        "channels": int(values.shape[1]),
        "shape": [int(n) for n in values.shape[2:]],
    }


FEATURE_MAPS = Measurement(
    name="feature_maps",
    label="Feature maps",
    help="What each channel of this node shows for one picture of the probe batch. Bright is large; every map has"
    " its own scale.",
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
            help="Which picture of the probe batch.",
        ),
    ),
)
