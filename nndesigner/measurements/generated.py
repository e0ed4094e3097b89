"""Samples that the network makes, from the same noise again and again: watch them become like the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.sections import makes_samples
from nndesigner.measurements.making import pictured
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement

NUMBER = 64
POINTS = 400
"""samples of two numbers"""


def _applies(checked: CheckedNetwork) -> bool:
    return makes_samples(checked)


def _measure(values: None, context: Context) -> Measured:
    """Of images {"images": (n, height, width) or (n, height, width, 3) uint8}; of rows of numbers {"values": (n,
    features) float32} and, of two numbers, {"real": (n, 2)} to compare. meta: "labels" (a word each, or none) and
    "columns" in which they are laid out, 0 where that does not matter."""
    assert context.sample is not None
    head = context.heads[0]
    flat = head.arriving.rank == 2 and head.arriving.axes[1].size.value == 2
    made, labels, columns = context.sample(POINTS if flat else NUMBER)
    meta: dict[str, Any] = {"labels": list(labels), "columns": columns}
    arrays: Arrays = {}
    if made.ndim == 4:
        arrays["images"] = pictured(made)[0]
        return arrays, meta
    arrays["values"] = made.detach().float().reshape(len(made), -1)[:, :256].cpu().numpy()
    if flat and context.targets and context.targets[0].shape[1:] == made.shape[1:]:
        arrays["real"] = context.targets[0].detach().float().cpu().numpy().astype(np.float32)
    return arrays, meta


GENERATED = Measurement(
    name="generated",
    label="Samples",
    help="Samples that the network makes, always from the same random numbers.",
    reads="network",
    applies_to=_applies,
    measure=_measure,
    needs_probe=False,
    needs_samples=True,
)
