from __future__ import annotations

import pytest
import torch

from nndesigner.base.fields import BadValue
from nndesigner.base.shapes import tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import SERIES, infer, model

SEQUENCE, SIGNAL = tensor(time="T", feature=6), tensor(channel=6, length="T")
IMAGE = tensor(channel=3, height=4, width=5)


def test_a_sequence_and_a_signal_are_each_other_turned() -> None:
    assert infer("Permute", SEQUENCE) == SIGNAL
    assert infer("Permute", SIGNAL) == SEQUENCE


def test_channels_that_move_to_the_end_are_features_and_back() -> None:
    moved = infer("Permute", IMAGE, order="2, 3, 1")
    assert moved == tensor(height=4, width=5, feature=3)
    assert infer("Permute", moved, order="3, 1, 2") == IMAGE


def test_other_axes_keep_their_meaning() -> None:
    assert infer("Permute", IMAGE, order="1, 3, 2").meanings == ("batch", "channel", "width", "height")
    assert infer("Permute", SEQUENCE, order="1, 2") == SEQUENCE


def test_permuted_values_are_where_the_order_says() -> None:
    x = torch.randn(2, 5, 6)
    y = model(SERIES, ("Permute", {}))(x)
    assert y[1, 4, 3] == x[1, 3, 4]


@pytest.mark.parametrize("text", ["2,1", "2 1", " 2 × 1 ", "(2, 1)"])
def test_an_order_may_be_typed_in_many_ways(text: str) -> None:
    field = layers()["Permute"].field("order")
    assert field is not None and field.parse(text) == "2, 1"


@pytest.mark.parametrize("text", ["", "a, b", "2; 1", "1.5", "0, 1", "9" * 40])
def test_what_is_no_order_is_refused_with_a_sentence(text: str) -> None:
    field = layers()["Permute"].field("order")
    assert field is not None
    with pytest.raises(BadValue, match="Order is whole numbers such as 2, 1"):
        field.parse(text)


def test_reshape_keeps_the_values_in_order() -> None:
    x = torch.arange(24.0).reshape(2, 12)
    y = model(("TableInput", {"features": 12}), ("Reshape", {"to": "image", "sizes": "3, 2, -1"}))(x)
    assert y.shape == (2, 3, 2, 2) and torch.equal(y.flatten(1), x)


def test_reshape_names_its_axes_for_the_layers_that_follow() -> None:
    row = tensor(feature=12)
    assert infer("Reshape", row, to="image", sizes="3, 2, 2") == tensor(channel=3, height=2, width=2)
    assert infer("Reshape", row, to="signal", sizes="3, -1") == tensor(channel=3, length=4)
    assert infer("Reshape", row, to="sequence", sizes="-1, 3") == tensor(time=4, feature=3)
    assert infer("Reshape", IMAGE, to="row", sizes="60") == tensor(feature=60)


def test_reshape_takes_what_is_left_of_a_free_size() -> None:
    assert infer("Reshape", tensor(channel=2, height=3, width="W"), to="sequence", sizes="-1, 6") == tensor(
        time="W", feature=6
    )


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ("3, 2", "channel × height × width has 3 sizes; here are 2"),
        ("3, 2, 3", "12 values arrive"),
        ("5, 1, -1", "cannot be split evenly"),
        ("-1, 1, -1", "at most one"),
    ],
)
def test_reshape_says_why_it_cannot(sizes: str, sentence: str) -> None:
    with pytest.raises(ShapeError, match=sentence):
        infer("Reshape", tensor(feature=12), sizes=sizes)


def test_flatten_of_a_free_size_is_an_expression() -> None:
    assert infer("Flatten", tensor(channel=3, height="H", width=2)) == tensor(feature="6*H")


def test_reshape_keeps_an_axis_at_its_place_and_takes_names_of_ones_own() -> None:
    heads = infer("Reshape", tensor(time="T", feature=6), to="own", sizes="0, 2, -1")
    assert heads == tensor(time="T", head=2, feature=3)
    with pytest.raises(ShapeError, match="an axis that does not arrive"):
        infer("Reshape", tensor(feature=6), to="sequence", sizes="-1, 0")


def test_flatten_from_an_axis_on() -> None:
    image = tensor(channel=3, height=4, width=5)
    assert infer("Flatten", image, start=2) == tensor(channel=3, length=20)
    assert infer("Flatten", image, end=2) == tensor(channel=12, width=5)
    with pytest.raises(ShapeError, match="axes 4 to -1"):
        infer("Flatten", image, start=4)
