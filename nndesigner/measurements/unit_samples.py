"""The samples that excite a unit most and least, among those of the validation part that can be walked in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.health import RECTIFIERS, unit_axis
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement, first_output
from nndesigner.measurements.unit import kind_of

if TYPE_CHECKING:
    from torch import Tensor

MOST_SAMPLES = 2000
MOST_UNITS = 256
SHOWN = 8
"""samples at each end"""


def _applies(node: CheckedNode) -> bool:
    type = first_output(node)
    return (
        node.role in ("layer", "input")
        and kind_of(node) != "head"
        and type is not None
        and type.element == "float"
        and type.rank >= 2
        and type.meanings[0] == "batch"
    )


def _measure(values: None, context: Context) -> Measured:
    """How strongly a sample excites a unit is the largest value of the unit anywhere in its map or sequence.

    {"units" (n,) int64: all of at most 256, else the chosen one; "most", "least" (n, at most 8) int64 sample numbers
    and "most_value", "least_value" float32, the strongest and the weakest first; "active" (n,) float32: the share of
    the samples that take the unit above zero}. meta: "unit", "all", "samples" (walked), "rectified"
    (whether only what is above zero goes on from here), "previews" of the chosen unit's samples by number.
    """
    import torch

    assert context.node is not None and context.rows is not None
    node = context.node
    port = next(iter(node.outputs))
    axis = unit_axis(node) or 1
    unit = max(int(context.options.get("unit", 0)), 0)
    found: list[Tensor] = []
    numbers = []
    units = 0
    for rows in context.rows(int(context.options.get("samples", MOST_SAMPLES))):
        value = rows.activations[context.key, port].detach().float()
        by_unit = value.movedim(axis, 1)
        units = by_unit.shape[1]
        unit = min(unit, units - 1)
        if units > MOST_UNITS:
            by_unit = by_unit[:, unit : unit + 1]
        found.append(by_unit.reshape(len(value), by_unit.shape[1], -1).amax(dim=2))
        numbers.append(rows.indices)
    strength = torch.nan_to_num(torch.cat(found), nan=-torch.inf).T
    index = np.concatenate(numbers)
    number = min(SHOWN, len(index))
    most = strength.topk(number, dim=1)
    least = strength.topk(number, dim=1, largest=False)
    arrays: Arrays = {
        "units": np.arange(units) if units <= MOST_UNITS else np.array([unit]),
        "active": (strength > 0).float().mean(dim=1).cpu().numpy(),
    }
    for name, ends in (("most", most), ("least", least)):
        arrays[name] = index[ends.indices.cpu().numpy()]
        arrays[f"{name}_value"] = ends.values.cpu().numpy().astype(np.float32)
    row = unit if units <= MOST_UNITS else 0
    shown = np.unique(np.concatenate((arrays["most"][row], arrays["least"][row])))
    meta: dict[str, Any] = {
        "unit": unit,
        "all": units,
        "samples": len(index),
        "rectified": _rectified(context),
        "previews": list(context.pictures(shown)) if context.pictures is not None else [],
    }
    return arrays, meta


def _rectified(context: Context) -> bool:
    """Whether the node is a rectifier, or all that reads it is one."""
    assert context.node is not None
    if context.node.record.type in RECTIFIERS:
        return True
    before = context.key[: len(context.key) - len(context.node.id)]
    readers = [
        inner.node
        for inner in context.checked.walk()
        if inner.key == before + inner.node.id
        and context.node.id in (id for id, _ in inner.node.sources.values())
    ]
    return bool(readers) and all(node.record.type in RECTIFIERS and not node.passes for node in readers)


UNIT_SAMPLES = Measurement(
    name="unit_samples",
    label="Samples of a unit",
    help="The samples of the validation part that excite a unit most and least, and for how many it is above zero.",
    reads="network",
    applies=_applies,
    measure=_measure,
    needs_probe=False,
    options=(
        IntField(
            name="unit",
            label="Unit",
            default=0,
            minimum=0,
            maximum=1_000_000,
            help="Which channel, feature or hidden unit, counted from 0.",
        ),
        IntField(
            name="samples",
            label="Samples",
            default=MOST_SAMPLES,
            minimum=16,
            maximum=MOST_SAMPLES,
            help="How many samples of the validation part are walked at most.",
        ),
    ),
)
