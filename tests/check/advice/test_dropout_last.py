from __future__ import annotations

import pytest

from tests.check.advice.drawings import advice, mended, names, rows, types

CODE = "dropout-last"


@pytest.mark.parametrize("after", [(), ("Softmax",), ("Identity", "Softmax")])
def test_dropout_on_the_answer(after: tuple[str, ...]) -> None:
    document = rows(("Linear", {"out_features": 3}), "Dropout", *after)
    assert names(document, advice(document, CODE)) == ["dropout1"]
    assert "Dropout" not in types(mended(document, CODE))


def test_dropout_between_hidden_layers_is_right() -> None:
    assert advice(rows("Linear", "ReLU", "Dropout", ("Linear", {"out_features": 3})), CODE) == []
