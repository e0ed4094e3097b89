from __future__ import annotations

import pytest
import torch

from nndesigner.base.problem import Severity
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.check.advice.drawings import advice, after_remedy, mended, names, rows, with_counts

CODE = "batch-norm-single"
DOCUMENT = rows("Linear", "BatchNorm1d", "ReLU", ("Linear", {"out_features": 3}))
MAPS = rows(
    ("Reshape", {"to": "signal", "sizes": "1, 5"}),
    "BatchNorm1d",
    "ReLU",
    "Flatten",
    ("Linear", {"out_features": 3}),
)


def planned(document: Document, **values: object) -> Document:
    return document.apply(edits.set_plan(document, values))


def test_batches_of_one() -> None:
    document = planned(DOCUMENT, batch_size=1)
    assert names(document, advice(document, CODE)) == ["norm1"]
    plan = mended(document, CODE).plan
    assert plan is not None and plan.parameters["batch_size"] == 32


def test_other_batches_are_right() -> None:
    assert advice(DOCUMENT, CODE) == []
    assert advice(planned(DOCUMENT, batch_size=2), CODE) == []
    for samples in (64, 66, 1408):
        assert advice(with_counts(DOCUMENT, samples), CODE) == []


@pytest.mark.parametrize(("samples", "batch"), [(33, 32), (1409, 32), (9, 4), (5, 2)])
def test_a_last_batch_of_one_sample_would_stop_training_and_can_be_left_out(samples: int, batch: int) -> None:
    document = planned(with_counts(DOCUMENT, samples), batch_size=batch)
    (problem,) = check(document).errors
    assert problem.code == CODE and f"of {samples} training samples" in problem.message
    after = after_remedy(document, problem)
    assert check(after).ok and after.plan is not None and after.plan.parameters["drop_last"] is True


def test_torch_says_the_same() -> None:
    module = build(check(DOCUMENT)).train()
    module(torch.rand(2, 5))
    with pytest.raises(ValueError, match="more than 1 value"):
        module(torch.rand(1, 5))
    build(check(MAPS)).train()(torch.rand(1, 5))


def test_maps_hold_values_enough_for_an_average_even_alone() -> None:
    assert check(with_counts(MAPS, 33)).ok
    found = advice(planned(with_counts(MAPS, 33), batch_size=1), CODE)
    assert [p.severity for p in found] == [Severity.WARNING]


def test_a_single_training_sample_has_no_way_out() -> None:
    document = planned(with_counts(DOCUMENT, 1), drop_last=True)
    (problem,) = check(document).errors
    assert problem.code == CODE and problem.remedies == ()
