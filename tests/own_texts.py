"""Texts of functions of one's own that several tests use."""

from __future__ import annotations

from pathlib import Path

ASYMMETRIC = '''from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SEED = 2.0  # a name that a training script has too


def judge(error: Tensor) -> Tensor:  # and so is this
    return F.softplus(error) * math.log(SEED)


def loss(output: Tensor, target: Tensor, *, weight: float = 1.0, each: bool = False) -> Tensor:
    """An answer that is too large costs more.

    weight: what an answer that is too large counts.
    each: one number per sample.
    """
    if not target.is_floating_point():
        target = nn.functional.one_hot(target, output.shape[1]).to(output.dtype)
    error = output - target
    inputs = torch.where(error > 0, weight * error, -error) + judge(error)
    return inputs.mean(dim=1) if each else inputs.mean()
'''

METRICS = '''import torch


def _right(output, target):
    return output.argmax(dim=1) == target


def share_of_right(output, target):
    """As the accuracy, but counted here."""
    return _right(output, target).double().mean()


def samples(output, target, times=1):
    """How many are judged at once."""
    return times * len(target)
'''

RING = '''import numpy as np


def data(seed, samples: int = 60, noise: float = 0.1):
    """Points on a ring or inside of it.

    samples: how many points are made.
    """
    draw = np.random.default_rng(seed)
    inside = np.arange(samples) % 2
    radius = np.where(inside, 0.3, 1.0) + draw.normal(0, noise, samples)
    angle = draw.uniform(0, 2 * np.pi, samples)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), inside
'''


def leaves_a_trace(text: str, trace: Path) -> str:
    """The text, which makes a file as soon as any of it runs."""
    return f"open({str(trace)!r}, 'w').close()\n{text}"
