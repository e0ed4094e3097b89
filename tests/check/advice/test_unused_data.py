from __future__ import annotations

from nndesigner.document.document import Document
from tests.check.advice.drawings import ROW, SERIES, THREE, advice, after_remedy, rows
from tests.networks import chain

CODE = "unused-data"


def both() -> Document:
    return chain([("TableInput", {}), ("Linear", {"out_features": 3}), ("Output", {})], [ROW, SERIES, THREE])


def test_a_field_that_no_input_reads() -> None:
    (problem,) = advice(both(), CODE)
    assert "“wave”" in problem.message


def test_the_remedy_adds_an_input_that_reads_it() -> None:
    document = both()
    document = after_remedy(document, advice(document, CODE)[0])
    (added,) = (node for node in document.nodes() if node.type == "SequenceInput")
    assert added.parameters["field"] == "wave"
    assert advice(document, CODE) == []


def test_targets_are_not_read_by_inputs() -> None:
    assert advice(rows(("Linear", {"out_features": 3})), CODE) == []
