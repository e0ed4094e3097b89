"""Two samples made one: the loss is shared between their two answers. One mixing at most for each batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.augmentations.augmentation import PICTURES, Augmentation, is_numbers, is_picture
from nndesigner.base.fields import FloatField

if TYPE_CHECKING:
    from torch import Generator, Tensor

GROUP = "Mixing"
_LAST = " Mixing comes after all other steps; a batch is mixed in one way only."


def mixup(x: Tensor, generator: Generator, alpha: float) -> tuple[Tensor, Tensor, float]:
    """λ x + (1 - λ) x', with λ of a beta distribution and at least one half: the first sample is the greater part."""
    import random

    import torch

    share = random.Random(generator.initial_seed() + 1).betavariate(alpha, alpha)
    share = max(share, 1.0 - share)
    order = torch.randperm(len(x), generator=generator, device=x.device)
    return x * share + x[order] * (1.0 - share), order, share


def cutmix(x: Tensor, generator: Generator, alpha: float) -> tuple[Tensor, Tensor, float]:
    """A rectangle of another picture in each, at the same place for the whole batch; its area is the other's share."""
    import random

    import torch

    chance = random.Random(generator.initial_seed() + 1)
    edge = (1.0 - chance.betavariate(alpha, alpha)) ** 0.5
    height, width = x.shape[2:]
    row, column = chance.randrange(height), chance.randrange(width)  # the rectangle's middle
    top, left = max(round(row - height * edge / 2), 0), max(round(column - width * edge / 2), 0)
    bottom, right = min(round(row + height * edge / 2), height), min(round(column + width * edge / 2), width)
    order = torch.randperm(len(x), generator=generator, device=x.device)
    mixed = x.clone()
    mixed[:, :, top:bottom, left:right] = x[order, :, top:bottom, left:right]
    area = max(bottom - top, 0) * max(right - left, 0)
    return mixed, order, 1.0 - area / (height * width)


def _alpha(default: float) -> FloatField:
    return FloatField(
        name="alpha",
        label="α",
        default=default,
        minimum=0.01,
        maximum=100.0,
        logarithmic=True,
        help="The share of the first sample is drawn from the beta distribution Beta(α, α): small numbers leave one of"
        " the two almost alone, 1 is any share alike, large ones are near one half.",
    )


MIXUP = Augmentation(
    type="mixup",
    label="Mixup",
    group=GROUP,
    help="Lays two samples over each other, and shares the loss between their answers in the same measure."
    + _LAST,
    works="samples",
    change=mixup,
    fits=is_numbers,
    wants="numbers: pictures, series or tables",
    reference="Zhang et al., mixup: Beyond Empirical Risk Minimization, 2018",
    order=40,
    parameters=(_alpha(0.2),),
)
CUTMIX = Augmentation(
    type="cutmix",
    label="CutMix",
    group=GROUP,
    help="Puts a rectangle of one picture into another, and shares the loss by their areas." + _LAST,
    works="samples",
    change=cutmix,
    fits=is_picture,
    wants=PICTURES,
    reference="Yun et al., CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features, 2019",
    order=41,
    parameters=(_alpha(1.0),),
    masks=False,
)
