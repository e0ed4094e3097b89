from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import SERIES, infer, model

ROOT = Path(__file__).resolve().parents[2]


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


def test_layer_norm_over_channels_works_at_each_place() -> None:
    image = ("ImageInput", {"channels": 6, "height": "H", "width": "W"})
    layer = model(image, ("LayerNorm", {"over": "channels"}))
    y = layer(torch.randn(2, 6, 4, 5) * 7 + 3)
    torch.testing.assert_close(y.mean(1), torch.zeros(2, 4, 5), atol=1e-5, rtol=0)
    assert layer.norm1.weight.shape == (6,)
    series = model(SERIES, ("LayerNorm", {"over": "channels"}))
    x = torch.randn(2, 5, 6)
    torch.testing.assert_close(series(x), model(SERIES, ("LayerNorm", {}))(x))


def test_group_norm_works_within_each_sample() -> None:
    image = ("ImageInput", {"channels": 6, "height": 4, "width": 5})
    y = model(image, ("GroupNorm", {"num_groups": 3}))(torch.randn(2, 6, 4, 5) * 7 + 3)
    torch.testing.assert_close(y.reshape(2, 3, -1).mean(2), torch.zeros(2, 3), atol=1e-5, rtol=0)


def test_groups_divide_the_channels_and_hold_more_than_one_value() -> None:
    with pytest.raises(ShapeError, match="4 equal groups") as caught:
        infer("GroupNorm", tensor(channel=6, height=4, width=5))
    assert caught.value.suggestions[0].value == 3  # type: ignore[union-attr]
    with pytest.raises(ShapeError, match="more than one value"):
        infer("GroupNorm", tensor(feature=4))
    with pytest.raises(ShapeError, match="more than one value"):
        infer("InstanceNorm2d", tensor(channel=4, height=1, width=1))


def test_rms_norm_keeps_the_mean_in() -> None:
    x = torch.randn(2, 5, 6) * 7 + 3
    y = model(SERIES, ("RMSNorm", {}))(x)
    torch.testing.assert_close(y, x / (x.square().mean(2, keepdim=True) + 1e-6).sqrt())


def test_neighbours_damp_each_other() -> None:
    image = ("ImageInput", {"channels": 4, "height": 1, "width": 1})
    y = model(image, ("LocalResponseNorm", {"size": 3, "alpha": 3.0, "beta": 1.0}))(torch.ones(1, 4, 1, 1))
    torch.testing.assert_close(y.flatten(), 1 / torch.tensor([3.0, 4.0, 4.0, 3.0]))


def test_a_group_norm_of_maps_that_lie_channels_last_trains() -> None:
    """torch 2.13 on a processor ends the process where such maps need no gradient themselves: it has its own process
    here, so that the others go on should it ever do so again."""
    program = """
import torch
from nndesigner.base.shapes import tensor
from tests.contract.test_layers import compiled, network_of
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Sample
sample = Sample(values={"num_groups": 2}, inputs={"x": tensor(channel=4, height=3, width=3)})
module = compiled(network_of(layer("GroupNorm"), sample))
maps = torch.randn(2, 4, 3, 3)
module(maps.to(memory_format=torch.channels_last)).square().sum().backward()
found = module.tested.weight.grad.clone()
module.zero_grad()
module(maps).square().sum().backward()
torch.testing.assert_close(found, module.tested.weight.grad)
one = Sample(values={"num_groups": 1}, inputs={"x": tensor(channel=4, height=1, width=1)})
small = compiled(network_of(layer("GroupNorm"), one))
small(torch.randn(1, 1, 1, 4).permute(0, 3, 1, 2)).square().sum().backward()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
