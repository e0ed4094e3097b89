"""Looking at a network while it learns: what is subscribed, when it is due, and never for more than its budget.

It runs between two steps, on a fixed probe batch, in evaluation mode and without gradients; random generators and the
statistics of normalization layers stay as they were, so that a watched run is the same run. It knows no view.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nndesigner.check.checked import CheckedNetwork, Inner, Place
from nndesigner.compiler.build import CompiledNetwork
from nndesigner.compiler.losses import answer
from nndesigner.measurements.measurement import (
    Context,
    Measurement,
    OneSample,
    Rows,
    measurements,
    sampled,
)
from nndesigner.measurements.update_ratio import MOST_STEPPED
from nndesigner.objectives.objective import Way
from nndesigner.protocol.controls import Subscription, Watch
from nndesigner.protocol.messages import Frame
from nndesigner.protocol.watched import BUDGET
from nndesigner.runs.trail import RECORDED, Trails
from nndesigner.training import probe
from nndesigner.training.feed import Feed, Split
from nndesigner.training.laps import Laps
from nndesigner.training.machine import Machine

_log = logging.getLogger(__name__)

RATE = 4.0
"""looks per second where the budget allows"""
SECOND = 0.5
"""seconds after which the second look comes at the latest: what the first one took has more to do with what is made
ready for all of them, and a short run would end before it was looked at again"""
MOST_KEPT = 64
"""nodes, inside blocks too, of which the last pictures are kept; of one they take a quarter of a megabyte at most"""
ROWS_AT_ONCE = 64
LONGEST_WALK = 0.2
"""seconds that walking through further samples may take in one look"""
_WHILE = ("laps", "machine")
"""what is only there while training goes on"""
Values = dict[str, dict[str, Tensor]]
Judged = list[tuple[Sequence[Tensor], Sequence[Tensor]]]


@contextlib.contextmanager
def looking(model: torch.nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; the mode and the processor's random state afterwards as before."""
    training = model.training
    generator = torch.get_rng_state()
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)
        torch.set_rng_state(generator)


