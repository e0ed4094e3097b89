"""What the canvas draws for the shown run: one number of every node, alarms, what the run did not train as it is, and
how strong the signal is along the wires.

Numbers come from frames of the measurement "health"; nodes inside blocks have theirs where the block is looked into.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.blocks import place_in
from nndesigner.document.document import Document
from nndesigner.gui.canvas.heat import STEPS, on_log_scale, step_of
from nndesigner.gui.canvas.state import Overlay
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.monitors.source import ShownRun, changes_since, label_of
from nndesigner.gui.monitors.time_split import duration
from nndesigner.protocol.messages import Frame

SPARK = 24
"""values that the little line under a node shows"""
_RANK = {Severity.HINT: 1, Severity.WARNING: 2, Severity.ERROR: 3}
Numbers = Mapping[str, float]
Sparks = dict[tuple[str, str], deque[float]]
"""(number, key of a node) → its last values, oldest first"""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One number that can be shown under every node. `heat` tells where a value lies between very small (0) and very
    large (1); `ends` are the words at the ends of that scale."""

    key: str
    label: str
    scale: str
    """what the legend calls it"""
    help: str
    number: Callable[[Numbers], float]
    words: Callable[[Numbers], str]
    heat: Callable[[float], float | None]
    ends: tuple[str, str]


def _share_of(numbers: Numbers) -> float:
    """Dead or saturated, whichever a layer has."""
    dead, saturated = numbers.get("dead", math.nan), numbers.get("saturated", math.nan)
    return dead if not math.isnan(dead) else saturated


def _share_words(numbers: Numbers) -> str:
    dead = not math.isnan(numbers.get("dead", math.nan))
    share = f"{100 * _share_of(numbers):.0f} %"
    return tr("{share} dead", share=share) if dead else tr("{share} saturated", share=share)


def _gradient_heat(value: float) -> float | None:
    return on_log_scale(value, -6.0, 2.0)


def _spread_heat(value: float) -> float | None:
    return on_log_scale(value, -3.0, 3.0)


SHOWN: tuple[Shown, ...] = (
    Shown(
        key="gradient",
        label="Gradient",
        scale="Gradient",
        help="The size of each layer's gradient (2-norm over its weights).",
        number=lambda numbers: numbers.get("gradient_norm", math.nan),
        words=lambda numbers: f"∇ {short(numbers['gradient_norm'])}",
        heat=_gradient_heat,
        ends=("10⁻⁶", "100"),
    ),
    Shown(
        key="activation",
        label="Activations",
        scale="Spread of activations",
        help="Mean and spread of what leaves each layer, over the probe samples.",
        number=lambda numbers: numbers.get("std", math.nan),
        words=lambda numbers: f"{short(numbers.get('mean', math.nan))} ± {short(numbers['std'])}",
        heat=_spread_heat,
        ends=("0.001", "1000"),
    ),
    Shown(
        key="dead",
        label="Dead and saturated units",
        scale="Dead or saturated",
        help="The share of a ReLU's units that no sample makes active, and of the values at the ends of a sigmoid.",
        number=_share_of,
        words=_share_words,
        heat=lambda share: None if math.isnan(share) else 0.5 + share / 2,
        ends=("0 %", "100 %"),
    ),
    Shown(
        key="time",
        label="Share of the time",
        scale="Share of the time",
        help="How much of the time of a step each layer takes, forward and backward: measured when this is chosen.",
        number=lambda numbers: numbers.get("time_share", math.nan),
        words=lambda numbers: f"{100 * numbers['time_share']:.2g} % · {duration(numbers['time'])}",
        heat=lambda share: on_log_scale(share, -3.0, 0.0),
        ends=("0.1 %", "100 %"),
    ),
)
TIMED = "layer_costs"
"""the exploration that tells the time of every layer"""
SIGNAL_ENDS = ("0.001", "1000")
GRADIENT_ENDS = ("10⁻⁶", "100")


