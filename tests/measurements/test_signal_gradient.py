"""The signal along the wires and the gradient against it: known sizes, every illness of a deep network, no trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame
from nndesigner.training.loop import Trainer
from nndesigner.training.monitor import Monitor
from tests.check.alarms.networks import recurrent, sigmoids
from tests.explorations.subjects import cnn
from tests.training.small import chain, mlp, trainer


def look(document: Document, folder: Path) -> tuple[Frame, Trainer]:
    it = trainer(document, folder)
    sent: list[Frame] = []
    monitor = Monitor(it.compiled, it.checked, it.feed, sent.append)
    monitor.subscribe([Subscription("", "signal_gradient")])
    monitor.look(0, 0.0)
    return sent[-1], it


def by_name(frame: Frame, what: str) -> dict[str, float]:
    return dict(zip(frame.meta["names"], frame.arrays[what].tolist(), strict=True))


def test_in_thirty_sigmoids_the_gradient_falls_steadily_towards_the_input(tmp_path: Path) -> None:
    frame, _ = look(sigmoids(30), tmp_path)
    gradient = by_name(frame, "gradient")
    after_sigmoids = np.array([gradient[f"sigmoid{i}"] for i in range(1, 31)])
    assert (np.diff(after_sigmoids) > 0).all() and after_sigmoids[0] < 1e-20 * after_sigmoids[-1]
    signal = by_name(frame, "signal")
    assert all(0.005 < signal[f"sigmoid{i}"] < 0.5 for i in range(1, 31)), "and yet the signal is there"


def test_it_is_the_gradient_of_each_samples_own_loss(tmp_path: Path) -> None:
    frame, it = look(mlp(), tmp_path)
    inputs, targets, _ = it.monitor._probed()
    per_sample = []
    for i in range(16):
        x = inputs[0][i : i + 1].clone().requires_grad_()
        it.compiled.eval()
        loss = it.way.judge([x], [targets[0][i : i + 1]]).loss
        per_sample.append(torch.autograd.grad(loss, x)[0])
    expected = float(torch.cat(per_sample).std(correction=0))
    assert frame.meta["samples"] == 16
    assert by_name(frame, "gradient")["table1"] == pytest.approx(expected, rel=1e-4)
    assert by_name(frame, "signal")["table1"] == pytest.approx(
        float(inputs[0][:16].std(correction=0)), rel=1e-4
    )


def test_looking_leaves_no_trace(tmp_path: Path) -> None:
    it = trainer(cnn(), tmp_path)
    it.compiled.train()
    before = {name: t.clone() for name, t in it.compiled.state_dict().items()}
    random = torch.get_rng_state()
    sent: list[Frame] = []
    monitor = Monitor(it.compiled, it.checked, it.feed, sent.append)
    monitor.subscribe([Subscription("", "signal_gradient")])
    for step in range(2):
        monitor.subscribe([Subscription("", "signal_gradient")])
        monitor.look(step, 0.0)
    assert np.array_equal(sent[0].arrays["gradient"], sent[1].arrays["gradient"], equal_nan=True)
    assert all(torch.equal(t, before[name]) for name, t in it.compiled.state_dict().items())
    assert torch.equal(random, torch.get_rng_state()) and it.compiled.training
    assert all(weight.grad is None for weight in it.compiled.parameters())
    assert not any(x.requires_grad for x in monitor._probed()[0])


def test_a_frozen_layer_passes_the_gradient_on_and_so_does_a_bypassed_one(tmp_path: Path) -> None:
    document = mlp()
    linear, tanh = (next(n.id for n in document.nodes() if n.type == type) for type in ("Linear", "Tanh"))
    plain = by_name(look(document, tmp_path / "a")[0], "gradient")
    frozen = document.apply(edits.set_learning(document, [linear], {"frozen": True}))
    assert by_name(look(frozen, tmp_path / "b")[0], "gradient") == plain
    passed = document.apply(edits.set_bypass(document, [tanh], True))
    found = by_name(look(passed, tmp_path / "c")[0], "gradient")
    assert found["tanh1"] == found["linear1"] > plain["linear1"]


def test_recurrent_layers_are_seen_too(tmp_path: Path) -> None:
    gradient = by_name(look(recurrent(), tmp_path)[0], "gradient")
    assert gradient["rnn1"] > 0 and gradient["sequence1"] > 0


def test_numbers_of_tokens_have_no_gradient(tmp_path: Path) -> None:
    layers = [
        ("TokensInput", {}),
        ("Embedding", {"embedding_dim": 4}),
        ("Linear", {"out_features": 28}),
        ("Output", {}),
    ]
    file = tmp_path / "words.txt"
    file.write_text("the quick brown fox jumps over the lazy dog. " * 60)
    document = chain("text", layers, {"path": str(file)})
    assert document.data is not None
    tokens = next(f for f in document.data.fields if f.kind == "tokens")
    linear = next(n.id for n in document.nodes() if n.type == "Linear")
    document = document.apply(edits.set_parameters(document, linear, {"out_features": len(tokens.tokens)}))
    frame, _ = look(document, tmp_path / "runs")
    assert "tokens1" not in frame.meta["names"], "they are numbers of words"
    assert by_name(frame, "gradient")["embedding1"] > 0


def test_it_is_measured_once_a_second_at_most_and_at_once_when_asked_for(tmp_path: Path) -> None:
    it = trainer(mlp(), tmp_path)
    now = [10.0]
    sent: list[Frame] = []
    monitor = Monitor(it.compiled, it.checked, it.feed, sent.append, clock=lambda: now[0])
    asked = [Subscription("", "signal_gradient"), Subscription("", "health")]
    monitor.subscribe(asked)
    counts = []
    for _ in range(9):
        monitor.look(0, 0.0)
        counts.append(sum(frame.measurement == "signal_gradient" for frame in sent))
        now[0] += 0.25
    assert counts == [1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert sum(frame.measurement == "health" for frame in sent) == 9
    monitor.subscribe(asked[:1])
    monitor.look(0, 0.0)
    assert sum(frame.measurement == "signal_gradient" for frame in sent) == 4
    assert measurements()["signal_gradient"].rate == 1.0
