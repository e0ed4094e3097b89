"""Runs side by side: what was set differently, and what came out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from nndesigner.runs.history import RunHistory
from nndesigner.runs.listing import RunSummary

LOWER_IS_BETTER = ("loss", "mae", "rmse", "perplexity")
"""what the name of a number begins with where a smaller one is better; of a metric of the user's own "error" or "loss"
among the words of its name say so"""


class Comparison(msgspec.Struct, frozen=True):
    """`settings` maps a setting that differs to its value in each run (None where a run has none); `metrics` maps
    (split, name) to each run's best value, and `best` to the position of the run that has the best of all."""

    runs: tuple[str, ...]
    settings: dict[str, tuple[Any, ...]]
    metrics: dict[tuple[str, str], tuple[float | None, ...]]
    best: dict[tuple[str, str], int]


def compare(summaries: Sequence[RunSummary], histories: Sequence[RunHistory]) -> Comparison:
    """The runs in the order given, one history for each."""
    if len(summaries) != len(histories):
        raise ValueError("one history for each run")
    plans = [summary.plan for summary in summaries]
    metrics: dict[tuple[str, str], tuple[float | None, ...]] = {}
    best: dict[tuple[str, str], int] = {}
    for key in sorted({key for history in histories for key in history.curves()}):
        values = tuple(best_value(history, *key) for history in histories)
        metrics[key] = values
        known = [(value, i) for i, value in enumerate(values) if value is not None]
        if known:
            pick = min if smaller_is_better(key[1]) else max
            best[key] = pick(known, key=lambda pair: pair[0])[1]
    return Comparison(tuple(s.name for s in summaries), differing(plans), metrics, best)


def differing(plans: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """The settings that are not the same in all plans."""
    names = sorted({name for plan in plans for name in plan})
    rows = {name: tuple(plan.get(name) for plan in plans) for name in names}
    return {name: row for name, row in rows.items() if any(value != row[0] for value in row)}


def smaller_is_better(name: str) -> bool:
    bare = name.removeprefix("epoch ")
    return bare.startswith(LOWER_IS_BETTER) or bool(
        {"error", "loss"} & set(bare.partition(" · ")[0].split("_"))
    )


def best_value(history: RunHistory, split: str, name: str) -> float | None:
    """The best value of a curve; None for an empty one."""
    values = history.series(split, name).values
    if not len(values):
        return None
    return float(np.min(values) if smaller_is_better(name) else np.max(values))
