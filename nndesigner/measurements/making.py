"""Values that stand for pictures, as bytes: what the views of made and given-back samples share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor

MOST_PIXELS = 64


def pictured(*values: Tensor) -> list[npt.NDArray[np.uint8]]:
    """(samples, channels, height, width) each → (samples, height, width) uint8 in grey, or (…, 3) in colour.

    All are scaled alike: from 0 to 1 where the first ones lie there, else from their smallest to their largest value;
    what others have outside is cut off. Pictures larger than 64 pixels lose rows and columns.
    """
    import torch

    first = torch.nan_to_num(values[0].detach().float())
    low, high = (float(v) for v in torch.aminmax(first)) if first.numel() else (0.0, 1.0)
    if low >= -1e-3 and high <= 1.001:
        low, high = 0.0, 1.0
    made = []
    for each in values:
        x = torch.nan_to_num(each.detach().float())
        down, across = -(-x.shape[2] // MOST_PIXELS), -(-x.shape[3] // MOST_PIXELS)
        x = (x[:, :, ::down, ::across] - low) * (255.0 / ((high - low) or 1.0))
        pixels = x.round().clamp(0, 255).to(torch.uint8).cpu().numpy()
        made.append(pixels.transpose(0, 2, 3, 1).copy() if x.shape[1] == 3 else pixels[:, 0].copy())
    return made
