"""Numbers per node: blocks opened, dead and saturated units told as they are, the size of one step exact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.document import edits
from nndesigner.measurements.by_node import _owners
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame
from nndesigner.training.loop import Trainer
from nndesigner.training.monitor import Monitor
from tests.measurements.test_measurements import looked
from tests.training.small import Recorder, chain, mlp, trainer


def numbers(frame: Frame, key: str) -> dict[str, float]:
    return dict(zip(frame.meta["names"], frame.arrays[key].tolist(), strict=True))


def step(it: Trainer) -> None:
    inputs, targets = next(iter(it.feed.epoch(0, 0, 16, False)))
    it.players[0].stepper.forget_gradients()
    it.way.judge(inputs, targets).loss.backward()


def test_dead_units_are_those_that_no_sample_makes_active(tmp_path: Path) -> None:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 8}),
        ("ReLU", {}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    it = trainer(chain("moons", layers), tmp_path)
    with torch.no_grad():
        it.compiled.get_submodule("linear1").bias.copy_(torch.tensor([-99.0] * 3 + [99.0] * 5))
    dead = numbers(looked(it, "", "health"), "dead")
    assert dead["relu1"] == pytest.approx(3 / 8)
    assert np.isnan(dead["linear1"]) and np.isnan(dead["table1"])


def test_a_channel_is_dead_where_it_is_dark_everywhere(tmp_path: Path) -> None:
    layers = [
        ("ImageInput", {}),
        ("Conv2d", {"out_channels": 4, "kernel_size": [3, 3]}),
        ("ReLU", {}),
        ("Flatten", {}),
        ("Linear", {"out_features": 10}),
        ("Output", {}),
    ]
    it = trainer(chain("digits", layers), tmp_path)
    with torch.no_grad():
        it.compiled.get_submodule("conv1").bias.copy_(torch.tensor([-99.0, 99.0, 99.0, 99.0]))
    assert numbers(looked(it, "", "health"), "dead")["relu1"] == pytest.approx(0.25)


@pytest.mark.parametrize("type", ["Tanh", "Sigmoid"])
def test_values_at_the_rails_are_saturated(tmp_path: Path, type: str) -> None:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 4}),
        (type, {}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    it = trainer(chain("moons", layers), tmp_path)
    with torch.no_grad():
        it.compiled.get_submodule("linear1").weight.zero_()
        it.compiled.get_submodule("linear1").bias.copy_(torch.tensor([-9.0, 0.0, 0.5, 9.0]))
    frame = looked(it, "", "health")
    name = next(n for n in frame.meta["names"] if n.startswith(type.lower()))
    assert numbers(frame, "saturated")[name] == pytest.approx(0.5)
    assert np.isnan(numbers(frame, "dead")[name])


def test_what_is_inside_a_block_has_rows_and_counts_for_the_block(tmp_path: Path) -> None:
    document = mlp()
    linear, tanh = document.nodes()[1:3]
    document = document.apply(edits.make_block(document, [linear.id, tanh.id]))
    it = trainer(document, tmp_path)
    block = next(n for n in document.nodes() if n.type == "Block")
    step(it)
    frame = looked(it, "", "health")
    weights, gradients = numbers(frame, "weight_norm"), numbers(frame, "gradient_norm")
    inside = f"{block.name}.linear1"
    assert (
        weights[block.name]
        == weights[inside]
        == pytest.approx(
            torch.cat([p.flatten() for p in it.compiled.get_submodule(inside).parameters()]).norm().item()
        )
    )
    assert gradients[inside] > 0 and gradients[block.name] == gradients[inside]
    assert np.isfinite(numbers(frame, "std")[f"{block.name}.tanh1"])
    assert frame.meta["nodes"][frame.meta["names"].index(inside)].startswith(f"{block.id}/0/")


def test_numbers_without_a_module_belong_to_the_node_they_are_named_after() -> None:
    rows = {"gain1": 0, "stage": 1, "stage.gain1": 2, "gain": 3}
    assert list(_owners("gain1_scale", rows)) == [0]
    assert list(_owners("stage.gain1_in_weight", rows)) == [1, 2]
    assert list(_owners("stage.other.weight", rows)) == [1]


def test_the_ratio_of_a_step_is_what_the_optimizer_did(tmp_path: Path) -> None:
    it = trainer(mlp(optimizer="sgd", learning_rate=0.1, momentum=0.0, weight_decay=0.0), tmp_path)
    module = it.compiled.get_submodule("linear1")
    before = torch.cat([p.detach().flatten().clone() for p in module.parameters()])
    frame = looked(it, "", "update_ratio")
    gradient = torch.cat([p.grad.flatten() for p in module.parameters()])
    assert numbers(frame, "update_norm")["linear1"] == pytest.approx(0.1 * gradient.norm().item(), rel=1e-4)
    assert numbers(frame, "ratio")["linear1"] == pytest.approx(
        (0.1 * gradient.norm() / before.norm()).item(), rel=1e-4
    )
    assert np.isnan(numbers(frame, "ratio")["tanh1"])
    assert frame.step == 1


def test_large_weights_are_judged_by_some_of_their_values(tmp_path: Path) -> None:
    it = trainer(mlp(width=60_000, optimizer="sgd", learning_rate=0.1, momentum=0.0), tmp_path)
    module = it.compiled.get_submodule("linear2")
    before = torch.cat([p.detach().flatten().clone() for p in module.parameters()])
    frame = looked(it, "", "update_ratio")
    gradient = torch.cat([p.grad.flatten() for p in module.parameters()])
    expected = (0.1 * gradient.norm() / before.norm()).item()
    assert numbers(frame, "ratio")["linear2"] == pytest.approx(expected, rel=0.05)
    assert numbers(frame, "weight_norm")["linear2"] == pytest.approx(before.norm().item(), rel=0.05)


def test_a_watched_run_asks_for_both_sides_of_one_step_and_stays_the_same_run(tmp_path: Path) -> None:
    plain = trainer(mlp(epochs=2), tmp_path / "plain")
    plain.start()
    plain.train()
    link = Recorder()
    it = trainer(mlp(epochs=2), tmp_path / "watched", link)
    it.start()
    it.monitor.subscribe([Subscription("", "update_ratio"), Subscription("", "health")])
    it.monitor._rate = 1e9
    it.monitor.budget = 1e9
    it.report.next = 0.0
    it.train()
    found = [f for f in link.of(Frame) if f.measurement == "update_ratio"]
    assert found and all(0 < numbers(f, "ratio")["linear1"] < 1 for f in found)
    assert not it.monitor._before
    for one, other in zip(plain.compiled.parameters(), it.compiled.parameters(), strict=True):
        assert torch.equal(one, other)


def test_what_a_step_costs_puts_off_the_next_look(tmp_path: Path) -> None:
    it = trainer(mlp(), tmp_path)
    now = [100.0]

    def clock() -> float:
        now[0] += 0.01
        return now[0]

    watch = Monitor(it.compiled, it.checked, it.feed, lambda frame: None, budget=0.02, clock=clock)
    watch.subscribe([Subscription("", "update_ratio")])
    watch.look(0, 0.0)
    due, spent = watch.next, watch.spent
    step(it)
    watch.before_step()
    it.players[0].stepper.step()
    watch.after_step(1, 0.1)
    assert watch.next - due == pytest.approx(0.01 / 0.02)
    assert watch.spent - spent == pytest.approx(0.02)
    assert not watch.step_due
