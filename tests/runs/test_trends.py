"""Overfitting, plateaus and weights that stand still, on curves and runs of which the answer is known."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame, ScalarRow
from nndesigner.runs.history import RunHistory
from nndesigner.runs.trends import imbalance, improvement, overfit, unchanged
from tests.training.small import Recorder, chain, dataset, mlp, trainer


def curves(train: list[float], validation: list[float]) -> RunHistory:
    history = RunHistory()
    rows = []
    for epoch, (a, b) in enumerate(zip(train, validation, strict=True), 1):
        rows.append(ScalarRow(10 * epoch, float(epoch), "train", "epoch loss", a, 0.0))
        rows.append(ScalarRow(10 * epoch, float(epoch), "validation", "loss", b, 0.0))
    history.add_rows(rows)
    return history


def test_losses_that_come_apart() -> None:
    found = overfit(curves([2.0, 1.0, 0.5, 0.1], [2.0, 1.2, 1.0, 1.5]))
    assert found is not None
    assert found.gap == pytest.approx(1.4 / 2.0)
    assert found.rise == pytest.approx(0.5)
    assert (found.since, found.best_step) == (1, 30)


def test_losses_that_fall_together() -> None:
    found = overfit(curves([2.0, 1.0, 0.5], [2.1, 1.05, 0.55]))
    assert found is not None
    assert found.gap == pytest.approx(0.025) and found.rise == 0 and found.since == 0


def test_nothing_is_said_before_there_is_something_to_compare() -> None:
    assert overfit(RunHistory()) is None
    assert overfit(curves([1.0], [1.0])) is None
    assert overfit(curves([1.0, float("nan")], [1.0, 1.0])) is None


def test_a_negative_loss_is_told_by_its_size() -> None:
    found = overfit(curves([-1.0, -2.0, -3.0], [-1.0, -2.0, -1.0]))
    assert found is not None and found.rise == pytest.approx(0.5)


def test_an_overfitted_network_is_told_from_one_that_is_not(tmp_path: Path) -> None:

    def learned(folder: Path, data: dict[str, object], **plan: object) -> RunHistory:
        layers = [
            ("TableInput", {}),
            ("Linear", {"out_features": 256}),
            ("Tanh", {}),
            ("Linear", {"out_features": 2}),
            ("Output", {}),
        ]
        it = trainer(chain("moons", layers, data, **plan), folder)
        it.start()
        it.train()
        return RunHistory.from_folder(it.run)

    healthy = overfit(learned(tmp_path / "a", {}, epochs=15, learning_rate=0.01))
    assert healthy is not None and healthy.gap < 0.1 and healthy.rise < 0.1
    few = {"samples": 60, "noise": 0.6}
    learned_by_heart = overfit(learned(tmp_path / "b", few, epochs=400, learning_rate=0.03))
    assert learned_by_heart is not None
    assert learned_by_heart.gap > 0.5 and learned_by_heart.rise > 0.3 and learned_by_heart.since > 100


def test_a_plateau_and_a_slope() -> None:
    falling, flat = np.linspace(2, 1, 20), np.concatenate((np.linspace(2, 1, 10), np.full(10, 1.0)))
    assert improvement(falling, 5) == pytest.approx((falling[14] - 1) / falling[14])
    assert improvement(flat, 5) == 0
    assert improvement(flat[::-1].copy(), 5) < 0
    assert improvement(flat, 20) is None and improvement(np.array([np.nan, 1.0]), 1) is None


def test_weights_that_stand_still_are_named(tmp_path: Path) -> None:
    """With a learning rate of nothing for one layer: its weights get gradients and do not move."""
    link = Recorder()
    it = trainer(mlp(optimizer="sgd", momentum=0.0, weight_decay=0.0), tmp_path, link)
    still = {id(p) for p in it.compiled.get_submodule("linear1").parameters()}
    group = it.players[0].optimizer.param_groups[0]
    rest = dict(group)
    rest["params"] = [p for p in group["params"] if id(p) in still]
    rest["lr"] = 0.0
    group["params"] = [p for p in group["params"] if id(p) not in still]
    it.players[0].optimizer.add_param_group(rest)
    it.monitor.subscribe([Subscription("", "update_ratio")])
    history = RunHistory()
    for step, (inputs, targets) in enumerate(it.feed.epoch(0, 0, 16, False), 1):
        it.players[0].optimizer.zero_grad()
        it.way.judge(inputs, targets).loss.backward()
        it.monitor.look(step, 0.0)
        it.monitor.before_step()
        it.players[0].optimizer.step()
        it.monitor.after_step(step, 0.0)
        if step == 2:
            assert unchanged(history) == ()
        for frame in link.of(Frame):
            history.take(frame)
        if step == 4:
            break
    linear = next(n.id for n in it.checked.nodes if n.name == "linear1")
    assert unchanged(history) == (linear,)


def test_rare_classes() -> None:
    target = next(f for f in dataset(mlp("moons")).fields.values() if f.kind == "class")
    assert imbalance(target) == pytest.approx(1.0, abs=0.1)
    rare = msgspec.structs.replace(target, statistics={"counts": [90, 10]})
    assert imbalance(rare) == 9.0
    assert imbalance(msgspec.structs.replace(target, statistics={})) is None
    assert imbalance(msgspec.structs.replace(target, kind="number")) is None
