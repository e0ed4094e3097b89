"""Steps that are too large or too small for the weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import alarms_of, mended, run
from tests.training.small import chain


@pytest.mark.parametrize(("rate", "size", "better"), [(2.0, "large", 0.2), (2e-5, "small", 2e-4)])
def test_steps_out_of_range_are_told_with_their_ratio(
    tmp_path: Path, rate: float, size: str, better: float
) -> None:
    optimizer = "adam" if size == "large" else "sgd"
    document = rectified(epochs=1, learning_rate=rate, optimizer=optimizer)
    history, result = run(document, tmp_path)
    quiet = {code: {"watch": False} for code in ("run-dead", "run-vanishing", "run-exploding")}
    (problem,) = [p for p in alarms_of(document, history, result, quiet) if p.code == "run-ratio"]
    assert f"Steps are too {size}" in problem.message
    assert f"limit: {'0.1' if size == 'large' else '1e-05'}" in problem.message
    changed = problem.remedies[0].arguments["values"]["learning_rate"]
    assert changed <= better if size == "large" else changed >= better
    assert mended(document, problem).plan.parameters["learning_rate"] == changed


def test_a_perceptron_has_no_middle(tmp_path: Path) -> None:
    document = chain(
        "logic",
        [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})],
        {"gate": "xor"},
        epochs=5,
    )
    assert "run-ratio" not in {p.code for p in alarms_of(document, *run(document, tmp_path))}
