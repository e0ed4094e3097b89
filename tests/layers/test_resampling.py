from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import infer, model

IMAGE = ("ImageInput", {"channels": 4, "height": 4, "width": 6})
FREE = tensor(channel=4, height="H", width="W")
X = torch.randn(2, 4, 4, 6)


def test_nearest_values_are_copied() -> None:
    y = model(IMAGE, ("Upsample", {}))(X)
    assert torch.equal(y, X.repeat_interleave(2, 2).repeat_interleave(2, 3))


def test_linear_means_what_the_axes_ask_for() -> None:
    smooth = {"mode": "linear"}
    assert model(IMAGE, ("Upsample", smooth)).upsample1.mode == "bilinear"
    series = model(("SequenceInput", {"length": "T", "features": 2}), ("Permute", {}), ("Upsample", smooth))
    assert series.upsample1.mode == "linear"
    corners = model(IMAGE, ("Upsample", {**smooth, "align_corners": True}))(X)
    torch.testing.assert_close(corners[..., ::7, ::11], X[..., ::3, ::5])


@pytest.mark.parametrize(
    ("factor", "height"), [(2.0, "2*H"), (1.5, "(3*H)//2"), (0.5, "H//2"), (0.375, "(3*H)//8")]
)
def test_free_sizes_stay_free_under_factors_that_are_short_fractions(factor: float, height: str) -> None:
    assert infer("Upsample", FREE, scale_factor=factor).sizes[2] == tensor(height=height).sizes[1]


def test_other_factors_need_a_fixed_size() -> None:
    with pytest.raises(ShapeError, match="not known exactly"):
        infer("Upsample", FREE, scale_factor=1.1)
    assert infer("Upsample", tensor(channel=4, height=19, width=11), scale_factor=1.1).shape({"N": 1}) == (
        1,
        4,
        20,
        12,
    )


def test_a_size_for_each_axis_or_one_for_all() -> None:
    assert infer("Upsample", FREE, by="size", size="8, 9") == tensor(channel=4, height=8, width=9)
    assert infer("Upsample", FREE, by="size", size="8") == tensor(channel=4, height=8, width=8)
    with pytest.raises(ShapeError, match="one for each of height, width"):
        infer("Upsample", FREE, by="size", size="1, 2, 3")


def test_bicubic_is_for_images() -> None:
    with pytest.raises(ShapeError, match="images only"):
        infer("Upsample", tensor(channel=4, length=5), mode="bicubic")


def test_nothing_left_is_said() -> None:
    with pytest.raises(ShapeError, match="leaves nothing"):
        infer("Upsample", tensor(channel=4, height=1, width=5), scale_factor=0.5)


def test_pixels_come_back_from_channels() -> None:
    back = model(IMAGE, ("PixelUnshuffle", {}), ("PixelShuffle", {}))
    assert torch.equal(back(X), X)


def test_pixel_shuffle_needs_its_square_of_channels() -> None:
    with pytest.raises(ShapeError, match="multiple of 9 channels, but 4") as caught:
        infer("PixelShuffle", FREE, factor=3)
    assert caught.value.suggestions[0].value == 2  # type: ignore[union-attr]


def test_pixel_unshuffle_needs_even_images() -> None:
    with pytest.raises(ShapeError, match="2 equal parts"):
        infer("PixelUnshuffle", FREE)
    assert infer("PixelUnshuffle", tensor(channel=1, height="2*H", width=4)) == tensor(
        channel=4, height="H", width=2
    )


def test_channels_are_dealt_out_like_cards() -> None:
    y = model(IMAGE, ("ChannelShuffle", {}))(X)
    assert torch.equal(y, X[:, [0, 2, 1, 3]])
    with pytest.raises(ShapeError, match="3 equal groups"):
        infer("ChannelShuffle", FREE, groups=3)
