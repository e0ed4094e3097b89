"""How the weights of each layer begin and learn: the settings of `layers/learning.py` applied to a built network.

A frozen layer keeps its weights and stays in evaluation mode, so that the running statistics of a batch normalization
stay as they are too. What a block says counts for everything inside, and what stands nearer to a layer goes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from nndesigner.base.fields import resolve
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.layers.learning import LEARNING


@dataclass(frozen=True)
class Learning:
    """What differs from the usual: names of frozen modules and parameters, and learning rate factors by parameter."""

    frozen_modules: tuple[str, ...] = ()
    frozen: frozenset[str] = frozenset()
    rates: Mapping[str, float] = field(default_factory=dict)


def apply(model: nn.Module, checked: CheckedNetwork) -> Learning:
    """Draws what should begin otherwise, marks frozen parameters, and says what is to be known while training."""
    modules, frozen, rates = [], set(), {}
    learnable = dict(model.named_parameters())
    for name, settings, own in _layers(checked):
        for parameter, tensor in learnable.items():
            if not _belongs(parameter, name, own):
                continue
            _begin(tensor, parameter, settings)
            if settings["frozen"]:
                tensor.requires_grad_(False)
                frozen.add(parameter)
            elif settings["rate"] != 1.0:
                rates[parameter] = settings["rate"]
        if settings["frozen"]:
            modules.append(name)
    return Learning(tuple(modules), frozenset(frozen), rates)


def _layers(checked: CheckedNetwork) -> Iterator[tuple[str, dict[str, Any], tuple[str, ...]]]:
    """(name, settings, names of numbers of its own) of each layer with weights for which something is set."""
    around: dict[str, Mapping[str, Any]] = {}
    for inner in checked.walk():
        block = inner.key.rsplit("/", 2)[0] if "/" in inner.key else ""
        said = {**around.get(block, {}), **inner.node.record.learning}
        if inner.node.rounds:
            around[inner.key] = said
        elif said and inner.node.weights:
            settings, _ = resolve(LEARNING, said)
            yield inner.name, settings, _own(inner.node)


def _own(node: CheckedNode) -> tuple[str, ...]:
    assert node.layer is not None and node.use is not None
    return tuple(node.layer.lower(node.use).learnable)


def _belongs(parameter: str, name: str, own: tuple[str, ...]) -> bool:
    return parameter.startswith(f"{name}.") or parameter in {f"{name}_{k}" if k else name for k in own}


def _begin(tensor: Tensor, name: str, settings: Mapping[str, Any]) -> None:
    is_bias = re.search(r"(^|[._])bias", name.rsplit(".", 1)[-1]) is not None
    with torch.no_grad():
        if is_bias:
            if settings["bias"] != "default":
                tensor.fill_(0.0 if settings["bias"] == "zeros" else 1.0)
            return
        if tensor.ndim < 2:
            return
        match settings["weight"]:
            case "kaiming_uniform":
                nn.init.kaiming_uniform_(tensor, nonlinearity="relu")
            case "kaiming_normal":
                nn.init.kaiming_normal_(tensor, nonlinearity="relu")
            case "xavier_uniform":
                nn.init.xavier_uniform_(tensor)
            case "xavier_normal":
                nn.init.xavier_normal_(tensor)
            case "orthogonal":
                nn.init.orthogonal_(tensor)
            case "truncated_normal":
                nn.init.trunc_normal_(
                    tensor, std=settings["scale"], a=-2 * settings["scale"], b=2 * settings["scale"]
                )
            case "normal":
                nn.init.normal_(tensor, std=settings["scale"])
            case "uniform":
                nn.init.uniform_(tensor, -settings["scale"], settings["scale"])
            case "zeros":
                tensor.zero_()
            case "ones":
                tensor.fill_(1.0)
