"""Checked network → torch module: the calls of every layer, emitted into fx graphs that share one set of modules.

Three graphs over the same weights: `forward` gives what was drawn, `for_loss` the values that the losses read,
`probe` every node's output. No hooks: they do not fire under torch.compile, and would miss functions such as Add.
"""

from __future__ import annotations

import functools
import importlib
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor, fx, nn

from nndesigner.base.own_functions import OWN
from nndesigner.base.problem import Refusal
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head, Place
from nndesigner.compiler import learning, preparation
from nndesigner.compiler.custom_modules import module_class
from nndesigner.compiler.learning import Learning
from nndesigner.compiler.own_functions import JudgedByOwn
from nndesigner.layers import extensions
from nndesigner.layers.declaration import Attribute, Call, Constant, Learnable, Lowering, Ref, Slices

LossFunction = Callable[..., Tensor]
"""(value, prepared target, further values that the loss reads) → mean loss, a scalar"""
ELEMENTS = {"float": torch.float32, "int": torch.int64, "bool": torch.bool}
_ROOTS = {"torch": torch, "operator": operator}


def resolve(name: str) -> Any:
    """The torch (or operator) object that a declaration names, such as "torch.nn.Conv2d"; or one of a package that the
    user has enabled."""
    if name.startswith("-"):
        return -resolve(name[1:])
    root, *path = name.split(".")
    if root not in _ROOTS and root in extensions.packages():
        module, _, last = name.rpartition(".")
        return getattr(importlib.import_module(module), last)
    value: Any = _ROOTS[root]
    for part in path:
        value = getattr(value, part)
    return value


class _Emitter:
    """Emits calls into one fx graph; modules and buffers land in `root` under the node's name."""

    def __init__(self, root: nn.Module) -> None:
        self.graph = fx.Graph()
        self.root = root
        self.values: dict[Place, fx.Node] = {}
        self.penalties: list[fx.Node] | None = None
        """the values of penalties, where they are wanted"""

    def lowering(self, name: str, lowering: Lowering, arriving: Mapping[str, fx.Node]) -> dict[str, fx.Node]:
        known: dict[str, fx.Node] = dict(arriving)
        for key, buffer in lowering.buffers.items():
            target = f"{name}_{key}"
            owner, last_name = self._owner(target)
            if not hasattr(owner, last_name):
                owner.register_buffer(last_name, torch.tensor(buffer.values, dtype=ELEMENTS[buffer.element]))
            known[f"@{key}"] = self.graph.get_attr(target)
        for key, numbers in lowering.learnable.items():
            target = f"{name}_{key}" if key else name
            owner, last_name = self._owner(target)
            if not hasattr(owner, last_name):
                owner.register_parameter(last_name, first_values(numbers))
            known[f"@{key}"] = self.graph.get_attr(target)
        last = next(iter(arriving.values()), None)
        for call in lowering.calls:
            last = self._call(name, call, known)
            if call.step:
                known[call.step] = last
        if last is not None:
            known[""] = last
        return {port: self._argument(name, ref, known) for port, ref in lowering.outputs.items()}

    def _call(self, name: str, call: Call, known: Mapping[str, fx.Node]) -> fx.Node:
        args = tuple(self._argument(name, a, known) for a in call.args)
        keywords = {k: self._argument(name, v, known) for k, v in call.keywords.items()}
        if call.construct is not None:
            owner, last_name = self._owner(name)
            if not hasattr(owner, last_name):
                built = {k: self._argument(name, v, known) for k, v in call.construct.items()}
                made = module_class(call.code) if call.code else resolve(call.target)
                owner.add_module(last_name, made(**built))
            return self.graph.call_module(name, args, keywords)
        if call.is_method:
            return self.graph.call_method(call.target[1:], args, keywords)
        return self.graph.call_function(resolve(call.target), args, keywords)

    def _owner(self, name: str) -> tuple[nn.Module, str]:
        """The module that holds what has this dotted name, and the last part of the name; blocks' own modules are
        made on the way."""
        owner = self.root
        *path, last = name.split(".")
        for part in path:
            if not hasattr(owner, part):
                owner.add_module(part, nn.Module())
            owner = getattr(owner, part)
        return owner, last

    def _argument(self, name: str, value: Any, known: Mapping[str, fx.Node]) -> Any:
        if isinstance(value, Ref):
            return self._read(value, known)
        if isinstance(value, Constant):
            return resolve(value.name)
        if isinstance(value, Attribute):
            return self.graph.get_attr(f"{name}.{value.name}")
        if isinstance(value, tuple | list):
            return type(value)(self._argument(name, v, known) for v in value)
        return value

    def _read(self, ref: Ref, known: Mapping[str, fx.Node]) -> fx.Node:
        node = known[ref.name]
        for step in ref.path:
            index: Any = step
            if isinstance(step, Slices):
                index = tuple(_index(item) for item in step.items)
            node = self.graph.call_function(operator.getitem, (node, index))
        return node


