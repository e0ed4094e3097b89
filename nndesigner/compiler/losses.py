"""The loss functions of a network's heads: layouts brought to what torch expects, targets to what the loss compares.

Shapes: class targets (N,) int64, token targets (N, T) int64, number targets as the data's field says (float32).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

from nndesigner.check.checked import Head

LossFunction = Callable[[Tensor, Tensor], Tensor]


def loss_function(head: Head) -> LossFunction:
    """(value fed to the loss, prepared target) → mean loss, a scalar. The head must have a loss."""
    assert head.loss is not None
    name, axis, width = head.loss.name, head.class_axis, head.width
    classes = head.target is not None and head.target.kind == "class"
    if name == "cross_entropy":
        if axis == 1:
            return F.cross_entropy
        return lambda value, target: F.cross_entropy(value.movedim(axis, 1), target)
    if name == "binary_cross_entropy":
        if width == 1:
            return lambda value, target: F.binary_cross_entropy_with_logits(value, _column(target, value))
        return lambda value, target: F.binary_cross_entropy_with_logits(value, _one_hot(target, value, axis))
    if name == "perceptron" and width != 1:
        return lambda value, target: perceptron_criterion(value, _one_hot(target, value, axis))
    if name == "perceptron":
        return lambda value, target: perceptron_criterion(value, _column(target, value))
    plain = cast(LossFunction, {"mse": F.mse_loss, "l1": F.l1_loss, "huber": F.huber_loss}[name])
    if not classes:
        return lambda value, target: plain(value, target)
    if width == 1:
        return lambda value, target: plain(value, _column(target, value))
    return lambda value, target: plain(value, _one_hot(target, value, axis))


def _column(target: Tensor, value: Tensor) -> Tensor:
    """(N,) whole numbers → (N, 1) in the value's type."""
    return target.to(value.dtype).reshape(value.shape)


def _one_hot(target: Tensor, value: Tensor, axis: int) -> Tensor:
    """(N, …) class numbers → one-hot along `axis`, in the value's type."""
    return F.one_hot(target, value.shape[axis]).movedim(-1, axis).to(value.dtype)


def perceptron_criterion(value: Tensor, target: Tensor) -> Tensor:
    """Rosenblatt's rule as a loss, for values z before a step and targets 0 or 1: mean of (step(z) − t)·z.

    Its gradient moves the weights by the input for every wrong answer and not at all for a right one.
    """
    wrong = (value.detach() > 0).to(value.dtype) - target
    return (wrong * value).mean()


def answer(head: Head, drawn: Tensor) -> Tensor:
    """Probabilities for people from what was drawn: scores go through softmax or sigmoid unless one was drawn."""
    if head.activation == "LogSoftmax":
        return drawn.exp()
    if head.loss is None or head.loss.form != "logits" or head.activation:
        return drawn
    if head.loss.predicts == "binary":
        return torch.sigmoid(drawn)
    return torch.softmax(drawn, dim=head.class_axis)
