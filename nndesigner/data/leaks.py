"""Columns that give the answer away: they hold the target under another name, or decide it.

Such a column is often filled in only after the answer is known; a network that learns from it is of no use.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nndesigner.base.text import listing, tr
from nndesigner.data.csv_columns import Column
from nndesigner.data.source import Array

FEWEST_ROWS = 12
"""fewer rows agree by chance"""
ROWS_PER_VALUE = 3
"""a value that stands in fewer rows than this, on average, decides everything: it tells rows apart"""
LINEAR = 1 - 1e-9
"""a correlation from which on a column of numbers is the target on another scale"""


def leaks(inputs: list[Column], target: str, answers: Array) -> list[str]:
    """A sentence for the input columns that equal or decide the target: `answers` (rows,) class codes or (rows, 1).

    `inputs` hold the same rows.
    """
    same: list[str] = []
    decides: list[str] = []
    for column in inputs:
        verdict = _verdict(column, answers)
        if verdict:
            (same if verdict == "same" else decides).append(f"“{column.name}”")
    sentences = []
    if same:
        sentences.append(
            tr(
                "{names} says the same as the target “{target}”: whoever knows it needs no network. Leave it out"
                " unless it is known before the answer.",
                names=listing(same[:5]),
                target=target,
            )
        )
    if decides:
        sentences.append(
            tr(
                "{names} decides the target “{target}”: in all rows the same value goes with the same answer. Leave it"
                " out unless it is known before the answer.",
                names=listing(decides[:5]),
                target=target,
            )
        )
    return sentences


def _verdict(column: Column, answers: Array) -> str:
    """ "same", "decides" or ""."""
    known = ~np.isnan(column.values)
    x = column.values[known]
    y = answers.reshape(len(answers))[known]
    if len(x) < FEWEST_ROWS or len(x) < len(known) / 2 or len(np.unique(y[:1])) == len(np.unique(y)):
        return ""
    if answers.dtype.kind == "f" and column.kind == "number":
        return "same" if _linear(x, y) else ""
    values, place = np.unique(x, return_inverse=True)
    if not 2 <= len(values) <= len(x) / ROWS_PER_VALUE:
        return ""
    low = np.full(len(values), np.inf)
    high = np.full(len(values), -np.inf)
    np.minimum.at(low, place, y)
    np.maximum.at(high, place, y)
    if np.any(low != high):
        return ""
    return "same" if len(values) == len(np.unique(y)) else "decides"


def _linear(x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]) -> bool:
    a, b = x.astype(np.float64), y.astype(np.float64)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return size > 0 and abs(float(a @ b)) / size >= LINEAR
