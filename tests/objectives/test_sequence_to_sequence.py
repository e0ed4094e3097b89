"""Sequence to sequence: greedy decoding reads what it wrote itself, and whole answers are counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.check.asking import writes
from nndesigner.check.check import check
from nndesigner.objectives.objective import WHOLE
from nndesigner.objectives.sequence_to_sequence import SEQUENCE_TO_SEQUENCE
from nndesigner.training.predict import Predictor
from tests.objectives.known import example
from tests.training.small import chain, dataset, trained, trainer


def test_a_network_without_a_decoder_that_reads_its_answer_is_refused() -> None:
    document = example("reverse-sequence")
    assert SEQUENCE_TO_SEQUENCE.why_not(check(document)) == ""
    found = writes(check(document))
    assert found is not None and check(document).inputs[found[0]].name == "so_far"
    layers = [("TokensInput", {}), ("Embedding", {}), ("Linear", {"out_features": 10}), ("Output", {})]
    alone = check(chain("sequences", layers, {"samples": 20}))
    assert "begins with <start>" in SEQUENCE_TO_SEQUENCE.why_not(alone)


def test_a_network_that_has_not_learned_writes_worse_than_it_is_told(tmp_path: Path) -> None:
    it, _ = trained(example("reverse-sequence", epochs=1), tmp_path)
    found = it.evaluate("validation")
    predictor = Predictor(it.run)
    read = dataset(example("reverse-sequence"))
    rows, data = read.indices["validation"], read.arrays
    wrote = predictor.written({"sequence": data["sequence"][rows]})
    start = len(predictor.heads[0].target.tokens)
    assert (wrote["so far"][:, 0] == start).all()
    said = predictor.answers(wrote)["next"]["class"]
    # What it says over its own words are those words: greedy decoding has settled.
    assert (said[:, :-1] == wrote["so far"][:, 1:]).all()
    whole = np.mean((said == data["answer"][rows]).all(axis=1))
    assert found[WHOLE] == pytest.approx(whole, abs=1e-6)
    assert whole < found["accuracy"]
    given = {"sequence": data["sequence"][rows[:2]], "so far": data["so far"][rows[:2]]}
    assert (predictor.written(given)["so far"] == wrote["so far"][:2]).all()


def test_the_best_state_is_the_one_that_writes_most_answers(tmp_path: Path) -> None:
    it = trainer(example("reverse-sequence"), tmp_path)
    it.metrics["validation"] = {"loss": 1.0, WHOLE: 0.5, "accuracy": 0.9}
    assert it.is_best() and it.at.best_score == 0.5
    it.metrics["validation"] = {"loss": 0.5, WHOLE: 0.4, "accuracy": 0.95}
    assert not it.is_best()


@pytest.mark.long
def test_words_are_written_backwards_without_a_mistake(tmp_path: Path) -> None:
    """The bar: 99 % of the words of the validation part are wholly right by greedy decoding."""
    _, result = trained(example("reverse-sequence"), tmp_path)
    found = result["metrics"]["validation"][WHOLE]
    print(f"reverse-sequence: {found:.4f} of the words are wholly right")
    assert found >= 0.99
