"""The loop: it learns, it can be stopped anywhere and goes on bit for bit, and it never keeps what is not finite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.protocol import controls
from nndesigner.protocol.controls import Control, Subscribe, Subscription
from nndesigner.protocol.messages import Clock, Frame, Scalars, State
from nndesigner.runs.history import RunHistory
from nndesigner.runs.store import RunFolder, open_run
from nndesigner.training import checkpoints, loop
from tests.training.small import Recorder, chain, mlp, trained, trainer


def weights(it: loop.Trainer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in it.compiled.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def rows(run: RunFolder) -> list[tuple[Any, ...]]:
    """Every number that counts, without the clock."""
    return [tuple(row[:5]) for row in run.rows()]


def at_step(number: int, *said: Control) -> Recorder:
    """A link that says these before step `number` (from 0)."""
    return Recorder(lambda call: said if call == number else ())


def dropout(**plan: Any) -> Document:
    """A network with every kind of memory: random draws, running statistics, momentum."""
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 12}),
        ("BatchNorm1d", {}),
        ("ReLU", {}),
        ("Dropout", {"p": 0.3}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    return chain("moons", layers, **{"epochs": 4, "batch_size": 24, "learning_rate": 0.01, **plan})


# -- learning ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("optimizer", "rate"), [("sgd", 0.5), ("adam", 0.02), ("adamw", 0.02), ("rmsprop", 0.01)]
)
def test_the_loss_goes_down_with_every_optimizer(tmp_path: Path, optimizer: str, rate: float) -> None:
    it, result = trained(mlp(epochs=8, optimizer=optimizer, learning_rate=rate), tmp_path)
    losses = [row.value for row in it.run.rows() if row.name == "epoch loss"]
    assert losses[-1] < 0.7 * losses[0]
    assert result["metrics"]["validation"]["accuracy"] > 0.75
    assert result["state"] == "finished" and result["epochs"] == 8


def test_a_step_unit_learns_and_or_but_never_xor_which_one_hidden_layer_solves(tmp_path: Path) -> None:
    unit = [("TableInput", {}), ("Linear", {"out_features": 1}), ("Step", {}), ("Output", {})]
    how = {"epochs": 40, "optimizer": "sgd", "learning_rate": 0.5, "batch_size": 8}
    accuracy = {}
    for problem in ("and", "or", "xor"):
        _, result = trained(chain("logic", unit, {"gate": problem}, **how), tmp_path)
        accuracy[problem] = result["metrics"]["train"]["accuracy"]
    assert accuracy["and"] == accuracy["or"] == 1.0
    assert accuracy["xor"] < 0.9
    hidden = [
        ("TableInput", {}),
        ("Linear", {"out_features": 8}),
        ("Tanh", {}),
        ("Linear", {"out_features": 1}),
        ("Sigmoid", {}),
        ("Output", {}),
    ]
    _, result = trained(chain("logic", hidden, epochs=60, learning_rate=0.05, batch_size=8), tmp_path)
    assert result["metrics"]["train"]["accuracy"] == 1.0


def test_numbers_are_learned_in_the_units_of_the_data(tmp_path: Path) -> None:
    layers = [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})]
    _, result = trained(chain("diabetes", layers, epochs=40, learning_rate=0.02), tmp_path)
    validation = result["metrics"]["validation"]
    assert 0.3 < validation["r2"] < 0.7
    assert 30 < validation["mae"] < 60  # the target runs from 25 to 346


def test_the_training_metrics_of_an_epoch_are_exact(tmp_path: Path) -> None:
    it = trainer(mlp(epochs=1, learning_rate=1e-12, optimizer="sgd", batch_size=7), tmp_path)
    it.start()
    result = it.train()
    measured = it.evaluate("train")  # the weights have hardly moved
    assert result["metrics"]["train"]["accuracy"] == measured["accuracy"]
    assert result["metrics"]["train"]["loss"] == pytest.approx(measured["loss"], rel=1e-5)


def test_weight_decay_pulls_the_weights_together(tmp_path: Path) -> None:
    norms = []
    for decay in (0.0, 0.3):
        it, _ = trained(mlp(epochs=5, optimizer="adamw", learning_rate=0.02, weight_decay=decay), tmp_path)
        norms.append(sum(float(p.detach().norm()) for p in it.compiled.parameters()))
    assert norms[1] < 0.9 * norms[0]


def test_early_stopping_ends_the_run_and_the_best_checkpoint_is_the_best_epoch(tmp_path: Path) -> None:
    it, result = trained(mlp(epochs=60, learning_rate=0.3, patience=4), tmp_path)
    assert result["state"] == "early" and "no better for 4 epochs" in result["sentence"]
    assert result["epochs"] < 60
    losses = {row.step: row.value for row in it.run.rows() if (row.split, row.name) == ("validation", "loss")}
    best = it.run.best_checkpoint()
    assert best is not None and best.best
    assert best.step == min(losses, key=losses.__getitem__)
    assert best.score == -min(losses.values())


def test_two_heads_are_learned_together_and_counted_apart(tmp_path: Path) -> None:
    from nndesigner.document import edits

    document = mlp(epochs=2)
    shared = document.node_named("tanh1")
    assert shared is not None
    document = document.apply(
        edits.add_node(document, "Linear", parameters={"out_features": 2}, name="second")
    )
    document = document.apply(edits.add_node(document, "Output", name="also"))
    second, also = document.node_named("second"), document.node_named("also")
    assert second is not None and also is not None
    document = document.apply(edits.connect(document, shared.id, "y", second.id, "x"))
    document = document.apply(edits.connect(document, second.id, "y", also.id, "x"))
    _, result = trained(document, tmp_path)
    assert {"loss", "loss · output1", "loss · also", "accuracy · output1", "accuracy · also"} <= set(
        result["metrics"]["validation"]
    )
    parts = result["metrics"]["validation"]
    assert parts["loss"] == pytest.approx(parts["loss · output1"] + parts["loss · also"])


# -- going on ----------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def unbroken(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[dict[str, torch.Tensor], list[Any]]]:
    """Weights and numbers of whole runs, by optimizer."""
    found = {}
    for optimizer in ("sgd", "adamw"):
        it, _ = trained(dropout(optimizer=optimizer, momentum=0.9), tmp_path_factory.mktemp("whole"))
        found[optimizer] = weights(it), rows(it.run)
    return found


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("step", [0, 1, 5, 15, 40])
def test_a_run_that_was_stopped_goes_on_bit_for_bit(
    tmp_path: Path, unbroken: dict[str, tuple[dict[str, torch.Tensor], list[Any]]], optimizer: str, step: int
) -> None:
    document = dropout(optimizer=optimizer, momentum=0.9)
    first = trainer(document, tmp_path, at_step(step, controls.Stop()))
    first.start()
    assert first.train()["state"] == "stopped"
    assert first.at.step == step
    torch.rand(17)  # what else the process draws does not matter
    second = trainer(document, tmp_path, run=open_run(first.run.path))
    second.resume()
    assert second.train()["state"] == "finished"
    expected, numbers = unbroken[optimizer]
    assert same(weights(second), expected)
    assert rows(second.run) == numbers


@pytest.mark.parametrize("step", [1, 4, 9])
def test_a_sample_left_over_is_trained_on_with_batch_normalization_and_resumes_bit_for_bit(
    tmp_path: Path, step: int
) -> None:
    document = chain(
        "moons",
        [
            ("TableInput", {}),
            ("Linear", {"out_features": 8}),
            ("BatchNorm1d", {}),
            ("ReLU", {}),
            ("Linear", {"out_features": 2}),
            ("Output", {}),
        ],
        {"samples": 52},
        epochs=3,
    )
    assert document.data is not None
    samples = document.data.counts["train"]
    size = 7
    assert samples % size == 1
    document = document.apply(edits.set_plan(document, {"batch_size": size}))
    whole, result = trained(document, tmp_path / "whole")
    assert result["state"] == "finished" and result["steps"] == 3 * (samples // size)
    first = trainer(document, tmp_path / "broken", at_step(step, controls.Stop()))
    first.start()
    first.train()
    assert first.at.step == step
    second = trainer(document, tmp_path / "broken", run=open_run(first.run.path))
    second.resume()
    second.train()
    assert same(weights(second), weights(whole)) and rows(second.run) == rows(whole.run)


def test_the_clock_tells_what_watching_costs(tmp_path: Path) -> None:
    link = at_step(0, Subscribe((Subscription("", "health"),)))
    it, result = trained(mlp(epochs=4), tmp_path, link)
    last = link.of(Clock)[-1]
    assert 0 < last.monitoring < 1 and it.monitor.spent > 0
    assert last.monitoring == pytest.approx(result["monitoring"], rel=0.5)


def test_a_run_that_died_goes_on_from_its_last_checkpoint_and_its_later_numbers_do_not_count(
    tmp_path: Path, unbroken: dict[str, tuple[dict[str, torch.Tensor], list[Any]]]
) -> None:
    document = dropout(optimizer="adamw", momentum=0.9)

    class Died(BaseException):
        pass

    def script(call: int) -> Sequence[Control]:
        if call == 37:
            first.report.flush()
            first.run.flush()
            raise Died
        return ()

    first = trainer(document, tmp_path, Recorder(script))
    first.start()
    with pytest.raises(Died):
        first.train()
    assert max(row.step for row in open_run(first.run.path).rows()) == 37
    latest = first.run.latest_checkpoint()
    assert latest is not None and latest.step < 37
    second = trainer(document, tmp_path, run=open_run(first.run.path))
    second.resume()
    second.train()
    expected, numbers = unbroken["adamw"]
    assert same(weights(second), expected)
    assert rows(second.run) == numbers


def test_pausing_stepping_watching_and_single_checkpoints_change_no_bit(
    tmp_path: Path, unbroken: dict[str, tuple[dict[str, torch.Tensor], list[Any]]]
) -> None:
    document = dropout(optimizer="sgd", momentum=0.9, checkpoint_seconds=1)
    first_layer = document.node_named("linear1")
    assert first_layer is not None
    subscribe = Subscribe(
        (
            Subscription(first_layer.id, "activation_histogram"),
            Subscription("", "health"),
            Subscription("", "signal_gradient"),
        )
    )
    told = {
        10: [subscribe, controls.Watch("samples", samples=(3, 5)), controls.SetBudget(0.5)],
        20: [controls.Pause(), subscribe],
        30: [controls.Watch("class", "1", most=16)],
    }
    link = Recorder(lambda call: told.get(call, ()))
    link.waiting = [controls.StepBatch(), controls.StepBatch(), controls.Resume()]
    ticks = iter(np.arange(0, 1e6, 0.3))
    it = trainer(document, tmp_path, link, clock=lambda: float(next(ticks)))
    it.start()
    it.train()
    assert same(weights(it), unbroken["sgd"][0])
    assert [state.state for state in link.of(State)] == [
        "running",
        "paused",
        "running",
        "stopping",
        "finished",
    ]
    found = {frame.measurement for frame in link.of(Frame)}
    assert found >= {"activation_histogram", "health", "signal_gradient"}


def test_a_changed_learning_rate_is_kept_over_a_resume(tmp_path: Path) -> None:
    document = mlp(epochs=2)
    first = trainer(
        document,
        tmp_path,
        Recorder(lambda call: [[], [controls.SetLearningRate(0.5)], [controls.Stop()]][min(call, 2)]),
    )
    first.start()
    first.train()
    second = trainer(document, tmp_path, run=open_run(first.run.path))
    second.resume()
    assert second.at.learning_rate == 0.5
    assert second.players[0].optimizer.param_groups[0]["lr"] == 0.5
    assert any(event["kind"] == "learning-rate" for event in first.run.events())


def test_a_new_run_continues_from_a_checkpoint_with_what_fits(tmp_path: Path) -> None:
    first, before = trained(mlp(epochs=6, learning_rate=0.02), tmp_path)
    best = first.run.best_checkpoint()
    assert best is not None
    same_network = trainer(mlp(epochs=3, learning_rate=0.02), tmp_path)
    same_network.continue_from(best.path)
    assert same_network.at.step == best.step
    assert len(same_network.players[0].optimizer.state) > 0
    result = same_network.train()
    assert result["epochs"] == 3
    assert result["metrics"]["train"]["loss"] < before["metrics"]["train"]["loss"] * 1.2
    wider = trainer(mlp(epochs=1, width=16, classes=2, optimizer="sgd"), tmp_path)
    wider.continue_from(best.path)
    assert not wider.players[0].optimizer.state
    other = trainer(
        chain("iris", [("TableInput", {}), ("Linear", {"out_features": 3}), ("Output", {})]), tmp_path
    )
    with pytest.raises(Refusal, match="Nothing of the checkpoint fits"):
        other.continue_from(best.path)


def test_a_finished_run_is_not_resumed(tmp_path: Path) -> None:
    document = mlp(epochs=1)
    first, _ = trained(document, tmp_path)
    with pytest.raises(Refusal, match="is finished"):
        trainer(document, tmp_path, run=open_run(first.run.path)).resume()


@pytest.mark.parametrize(
    "plan", [{"epochs": 3}, {"epochs": 40, "learning_rate": 0.3, "patience": 2}], ids=["finished", "early"]
)
def test_a_run_that_broke_off_after_its_last_epoch_comes_to_its_end(tmp_path: Path, plan: dict) -> None:
    document = mlp(**plan)
    first, whole = trained(document, tmp_path)
    assert whole["state"] == ("early" if "patience" in plan else "finished")
    rows = [tuple(row[:5]) for row in first.run.rows()]
    first.run.save_record(state="running", result={})  # killed before the end was written down
    again = trainer(document, tmp_path, run=open_run(first.run.path))
    again.resume()
    result = again.train()
    same_in_both = ("state", "sentence", "epochs", "steps", "metrics")
    assert {key: result[key] for key in same_in_both} == {key: whole[key] for key in same_in_both}
    assert [tuple(row[:5]) for row in open_run(first.run.path).rows()] == rows
    assert open_run(first.run.path).record.state == whole["state"]


def test_a_damaged_checkpoint_is_set_aside_and_said(tmp_path: Path) -> None:
    document = mlp(epochs=3, checkpoint_every=1)
    first = trainer(document, tmp_path, at_step(30, controls.Stop()))
    first.start()
    first.train()
    found = first.run.checkpoints()
    newest, older = found[-1], found[-2]
    target = newest.path / "model.safetensors"
    target.write_bytes(target.read_bytes()[:-1])
    link = Recorder()
    second = trainer(document, tmp_path, link, run=open_run(first.run.path))
    second.resume()
    assert second.at.step == older.step
    assert any("damaged" in state.sentence for state in link.of(State))
    second.train()


# -- what is not finite ------------------------------------------------------------------------------------------------
def poison(it: loop.Trainer, step: int, what: str) -> None:
    """Make a value infinite or no number in one step: in the input, the loss or the gradient."""
    turn = it.players[0].turn
    judge = turn.judge

    def poisoned(inputs: Any, targets: Any) -> Any:
        hit = torch.is_grad_enabled() and it.at.step == step
        if hit and what == "input":
            inputs[0] = inputs[0].clone()
            inputs[0][0] = math.nan
        outcome = judge(inputs, targets)
        if hit and what == "loss":
            return outcome._replace(loss=outcome.loss * math.inf)
        if hit and what == "gradient":
            outcome.loss.register_hook(lambda gradient: gradient * math.nan)
        return outcome

    object.__setattr__(turn, "judge", poisoned)


@pytest.mark.parametrize("what", ["input", "loss", "gradient"])
@pytest.mark.parametrize("step", [0, 3, 29, 44, 58])
@pytest.mark.parametrize("held", [1, 4])
def test_what_is_not_finite_ends_the_run_and_is_never_written(
    tmp_path: Path, what: str, step: int, held: int
) -> None:
    import dataclasses

    it = trainer(mlp(epochs=4, batch_size=50, learning_rate=0.01), tmp_path, losses_held=held)
    it.objective = dataclasses.replace(it.objective)
    it.start()
    poison(it, step, what)
    result = it.train()
    steps = it.batches * 4
    if step >= steps:
        assert result["state"] == "finished"
        return
    assert result["state"] == "diverged"
    # A gradient shows one step later, or when the weights it spoiled are about to be written.
    named = (step + 1,) if what != "gradient" else (step + 1, step + 2)
    assert any(f"in step {number}:" in result["sentence"] for number in named)
    assert all(bool(torch.isfinite(v).all()) for v in it.compiled.state_dict().values())
    run = open_run(it.run.path)
    assert run.record.state == "diverged"
    for checkpoint in run.checkpoints():
        assert checkpoints.read(checkpoint.path).finite
        assert checkpoint.step <= step + 1
    assert run.latest_checkpoint() is not None


def test_the_node_where_it_began_is_named(tmp_path: Path) -> None:
    document = mlp(epochs=2)
    it = trainer(document, tmp_path)
    it.start()
    with torch.no_grad():
        it.compiled.get_parameter("linear1.weight")[0, 0] = math.nan
    result = it.train()
    assert result["state"] == "diverged" and "linear1" in result["sentence"]
    node = document.node_named("linear1")
    assert node is not None
    assert [event["node"] for event in it.run.events() if event["kind"] == "diverged"] == [node.id]


def test_a_learning_rate_that_is_far_too_large_is_told_and_leaves_a_healthy_state(tmp_path: Path) -> None:
    layers = [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})]
    it, result = trained(chain("diabetes", layers, epochs=50, optimizer="sgd", learning_rate=500.0), tmp_path)
    assert result["state"] == "diverged" and "smaller learning rate" in result["sentence"]
    latest = it.run.latest_checkpoint()
    assert latest is not None and checkpoints.read(latest.path).finite


# -- being told --------------------------------------------------------------------------------------------------------
def test_cancelling_ends_at_once_and_says_so(tmp_path: Path) -> None:
    link = Recorder()
    it = trainer(mlp(epochs=5), tmp_path, link)
    it.start()
    link.cancelled = True
    with pytest.raises(Cancelled):
        it.train()
    assert open_run(it.run.path).record.state == "stopped"


def test_an_orphan_writes_a_checkpoint_and_ends(tmp_path: Path) -> None:
    link = Recorder()
    document = mlp(epochs=5)

    def script(call: int) -> Sequence[Control]:
        link.orphaned = call == 12
        return ()

    link._script = script
    it = trainer(document, tmp_path, link)
    it.start()
    assert it.train()["state"] == "orphaned"
    latest = it.run.latest_checkpoint()
    assert latest is not None and latest.step == 12
    again = trainer(document, tmp_path, run=open_run(it.run.path))
    again.resume()
    assert again.train()["state"] == "finished"


class Stopped:
    """A clock that moves a thousandth of a second at each look, and when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def test_a_full_disk_pauses_the_run_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = mlp(epochs=12)
    whole, _ = trained(document, tmp_path)
    link = Recorder()
    clock = Stopped()
    it = trainer(document, tmp_path, link, clock=clock)
    it.start()
    real, refused = checkpoints.write, []

    def full(run: RunFolder, snapshot: Any, *, best: bool, keep: int) -> Path:
        if len(refused) < 2:
            refused.append(1)
            raise WriteError(run.path, "the disk is full.")
        return real(run, snapshot, best=best, keep=keep)

    monkeypatch.setattr(checkpoints, "write", full)
    monkeypatch.setattr(link, "wait_control", lambda timeout: clock.advance(timeout))
    result = it.train()
    assert len(refused) == 2 and result["state"] == "finished"
    assert any("the disk is full" in state.sentence for state in link.of(State) if state.state == "paused")
    assert same(weights(it), weights(whole))


