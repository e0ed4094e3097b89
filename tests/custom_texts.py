"""Texts of custom layers that several tests use."""

from __future__ import annotations

HEAD = "import torch\nfrom torch import nn\n"

GATE = '''import math

import torch
from torch import nn


def gain(value):  # of the whole layer
    return math.sqrt(value)


class Gate(nn.Module):
    """Lets a learnt gate decide how much of each feature passes.

    hidden: how wide the gate is inside.
    """

    def __init__(self, in_features, hidden: int = 8, *, scale: float = 1.0):
        super().__init__()
        self.inner = nn.Linear(in_features, hidden)
        self.gate = nn.Linear(hidden, in_features)
        self.scale = scale

    def forward(self, x):
        # a comment that stays
        return gain(self.scale) * x * torch.sigmoid(self.gate(torch.relu(self.inner(x))))
'''

SPLIT = (
    HEAD
    + '''

class Split(nn.Module):
    """Two inputs, two outputs, one of them optional."""

    def forward(self, a, b=None):
        total = a if b is None else a + b
        return total, total.mean(dim=-1, keepdim=True)
'''
)


def layer(body: str, name: str = "Mine", before: str = "") -> str:
    """The text of a class whose forward does `body` and returns x."""
    inner = "\n".join(f"        {line}" for line in body.splitlines())
    return (
        f"{HEAD}{before}\n\nclass {name}(nn.Module):\n    def forward(self, x):\n{inner}\n        return x\n"
    )
