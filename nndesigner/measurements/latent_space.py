"""Where validation samples lie in the space of codes, coloured by the class that the data knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.sections import code_of, mean_of
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement
from nndesigner.measurements.projection import principal

if TYPE_CHECKING:
    from torch import Tensor

SAMPLES = 512


def _applies(checked: CheckedNetwork) -> bool:
    return checked.ok and code_of(checked) is not None


def _measure(values: None, context: Context) -> Measured:
    """{"points": (n, 2) float32, "index": (n,) int64, and "codes": (n,) int32 where the data has classes}.

    A code of two numbers as it is, a larger one along the two directions in which it differs most. meta: "explained"
    (the share of the variance along each axis), "features", "classes".
    """
    import torch

    place = code_of(context.checked)
    assert place is not None and context.rows is not None
    place = mean_of(context.checked, place)
    codes: list[Tensor] = []
    indices = []
    for rows in context.rows(SAMPLES):
        codes.append(rows.activations[place].detach().float().flatten(1).cpu())
        indices.append(rows.indices)
    x = torch.nan_to_num(torch.cat(codes))
    numbers = np.concatenate(indices)
    meta: dict[str, Any] = {"features": int(x.shape[1]), "classes": [], "target": ""}
    if x.shape[1] == 2:
        points, meta["explained"] = x, []
    else:
        points, meta["explained"] = principal(x)
    arrays: Arrays = {"points": points.numpy().astype(np.float32), "index": numbers}
    known = context.classes(numbers) if context.classes is not None else None
    if known is not None:
        arrays["codes"], meta["classes"], meta["target"] = known[0].astype(np.int32), list(known[1]), known[2]
    return arrays, meta


LATENT_SPACE = Measurement(
    name="latent_space",
    label="Code",
    help="The codes of some hundred validation samples. Samples that the network finds alike lie close together.",
    reads="network",
    applies_to=_applies,
    measure=_measure,
    needs_probe=False,
)
