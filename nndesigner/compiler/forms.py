"""What the uses of one block have in common: one class for all that differ only in numbers, which are its parameters.

A `Form` is a network as it is printed: its nodes in order, each with the calls that all uses share; where the uses
differ a `Hole` stands, with the value of each use. A network that is used once has no holes. Torch-free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec

from nndesigner.base.expressions import BadExpression, is_expression, read
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.layers.declaration import (
    Attribute,
    Call,
    Constant,
    Learnable,
    Lowering,
    Ref,
    Slices,
    class_axis,
)


class Mismatch(Exception):
    """Two uses differ in more than numbers."""


MISSING: Any = type("Missing", (), {"__repr__": lambda self: "missing"})()
"""Stands in a hole for a use in which the layer is bypassed."""


BYPASS = "bypass"
"""Stands among a slot's hints for the expression that takes the layer out of the way."""


@dataclass(frozen=True)
class Hole:
    """A place where the uses differ: the value in each of them."""

    values: tuple[Any, ...]

    def fits(self, values: Sequence[Any]) -> bool:
        """Whether these values would do in every use."""
        pairs = zip(self.values, values, strict=True)
        return all(a is MISSING or (type(a) is type(b) and a == b) for a, b in pairs)


@dataclass(frozen=True)
class Segment:
    """Repetitions of a block that are built alike: the class, its arguments, how many."""

    name: str
    arguments: Mapping[str, Any]
    count: Any


@dataclass(frozen=True)
class Slot:
    """One node of a form. `active` says for each use whether the layer is in the way or bypassed."""

    node: CheckedNode
    lowering: Lowering | None = None
    segments: tuple[Segment, ...] = ()
    active: tuple[bool, ...] = (True,)
    hints: Mapping[str, str] = field(default_factory=dict)
    """expressions of the node's parameters, by parameter"""

    @property
    def bypassed(self) -> bool:
        return not any(self.active)

    @property
    def conditional(self) -> bool:
        return any(self.active) and not all(self.active)

    @property
    def several(self) -> bool:
        """Whether a block follows itself, so that its modules stand in a list."""
        first = self.segments[0].count if self.segments else 1
        return len(self.segments) > 1 or isinstance(first, Hole) or first != 1


@dataclass(frozen=True)
class Form:
    """A network as a class: the uses that it serves (the first stands for all where they are alike), and its nodes."""

    uses: tuple[CheckedNetwork, ...]
    slots: tuple[Slot, ...]

    @property
    def first(self) -> CheckedNetwork:
        return self.uses[0]

    @cached_property
    def expressions(self) -> dict[str, tuple[Any, ...]]:
        """Every expression of a parameter in the block that each use can work out, with its values there."""
        found = {}
        for text in dict.fromkeys(text for slot in self.slots for text in slot.hints.values()):
            values = self.worked_out(text)
            if values is not None and "index" not in read(text).names:
                found[text] = values
        return found

    def given(self, name: str) -> tuple[Any, ...] | None:
        """The values of a name of the block in each use, None where some use does not know it."""
        if name in ("in_channels", "in_features"):
            found: list[Any] = [_channels(network) for network in self.uses]
        else:
            found = [network.names.get(name) for network in self.uses]
        return None if any(value is None for value in found) else tuple(found)

    def worked_out(self, text: str) -> tuple[Any, ...] | None:
        """The values of an expression in each use."""
        try:
            expression = read(text)
            values = []
            for network in self.uses:
                value = expression.value(network.names)
                values.append(int(value) if isinstance(value, float) and value.is_integer() else value)
            return tuple(values)
        except BadExpression:
            return None


def _channels(network: CheckedNetwork) -> int | None:
    first = next(iter(network.entries), None)
    if first is None or first.outputs["y"].rank < 2:
        return None
    type = first.outputs["y"]
    return type.axes[class_axis(type)].size.value


def refs(values: Sequence[Any]) -> list[Ref]:
    """The values that arguments of a call refer to."""
    found: list[Ref] = []
    for value in values:
        if isinstance(value, Ref):
            found.append(value)
        elif isinstance(value, tuple | list):
            found += refs(value)
    return found


BlockCalls = Mapping[int, tuple[str, Mapping[str, Any]]]
"""For each network inside a block (by `id()`): the class that it is printed as, and the arguments."""


