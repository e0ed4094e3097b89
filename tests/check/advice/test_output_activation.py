from __future__ import annotations

import pytest

from nndesigner.document.document import Document
from tests.check.advice.drawings import NUMBER, THREE, YES_NO, advice, mended, names, rows, types

CODE = "output-activation"


@pytest.mark.parametrize("activation", ["ReLU", "Tanh", "Sigmoid", "GELU"])
def test_what_spoils_the_scores_before_cross_entropy(activation: str) -> None:
    document = rows(("Linear", {"out_features": 3}), activation)
    (problem,) = advice(document, CODE)
    assert problem.where.node == document.node_named(names(document, [problem])[0]).id  # type: ignore[union-attr]
    assert types(mended(document, CODE)) == ["TableInput", "Linear", "Output"]


def test_a_softmax_of_one_value() -> None:
    document = rows(("Linear", {"out_features": 1}), "Softmax", target=YES_NO)
    (problem,) = advice(document, CODE)
    assert "always the same" in problem.message
    mended(document, CODE)


@pytest.mark.parametrize("activation", ["ReLU", "Sigmoid"])
def test_numbers_below_zero_that_the_activation_cannot_give(activation: str) -> None:
    document = rows(("Linear", {"out_features": 1}), activation, target=NUMBER)
    (problem,) = advice(document, CODE)
    assert "no negative values" in problem.message
    mended(document, CODE)


def test_numbers_above_one_that_tanh_cannot_give() -> None:
    document = rows(("Linear", {"out_features": 1}), "Tanh", target=NUMBER)
    assert "above 1" in advice(document, CODE)[0].message


@pytest.mark.parametrize(
    "document",
    [
        rows(("Linear", {"out_features": 3})),
        rows(("Linear", {"out_features": 3}), "Softmax"),
        rows(("Linear", {"out_features": 3}), "LogSoftmax"),
        rows(("Linear", {"out_features": 1}), "Sigmoid", target=YES_NO),
        rows(("Linear", {"out_features": 1}), "Step", target=YES_NO),
        rows(("Linear", {"out_features": 1}), target=NUMBER),
        rows(("Linear", {"out_features": 1}), "LeakyReLU", target=NUMBER),
        rows("Linear", "ReLU", ("Linear", {"out_features": 3}), target=THREE),
    ],
    ids=["logits", "softmax", "log-softmax", "sigmoid", "step", "number", "leaky", "hidden"],
)
def test_nothing_is_said_of_what_is_right(document: Document) -> None:
    assert advice(document, CODE) == []
