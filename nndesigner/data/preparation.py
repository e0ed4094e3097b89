"""What is done to raw values before the first layer, as data: fitted on the training part, kept in the field.

A preparation is one of three things, so that the compiler can put the same arithmetic inside a model:

- `{}`: the values as they are.
- `{"kind": "affine", "axis": 0 | -1, "offset": […], "scale": […]}`: (raw - offset) / scale along one axis of the
  sample, or one number for all of it.
- `{"kind": "columns", "columns": […]}` for a table, one entry per raw column: `{"kind": "number", "fill", "offset",
  "scale"}` (missing values become `fill`, then affine) or `{"kind": "category", "size", "names"}` (the code as one-hot;
  missing or unknown as all zeros), joined in column order.

All of it is computed in float32, subtraction first, then division. This module knows no torch and reads no data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, Values
from nndesigner.data.source import Array
from nndesigner.data.statistics import median, moments, plain
from nndesigner.data.stored import release

PREPARATION = ChoiceField(
    name="preparation",
    label="Preparation",
    default="auto",
    choices={
        "auto": "automatic",
        "rescale": "rescale to 0–1",
        "standardize": "standardize",
        "none": "none",
    },
    advanced=True,
    help="What is done to the values before the first layer. Networks learn best from numbers of about the size of 1."
    " “Rescale” maps the smallest and largest value to 0 and 1; “standardize” gives each column mean 0 and standard"
    " deviation 1; “automatic” rescales images and standardizes everything else. It is measured on the training samples"
    " only and becomes part of the model, so that an exported file takes raw values.",
)
TARGET_PREPARATION = ChoiceField(
    name="target_preparation",
    label="Target",
    default="standardize",
    choices={"standardize": "standardized", "none": "as it is"},
    advanced=True,
    help="A target of large or small numbers learns slowly. “Standardized” lets the network learn (target − mean) /"
    " standard deviation; its answers are turned back into the target's own units.",
)
FILL = ChoiceField(
    name="fill",
    label="Missing numbers",
    default="mean",
    choices={"mean": "fill in the mean", "median": "fill in the median", "drop": "leave the row out"},
    help="What stands in for an empty number cell: the mean or the median of the column over the training samples; or"
    " every row with an empty cell is left out. A missing category counts as none of the categories.",
)


def fit(
    field: DataField,
    array: Array,
    indices: npt.NDArray[np.int64],
    values: Values,
    categories: Mapping[int, tuple[str, ...]],
) -> DataField:
    """The field with its preparation, measured on `indices` (the training samples) only, and its axes after it."""
    if field.kind in ("class", "tokens"):
        return field
    if field.role == "target":
        how = values.get("target_preparation", "standardize")
    else:
        how = values.get("preparation", "auto")
    if how == "auto":
        how = "rescale" if field.kind == "image" else "standardize"
    if field.kind == "table":
        return _fit_columns(field, array, indices, how, str(values.get("fill", "mean")), categories)
    if how == "none":
        return field
    axis = 0 if field.kind == "image" else -1
    if how != "standardize" and array.dtype == np.uint8:
        # A byte's range is known, whatever these pictures use of it.
        known = {"kind": "affine", "axis": axis, "offset": [0.0], "scale": [255.0]}
        return msgspec.structs.replace(field, preparation=known)
    measured = moments(array, indices, axis)
    if how == "standardize":
        offset, scale = measured.mean, _spread(measured.mean, measured.std)
    elif field.kind == "image":
        low, high = measured.minimum.min(keepdims=True), measured.maximum.max(keepdims=True)
        offset, scale = low, _spread(low, high - low)  # one range for all channels keeps the colours
    else:
        low, high = measured.minimum, measured.maximum
        offset, scale = low, _spread(low, high - low)
    preparation = {"kind": "affine", "axis": axis, "offset": _numbers(offset), "scale": _numbers(scale)}
    return msgspec.structs.replace(field, preparation=preparation)


def prepare(field: DataField, raw: Array) -> Array:
    """Raw values (N, …) as the network receives them: float32, or int64 for classes and tokens.

    Raises ValueError where `raw` has not the shape that the preparation was fitted for.
    """
    if field.element == "int":
        return raw.astype(np.int64)
    x = raw.astype(np.float32)
    preparation = field.preparation
    if not preparation:
        return x
    if preparation["kind"] == "affine":
        offset, scale = _shaped(preparation, x.ndim)
        return ((x - offset) / scale).astype(np.float32)
    columns = preparation["columns"]
    if x.ndim != 2 or x.shape[1] != len(columns):
        raise ValueError(
            f"the table “{field.name}” has {len(columns)} columns; here is an array of shape {x.shape}"
        )
    prepared = [_prepare_column(column, x[:, i]) for i, column in enumerate(columns)]
    return np.concatenate(prepared, axis=1)


def restore(field: DataField, prepared: Array) -> Array:
    """The inverse of an affine preparation, for targets: prepared · scale + offset, float32.

    Raises ValueError for a table's columns, which have no inverse (a filled value does not say that it was missing).
    """
    preparation = field.preparation
    if not preparation:
        return prepared
    if preparation["kind"] != "affine":
        raise ValueError(f"the preparation of the field “{field.name}” cannot be undone")
    x = prepared.astype(np.float32)
    offset, scale = _shaped(preparation, x.ndim)
    return (x * scale + offset).astype(np.float32)


def width(columns: list[dict[str, Any]]) -> int:
    """How many numbers a prepared table row has."""
    return sum(column["size"] if column["kind"] == "category" else 1 for column in columns)


def _fit_columns(
    field: DataField,
    array: Array,
    indices: npt.NDArray[np.int64],
    how: str,
    fill: str,
    categories: Mapping[int, tuple[str, ...]],
) -> DataField:
    measured = moments(array, indices, -1)
    if how == "none" and not categories and not _any_missing(array):
        return msgspec.structs.replace(field, axes=(("feature", array.shape[1]),))
    filled = median(array, indices) if fill == "median" else measured.mean
    offset, scale = np.zeros(array.shape[1]), np.ones(array.shape[1])
    if how == "standardize":
        offset, scale = measured.mean, _spread(measured.mean, measured.std)
    elif how == "rescale":
        offset, scale = measured.minimum, _spread(measured.minimum, measured.maximum - measured.minimum)
    columns: list[dict[str, Any]] = []
    for i in range(array.shape[1]):
        if i in categories:
            columns.append({"kind": "category", "size": len(categories[i]), "names": list(categories[i])})
        else:
            columns.append(
                {
                    "kind": "number",
                    "fill": plain(filled[i]),
                    "offset": plain(offset[i]),
                    "scale": plain(scale[i]),
                }
            )
    return msgspec.structs.replace(
        field,
        axes=(("feature", width(columns)),),
        preparation={"kind": "columns", "columns": columns},
    )


def _any_missing(array: Array) -> bool:
    for start in range(0, len(array), 1 << 16):
        if np.isnan(array[start : start + (1 << 16)]).any():
            return True
        release(array)
    return False


def _prepare_column(column: dict[str, Any], x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    if column["kind"] == "category":
        hot = x[:, None] == np.arange(column["size"], dtype=np.float32)  # NaN equals no code
        return np.asarray(hot, np.float32)
    known = np.where(np.isnan(x), np.float32(column["fill"]), x)
    affine = (known - np.float32(column["offset"])) / np.float32(column["scale"])
    return np.asarray(affine, np.float32)[:, None]


def _shaped(
    preparation: dict[str, Any], rank: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Offset and scale, shaped to broadcast over a batch of `rank` axes."""
    shape = [1] * rank
    shape[1 if preparation["axis"] == 0 else -1] = -1
    offset = np.asarray(preparation["offset"], np.float32).reshape(shape)
    return offset, np.asarray(preparation["scale"], np.float32).reshape(shape)


def _spread(level: npt.NDArray[np.float64], spread: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """`spread`, or 1 where the values do not differ by more than float32 can tell: nothing is divided by nothing."""
    return np.where(spread <= 1e-7 * np.abs(level), 1.0, spread)


def _numbers(values: npt.NDArray[np.float64]) -> list[float]:
    return [plain(value) for value in values]