def shown_of(key: str) -> Shown:
    """The number of a name; the first one where there is no such."""
    return next((shown for shown in SHOWN if shown.key == key), SHOWN[0])


class Health:
    """The newest numbers of every node by key, and the last ones of each as a line."""

    def __init__(self) -> None:
        self._sparks: Sparks = {}

    def clear(self) -> None:
        """Another run is shown."""
        self._sparks.clear()

    def keep(self, frame: Frame) -> None:
        _add(self._sparks, frame)

    def _then(self, looks: Sequence[Frame], step: int) -> tuple[Frame | None, Sparks]:
        """The numbers at a step of the past, and the line of the looks up to it."""
        end = bisect_right(looks, step, key=lambda look: look.step)
        sparks: Sparks = {}
        for look in looks[max(end - SPARK, 0) : end]:
            _add(sparks, look)
        return (looks[end - 1] if end else None), sparks

    def overlays(
        self,
        run: ShownRun,
        now: Document,
        network: str,
        key_of: Callable[[str], str],
        shown: Shown,
        problems: Iterable[Problem] = (),
        at: tuple[Sequence[Frame], int] | None = None,
        before: Frame | None = None,
        costs: Frame | None = None,
    ) -> Mapping[str, Overlay]:
        """By node id of the network that is looked at: the number of each, or that the run did not train it as it is
        in the document of now; and the alarms. `key_of` leads from an id to the key that the run knows the node by.

        `at` are the looks of the run, oldest first, and the step of the earlier moment that is shown instead of now;
        the numbers of `before` are written before those of the moment. `costs` is what each layer costs, where that was
        explored.
        """
        changed = changes_since(run.document, now)
        made = {id: Overlay(label_of(change), muted=True) for id, change in changed.items()}
        alarms = _by_node(problems, now, network)
        frame, sparks = run.history.frames.get(("", "health")), self._sparks
        if at is not None:
            frame, sparks = self._then(*at)
        numbers = numbers_of(frame) if frame is not None else {}
        if shown.key == "time":  # measured once, whatever moment is shown
            numbers, before = times_of(costs) if costs is not None else {}, None
        earlier = numbers_of(before) if before is not None and before is not frame else {}
        for node in now.nodes(network):
            if node.id in changed:
                continue
            key = key_of(node.id)
            found = numbers.get(key)
            value = shown.number(found) if found is not None else math.nan
            alarm, words = alarms.get(node.id, ("", ""))
            if found is not None and lost_in(found):
                made[node.id] = Overlay(tr("not finite"), (), "error", alarm=alarm, words=words)
                continue
            if math.isnan(value):
                if alarm:
                    made[node.id] = Overlay(alarm=alarm, words=words)
                continue
            assert found is not None
            step = step_of(shown.heat(value))
            words_now = shown.words(found)
            if key in earlier and not math.isnan(shown.number(earlier[key])):
                words_now = f"{shown.words(earlier[key])} → {words_now}"
            made[node.id] = Overlay(
                words_now,
                tuple(sparks.get((shown.key, key), ())),
                "" if np.isfinite(value) else "error",
                heat=step / STEPS if step >= 0 else None,
                alarm=alarm,
                words=words,
            )
        return made


def times_of(costs: Frame) -> dict[str, dict[str, float]]:
    """Key of a node → "time" (seconds, forward and backward) and "time_share", of a frame of "layer_costs". A block has
    the sum of what is inside it."""
    numbers = numbers_of(costs)
    times = {key: found["forward"] + found["backward"] for key, found in numbers.items()}
    whole = sum(time for key, time in times.items() if key not in set(costs.meta["blocks"]))
    return {key: {"time": time, "time_share": time / whole} for key, time in times.items()} if whole else {}


