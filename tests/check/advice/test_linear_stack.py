from __future__ import annotations

from tests.check.advice.drawings import advice, mended, names, rows, types

CODE = "linear-stack"


def test_two_linear_layers_in_a_row() -> None:
    document = rows("Linear", "Dropout", ("Linear", {"out_features": 3}))
    assert names(document, advice(document, CODE)) == ["linear2"]
    assert "ReLU" in types(mended(document, CODE))


def test_an_activation_between_is_right() -> None:
    assert advice(rows("Linear", "Tanh", ("Linear", {"out_features": 3})), CODE) == []
