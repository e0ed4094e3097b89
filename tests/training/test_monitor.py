"""Looking: it shows what is asked for, leaves no trace, and keeps to its budget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nndesigner.document import edits
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.controls import Subscription, Watch
from nndesigner.protocol.messages import Frame
from nndesigner.training.loop import Trainer
from nndesigner.training.monitor import Monitor
from tests.training.small import chain, trainer


@pytest.fixture
def it(tmp_path: Path) -> Trainer:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 6}),
        ("BatchNorm1d", {}),
        ("Dropout", {}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    return trainer(chain("moons", layers), tmp_path)


class Clock:
    """Seconds that pass only when told, and while something is measured."""

    def __init__(self) -> None:
        self.now = 100.0
        self.cost = 0.0

    def __call__(self) -> float:
        self.now += self.cost / 2
        return self.now


def monitor(it: Trainer, sent: list[Frame], clock: Clock | None = None) -> Monitor:
    return Monitor(
        it.compiled, it.checked, it.feed, sent.append, clock=clock or Clock(), budget=0.02, rate=4.0
    )


def id_of(it: Trainer, name: str) -> str:
    return next(node.id for node in it.checked.nodes if node.name == name)


def test_nothing_is_due_while_nobody_looks(it: Trainer) -> None:
    watch = monitor(it, [])
    assert watch.next == float("inf") and not watch.wants_validation


def test_it_measures_what_is_subscribed_and_leaves_out_what_does_not_apply(it: Trainer) -> None:
    sent: list[Frame] = []
    watch = monitor(it, sent)
    linear, dropout = id_of(it, "linear1"), id_of(it, "dropout1")
    watch.subscribe(
        [
            Subscription(linear, "weight_histogram"),
            Subscription(dropout, "weight_histogram"),  # has no weights
            Subscription(linear, "feature_maps"),  # is no image
            Subscription("gone", "activation_histogram"),
            Subscription(linear, "from_a_later_version"),
            Subscription("", "health"),
        ]
    )
    watch.look(5, 0.5)
    assert [(f.node, f.measurement, f.step, f.epoch) for f in sent] == [
        (linear, "weight_histogram", 5, 0.5),
        ("", "health", 5, 0.5),
    ]
    assert set(watch.frames) == {(linear, "weight_histogram"), ("", "health")}


def test_looking_leaves_no_trace(it: Trainer) -> None:
    before = {name: value.clone() for name, value in it.compiled.state_dict().items()}
    it.compiled.train()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    watch = monitor(it, [])
    watch.subscribe(
        [
            Subscription(it.checked.nodes[2].id, "activation_histogram"),
            Subscription("", "decision_boundary"),
            Subscription("", "health"),
            Subscription("", "probe_predictions"),
        ]
    )
    watch.look(0, 0.0)
    assert torch.equal(torch.rand(3), expected)
    assert it.compiled.training and all(module.training for module in it.compiled.children())
    after = it.compiled.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None for p in it.compiled.parameters())


def test_a_dear_look_comes_less_often_and_a_cheap_one_at_the_rate(it: Trainer) -> None:
    clock = Clock()
    watch = monitor(it, [], clock)
    watch.subscribe([Subscription("", "health")])
    assert watch.next <= clock.now
    clock.cost = 0.001
    watch.look(0, 0.0)
    assert watch.next - clock.now == pytest.approx(0.25, abs=0.01)
    clock.cost = 0.1
    watch.look(1, 0.0)
    assert watch.next - clock.now == pytest.approx(0.05 / 0.02)  # what it took, over the budget


def test_what_the_first_look_takes_does_not_keep_a_short_run_from_the_second(it: Trainer) -> None:
    clock = Clock()
    watch = monitor(it, [], clock)
    watch.subscribe([Subscription("", "health")])
    clock.cost = 1.0
    watch.look(1, 0.0)
    assert watch.next - clock.now == pytest.approx(0.5), "it made ready what all of them need"
    clock.cost = 0.1
    watch.look(2, 0.0)
    assert watch.next - clock.now == pytest.approx(0.05 / 0.02), "the first one is forgotten"


def test_other_samples_are_looked_at_from_now_on(it: Trainer) -> None:
    sent: list[Frame] = []
    watch = monitor(it, sent)
    linear = id_of(it, "linear1")
    watch.subscribe([Subscription(linear, "node_output")])
    watch.look(1, 0.1)
    assert sent[0].meta["samples"] == 64 and "watched" not in sent[0].meta
    assert watch.next > 100.0
    generator = torch.get_rng_state()
    watch.watch(Watch("samples", samples=(7, 3)))
    assert watch.next == 0.0, "at once"
    watch.look(2, 0.2)
    assert (sent[1].meta["samples"], sent[1].meta["index"]) == (2, 7)
    assert sent[1].meta["watched"]["how"] == "samples"
    watch.watch(Watch("class", it.feed._fields["class"].classes[1], most=16))
    watch.look(3, 0.3)
    assert sent[2].meta["samples"] == 16 and sent[2].meta["watched"]["label"]
    assert torch.equal(torch.get_rng_state(), generator)
    before = watch.next
    watch.watch(Watch("class", it.feed._fields["class"].classes[1], most=16))
    assert watch.next == before, "nothing is new"


def test_looks_and_evaluations_share_one_budget(it: Trainer) -> None:
    clock = Clock()
    watch = monitor(it, [], clock)
    watch.subscribe([Subscription("", "health"), Subscription("", "confusion_matrix")])
    watch.look(0, 0.0)
    clock.cost = 0.1
    watch.look(1, 0.0)
    assert watch.next - clock.now == pytest.approx(2 * 0.05 / 0.02)
    watch.subscribe([Subscription("", "health")])
    watch.look(2, 0.0)
    assert watch.next - clock.now == pytest.approx(0.05 / 0.02)


def test_a_larger_budget_is_used_at_once(it: Trainer) -> None:
    clock = Clock()
    watch = monitor(it, [], clock)
    watch.subscribe([Subscription("", "health")])
    watch.look(0, 0.0)
    clock.cost = 0.1
    watch.look(1, 0.0)
    clock.cost = 0.0
    watch.set_budget(0.1)
    assert watch.next - clock.now == pytest.approx(0.05 / 0.1)
    for share in (0.0, -1.0, 2.0):
        watch.set_budget(share)
    assert watch.budget == 0.1


def test_what_cannot_be_measured_is_said_once_and_the_run_goes_on(
    it: Trainer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(values: object, context: object) -> None:
        raise RuntimeError("out of memory")

    health = replace(measurements()["health"], measure=broken)
    known = {**measurements(), "health": health}
    monkeypatch.setattr("nndesigner.training.monitor.measurements", lambda: known)
    sent: list[Frame] = []
    watch = monitor(it, sent)
    watch.subscribe([Subscription("", "health"), Subscription("", "probe_predictions")])
    with caplog.at_level("ERROR"):
        watch.look(1, 0.1)
        watch.look(2, 0.2)
    assert [f.measurement for f in sent] == ["probe_predictions"] * 2
    assert [r.getMessage() for r in caplog.records] == ["health of all cannot be measured"]
    caplog.clear()


def test_the_same_probe_is_looked_at_again_and_again(it: Trainer) -> None:
    sent: list[Frame] = []
    watch = monitor(it, sent)
    watch.subscribe([Subscription("", "probe_predictions")])
    watch.look(0, 0.0)
    watch.look(1, 0.0)
    assert (sent[0].arrays["indices"] == sent[1].arrays["indices"]).all()
    assert (sent[0].arrays["answers"] == sent[1].arrays["answers"]).all()


def test_the_last_look_keeps_every_node_and_the_network_as_a_whole(it: Trainer) -> None:
    sent: list[Frame] = []
    watch = monitor(it, sent)
    watch.last_look(None, 7, 1.0)
    of_nodes = {(frame.node, frame.measurement) for frame in sent if frame.node}
    for name, measurement in (
        ("table1", "activation_histogram"),
        ("linear1", "activation_histogram"),
        ("linear1", "weight_histogram"),
        ("norm1", "weight_histogram"),
        ("linear2", "weight_histogram"),
    ):
        assert (id_of(it, name), measurement) in of_nodes
    assert {frame.measurement for frame in sent if not frame.node} >= {"health", "decision_boundary"}
    assert {frame.step for frame in sent} == {7}
    assert len(watch.frames) == len(sent)


@pytest.fixture
def repeated(tmp_path: Path) -> Trainer:
    """table → linear → block(linear, tanh), twice → linear → output."""
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 6}),
        ("Linear", {"out_features": 6}),
        ("Tanh", {}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    document = chain("moons", layers)
    ids = [node.id for node in document.nodes()[2:4]]
    document = document.apply(edits.make_block(document, ids, "stage"))
    block = next(node.id for node in document.nodes() if node.type == "Block")
    return trainer(document.apply(edits.set_parameter(document, block, "repeat", 2)), tmp_path)


def test_layers_inside_blocks_are_measured_in_the_repetition_that_is_asked_for(repeated: Trainer) -> None:
    block = next(node for node in repeated.checked.nodes if node.rounds)
    linear = next(node for node in block.rounds[0].nodes if node.name == "linear1" or node.weights)
    keys = [f"{block.id}/{round}/{linear.id}" for round in range(2)]
    sent: list[Frame] = []
    watch = monitor(repeated, sent)
    asked = [Subscription(key, name) for key in keys for name in ("activation_histogram", "weight_histogram")]
    watch.subscribe([*asked, Subscription(f"{block.id}/2/{linear.id}", "weight_histogram")])
    watch.look(3, 0.1)
    assert [(frame.node, frame.measurement) for frame in sent] == [(s.node, s.measurement) for s in asked]
    named = dict(repeated.compiled.named_parameters())
    activations = repeated.compiled.probe(*watch._probed()[0])
    for round, key in enumerate(keys):
        weight = named[f"{block.name}.{round}.{linear.name}.weight"]
        meta = watch.frames[key, "weight_histogram"].meta["weights"]
        assert set(meta) == {"weight", "bias"} and meta["weight"]["shape"] == [6, 6]
        assert meta["weight"]["mean"] == pytest.approx(float(weight.detach().mean()), abs=1e-5)
        seen = watch.frames[key, "activation_histogram"]
        assert seen.meta["mean"] == pytest.approx(float(activations[key, "y"].detach().mean()), abs=1e-5)


def test_at_the_end_layers_inside_blocks_are_kept_too(repeated: Trainer) -> None:
    watch = monitor(repeated, [])
    watch.last_look(None, 9, 1.0)
    block = next(node for node in repeated.checked.nodes if node.rounds)
    kept = {node for node, measurement in watch.frames if measurement == "activation_histogram"}
    for round, inside in enumerate(block.rounds):
        assert {f"{block.id}/{round}/{n.id}" for n in inside.nodes if n.role == "layer"} <= kept


def test_what_nobody_looks_at_is_recorded_in_turn(it: Trainer) -> None:
    sent: list[Frame] = []
    watch = Monitor(it.compiled, it.checked, it.feed, sent.append, clock=Clock(), in_turn=True)
    watch.look(1, 0.1)
    assert sent == [], "nobody looks at anything"
    watch.subscribe([Subscription(id_of(it, "linear1"), "weight_histogram")])
    for step in range(2, 102):
        watch.look(step, step / 10)
    beside = [(f.node, f.measurement) for f in sent if f.measurement != "weight_histogram"]
    assert all(sum(f.step == step for f in sent) <= 2 for step in range(2, 102)), "one thing more a look"
    assert {node for node, _ in beside} >= {id_of(it, "linear2"), id_of(it, "dropout1")}
    assert len(watch.trails.of(id_of(it, "linear2"), "activation_histogram")) > 2
    own = [f for f in sent if (f.node, f.measurement) == (id_of(it, "linear1"), "weight_histogram")]
    assert len(own) == 100
    watch.subscribe([])
    sent.clear()
    watch.look(200, 20.0)
    assert sent == []


def test_without_recording_nothing_is_measured_beside(it: Trainer) -> None:
    sent: list[Frame] = []
    watch = Monitor(it.compiled, it.checked, it.feed, sent.append, clock=Clock(), recorded=0, in_turn=True)
    watch.subscribe([Subscription("", "health")])
    for step in range(1, 10):
        watch.look(step, step / 10)
    assert {f.measurement for f in sent} == {"health"}


def test_evaluations_and_looks_share_one_budget(it: Trainer) -> None:
    """Over 300 seconds in which every look takes 50 ms and every evaluation's 30 ms."""
    clock = Clock()

    def slow(frame: Frame) -> None:
        clock.now += 0.03 if frame.measurement == "confusion_matrix" else 0.05

    watch = Monitor(it.compiled, it.checked, it.feed, slow, clock=clock, budget=0.02)
    watch.subscribe([Subscription("", "health"), Subscription("", "confusion_matrix")])
    inputs, targets = next(it.feed.evaluation("validation", 32))
    with torch.no_grad():
        answers = it.compiled.for_loss(*inputs)
    looks = judged = 0
    began = clock.now
    while clock.now < began + 300.0:
        clock.now += 0.01
        if clock.now >= watch.next:
            watch.look(1, 0.1)
            looks += 1
        if watch.wants_validation:
            watch.validated([(answers, targets)], 1, 0.1)
            judged += 1
    assert looks > 10 and judged > 10, "neither keeps the other from its turn"
    assert watch.spent / (clock.now - began) < 0.0225


def test_what_is_slow_has_a_pace_of_its_own(it: Trainer) -> None:
    clock = Clock()

    def costly(frame: Frame) -> None:
        clock.now += 2.0 if frame.measurement == "spectrum" else 0.01

    watch = Monitor(it.compiled, it.checked, it.feed, costly, clock=clock, budget=0.02)
    linear = id_of(it, "linear1")
    watch.subscribe([Subscription("", "health"), Subscription(linear, "spectrum")])
    taken: dict[str, int] = {}
    began, send = clock.now, watch._send

    def counted(frame: Frame) -> None:
        taken[frame.measurement] = taken.get(frame.measurement, 0) + 1
        send(frame)

    watch._send = counted
    while clock.now < began + 1000.0:
        clock.now += 0.05
        if clock.now >= watch.next:
            watch.look(1, 0.1)
    assert 4 <= taken["spectrum"] <= 6, "every 200 seconds: a hundredth of the time"
    assert taken["health"] > 500, "the others do not wait for it"
    assert watch.spent / (clock.now - began) < 0.023
