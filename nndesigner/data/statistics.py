"""What the numbers of the data look like: range, mean, spread, missing values, histograms, class counts.

All of it is measured on the samples it is given (the training part), a chunk at a time so that a large array is never
copied. It prepares nothing and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.data.source import Array
from nndesigner.data.stored import Held, release

MOST_BINS = 32
MOST_HISTOGRAMS = 256
"""Columns beyond this number get no histogram: what is found is kept in the project file, which stays small."""
MOST_COUNTED = 32
"""Tokens and categories listed with their counts, most frequent first."""

_CHUNK_VALUES = 1 << 20
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Measures per column (the `axis` of `moments`), each an array of that length. NaN counts as missing.

    A column that has no value at all has minimum, maximum, mean and std 0. `std` is the population's (divided by n).
    """

    minimum: Floats
    maximum: Floats
    mean: Floats
    std: Floats
    count: Integers
    missing: Integers


def moments(array: Array, indices: Integers, axis: int) -> Moments:
    """Per column along sample axis `axis` (0 for the channels of an image, -1 for the columns of a table)."""
    if array.dtype == np.uint8:
        return _of_bytes(byte_counts(array, indices, axis))
    k = array.shape[1 if axis == 0 else -1]
    low, high, total = np.full(k, np.inf), np.full(k, -np.inf), np.zeros(k)
    count = np.zeros(k, np.int64)
    seen = 0
    for x, known in _chunks(array, indices, axis):
        low = np.minimum(low, np.where(known, x, np.inf).min(axis=0))
        high = np.maximum(high, np.where(known, x, -np.inf).max(axis=0))
        total += np.where(known, x, 0.0).sum(axis=0)
        count += known.sum(axis=0)
        seen += len(x)
    mean = total / np.maximum(count, 1)
    squares = np.zeros(k)
    for x, known in _chunks(array, indices, axis):  # a second pass: one pass over squares cancels
        squares += np.square(np.where(known, x - mean, 0.0)).sum(axis=0)
    empty = count == 0
    return Moments(
        minimum=np.where(empty, 0.0, low),
        maximum=np.where(empty, 0.0, high),
        mean=mean,
        std=np.sqrt(squares / np.maximum(count, 1)),
        count=count,
        missing=seen - count,
    )


def byte_counts(array: Array, indices: Integers, axis: int) -> Integers:
    """(columns, 256): how often each value of an array of bytes occurs, in one pass; columns as of `moments`."""
    counts = np.zeros((array.shape[1 if axis == 0 else -1], 256), np.int64)
    for rows in _row_chunks(array, indices):
        part = array[rows]
        for column, tally in enumerate(counts):
            tally += np.bincount(part.take(column, 1 if axis == 0 else -1).ravel(), minlength=256)
    return counts


def _of_bytes(counts: Integers) -> Moments:
    values = np.arange(256.0)
    number = counts.sum(axis=1)
    mean = counts @ values / np.maximum(number, 1)
    there = counts > 0
    squares = (counts * np.square(values - mean[:, None])).sum(axis=1)
    return Moments(
        minimum=np.where(there.any(axis=1), there.argmax(axis=1), 0).astype(np.float64),
        maximum=np.where(there.any(axis=1), 255 - there[:, ::-1].argmax(axis=1), 0).astype(np.float64),
        mean=mean,
        std=np.sqrt(squares / np.maximum(number, 1)),
        count=number,
        missing=np.zeros(len(counts), np.int64),
    )


def median(array: Array, indices: Integers) -> Floats:
    """The median of each column of a table (N, columns), missing values left out; 0 for an empty column."""
    result = np.zeros(array.shape[1])
    for column in range(array.shape[1]):
        values = array[indices, column].astype(np.float64)
        release(array)
        values = values[~np.isnan(values)]
        if len(values):
            result[column] = np.median(values)
    return result


def seen_codes(
    array: Array, indices: Integers, columns: Mapping[int, int]
) -> dict[int, npt.NDArray[np.bool_]]:
    """For columns of category codes, with their number of categories: which of them stand in these rows."""
    seen = {column: np.zeros(number, bool) for column, number in columns.items()}
    for rows in _row_chunks(array, indices):
        part = array[rows]
        for column, there in seen.items():
            codes = part[:, column]
            there[codes[~np.isnan(codes)].astype(np.int64)] = True
    return seen


def summarize(
    field: DataField, array: Array, indices: Integers, categories: Mapping[int, tuple[str, ...]]
) -> dict[str, Any]:
    """`DataField.statistics`, plain numbers only, for the samples `indices` of `array`.

    Always `samples`. Kind class: `counts`, one per class (of positions, where there is a class at
    every one). Kind tokens: `distinct` and `counts` by token. Others:
    `missing`, `minimum`, `maximum`, `mean`, `std`, `histogram`
    ({"start", "end", "counts"}); a table, and a number of several values, instead lists `columns`, one dict each with
    `name`, `kind` ("number" or "category") and the same entries, or `counts` by category name.
    """
    found: dict[str, Any] = {"samples": len(indices)}
    if field.kind == "class":
        tally = np.zeros(len(field.classes), np.int64)
        for rows in _row_chunks(array, indices):
            tally += np.bincount(array[rows].ravel(), minlength=len(field.classes))
        found["counts"] = tally.tolist()
    elif field.kind == "tokens":
        counts = np.zeros(len(field.tokens), np.int64)
        for rows in _row_chunks(array, indices):
            counts += np.bincount(array[rows].ravel(), minlength=len(field.tokens))
        found["distinct"] = int(np.count_nonzero(counts))
        found["counts"] = _most_frequent(field.tokens, counts)
    elif field.kind == "table" or (field.kind == "number" and array.shape[1] > 1):
        found["columns"] = _columns(field, array, indices, categories)
        found["missing"] = sum(column["missing"] for column in found["columns"])
    elif array.dtype == np.uint8:
        counts = byte_counts(array.reshape(len(array), 1, -1), indices, 0)
        found |= _describe(_of_bytes(counts), 0)
        found["histogram"] = _byte_histogram(counts[0], found)
    else:
        found |= _describe(moments(array.reshape(len(array), -1, 1), indices, -1), 0)
        found["histogram"] = _histograms(array.reshape(len(array), -1, 1), indices, [found])[0]
    return found


