"""A few samples as small plain data, for the data page and the welcome of a new project: no file, no array, no PNG.

What this makes travels in messages and stays in the project file, so it is kept to a few kilobytes per field.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.data.source import Array
from nndesigner.data.tokens import text_of

SAMPLES = 8
MOST_PIXELS = 32
"""along each side of a thumbnail; of a strip, which is lower, as many in all"""
MOST_STRIP = 256
MOST_MASKED = 48
MOST_COLUMNS = 32
MOST_POINTS = 64
MOST_CHARACTERS = 120
MOST_SCATTERED = 160

Indices = npt.NDArray[np.int64]


def choose(indices: Indices, labels: Array | None, number: int = SAMPLES) -> Indices:
    """Up to `number` of `indices` to show: one class after the other where there are `labels` (N,), else the first."""
    if labels is None:
        return indices[:number]
    of_class = [indices[labels[indices] == label] for label in np.unique(labels[indices])]
    turns = [row[i] for i in range(number) for row in of_class if i < len(row)]
    return np.asarray(turns[:number], np.int64)


def thumbnails(
    field: DataField, array: Array, chosen: Indices, categories: Mapping[int, tuple[str, ...]]
) -> tuple[dict[str, Any], ...]:
    """`DataField.thumbnails`: for each chosen sample a dict with `sample` (its number), `kind`, and by kind

    - image: `channels`, `height`, `width` (≤ 32 each, a strip with as many pixels in all) and `pixels`, base64 of uint8
      in that axis order;
    - table: `values`, a number, a category's name or None per column; number: `values`;
    - series: `points`, a list per feature;  tokens: `text`;  class: `code` and `label`, or where there is a class at
      every position `height`, `width` (≤ 48) and `codes`, base64 of uint8.
    """
    shown: list[dict[str, Any]] = []
    for sample in chosen:
        value = array[sample]
        entry: dict[str, Any] = {"sample": int(sample), "kind": field.kind}
        if field.kind == "image":
            entry |= _image(field, value)
        elif field.kind == "table":
            entry["values"] = [_cell(x, categories.get(i)) for i, x in enumerate(value[:MOST_COLUMNS])]
        elif field.kind == "number":
            entry["values"] = [_short(x) for x in value[:MOST_COLUMNS]]
        elif field.kind == "series":
            entry["points"] = [[_short(x) for x in row] for row in value[:MOST_POINTS, :4].T]
        elif field.kind == "class" and field.axes:
            entry |= _mask(value)
        elif field.kind == "tokens":
            entry["text"] = text_of(field, value[:MOST_CHARACTERS])[: 4 * MOST_CHARACTERS]
        else:
            entry |= {"code": int(value), "label": field.classes[int(value)]}
        shown.append(entry)
    return tuple(shown)


def scatter(points: Array, labels: Array | None, indices: Indices) -> dict[str, Any]:
    """Points of a two-column table (N, 2), for a picture of the plane: `x`, `y` and, with `labels`, `classes`."""
    chosen = indices[np.linspace(0, len(indices) - 1, min(len(indices), MOST_SCATTERED)).astype(np.int64)]
    chosen = chosen[~np.isnan(points[chosen]).any(axis=1)]
    found: dict[str, Any] = {
        "x": [float(f"{x:.4g}") for x in points[chosen, 0]],
        "y": [float(f"{y:.4g}") for y in points[chosen, 1]],
    }
    if labels is not None:
        found["classes"] = labels[chosen].astype(np.int64).tolist()
    return found


def _image(field: DataField, value: Array) -> dict[str, Any]:
    """One image (channel, height, width), at most four channels of it, shrunk by averaging to at most 32 × 32."""
    x = value[: 4 if len(value) in (3, 4) else 1].astype(np.float64)
    for axis in (1, 2):
        most = min(max(MOST_PIXELS, MOST_PIXELS**2 // value.shape[3 - axis]), MOST_STRIP)
        if x.shape[axis] > most:
            edges = np.linspace(0, x.shape[axis], most + 1).astype(np.int64)
            sizes = np.diff(edges).reshape([-1 if a == axis else 1 for a in range(3)])
            x = np.add.reduceat(x, edges[:-1], axis=axis) / sizes
    low, high = (0.0, 255.0) if value.dtype == np.uint8 else _range(field)
    pixels = np.clip(np.rint((x - low) * (255.0 / ((high - low) or 1.0))), 0, 255).astype(np.uint8)
    return {
        "channels": pixels.shape[0],
        "height": pixels.shape[1],
        "width": pixels.shape[2],
        "pixels": base64.b64encode(pixels.tobytes()).decode("ascii"),
    }


def _mask(value: Array) -> dict[str, Any]:
    """A class at every position (height, width), or at every step as one row, thinned out to at most 48 × 48; codes
    beyond 255 look like 255."""
    thin = value if value.ndim == 2 else value[None]
    for axis in (0, 1):
        if thin.shape[axis] > MOST_MASKED:
            places = np.linspace(0, thin.shape[axis] - 1, MOST_MASKED).round().astype(np.int64)
            thin = np.take(thin, places, axis=axis)
    codes = np.minimum(thin, 255).astype(np.uint8)
    return {
        "height": codes.shape[0],
        "width": codes.shape[1],
        "codes": base64.b64encode(codes.tobytes()).decode("ascii"),
    }


def _short(value: float) -> float:
    """Six significant digits: a float32 as a person would write it."""
    return float(f"{float(value):.6g}")


def _range(field: DataField) -> tuple[float, float]:
    return float(field.statistics.get("minimum", 0.0)), float(field.statistics.get("maximum", 1.0))


def _cell(x: float, names: tuple[str, ...] | None) -> float | str | None:
    if np.isnan(x):
        return None
    return _short(x) if names is None else names[int(x)]
