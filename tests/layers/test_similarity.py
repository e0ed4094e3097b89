from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.compiler.build import resolve
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import use

ROW = tensor(feature=4)


def infer(type: str, a: TensorType, b: TensorType) -> TensorType:
    return layers()[type].infer(use(type, {}, a=a, b=b))["y"]


def test_one_value_is_left_for_each_pair() -> None:
    for type in ("CosineSimilarity", "PairwiseDistance"):
        assert infer(type, ROW, ROW) == tensor(feature=1)
        steps = tensor(time="T", feature=4)
        assert infer(type, steps, steps) == tensor(time="T", feature=1)


def test_vectors_of_an_image_are_its_channels() -> None:
    image = tensor(channel=3, height=4, width=5)
    assert infer("CosineSimilarity", image, image) == tensor(channel=1, height=4, width=5)
    with pytest.raises(ShapeError, match="features that come last"):
        infer("PairwiseDistance", image, image)


def test_both_have_one_shape() -> None:
    with pytest.raises(ShapeError, match="compares two of one shape"):
        infer("CosineSimilarity", ROW, tensor(feature=5))


def test_a_distance_is_the_root_of_the_sum_of_powers() -> None:
    (call,) = layers()["PairwiseDistance"].lower(use("PairwiseDistance", {"p": 3.0}, a=ROW, b=ROW)).calls
    a, b = torch.randn(2, 4), torch.randn(2, 4)
    have = resolve(call.target)(**call.construct)(a, b)
    torch.testing.assert_close(have, ((a - b + 1e-6).abs() ** 3).sum(1, keepdim=True) ** (1 / 3))
