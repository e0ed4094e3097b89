"""What a benchmark is, and how two sides are timed fairly: in chunks that take turns, by the process's CPU time.

A part file `bench_<name>.py` holds `PART = Part(name, run)`; adding one touches no other file. On a shared machine
wall time says how busy it was; CPU time in turns lets a disturbance hit both sides alike.
"""

from __future__ import annotations

import math
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Result:
    """One line of the table. `ratio` and `bar` are read as `better` says; a bar of None is only looked at."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    bar: float | None = None
    better: str = "higher"
    """whether the ratio (the value, where there is no ratio) has to reach the bar or stay below it"""
    interval: tuple[float, float] | None = None
    """of the ratio: the middle half of the rounds, or what `note` says"""
    note: str = ""

    @property
    def holds(self) -> bool | None:
        if self.bar is None:
            return None
        measured = self.ratio if self.ratio is not None else self.value
        return measured >= self.bar if self.better == "higher" else measured <= self.bar

    def plain(self) -> dict[str, Any]:
        keys = ("name", "value", "unit", "baseline", "ratio", "bar", "better", "interval")
        return {key: getattr(self, key) for key in keys} | {"holds": self.holds}


@dataclass(frozen=True)
class Part:
    """`run` gives results, and says what could not be measured here by appending sentences to its argument."""

    name: str
    run: Callable[[list[str]], Sequence[Result]]


class _Stop(BaseException):
    """Enough was measured."""


@dataclass
class Turns:
    """What one side gets: `tick()` after each step, and a clock that stands still while others have their turn."""

    _chunk: int
    _turn: Callable[[Turns], None]
    _steps: int = 0
    _active: float = 0.0
    _since: float = 0.0
    seconds: list[float] = field(default_factory=list)
    """CPU seconds per step, one entry per chunk"""

    def tick(self) -> None:
        self._steps += 1
        if self._steps % self._chunk == 0:
            self._turn(self)

    def clock(self) -> float:
        return self._active + time.perf_counter() - self._since


def take_turns(
    sides: Mapping[str, Callable[[Turns], None]], chunk: int, rounds: int, warm_up: int = 2
) -> dict[str, list[float]]:
    """CPU seconds per step of each side, chunk by chunk. A side runs in a thread of its own and calls `tick` after each
    step; only one runs at a time. A side that ends too early raises RuntimeError."""
    names = list(sides)
    gates = {name: threading.Semaphore(0) for name in names}
    back = threading.Semaphore(0)
    stopping = threading.Event()
    errors: list[BaseException] = []

    def turn_of(name: str) -> Callable[[Turns], None]:
        def turn(turns: Turns) -> None:
            turns._active = turns.clock()
            back.release()
            gates[name].acquire()
            turns._since = time.perf_counter()
            if stopping.is_set():
                raise _Stop

        return turn

    everyone = {name: Turns(chunk, turn_of(name)) for name in names}

    def run(name: str) -> None:
        gates[name].acquire()
        everyone[name]._since = time.perf_counter()
        try:
            sides[name](everyone[name])
            errors.append(RuntimeError(f"{name} ended before it was measured"))
        except _Stop:
            pass
        except BaseException as error:
            errors.append(error)
        finally:
            back.release()

    threads = [threading.Thread(target=run, args=(name,), name=name) for name in names]
    for thread in threads:
        thread.start()
    try:
        for number in range(warm_up + rounds):
            for name in names if number % 2 else reversed(names):
                before = time.process_time()
                gates[name].release()
                back.acquire()
                if errors:
                    raise errors[0]
                if number >= warm_up:
                    everyone[name].seconds.append((time.process_time() - before) / chunk)
    finally:
        stopping.set()
        for name in names:
            gates[name].release()
        for thread in threads:
            thread.join()
    return {name: turns.seconds for name, turns in everyone.items()}


def ratio(slower: Sequence[float], faster: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The median over the rounds of slower ÷ faster, and the middle half of them."""
    ratios = sorted(a / b for a, b in zip(slower, faster, strict=True))
    quarter = len(ratios) // 4
    return statistics.median(ratios), (ratios[quarter], ratios[-1 - quarter])


def median_interval(ordered: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the median of ascending values, by order statistics (David & Nagaraja, Order Statistics,
    2003, section 7.1)."""
    n = len(ordered)
    chance, least = 0.0, 0
    for k in range(n // 2):
        chance += math.comb(n, k) * 0.5**n
        if chance > 0.025:
            break
        least = k + 1
    least = max(least, 1)
    return ordered[least - 1], ordered[n - least]
