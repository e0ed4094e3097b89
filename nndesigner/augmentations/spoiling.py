"""Noise, blur and holes in pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.augmentations.augmentation import PICTURES, Augmentation, is_picture
from nndesigner.base.fields import ChoiceField, FloatField

if TYPE_CHECKING:
    from torch import Generator, Tensor

GROUP = "Pictures: noise and gaps"


def add_noise(x: Tensor, generator: Generator, deviation: float) -> Tensor:
    """Plus normal noise, another number for every value."""
    import torch

    noise = torch.randn(x.shape, generator=generator, device=x.device)
    return (x + deviation * noise).clamp(0.0, 1.0)


def blur(x: Tensor, generator: Generator, width: float) -> Tensor:
    """A Gaussian window, evenly drawn up to `width` pixels wide for each picture, over rows, then over columns."""
    import math

    import torch

    reach = max(math.ceil(3.0 * width), 1)
    drawn = torch.rand(len(x), 1, generator=generator, device=x.device)
    places = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    window = (-0.5 * (places / (drawn * width).clamp(min=1e-3)) ** 2).exp()
    window = (window / window.sum(1, keepdim=True)).repeat_interleave(x.shape[1], 0)
    planes = x.reshape(1, -1, *x.shape[2:])
    for shape, border in (
        ((-1, 1, 1, 2 * reach + 1), (reach, reach, 0, 0)),
        ((-1, 1, 2 * reach + 1, 1), (0, 0, reach, reach)),
    ):
        padded = torch.nn.functional.pad(planes, border, "replicate")
        planes = torch.nn.functional.conv2d(padded, window.reshape(shape), groups=padded.shape[1])
    return planes.reshape(x.shape)


def erase(x: Tensor, generator: Generator, least: float, most: float, fill: str) -> Tensor:
    """One rectangle of each picture, between `least` and `most` of its area, up to three times as long as wide."""
    import math

    import torch

    least, most = min(least, most), max(least, most)
    drawn = torch.rand(4, len(x), generator=generator, device=x.device)
    area = (least + (most - least) * drawn[0]).clamp(min=1e-6)
    widest = (-area.log()).clamp(max=math.log(3.3))  # a rectangle that is still inside the picture
    ratio = ((2.0 * drawn[1] - 1.0) * widest).exp()
    inside = []
    for axis, share, place in ((2, (area * ratio).sqrt(), drawn[2]), (3, (area / ratio).sqrt(), drawn[3])):
        size = x.shape[axis]
        length = (share * size).round()
        first = (place * (size - length + 1.0)).floor().clamp(max=size - length)
        at = torch.arange(size, device=x.device)
        inside.append((at >= first[:, None]) & (at < (first + length)[:, None]))
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    filling = torch.zeros_like(x)
    if fill == "mean":
        filling = x.mean((2, 3), keepdim=True)
    elif fill == "noise":
        filling = torch.rand(x.shape, generator=generator, device=x.device)
    return torch.where(hole, filling, x)


NOISE = Augmentation(
    type="noise",
    label="Gaussian noise",
    group=GROUP,
    help="Adds a normal random number to every value, as a bad camera does.",
    works="values",
    change=add_noise,
    fits=is_picture,
    wants=PICTURES,
    order=30,
    parameters=(
        FloatField(
            name="deviation",
            label="Standard deviation",
            default=0.05,
            minimum=0.0,
            maximum=1.0,
            help="As a share of the way from black to white.",
        ),
    ),
)
BLUR = Augmentation(
    type="blur",
    label="Gaussian blur",
    group=GROUP,
    help="Makes pictures less sharp, some more and some less.",
    works="values",
    change=blur,
    fits=is_picture,
    wants=PICTURES,
    order=31,
    parameters=(
        FloatField(
            name="width",
            label="Width up to",
            default=1.0,
            minimum=0.0,
            maximum=10.0,
            unit="pixels",
            slider_step=0.1,
            help="Standard deviation of the window; drawn evenly from 0 to this.",
        ),
    ),
)
ERASING = Augmentation(
    type="erasing",
    label="Random erasing",
    group=GROUP,
    help="Covers a rectangle somewhere in the picture, so that the network does not rest on one detail.",
    works="values",
    change=erase,
    fits=is_picture,
    wants=PICTURES,
    reference="Zhong et al., Random Erasing Data Augmentation, 2020",
    order=32,
    parameters=(
        FloatField(
            name="least",
            label="Area from",
            default=0.02,
            minimum=0.0,
            maximum=1.0,
            help="The smallest rectangle, as a share of the picture.",
        ),
        FloatField(
            name="most",
            label="Area to",
            default=0.25,
            minimum=0.0,
            maximum=1.0,
            help="The largest rectangle, as a share of the picture.",
        ),
        ChoiceField(
            name="fill",
            label="Filled with",
            default="black",
            choices={"black": "black", "mean": "the picture's mean", "noise": "noise"},
            help="What the rectangle holds.",
        ),
    ),
)