def forms(uses: Sequence[CheckedNetwork], calls: BlockCalls) -> list[Form]:
    """The uses of one block as few forms as possible, in the order in which they are met."""
    found: list[Form] = []
    for network in uses:
        for position, form in enumerate(found):
            try:
                found[position] = form_of((*form.uses, network), calls)
                break
            except Mismatch:
                continue
        else:
            found.append(form_of((network,), calls))
    return found


def form_of(uses: tuple[CheckedNetwork, ...], calls: BlockCalls) -> Form:
    """One form for all of these uses. Raises Mismatch where they differ in more than numbers."""
    first = uses[0]
    names = [[(n.id, n.role == "entry" and not n.outputs) for n in network.compiled] for network in uses]
    if any(other != names[0] for other in names):
        raise Mismatch
    slots = []
    for node in first.compiled:
        nodes = [network.node(node.id) for network in uses]
        slots.append(_slot([n for n in nodes if n is not None], calls))
    return Form(uses, tuple(slots))


def _slot(nodes: list[CheckedNode], calls: BlockCalls) -> Slot:
    first = nodes[0]
    if first.role not in ("layer", "penalty"):
        return Slot(first, active=(True,) * len(nodes))
    active = tuple(not node.passes for node in nodes)
    used = [node for node in nodes if not node.passes]
    if not used:
        return Slot(first, active=active)
    if any(node.owner != used[0].owner or bool(node.rounds) != bool(used[0].rounds) for node in used):
        raise Mismatch
    texts = {**used[0].record.parameters, BYPASS: used[0].record.bypass}
    hints = {key: value for key, value in texts.items() if is_expression(value)}
    spread = _Spread(active)
    if used[0].rounds:
        if len({len(node.rounds) > 1 for node in used}) > 1:  # one stands by itself, several in a list
            raise Mismatch
        ports = len(used[0].rounds[0].entries), len(used[0].rounds[0].exits)
        if not all(active) and ports != (1, 1):
            raise Mismatch
        return Slot(used[0], segments=_segments(used, calls, spread), active=active, hints=hints)
    lowerings = [_lowering(node) for node in used]
    slot = Slot(used[0], lowering=_merge_lowerings(lowerings, spread), active=active, hints=hints)
    if slot.conditional and not _is_one_expression(slot, len(used[0].outputs)):
        raise Mismatch
    return slot


def _is_one_expression(slot: Slot, outputs: int) -> bool:
    """Whether the layer is a value that can be written as one of two."""
    low = slot.lowering
    if low is None or outputs != 1 or not low.calls or low.buffers or low.learnable:
        return False
    steps = {one.step for one in low.calls if one.step}
    reads = [ref.name for one in low.calls for ref in refs([*one.args, *one.keywords.values()])]
    return len(low.calls) == 1 or all(reads.count(step) == 1 for step in steps)


def _lowering(node: CheckedNode) -> Lowering:
    assert node.layer is not None and node.use is not None
    return node.layer.lower(node.use)


# -- merging -------------------------------------------------------------------------------------------------------
class _Spread:
    """Lays values of the active uses out over all uses."""

    def __init__(self, active: tuple[bool, ...]) -> None:
        self.active = active

    def merge(self, values: Sequence[Any]) -> Any:
        """One value where all are alike, a hole where they are numbers or words that differ. Raises Mismatch."""
        first = values[0]
        if all(type(v) is type(first) and v == first for v in values):
            return first
        given = [v for v in values if v is not None]
        if all(isinstance(v, bool | int | float) for v in given) or all(isinstance(v, str) for v in given):
            rest = iter(values)
            return Hole(tuple(next(rest) if on else MISSING for on in self.active))
        if all(isinstance(v, tuple | list) and len(v) == len(first) for v in values):
            return type(first)(self.merge(parts) for parts in zip(*values, strict=True))
        raise Mismatch


def _merge_lowerings(lowerings: list[Lowering], spread: _Spread) -> Lowering:
    first = lowerings[0]
    if len(lowerings) == 1:
        return first
    for other in lowerings:
        same = len(other.calls) == len(first.calls) and list(other.outputs) == list(first.outputs)
        if not same or other.buffers != first.buffers or list(other.learnable) != list(first.learnable):
            raise Mismatch
    calls = tuple(_merge_calls(list(c), spread) for c in zip(*(low.calls for low in lowerings), strict=True))
    learnable = {
        key: _merge_learnable([low.learnable[key] for low in lowerings], spread) for key in first.learnable
    }
    outputs = {
        key: _merge_arguments([low.outputs[key] for low in lowerings], spread) for key in first.outputs
    }
    return msgspec.structs.replace(first, calls=calls, learnable=learnable, outputs=outputs)


