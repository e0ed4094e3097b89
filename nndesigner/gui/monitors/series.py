"""Numbers made ready to be drawn: fewer points without losing a spike, smoothed lines, ranges that move in steps.

Plain numpy; it knows no widget and no run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MOST_POINTS = 2000
"""points of one drawn curve"""
_BLOCK = 128


def decimated(x: Floats, y: Floats, most: int = MOST_POINTS) -> tuple[Floats, Floats]:
    """At most `most` of the points, every peak and every dip among them; x ascending."""
    n = len(x)
    if n <= most:
        return x, y
    buckets = max(most // 2 - 1, 1)
    size = -(-n // buckets)
    full = n // size
    inner = y[: full * size].reshape(full, size)
    starts = np.arange(full) * size
    both = np.stack((inner.argmin(axis=1) + starts, inner.argmax(axis=1) + starts), axis=1)
    both.sort(axis=1)
    chosen = both.ravel()
    rest = y[full * size :]
    if len(rest):
        ends = sorted({int(rest.argmin()) + full * size, int(rest.argmax()) + full * size})
        chosen = np.concatenate((chosen, ends))
    if chosen[-1] != n - 1:
        chosen = np.append(chosen, n - 1)  # the newest value is always there
    return x[chosen], y[chosen]


def thinned(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """Evenly spread points of a smooth line, first and last among them."""
    if len(x) <= most:
        return x, y
    chosen = np.linspace(0, len(x) - 1, most).round().astype(np.int64)
    return x[chosen], y[chosen]


class Peaks:
    """Of a growing curve the places of the least and the greatest value of every block of 64, each looked at once: what
    a picture of millions of points needs, without going through them for every picture."""

    BLOCK = 64

    def __init__(self) -> None:
        self._places = np.zeros(0, np.int64)
        self._blocks = 0
        self._mark = 0.0
        """the last value of the blocks that were looked at"""
        self.finite = True
        """whether every value is"""

    def __call__(self, values: Floats) -> npt.NDArray[np.int64]:
        """Ascending places in `values`, which are those of the last call and newer ones (or something else altogether);
        the newest, which fill no block yet, are all among them."""
        done = self._blocks * self.BLOCK
        if done > len(values) or (done and values[done - 1] != self._mark):
            self._blocks, done, self.finite = 0, 0, True
        blocks = max(len(values) - 1, 0) // self.BLOCK  # the newest value is always among the places
        end = blocks * self.BLOCK
        if blocks > self._blocks:
            new = np.ascontiguousarray(values[done:end]).reshape(-1, self.BLOCK)
            good = np.isfinite(new)
            self.finite = self.finite and bool(good.all())
            starts = np.arange(done, end, self.BLOCK)
            low = np.where(good, new, np.inf).argmin(axis=1) + starts
            high = np.where(good, new, -np.inf).argmax(axis=1) + starts
            if 2 * blocks > len(self._places):
                self._places = np.concatenate((self._places, np.zeros(4 * blocks, np.int64)))
            self._places[2 * self._blocks : 2 * blocks : 2] = np.minimum(low, high)
            self._places[2 * self._blocks + 1 : 2 * blocks : 2] = np.maximum(low, high)
            self._blocks, self._mark = blocks, float(values[end - 1])
        if not np.isfinite(values[end:]).all():
            self.finite = False
        return np.concatenate((self._places[: 2 * blocks], np.arange(end, len(values))))


def within(x: npt.NDArray[Any], left: float, right: float) -> slice:
    """The part of ascending `x` between two ends, with a neighbour on each side so that lines leave the picture."""
    first = int(np.searchsorted(x, left, side="left"))
    last = int(np.searchsorted(x, right, side="right"))
    return slice(max(first - 1, 0), min(last + 1, len(x)))


class Smoother:
    """An exponential moving average that only looks at what is new.

    s₀ = x₀, sᵢ = d·sᵢ₋₁ + (1 - d)·xᵢ, with `decay` d from 0 (none) to below 1.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self._seen = np.zeros(0)
        self._out = np.zeros(0)
        self._length = 0

    def __call__(self, values: Floats) -> Floats:
        """The average of `values`, which are those of the last call and newer ones (or something else altogether)."""
        if self.decay <= 0:
            return values
        kept = min(self._length, len(values))
        if kept < self._length or (kept and values[kept - 1] != self._seen[kept - 1]):
            # Cut short by a resume: the newest common value decides, then the whole of it.
            kept = kept if kept and np.array_equal(values[:kept], self._seen[:kept]) else 0
        if len(values) > len(self._out):
            room = max(1024, 2 * len(values))
            out, seen = np.zeros(room), np.zeros(room)
            out[:kept], seen[:kept] = self._out[:kept], self._seen[:kept]
            self._out, self._seen = out, seen
        self._seen[kept : len(values)] = values[kept:]
        self._length = len(values)
        self._extend(kept)
        return self._out[: self._length]

    def _extend(self, start: int) -> None:
        d = self.decay
        if start == 0 and self._length:
            self._out[0] = self._seen[0]
            start = 1
        # In blocks: a sum with growing weights instead of a loop. A block is short enough not to overflow.
        block = max(1, min(_BLOCK, int(-200 / math.log10(d)) if d < 1 else _BLOCK))
        grow = d ** -np.arange(1.0, block + 1)
        while start < self._length:
            end = min(start + block, self._length)
            up = grow[: end - start]
            self._out[start:end] = (
                self._out[start - 1] + (1 - d) * np.cumsum(self._seen[start:end] * up)
            ) / up
            start = end


def nice_step(span: float) -> float:
    """1, 2 or 5 times a power of ten, about an eighth of `span`."""
    rough = max(span, 1e-300) / 8
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * 0.999)


def nice_above(value: float) -> float:
    """The next round number at or above a positive value."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        m * power
        for m in (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
        if m * power >= value * 0.999999
    )


def steady_range(low: float, high: float, before: tuple[float, float] | None = None) -> tuple[float, float]:
    """A range with room around low…high. The one before stands while it holds them and is not far too large:
    laying out an axis anew costs more than drawing a curve.
    """
    if before is not None:
        length = before[1] - before[0]
        floor = before[0] == 0.0 <= low  # a loss may touch zero
        held = (floor or before[0] + 0.02 * length <= low) and high <= before[1] - 0.02 * length
        if held and (high - low) >= 0.4 * length:
            return before
    span = high - low
    if span <= 1e-12 * max(abs(low), abs(high), 1e-12):
        span = max(abs(high) * 0.2, 1e-3)
    step = nice_step(span)
    bottom = math.floor((low - 0.04 * span) / step) * step
    top = math.ceil((high + 0.06 * span) / step) * step
    if low >= 0 > bottom:
        bottom = 0.0
    return bottom, top


MOST_RANKED = 20_000
"""values of a curve that are put in order to find its extremes"""


def extent(parts: Iterable[Floats], spare: float = 0.0) -> tuple[float, float] | None:
    """The smallest and largest of several arrays; `spare` leaves out that share of the extremes at each end."""
    lows, highs = [], []
    for part in parts:
        if not len(part):
            continue
        if spare and len(part) >= 20:
            few = part[
                :: -(-len(part) // MOST_RANKED)
            ]  # of long curves a share tells as much, and is ranked at once
            low, high = np.quantile(few, (spare, 1 - spare))
        else:
            low, high = part.min(), part.max()
        lows.append(float(low))
        highs.append(float(high))
    return (min(lows), max(highs)) if lows else None
