"""Every loss trains on data that it is for, and what a run says of its answers is what prediction says of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.layers.losses.catalogue import LOSSES
from nndesigner.layers.losses.loss import Loss
from nndesigner.training.predict import Predictor
from tests.training.small import chain, dataset, trained

CLASSES = [loss for loss in LOSSES.values() if "class" in loss.targets]
NUMBERS = [
    loss for loss in LOSSES.values() if "number" in loss.targets and loss.holds[0] < 0 and not loss.beside
]


@pytest.mark.parametrize("loss", CLASSES, ids=lambda loss: loss.name)
def test_losses_of_classes_tell_the_classes_apart(tmp_path: Path, loss: Loss) -> None:
    units = 2 if loss.predicts == "class" else 1
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 16}),
        ("Tanh", {}),
        ("Linear", {"out_features": units}),
        ("Output", {"loss": loss.name}),
    ]
    document = chain("moons", layers, epochs=12, learning_rate=0.02)
    it, result = trained(document, tmp_path)
    measured = result["metrics"]["test"]["accuracy"]
    assert result["metrics"]["train"]["accuracy"] > 0.8
    data = dataset(document)
    rows = data.indices["test"]
    (target,) = (field.name for field in data.fields.values() if field.kind == "class")
    field = it.compiled.input_fields[0]
    (said,) = Predictor(it.run).answers({field: data.arrays[field][rows]}).values()
    assert np.mean(said["class"] == data.arrays[target][rows]) == pytest.approx(measured)


@pytest.mark.parametrize("loss", NUMBERS, ids=lambda loss: loss.name)
def test_losses_of_numbers_find_the_number(tmp_path: Path, loss: Loss) -> None:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 1}),
        ("Output", {"loss": loss.name}),
    ]
    _, result = trained(chain("diabetes", layers, epochs=30, learning_rate=0.02), tmp_path)
    assert result["metrics"]["train"]["r2"] > 0.4
