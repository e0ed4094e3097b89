"""How the weights of each layer begin and learn: the settings of `layers/learning.py` applied to a built network.

A frozen layer keeps its weights and stays in evaluation mode, so that the running statistics of a batch normalization
stay as they are too. What a block says counts for everything inside, and what stands nearer to a layer goes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from torch import Tensor, fx, nn

from nndesigner.base.fields import resolve
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.layers.learning import LEARNING

if TYPE_CHECKING:
    from nndesigner.compiler.build import CompiledNetwork

NORMALIZATIONS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)


@dataclass(frozen=True)
class Learning:
    """What differs from the usual: names of frozen modules and parameters, and learning rate factors by parameter.

    `thaws` says of some of both after how many epochs of a run they are not frozen any more.
    """

    frozen_modules: tuple[str, ...] = ()
    frozen: frozenset[str] = frozenset()
    rates: Mapping[str, float] = field(default_factory=dict)
    thaws: Mapping[str, int] = field(default_factory=dict)

    def after(self, epochs: int) -> Learning:
        """What differs when so many epochs of a run are over."""
        thawed = {name for name, wait in self.thaws.items() if epochs >= wait}
        if not thawed:
            return self
        modules = tuple(name for name in self.frozen_modules if name not in thawed)
        return replace(self, frozen_modules=modules, frozen=self.frozen - thawed)


@dataclass(frozen=True)
class Beginning:
    """How one parameter is drawn before training: a function of `torch.nn.init` and its keywords."""

    parameter: str
    function: str
    keywords: Mapping[str, Any] = field(default_factory=dict)


def apply(model: nn.Module, checked: CheckedNetwork) -> Learning:
    """Draws what should begin otherwise, marks frozen parameters, and says what is to be known while training."""
    learnable, known = dict(model.named_parameters()), {name for name, _ in model.named_modules()}
    for one in beginnings(model, checked):
        getattr(nn.init, one.function)(learnable[one.parameter], **one.keywords)
    modules, frozen, rates, thaws = [], set(), {}, {}
    for name, settings, own in _layers(checked):
        wait = settings["unfreeze"] if settings["frozen"] else 0
        for parameter, tensor in learnable.items():
            if not _belongs(parameter, name, own):
                continue
            if settings["frozen"]:
                tensor.requires_grad_(False)
                frozen.add(parameter)
            if wait:
                thaws[parameter] = wait
            if settings["rate"] != 1.0 and (wait or not settings["frozen"]):
                rates[parameter] = settings["rate"]
        if settings["frozen"] and name in known:  # numbers of a layer's own are in no module
            modules.append(name)
            if wait:
                thaws[name] = wait
    return Learning(tuple(modules), frozenset(frozen), rates, thaws)


def follow(model: nn.Module, learning: Learning) -> tuple[str, ...]:
    """Has those weights learn, of all that thaw at some time, that are not frozen now; which begin to, or cease to (a
    run went back to an earlier epoch). Those have no gradient then."""
    changed = []
    for name, parameter in model.named_parameters():
        learns = name not in learning.frozen
        if name in learning.thaws and parameter.requires_grad != learns:
            parameter.requires_grad_(learns)
            parameter.grad = None
            changed.append(name)
    return tuple(changed)


def beginnings(model: nn.Module, checked: CheckedNetwork) -> list[Beginning]:
    """What is drawn otherwise than torch does, in the order in which it is drawn."""
    learnable = dict(model.named_parameters())
    return [
        begin
        for name, settings, own in _layers(checked)
        for parameter, tensor in learnable.items()
        if _belongs(parameter, name, own)
        if (begin := _beginning(tensor, parameter, settings)) is not None
    ]


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


def spared(model: nn.Module) -> frozenset[str]:
    """Names of the weights that are biases, belong to a normalization, or are no matrix or kernel: those that weight
    decay may leave out."""
    return frozenset(
        name
        for name, weight in model.named_parameters()
        if weight.ndim < 2
        or _is_bias(name)
        or isinstance(model.get_submodule(name.rpartition(".")[0]), NORMALIZATIONS)
    )


def hidden_matrices(compiled: CompiledNetwork) -> frozenset[str]:
    """Names of the matrices of hidden layers: neither of embeddings and normalizations nor of the layers that give
    what the losses read."""
    graph = compiled._loss_graph.graph
    given = next(node for node in graph.nodes if node.op == "output").args[0]
    assert isinstance(given, tuple)
    last = {_layer_before(compiled, node) for node in given if isinstance(node, fx.Node)}
    left_out = (*NORMALIZATIONS, nn.Embedding, nn.EmbeddingBag)
    owners = {name: name.rpartition(".")[0] for name, _ in compiled.named_parameters()}
    return frozenset(
        name
        for name, weight in compiled.named_parameters()
        if weight.ndim == 2 and owners[name] and owners[name] not in last and not _is_bias(name)
        if not isinstance(compiled.get_submodule(owners[name]), left_out)
    )


def _layer_before(compiled: nn.Module, node: fx.Node) -> str:
    """The module whose weights a value comes from, through calls of one value that have none; "" without one."""
    while node.op != "placeholder":
        if node.op == "call_module" and any(
            True for _ in compiled.get_submodule(str(node.target)).parameters()
        ):
            return str(node.target)
        if len(node.all_input_nodes) != 1:
            break
        node = node.all_input_nodes[0]
    return ""


def _is_bias(name: str) -> bool:
    return re.search(r"(^|[._])bias", name.rsplit(".", 1)[-1]) is not None


def _beginning(tensor: Tensor, name: str, settings: Mapping[str, Any]) -> Beginning | None:
    if _is_bias(name):
        how = settings["bias"]
        return Beginning(name, f"{how}_") if how != "default" else None
    how, scale = settings["weight"], settings["scale"]
    if tensor.ndim < 2 or how == "default":
        return None
    match how:
        case "kaiming_uniform" | "kaiming_normal":
            return Beginning(name, f"{how}_", {"nonlinearity": "relu"})
        case "truncated_normal":
            return Beginning(name, "trunc_normal_", {"std": scale, "a": -2 * scale, "b": 2 * scale})
        case "normal":
            return Beginning(name, "normal_", {"std": scale})
        case "uniform":
            return Beginning(name, "uniform_", {"a": -scale, "b": scale})
    return Beginning(name, f"{how}_")  # xavier_uniform, xavier_normal, orthogonal, zeros, ones
