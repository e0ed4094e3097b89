"""A rare class that the network ignores."""

from __future__ import annotations

import msgspec
import numpy as np

from nndesigner.base.problem import Problem
from nndesigner.check.advice.rule import Evidence
from nndesigner.check.alarms.alarms import raised_by
from nndesigner.check.alarms.measured import Measured
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import mended, only


def imbalanced(counts: list[int]) -> Document:
    """Two moons, one of them with few samples."""
    document = rectified()
    data = document.data
    assert data is not None
    fields = tuple(
        msgspec.structs.replace(f, statistics={**f.statistics, "counts": counts}) if f.kind == "class" else f
        for f in data.fields
    )
    return document.apply(edits.set_found(document, fields, data.counts, data.fingerprint))


def problems(document: Document, *confusion: list[list[int]]) -> list[Problem]:
    found = Measured(confusion=tuple(np.array(matrix) for matrix in confusion))
    return raised_by(Evidence(document=document, checked=check(document), run=found), {})


IGNORED, TOLD = [[95, 0], [4, 1]], [[90, 5], [1, 4]]


def test_a_rare_class_that_is_never_answered_is_told() -> None:
    document = imbalanced([380, 20])
    problem = only(document, problems(document, IGNORED, IGNORED), "run-class-imbalance")
    assert "19 times as many samples" in problem.message and "only 20 %" in problem.message
    assert "limit: 10" in problem.message and "limit: 30 %" in problem.message
    output = next(n for n in mended(document, problem).nodes() if n.type == "Output")
    assert output.parameters["class_weights"] == "balanced"


def test_a_rare_class_that_is_recognized_or_was_missed_once_is_none() -> None:
    document = imbalanced([380, 20])
    assert problems(document, IGNORED, TOLD) == []
    assert problems(document, IGNORED) == []
    assert problems(imbalanced([200, 200]), [[50, 0], [50, 0]], [[50, 0], [50, 0]]) == []
