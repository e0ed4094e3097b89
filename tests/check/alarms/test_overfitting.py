"""A network much too large for a handful of noisy samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.check.advice.rule import Evidence
from nndesigner.check.alarms.alarms import raised_by
from nndesigner.check.alarms.measured import Measured
from nndesigner.check.check import check
from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import alarms_of, mended, only, run
from tests.training.small import chain

DOCUMENT = rectified()


def of(trained: list[float], judged: list[float]) -> list[str]:
    curves = {("train", "epoch loss"): np.array(trained), ("validation", "loss"): np.array(judged)}
    evidence = Evidence(document=DOCUMENT, checked=check(DOCUMENT), run=Measured(curves=curves))
    return [p.code for p in raised_by(evidence, {})]


def test_a_network_that_learns_by_heart(tmp_path: Path) -> None:
    layers = [
        ("TableInput", {}),
        ("Linear", {"out_features": 256}),
        ("ReLU", {}),
        ("Linear", {"out_features": 256}),
        ("ReLU", {}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    document = chain("moons", layers, {"samples": 60, "noise": 0.6}, epochs=120, learning_rate=0.003)
    history, result = run(document, tmp_path, every=20)
    problem = only(document, alarms_of(document, history, result), "run-overfitting")
    judged = history.series("validation", "loss").values
    assert f"is {judged[-1]:.3g}" in problem.message and f"its best {judged.min():.3g}" in problem.message
    assert "limits: 10 %, and 50 %" in problem.message
    assert [remedy.sentence for remedy in problem.remedies] == [
        "Dropout before linear3",
        "Weight decay 0.01",
        "Stop early",
    ]
    better = mended(document, problem)
    assert check(better).ok and any(node.type == "Dropout" for node in better.nodes())
    stopping = mended(document, problem, 2)
    history, result = run(stopping, tmp_path / "b", every=20)
    assert result["state"] == "early" and alarms_of(stopping, history, result) == []


def test_it_is_more_than_a_little_sureness_and_more_than_noise() -> None:
    falling = list(np.linspace(1.0, 0.01, 20))
    worse = [1.0, 0.6, 0.5, *np.linspace(0.5, 1.2, 17)]
    assert of(falling, worse) == ["run-overfitting"]
    assert of(falling, [1.0, 0.2, 0.1, *[0.14] * 17]) == [], "a small part of what was gained"
    assert of(falling, [*worse[:6], 0.9, 0.5, *[0.5] * 12]) == [], "one bad epoch"
    assert of([1.0, *[1.1] * 19], worse) == ["run-plateau"], (
        "the training loss does not fall: that is no overfitting"
    )
