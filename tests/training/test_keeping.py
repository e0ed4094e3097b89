from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from nndesigner.runs.store import create_run
from nndesigner.training.checkpoints import Snapshot, Standing
from nndesigner.training.keeping import WRITING_SHARE, Keeping
from tests.training.small import mlp


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Unwatched:
    frames: dict[str, Any] = {}  # noqa: RUF012


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keeping(clock: Clock, tmp_path: Path) -> Iterator[Keeping]:
    run = create_run(tmp_path, mlp())
    plan = {"checkpoint_seconds": 60.0, "checkpoint_every": 2, "keep_checkpoints": 2}
    made = Keeping(run, plan, cast(Any, Unwatched()), lambda write: cast(None, write()), clock)
    made.begin()
    yield made
    run.close()


def state(step: int, score: float = 0.0) -> Snapshot:
    weight = {"w": torch.full((2,), float(step))}
    return Snapshot(Standing(step=step, best_score=score, best_step=step), weight, {}, {}, step / 10)


def test_within_an_epoch_a_checkpoint_is_due_by_the_clock(keeping: Keeping, clock: Clock) -> None:
    clock.now += 59
    assert not keeping.due_within_epoch()
    clock.now += 1
    assert keeping.due_within_epoch()


def test_after_an_epoch_the_plan_decides_and_the_time_that_writing_takes(
    keeping: Keeping, clock: Clock
) -> None:
    assert [keeping.due_after_epoch(Standing(epoch=n)) for n in (1, 2, 3, 4)] == [False, True, False, True]
    clock.now += 1.0
    keeping.write(state(1), best=False, started=clock.now - 1.0)  # it took a second
    clock.now += 0.9 / WRITING_SHARE
    assert not keeping.due_after_epoch(Standing(epoch=2))
    clock.now += 0.2 / WRITING_SHARE
    assert keeping.due_after_epoch(Standing(epoch=2))


def test_the_best_state_that_was_only_in_memory_is_written_first(keeping: Keeping, clock: Clock) -> None:
    keeping.held = state(3, 0.9)
    keeping.write(state(5, 0.9), best=False, started=clock.now)
    assert keeping.held is None
    found = [(c.step, c.best) for c in keeping._run.checkpoints()]
    assert found == [(3, True), (5, False)]


def test_a_run_ends_with_its_last_state_and_its_best(keeping: Keeping) -> None:
    keeping.held = state(7, 0.9)
    keeping.put_last(state(9), best=False)
    assert [(c.step, c.best) for c in keeping._run.checkpoints()] == [(7, True), (9, False)]
