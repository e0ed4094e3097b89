"""Asking one layer about one input, as the checker does."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from nndesigner.base.fields import resolve
from nndesigner.base.shapes import TensorType
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Sample, Use
from tests.contract.test_layers import as_tuple, network_of
from tests.networks import chain

SERIES = ("SequenceInput", {"length": "T", "features": 6})


def use(type: str, values: dict[str, Any], **inputs: TensorType) -> Use:
    entry = layers()[type]
    good, bad = resolve(entry.parameters, values)
    assert not bad, bad
    return Use(inputs=inputs, values=good)


def infer(type: str, x: TensorType, **values: Any) -> TensorType:
    """The type that leaves the port `y` when `x` arrives. Raises ShapeError."""
    return layers()[type].infer(use(type, values, x=x))["y"]


def model(*steps: tuple[str, dict[str, Any]], seed: int = 0) -> nn.Module:
    """A chain of layers between input and output, compiled, in evaluation mode."""
    torch.manual_seed(seed)
    return build(check(chain([*steps, ("Output", {})]))).eval()


def alone(type: str, values: dict[str, Any], seed: int = 0, **inputs: TensorType) -> nn.Module:
    """One layer with an input for each of the given ports, compiled, in evaluation mode; it is called `tested`."""
    torch.manual_seed(seed)
    return build(network_of(layers()[type], Sample(values=values, inputs=inputs))).eval()


def answers(
    type: str, values: dict[str, Any], *arriving: tuple[TensorType, torch.Tensor], training: bool = False
) -> tuple[torch.Tensor, ...]:
    """What one layer gives on each of its output ports; tensors come with their types, in the order of its ports."""
    entry = layers()[type]
    good, bad = resolve(entry.parameters, values)
    assert not bad, bad
    ports = [port.name for port in entry.input_ports(good)]
    inputs = {port: type for port, (type, _) in zip(ports, arriving, strict=False)}
    module = build(network_of(entry, Sample(values=values, inputs=inputs))).train(training)
    return as_tuple(module(*(x for _, x in arriving)))
