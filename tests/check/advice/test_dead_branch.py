from __future__ import annotations

from nndesigner.document import edits
from tests.check.advice.drawings import advice, mended, names, rows

CODE = "dead-branch"


def test_a_layer_that_leads_nowhere() -> None:
    document = rows(("Linear", {"out_features": 3}))
    first = document.node_named("table1")
    assert first is not None
    document = document.apply(edits.append_node(document, "ReLU", first.id))
    assert names(document, advice(document, CODE)) == ["relu1"]
    assert mended(document, CODE).node_named("relu1") is None


def test_a_chain_to_the_output_is_right() -> None:
    assert advice(rows(("Linear", {"out_features": 3})), CODE) == []
