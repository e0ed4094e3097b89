"""A recurrent layer whose gradient grows at each step back in time."""

from __future__ import annotations

from pathlib import Path

import torch

from nndesigner.training.loop import Trainer
from tests.check.alarms.networks import recurrent
from tests.check.alarms.runs import alarms_of, mended, name_at, only, run


def explode(it: Trainer) -> None:
    """Recurrent weights that make everything 1.6 times as large at each of forty steps."""
    weights = dict(it.compiled.named_parameters())
    with torch.no_grad():
        hidden = next(p for name, p in weights.items() if "weight_hh" in name)
        hidden.copy_(1.6 * torch.eye(len(hidden)))
        next(p for name, p in weights.items() if "weight_ih" in name).abs_()


def test_an_exploding_recurrent_layer_is_named_with_its_gradient(tmp_path: Path) -> None:
    document = recurrent(epochs=1, learning_rate=1e-5)
    history, result = run(document, tmp_path, explode)
    problems = [p for p in alarms_of(document, history, result) if p.code != "run-ratio"]
    problem = only(document, problems, "run-exploding")
    assert name_at(document, problem) == "rnn1"
    frame = history.frames["", "health"]
    norm = float(frame.arrays["gradient_norm"][frame.meta["names"].index("rnn1")])
    assert norm > 1000 and f"it is {norm:.3g} at rnn1 (limit: 1000)" in problem.message
    sentences = [remedy.sentence for remedy in problem.remedies]
    assert "Begin with orthogonal weights" in sentences and "Make rnn1 an LSTM" in sentences
    better = mended(document, problem, sentences.index("Begin with orthogonal weights"))
    assert alarms_of(better, *run(better, tmp_path / "again")) == []


def test_one_that_begins_well_has_no_alarm(tmp_path: Path) -> None:
    document = recurrent(epochs=2)
    assert alarms_of(document, *run(document, tmp_path)) == []
