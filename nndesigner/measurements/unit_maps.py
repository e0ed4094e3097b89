"""What every unit says everywhere in the plane, for data with two numbers per sample: small maps, as in TensorFlow
Playground's neurons (Smilkov et al., Direct-manipulation visualization of deep networks, 2017)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNetwork
from nndesigner.measurements.decision_boundary import has_two_numbers, plane
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement, first_output

MOST_UNITS = 64
"""of one node"""
MOST_TOGETHER = 384
"""of all nodes"""


def _measure(values: None, context: Context) -> Measured:
    """Key of a node → (units, side, side) uint8, row 0 at the smallest second column, column 0 at the smallest first;
    128 stands for zero, 0 and 255 for the largest value of either sign, "<key>.most" (units,) float32.

    Of every node that gives one row of numbers per sample, in data order until 384 units are together. meta: "extent"
    (left, right, bottom, top in the data's own units), "columns", "all" (key → how many units there are).
    """
    import torch

    assert context.probe is not None
    side = int(context.options.get("side", 24))
    prepared, extent, columns = plane(context, side)
    outputs = context.probe(prepared)
    arrays: Arrays = {}
    numbers: dict[str, int] = {}
    room = MOST_TOGETHER
    for inner in context.checked.walk():
        type = first_output(inner.node)
        if inner.node.role not in ("layer", "input") or type is None or type.element != "float":
            continue
        value = outputs.get((inner.key, next(iter(inner.node.outputs))))
        if type.meanings != ("batch", "feature") or value is None or value.ndim != 2 or not room:
            continue
        if len(value) != side**2:  # learned values stand once for all samples: there is nothing to map
            continue
        maps = torch.nan_to_num(value.detach().float().T[: min(MOST_UNITS, room)])
        room -= len(maps)
        most = maps.abs().amax(dim=1)
        scale = torch.where(most > 0, most, torch.ones_like(most))[:, None]
        codes = ((maps / scale + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        arrays[inner.key] = codes.reshape(-1, side, side).cpu().numpy()
        arrays[f"{inner.key}.most"] = most.cpu().numpy().astype(np.float32)
        numbers[inner.key] = int(value.shape[1])
    meta: dict[str, Any] = {"extent": extent, "columns": columns, "all": numbers}
    return arrays, meta


def _applies_to(checked: CheckedNetwork) -> bool:
    return has_two_numbers(checked)


UNIT_MAPS = Measurement(
    name="unit_maps",
    label="Maps of units",
    help="What every unit says at every point of the plane, for data with two numbers per sample: one small map each.",
    reads="network",
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
    options=(
        IntField(
            name="side",
            label="Points per side",
            default=24,
            minimum=8,
            maximum=64,
            help="How fine the maps are.",
        ),
    ),
)
