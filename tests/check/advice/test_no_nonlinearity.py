from __future__ import annotations

from nndesigner.check.check import check
from nndesigner.document.document import Document
from tests.check.advice.drawings import advice, mended, names, rows
from tests.networks import DIGIT, DIGIT_IMAGE, chain

CODE = "no-nonlinearity"


def images(*types: str) -> Document:
    ends = [("Flatten", {}), ("Linear", {"out_features": 10}), ("Softmax", {}), ("Output", {})]
    return chain([("ImageInput", {}), *((type, {}) for type in types), *ends], [DIGIT_IMAGE, DIGIT])


def test_convolutions_without_any_activation() -> None:
    document = images("Conv2d", "BatchNorm2d", "AvgPool2d")
    found = advice(document, CODE)
    assert names(document, found) == ["conv1"]
    mended(document, CODE)


def test_one_activation_or_a_maximum_is_enough() -> None:
    for types in (("Conv2d", "ReLU"), ("Conv2d", "MaxPool2d")):
        assert advice(images(*types), CODE) == []


def test_one_linear_layer_is_a_network_of_its_own() -> None:
    assert advice(rows(("Linear", {"out_features": 3}), "Softmax"), CODE) == []


def test_two_linear_layers_are_told_of_once() -> None:
    codes = [p.code for p in check(rows("Linear", ("Linear", {"out_features": 3}))).problems]
    assert codes.count("linear-stack") == 1 and CODE not in codes
