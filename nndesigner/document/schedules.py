"""How the learning rate moves over a run: functions of the step, as a multiple of the plan's learning rate.

Each is plain arithmetic of one step, so that a run can go on anywhere and a picture can be drawn without torch. The
training script prints these very functions. `step` counts from 0, `steps` is how many the run has, `per_epoch` how
many of them make an epoch; a unit of epochs is one pass over the training data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


def _constant(step: int, steps: int, per_epoch: int) -> float:
    return 1.0


def _step(step: int, steps: int, per_epoch: int, every: int, gamma: float) -> float:
    return gamma ** (step // per_epoch // every)


def _milestones(step: int, steps: int, per_epoch: int, milestones: Sequence[int], gamma: float) -> float:
    return gamma ** sum(step // per_epoch >= epoch for epoch in milestones)


def _exponential(step: int, steps: int, per_epoch: int, gamma: float) -> float:
    return gamma ** (step // per_epoch)


def _linear(step: int, steps: int, per_epoch: int, last: float) -> float:
    return 1.0 + (last - 1.0) * min(step / max(steps - 1, 1), 1.0)


def _polynomial(step: int, steps: int, per_epoch: int, power: float) -> float:
    return float((1.0 - min(step / steps, 1.0)) ** power)


def _cosine(step: int, steps: int, per_epoch: int, last: float) -> float:
    return last + (1.0 - last) * (1.0 + math.cos(math.pi * min(step / max(steps - 1, 1), 1.0))) / 2


def _restarts(step: int, steps: int, per_epoch: int, every: int, times: int, last: float) -> float:
    length = every * per_epoch
    while step >= length:
        step -= length
        length *= times
    return last + (1.0 - last) * (1.0 + math.cos(math.pi * step / length)) / 2


def _one_cycle(
    step: int, steps: int, per_epoch: int, rise: float, first: float, last: float, straight: bool
) -> float:
    top = rise * steps - 1.0
    if step <= top:
        low, high, share = first, 1.0, step / top
    else:
        low, high, share = 1.0, last, (step - top) / max(steps - 1.0 - top, 1.0)
    if straight:
        return low + (high - low) * share
    return high + (low - high) / 2.0 * (1.0 + math.cos(math.pi * share))


def _cyclic(step: int, steps: int, per_epoch: int, every: int, low: float, mode: str, gamma: float) -> float:
    half = every * per_epoch
    cycle = step // (2 * half)
    height = 1.0 - abs(step / half - 2 * cycle - 1.0)
    if mode == "halving":
        height /= 2.0**cycle
    elif mode == "exponential":
        height *= gamma**step
    return low + (1.0 - low) * height


def _inverse_root(step: int, steps: int, per_epoch: int, warm: int) -> float:
    return math.sqrt(max(warm, 1) / max(step + warm, 1))


def milestones(text: str) -> tuple[int, ...]:
    """Numbers of epochs from a text such as "10, 15". Raises ValueError."""
    return tuple(int(word) for word in text.replace(",", " ").split())


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One way for the learning rate to move. `settings` are the names of its arguments by the setting of the plan that
    each is; `help` says what it does and where it is from."""

    label: str
    help: str
    factor: Callable[..., float]
    settings: Mapping[str, str] = field(default_factory=dict)

    def arguments(self, plan: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: plan[setting] for name, setting in self.settings.items()}
        return {k: milestones(v) if k == "milestones" else v for k, v in found.items()}


