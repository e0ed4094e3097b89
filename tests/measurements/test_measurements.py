"""Every measurement against numbers computed plainly; what is offered where; and that all of them can travel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nndesigner.measurements.measurement import (
    READS,
    Context,
    half,
    histogram,
    magnitudes,
    measurements,
    moments,
    sampled,
)
from nndesigner.protocol.channel import message_reader, write_message
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame
from nndesigner.training.loop import Trainer
from nndesigner.training.monitor import Monitor
from tests.training.small import chain, dataset, mlp, trainer

CNN = [
    ("ImageInput", {}),
    ("Conv2d", {"out_channels": 70, "kernel_size": [3, 3]}),
    ("ReLU", {}),
    ("Flatten", {}),
    ("Linear", {"out_features": 10}),
    ("Output", {}),
]


def looked(it: Trainer, node: str, measurement: str, **options: Any) -> Frame:
    """One measurement of one node (by name), now."""
    sent: list[Frame] = []
    monitor = Monitor(it.compiled, it.checked, it.feed, sent.append)
    id = next((n.id for n in it.checked.nodes if n.name == node), "")
    monitor.subscribe([Subscription(id, measurement, options)])
    reads = measurements()[measurement].reads
    if reads in ("gradients", "step"):
        inputs, targets = next(iter(it.feed.epoch(0, 0, 16, False)))
        it.players[0].stepper.forget_gradients()
        it.way.judge(inputs, targets).loss.backward()
    if reads == "laps":
        monitor.laps.begin()
        for phase in ("data", "forward"):
            monitor.laps.lap(phase)
        monitor.laps.end()
    if reads == "step":
        monitor.look(0, 0.0)
        assert monitor.step_due and not sent
        monitor.before_step()
        it.players[0].stepper.step()
        monitor.after_step(1, 1.0)
    elif reads == "validation":
        batches = [
            (it.compiled.for_loss(*inputs), targets)
            for inputs, targets in it.feed.evaluation("validation", 8)
        ]
        monitor.validated(batches, 1, 1.0)
    else:
        monitor.look(1, 1.0)
    (frame,) = sent
    return frame


@pytest.fixture(scope="module")
def cnn(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    return trainer(chain("digits", CNN), tmp_path_factory.mktemp("cnn"))


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    return trainer(mlp(), tmp_path_factory.mktemp("plane"))


def test_all_are_found_and_each_tells_what_it_is() -> None:
    found = measurements()
    assert set(found) >= {
        "activation_histogram",
        "feature_maps",
        "sequence_map",
        "weight_histogram",
        "health",
        "decision_boundary",
        "confusion_matrix",
        "probe_predictions",
    }
    assert all(m.label and m.help and m.reads in READS for m in found.values())


@pytest.mark.parametrize(
    ("measurement", "nodes"),
    [
        ("activation_histogram", {"image1", "conv1", "relu1", "flatten1", "linear1"}),
        ("feature_maps", {"image1", "conv1", "relu1"}),
        ("sequence_map", set()),
        ("weight_histogram", {"conv1", "linear1"}),
        ("gradient_magnitudes", {"conv1", "linear1"}),
        ("activation_magnitudes", {"conv1", "relu1", "flatten1", "linear1"}),
        ("confusion_matrix", {"output1"}),
        ("probe_predictions", {"output1"}),
        ("decision_boundary", set()),
    ],
)
def test_what_is_offered_for_which_node(cnn: Trainer, measurement: str, nodes: set[str]) -> None:
    it = measurements()[measurement]
    assert {node.name for node in cnn.checked.nodes if it.applies(node)} == nodes


def test_the_decision_boundary_is_offered_for_two_numbers_only(cnn: Trainer, plane: Trainer) -> None:
    boundary = measurements()["decision_boundary"]
    assert boundary.applies_to(plane.checked) and not boundary.applies_to(cnn.checked)


def test_a_histogram_counts_at_most_4096_values_and_says_what_is_not_finite() -> None:
    values = torch.randn(3, 50_000, generator=torch.Generator().manual_seed(0)) + 5
    values[0, :] = torch.nan
    arrays, meta = histogram(values)
    taken = sampled(values)
    assert taken.numel() <= 4096
    finite = taken[torch.isfinite(taken)]
    assert arrays["counts"].sum() == len(finite) and meta["not_finite"] == len(taken) - len(finite)
    expected, _ = np.histogram(finite.numpy(), arrays["edges"])
    assert np.abs(arrays["counts"] - expected).sum() <= 4  # a value at an edge may fall to either side
    assert meta["mean"] == pytest.approx(finite.mean().item(), rel=1e-5)
    assert meta["std"] == pytest.approx(finite.std(correction=0).item(), rel=1e-3)
    assert meta["values"] == 150_000


def test_sampled_values_come_from_every_column_of_rows_that_the_step_would_divide() -> None:
    columns = torch.arange(8.0).expand(64, 16, 8, 8)
    taken = sampled(columns)
    assert 1_000 < taken.numel() <= 4096
    assert torch.bincount(taken.long(), minlength=8).min() > taken.numel() / 10


def test_magnitudes_are_counted_four_to_a_power_of_ten_between_fixed_ends() -> None:
    values = torch.tensor([0.0, 1e-20, 1.01e-12, 1.01, -1.01, 20.0, 1e9, torch.inf, torch.nan])
    arrays, meta = magnitudes([values])
    counts = arrays["counts"]
    assert counts.shape == (64,)
    assert {i: int(n) for i, n in enumerate(counts) if n} == {0: 1, 48: 2, 53: 1, 63: 1}
    assert meta == {"zero": 2, "not_finite": 2, "sampled": 9}
    many, about = magnitudes([torch.full((5000,), 1e-3), torch.full((10,), 1e3)])
    assert about["sampled"] <= 4096 and many["counts"][60] == 10


@pytest.mark.parametrize(
    "values", [torch.full((10,), 3.0), torch.zeros(4), torch.full((3,), torch.inf), torch.zeros(0)]
)
def test_a_histogram_of_nothing_special(values: torch.Tensor) -> None:
    arrays, _ = histogram(values)
    assert arrays["counts"].sum() == torch.isfinite(values).sum()
    assert np.all(np.diff(arrays["edges"]) > 0)


def test_moments_are_those_of_the_population() -> None:
    values = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert moments(values) == pytest.approx((2.5, 1.25**0.5))


def test_feature_maps_are_the_activations_of_one_picture_in_grey(cnn: Trainer) -> None:
    frame = looked(cnn, "conv1", "feature_maps", sample=2)
    maps = frame.arrays["maps"]
    assert maps.shape == (64, 8, 8) and maps.dtype == np.uint8
    assert frame.meta["channels"] == 70 and frame.meta["sample"] == 2
    data = dataset(cnn.run.document())
    with torch.no_grad():
        raw = torch.from_numpy(data.arrays["image" if "image" in data.arrays else next(iter(data.arrays))])
        picture = raw[frame.meta["index"]].float()[None] / 16
        plain = cnn.compiled.get_submodule("conv1")(picture)[0, 5].numpy()
    grey = np.round((plain - plain.min()) / (plain.max() - plain.min()) * 255)
    assert np.abs(maps[5].astype(int) - grey).max() <= 1
    assert frame.arrays["low"][5] == pytest.approx(plain.min(), abs=1e-5)


def test_large_maps_are_drawn_smaller() -> None:
    context = Context(checked=None, heads=())  # type: ignore[arg-type]
    arrays, meta = measurements()["feature_maps"].measure(torch.rand(1, 3, 200, 100), context)
    assert arrays["maps"].shape == (3, 64, 32) and meta["shape"] == [200, 100]


def test_a_sequence_is_a_map_of_features_over_time(tmp_path: Path) -> None:
    layers = [
        ("SequenceInput", {}),
        ("LSTM", {"hidden_size": 5}),
        ("Linear", {"out_features": 1}),
        ("Output", {}),
    ]
    it = trainer(chain("sine", layers), tmp_path)
    frame = looked(it, "sequence1", "sequence_map", sample=1)
    grey = frame.arrays["map"]
    assert grey.shape == (1, 32) and grey.min() == 0 and grey.max() == 255
    prepared = it.feed.split("validation").inputs[0]
    row = int(np.flatnonzero(it.feed.split("validation").indices == frame.meta["index"])[0])
    plain = prepared[row, :, 0].numpy()
    assert frame.meta["low"] == pytest.approx(plain.min()) and frame.meta["high"] == pytest.approx(
        plain.max()
    )
    assert grey[0].argmax() == plain.argmax()


def test_a_long_sequence_is_drawn_shorter_and_channels_may_come_first() -> None:
    context = Context(checked=None, heads=())  # type: ignore[arg-type]
    arrays, meta = measurements()["sequence_map"].measure(torch.rand(1, 1000, 300), context)
    assert arrays["map"].shape == (128, 256)
    assert (meta["features"], meta["steps"]) == (300, 1000)


def test_weights_have_a_histogram_each(plane: Trainer) -> None:
    frame = looked(plane, "linear1", "weight_histogram")
    assert set(frame.arrays) == {"weight.counts", "weight.edges", "bias.counts", "bias.edges"}
    assert frame.arrays["weight.counts"].sum() == 32
    assert frame.meta["weights"]["weight"]["shape"] == [16, 2]


def test_health_is_one_row_of_numbers_per_node(plane: Trainer) -> None:
    inputs, targets = next(iter(plane.feed.epoch(0, 0, 16, False)))
    plane.way.judge(inputs, targets).loss.backward()
    try:
        frame = looked(plane, "", "health")
        rows = {
            next(n.name for n in plane.checked.nodes if n.id == id): i
            for i, id in enumerate(frame.meta["nodes"])
        }
        assert list(rows) == ["table1", "linear1", "tanh1", "linear2"]
        module = plane.compiled.get_submodule("linear1")
        weight = torch.cat([p.detach().flatten() for p in module.parameters()]).norm().item()
        gradient = (
            torch.cat([p.grad.flatten() for p in module.parameters() if p.grad is not None]).norm().item()
        )
        assert frame.arrays["weight_norm"][rows["linear1"]] == pytest.approx(weight, rel=1e-5)
        assert frame.arrays["gradient_norm"][rows["linear1"]] == pytest.approx(gradient, rel=1e-5)
        assert np.isnan(frame.arrays["weight_norm"][rows["tanh1"]])
        probe = plane.feed.split("validation")
        assert np.isfinite(frame.arrays["mean"]).all() and len(probe.indices)
        assert 0 < frame.arrays["std"][rows["tanh1"]] <= 1
    finally:
        plane.players[0].optimizer.zero_grad()


def test_the_decision_boundary_is_the_answer_at_every_point(plane: Trainer) -> None:
    frame = looked(plane, "", "decision_boundary", side=20)
    classes = frame.arrays["class"]
    assert classes.shape == (20, 20) and frame.arrays["confidence"].dtype == np.uint8
    left, right, bottom, top = frame.meta["extent"]
    assert left < right and bottom < top
    point = np.array([[np.linspace(left, right, 20)[3], np.linspace(bottom, top, 20)[11]]], np.float32)
    with torch.no_grad():
        chances = torch.softmax(plane.compiled(torch.from_numpy(point)), dim=1)[0]
    assert classes[11, 3] == int(chances.argmax())
    assert frame.arrays["confidence"][11, 3] == pytest.approx(float(chances.max()) * 255, abs=1)


def test_the_confusion_matrix_counts_every_validation_sample(cnn: Trainer) -> None:
    frame = looked(cnn, "output1", "confusion_matrix")
    counts = frame.arrays["counts"]
    labels = cnn.feed.split("validation").targets[0]
    assert counts.shape == (10, 10) and counts.sum() == len(labels)
    assert counts.sum(axis=1).tolist() == torch.bincount(labels, minlength=10).tolist()
    assert counts.trace() / counts.sum() == pytest.approx(cnn.evaluate("validation")["accuracy"])


def test_probe_predictions_are_probabilities_of_the_same_samples(cnn: Trainer) -> None:
    frame = looked(cnn, "output1", "probe_predictions")
    assert frame.arrays["answers"].shape == (16, 10)
    assert np.allclose(frame.arrays["answers"].sum(axis=1), 1, atol=1e-5)
    data = dataset(cnn.run.document())
    target = next(f.name for f in data.fields.values() if f.kind == "class")
    assert (data.arrays[target][frame.arrays["indices"]] == frame.arrays["targets"]).all()


def test_every_measurement_of_every_node_can_travel(cnn: Trainer, plane: Trainer) -> None:
    for it in (cnn, plane):
        for measurement in measurements().values():
            names = [node.name for node in it.checked.nodes if measurement.applies(node)]
            names += [""] if measurement.applies_to(it.checked) else []
            for name in names:
                frame = looked(it, name, measurement.name)
                (back,) = message_reader().feed(write_message(frame))
                assert isinstance(back, Frame) and back.arrays.keys() == frame.arrays.keys()
                assert sum(array.nbytes for array in back.arrays.values()) < 1 << 20


def test_pictures_of_huge_numbers_keep_their_sign_and_what_is_not_finite() -> None:
    found = half(np.array([1.5, 1e9, -1e9, np.inf, -np.inf, np.nan], np.float32))
    most = np.finfo(np.float16).max
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, np.array([1.5, most, -most, np.inf, -np.inf, np.nan], np.float16))