def _index(item: int | tuple[int | None, ...] | None) -> int | slice:
    if item is None:
        return slice(None)
    return slice(*item) if isinstance(item, tuple) else item


def first_values(numbers: Learnable) -> nn.Parameter:
    """The numbers with their first values."""
    tensor = torch.empty(numbers.shape)
    if numbers.begin == "normal":
        nn.init.normal_(tensor, std=numbers.scale)
    elif numbers.begin == "uniform":
        nn.init.uniform_(tensor, -numbers.scale, numbers.scale)
    else:
        nn.init.constant_(tensor, {"zeros": 0.0, "ones": 1.0}.get(numbers.begin, numbers.scale))
    return nn.Parameter(tensor)


class CompiledNetwork(fx.GraphModule):
    """A network as a torch module. Submodules are named as the nodes, so is everything in `state_dict()`.

    `forward(*inputs)` takes prepared inputs in the order of `input_names` and returns what was drawn: a tensor, or a
    tuple where there are several outputs, in the order of `output_names`.
    """

    input_names: tuple[str, ...]
    input_fields: tuple[str, ...]
    """names of the data fields that the inputs read, "" without data"""
    output_names: tuple[str, ...]
    learning: Learning
    """what is frozen when a run begins, and learning rates that are not the plan's"""
    resting: tuple[str, ...]
    """modules that stay in evaluation mode now: those that are frozen"""
    heads: tuple[Head, ...]
    parts: tuple[str, ...]
    """names of what the loss is the sum of: outputs, then penalties"""
    shares: tuple[float, ...]
    """how much each part counts in the sum"""
    _loss_graph: fx.GraphModule
    _probe_graph: fx.GraphModule
    _probe_places: tuple[Place, ...]
    _loss_functions: tuple[LossFunction | None, ...]
    """one per head; None where it has nothing to be compared with"""
    _loss_modules: tuple[fx.GraphModule, ...]
    """those of the loss functions that are more than one call"""
    _fast: Callable[..., tuple[Tensor, ...]] | None
    """what computes `for_loss` in steps on batches of these sizes"""
    _fast_sizes: list[tuple[int, ...]]
    _beside: tuple[tuple[int, ...], ...]
    """for each head, the positions in `for_loss` of what its loss reads besides the value"""

    def train(self, mode: bool = True) -> Self:
        """Training mode for all but the frozen layers."""
        super().train(mode)
        for name in self.resting if mode and hasattr(self, "resting") else ():
            self.get_submodule(name).eval()
        return self

    def for_loss(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The values that the losses read, one per head: logits where a stable loss contains the drawn activation.

        After them come what some losses read besides (a variance), then the values of the penalties.
        """
        fast = self._fast
        steps = fast is not None and self.training and torch.is_grad_enabled()
        if fast is not None and steps and [tuple(tensor.shape) for tensor in inputs] == self._fast_sizes:
            return fast(*inputs)
        values: tuple[Tensor, ...] = self._loss_graph(*inputs)
        return values

    def step_by(self, fast: Callable[..., tuple[Tensor, ...]], sizes: Sequence[tuple[int, ...]]) -> None:
        """From now on training steps on inputs of these sizes ask `fast`, which is `for_loss` compiled."""
        object.__setattr__(
            self, "_fast", fast
        )  # past nn.Module: it holds the weights, which have their names already
        object.__setattr__(self, "_fast_sizes", list(sizes))

    def within(self, section: CheckedNetwork) -> fx.GraphModule:
        """A part of this network (`check/sections.py`) over the same weights: prepared inputs, in the order of their
        names, to a tuple of its outputs as drawn."""
        emitter = _Emitter(_Shared(self))
        _emit(emitter, section, prepared=False)
        emitter.graph.output(tuple(emitter.values[head.source] for head in section.heads))
        return _pruned(emitter.root, emitter.graph, "Section")

    def probe(self, *inputs: Tensor) -> dict[Place, Tensor]:
        """Every node's outputs by (node id, port), for looking while training."""
        values: tuple[Tensor, ...] = self._probe_graph(*inputs)
        return dict(zip(self._probe_places, values, strict=True))

    def losses(self, outputs: Sequence[Tensor], targets: Sequence[Tensor]) -> list[Tensor]:
        """The mean loss of each head for values from `for_loss` and prepared targets, then each penalty: `parts`.

        Of a head without a loss the target is not read and nothing is given; such a network is not trained.
        """
        heads = len(self._loss_functions)
        judged = [
            f(value, target, *(outputs[i] for i in beside))
            for f, value, target, beside in zip(
                self._loss_functions, outputs[:heads], targets, self._beside, strict=True
            )
            if f is not None
        ]
        return [*judged, *outputs[heads + sum(map(len, self._beside)) :]]


def build(checked: CheckedNetwork) -> CompiledNetwork:
    """The network with fresh weights (seed torch first). Raises Refusal while the check finds errors."""
    if not checked.ok:
        raise Refusal(checked.errors[0].message)
    root = nn.Module()
    drawn = _Emitter(root)
    _emit(drawn, checked, prepared=False)
    drawn.graph.output(_single([drawn.values[head.source] for head in checked.heads]))
    compiled = CompiledNetwork(root, drawn.graph, class_name="CompiledNetwork")
    if checked.answering is not None:
        # Answers do not wait for what only losses read; its weights stay registered.
        drawn.graph.eliminate_dead_code()
        compiled.recompile()
    for_loss = _Emitter(root)
    for_loss.penalties = []
    _emit(for_loss, checked, prepared=False)
    beside = [
        [head.beside[port.name] for port in head.loss.beside] if head.loss else [] for head in checked.heads
    ]
    read = [*(head.stable for head in checked.heads), *(place for places in beside for place in places)]
    for_loss.graph.output((*(for_loss.values[place] for place in read), *for_loss.penalties))
    looked_at = _Emitter(root)
    _emit(looked_at, checked, prepared=False)
    places = tuple(place for place in looked_at.values if checked.node(place[0]) is not None)
    looked_at.graph.output(tuple(looked_at.values[place] for place in places))
    judged = [_loss(head) if head.loss is not None else None for head in checked.heads]
    positions, next_position = [], len(checked.heads)
    for places_of_head in beside:
        positions.append(tuple(range(next_position, next_position + len(places_of_head))))
        next_position += len(places_of_head)
    learns = learning.apply(root, checked)
    hidden = {
        "learning": learns,
        "resting": learns.frozen_modules,
        "_loss_graph": _pruned(root, for_loss.graph, "ForLoss"),
        "_probe_graph": fx.GraphModule(root, looked_at.graph, class_name="Probe"),
        "_probe_places": places,
        "_loss_functions": tuple(f.forward if isinstance(f, fx.GraphModule) else f for f in judged),
        "_loss_modules": tuple(f for f in judged if isinstance(f, fx.GraphModule)),
        "_beside": tuple(positions),
        "_fast": None,
        "_fast_sizes": [],
        "input_names": tuple(node.name for node in checked.inputs),
        "input_fields": tuple(node.field.name if node.field else "" for node in checked.inputs),
        "output_names": tuple(head.node.name for head in checked.heads),
        "heads": checked.heads,
        "parts": checked.parts,
        "shares": checked.shares,
    }
    for name, value in hidden.items():
        # past nn.Module's own __setattr__: the graphs share the modules and must not register them a second time
        object.__setattr__(compiled, name, value)
    return compiled


def with_preparation(compiled: CompiledNetwork, checked: CheckedNetwork) -> fx.GraphModule:
    """The model as it leaves the house: raw units in, answers as drawn out, numbers in the units of the data.

    It shares its weights with `compiled`; preparation and restoration are part of its graph.
    """
    checked = checked.as_answered()
    emitter = _Emitter(_Shared(compiled))
    _emit(emitter, checked, prepared=True)
    answers = []
    for head in checked.heads:
        value = emitter.values[head.source]
        target = head.target if head.in_target_units else None
        back = preparation.restore(target) if target is not None else None
        if back is not None:
            value = emitter.lowering(f"restore_{head.node.name}", back, {"x": value})["y"]
        answers.append(value)
    emitter.graph.output(_single(answers))
    return _pruned(emitter.root, emitter.graph, "Model")


def opened(compiled: CompiledNetwork, checked: CheckedNetwork) -> tuple[fx.GraphModule, dict[Place, fx.Node]]:
    """From prepared inputs to what the losses of the heads read, and the node of that graph for every value on the way.

    Only what an answer depends on is in it. It shares its weights with `compiled`; run by an `fx.Interpreter`, any
    value can be read, or put in place of what would have been computed.
    """
    checked = checked.as_answered()
    emitter = _Emitter(_Shared(compiled))
    _emit(emitter, checked, prepared=False)
    emitter.graph.output(tuple(emitter.values[head.stable] for head in checked.heads))
    made = _pruned(emitter.root, emitter.graph, "Opened")
    left = set(made.graph.nodes)
    return made, {place: node for place, node in emitter.values.items() if node in left}


def _pruned(root: nn.Module, graph: fx.Graph, name: str) -> fx.GraphModule:
    """A graph module without the calls whose results nobody reads (an activation that the loss contains)."""
    made = fx.GraphModule(root, graph, class_name=name)
    graph.eliminate_dead_code()
    made.recompile()
    return made


def _loss(head: Head) -> LossFunction | fx.GraphModule:
    """The loss of a head that has one: torch's own function where that is all it takes, else a graph of its calls."""
    assert head.loss is not None
    if head.loss.name == OWN:
        return JudgedByOwn(head)
    lowering = head.loss.lower(head.loss_use())
    first = lowering.calls[0]
    if len(lowering.calls) == 1 and first.args == (Ref("x"), Ref("target")) and not lowering.buffers:
        function: LossFunction = resolve(first.target)
        return functools.partial(function, **first.keywords) if first.keywords else function
    emitter = _Emitter(nn.Module())
    names = ("x", "target", *(port.name for port in head.loss.beside))
    arriving = {name: emitter.graph.placeholder(name) for name in names}
    emitter.graph.output(emitter.lowering("loss", lowering, arriving)["loss"])
    return fx.GraphModule(emitter.root, emitter.graph, class_name="Loss")


class _Shared(nn.Module):
    """The modules, buffers and learnable numbers of a compiled network; a graph may add buffers of its own."""

    def __init__(self, compiled: nn.Module) -> None:
        super().__init__()
        for name, child in compiled.named_children():
            self.add_module(name, child)
        for name, buffer in compiled.named_buffers(recurse=False):
            self.register_buffer(name, buffer)
        for name, numbers in compiled.named_parameters(recurse=False):
            self.register_parameter(name, numbers)


def _emit(emitter: _Emitter, checked: CheckedNetwork, *, prepared: bool) -> None:
    for node in checked.inputs:
        emitter.values[node.id, "y"] = emitter.graph.placeholder(node.name)
    if prepared:
        for node in checked.inputs:
            field = node.field
            first = preparation.prepare(field) if field is not None else None
            if first is not None:
                raw = emitter.values[node.id, "y"]
                emitter.values[node.id, "y"] = emitter.lowering(f"prepare_{node.name}", first, {"x": raw})[
                    "y"
                ]
    _emit_layers(emitter, checked, "", "")


def _emit_layers(emitter: _Emitter, checked: CheckedNetwork, key: str, name: str) -> None:
    """Every layer of a network in data order. `key` leads the places of its values, `name` those of its modules."""
    for node in checked.compiled:
        wanted = node.role == "layer" or (node.role == "penalty" and emitter.penalties is not None)
        if not wanted or node.layer is None or node.use is None:
            continue
        arriving = {
            port: emitter.values[key + source[0], source[1]]
            for port, source in node.sources.items()
            if port in node.use.inputs
        }
        if node.role == "penalty" and emitter.penalties is not None:
            value = emitter.lowering(name + node.name, node.layer.lower(node.use), arriving)["y"]
            emitter.penalties.append(value)
            continue
        owner = checked.node(node.owner) if node.owner else node
        assert owner is not None
        if node.passes:
            made = {out: arriving[port] for out, port in node.passes.items()}
        elif node.rounds:
            made = _emit_block(emitter, node, f"{key}{node.id}/", f"{name}{owner.name}.", arriving)
        else:
            made = emitter.lowering(name + owner.name, node.layer.lower(node.use), arriving)
        for port, value in made.items():
            emitter.values[key + node.id, port] = value


def _emit_block(
    emitter: _Emitter, block: CheckedNode, key: str, name: str, arriving: Mapping[str, fx.Node]
) -> dict[str, fx.Node]:
    """What is inside a block, round by round: the outputs of one are the inputs of the next, by position."""
    assert block.layer is not None and block.use is not None
    ports = [port.name for port in block.layer.input_ports(block.use.values)]
    given, made = dict(arriving), dict[str, fx.Node]()
    for round, inside in enumerate(block.rounds):
        given |= dict(zip(ports, made.values(), strict=False))
        for node in inside.entries:
            emitter.values[f"{key}{round}/{node.id}", "y"] = given[node.name]
        number = f"{round}." if len(block.rounds) > 1 else ""
        _emit_layers(emitter, inside, f"{key}{round}/", name + number)
        made = {}
        for node in inside.exits:
            source = node.sources["x"]
            made[node.name] = emitter.values[f"{key}{round}/{source[0]}", source[1]]
    return made


def _single(values: list[fx.Node]) -> Any:
    return values[0] if len(values) == 1 else tuple(values)


def example_inputs(
    checked: CheckedNetwork, sizes: Mapping[str, int], generator: torch.Generator | None = None
) -> tuple[Tensor, ...]:
    """Random prepared inputs of the right types; `sizes` gives `N`, and free names or they take the check's example."""
    values = {**checked.example, **sizes}
    made = []
    for node in checked.inputs:
        type = node.outputs["y"]
        shape = type.shape(values)
        if type.element == "int":
            made.append(torch.randint(type.values or 2, shape, generator=generator))
        else:
            made.append(torch.rand(shape, generator=generator))
    return tuple(made)


def raw_inputs(
    checked: CheckedNetwork, sizes: Mapping[str, int], generator: torch.Generator
) -> tuple[Tensor, ...]:
    """Random inputs in the units of the data, within the range that was found in it, to try a finished model."""
    made = []
    for node, prepared in zip(checked.inputs, example_inputs(checked, sizes, generator), strict=True):
        field = node.field
        if field is None or prepared.dtype != torch.float32:
            made.append(prepared)
        elif field.preparation.get("kind") == "columns":
            made.append(
                torch.stack(
                    [_raw_column(c, sizes["N"], generator) for c in field.preparation["columns"]], dim=1
                )
            )
        else:
            low, high = (
                float(field.statistics.get("minimum", 0.0)),
                float(field.statistics.get("maximum", 1.0)),
            )
            made.append(prepared * (high - low) + low)
    return tuple(made)


def _raw_column(column: Mapping[str, Any], batch: int, generator: torch.Generator) -> Tensor:
    if column["kind"] == "category":
        return torch.randint(column["size"], (batch,), generator=generator).float()
    values: Tensor = torch.randn(batch, generator=generator) * column["scale"] + column["offset"]
    return values
