"""What the network answers everywhere in the plane, for data with two numbers per sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNetwork
from nndesigner.data.preparation import prepare
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement

if TYPE_CHECKING:
    from torch import Tensor

MARGIN = 0.15
"""how far the picture goes beyond the data, as a share of their range"""


def has_two_numbers(checked: CheckedNetwork) -> bool:
    """Whether the network reads two numbers per sample and nothing else."""
    type = checked.inputs[0].outputs.get("y") if len(checked.inputs) == 1 else None
    return (
        type is not None
        and type.element == "float"
        and type.meanings == ("batch", "feature")
        and type.axes[1].size.value == 2
    )


def _applies_to(checked: CheckedNetwork) -> bool:
    if not has_two_numbers(checked) or not checked.heads:
        return False
    head = checked.heads[0]
    return head.told is not None and (head.told.kind == "class" or head.width == 1)


def _measure(values: None, context: Context) -> Measured:
    """On a square grid, row 0 at the smallest second column, column 0 at the smallest first:

    for classes {"class": (side, side) uint8, "confidence": (side, side) uint8, 255 = certain}; for numbers
    {"value": (side, side) float32}. meta["extent"] = [left, right, bottom, top] in the data's own units.
    """
    import torch

    assert context.answers is not None and context.heads
    side = int(context.options.get("side", 64))
    prepared, extent, columns = plane(context, side)
    answer = context.answers(prepared)[0]
    meta: dict[str, Any] = {"extent": extent, "columns": columns}
    head = context.heads[0]
    if head.told is not None and head.told.kind == "class":
        if answer.shape[-1] == 1:
            chance = answer.reshape(-1).float()
            answer = torch.stack((1 - chance, chance), dim=-1)
        best, which = torch.nan_to_num(answer.float()).clamp(0, 1).max(dim=-1)
        arrays: Arrays = {
            "class": which.to(torch.uint8).reshape(side, side).cpu().numpy(),
            "confidence": (best * 255).round().to(torch.uint8).reshape(side, side).cpu().numpy(),
        }
        meta["classes"] = list(head.told.classes)
    else:
        arrays = {"value": answer.reshape(side, side).float().cpu().numpy()}
    return arrays, meta


def plane(context: Context, side: int) -> tuple[Tensor, list[float], list[str]]:
    """A square grid of points over the data, (side · side, 2) prepared, row by row from the smallest second column;
    its left, right, bottom and top in the data's own units; and the names of the two columns."""
    import torch

    field = context.input_fields[0] if context.input_fields else None
    extent = _extent(field, context)
    xs = np.linspace(extent[0], extent[1], side, dtype=np.float32)
    ys = np.linspace(extent[2], extent[3], side, dtype=np.float32)
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    prepared = np.ascontiguousarray(prepare(field, points) if field is not None else points)
    columns = list(field.columns) if field is not None else []
    return torch.from_numpy(prepared).to(context.device), extent, columns


def _extent(field: DataField | None, context: Context) -> list[float]:
    """Left, right, bottom, top of the picture, in the data's own units."""
    low, high = _range(field)
    if low is None or high is None:
        probe = context.inputs[0].detach().float().cpu().numpy()
        low, high = probe.min(axis=0), probe.max(axis=0)
        if field is not None and field.preparation.get("kind") == "columns":
            columns = field.preparation["columns"]
            low, high = (
                np.array([v * c["scale"] + c["offset"] for v, c in zip(edge, columns, strict=True)])
                for edge in (low, high)
            )
    margin = np.where(high > low, high - low, 1.0) * MARGIN
    return [
        float(v) for v in (low[0] - margin[0], high[0] + margin[0], low[1] - margin[1], high[1] + margin[1])
    ]


def _range(
    field: DataField | None,
) -> tuple[npt.NDArray[np.float64] | None, npt.NDArray[np.float64] | None]:
    columns = field.statistics.get("columns") if field is not None else None
    if not isinstance(columns, list | tuple) or len(columns) != 2:
        return None, None
    try:
        return np.array([float(c["minimum"]) for c in columns]), np.array(
            [float(c["maximum"]) for c in columns]
        )
    except (KeyError, TypeError, ValueError):
        return None, None


DECISION_BOUNDARY = Measurement(
    name="decision_boundary",
    label="Decision boundary",
    help="What the network answers at every point of the plane, for data with two numbers per sample.",
    reads="network",
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
    options=(
        IntField(
            name="side",
            label="Points per side",
            default=64,
            minimum=16,
            maximum=192,
            help="How fine the picture is; its cost grows with the square.",
        ),
    ),
)
