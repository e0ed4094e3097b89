"""Light and colours of pictures. All take shares of black (0) to white (1) and stay between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.augmentations.augmentation import COLOUR, PICTURES, Augmentation, is_in_colour, is_picture
from nndesigner.base.fields import FloatField

if TYPE_CHECKING:
    from torch import Generator, Tensor

GROUP = "Pictures: light and colour"


def factors(x: Tensor, generator: Generator, strength: float) -> Tensor:
    """(N, 1, 1, 1), evenly between 1 - strength and 1 + strength."""
    import torch

    drawn = torch.rand(len(x), 1, 1, 1, generator=generator, device=x.device)
    return 1.0 + (2.0 * drawn - 1.0) * strength


def gray_of(x: Tensor) -> Tensor:
    """(N, 1, H, W): how bright each place is (ITU-R BT.601); of other than three channels their mean."""
    if x.shape[1] != 3:
        return x.mean(1, keepdim=True)
    return 0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]


def change_brightness(x: Tensor, generator: Generator, strength: float) -> Tensor:
    """Times a factor: darker or brighter."""
    return (x * factors(x, generator, strength)).clamp(0.0, 1.0)


def change_contrast(x: Tensor, generator: Generator, strength: float) -> Tensor:
    """Nearer to or further from the picture's own mean brightness."""
    middle = gray_of(x).mean((1, 2, 3), keepdim=True)
    return (middle + (x - middle) * factors(x, generator, strength)).clamp(0.0, 1.0)


def change_saturation(x: Tensor, generator: Generator, strength: float) -> Tensor:
    """Nearer to or further from the gray picture."""
    gray = gray_of(x)
    return (gray + (x - gray) * factors(x, generator, strength)).clamp(0.0, 1.0)


def change_hue(x: Tensor, generator: Generator, strength: float) -> Tensor:
    """All colours go round the circle of hues by one angle, in YIQ: brightness stays (up to the ends of the scale)."""
    import math

    import torch

    drawn = torch.rand(len(x), 1, 1, generator=generator, device=x.device)
    angle = (2.0 * drawn - 1.0) * (strength * 2.0 * math.pi)
    y = gray_of(x)[:, 0]
    i = 0.595716 * x[:, 0] - 0.274453 * x[:, 1] - 0.321263 * x[:, 2]
    q = 0.211456 * x[:, 0] - 0.522591 * x[:, 1] + 0.311135 * x[:, 2]
    i, q = i * angle.cos() - q * angle.sin(), i * angle.sin() + q * angle.cos()
    red, green = y + 0.9563 * i + 0.6210 * q, y - 0.2721 * i - 0.6474 * q
    return torch.stack([red, green, y - 1.1070 * i + 1.7046 * q], 1).clamp(0.0, 1.0)


def _strength(words: str, default: float = 0.2, most: float = 1.0) -> tuple[FloatField]:
    return (
        FloatField(name="strength", label="Strength", default=default, minimum=0.0, maximum=most, help=words),
    )


BRIGHTNESS = Augmentation(
    type="brightness",
    label="Brightness",
    group=GROUP,
    help="Makes pictures darker or brighter.",
    works="values",
    change=change_brightness,
    fits=is_picture,
    wants=PICTURES,
    helpers=(factors,),
    chance=1.0,
    order=20,
    parameters=_strength("0.2 multiplies by a number drawn evenly between 0.8 and 1.2."),
)
CONTRAST = Augmentation(
    type="contrast",
    label="Contrast",
    group=GROUP,
    help="Pulls the values together or spreads them, about the picture's mean brightness.",
    works="values",
    change=change_contrast,
    fits=is_picture,
    wants=PICTURES,
    helpers=(factors, gray_of),
    chance=1.0,
    order=21,
    parameters=_strength("0.2 multiplies the distance from the mean by a number between 0.8 and 1.2."),
)
SATURATION = Augmentation(
    type="saturation",
    label="Saturation",
    group=GROUP,
    help="Makes colours paler or stronger.",
    works="values",
    change=change_saturation,
    fits=is_in_colour,
    wants=COLOUR,
    helpers=(factors, gray_of),
    chance=1.0,
    order=22,
    parameters=_strength("0.2 multiplies the distance from gray by a number between 0.8 and 1.2."),
)
HUE = Augmentation(
    type="hue",
    label="Hue",
    group=GROUP,
    help="Turns all colours by one angle: red becomes orange, green becomes blue. The brightness stays.",
    works="values",
    change=change_hue,
    fits=is_in_colour,
    wants=COLOUR,
    helpers=(gray_of,),
    chance=1.0,
    order=23,
    parameters=_strength(
        "As a share of the whole circle of colours, to either side; 0.5 is any colour.", 0.05, 0.5
    ),
)
