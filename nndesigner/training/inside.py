"""A trained network open between its layers: values of its nodes, and its answer for values put in their place.

Nothing is hooked: the graph is interpreted node by node (`fx.Interpreter`), so that a function counts like a module. It
knows no method of explaining and no data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.asking import layers_with_maps
from nndesigner.check.checked import CheckedNetwork, Head, Inner, Place
from nndesigner.compiler.build import CompiledNetwork, opened


class Run:
    """One pass: the values of every node that was computed."""

    def __init__(self, values: Mapping[fx.Node, Any], scores: tuple[Tensor, ...]) -> None:
        self.values = values
        self.scores = scores
        """what the losses read, one per head"""


class Inside:
    """`module` takes prepared inputs, in the order of the network's inputs."""

    def __init__(self, compiled: CompiledNetwork, checked: CheckedNetwork, device: torch.device) -> None:
        self.checked = checked
        self.module, self._nodes = opened(compiled, checked)
        self.module.eval().to(device)
        self._entries = [node for node in self.module.graph.nodes if node.op == "placeholder"]

    def run(self, inputs: Sequence[Tensor], instead: Mapping[fx.Node, Tensor] = {}) -> Run:
        """One pass for prepared inputs; the nodes in `instead` are not computed, their value is given."""
        # Node by node rather than by `Interpreter.run`, whose progress bar may start a thread.
        interpreter = fx.Interpreter(self.module, garbage_collect_values=False)
        interpreter.args_iter = iter(inputs)
        values = interpreter.env = dict(instead)
        for node in self.module.graph.nodes:
            if node not in values:
                values[node] = interpreter.run_node(node)
        return Run(values, values[next(iter(reversed(self.module.graph.nodes)))])

    def node(self, place: Place) -> fx.Node:
        """The graph's node of a value. Raises Refusal where no answer depends on it."""
        found = self._nodes.get(place)
        if found is None:
            raise Refusal(tr("No answer of this network depends on that layer."))
        return found

    def entry(self, position: int) -> fx.Node:
        """The graph's node of an input."""
        found: fx.Node = self._entries[position]
        return found

    def embeddings(self, position: int, values: Mapping[fx.Node, Any]) -> list[fx.Node]:
        """Where the whole numbers of an input first become floating vectors (sample, time, …): after its embeddings."""
        entry = self.entry(position)
        shape = values[entry].shape[:2]
        found: list[fx.Node] = []
        waiting = list(entry.users)
        seen: set[fx.Node] = set()
        while waiting:
            node = waiting.pop(0)
            if node in seen or node.op == "output":
                continue
            seen.add(node)
            value = values.get(node)
            if not isinstance(value, Tensor):
                continue
            if not value.is_floating_point():
                waiting += list(node.users)
            elif value.dim() >= 3 and value.shape[:2] == shape:
                found.append(node)
        return found

    def features(self, head: Head) -> Place:
        """The value that the last layer with weights before an output reads: what the network has learned to tell
        samples apart by. The input, where no layer has weights."""
        place = head.stable
        while True:
            node = self.checked.node(place[0])
            if node is None or not node.sources:
                return place
            before = next(iter(node.sources.values()))
            if node.weights or node.owner:
                return before
            place = before

    def maps(self) -> list[Inner]:
        """Layers whose output is a stack of maps: what Grad-CAM can look at."""
        return [inner for inner in layers_with_maps(self.checked) if (inner.key, "y") in self._nodes]
