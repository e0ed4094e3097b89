"""Sounds: noise and loudness of waves, bands and times of spectrograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.augmentations.augmentation import SPECTROGRAMS, WAVES, Augmentation, is_spectrogram, is_wave
from nndesigner.augmentations.series import spans
from nndesigner.base.fields import FloatField, IntField

if TYPE_CHECKING:
    from torch import Generator, Tensor

GROUP = "Sound"


def add_hiss(x: Tensor, generator: Generator, least: float, most: float) -> Tensor:
    """White noise, so many decibels below the sound, drawn evenly for each."""
    import torch

    drawn = torch.rand(len(x), 1, 1, generator=generator, device=x.device)
    below = min(least, most) + abs(most - least) * drawn
    noise = torch.randn(x.shape, generator=generator, device=x.device)
    return x + noise * x.std(1, keepdim=True, correction=0) * 10.0 ** (-below / 20.0)


def change_gain(x: Tensor, generator: Generator, decibels: float) -> Tensor:
    """Louder or quieter."""
    import torch

    drawn = torch.rand(len(x), 1, 1, generator=generator, device=x.device)
    return x * 10.0 ** ((2.0 * drawn - 1.0) * (decibels / 20.0))


def mask_tones(x: Tensor, generator: Generator, share: float, number: int) -> Tensor:
    """Rows of the picture hold nothing but its mean."""
    import torch

    covered = spans(x, 2, generator, share, number)
    return torch.where(covered[:, None, :, None], x.mean((2, 3), keepdim=True), x)


def mask_times(x: Tensor, generator: Generator, share: float, number: int) -> Tensor:
    """Columns of the picture hold nothing but its mean."""
    import torch

    covered = spans(x, 3, generator, share, number)
    return torch.where(covered[:, None, None, :], x.mean((2, 3), keepdim=True), x)


def shift_columns(x: Tensor, masks: Tensor, generator: Generator, share: float) -> tuple[Tensor, Tensor]:
    """Earlier or later, in whole columns; the first or last one goes on."""
    import torch

    steps = x.shape[3]
    most = round(share * steps)
    moved = torch.randint(-most, most + 1, (len(x), 1), generator=generator, device=x.device)
    places = (torch.arange(steps, device=x.device) + moved).clamp(0, steps - 1)[:, None, None, :]
    moved_masks = masks.gather(3, places.expand(masks.shape)) if masks.shape[1] else masks
    return x.gather(3, places.expand(x.shape)), moved_masks


_SPANS = (
    FloatField(
        name="share",
        label="Width up to",
        default=0.15,
        minimum=0.0,
        maximum=1.0,
        help="Of each band, as a share of the whole axis.",
    ),
    IntField(
        name="number",
        label="Bands",
        default=1,
        minimum=1,
        maximum=16,
        help="How many bands are hidden; they may overlap.",
    ),
)
_SPECAUGMENT = "Park et al., SpecAugment, 2019"

HISS = Augmentation(
    type="hiss",
    label="White noise",
    group=GROUP,
    help="Adds white noise at a distance from the sound's own loudness.",
    works="values",
    change=add_hiss,
    fits=is_wave,
    wants=WAVES,
    order=60,
    parameters=(
        FloatField(
            name="least",
            label="Signal above noise from",
            default=10.0,
            minimum=-20.0,
            maximum=100.0,
            unit="dB",
            slider_step=1.0,
            help="The loudest noise: by so much it is quieter than the sound.",
        ),
        FloatField(
            name="most",
            label="to",
            default=40.0,
            minimum=-20.0,
            maximum=100.0,
            unit="dB",
            slider_step=1.0,
            help="The quietest noise.",
        ),
    ),
)
GAIN = Augmentation(
    type="gain",
    label="Gain",
    group=GROUP,
    help="Makes sounds louder or quieter.",
    works="values",
    change=change_gain,
    fits=is_wave,
    wants=WAVES,
    order=61,
    parameters=(
        FloatField(
            name="decibels",
            label="By up to",
            default=6.0,
            minimum=0.0,
            maximum=60.0,
            unit="dB",
            slider_step=1.0,
            help="In both directions; 6 dB is about half or twice the amplitude.",
        ),
    ),
)
TONE_MASK = Augmentation(
    type="tone_mask",
    label="Frequency masking (spectrogram)",
    group=GROUP,
    help="Hides bands of tones of a spectrogram: rows of the picture.",
    works="values",
    change=mask_tones,
    fits=is_spectrogram,
    wants=SPECTROGRAMS,
    helpers=(spans,),
    reference=_SPECAUGMENT,
    order=62,
    parameters=_SPANS,
)
TIME_MASK = Augmentation(
    type="time_mask",
    label="Time masking (spectrogram)",
    group=GROUP,
    help="Hides moments of a spectrogram: columns of the picture.",
    works="values",
    change=mask_times,
    fits=is_spectrogram,
    wants=SPECTROGRAMS,
    helpers=(spans,),
    reference=_SPECAUGMENT,
    order=63,
    parameters=_SPANS,
)
COLUMN_SHIFT = Augmentation(
    type="spectrogram_shift",
    label="Spectrogram shift",
    group=GROUP,
    help="Moves a spectrogram earlier or later: its columns. The first or the last one goes on.",
    works="places",
    change=shift_columns,
    fits=is_spectrogram,
    wants=SPECTROGRAMS,
    order=64,
    parameters=(
        FloatField(
            name="share",
            label="By up to",
            default=0.1,
            minimum=0.0,
            maximum=1.0,
            help="As a share of the length, in both directions.",
        ),
    ),
)
