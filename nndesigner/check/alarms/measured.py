"""What a run has measured, as the rules read it: numbers of every node over time, and the curves. It knows no file.

Arrays go by look (oldest first) and node; NaN stands where a node has no such number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Looks:
    """Some numbers of every node, once per look. `nodes` are keys (an id, or `a/0/b` inside blocks) in data order;
    `numbers` maps the name of a number to an array (looks, nodes)."""

    steps: tuple[int, ...] = ()
    nodes: tuple[str, ...] = ()
    numbers: Mapping[str, Floats] = field(default_factory=dict)

    def of(self, number: str) -> Floats:
        """(looks, nodes); without rows where the number was never measured."""
        return self.numbers.get(number, np.zeros((0, len(self.nodes))))

    def newest(self, number: str) -> Floats:
        """(nodes,) of the last look; NaN where there was none."""
        found = self.of(number)
        return found[-1] if len(found) else np.full(len(self.nodes), np.nan)

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, eq=False)
class Measured:
    """All of a run that a rule may read.

    `health` and `updates` hold what those two measurements keep over time; `curves` maps (split, name) to the values of
    whole epochs, oldest first. `begun` is the loss of the first step, before anything was learned; NaN where it is not
    known. `blamed` is the key of the node at which values were first not finite ("" where it is
    none), `blame` the sentence about it, "" while every value was finite.
    """

    health: Looks = Looks()
    updates: Looks = Looks()
    curves: Mapping[tuple[str, str], Floats] = field(default_factory=dict)
    begun: float = float("nan")
    confusion: tuple[npt.NDArray[np.int64], ...] = ()
    """(classes, classes) of the last evaluations, oldest first: rows are the truth, columns what was answered"""
    blamed: str = ""
    blame: str = ""

    def epochs(self, split: str, name: str) -> Floats:
        return self.curves.get((split, name), np.zeros(0))


def raised(values: Floats, rise: float, fall: float, looks: int) -> npt.NDArray[np.bool_]:
    """Which columns of (looks, n) are in alarm after the last row, with hysteresis.

    An alarm rises once a value was above `rise` for so many looks in a row, and falls when one is below `fall`. What
    is NaN was not measured, and changes nothing.
    """
    on = np.zeros(values.shape[1], np.bool_)
    above = np.zeros(values.shape[1], np.int64)
    for row in values:
        known = ~np.isnan(row)
        over = known & (row > rise)
        above = np.where(over, above + 1, np.where(known, 0, above))
        on = (on & ~(known & (row < fall))) | (above >= max(looks, 1))
    return on


def raised_one(values: Sequence[float] | Floats, rise: float, fall: float, looks: int) -> bool:
    """`raised` of a single series."""
    return bool(raised(np.asarray(values, np.float64).reshape(-1, 1), rise, fall, looks)[0])


def numbered(flags: npt.NDArray[np.bool_]) -> Iterator[int]:
    """The places that are set."""
    yield from np.flatnonzero(flags).tolist()
