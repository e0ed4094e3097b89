"""One run whose monitor is exchanged every few steps, so that what looking costs is told apart from everything else.

Two runs side by side differ by where their tensors happen to lie, by more than the percents that are asked for here.
So there is one: the same weights, optimizer and caches, and each side is only another monitor in its loop. Its clock
stands still while others have their turn.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from harness import _Stop

CHUNK_SECONDS = 0.02
WARM_UP = 200
"""steps"""


class Absent:
    """In the place of a monitor: what the loop asks of one, answered without looking at anything."""

    next = float("inf")
    step_due = wants_validation = False
    spent = 0.0
    frames: ClassVar[dict[Any, Any]] = {}

    def __init__(self, laps: Any) -> None:
        self.laps = laps


class _Clock:
    """Runs while its side has its turn."""

    def __init__(self) -> None:
        self._active, self._since = 0.0, 0.0
        self._running = False

    def go(self, running: bool) -> None:
        self._active, self._since, self._running = self(), time.perf_counter(), running

    def __call__(self) -> float:
        return self._active + (time.perf_counter() - self._since if self._running else 0.0)


class Exchange:
    """Gives every side its turn, in an order drawn anew for each round, and ends the run."""

    def __init__(
        self, sides: Mapping[str, Any], clocks: Mapping[str, _Clock], seconds: float, window: float
    ) -> None:
        self.sides, self._clocks = dict(sides), clocks
        self._seconds, self._window = seconds, window
        self._random = random.Random(0)
        self._steps = self._chunk = self._rounds = self._left = 0
        self._order: list[str] = []
        self._now = ""
        self._began = 0.0
        self.chunks: dict[str, list[float]] = {name: [] for name in sides}
        """CPU seconds per step"""
        self._warm: list[float] = []

    def tick(self, trainer: Any) -> None:
        """After each step."""
        self._steps += 1
        if self._steps <= WARM_UP:
            self._warm.append(time.process_time())
            if self._steps == WARM_UP:
                step = statistics.median(b - a for a, b in zip(self._warm, self._warm[1:], strict=False))
                self._chunk = max(round(CHUNK_SECONDS / step), 1)
                self._rounds = max(round(self._seconds / (self._chunk * step)), 100)
                self._turn(trainer)
            return
        self._left -= 1
        if not self._left:
            self.chunks[self._now].append((time.process_time() - self._began) / self._chunk)
            self._turn(trainer)

    def leave_out(self, seconds: float) -> None:
        """CPU time of the present chunk that belongs to no side."""
        self._began += seconds

    def _turn(self, trainer: Any) -> None:
        if self._now:
            self._clocks[self._now].go(False)
        if not self._order:
            if not self._rounds:
                raise _Stop
            self._rounds -= 1
            self._order = self._random.sample(list(self.sides), len(self.sides))
        self._now = self._order.pop()
        trainer.monitor = self.sides[self._now]
        self._left = self._chunk
        self._clocks[self._now].go(True)
        self._began = time.process_time()

    def windows(self) -> dict[str, list[float]]:
        """CPU seconds per step of each side, over windows of some chunks: a chunk is shorter than the time between two
        looks, so most of them have none."""
        some = next(iter(self.chunks.values()))
        per_window = max(round(self._window / (self._chunk * statistics.median(some))), 1)
        starts = range(0, len(some) - per_window + 1, per_window)
        return {
            name: [statistics.fmean(chunks[i : i + per_window]) for i in starts]
            for name, chunks in self.chunks.items()
        }


def in_modes(
    project: Path,
    modes: Mapping[str, Sequence[tuple[str, str]] | None],
    seconds: float,
    window: float,
    **plan: Any,
) -> dict[str, list[float]]:
    """CPU seconds per step of a run of the project, window by window, for each mode: the (node name, measurement) that
    are looked at, or None for no monitor at all. The run has its folder, sender and validation; no checkpoints."""
    import torch

    from nndesigner.check.check import check
    from nndesigner.compiler.build import build
    from nndesigner.data.dataset import read
    from nndesigner.document import edits
    from nndesigner.document.plan import plan_values
    from nndesigner.project.reader import open_project
    from nndesigner.protocol.controls import Control, Subscription
    from nndesigner.runs.store import create_run
    from nndesigner.training.loop import Trainer
    from nndesigner.training.monitor import Judged, Monitor
    from nndesigner.worker.link import Link
    from nndesigner.worker.sender import Sender

    class Exchanged(Monitor):
        """Its `next` by the clock of the loop, which goes on while this one's own stands still."""

        @property
        def next(self) -> float:
            return time.perf_counter() + super().next - self._clock()

        def validated(self, judged: Judged, step: int, epoch: float) -> None:
            before = time.process_time()
            super().validated(judged, step, epoch)
            exchange.leave_out(before - time.process_time())

    class Evaluating(Trainer):
        """An evaluation is the same for every side and only comes now and then; what reads its answers counts."""

        def evaluate(self, part: str, *, keep_answers: bool = False) -> dict[str, float]:
            before = time.process_time()
            found = super().evaluate(part, keep_answers=keep_answers)
            exchange.leave_out(time.process_time() - before)
            return found

    class Ticking(Link):
        def controls(self) -> list[Control]:
            exchange.tick(trainer)
            return super().controls()

    document = open_project(project).document
    assert document.data is not None
    data = read(document.data, project.parent)
    found = edits.set_found(
        document, tuple(data.fields.values()), data.counts, data.fingerprint, data.remarks
    )
    document = document.apply(found)
    document = document.apply(edits.set_plan(document, {"epochs": 1_000_000, "checkpoint_every": 0, **plan}))
    checked = check(document)
    ids = {node.name: node.id for node in checked.nodes}
    sender = Sender(lambda data: None)
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        link = Ticking(sender)
        trainer = Evaluating(
            build(checked),
            data,
            plan_values(document)[0],
            create_run(Path(folder), document),
            link,
            checked=checked,
        )
        clocks = {name: _Clock() for name in modes}
        sides: dict[str, Any] = {}
        for name, looked in modes.items():
            if looked is None:
                sides[name] = Absent(trainer.monitor.laps)
                continue
            sides[name] = Exchanged(
                trainer.compiled,
                checked,
                trainer.feed,
                link.send,
                way=trainer.way,
                in_turn=True,
                clock=clocks[name],
            )
            sides[name].subscribe([Subscription(ids.get(node, ""), what) for node, what in looked])
        exchange = Exchange(sides, clocks, seconds, window)
        try:
            trainer.start()
            trainer.train()
        except _Stop:
            pass
        finally:
            trainer.run.close()
            sender.close()
    return exchange.windows()
