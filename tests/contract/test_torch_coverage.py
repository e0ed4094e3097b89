"""Every layer of torch.nn can be drawn, or it is written down here why not.

What a declaration covers is read from its own lowerings, and from the classes that it says it stands for. There is no
list of layers here but that of the exceptions.
"""

from __future__ import annotations

import pytest
from torch import nn
from torch.nn.modules import container, lazy, loss

from nndesigner.base.fields import resolve
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Layer, Use

REASONS = {
    "RNNBase": "the common part of RNN, LSTM and GRU, not a layer by itself",
    "RNNCellBase": "the common part of the three recurrent cells, not a layer by itself",
    "DataParallel": "a way to train on several devices, not a layer",
    "Transformer": "a stack of its encoder and decoder layers: blocks that are repeated",
    "TransformerDecoder": "a stack of TransformerDecoderLayer: a block that is repeated",
    "TransformerEncoder": "a stack of TransformerEncoderLayer: a block that is repeated",
}
"""Classes of torch.nn that no declaration covers, with the reason."""


def layers_of_torch() -> set[str]:
    """The names of torch.nn's modules without containers, losses and lazy forms."""
    names = set()
    for name, value in vars(nn).items():
        if not (isinstance(value, type) and issubclass(value, nn.Module)) or value is nn.Module:
            continue
        if value.__module__ in (container.__name__, loss.__name__) or name.endswith("Loss"):
            continue
        if not issubclass(value, lazy.LazyModuleMixin):
            names.add(name)
    return names


def targets(entry: Layer) -> set[str]:
    """Names of the torch.nn classes that the layer becomes on its samples."""
    found = set()
    for sample in entry.samples:
        values, _ = resolve(entry.parameters, sample.values)
        for call in entry.lower(Use(inputs=sample.inputs, values=values)).calls:
            if call.is_module:
                found.add(call.target.removeprefix("torch.nn."))
    return found


DRAWN = {entry.type: targets(entry) for entry in layers().values() if entry.role == "layer"}
STANDS_FOR = {(entry.type, name): why for entry in layers().values() for name, why in entry.covers.items()}


@pytest.mark.parametrize("name", sorted(layers_of_torch()))
def test_every_layer_of_torch_can_be_drawn(name: str) -> None:
    covered = set().union(*DRAWN.values()) | {covered for _, covered in STANDS_FOR}
    if name in REASONS:
        assert name not in covered, f"{name} is declared now: take it out of the exceptions"
        return
    assert name in covered, f"no declaration becomes torch.nn.{name} or covers it"


@pytest.mark.parametrize(("type", "name"), list(STANDS_FOR))
def test_what_a_layer_stands_for_is_a_layer_of_torch(type: str, name: str) -> None:
    assert name in layers_of_torch()
    assert name not in DRAWN[type], "the lowering says so already"
    assert STANDS_FOR[type, name]


def test_the_exceptions_are_layers_of_torch() -> None:
    assert layers_of_torch() >= set(REASONS)
