"""Pictures cut, flipped, turned and moved; masks go along, by the nearest place, so that no class is mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.augmentations.augmentation import OUTSIDE, PICTURES, Augmentation, is_picture
from nndesigner.base.fields import FloatField, IntField

if TYPE_CHECKING:
    from torch import Generator, Tensor

GROUP = "Pictures: place and size"


def picked(x: Tensor, rows: Tensor, columns: Tensor, outside: str) -> Tensor:
    """The places (N, H) by (N, W) of each picture (N, C, H, W), whole numbers that may lie beyond it."""
    within = [(places >= 0) & (places < size) for places, size in ((rows, x.shape[2]), (columns, x.shape[3]))]
    inside = within[0][:, None, :, None] & within[1][:, None, None, :]
    if outside == "mirror":
        rows = x.shape[2] - 1 - (x.shape[2] - 1 - rows.abs()).abs()
        columns = x.shape[3] - 1 - (x.shape[3] - 1 - columns.abs()).abs()
    rows, columns = rows.clamp(0, x.shape[2] - 1), columns.clamp(0, x.shape[3] - 1)
    places = (rows[:, :, None] * x.shape[3] + columns[:, None, :]).reshape(len(x), 1, -1)
    found = x.flatten(2).gather(2, places.expand(-1, x.shape[1], -1)).reshape(x.shape)
    return found * inside if outside == "black" else found


def warped(x: Tensor, masks: Tensor, matrix: Tensor, outside: str) -> tuple[Tensor, Tensor]:
    """Seen through a matrix (N, 2, 3) that says where in the picture each place of the answer looks, from -1 to 1."""
    import torch

    beyond = {"black": "zeros", "edge": "border", "mirror": "reflection"}[outside]
    grid = torch.nn.functional.affine_grid(matrix, [*x.shape], align_corners=False)
    moved = torch.nn.functional.grid_sample(x, grid, "bilinear", beyond, align_corners=False)
    if masks.shape[1]:
        masks = torch.nn.functional.grid_sample(masks, grid, "nearest", beyond, align_corners=False)
    return moved, masks


def random_crop(
    x: Tensor, masks: Tensor, generator: Generator, padding: int, outside: str
) -> tuple[Tensor, Tensor]:
    """A cut of the old size out of the picture with a border around it: moved by up to `padding` pixels."""
    import torch

    n, height, width = len(x), x.shape[2], x.shape[3]
    moved = torch.randint(-padding, padding + 1, (2, n, 1), generator=generator, device=x.device)
    rows = torch.arange(height, device=x.device) + moved[0]
    columns = torch.arange(width, device=x.device) + moved[1]
    return picked(x, rows, columns, outside), picked(masks, rows, columns, outside)


def flip_horizontally(x: Tensor, masks: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Left becomes right."""
    return x.flip(3), masks.flip(3)


def flip_vertically(x: Tensor, masks: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Top becomes bottom."""
    return x.flip(2), masks.flip(2)


def rotate(
    x: Tensor, masks: Tensor, generator: Generator, degrees: float, outside: str
) -> tuple[Tensor, Tensor]:
    """Turned about the middle, by an angle evenly between -degrees and degrees."""
    import math

    import torch

    drawn = torch.rand(len(x), generator=generator, device=x.device)
    angle = (2.0 * drawn - 1.0) * (degrees * math.pi / 180.0)
    cosine, sine, none = angle.cos(), angle.sin(), torch.zeros_like(angle)
    ratio = x.shape[2] / x.shape[3]  # of a picture that is not square, the two axes are not of one length
    first = torch.stack([cosine, -sine * ratio, none], 1)
    second = torch.stack([sine / ratio, cosine, none], 1)
    return warped(x, masks, torch.stack([first, second], 1), outside)


def scale_and_shift(
    x: Tensor,
    masks: Tensor,
    generator: Generator,
    scale: float,
    shift: float,
    shear: float,
    outside: str,
) -> tuple[Tensor, Tensor]:
    """Larger or smaller by up to `scale`, moved by up to `shift` of the size, slanted by up to `shear` degrees."""
    import math

    import torch

    drawn = 2.0 * torch.rand(4, len(x), generator=generator, device=x.device) - 1.0
    size = 1.0 / (1.0 + drawn[0] * scale)
    right, down = 2.0 * shift * drawn[1], 2.0 * shift * drawn[2]
    slant = (drawn[3] * (shear * math.pi / 180.0)).tan() * size * (x.shape[2] / x.shape[3])
    none = torch.zeros_like(size)
    first, second = torch.stack([size, slant, right], 1), torch.stack([none, size, down], 1)
    return warped(x, masks, torch.stack([first, second], 1), outside)


CROP = Augmentation(
    type="crop",
    label="Random crop",
    group=GROUP,
    help="Puts a border around the picture and cuts one of the old size out of it: the picture moves by some pixels."
    " Usual for small pictures, with a border of an eighth of the size.",
    works="places",
    change=random_crop,
    fits=is_picture,
    wants=PICTURES,
    helpers=(picked,),
    chance=1.0,
    order=10,
    parameters=(
        IntField(
            name="padding",
            label="Border",
            default=2,
            minimum=0,
            maximum=512,
            unit="pixels",
            help="So many pixels the picture moves at most, up, down, left and right.",
        ),
        OUTSIDE,
    ),
)
FLIP = Augmentation(
    type="horizontal_flip",
    label="Flip left to right",
    group=GROUP,
    help="Mirrors the picture. Right for most photographs, wrong for letters and digits.",
    works="places",
    change=flip_horizontally,
    fits=is_picture,
    wants=PICTURES,
    order=11,
)
VERTICAL_FLIP = Augmentation(
    type="vertical_flip",
    label="Flip top to bottom",
    group=GROUP,
    help="Turns the picture upside down and mirrors it. Right where there is no above and below: cells, satellite"
    " pictures.",
    works="places",
    change=flip_vertically,
    fits=is_picture,
    wants=PICTURES,
    order=12,
)
ROTATION = Augmentation(
    type="rotation",
    label="Rotation",
    group=GROUP,
    help="Turns the picture about its middle, by an angle of either sign.",
    works="places",
    change=rotate,
    fits=is_picture,
    wants=PICTURES,
    helpers=(warped,),
    chance=1.0,
    order=13,
    parameters=(
        FloatField(
            name="degrees",
            label="Angle up to",
            default=10.0,
            minimum=0.0,
            maximum=180.0,
            unit="°",
            slider_step=1.0,
            help="Angles are drawn evenly from minus this to plus this.",
        ),
        OUTSIDE,
    ),
)
AFFINE = Augmentation(
    type="affine",
    label="Scale, shift and shear",
    group=GROUP,
    help="Makes the picture larger or smaller about its middle, moves it and slants it, all at once.",
    works="places",
    change=scale_and_shift,
    fits=is_picture,
    wants=PICTURES,
    helpers=(warped,),
    chance=1.0,
    order=14,
    parameters=(
        FloatField(
            name="scale",
            label="Size by up to",
            default=0.1,
            minimum=0.0,
            maximum=0.9,
            help="0.1 draws sizes evenly between 90 % and 110 %.",
        ),
        FloatField(
            name="shift",
            label="Shift by up to",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
            help="As a share of width and height, in each direction.",
        ),
        FloatField(
            name="shear",
            label="Shear by up to",
            default=0.0,
            minimum=0.0,
            maximum=60.0,
            unit="°",
            slider_step=1.0,
            help="Upright lines lean by an angle between minus this and plus this.",
        ),
        OUTSIDE,
    ),
)
