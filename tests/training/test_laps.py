"""The parts of a step are timed where somebody looks, and the step stays the same."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch

from nndesigner.protocol.controls import Subscribe, Subscription
from nndesigner.protocol.messages import Frame
from nndesigner.training.laps import PHASES, Laps
from tests.training.small import Recorder, mlp, trainer


def test_each_part_has_the_time_since_the_one_before() -> None:
    clock = itertools.count(0.0, 1.0)
    laps = Laps(torch.device("cpu"), lambda: next(clock))
    assert laps.take() is None
    laps.lap("forward")  # nobody asked: no time is read
    assert next(clock) == 0.0
    laps.begin()
    for phase in ("data", "to_device", "forward", "forward", "backward", "optimizer"):
        laps.lap(phase)
    assert laps.take() is None, "the step is not over"
    laps.end()
    found = laps.take()
    assert found == {**dict.fromkeys(PHASES, 1.0), "forward": 2.0, "monitoring": 0.0}
    assert laps.take() is None, "once"


def test_what_came_in_between_is_left_out() -> None:
    now = [0.0]
    laps = Laps(torch.device("cpu"), lambda: now[0])
    laps.begin()
    now[0] = 100.0  # a checkpoint was written
    laps.drop()
    now[0] = 101.0
    laps.lap("data")
    laps.end()
    assert laps.take() == {**dict.fromkeys(PHASES, 0.0), "data": 1.0}


def test_a_step_that_is_asked_for_is_one_after_things_have_settled() -> None:
    now = [0.0]
    laps = Laps(torch.device("cpu"), lambda: now[0])
    laps.ask()
    for _ in range(10):
        now[0] += 0.004
        laps.end()
        assert not laps.timing
    now[0] += 0.02
    laps.end()
    assert laps.timing
    now[0] += 0.5
    laps.lap("data")
    laps.end()
    assert not laps.timing and laps.take() == {**dict.fromkeys(PHASES, 0.0), "data": 0.5}
    laps.ask()
    laps.forget()
    now[0] += 1.0
    laps.end()
    assert not laps.timing


def test_a_slow_optimizer_shows_as_such_and_training_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = []
    for watched in (True, False):
        link = Recorder()
        it = trainer(mlp(epochs=2), tmp_path / str(watched), link)
        now = [0.0]
        monkeypatch.setattr(it.monitor.laps, "_clock", lambda now=now: now[0])
        player = it.players[0]
        step, judge = player.stepper.step, player._judge

        def slow(*arguments, now=now, step=step):  # type: ignore[no-untyped-def]
            now[0] += 0.75
            return step(*arguments)

        def forward(*arguments, now=now, judge=judge):  # type: ignore[no-untyped-def]
            now[0] += 0.25
            return judge(*arguments)

        monkeypatch.setattr(player.stepper, "step", slow)
        monkeypatch.setattr(player, "_judge", forward)
        it.monitor._rate, it.monitor.budget, it.report.next = 1e9, 1e9, -1.0
        monkeypatch.setattr("nndesigner.training.report.INTERVAL", 0.0)
        monkeypatch.setattr("nndesigner.training.laps.SETTLE", 0.0)
        if watched:
            it.do(Subscribe((Subscription("", "time_split"),)))
        it.start()
        it.train()
        weights.append([p.detach().clone() for p in it.compiled.parameters()])
        frames = [f for f in link.of(Frame) if f.measurement == "time_split"]
        assert bool(frames) == watched
        for frame in frames:
            seconds = dict(zip(frame.meta["phases"], frame.arrays["seconds"].tolist(), strict=True))
            assert (seconds["optimizer"], seconds["forward"], seconds["backward"]) == (0.75, 0.25, 0.0)
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))