def plain(value: float) -> float:
    """Nine significant digits: enough for float32, the same text on every machine, short in the project file."""
    return float(f"{float(value):.9g}")


def _columns(
    field: DataField, array: Array, indices: Integers, categories: Mapping[int, tuple[str, ...]]
) -> list[dict[str, Any]]:
    measured = moments(array, indices, -1)
    columns: list[dict[str, Any]] = []
    for i in range(array.shape[1]):
        name = field.columns[i] if i < len(field.columns) else str(i + 1)
        if i in categories:
            values = array[indices, i]
            codes = values[~np.isnan(values)].astype(np.int64)
            counts = np.bincount(codes, minlength=len(categories[i]))
            columns.append(
                {
                    "name": name,
                    "kind": "category",
                    "missing": int(measured.missing[i]),
                    "categories": len(categories[i]),
                    "counts": _most_frequent(categories[i], counts),
                }
            )
        else:
            columns.append({"name": name, "kind": "number", **_describe(measured, i)})
    numbers = [i for i in range(len(columns)) if i not in categories][:MOST_HISTOGRAMS]
    if not numbers:
        return columns
    bins = MOST_BINS if len(numbers) <= 16 else MOST_BINS // 2
    histograms = _histograms(array, indices, [columns[i] for i in numbers], bins, numbers)
    for i, histogram in zip(numbers, histograms, strict=True):
        columns[i]["histogram"] = histogram
    return columns


def _describe(measured: Moments, i: int) -> dict[str, Any]:
    return {
        "missing": int(measured.missing[i]),
        "minimum": plain(measured.minimum[i]),
        "maximum": plain(measured.maximum[i]),
        "mean": plain(measured.mean[i]),
        "std": plain(measured.std[i]),
    }


def _histograms(
    array: Array,
    indices: Integers,
    described: list[dict[str, Any]],
    bins: int = MOST_BINS,
    columns: list[int] | None = None,
) -> list[dict[str, Any]]:
    """One per column of the last axis, or of those `columns`. Few whole numbers get a bin each, so that digits show as
    digits."""
    which = slice(None) if columns is None else columns
    whole = [True] * len(described)
    for x, known in _chunks(array, indices, -1, which):
        for i in range(len(described)):
            whole[i] = whole[i] and bool(np.all(x[known[:, i], i] % 1 == 0))
    ranges = [_range(column, whole[i], bins) for i, column in enumerate(described)]
    counts = [np.zeros(number, np.int64) for _, _, number in ranges]
    for x, known in _chunks(array, indices, -1, which):
        for i, (start, end, number) in enumerate(ranges):
            counts[i] += np.bincount(_bins(x[known[:, i], i], start, end, number), minlength=number)
    return [
        {"start": start, "end": end, "counts": tally.tolist()}
        for (start, end, _), tally in zip(ranges, counts, strict=True)
    ]


def _byte_histogram(counts: Integers, described: dict[str, Any]) -> dict[str, Any]:
    start, end, number = _range(described, True, MOST_BINS)
    tally = np.zeros(number, np.int64)
    there = np.flatnonzero(counts)
    np.add.at(tally, _bins(there.astype(np.float64), start, end, number), counts[there])
    return {"start": start, "end": end, "counts": tally.tolist()}


def _range(described: dict[str, Any], whole: bool, bins: int) -> tuple[float, float, int]:
    """Where a histogram starts and ends, and its number of bins."""
    low, high = described["minimum"], described["maximum"]
    if whole and high - low < bins:
        return low - 0.5, high + 0.5, int(high - low) + 1
    return (low, high, bins) if high - low > 0 else (low - 0.5, low + 0.5, 1)


def _bins(values: Floats, start: float, end: float, number: int) -> Integers:
    # Clipped: rounding the ends to nine digits may have left the extreme value just outside. Not np.histogram, which
    # refuses a range that its bins cannot resolve.
    place = np.floor((values - start) * (number / ((end - start) or 1.0)))
    return np.clip(place, 0, number - 1).astype(np.int64)


def _most_frequent(names: tuple[str, ...], counts: Integers) -> dict[str, int]:
    order = np.argsort(-counts, kind="stable")[:MOST_COUNTED]
    return {names[i]: int(counts[i]) for i in order if counts[i]}


def _row_chunks(array: Array, indices: Integers) -> Iterator[Integers]:
    per_row = max(1, int(np.prod(array.shape[1:])))
    step = max(1, _CHUNK_VALUES // per_row)
    held = Held(array)
    for start in range(0, len(indices), step):
        yield indices[start : start + step]
        held.read(step)


def _chunks(
    array: Array, indices: Integers, axis: int, columns: slice | list[int] = slice(None)
) -> Iterator[tuple[Floats, npt.NDArray[np.bool_]]]:
    """Rows of (values, columns) in float64, and where they are not missing. `columns` are those of the last axis."""
    for rows in _row_chunks(array, indices):
        x = array[rows][..., columns].astype(np.float64)
        if axis == 0:
            x = np.moveaxis(x, 1, -1)
        x = x.reshape(-1, x.shape[-1])
        yield x, ~np.isnan(x)