SCHEDULES: dict[str, Schedule] = {
    "constant": Schedule(label="Constant", help="The same rate for the whole run.", factor=_constant),
    "step": Schedule(
        label="Step",
        help="Times γ after every so many epochs.",
        factor=_step,
        settings={"every": "schedule_every", "gamma": "schedule_gamma"},
    ),
    "milestones": Schedule(
        label="Milestones",
        help="Times γ when the named epochs have passed.",
        factor=_milestones,
        settings={"milestones": "schedule_milestones", "gamma": "schedule_gamma"},
    ),
    "exponential": Schedule(
        label="Exponential",
        help="Times γ after each epoch.",
        factor=_exponential,
        settings={"gamma": "schedule_gamma"},
    ),
    "linear": Schedule(
        label="Linear",
        help="In a straight line down to the last share.",
        factor=_linear,
        settings={"last": "schedule_last"},
    ),
    "polynomial": Schedule(
        label="Polynomial",
        help="(1 - step / steps) to a power: 1 is a straight line to nothing, larger powers fall sooner.",
        factor=_polynomial,
        settings={"power": "schedule_power"},
    ),
    "cosine": Schedule(
        label="Cosine",
        help="Half a wave of the cosine down to the last share (Loshchilov and Hutter 2017, SGDR, without restarts).",
        factor=_cosine,
        settings={"last": "schedule_last"},
    ),
    "restarts": Schedule(
        label="Cosine with restarts",
        help="A cosine that begins again, each time longer by a factor (Loshchilov and Hutter 2017, SGDR).",
        factor=_restarts,
        settings={"every": "schedule_every", "times": "schedule_times", "last": "schedule_last"},
    ),
    "one-cycle": Schedule(
        label="One cycle",
        help="Up to the learning rate and down to almost nothing, once (Smith and Topin 2018, Super-Convergence).",
        factor=_one_cycle,
        settings={
            "rise": "cycle_rise",
            "first": "cycle_first",
            "last": "cycle_last",
            "straight": "cycle_straight",
        },
    ),
    "cyclic": Schedule(
        label="Cyclic",
        help="Up and down between a low share and the learning rate (Smith 2017, Cyclical Learning Rates).",
        factor=_cyclic,
        settings={
            "every": "schedule_every",
            "low": "cycle_low",
            "mode": "cycle_mode",
            "gamma": "cycle_gamma",
        },
    ),
    "inverse-root": Schedule(
        label="Inverse square root",
        help="Falls with one over the square root of the step, after the warm-up (Vaswani et al. 2017).",
        factor=_inverse_root,
        settings={"warm": "warmup"},
    ),
    "plateau": Schedule(
        label="On plateau",
        help="Times γ when the validation has not become better for some epochs.",
        factor=_constant,
    ),
}
"""By the word that is saved in a plan."""


def warm_up(step: int, warm: int, first: float) -> float:
    """The share of the schedule's first rate in a warm-up of `warm` steps: in a straight line from `first` to 1."""
    return first + (1.0 - first) * step / warm


def factor(plan: Mapping[str, Any], step: int, steps: int, per_epoch: int) -> float:
    """The learning rate of a step, counted from 0, as a multiple of the plan's.

    What depends on how a run goes (a plateau) is not in it. The schedule begins after the warm-up and has the steps
    that are left.
    """
    warm = min(plan["warmup"], max(steps - 1, 0))
    chosen, given = SCHEDULES[plan["schedule"]], max(step - warm, 0)
    found = chosen.factor(given, max(steps - warm, 1), max(per_epoch, 1), **chosen.arguments(plan))
    return found * warm_up(step, warm, plan["warmup_first"]) if step < warm else found


def moves(plan: Mapping[str, Any]) -> bool:
    """Whether the rate follows from the step alone and is not the same in all of them."""
    return bool(plan["schedule"] not in ("constant", "plateau") or plan["warmup"] > 0)


def curve(
    plan: Mapping[str, Any], steps: int, per_epoch: int, points: int = 400
) -> list[tuple[float, float]]:
    """(epoch, learning rate) at evenly spread steps of a run, for a picture."""
    count = min(steps, points)
    places = [round(i * (steps - 1) / max(count - 1, 1)) for i in range(count)]
    rate = plan["learning_rate"]
    return [(step / max(per_epoch, 1), rate * factor(plan, step, steps, per_epoch)) for step in places]


@dataclass
class Plateau:
    """Counts epochs that brought nothing, and lowers the rate: `torch.optim.lr_scheduler.ReduceLROnPlateau` with a
    relative threshold."""

    factor: float = 1.0
    best: float | None = None
    worse: int = 0

    def see(self, loss: float, plan: Mapping[str, Any]) -> bool:
        """An epoch ended with this loss; whether the rate falls now."""
        if self.best is None or loss < self.best - abs(self.best) * plan["plateau_threshold"]:
            self.best, self.worse = loss, 0
            return False
        self.worse += 1
        if self.worse <= plan["plateau_patience"]:
            return False
        lower = float(max(self.factor * plan["schedule_gamma"], plan["schedule_last"]))
        fell, self.factor, self.worse = lower < self.factor, lower, 0
        return fell
