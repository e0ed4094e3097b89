"""The calls that layers lower to, as expressions and statements of a class; and the variables that hold their values.

A value that is read once, soon after, is in `x` or `out`; one that is read late or comes together with others has the
name of its layer.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Mapping
from typing import Any

from nndesigner.check.checked import CheckedNode, Place
from nndesigner.compiler.class_parameters import ClassParameters, Made
from nndesigner.compiler.code import (
    assign,
    buffer_values,
    call,
    constant,
    dotted,
    expression,
    register,
    short,
)
from nndesigner.compiler.forms import Form, refs
from nndesigner.layers.declaration import Attribute, Call, Constant, Layer, Learnable, Lowering, Ref, Slices

_OPERATORS: dict[str, type[ast.operator]] = {
    "operator.add": ast.Add, "operator.sub": ast.Sub, "operator.mul": ast.Mult, "operator.truediv": ast.Div,
    "operator.matmul": ast.MatMult, "operator.floordiv": ast.FloorDiv,
}  # fmt: skip
RUNNING = ("x", "out")
"""Variables for values that are read once, soon after."""
SOON = 6
"""layers"""
Known = Mapping[str, ast.expr]


class CallSource(ClassParameters):
    """Statements of `__init__` (`construct`) and of `forward`, and the expression that has the value of each place."""

    def __init__(self, form: Form, made: Made, declared: Layer | None = None) -> None:
        super().__init__(form, made, declared)
        self.construct: list[ast.stmt] = []
        self.forward: list[ast.stmt] = []
        self.values: dict[Place, ast.expr] = {}
        self._uses = self._count_uses()
        self._named = self._places_gathered() | self._places_read_late()
        self._running: dict[str, Place | None] = dict.fromkeys(RUNNING)  # whose value these variables hold
        self._ports = {node.name for node in self.checked.nodes if node.role in ("entry", "exit")}

    # -- calls -----------------------------------------------------------------------------------------------------
    def expressions(
        self, name: str, lowering: Lowering, arriving: Known, *, build: bool = True
    ) -> dict[str, ast.expr]:
        """The outputs of some calls, by name; what they need first is added to `construct` and `forward`."""
        for one in (
            lowering.calls if build else ()
        ):  # what modules are built with gives names to what calls share
            for keyword, value in (one.construct or {}).items():
                self._built_argument(value, keyword)
        known: dict[str, ast.expr] = dict(arriving)
        for key, buffer in lowering.buffers.items():
            if build:
                values = self.made.kept(f"{name}_{key}", buffer_values(buffer))
                self.construct.append(register(f"{name}_{key}", buffer, values))
            known[f"@{key}"] = dotted(f"self.{name}_{key}")
        for key, numbers in lowering.learnable.items():
            target = f"self.{name}_{key}" if key else f"self.{name}"
            if build:
                self.construct += self._learnable(target, numbers)
            known[f"@{key}"] = dotted(target)
        reads = Counter(ref.name for c in lowering.calls for ref in refs([*c.args, *c.keywords.values()]))
        reads.update(ref.name for ref in lowering.outputs.values() if isinstance(ref, Ref))
        last: ast.expr | None = next(iter(arriving.values()), None)
        for position, one in enumerate(lowering.calls):
            value = self._call(name, one, known, build=build)
            step = one.step or ""
            if (reads[step] > 1 or one.named) and not isinstance(value, ast.Name):
                variable = self.variable(f"{name}_{step or 'value'}")
                self.forward.append(assign(variable, value))
                value = ast.Name(variable, ast.Load())
            if one.step:
                known[one.step] = value
            last = value
            if position == len(lowering.calls) - 1:
                known[""] = value
        if last is not None:
            known.setdefault("", last)
        return {port: self._argument(name, ref, known) for port, ref in lowering.outputs.items()}

    def _call(self, name: str, one: Call, known: Known, *, build: bool) -> ast.expr:
        args = [self._argument(name, a, known) for a in one.args]
        keywords = {k: self._argument(name, v, known, k) for k, v in one.keywords.items()}
        if one.construct is not None:
            if build:
                built = {k: self._built_argument(v, k) for k, v in one.construct.items()}
                made = call(self.made.custom.get(one.code) or short(one.target), **built)
                slot = self._slot
                if slot is not None and slot.conditional:
                    made = self._conditional(slot, made)
                self.construct.append(assign(f"self.{name}", made))
            return call(f"self.{name}", *args, **keywords)
        if one.target in _OPERATORS:
            return ast.BinOp(args[0], _OPERATORS[one.target](), args[1])
        if one.is_method:
            method = ast.Attribute(args[0], one.target[1:], ast.Load())
            return ast.Call(method, args[1:], [ast.keyword(k, v) for k, v in keywords.items()])
        return call(self.made.custom.get(one.code) or short(one.target), *args, **keywords)

    def _built_argument(self, value: Any, keyword: str) -> ast.expr:
        return dotted(value.name) if isinstance(value, Constant) else self._value(value, keyword)

    def _argument(self, name: str, value: Any, known: Known, keyword: str = "value") -> ast.expr:
        if isinstance(value, Ref):
            return self._read(value, known)
        if isinstance(value, Constant):
            if value.name.startswith("-"):
                return ast.UnaryOp(ast.USub(), dotted(value.name[1:]))
            return dotted(value.name)
        if isinstance(value, Attribute):
            return dotted(f"self.{name}.{value.name}")
        if isinstance(value, tuple):
            return ast.Tuple([self._argument(name, v, known, keyword) for v in value], ast.Load())
        if isinstance(value, list):
            return ast.List([self._argument(name, v, known, keyword) for v in value], ast.Load())
        return self._value(value, keyword, forward=True)

    def _read(self, ref: Ref, known: Known) -> ast.expr:
        value = known[ref.name]
        for step in ref.path:
            if isinstance(step, Slices):
                items = [self._index(item) for item in step.items]
                index: ast.expr = ast.Tuple(items, ast.Load()) if len(items) > 1 else items[0]
            else:
                index = constant(step)
            value = ast.Subscript(value, index, ast.Load())
        return value

    def _index(self, item: Any) -> ast.expr:
        """One item of `Slices`: an integer, or a slice; where the uses differ, of attributes of the module."""
        if isinstance(item, tuple):
            names = ("start", "stop", "step")
            return ast.Slice(
                *(
                    None if bound is None else self._value(bound, name, forward=True)
                    for name, bound in zip(names, item, strict=False)
                )
            )
        return ast.Slice() if item is None else self._value(item, "position", forward=True)

    def _learnable(self, target: str, numbers: Learnable) -> list[ast.stmt]:
        """`self.token = nn.Parameter(torch.zeros(1, 1, 64))`, and the line that gives it other first values."""
        shape = [self._value(size, f"size_{i + 1}") for i, size in enumerate(numbers.shape)]
        made = call("torch.ones" if numbers.begin == "ones" else "torch.zeros", *shape)
        statements = [assign(target, call("nn.Parameter", made))]
        scale = self._value(numbers.scale, "scale") if numbers.begin not in ("zeros", "ones") else None
        if numbers.begin == "normal" and scale is not None:
            statements.append(expression(call("nn.init.normal_", dotted(target), std=scale)))
        elif numbers.begin == "uniform" and scale is not None:
            negative = ast.UnaryOp(ast.USub(), copy.deepcopy(scale))
            statements.append(expression(call("nn.init.uniform_", dotted(target), negative, scale)))
        elif scale is not None:
            statements.append(expression(call("nn.init.constant_", dotted(target), scale)))
        return statements

    # -- variables -------------------------------------------------------------------------------------------------
    def _store(self, node: CheckedNode, made: Mapping[str, ast.expr], variable: str = "") -> None:
        """Puts the values of a node into variables."""
        for port, value in made.items():
            place = (node.id, port)
            if isinstance(value, ast.Name) or _is_attribute(value):
                self.values[place] = value
                continue
            if self._uses[place] == 0 and len(made) > 1:
                continue
            running = self._free_running() if self._uses[place] == 1 and place not in self._named else ""
            if running:
                target = running
            elif variable or len(made) > 1:
                target = self.variable(variable or f"{node.name}_{port}")
            else:
                target = node.name
            if target in self._running:
                self._running[target] = place
            self.forward.append(assign(target, value))
            self.values[place] = ast.Name(target, ast.Load())

    def _pass_on(self, place: Place, origin: Place, value: ast.expr) -> None:
        """The value of a bypassed layer is that of its input; the variable x stays taken as long as it is read."""
        self.values[place] = value
        for name, held in self._running.items():
            if held == origin and self._uses[origin] <= 0:
                self._running[name] = place

    def _free_running(self) -> str:
        """A variable for a value that is read once; "" where all of them are still to be read."""
        waiting = {v.id for p, v in self.values.items() if self._uses[p] > 0 and isinstance(v, ast.Name)}
        for name in RUNNING:
            if name not in waiting and (name not in self._taken or name in self._ports):
                return name
        return ""

    def _count_uses(self) -> Counter[Place]:
        uses: Counter[Place] = Counter()
        for node in self.checked.compiled:
            uses.update(node.sources.values())
        return uses

    def _places_gathered(self) -> set[Place]:
        """Values that come together with two others or more: each has a name of its own."""
        found: set[Place] = set()
        for node in self.checked.compiled:
            sources = set(node.sources.values())
            if len(sources) > 2:
                found |= sources
        return found

    def _places_read_late(self) -> set[Place]:
        """Values that are read only many layers later: a name tells the reader what they are."""
        position = {node.id: i for i, node in enumerate(self.checked.compiled)}
        return {
            place
            for node in self.checked.compiled
            for place in node.sources.values()
            if position[node.id] - position.get(place[0], 0) > SOON
        }


def _is_attribute(value: ast.expr) -> bool:
    """Whether this is `self.token` or `self.embedding.weight`, which needs no variable."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name) and value.id == "self"
