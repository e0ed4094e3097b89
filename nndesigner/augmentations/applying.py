"""How a step is put on a batch: who is changed, in which units, and what moves along. Plain torch, printed in training
scripts as it stands. What is drawn follows from the run's seed and the batch's place in it alone, for each step apart:
a run that goes on in the middle draws what one draws that was never interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Generator, Tensor

Numbers = Sequence[float]
Ranges = Sequence[tuple[Numbers, Numbers]]


def draws(seed: int, epoch: int, number: int, step: int, device: Any) -> Generator:
    """What one step draws from for one batch of an epoch."""
    import torch

    mixed = 7
    for each in (seed, epoch, number, step):
        mixed = (mixed * 1_000_003 + each + 1) % (1 << 62)
    return torch.Generator(device).manual_seed(mixed)


def shaped(values: Numbers, x: Tensor) -> Tensor:
    """One number for each channel of a batch, or one for all of it."""
    import torch

    return torch.tensor(values, dtype=x.dtype, device=x.device).reshape(1, -1, *[1] * (x.ndim - 2))


def in_units(x: Tensor, low: Numbers, span: Numbers) -> Tensor:
    """Prepared values as shares of black to white."""
    if low == (0.0,) and span == (1.0,):
        return x
    return (x - shaped(low, x)) / shaped(span, x)


def prepared(x: Tensor, low: Numbers, span: Numbers) -> Tensor:
    """Shares of black to white as prepared values."""
    if low == (0.0,) and span == (1.0,):
        return x
    return x * shaped(span, x) + shaped(low, x)


def some(x: Tensor, generator: Generator, probability: float) -> Tensor:
    """(N, 1, …): which samples are changed."""
    import torch

    drawn = torch.rand(len(x), generator=generator, device=x.device)
    return (drawn < probability).reshape(-1, *[1] * (x.ndim - 1))


def change_values(
    x: Tensor,
    change: Callable[..., Tensor],
    generator: Generator,
    probability: float,
    low: Numbers,
    span: Numbers,
    **settings: Any,
) -> Tensor:
    """Some samples with their values changed; `low` is black and `low + span` white, in prepared values."""
    import torch

    which = some(x, generator, probability)
    changed = change(in_units(x, low, span), generator, **settings)
    return torch.where(which, prepared(changed, low, span), x)


def change_places(
    pictures: Sequence[Tensor],
    masks: Sequence[Tensor],
    change: Callable[..., tuple[Tensor, Tensor]],
    generator: Generator,
    probability: float,
    ranges: Ranges,
    **settings: Any,
) -> tuple[list[Tensor], list[Tensor]]:
    """Some samples moved: pictures (N, C, H, W) or series (N, T, F) side by side, and their masks (N, H, W) alike."""
    import torch

    which = some(pictures[0], generator, probability)
    channels = 1 if pictures[0].ndim == 4 else 2
    units = [in_units(x, *each) for x, each in zip(pictures, ranges, strict=True)]
    x = torch.cat(units, channels) if len(units) > 1 else units[0]
    m = torch.stack([mask.to(x.dtype) for mask in masks], 1) if masks else x[:, :0]
    x, m = change(x, m, generator, **settings)
    parts = torch.split(x, [unit.shape[channels] for unit in units], channels)
    moved = []
    for part, each, before in zip(parts, ranges, pictures, strict=True):
        moved.append(torch.where(which, prepared(part, *each), before))
    along = []
    for place, mask in enumerate(masks):
        along.append(torch.where(which[:, 0], m[:, place].round().to(mask.dtype), mask))
    return moved, along


def mix_samples(
    x: Tensor,
    targets: Sequence[Tensor],
    heads: int,
    change: Callable[..., tuple[Tensor, Tensor, float]],
    generator: Generator,
    probability: float,
    **settings: Any,
) -> tuple[Tensor, list[Tensor]]:
    """The batch with other samples mixed in, unless it is mixed already or chance says no.

    The targets are those of the samples, then those of what was mixed in, then (N,) the share of the former.
    """
    import random

    if len(targets) > heads or random.Random(generator.initial_seed()).random() >= probability:
        return x, list(targets)
    mixed, order, share = change(x, generator, **settings)
    return mixed, [*targets, *(target[order] for target in targets), x.new_full((len(x),), share)]
