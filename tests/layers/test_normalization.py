from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import SERIES, infer, model


def test_layer_norm_works_within_each_step() -> None:
    y = model(SERIES, ("LayerNorm", {}))(torch.randn(2, 5, 6) * 7 + 3)
    torch.testing.assert_close(y.mean(2), torch.zeros(2, 5), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.var(2, unbiased=False), torch.ones(2, 5), atol=1e-3, rtol=0)


def test_layer_norm_over_square_images_has_a_weight_for_every_pixel() -> None:
    layer = model(("ImageInput", {"channels": 4, "height": 4, "width": 4}), ("LayerNorm", {"axes": 3}))
    assert layer.norm1.weight.shape == (4, 4, 4)


def test_batch_norm_takes_the_batch_while_training_and_the_average_afterwards() -> None:
    layer = model(("TableInput", {"features": 3}), ("BatchNorm1d", {"momentum": 1.0}))
    x = torch.randn(64, 3) * 5 + 2
    trained = layer.train()(x)
    torch.testing.assert_close(trained.mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(layer.eval()(x).mean(0), torch.zeros(3), atol=1e-5, rtol=0)


def test_batch_norm_of_a_sequence_asks_for_channels_first() -> None:
    with pytest.raises(ShapeError, match="channels first"):
        infer("BatchNorm1d", tensor(time=3, feature=2))
    assert infer("BatchNorm1d", tensor(channel=2, length="L")) == tensor(channel=2, length="L")


def test_batch_norm_of_images_is_the_other_one() -> None:
    with pytest.raises(ShapeError, match="Batch norm 2-D"):
        infer("BatchNorm1d", tensor(channel=2, height=3, width=3))
