"""Series (N, T, F): noise, size, time and gaps. Every strength is measured on the series itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.augmentations.augmentation import SERIES, Augmentation, is_series
from nndesigner.base.fields import ChoiceField, FloatField, IntField

if TYPE_CHECKING:
    from torch import Generator, Tensor

GROUP = "Series"


def jitter(x: Tensor, generator: Generator, strength: float) -> Tensor:
    """Plus normal noise, as a share of each series' own standard deviation over time."""
    import torch

    noise = torch.randn(x.shape, generator=generator, device=x.device)
    return x + strength * x.std(1, keepdim=True, correction=0) * noise


def scale_values(x: Tensor, generator: Generator, strength: float) -> Tensor:
    """Each series times a factor between 1 - strength and 1 + strength."""
    import torch

    drawn = torch.rand(len(x), 1, x.shape[2], generator=generator, device=x.device)
    return x * (1.0 + (2.0 * drawn - 1.0) * strength)


def shift_time(
    x: Tensor, masks: Tensor, generator: Generator, share: float, ends: str
) -> tuple[Tensor, Tensor]:
    """Earlier or later by up to a share of the length, in whole steps."""
    import torch

    steps = x.shape[1]
    most = round(share * steps)
    moved = torch.randint(-most, most + 1, (len(x), 1), generator=generator, device=x.device)
    places = torch.arange(steps, device=x.device) + moved
    places = places % steps if ends == "around" else places.clamp(0, steps - 1)
    return x.gather(1, places[:, :, None].expand(x.shape)), masks


def warp_time(
    x: Tensor, masks: Tensor, generator: Generator, strength: float, knots: int
) -> tuple[Tensor, Tensor]:
    """Faster here, slower there: time is bent between its ends, which stay; values between two steps are in line."""
    import torch

    steps = x.shape[1]
    drawn = torch.rand(len(x), knots + 1, generator=generator, device=x.device)
    speeds = 1.0 + (2.0 * drawn - 1.0) * strength
    until = torch.ones(knots + 1, knots + 2, device=x.device).triu(1)
    at = speeds @ until / speeds.sum(1, keepdim=True)  # where each knot lies, from 0 to 1
    places = torch.nn.functional.interpolate(at[:, None], steps, mode="linear", align_corners=True)[:, 0]
    places = (places * (steps - 1)).clamp(0, steps - 1)
    before = places.floor().clamp(max=max(steps - 2, 0)).long()
    after = (before + 1).clamp(max=steps - 1)
    part = (places - before)[:, :, None]
    early = x.gather(1, before[:, :, None].expand(x.shape))
    late = x.gather(1, after[:, :, None].expand(x.shape))
    return early + (late - early) * part, masks


def spans(x: Tensor, axis: int, generator: Generator, share: float, number: int) -> Tensor:
    """(N, size): whether a place of an axis lies in one of `number` spans of up to a share of its length each."""
    import torch

    size = x.shape[axis]
    drawn = torch.rand(2, number, len(x), 1, generator=generator, device=x.device)
    length = (drawn[0] * share * size).round()
    first = (drawn[1] * (size - length + 1.0)).floor().clamp(min=0.0)
    at = torch.arange(size, device=x.device)
    return ((at >= first) & (at < first + length)).any(0)


def mask_windows(x: Tensor, generator: Generator, share: float, number: int) -> Tensor:
    """Stretches of time hold nothing but the mean."""
    import torch

    covered = spans(x, 1, generator, share, number)
    return torch.where(covered[:, :, None], x.mean(1, keepdim=True), x)


JITTER = Augmentation(
    type="jitter",
    label="Jitter",
    group=GROUP,
    help="Adds a normal random number to every value.",
    works="values",
    change=jitter,
    fits=is_series,
    wants=SERIES,
    order=50,
    parameters=(
        FloatField(
            name="strength",
            label="Strength",
            default=0.05,
            minimum=0.0,
            maximum=2.0,
            help="Standard deviation of the noise, as a share of that of each series over time.",
        ),
    ),
)
SCALING = Augmentation(
    type="scaling",
    label="Scaling",
    group=GROUP,
    help="Makes each series larger or smaller as a whole.",
    works="values",
    change=scale_values,
    fits=is_series,
    wants=SERIES,
    order=51,
    parameters=(
        FloatField(
            name="strength",
            label="Strength",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
            help="0.1 multiplies the prepared values by a number drawn evenly between 0.9 and 1.1.",
        ),
    ),
)
TIME_SHIFT = Augmentation(
    type="time_shift",
    label="Time shift",
    group=GROUP,
    help="Moves a series earlier or later. For sounds too.",
    works="places",
    change=shift_time,
    fits=is_series,
    wants=SERIES,
    order=52,
    parameters=(
        FloatField(
            name="share",
            label="By up to",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
            help="As a share of the length, in both directions.",
        ),
        ChoiceField(
            name="ends",
            label="What is free holds",
            default="edge",
            choices={"edge": "the last value, going on", "around": "what left at the other end"},
            help="What stands in the steps that nothing moved into.",
        ),
    ),
)
TIME_WARP = Augmentation(
    type="time_warp",
    label="Time warping",
    group=GROUP,
    help="Lets time run faster here and slower there; beginning and end stay where they are.",
    works="places",
    change=warp_time,
    fits=is_series,
    wants=SERIES,
    reference="Um et al., Data Augmentation of Wearable Sensor Data, 2017",
    order=53,
    parameters=(
        FloatField(
            name="strength",
            label="Strength",
            default=0.2,
            minimum=0.0,
            maximum=0.95,
            help="0.2 draws the speed of each stretch evenly between 0.8 and 1.2.",
        ),
        IntField(
            name="knots",
            label="Changes of speed",
            default=4,
            minimum=1,
            maximum=64,
            help="How often the speed changes on the way.",
        ),
    ),
)
WINDOW_MASK = Augmentation(
    type="window_mask",
    label="Window masking",
    group=GROUP,
    help="Hides stretches of time behind each series' own mean.",
    works="values",
    change=mask_windows,
    fits=is_series,
    wants=SERIES,
    helpers=(spans,),
    order=54,
    parameters=(
        FloatField(
            name="share",
            label="Length up to",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
            help="Of each stretch, as a share of the whole series.",
        ),
        IntField(
            name="number",
            label="Stretches",
            default=1,
            minimum=1,
            maximum=16,
            help="How many stretches of each series are hidden; they may overlap.",
        ),
    ),
)
