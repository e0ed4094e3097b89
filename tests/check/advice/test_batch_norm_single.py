from __future__ import annotations

import pytest
import torch

from nndesigner.base.problem import Severity
from nndesigner.check.batch_of_one import fewest_samples
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.source import source
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.objectives.supervised import SUPERVISED
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
def test_a_sample_left_over_at_the_end_joins_the_batch_before_it(samples: int, batch: int) -> None:
    assert check(planned(with_counts(DOCUMENT, samples), batch_size=batch)).obstacles == ()


def test_a_batch_size_of_one_stops_training_but_neither_building_nor_exporting() -> None:
    document = planned(with_counts(DOCUMENT, 50), batch_size=1)
    checked = check(document)
    (problem,) = checked.obstacles
    assert problem.code == CODE and problem.severity is Severity.ERROR and problem.training
    assert checked.ok and not checked.errors
    build(checked)
    assert "BatchNorm1d" in source(checked)
    assert SUPERVISED.why_not(checked) == problem.message
    assert check(after_remedy(document, problem)).obstacles == ()


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


def test_inside_a_block_it_is_found_too() -> None:
    document = planned(with_counts(DOCUMENT, 50), batch_size=1)
    ids = [node.id for node in document.nodes() if node.type in ("BatchNorm1d", "ReLU")]
    document = document.apply(edits.make_block(document, ids, "stage"))
    checked = check(document)
    (problem,) = checked.obstacles
    assert checked.ok and problem.code == CODE and len(problem.where.path) == 1
    assert document.node(problem.where.node).type == "BatchNorm1d"
    left_over = planned(with_counts(document, 33), batch_size=32)
    assert fewest_samples(check(left_over)) == 2 and check(left_over).obstacles == ()


def test_a_single_training_sample_has_no_way_out() -> None:
    document = planned(with_counts(DOCUMENT, 1), drop_last=True)
    (problem,) = check(document).obstacles
    assert problem.code == CODE and problem.remedies == ()
