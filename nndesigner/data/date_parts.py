"""Dates as a network can use them: days to count with, and where in the year, the week and the day they lie.

A place in a cycle is given as the sine and cosine of its angle, so that the end of a year lies beside its beginning.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nndesigner.data.csv_columns import Column

YEAR = 365.2425
"""days of a mean Gregorian year"""
SEPARATOR = " · "

# name of a part → length of the cycle in days, and the function of the angle
_PARTS = {
    "year (sin)": (YEAR, np.sin),
    "year (cos)": (YEAR, np.cos),
    "week (sin)": (7.0, np.sin),
    "week (cos)": (7.0, np.cos),
    "day (sin)": (1.0, np.sin),
    "day (cos)": (1.0, np.cos),
}


def expanded(column: Column) -> list[Column]:
    """A date column (days since 2000-01-01) and its parts as columns of numbers; of the day only where hours are."""
    known = column.values[~np.isnan(column.values)]
    hours = bool(np.any(known % 1 != 0))
    return [
        column,
        *(
            replace(column, name=name, values=part_of(name, column.values), wrong=())
            for part in _PARTS
            if hours or not part.startswith("day")
            for name in (f"{column.name}{SEPARATOR}{part}",)
        ),
    ]


def base_of(name: str) -> str:
    """The column of the file that a column was made from: “seen” for “seen · week (sin)”."""
    base, separator, part = name.rpartition(SEPARATOR)
    return base if separator and part in _PARTS else name


def part_of(name: str, days: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The values of a column of that name from the days of its date: f(2π · days / cycle); the days for the date."""
    part = name.rpartition(SEPARATOR)[2]
    if base_of(name) == name:
        return days
    cycle, function = _PARTS[part]
    return np.asarray(function(2 * np.pi * (days.astype(np.float64) % cycle) / cycle), np.float32)
