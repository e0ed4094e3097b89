"""What a plan adds to plain steps: schedules, bounds, pieces, averages, precision, an optimizer that looks again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.schedules import factor
from nndesigner.protocol.controls import Control, SetLearningRate
from nndesigner.runs.store import open_run
from nndesigner.training import checkpoints
from nndesigner.training.loop import Trainer
from tests.training.small import Recorder, chain, mlp, trained, trainer

PLANS: dict[str, dict[str, Any]] = {
    "schedule": {"schedule": "cosine", "warmup": 10},
    "plateau": {"schedule": "plateau", "plateau_patience": 0, "plateau_threshold": 0.2},
    "averages": {"average_decay": 0.9, "clip_norm": 0.5},
    "float16": {"precision": "float16", "pieces": 2},
    "curvature": {"optimizer": "lbfgs", "max_iterations": 3, "history_size": 3},
}


def dropout(**plan: Any) -> Document:
    layers: list[tuple[str, dict[str, Any]]] = [
        ("TableInput", {}),
        ("Linear", {"out_features": 8}),
        ("ReLU", {}),
        ("Dropout", {"p": 0.3}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    return chain("moons", layers, **{"epochs": 6, "learning_rate": 0.02, **plan})


def rates(it: Trainer) -> list[tuple[int, float]]:
    return [(row.step, row.value) for row in it.run.rows() if row.name == "learning rate"]


def weights(it: Trainer) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in it.compiled.state_dict().items()}


@pytest.mark.parametrize("name", PLANS)
def test_a_run_that_died_goes_on_bit_for_bit(name: str, tmp_path: Path) -> None:
    document = dropout(**PLANS[name])
    whole, _ = trained(document, tmp_path / "whole")

    class Died(BaseException):
        pass

    def script(call: int) -> Sequence[Control]:
        if call == 2 * first.batches + 3:
            first.report.flush()
            first.run.flush()
            raise Died
        return ()

    first = trainer(document, tmp_path / "broken", Recorder(script))
    first.start()
    with pytest.raises(Died):
        first.train()
    second = trainer(document, tmp_path, run=open_run(first.run.path))
    second.resume()
    second.train()
    assert all(torch.equal(a, weights(second)[name]) for name, a in weights(whole).items())
    for name_, tensor in whole.averages.tensors.items():
        assert torch.equal(tensor, second.averages.tensors[name_])

    def told(it: Trainer) -> list[tuple[int, str, str, float]]:
        return [(row.step, row.split, row.name, row.value) for row in it.run.rows()]

    assert told(second) == told(whole)


def test_the_rate_of_every_step_is_the_schedules(tmp_path: Path) -> None:
    it, _ = trained(mlp(epochs=4, schedule="linear", warmup=3, warmup_first=0.5, learning_rate=0.1), tmp_path)
    found = dict(rates(it))
    steps = 4 * it.batches
    assert found[0] == pytest.approx(0.05)
    for step in range(1, steps):
        assert found[step + 1] == pytest.approx(0.1 * factor(it.plan, step, steps, it.batches))
    assert it.players[0].optimizer.param_groups[0]["lr"] == pytest.approx(0.0)


def test_a_rate_set_by_hand_moves_the_rest_of_the_schedule(tmp_path: Path) -> None:
    plan = {"epochs": 4, "schedule": "linear", "learning_rate": 0.1}
    link = Recorder(lambda call: [SetLearningRate(0.2)] if call == 10 else ())
    it, _ = trained(mlp(**plan), tmp_path, link)
    found, steps = dict(rates(it)), 4 * it.batches
    assert found[10] == pytest.approx(0.2)
    expected = 0.2 * factor(it.plan, 20, steps, it.batches) / factor(it.plan, 10, steps, it.batches)
    assert found[21] == pytest.approx(expected)


def test_a_plateau_lowers_the_rate_and_says_so(tmp_path: Path) -> None:
    plan = {"schedule": "plateau", "plateau_patience": 1, "plateau_threshold": 0.9, "schedule_gamma": 0.5}
    it, _ = trained(mlp(epochs=6, learning_rate=0.01, **plan), tmp_path)
    # only the first epoch counts as better: the second one waits, the third one lowers, and so on
    assert [value for _, value in rates(it)] == pytest.approx([0.01, 0.005, 0.0025])


def test_a_run_that_goes_on_from_another_begins_its_schedule_anew(tmp_path: Path) -> None:
    document = mlp(epochs=2, schedule="linear", learning_rate=0.1)
    first, _ = trained(document, tmp_path / "first")
    latest = first.run.latest_checkpoint()
    assert latest is not None
    second = trainer(document, tmp_path / "second")
    second.continue_from(latest.path)
    second.train()
    assert rates(second)[0] == (latest.step, pytest.approx(0.1))
    assert rates(second)[-1][1] == pytest.approx(0.0)


def test_pieces_come_to_the_gradients_of_the_whole_batch(tmp_path: Path) -> None:
    steps = {"epochs": 2, "optimizer": "sgd", "learning_rate": 0.1, "batch_size": 50}
    whole, _ = trained(mlp(**steps), tmp_path / "whole")
    pieces, _ = trained(mlp(**steps, pieces=7), tmp_path / "pieces")
    for name, tensor in weights(whole).items():
        torch.testing.assert_close(tensor, weights(pieces)[name], rtol=1e-4, atol=1e-6)
    assert pieces.at.step == whole.at.step
    assert pieces.metrics["train"]["accuracy"] == pytest.approx(whole.metrics["train"]["accuracy"], abs=0.02)


def test_averages_are_what_is_validated_and_saved(tmp_path: Path) -> None:
    it, _ = trained(mlp(epochs=3, learning_rate=0.05, average_decay=0.99), tmp_path)
    latest = it.run.latest_checkpoint()
    assert latest is not None
    snapshot = checkpoints.read(latest.path)
    for name, average in it.averages.tensors.items():
        assert torch.equal(snapshot.model[name], average)
        assert torch.equal(snapshot.learning[name], it.compiled.get_parameter(name).detach())
        assert not torch.equal(snapshot.model[name], snapshot.learning[name])
    before = it.evaluate("validation")
    it.compiled.load_state_dict({**it.compiled.state_dict(), **it.averages.tensors})
    assert it.evaluate("validation") == before, "the weights that learn are not asked"


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_mixed_precision_learns(precision: str, tmp_path: Path) -> None:
    plan = {"epochs": 30, "learning_rate": 0.05, "precision": precision}
    it, result = trained(mlp(**plan), tmp_path)
    assert result["metrics"]["test"]["accuracy"] > 0.9
    assert all(weight.dtype == torch.float32 for weight in it.compiled.parameters())
    full, _ = trained(mlp(**{**plan, "precision": "float32"}), tmp_path / "full")
    assert not torch.equal(*(torch.cat([w.flatten() for w in t.compiled.parameters()]) for t in (it, full)))


def test_a_step_whose_gradients_overflow_is_left_out(tmp_path: Path) -> None:
    it = trainer(mlp(epochs=1, precision="float16"), tmp_path)
    it.start()
    before = weights(it)
    player = it.players[0]
    assert player.precision.scaler is not None
    inputs, targets = next(it.feed.epoch(0, 0, 8, False))
    outcome = player.gradients(it.strategy, inputs, targets)
    player.stepper._weights[0].grad[0] = float("inf")
    player.step(it.strategy, outcome, inputs, targets)
    assert all(torch.equal(a, weights(it)[name]) for name, a in before.items())
    assert player.precision.scaler.get_scale() == 2.0**15
    it.run.close()


def test_an_optimizer_that_looks_again_gets_further_in_a_step(tmp_path: Path) -> None:
    plan = {"epochs": 12, "batch_size": 10_000, "learning_rate": 1.0}
    seen, _ = trained(mlp(optimizer="lbfgs", **plan), tmp_path / "lbfgs")
    plain, _ = trained(mlp(optimizer="sgd", **plan), tmp_path / "sgd")
    assert seen.metrics["train"]["loss"] < 0.2 * plain.metrics["train"]["loss"]


def test_curvature_has_one_rate_for_all_layers(tmp_path: Path) -> None:
    document = mlp(epochs=1, optimizer="lbfgs")
    node = document.node_named("linear1")
    assert node is not None
    document = document.apply(edits.set_learning(document, [node.id], {"rate": 0.5}))
    with pytest.raises(Refusal, match="L-BFGS has one learning rate"):
        trainer(document, tmp_path)
