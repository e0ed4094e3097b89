"""What a training plan says of watching: which samples, and what it may cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nndesigner.protocol.controls import SetBudget, Watch

FEWEST, MOST = 16, 64
"""samples that are watched, where they are not chosen one by one"""
BUDGET = 0.02
"""the share of the time that watching may take, where nothing else is said"""


def watch_of(plan: Mapping[str, Any]) -> Watch:
    """Which samples the plan's values name."""
    return Watch(
        str(plan.get("watched", "evenly")),
        str(plan.get("watched_class", "")),
        sample_numbers(str(plan.get("watched_samples", ""))),
        min(max(int(plan.get("watched_count", MOST)), FEWEST), MOST),
    )


def budget_of(plan: Mapping[str, Any]) -> SetBudget:
    """What watching may cost by the plan's values, which are percent."""
    percent = plan.get("monitor_budget", 100 * BUDGET)
    return SetBudget(float(percent) / 100)


def sample_numbers(text: str) -> tuple[int, ...]:
    """(5, 17) of "5, 17": each once, at most 64; what is no number is left out."""
    words = text.replace(",", " ").replace(";", " ").split()
    found = dict.fromkeys(int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 16)
    return tuple(found)[:MOST]
