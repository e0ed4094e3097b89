"""What people are told of a network's answers: probabilities and rates, whatever form the losses read.

The losses themselves are calls that their declarations give (`layers/losses/`); `compiler/build.py` emits them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nndesigner.check.checked import Head


def answer(head: Head, drawn: Tensor) -> Tensor:
    """Probabilities or rates from what was drawn, unless the activation that makes them was drawn."""
    return linked(head.link, drawn, head.class_axis)


def linked(link: str, value: Tensor, axis: int) -> Tensor:
    """The answer that a `link` (see `Loss.link`) makes of a value."""
    if link == "softmax":
        return torch.softmax(value, dim=axis)
    if link == "sigmoid":
        return torch.sigmoid(value)
    if link == "exp":
        return value.exp()
    return value
