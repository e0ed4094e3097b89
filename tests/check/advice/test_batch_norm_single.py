from __future__ import annotations

from nndesigner.document import edits
from tests.check.advice.drawings import advice, mended, names, rows

CODE = "batch-norm-single"
DOCUMENT = rows("Linear", "BatchNorm1d", "ReLU", ("Linear", {"out_features": 3}))


def test_batches_of_one() -> None:
    document = DOCUMENT.apply(edits.set_plan(DOCUMENT, {"batch_size": 1}))
    assert names(document, advice(document, CODE)) == ["norm1"]
    plan = mended(document, CODE).plan
    assert plan is not None and plan.parameters["batch_size"] == 32


def test_other_batches_are_right() -> None:
    assert advice(DOCUMENT, CODE) == []
    assert advice(DOCUMENT.apply(edits.set_plan(DOCUMENT, {"batch_size": 2})), CODE) == []
