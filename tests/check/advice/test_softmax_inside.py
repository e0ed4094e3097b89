from __future__ import annotations

from tests.check.advice.drawings import advice, mended, names, rows, types

CODE = "softmax-inside"


def test_a_softmax_before_dropout_would_be_soft_maxed_twice() -> None:
    document = rows(("Linear", {"out_features": 3}), "Softmax", "Dropout")
    assert names(document, advice(document, CODE)) == ["softmax1"]
    assert "Softmax" not in types(mended(document, CODE))


def test_a_softmax_right_before_the_output_is_right() -> None:
    for layers in (("Softmax",), ("Softmax", "Identity"), ("Dropout", "Softmax")):
        assert advice(rows(("Linear", {"out_features": 3}), *layers), CODE) == []


def test_a_softmax_further_inside_is_the_drawers_own_business() -> None:
    assert advice(rows("Linear", "Softmax", ("Linear", {"out_features": 3})), CODE) == []
