from __future__ import annotations

from tests.check.advice.drawings import advice, mended, names, rows, with_counts

CODE = "many-weights"
WIDE = rows(("Linear", {"out_features": 4000}), "ReLU", ("Linear", {"out_features": 3}))


def test_far_more_weights_than_samples() -> None:
    document = with_counts(WIDE, train=100)  # 36,003 weights
    (problem,) = advice(document, CODE)
    assert names(document, [problem]) == ["linear1"]
    assert "36,003" in problem.message and "100 samples" in problem.message
    narrower = mended(document, CODE).node_named("linear1")
    assert narrower is not None and 1 <= narrower.parameters["out_features"] < 4000


def test_enough_samples_or_none_known_is_right() -> None:
    assert advice(with_counts(WIDE, train=1000), CODE) == []
    assert advice(with_counts(WIDE, train=0), CODE) == []
