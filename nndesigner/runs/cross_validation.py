"""k-fold cross-validation as it is read off the run folders: which runs belong together, and what came out of them.

Each run of it says so in its record: `group` is {"kind": KIND, "id", "fold" (from 1 on), "folds"}. Everything here is
made from the summaries of runs, so that it can be had again at any time.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from nndesigner.base.csv_text import csv_text
from nndesigner.runs.listing import RunSummary

KIND = "cross-validation"
PARTS = ("validation", "test", "train")
"""in the order in which their metrics are shown"""
DONE = ("finished", "early")
"""states of a run whose metrics count"""


class Folds(msgspec.Struct, frozen=True):
    """One cross-validation: its runs by fold, None where a fold has not been trained."""

    id: str
    runs: tuple[RunSummary | None, ...]

    @property
    def name(self) -> str:
        """Of its first run, without the fold."""
        first = next(run for run in self.runs if run is not None)
        return first.name.partition("-fold-")[0]

    @property
    def done(self) -> int:
        """Folds that were trained to their end."""
        return sum(run is not None and run.state in DONE for run in self.runs)

    @property
    def whole(self) -> bool:
        return self.done == len(self.runs)


class Line(msgspec.Struct, frozen=True):
    """One metric of one part of the data: its value in each fold (None where there is none), the mean of those that
    are there, and their standard deviation with n - 1 in the denominator; None for fewer than two."""

    part: str
    metric: str
    values: tuple[float | None, ...]
    mean: float | None
    deviation: float | None


def group_of(id: str, fold: int, folds: int) -> dict[str, Any]:
    """What the record of a run says of the cross-validation that it belongs to."""
    return {"kind": KIND, "id": id, "fold": fold, "folds": folds}


def folds_of(runs: Sequence[RunSummary]) -> tuple[Folds, ...]:
    """The cross-validations among runs, in the order in which they began; of two runs of one fold the later counts."""
    found: dict[str, list[RunSummary | None]] = {}
    for run in runs:
        place = _place(run.group)
        if place is None:
            continue
        id, fold, folds = place
        members = found.setdefault(id, [None] * folds)
        if fold <= len(members):
            members[fold - 1] = run
    return tuple(Folds(id, tuple(members)) for id, members in found.items() if any(members))


def _place(group: Mapping[str, Any]) -> tuple[str, int, int] | None:
    id, fold, folds = group.get("id"), group.get("fold"), group.get("folds")
    if group.get("kind") != KIND or not isinstance(id, str):
        return None
    if not isinstance(fold, int) or not isinstance(folds, int) or not 1 <= fold <= folds <= 1000:
        return None
    return id, fold, folds


def lines(folds: Folds) -> tuple[Line, ...]:
    """Every metric at the end of the runs. A run that did not come to its end has no values."""
    metrics = [_metrics(run) for run in folds.runs]
    names = dict.fromkeys(key for part in PARTS for found in metrics for key in found if key[0] == part)
    return tuple(_line(part, name, [found.get((part, name)) for found in metrics]) for part, name in names)


def _metrics(run: RunSummary | None) -> dict[tuple[str, str], float]:
    if run is None or run.state not in DONE:
        return {}
    told = run.result.get("metrics")
    return {
        (part, str(name)): float(value)
        for part, found in (told.items() if isinstance(told, Mapping) else ())
        if isinstance(found, Mapping)
        for name, value in found.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def _line(part: str, name: str, values: Sequence[float | None]) -> Line:
    known = [value for value in values if value is not None]
    return Line(
        part,
        name,
        tuple(values),
        statistics.fmean(known) if known else None,
        statistics.stdev(known) if len(known) > 1 else None,
    )


def as_csv(folds: Folds) -> str:
    """The table as text: part, metric, a column for each fold, mean, standard deviation. Numbers with all digits."""
    numbers = range(1, len(folds.runs) + 1)
    header = ["part", "metric", *(f"fold {n}" for n in numbers), "mean", "standard deviation"]
    return csv_text(
        header, ([line.part, line.metric, *line.values, line.mean, line.deviation] for line in lines(folds))
    )
