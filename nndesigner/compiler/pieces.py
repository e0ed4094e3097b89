"""The layers of a compiled network one by one: each as a module of its own, with what arrives at it for some inputs.

They share the network's weights. What is said of one layer alone (how long it takes, what it keeps in memory) is found
by running its piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from nndesigner.check.checked import CheckedNetwork, CheckedNode, Place
from nndesigner.compiler.build import CompiledNetwork, _Emitter, _Shared
from nndesigner.explorations.exploration import Piece


def pieces(compiled: CompiledNetwork, checked: CheckedNetwork, inputs: Sequence[Tensor]) -> Iterator[Piece]:
    """Every layer and penalty in data order, blocks opened, each round of them for itself; prepared inputs in the order
    of the model's. A layer that is bypassed is none."""
    walk = _Walk(compiled)
    for node, tensor in zip(checked.inputs, inputs, strict=True):
        walk.values[node.id, "y"] = tensor.detach()
    yield from walk.layers(checked, "", "")


class _Walk:
    def __init__(self, compiled: CompiledNetwork) -> None:
        self._root = _Shared(compiled)
        self.values: dict[Place, Tensor] = {}
        self.learned: set[Place] = set()
        """places with a weight that learns before them"""

    def layers(self, checked: CheckedNetwork, key: str, name: str) -> Iterator[Piece]:
        for node in checked.compiled:
            if node.role not in ("layer", "penalty") or node.layer is None or node.use is None:
                continue
            sources: dict[str, Place] = {
                port: (key + source[0], source[1])
                for port, source in node.sources.items()
                if port in node.use.inputs
            }
            owner = checked.node(node.owner) if node.owner else node
            assert owner is not None
            if node.passes:
                for out, port in node.passes.items():
                    self._same((key + node.id, out), sources[port])
            elif node.rounds:
                yield from self._block(node, f"{key}{node.id}/", f"{name}{owner.name}.", sources)
                continue
            else:
                yield self._layer(node, key + node.id, name + node.name, name + owner.name, sources)

    def _layer(self, node: CheckedNode, key: str, name: str, module: str, sources: dict[str, Place]) -> Piece:
        assert node.layer is not None and node.use is not None
        emitter = _Emitter(self._root)
        arriving = {port: emitter.graph.placeholder(f"x{i}") for i, port in enumerate(sources)}
        made: dict[str, Any] = emitter.lowering(module, node.layer.lower(node.use), arriving)
        emitter.graph.output(tuple(made.values()))
        piece = fx.GraphModule(self._root, emitter.graph, class_name="Piece")
        tensors = tuple(self.values[place] for place in sources.values())
        learned = tuple(place in self.learned for place in sources.values())
        with torch.no_grad():
            left = piece(*tensors)
        learns = any(learned) or any(p.requires_grad for p in piece.parameters())
        for port, value in zip(made, left, strict=True):
            self.values[key, port] = value
            if learns and value.is_floating_point():
                self.learned.add((key, port))
        return Piece(key, name, piece, tensors, learned)

    def _block(self, block: CheckedNode, key: str, name: str, sources: dict[str, Place]) -> Iterator[Piece]:
        """Round by round: the outputs of one are the inputs of the next, by position."""
        assert block.layer is not None and block.use is not None
        ports = [port.name for port in block.layer.input_ports(block.use.values)]
        given, made = dict(sources), dict[str, Place]()
        for round, inside in enumerate(block.rounds):
            given |= dict(zip(ports, made.values(), strict=False))
            for node in inside.entries:
                self._same((f"{key}{round}/{node.id}", "y"), given[node.name])
            number = f"{round}." if len(block.rounds) > 1 else ""
            yield from self.layers(inside, f"{key}{round}/", name + number)
            made = {}
            for node in inside.exits:
                source = node.sources["x"]
                made[node.name] = f"{key}{round}/{source[0]}", source[1]
        for port, place in made.items():
            self._same((key[:-1], port), place)

    def _same(self, place: Place, source: Place) -> None:
        self.values[place] = self.values[source]
        if source in self.learned:
            self.learned.add(place)
