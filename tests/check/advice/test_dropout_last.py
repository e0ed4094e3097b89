from __future__ import annotations

import msgspec
import pytest

from nndesigner.document import edits
from tests.check.advice.drawings import THREE, advice, mended, names, rows, types

CODE = "dropout-last"


@pytest.mark.parametrize("after", [(), ("Softmax",), ("Identity", "Softmax")])
def test_dropout_on_the_answer(after: tuple[str, ...]) -> None:
    document = rows(("Linear", {"out_features": 3}), "Dropout", *after)
    assert names(document, advice(document, CODE)) == ["dropout1"]
    assert "Dropout" not in types(mended(document, CODE))


def test_dropout_between_hidden_layers_is_right() -> None:
    assert advice(rows("Linear", "ReLU", "Dropout", ("Linear", {"out_features": 3})), CODE) == []


def test_a_layer_whose_weight_arrives_on_a_wire_makes_up_for_it() -> None:
    five = msgspec.structs.replace(THREE, classes=tuple("abcde"))
    wide = ("Linear", {"out_features": 5, "give_weight": True})
    document = rows(wide, "ReLU", "Dropout", "WeightedLinear", target=five)
    linear, tied = (next(n for n in document.nodes() if n.type == t) for t in ("Linear", "WeightedLinear"))
    document = document.apply(edits.connect(document, linear.id, "weight", tied.id, "weight"))
    assert advice(document, CODE) == []


def test_a_dropout_that_is_bypassed_drops_nothing_and_a_bypassed_layer_makes_up_for_nothing() -> None:
    document = rows(("Linear", {"out_features": 3}), "Dropout", "Dropout", ("Linear", {"out_features": 3}))
    first, second = (n for n in document.nodes() if n.type == "Dropout")
    last = [n for n in document.nodes() if n.type == "Linear"][-1]
    document = document.apply(edits.set_bypass(document, [second.id, last.id], True))
    assert names(document, advice(document, CODE)) == [first.name]
    assert advice(document.apply(edits.set_bypass(document, [first.id], True)), CODE) == []