def _merge_calls(calls: list[Call], spread: _Spread) -> Call:
    first = calls[0]
    for other in calls:
        alike = (
            (other.target, other.code) == (first.target, first.code)
            and other.step == first.step
            and len(other.args) == len(first.args)
        )
        if not alike or list(other.keywords) != list(first.keywords) or other.is_module != first.is_module:
            raise Mismatch
    construct = None
    if first.construct is not None:
        given = [call.construct or {} for call in calls]
        order = list(dict.fromkeys(key for one in [*given, *(c.usual for c in calls)] for key in one))
        usual = list(dict.fromkeys(key for call in calls for key in call.usual))
        keys = {key for one in given for key in one}
        construct = {}
        for key in sorted(keys, key=lambda key: (usual.index(key) if key in usual else -1, order.index(key))):
            values = [
                one[key] if key in one else call.usual.get(key, MISSING)
                for call, one in zip(calls, given, strict=True)
            ]
            if any(value is MISSING for value in values):
                raise Mismatch
            construct[key] = spread.merge(values)
    return msgspec.structs.replace(
        first,
        construct=construct,
        args=tuple(_merge_arguments(list(a), spread) for a in zip(*(c.args for c in calls), strict=True)),
        keywords={key: _merge_arguments([c.keywords[key] for c in calls], spread) for key in first.keywords},
    )


def _merge_arguments(values: list[Any], spread: _Spread) -> Any:
    first = values[0]
    if isinstance(first, Ref | Constant | Attribute) or any(
        isinstance(v, Ref | Constant | Attribute) for v in values
    ):
        if all(isinstance(v, Ref) and v.name == first.name for v in values):
            return _merge_paths(values, spread)
        if any(type(v) is not type(first) or v != first for v in values):
            raise Mismatch
        return first
    if isinstance(first, tuple | list) and all(
        type(v) is type(first) and len(v) == len(first) for v in values
    ):
        return type(first)(_merge_arguments(list(parts), spread) for parts in zip(*values, strict=True))
    return spread.merge(values)


def _merge_paths(refs: list[Ref], spread: _Spread) -> Ref:
    """The same value, cut in each use at other places."""
    first = refs[0]
    if any(len(ref.path) != len(first.path) for ref in refs):
        raise Mismatch
    path = []
    for steps in zip(*(ref.path for ref in refs), strict=True):
        if all(isinstance(step, Slices) for step in steps):
            path.append(Slices(spread.merge([step.items for step in steps])))
        elif all(step == steps[0] for step in steps):
            path.append(steps[0])
        else:
            raise Mismatch
    return Ref(first.name, tuple(path))


def _merge_learnable(numbers: list[Learnable], spread: _Spread) -> Learnable:
    first = numbers[0]
    if any(n.begin != first.begin or len(n.shape) != len(first.shape) for n in numbers):
        raise Mismatch
    return msgspec.structs.replace(
        first, shape=spread.merge([n.shape for n in numbers]), scale=spread.merge([n.scale for n in numbers])
    )


def _segments(nodes: list[CheckedNode], calls: BlockCalls, spread: _Spread) -> tuple[Segment, ...]:
    each = [_runs(node, calls) for node in nodes]
    first = each[0]
    for other in each:
        if len(other) != len(first) or any(
            a.name != b.name or list(a.arguments) != list(b.arguments)
            for a, b in zip(other, first, strict=True)
        ):
            raise Mismatch
    return tuple(
        Segment(
            parts[0].name,
            {key: spread.merge([part.arguments[key] for part in parts]) for key in parts[0].arguments},
            spread.merge([part.count for part in parts]),
        )
        for parts in zip(*each, strict=True)
    )


def _runs(node: CheckedNode, calls: BlockCalls) -> list[Segment]:
    """The repetitions of a block, equal ones that follow each other taken together."""
    found: list[Segment] = []
    for inside in node.rounds:
        name, arguments = calls[id(inside)]
        if found and (found[-1].name, found[-1].arguments) == (name, arguments):
            found[-1] = Segment(name, arguments, found[-1].count + 1)
        else:
            found.append(Segment(name, arguments, 1))
    return found