def can_be_timed(checked: CheckedNetwork | None) -> bool:
    """Whether the time of layers can be explored: there are layers, and answers that are compared with something."""
    return (
        checked is not None
        and any(node.role == "layer" for node in checked.compiled)
        and any(head.loss is not None and head.target is not None for head in checked.heads)
    )


def lost_in(numbers: Numbers) -> bool:
    """Whether values that leave a node are not finite: it gives numbers, and they have no mean or no spread."""
    gives = not math.isnan(numbers.get("active", math.nan))
    return gives and not (math.isfinite(numbers.get("mean", 0.0)) and math.isfinite(numbers.get("std", 0.0)))


def _by_node(problems: Iterable[Problem], now: Document, network: str) -> dict[str, tuple[str, str]]:
    """The worst severity of the alarms at each node, and what all of them say."""
    found: dict[str, tuple[Severity, list[str]]] = {}
    for problem in problems:
        node = place_in(now, problem.where, network)
        if node:
            before, words = found.get(node, (problem.severity, []))
            worst = max(before, problem.severity, key=lambda severity: _RANK[severity])
            found[node] = worst, [*words, problem.message]
    return {node: (severity.value, "\n".join(words)) for node, (severity, words) in found.items()}


def _add(sparks: Sparks, frame: Frame) -> None:
    for key, numbers in numbers_of(frame).items():
        for shown in SHOWN:
            value = shown.number(numbers)
            if math.isfinite(value):
                sparks.setdefault((shown.key, key), deque(maxlen=SPARK)).append(value)


def flows(
    run: ShownRun, now: Document, network: str, key_of: Callable[[str], str], frame: Frame | None
) -> Mapping[str, float]:
    """By wire id: how strong the signal is, from 0 to 1, by the spread of what leaves its source in a frame of the
    measurement "health"; the wires of nodes that the run did not train as they are have none. A node is known by its
    first output."""
    if frame is None:
        return {}
    numbers = numbers_of(frame)

    def spread(key: str, port: str) -> float:
        return numbers.get(key, {}).get("std", math.nan) if _leaves_first(run, key, port) else math.nan

    return _along_wires(run, now, network, key_of, spread, _spread_heat)


def gradient_flows(
    run: ShownRun, now: Document, network: str, key_of: Callable[[str], str], frame: Frame | None
) -> Mapping[str, float]:
    """By wire id: how strong the gradient is that comes back to the port that the wire leaves, from 0 to 1, in a frame
    of the measurement "signal_gradient"."""
    if frame is None:
        return {}
    places = zip(frame.meta["nodes"], frame.meta["ports"], frame.arrays["gradient"].tolist(), strict=True)
    found = {(str(key), str(port)): float(value) for key, port, value in places}
    return _along_wires(run, now, network, key_of, lambda *place: found.get(place, math.nan), _gradient_heat)


def _along_wires(
    run: ShownRun,
    now: Document,
    network: str,
    key_of: Callable[[str], str],
    number: Callable[[str, str], float],
    heat: Callable[[float], float | None],
) -> Mapping[str, float]:
    """A number of the port that each wire leaves, on a scale of colours."""
    changed = changes_since(run.document, now)
    made: dict[str, float] = {}
    for edge in now.edges_in(network):
        if edge.source in changed:
            continue
        step = step_of(heat(number(key_of(edge.source), edge.out_port)))
        if step >= 0:
            made[edge.id] = step / STEPS
    return made


def _leaves_first(run: ShownRun, key: str, port: str) -> bool:
    node = run.node(key)
    return node is not None and next(iter(node.outputs), "") == port


def numbers_of(frame: Frame) -> dict[str, dict[str, float]]:
    """Key of a node → its numbers by name, of a frame of the measurement "health"."""
    keys: Sequence[str] = [str(key) for key in frame.meta.get("nodes", ())]
    arrays = {name: array.tolist() for name, array in frame.arrays.items() if len(array) == len(keys)}
    return {key: {name: values[i] for name, values in arrays.items()} for i, key in enumerate(keys)}
