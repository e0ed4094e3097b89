"""Runs of small networks with a known answer, watched in this process: what the tests of views look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nndesigner.document.document import Document
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame
from nndesigner.runs.history import RunHistory
from nndesigner.training.loop import Trainer
from tests.training.small import Recorder, trainer


def watched(
    document: Document,
    folder: Path,
    *wanted: tuple[str, str],
    steps: int = 3,
    prepare: Callable[[Trainer], object] = lambda it: None,
    options: dict[str, object] | None = None,
) -> ShownRun:
    """A few steps of a run, looked at after each; `wanted` are (name of a node or "", measurement), `prepare` may
    change the weights before the first one."""
    link = Recorder()
    it = trainer(document, folder, link)
    prepare(it)
    ids = {inner.name: inner.key for inner in it.checked.walk()}
    it.monitor.subscribe([Subscription(ids.get(node, ""), name, options or {}) for node, name in wanted])
    batches = iter(())
    for step in range(1, steps + 1):
        batch = next(batches, None)
        if batch is None:
            batches = it.feed.epoch(0, step, 16, False)
            batch = next(batches)
        inputs, targets = batch
        it.players[0].stepper.forget_gradients()
        it.way.judge(inputs, targets).loss.backward()
        it.monitor.look(step, step / 10)
        if it.monitor.step_due:
            it.monitor.before_step()
            it.players[0].stepper.step()
            it.monitor.after_step(step, step / 10)
        else:
            it.players[0].stepper.step()
    if any(measurements()[name].reads == "validation" for _, name in wanted):
        it.compiled.eval()
        judged = [(it.compiled.for_loss(*x), y) for x, y in it.feed.evaluation("validation", 16)]
        it.monitor.validated([([v.detach() for v in values], y) for values, y in judged], steps, steps / 10)
    history = RunHistory()
    names = {name for _, name in wanted}
    for frame in link.of(Frame):
        if frame.measurement in names:  # and not what is recorded beside
            history.take(frame)
    return ShownRun("known", None, history, document, True, "running")


def key_of(run: ShownRun, name: str) -> str:
    assert run.checked is not None
    return next(inner.key for inner in run.checked.walk() if inner.name == name)
