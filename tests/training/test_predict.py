"""Answers for raw values: those of the network as trained, in words that people read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.training.predict import Predictor
from tests.training.small import chain, dataset, mlp, trained, trainer


def test_the_answers_have_the_accuracy_that_training_measured(tmp_path: Path) -> None:
    document = mlp(epochs=6, learning_rate=0.02)
    it, result = trained(document, tmp_path)
    data = dataset(document)
    rows = data.indices["test"]
    predictor = Predictor(it.run)
    field = predictor.fields[0].name
    (said,) = predictor.answers({field: data.arrays[field][rows]}).values()
    assert said["values"].shape == (len(rows), 2)
    assert np.allclose(said["values"].sum(axis=1), 1.0, atol=1e-5)
    target = next(f.name for f in data.fields.values() if f.kind == "class")
    assert np.mean(said["class"] == data.arrays[target][rows]) == pytest.approx(
        result["metrics"]["test"]["accuracy"]
    )


def test_numbers_come_in_the_units_of_the_data(tmp_path: Path) -> None:
    document = chain(
        "diabetes",
        [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})],
        epochs=30,
        learning_rate=0.02,
    )
    it, result = trained(document, tmp_path)
    data = dataset(document)
    rows = data.indices["test"]
    predictor = Predictor(it.run)
    field = predictor.fields[0].name
    (said,) = predictor.answers({field: data.arrays[field][rows]}).values()
    target = next(f.name for f in data.fields.values() if f.kind == "number")
    error = np.abs(said["values"] - data.arrays[target][rows]).mean()
    assert error == pytest.approx(result["metrics"]["test"]["mae"], rel=1e-4)


def test_one_sample_needs_no_sample_axis_and_wrong_arrays_are_refused(tmp_path: Path) -> None:
    it, _ = trained(mlp(epochs=1), tmp_path)
    predictor = Predictor(it.run)
    field = predictor.fields[0].name
    (said,) = predictor.answers({field: np.zeros(2)}).values()
    assert said["values"].shape == (1, 2)
    with pytest.raises(Refusal, match="is samples × 2; here is an array of 4 × 3"):
        predictor.answers({field: np.zeros((4, 3))})
    with pytest.raises(Refusal, match="is not given"):
        predictor.answers({"other": np.zeros((4, 2))})
    with pytest.raises(Refusal, match="samples × 2"):
        predictor.answers({field: np.array(["a", "b"])})


def test_a_run_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    it = trainer(mlp(), tmp_path)
    with pytest.raises(Refusal, match="no checkpoint yet"):
        Predictor(it.run)


def test_noise_that_enters_is_drawn_alike_for_every_question(tmp_path: Path) -> None:
    from tests.objectives.known import example

    it, _ = trained(example("digits-gan-conditional", epochs=1, batch_size=512), tmp_path)
    predictor = Predictor(it.run)
    first = predictor.answers({"digit": np.array([3, 4, 3])})["samples"]["values"]
    assert first.shape == (3, 1, 8, 8) and first.max() > 1.0, "in the units of the data: ink from 0 to 16"
    assert np.array_equal(first, predictor.answers({"digit": np.array([3, 4, 3])})["samples"]["values"])
    assert not np.array_equal(first[0], first[2])
