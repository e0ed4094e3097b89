"""Samples by what is known of them: a class, a category of a table, or a number in bins. For metrics per group.

What can be grouped by is read from the fields alone (`choices`), so that a list of it needs no data; `Grouping` then
gives each sample its group. It knows no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.source import Array

BINS = 5
MOST_BINS = 20
MOST_GROUPS = 60
"""groups that are told apart; samples of further ones are counted together"""
MOST_RANKED = 100_000
"""samples from which the ends of the bins are taken"""
MOST_COLUMNS = 200


@dataclass(frozen=True)
class Choice:
    """One thing to group by: `field` and, in a table or of several numbers, the number of its `column`."""

    field: str
    column: int
    label: str
    names: tuple[str, ...] = ()
    """of the groups; () for numbers, which are put into bins"""

    @property
    def key(self) -> str:
        """The name by which it is asked for; stable for a data source."""
        return self.field if self.column < 0 else f"{self.field}/{self.column}"


def choices(fields: Mapping[str, DataField]) -> tuple[Choice, ...]:
    """Everything that samples can be grouped by, in the order of the fields."""
    found: list[Choice] = []
    for field in fields.values():
        if field.kind == "class":
            found.append(Choice(field.name, -1, field.name, field.classes))
        elif field.kind == "table":
            columns = field.preparation.get("columns", ())
            for i, name in enumerate(field.columns[:MOST_COLUMNS]):
                column = columns[i] if i < len(columns) else {}
                names = tuple(column["names"]) if column.get("kind") == "category" else ()
                found.append(Choice(field.name, i, name, names))
        elif field.kind == "number":
            width = max(len(field.columns), field.sizes[0] if field.sizes else 1)
            for i in range(min(width, MOST_COLUMNS)):
                name = field.columns[i] if i < len(field.columns) else f"{field.name} {i + 1}"
                found.append(Choice(field.name, i, name if width > 1 else field.name))
    return tuple(found)


class Grouping:
    """Which group each sample of a part is in."""

    def __init__(self, choice: Choice, names: tuple[str, ...], edges: npt.NDArray[np.float64] | None) -> None:
        self.choice, self._edges = choice, edges
        more = len(names) > MOST_GROUPS
        self.names = (
            *names[:MOST_GROUPS],
            *((tr("{n} others together", n=len(names) - MOST_GROUPS),) if more else ()),
            tr("missing"),
        )
        """of the groups by their code; the last one is for samples of which it is not known"""

    def codes(self, array: Array) -> npt.NDArray[np.int64]:
        """The group of each sample, (n,) int64, for raw values of the field, sample axis first."""
        values = _column(self.choice, array)
        known = np.isfinite(values)
        safe = np.where(known, values, 0.0)
        if self._edges is None:
            code = np.minimum(safe.astype(np.int64), len(self.names) - 2)
        else:
            code = np.searchsorted(self._edges, safe, side="right")
        return np.where(known, code, len(self.names) - 1)


def grouping(
    fields: Mapping[str, DataField],
    arrays: Mapping[str, Array],
    rows: npt.NDArray[np.int64],
    key: str,
    bins: int = BINS,
) -> Grouping:
    """How `rows` are grouped by what `key` names (`Choice.key`). Numbers go into `bins` of about as many samples each;
    numbers with no more different values than that are groups themselves. Raises Refusal for a key that there is not.
    """
    known = {choice.key: choice for choice in choices(fields)}
    choice = known.get(key)
    if choice is None:
        raise Refusal(
            tr(
                "The data has nothing called “{key}” to group by. It has: {known}.",
                key=key,
                known=", ".join(list(known)[:30]) or "–",
            )
        )
    if choice.names:
        return Grouping(choice, choice.names, None)
    bins = min(max(bins, 2), MOST_BINS)
    step = max(1, -(-len(rows) // MOST_RANKED))
    values = _column(choice, arrays[choice.field][rows[::step]])
    values = values[np.isfinite(values)]
    different = np.unique(values)
    if 0 < len(different) <= bins:
        return Grouping(choice, tuple(_short(v) for v in different), (different[:-1] + different[1:]) / 2)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])) if len(values) else np.zeros(0)
    ends = [_short(v) for v in edges]
    names = [
        tr("below {end}", end=ends[0]) if ends else tr("all"),
        *(f"{low} … {high}" for low, high in pairwise(ends)),
        *([tr("from {end}", end=ends[-1])] if ends else []),
    ]
    return Grouping(choice, tuple(names), edges)


def _column(choice: Choice, array: Array) -> npt.NDArray[np.float64]:
    values = np.asarray(array, np.float64)
    return values.reshape(len(values), -1)[:, max(choice.column, 0)]


def _short(value: float) -> str:
    return f"{float(value):.4g}"
