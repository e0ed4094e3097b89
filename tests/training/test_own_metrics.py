"""Metrics of one's own see a whole part at once, in the units that people are told; what fails is passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.base import trust
from nndesigner.compiler.describing import answer_here
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.protocol.messages import State
from nndesigner.training import own_metrics
from nndesigner.training.evaluation.evaluate import evaluate
from nndesigner.training.predict import Predictor
from tests.own_texts import METRICS
from tests.training.small import chain, dataset, mlp, trained

UNITS = """import torch


def mean_error(output, target):
    return (output - target).abs().mean()


def smallest_truth(output, target):
    return target.min()
"""


def with_metrics(document: Document, text: str, **more: Any) -> Document:
    trust.trust(text)
    answer_here()
    (output,) = (node for node in document.nodes() if node.type == "Output")
    values = {"own_metrics": True, "metric_code": text, **more}
    return document.apply(edits.set_parameters(document, output.id, values))


def last(rows: Any, split: str, name: str) -> float:
    return [row.value for row in rows if (row.split, row.name) == (split, name)][-1]


def test_they_see_the_whole_part_at_once(tmp_path: Path) -> None:
    document = with_metrics(mlp(epochs=2, batch_size=16), METRICS)
    it, result = trained(document, tmp_path)
    rows = it.run.rows()
    for split in ("validation", "test"):
        assert last(rows, split, "samples") == it.feed.samples(split)
        assert last(rows, split, "share_of_right") == pytest.approx(last(rows, split, "accuracy"))
    assert result["metrics"]["test"]["samples"] == it.feed.samples("test")
    assert not [row for row in rows if row.split == "train" and row.name == "samples"]
    found = evaluate(Predictor(it.run), dataset(document), "test")[0]
    assert found.own["share_of_right"] == pytest.approx(found.classes.accuracy) and found.failures == ()


def test_numbers_are_in_the_units_of_the_data(tmp_path: Path) -> None:
    layers = [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})]
    document = with_metrics(chain("diabetes", layers, {"target_preparation": "standardize"}, epochs=1), UNITS)
    it, _ = trained(document, tmp_path)
    data, rows = dataset(document), it.run.rows()
    (target,) = (field.name for field in data.fields.values() if field.role == "target")
    truth = data.arrays[target][data.indices["validation"]]
    assert last(rows, "validation", "mean_error") == pytest.approx(last(rows, "validation", "mae"), rel=1e-5)
    assert last(rows, "validation", "smallest_truth") == pytest.approx(float(np.min(truth)), rel=1e-5)
    found = evaluate(Predictor(it.run), data, "validation")[0]
    assert found.own["mean_error"] == pytest.approx(found.numbers.overall.mae, rel=1e-5)


FAILS_LATER = """def picky(output, target):
    if len(target) > 6:  # never while it is tried
        raise ValueError("too many")
    return 1.0
"""


def test_one_that_fails_is_told_once_and_the_run_goes_on(tmp_path: Path) -> None:
    document = with_metrics(mlp(epochs=3), FAILS_LATER)
    it, result = trained(document, tmp_path)
    sentence = "picky failed: ValueError: too many (line 3 of the code)."
    assert result["state"] == "finished" and "picky" not in result["metrics"]["validation"]
    assert [e["sentence"] for e in it.run.events() if e["kind"] == "own-metric"] == [sentence]
    told = [m for m in it.link.of(State) if m.sentence == sentence]
    assert [m.state for m in told] == ["running"]
    found = evaluate(Predictor(it.run), dataset(document), "test")[0]
    assert found.own == {} and found.failures == (sentence,)


def test_too_many_answers_are_not_kept_and_that_is_said(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(own_metrics, "MOST_VALUES", 10)
    it, result = trained(with_metrics(mlp(epochs=1), METRICS), tmp_path)
    assert "samples" not in result["metrics"]["validation"]
    assert any("are too many to keep" in event["sentence"] for event in it.run.events())
