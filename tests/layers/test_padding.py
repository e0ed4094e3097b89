from __future__ import annotations

import pytest
import torch
from torch import nn

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import infer, model

IMAGE = ("ImageInput", {"channels": 2, "height": "H", "width": "W"})
FREE = tensor(channel=2, height="H", width="W")
X = torch.randn(3, 2, 5, 6)


@pytest.mark.parametrize(
    ("mode", "torch_layer"),
    [("reflect", nn.ReflectionPad2d), ("replicate", nn.ReplicationPad2d), ("circular", nn.CircularPad2d)],
)
def test_borders_are_those_of_torch(mode: str, torch_layer: type[nn.Module]) -> None:
    y = model(IMAGE, ("Pad", {"widths": "1, 2, 3, 0", "mode": mode}))(X)
    assert torch.equal(y, torch_layer((3, 0, 1, 2))(X))


def test_a_border_of_one_value() -> None:
    assert torch.equal(model(IMAGE, ("Pad", {}))(X), nn.ZeroPad2d(1)(X))
    y = model(IMAGE, ("Pad", {"widths": "0, 1", "value": 2.5}))(X)
    assert torch.equal(y, nn.ConstantPad2d((1, 1, 0, 0), 2.5)(X))


def test_negative_widths_cut_away() -> None:
    assert torch.equal(model(IMAGE, ("Pad", {"widths": "-1, 0, -2, -1"}))(X), X[:, :, 1:, 2:-1])
    assert infer("Pad", FREE, widths="-1, 0, -2, -1") == tensor(channel=2, height="H - 1", width="W - 3")


def test_what_is_wrong_with_widths_is_said() -> None:
    with pytest.raises(ShapeError, match="1, 2 or 4 numbers; here are 3"):
        infer("Pad", FREE, widths="1, 2, 3")
    with pytest.raises(ShapeError, match="Nothing is left of the height"):
        infer("Pad", tensor(channel=2, height=4, width=9), widths="-2")
    with pytest.raises(ShapeError, match="reflect border of 4 is wider"):
        infer("Pad", tensor(channel=2, height=4, width=9), widths="4", mode="reflect")
