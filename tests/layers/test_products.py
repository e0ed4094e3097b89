from __future__ import annotations

import pytest
import torch

from nndesigner.base.fields import BadValue
from nndesigner.base.shapes import tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import SetParameter, ShapeError
from tests.layers.shapes_of import answers, use

QUERY, KEY = tensor(time=3, feature=4), tensor(time=5, feature=4)


def test_queries_times_keys_are_scores() -> None:
    q, k = torch.randn(2, 3, 4), torch.randn(2, 5, 4)
    (y,) = answers("MatMul", {"transpose_b": True}, (QUERY, q), (KEY, k))
    torch.testing.assert_close(y, q @ k.transpose(1, 2))


def test_a_product_that_needs_a_transpose_offers_it() -> None:
    with pytest.raises(ShapeError, match="must be as many") as refused:
        layers()["MatMul"].infer(use("MatMul", {}, a=QUERY, b=KEY))
    assert refused.value.suggestions == (SetParameter("transpose_b", True, "Transpose b"),)


@pytest.mark.parametrize(
    ("equation", "shape"), [("nij,nkj->nik", (2, 3, 5)), ("nij,nkj->nk", (2, 5)), ("nij,nkj->n", (2, 1))]
)
def test_an_einstein_sum_is_that_of_torch(equation: str, shape: tuple[int, ...]) -> None:
    a, b = torch.randn(2, 3, 4), torch.randn(2, 5, 4)
    (y,) = answers("Einsum", {"equation": equation}, (QUERY, a), (KEY, b))
    assert y.shape == shape
    torch.testing.assert_close(y.flatten(), torch.einsum(equation, a, b).flatten())


@pytest.mark.parametrize(
    ("equation", "sentence"),
    [
        ("nij,njk", "is letters such as"),
        ("nii->n", "each letter once"),
        ("nij,mjk->nik", "begins with the letter of the batch"),
        ("nij->nk", "letters that come in"),
        ("n...->n", "is letters such as"),
    ],
)
def test_equations_are_read_with_care(equation: str, sentence: str) -> None:
    field = layers()["Einsum"].field("equation")
    assert field is not None
    with pytest.raises(BadValue, match=sentence):
        field.check(equation)


def test_the_equation_says_how_many_wires_come_in() -> None:
    ports = layers()["Einsum"].input_ports
    assert [p.name for p in ports({"equation": "nij->nji"})] == ["a"]
    assert [p.name for p in ports({"equation": "nij,njk->nik"})] == ["a", "b"]


def test_the_outer_product_of_rows() -> None:
    a, b = torch.randn(2, 3), torch.randn(2, 4)
    (y,) = answers("Outer", {}, (tensor(feature=3), a), (tensor(feature=4), b))
    torch.testing.assert_close(y, torch.einsum("ni,nj->nij", a, b))
