"""What leaves a node in a few words, against numbers computed plainly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame
from nndesigner.training.loop import Trainer
from nndesigner.training.monitor import Monitor
from tests.training.small import chain, mlp, trainer


def looked(it: Trainer, name: str, sample: int = 0) -> Frame:
    sent: list[Frame] = []
    monitor = Monitor(it.compiled, it.checked, it.feed, sent.append)
    id = next(node.id for node in it.checked.nodes if node.name == name)
    monitor.subscribe([Subscription(id, "node_output", {"sample": sample})])
    monitor.look(0, 0.0)
    (frame,) = sent
    return frame


def test_a_rows_values_shape_and_range(tmp_path: Path) -> None:
    it = trainer(mlp(width=16), tmp_path)
    frame = looked(it, "tanh1", sample=3)
    inputs, _, indices = Monitor(it.compiled, it.checked, it.feed, lambda frame: None)._probed()
    with torch.no_grad():
        values = torch.tanh(it.compiled.linear1(inputs[0]))
    assert np.allclose(frame.arrays["values"], values[3].numpy(), atol=1e-6)
    assert frame.meta["shape"] == [16] and frame.meta["values"] == values.numel()
    assert frame.meta["low"] == pytest.approx(float(values.min()), abs=1e-6)
    assert frame.meta["high"] == pytest.approx(float(values.max()), abs=1e-6)
    assert frame.meta["not_finite"] == 0 and "dead" not in frame.meta
    assert frame.meta["index"] == int(indices[3])


def test_pictures_are_left_to_their_own_measurement_and_dead_units_are_counted(tmp_path: Path) -> None:
    it = trainer(
        chain(
            "digits",
            [
                ("ImageInput", {}),
                ("Conv2d", {"out_channels": 4}),
                ("ReLU", {}),
                ("Flatten", {}),
                ("Linear", {"out_features": 10}),
                ("Output", {}),
            ],
        ),
        tmp_path,
    )
    with torch.no_grad():
        it.compiled.conv1.bias[:] = torch.tensor([-100.0, 1.0, 1.0, 1.0])  # type: ignore[index]
    frame = looked(it, "relu1")
    assert frame.arrays["values"].size == 0 and len(frame.meta["shape"]) == 3
    assert frame.meta["dead"] == pytest.approx(0.25)


def test_what_is_not_finite_is_counted_and_left_out_of_the_range(tmp_path: Path) -> None:
    it = trainer(mlp(width=4), tmp_path)
    with torch.no_grad():
        it.compiled.linear1.bias[1] = float("nan")  # type: ignore[index]
        it.compiled.linear1.bias[2] = float("inf")  # type: ignore[index]
    frame = looked(it, "linear1")
    assert frame.meta["not_finite"] == frame.meta["values"] // 2
    assert np.isfinite([frame.meta["low"], frame.meta["high"]]).all()
    assert np.isnan(frame.arrays["values"][1]) and np.isinf(frame.arrays["values"][2])