def test_every_loss_is_sent_and_kept_and_both_give_one_history(tmp_path: Path) -> None:
    document = mlp(epochs=3)
    node = document.node_named("linear1")
    assert node is not None
    link = at_step(
        0, Subscribe((Subscription(node.id, "weight_histogram"), Subscription("", "decision_boundary")))
    )
    it, result = trained(document, tmp_path, link)
    live = RunHistory()
    for message in link.messages:
        live.take(message)
    stored = RunHistory.from_folder(it.run.path)
    assert live.same_as(stored) and stored.same_as(live)
    assert len(stored.series("train", "loss")) == result["steps"] == 3 * it.batches
    assert (node.id, "weight_histogram") in stored.frames
    assert {measurement for _, measurement in stored.frames} >= {
        "confusion_matrix",
        "health",
        "probe_predictions",
    }
    assert stored.last("test", "accuracy") == result["metrics"]["test"]["accuracy"]
    clock = link.of(Clock)[-1]
    assert (clock.step, clock.steps, clock.epochs) == (result["steps"], result["steps"], 3)
    assert len(link.of(Scalars)) < result["steps"]


def test_what_was_looked_at_is_recorded_as_far_as_the_plan_allows(tmp_path: Path) -> None:
    for recording in (8, 0):
        document = mlp(epochs=3, recording=recording)
        node = document.node_named("linear1")
        assert node is not None
        wanted = Subscription(node.id, "weight_histogram"), Subscription("", "health")
        link = at_step(0, Subscribe(wanted))
        it, _ = trained(document, tmp_path / str(recording), link)
        sent = {f.step for f in link.of(Frame) if f.measurement == "weight_histogram"}
        kept = {f.step for f in it.run.trail() if f.measurement == "weight_histogram"}
        assert kept == (sent if recording else set())
        assert {f.step for f in it.run.trail() if f.measurement == "health"}
        history = RunHistory.from_folder(it.run.path)
        assert set(history.looks()[0].tolist()) >= sent


def test_the_whole_run_is_the_same_twice(tmp_path: Path) -> None:
    first, _ = trained(dropout(epochs=2), tmp_path)
    torch.rand(100)
    second, _ = trained(dropout(epochs=2), tmp_path)
    assert same(weights(first), weights(second)) and rows(first.run) == rows(second.run)
    third, _ = trained(dropout(epochs=2, seed=1), tmp_path)
    assert not same(weights(first), weights(third))


def test_a_network_that_cannot_be_trained_is_refused_with_a_sentence(tmp_path: Path) -> None:
    from nndesigner.document import edits

    document = mlp()
    data = document.data
    assert data is not None
    nothing = document.apply(edits.set_found(document, (), {}, ""))
    with pytest.raises(Refusal):
        trainer(nothing, tmp_path)
