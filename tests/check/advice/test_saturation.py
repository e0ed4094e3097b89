from __future__ import annotations

from itertools import chain
from typing import Any

from tests.check.advice.drawings import YES_NO, advice, mended, rows, types

CODE = "saturation"


def deep(count: int, activation: str) -> list[Any]:
    return list(chain.from_iterable(["Linear", activation] for _ in range(count)))


def test_five_tanhs_in_a_row() -> None:
    document = rows(*deep(5, "Tanh"), ("Linear", {"out_features": 3}))
    (problem,) = advice(document, CODE)
    assert problem.message.startswith("5 ")
    assert types(mended(document, CODE)).count("ReLU") == 5


def test_the_activation_of_the_output_does_not_count() -> None:
    assert (
        advice(rows(*deep(4, "Sigmoid"), ("Linear", {"out_features": 1}), "Sigmoid", target=YES_NO), CODE)
        == []
    )


def test_relus_may_be_as_many_as_one_likes() -> None:
    assert advice(rows(*deep(9, "ReLU"), ("Linear", {"out_features": 3})), CODE) == []
