"""The texts that new code starts with. They are ours, so nobody has to trust them before they may run."""

from __future__ import annotations

LAYER = '''import torch
from torch import nn


class ScaledTanh(nn.Module):
    """Squashes every value into a range that is learnt for each feature.

    start: the range at the beginning.
    """

    def __init__(self, in_features, start: float = 1.0):
        super().__init__()
        self.scale = nn.Parameter(torch.full((in_features,), start))

    def forward(self, x):
        return self.scale * torch.tanh(x)
'''

LOSS = '''import torch
from torch import Tensor
from torch.nn import functional as F


def loss(output: Tensor, target: Tensor, *, power: float = 2.0) -> Tensor:
    """The mean distance of the answers from their targets, raised to a power.

    power: 2 weighs large errors most, 1 weighs all alike.
    """
    if not target.is_floating_point():  # classes: a 1 where the right one is
        if output.numel() > target.numel():
            axis = 1 if output.shape[2:] == target.shape[1:] else -1
            target = F.one_hot(target, output.shape[axis]).movedim(-1, axis)
        target = target.to(output.dtype).reshape(output.shape)
    return torch.mean((output - target).abs() ** power)
'''

METRIC = '''from torch import Tensor


def largest_error(output: Tensor, target: Tensor) -> float:
    """How far the worst answer is off: of classes, the least chance that a right one was given."""
    if target.is_floating_point():
        return (output - target).abs().max()
    if output.numel() == target.numel():  # one unit for two classes
        chance = (output.reshape(target.shape) + target - 1).abs()
    else:
        axis = 1 if output.shape[2:] == target.shape[1:] else -1
        chance = output.gather(axis, target.unsqueeze(axis))
    return 1 - chance.min()
'''

DATA = '''import numpy as np


def data(seed, samples: int = 400, noise: float = 0.1):
    """Points on a ring or inside of it: which of the two is the class.

    samples: how many points are made.
    noise: how far they stray from where they belong.
    """
    draw = np.random.default_rng(seed)
    inside = draw.integers(0, 2, samples)
    angle = draw.uniform(0, 2 * np.pi, samples)
    radius = np.where(inside, draw.uniform(0, 0.5, samples), 1.0) + draw.normal(0, noise, samples)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points, np.where(inside, "inside", "ring")
'''

ALL = frozenset({LAYER, LOSS, METRIC, DATA})