class Monitor:
    """Measures what is subscribed and hands the frames to `send`. Times are seconds of a monotonic clock; `budget` is
    the share of the time that looking may take. `positions` chooses the samples, where nobody is asked which.

    Of `recorded` bytes earlier frames are kept. With `in_turn`, each look that somebody asked for measures one thing
    more, of one node after another, so that the run's past can be seen of every layer and not only of the selected one.
    """

    def __init__(
        self,
        compiled: CompiledNetwork,
        checked: CheckedNetwork,
        feed: Feed,
        send: Callable[[Frame], None],
        *,
        way: Way | None = None,
        budget: float = BUDGET,
        rate: float = RATE,
        recorded: int = RECORDED,
        in_turn: bool = False,
        positions: Callable[[Split], npt.NDArray[np.int64]] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._compiled = compiled
        self._checked = checked
        self._feed = feed
        self._send = send
        self._way = way
        self._sections: dict[str, Callable[..., tuple[Tensor, ...]]] = {}
        self.budget = budget
        self._rate = rate
        self._positions = positions
        self._watch = Watch()
        self._clock = clock
        self._subscriptions: tuple[Subscription, ...] = ()
        self._next = 0.0
        self._cost = 0.0
        self._looked = self._stepped = False
        self._validation_cost = 0.0
        self._next_validation = 0.0
        self._next_slow = 0.0
        self.spent = 0.0
        """seconds spent looking so far"""
        self.frames: dict[tuple[str, str], Frame] = {}
        """(node, measurement) → the newest frame"""
        self.trails = Trails(recorded)
        """earlier frames"""
        self.step_due = False
        """whether the next step is looked at from both sides: `before_step`, then `after_step`"""
        self._before: Values = {}
        self.laps = Laps(feed.device, clock)
        """the parts of a step, where somebody looks at them"""
        self._spent_before = (0, 0.0)
        self._machine = Machine(feed.device, clock)
        self._turns = _in_turn(checked) if in_turn and recorded else []
        self._turn = 0
        self._measured_at: dict[str, float] = {}
        """when what must not be measured often was last measured, by measurement"""
        self._failed: set[tuple[str, str]] = set()
        """(node, measurement) of what went wrong"""
        self._probe: probe.Probe | None = None
        self._ones: dict[int, OneSample] = {}
        """samples of the look that is under way, by number in the data"""

    def subscribe(self, subscriptions: Sequence[Subscription]) -> None:
        """From now on measure these, and at once; what this network or this version does not have is left out."""
        known = measurements()
        self._subscriptions = tuple(
            s for s in subscriptions if s.measurement in known and self._applies(known[s.measurement], s.node)
        )
        self._next = self._next_validation = self._next_slow = 0.0
        self._measured_at.clear()
        self.step_due = False
        self.laps.forget()

    def watch(self, watch: Watch) -> None:
        """From now on look at these samples, and at once."""
        if watch != self._watch:
            self._watch, self._probe = watch, None
            self._next = 0.0

    def set_budget(self, share: float) -> None:
        """From the next look on."""
        if 0 < share <= 1:
            self.budget = share
            self._next = min(self._next, self._clock() + self._wait(self._cost))

    def _wait(self, cost: float) -> float:
        """Seconds to let pass after something that took so long, within the budget: evaluations, what is slow and all
        other looks have the same share of it each where they are asked for, so that none waits for another."""
        kinds = {(_reads(s) == "validation", measurements()[s.measurement].slow) for s in self._subscriptions}
        return max(1.0 / self._rate, cost * max(len(kinds), 1) / self.budget)

    @property
    def next(self) -> float:
        """When the next look is due; infinite while nothing is looked at."""
        return self._next if any(_reads(s) != "validation" for s in self._subscriptions) else float("inf")

    @property
    def wants_validation(self) -> bool:
        """Whether the next evaluation's answers should be kept for `validated`."""
        return self._clock() >= self._next_validation and any(
            _reads(s) == "validation" for s in self._subscriptions
        )

    def look(self, step: int, epoch: float) -> None:
        """Measure everything that is subscribed, now."""
        started = self._clock()
        chosen = [s for s in self._subscriptions if _reads(s) not in ("validation", "step")]
        lapped = [s for s in chosen if _reads(s) == "laps"]
        slow = [s for s in chosen if measurements()[s.measurement].slow]
        machine = [s for s in chosen if _reads(s) == "machine"]
        chosen = [s for s in chosen if s not in slow and s not in lapped and s not in machine]
        if machine:
            self._measure(machine, step, epoch, self._machine.sample(step))
        if lapped and (laps := self._lapped(step)) is not None:
            self._measure(lapped, step, epoch, laps)
        chosen = [s for s in chosen if self._due(measurements()[s.measurement], started)]
        self._measure([*chosen, *self._next_in_turn()], step, epoch, None)
        self.step_due = any(_reads(s) == "step" for s in self._subscriptions)
        took = self._clock() - started
        if slow and self._clock() >= self._next_slow:
            self._measure(slow, step, epoch, None)
            slowly = self._clock() - started - took
            self._next_slow = self._clock() + self._wait(slowly)
            self.spent += slowly
        self.spent += took
        # The slower of now and before: one lucky look does not raise the rate.
        self._cost = max(took, 0.7 * self._cost)
        wait = self._wait(self._cost)
        if not self._looked:
            self._looked, self._cost, wait = True, 0.0, min(wait, SECOND)
        self._next = self._clock() + wait
        if lapped:
            self.laps.ask()

    def _lapped(self, step: int) -> dict[str, float] | None:
        """Seconds of the parts of the last step that was timed, with what looking took per step since the look
        before."""
        before, spent = self._spent_before
        self._spent_before = step, self.spent
        found = self.laps.take()
        if found is None or step <= before:
            return None
        return {**found, "monitoring": (self.spent - spent) / (step - before)}

    def _due(self, measurement: Measurement, now: float) -> bool:
        """Whether something is to be measured in this look."""
        if not measurement.rate:
            return True
        before = self._measured_at.get(measurement.name)
        if before is not None and now - before < 1.0 / measurement.rate:
            return False
        self._measured_at[measurement.name] = now
        return True

    def _next_in_turn(self) -> Sequence[Subscription]:
        """What is measured beside what is subscribed: one thing that is not."""
        asked = {(s.node, s.measurement) for s in self._subscriptions}
        for _ in self._turns if asked else ():
            chosen = self._turns[self._turn % len(self._turns)]
            self._turn += 1
            if (chosen.node, chosen.measurement) not in asked:
                return (chosen,)
        return ()

    def before_step(self) -> None:
        """Keeps some values of every weight that learns, right before the optimizer moves them."""
        started = self._clock()
        self._before = _taken(self._compiled, copy=True)
        self.spent += self._clock() - started

    def after_step(self, step: int, epoch: float) -> None:
        """Measures what reads one step from both sides; the next look waits for what it cost."""
        started = self._clock()
        both, self._before = (self._before, _taken(self._compiled)), {}
        self.step_due = False
        self._measure([s for s in self._subscriptions if _reads(s) == "step"], step, epoch, None, both)
        took = self._clock() - started
        self.spent += took
        wait = took / self.budget
        if not self._stepped:
            self._stepped, wait = True, min(wait, SECOND)
        self._next += wait

    def validated(self, judged: Judged, step: int, epoch: float) -> None:
        """Measure what reads the answers to the whole validation part."""
        started = self._clock()
        self._measure([s for s in self._subscriptions if _reads(s) == "validation"], step, epoch, judged)
        took = self._clock() - started
        self.spent += took
        self._validation_cost = max(took, 0.7 * self._validation_cost)
        self._next_validation = self._clock() + self._wait(self._validation_cost)

    def last_look(self, judged: Judged | None, step: int, epoch: float) -> None:
        """At the end of a run: what is subscribed, the network as a whole, and every node, so that the folder has it
        all: whoever opens the run later may select any of them."""
        whole = [
            Subscription("", m.name)
            for m in measurements().values()
            if m.applies_to(self._checked) and m.reads not in _WHILE and (m.reads != "validation" or judged)
        ]
        nodes = _in_turn(self._checked)
        wanted = {(s.node, s.measurement): s for s in (*whole, *nodes, *self._subscriptions)}
        chosen = [
            s for s in wanted.values() if _reads(s) not in _WHILE and (_reads(s) != "validation" or judged)
        ]
        self._measure(chosen, step, epoch, judged)

    def _applies(self, measurement: Measurement, node: str) -> bool:
        if not node:
            return measurement.applies_to(self._checked)
        found = self._checked.find(node)
        return found is not None and measurement.applies(found.node)

    def _measure(
        self,
        subscriptions: Sequence[Subscription],
        step: int,
        epoch: float,
        judged: Judged | Mapping[str, float] | None,
        stepped: tuple[Values, Values] | None = None,
    ) -> None:
        if not subscriptions:
            return
        with looking(self._compiled):
            known = measurements()
            inputs, targets, indices = self._probed()
            activations: Mapping[tuple[str, str], Tensor] = {}
            if any(known[s.measurement].needs_probe for s in subscriptions):
                activations = self._compiled.probe(*inputs)
            parameters, gradients = self._weights()
            found: list[Frame] = []
            for subscription in subscriptions:
                if (subscription.node, subscription.measurement) in self._failed:
                    continue
                measurement = known[subscription.measurement]
                if measurement.needs_samples and (self._way is None or self._way.sample is None):
                    continue
                inner = self._checked.find(subscription.node) if subscription.node else None
                context = Context(
                    checked=self._checked,
                    heads=self._compiled.heads,
                    node=inner.node if inner is not None else None,
                    key=subscription.node,
                    module=inner.name if inner is not None else "",
                    options=subscription.options,
                    activations=activations,
                    parameters=parameters,
                    gradients=gradients,
                    inputs=inputs,
                    targets=targets,
                    indices=indices,
                    input_fields=tuple(
                        self._checked.fields.get(name) for name in self._compiled.input_fields
                    ),
                    answers=self.answers,
                    backward=self._backward,
                    validation=self._feed.numbers("validation"),
                    rows=self._rows,
                    probe=self._compiled.probe,
                    one=self._one,
                    layer=self._layer(inner),
                    pictures=self._feed.pictures,
                    previews=lambda positions: self._feed.previews("validation", positions),
                    device=self._feed.device,
                    classes=self._feed.classes,
                    within=self._within,
                    distort=self._way.distort if self._way is not None else None,
                    sample=self._way.sample if self._way is not None else None,
                )
                values = _values(
                    measurement, inner, context, stepped if measurement.reads == "step" else judged
                )
                if values is None and measurement.reads != "network":
                    continue
                try:
                    arrays, meta = measurement.measure(values, context)
                except Exception:
                    # Looking must not end a run that could go on: it is said once, and not tried again.
                    _log.exception(
                        "%s of %s cannot be measured", measurement.name, subscription.node or "all"
                    )
                    self._failed.add((subscription.node, measurement.name))
                    continue
                if any(field.name == "sample" for field in measurement.options):
                    meta = {**meta, **_about(len(indices), self._watch)}
                frame = Frame(measurement.name, subscription.node, step, epoch, arrays, meta)
                self.frames[frame.node, frame.measurement] = frame
                self.trails.keep(frame)
                found.append(frame)
        for frame in found:  # together, so that they are drawn together
            self._send(frame)
        self._ones.clear()

    def _layer(self, inner: Inner | None) -> torch.nn.Module | None:
        try:
            return self._compiled.get_submodule(inner.name) if inner is not None else None
        except AttributeError:
            return None

    def _one(self, sample: int, number: int) -> OneSample:
        """One sample of the probe batch, or of the part that is looked at; all that ask for it in one look share its
        way through the network."""
        _, _, indices = self._probed()
        split = probe.whole(self._feed)
        found = np.flatnonzero(split.indices == number)
        if not len(found) and number not in indices:
            number = int(indices[min(max(sample, 0), len(indices) - 1)])
            found = np.flatnonzero(split.indices == number)
        if number not in self._ones:
            if len(found):
                inputs, targets = self._feed.gather(split, torch.from_numpy(found[:1].astype(np.int64)))
            else:  # one that was chosen from another part
                inputs, targets = self._feed.by_number(np.array([number], np.int64))
            # Accelerators differentiate recurrent layers in training mode only, unless the plain kernels run.
            with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
                given = tuple(x.detach().requires_grad_() if x.is_floating_point() else x for x in inputs)
                activations = self._compiled.probe(*given)
                heads = self._compiled.heads
                read = [activations[head.stable] for head in heads]
                read += [
                    activations[head.beside[port.name]]
                    for head in heads
                    if head.loss is not None
                    for port in head.loss.beside
                ]
                parts = self._compiled.losses(read, targets)
                shares = self._compiled.shares
                loss = (
                    sum(part * share for part, share in zip(parts, shares, strict=False)) if parts else None
                )
            self._ones[number] = OneSample(
                index=number,
                inputs=given,
                activations=activations,
                targets=tuple(targets),
                loss=loss if isinstance(loss, Tensor) else None,
            )
        return self._ones[number]

    def _rows(self, number: int) -> Iterator[Rows]:
        """At least one chunk; no further one once a fifth of a second has passed."""
        split = probe.whole(self._feed)
        positions = np.linspace(0, split.samples - 1, min(number, split.samples)).astype(np.int64)
        started = self._clock()
        for at in range(0, len(positions), ROWS_AT_ONCE):
            chosen = positions[at : at + ROWS_AT_ONCE]
            inputs, targets = self._feed.gather(split, torch.from_numpy(chosen))
            yield Rows(self._compiled.probe(*inputs), targets, split.indices[chosen].astype(np.int64))
            if self._clock() - started > LONGEST_WALK:
                return

    def _within(self, section: CheckedNetwork) -> Callable[..., tuple[Tensor, ...]]:
        """A part of the network over the same weights, built once."""
        if section.name not in self._sections:
            self._sections[section.name] = self._compiled.within(section)
        return self._sections[section.name]

    def _backward(self, most: int) -> tuple[Mapping[Place, Tensor], Mapping[Place, Tensor], int]:
        """The gradient of the loss of the heads with respect to what leaves every node, on some of the probe batch.
        Weights get none of it, and random generators are the caller's matter."""
        inputs, targets, _ = self._probed()
        taken = min(most, len(inputs[0]) if inputs else 0)
        # Evaluation mode on an accelerator: the fast kernels of recurrent layers only go back in training mode.
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            given = [x[:taken].detach() for x in inputs]
            values = self._compiled.probe(
                *(x.requires_grad_() if x.is_floating_point() else x for x in given)
            )
            heads = self._compiled.heads
            beside = [
                head.beside[port.name] for head in heads if head.loss is not None for port in head.loss.beside
            ]
            read = [values[place] for place in (*(head.stable for head in heads), *beside)]
            losses = self._compiled.losses(read, [t[:taken] for t in targets])
            shares = self._compiled.shares
            total = torch.stack([share * loss for share, loss in zip(shares, losses, strict=False)]).sum()
            places = [p for p, v in values.items() if v.is_floating_point() and v.requires_grad]
            if not total.requires_grad or not places:
                return values, {}, taken
            found: Sequence[Tensor | None] = torch.autograd.grad(
                total, [values[p] for p in places], allow_unused=True
            )
        return values, {p: g for p, g in zip(places, found, strict=True) if g is not None}, taken

    def answers(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What each head says to people about prepared inputs: probabilities, or numbers as they are learned."""
        drawn = self._compiled(*inputs)
        values = (drawn,) if isinstance(drawn, Tensor) else tuple(drawn)
        return tuple(answer(head, value) for head, value in zip(self._compiled.heads, values, strict=True))

    def _weights(self) -> tuple[dict[str, dict[str, Tensor]], dict[str, dict[str, Tensor]]]:
        parameters: dict[str, dict[str, Tensor]] = {}
        gradients: dict[str, dict[str, Tensor]] = {}
        for path, parameter in self._compiled.named_parameters():
            module, _, name = path.partition(".")
            parameters.setdefault(module, {})[name] = parameter.detach()
            if parameter.grad is not None:
                gradients.setdefault(module, {})[name] = parameter.grad
        return parameters, gradients

    def _probed(self) -> probe.Probe:
        if self._probe is None:
            if self._positions is not None:
                split = probe.whole(self._feed)
                self._probe = probe.taken(self._feed, split, self._positions(split))
            else:
                self._probe = probe.choose(self._feed, self._watch)
        return self._probe


def _about(samples: int, watch: Watch) -> dict[str, Any]:
    """For those who look at one of them: how many there are, and how they were chosen where that is special."""
    chosen = {"watched": {"how": watch.how, "label": watch.label}} if watch.how != "evenly" else {}
    return {"samples": samples, **chosen}


def _reads(subscription: Subscription) -> str:
    return measurements()[subscription.measurement].reads


def _taken(compiled: CompiledNetwork, *, copy: bool = False) -> Values:
    """At most 65,536 values of each weight that has a gradient, by module and name."""
    found: Values = {}
    for path, parameter in compiled.named_parameters():
        if parameter.grad is not None and parameter.is_floating_point():
            module, _, name = path.partition(".")
            values = sampled(parameter, MOST_STEPPED)
            found.setdefault(module, {})[name] = values.clone() if copy else values
    return found


def _values(
    measurement: Measurement,
    inner: Inner | None,
    context: Context,
    handed: Judged | Mapping[str, float] | tuple[Values, Values] | None,
) -> Any:
    """What a measurement is handed; `handed` is what those read that come after an evaluation or after a step."""
    if measurement.reads in ("validation", "step", *_WHILE):
        return handed
    if measurement.reads == "activations" and inner is not None:
        port = next(iter(inner.node.outputs), "")
        return context.activations.get((inner.key, port))
    if measurement.reads == "weights" and inner is not None:
        return _weights_of(inner.name, context.parameters)
    if measurement.reads == "gradients" and inner is not None:
        return _weights_of(inner.name, context.gradients)
    return None


def _weights_of(name: str, parameters: Mapping[str, Mapping[str, Tensor]]) -> Mapping[str, Tensor] | None:
    """The weights of a module anywhere in the network; None where it has none."""
    module, _, path = name.partition(".")
    found = parameters.get(module)
    if found is None or not path:
        return found
    return {key.removeprefix(f"{path}."): t for key, t in found.items() if key.startswith(f"{path}.")} or None


def _in_turn(checked: CheckedNetwork) -> list[Subscription]:
    """What is small and measured at a node, at every node whose pictures are kept."""
    return [
        Subscription(inner.key, m.name)
        for inner in _kept(checked)
        for m in measurements().values()
        if m.reads in ("activations", "weights", "gradients") and not m.slow and m.applies(inner.node)
    ]


def _kept(checked: CheckedNetwork) -> list[Inner]:
    """The nodes whose last pictures are kept: those of the network itself first, then inside blocks, the first
    repetitions before the others."""

    def rank(inner: Inner) -> int:
        rounds = inner.key.split("/")[1::2]
        return 0 if not rounds else 1 if set(rounds) == {"0"} else 2

    return sorted(checked.walk(), key=rank)[:MOST_KEPT]
