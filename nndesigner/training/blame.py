"""Where a loss that is no number comes from: the same batch once more, looking at every node.

Called once, after the loop tripped and before it goes back to a checkpoint: it may leave the model changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nndesigner.base.own_functions import OWN
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.compiler import own_functions
from nndesigner.compiler.build import CompiledNetwork


@dataclass(frozen=True)
class Blame:
    """Which node to show (its key; "" where it is the data or the loss itself), and a clause that says why."""

    node: str
    why: str


def find(
    compiled: CompiledNetwork, checked: CheckedNetwork, inputs: Sequence[Tensor], targets: Sequence[Tensor]
) -> Blame:
    """The first place, in data order, at which this batch meets a value that is not finite."""
    for name, tensor in zip(compiled.input_names, inputs, strict=True):
        if not _finite(tensor):
            node = next((n for n in checked.inputs if n.name == name), None)
            return Blame(
                node.id if node is not None else "",
                tr("the data that enters at {name} holds a value that is not finite", name=name),
            )
    weights = _bad_weights(compiled, checked)
    if weights is not None:
        return weights
    with torch.no_grad():
        values = compiled.probe(*inputs)
    for inner in checked.walk():
        for (key, _), value in values.items():
            if key == inner.key and not inner.node.rounds and not _finite(value):
                sentence = tr("the values that leave {name} are no longer finite", name=inner.name)
                return Blame(inner.key, sentence)
    if not all(map(_finite, targets)):
        return Blame("", tr("the target holds a value that is not finite"))
    return Blame("", _own_loss(compiled, inputs, targets) or tr("the loss itself is too large for a number"))


def _own_loss(compiled: CompiledNetwork, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> str:
    """A clause on a loss of the user's own that gave no number, "" where it was none of those."""
    if all(head.loss is None or head.loss.name != OWN for head in compiled.heads):
        return ""
    with torch.no_grad():
        parts = compiled.losses(compiled.for_loss(*inputs), targets)
    return own_functions.blamed(compiled.heads, parts)


def _bad_weights(compiled: nn.Module, checked: CheckedNetwork) -> Blame | None:
    """Non-finite gradients flow from the output back: of all nodes that they reached, the last one began it."""
    modules = dict(compiled.named_modules())
    for inner in reversed(list(checked.walk())):
        module = modules.get(inner.name)
        if module is not None and not inner.node.rounds and not all(map(_finite, module.parameters())):
            return Blame(
                inner.key,
                tr("the step before left weights in {name} that are not finite", name=inner.name),
            )
    return None


def _finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor).all())
