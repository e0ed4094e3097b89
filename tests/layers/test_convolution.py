from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import infer, model

IMAGE = ("ImageInput", {"channels": 1, "height": "H", "width": "W"})


def test_a_causal_convolution_never_looks_ahead() -> None:
    layer = model(
        ("SequenceInput", {"length": "T", "features": 2}),
        ("Permute", {}),
        ("Conv1d", {"out_channels": 3, "kernel_size": [3], "dilation": [2], "padding": "causal"}),
    )
    x = torch.randn(1, 9, 2)
    later = x.clone()
    later[:, 5:] += 1
    before, after = layer(x), layer(later)
    assert before.shape == (1, 3, 9)
    torch.testing.assert_close(before[..., :5], after[..., :5], rtol=0, atol=0)
    assert not torch.equal(before[..., 5:], after[..., 5:])


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
def test_each_side_gets_the_border_that_it_is_given(mode: str) -> None:
    values = {"out_channels": 2, "padding": "sides", "sides": [1, 0, 2, 1], "padding_mode": mode}
    layer, x = model(IMAGE, ("Conv2d", values)), torch.randn(2, 1, 5, 6)
    padded = F.pad(x, (2, 1, 1, 0), mode="constant" if mode == "zeros" else mode)
    y = layer(x)
    torch.testing.assert_close(y, F.conv2d(padded, layer.conv1.weight, layer.conv1.bias))
    assert y.shape == (2, 2, 4, 7)


def test_even_sides_stay_inside_the_convolution() -> None:
    values = {"padding": "sides", "sides": [1, 1, 2, 2]}
    assert model(IMAGE, ("Conv2d", values)).conv1.padding == (1, 2)


def test_a_picture_becomes_a_volume_of_one_slice() -> None:
    with pytest.raises(ShapeError, match="depth × height × width") as caught:
        infer("Conv3d", tensor(channel=3, height=4, width=5))
    (suggestion,) = caught.value.suggestions
    assert suggestion.values == {"to": "volume", "sizes": "3, 1, 4, 5"}  # type: ignore[union-attr]
    volume = infer("Reshape", tensor(channel=3, height=4, width=5), **suggestion.values)  # type: ignore[union-attr]
    assert infer("Conv3d", volume, out_channels=2) == tensor(channel=2, depth=1, height=4, width=5)


def test_a_transposed_convolution_doubles_free_sizes() -> None:
    y = infer("ConvTranspose2d", tensor(channel=3, height="H", width="W"), out_channels=4)
    assert y == tensor(channel=4, height="2*H", width="2*W")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"output_padding": [2, 2]}, "extra size"),
        ({"padding": [9, 9]}, "cuts away all"),
        ({"groups": 2}, "3 input channels"),
    ],
)
def test_what_a_transposed_convolution_cannot_do(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ShapeError, match=said) as caught:
        infer("ConvTranspose2d", tensor(channel=3, height=4, width=4), **values)
    (mend,) = caught.value.suggestions
    infer(
        "ConvTranspose2d",
        tensor(channel=3, height=4, width=4),
        **{**values, mend.parameter: mend.value},  # type: ignore[union-attr]
    )
