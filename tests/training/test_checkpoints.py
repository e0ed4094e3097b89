"""Checkpoints: what was written comes back exactly, or not at all; the wrong ones are never written."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.runs.store import open_run
from nndesigner.training import checkpoints
from nndesigner.training.checkpoints import Snapshot, Standing
from tests.training.small import mlp, trained, trainer


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with checkpoints, not to be changed."""
    it, _ = trained(mlp(epochs=3), tmp_path_factory.mktemp("written"))
    return it.run.path


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    it = trainer(mlp(), tmp_path)
    it.start()
    snapshot = it.snapshot()
    snapshot = Snapshot(
        standing=Standing(step=7, loss_sum=0.1 + 0.2, best_score=-1 / 3, seconds=1.5),
        model=snapshot.model,
        optimizer=snapshot.optimizer,
        loop=snapshot.loop,
        epochs=0.5,
    )
    back = checkpoints.read(checkpoints.write(it.run, snapshot, best=True))
    assert back.standing == snapshot.standing and back.epochs == 0.5
    for name in ("model", "optimizer", "loop"):
        one, other = getattr(back, name), getattr(snapshot, name)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_a_snapshot_is_apart_from_the_live_weights(tmp_path: Path) -> None:
    it = trainer(mlp(), tmp_path)
    snapshot = it.snapshot()
    with torch.no_grad():
        for parameter in it.compiled.parameters():
            parameter.fill_(7.0)
    assert all(not bool((value == 7).all()) for value in snapshot.model.values())


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_never_written(tmp_path: Path, bad: float) -> None:
    it = trainer(mlp(), tmp_path)
    with torch.no_grad():
        it.compiled.get_parameter("linear1.bias")[0] = bad
    snapshot = it.snapshot()
    assert not snapshot.finite
    with pytest.raises(ValueError, match="not finite"):
        checkpoints.write(it.run, snapshot, best=False)
    assert it.run.checkpoints() == ()


def test_large_and_small_finite_numbers_are_finite() -> None:
    assert checkpoints.all_finite(
        [torch.tensor([3e38, -3e38]), torch.tensor([1e-45])]
    )  # their squares are not
    assert checkpoints.all_finite([torch.zeros(0), torch.arange(3)])
    assert not checkpoints.all_finite([torch.ones(3), torch.tensor([1.0, float("nan")])])


def test_the_newest_two_and_the_best_are_kept(tmp_path: Path) -> None:
    it = trainer(mlp(), tmp_path)
    snapshot = it.snapshot()
    for step in range(1, 7):
        state = Standing(step=step, best_score=-1.0)
        checkpoints.write(
            it.run,
            Snapshot(state, snapshot.model, snapshot.optimizer, snapshot.loop, 0.0),
            best=step in (1, 3),
        )
    assert [(c.step, c.best) for c in it.run.checkpoints()] == [(3, True), (5, False), (6, False)]
    best = it.run.best_checkpoint()
    assert best is not None and best.step == 3


def test_as_many_of_the_newest_are_kept_as_the_plan_says(tmp_path: Path) -> None:
    it, _ = trained(mlp(epochs=6, keep_checkpoints=4, learning_rate=1e-9), tmp_path, clock=lambda: 0.0)
    found = it.run.checkpoints()
    assert len([c for c in found if not c.best]) >= 3 and len(found) in (4, 5)
    assert found[-1].step - found[-4].step == 3 * it.batches


def test_a_flipped_bit_or_a_missing_end_is_never_loaded_in_silence(written: Path, tmp_path: Path) -> None:
    """Also the run folder steps back to the checkpoint before, and says that there is one."""
    run = open_run(written)
    newest = run.checkpoints()[-1].path
    files = sorted(path for path in newest.iterdir())
    assert len(files) == 5
    chance = random.Random(0)
    for number in range(200):
        target = files[number % len(files)]
        good = target.read_bytes()
        bad = bytearray(good)
        if chance.random() < 0.7:
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        else:
            del bad[chance.randrange(len(bad)) :]
        target.write_bytes(bad)
        try:
            with pytest.raises(Refusal, match="cannot be used"):
                checkpoints.read(newest)
            latest = run.latest_checkpoint()
            assert latest is not None and latest.path != newest
        finally:
            target.write_bytes(good)
    assert checkpoints.read(newest).finite


def test_a_checkpoint_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        checkpoints.read(tmp_path / "step-00000001")
