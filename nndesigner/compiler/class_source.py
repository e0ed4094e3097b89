"""One class of the exported source: the statements of `__init__` and `forward`, gathered node by node from a form.

Where the uses of a block differ, a parameter of the class stands, named after the block's own parameter where that is
what differs. A block that is a chain of modules is printed as an `nn.Sequential`.
"""

from __future__ import annotations

import ast
import copy
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from nndesigner.base.expressions import read
from nndesigner.base.names import NAME
from nndesigner.check.checked import CheckedNode, Place
from nndesigner.compiler import preparation
from nndesigner.compiler.code import (
    assign,
    assign_several,
    buffer_values,
    call,
    class_definition,
    constant,
    dotted,
    expression,
    function,
    opposite,
    register,
    short,
    simpler,
)
from nndesigner.compiler.forms import BYPASS, MISSING, Form, Hole, Segment, Slot, refs
from nndesigner.compiler.layout import WIDTH, Module
from nndesigner.document.blocks import UNDOCUMENTED
from nndesigner.layers.declaration import Attribute, Call, Constant, Layer, Learnable, Lowering, Ref, Slices

_OPERATORS: dict[str, type[ast.operator]] = {
    "operator.add": ast.Add, "operator.sub": ast.Sub, "operator.mul": ast.Mult, "operator.truediv": ast.Div,
    "operator.matmul": ast.MatMult, "operator.floordiv": ast.FloorDiv,
}  # fmt: skip
LONG = 80
"""signs of a list of numbers that stands inside of a class"""
OWN_CONSTANTS = frozenset(
    "DATA FIELDS INPUTS PARTS SEED EPOCHS BATCH_SIZE EVALUATION_BATCH LEARNING_RATE PATIENCE MINIMUM_CHANGE DEVICE"
    " F".split()
)
"""names that a training script has for its settings"""
RUNNING = ("x", "out")
"""Variables for values that are read once, soon after."""
SOON = 6
"""layers"""
ARRIVING = ("in_channels", "in_features")
"""Names of the channels or features that arrive at a block."""
Known = Mapping[str, ast.expr]


@dataclass
class Made:
    """The classes so far: for each network inside a block (by `id()`) its class and arguments, and their defaults."""

    calls: dict[int, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    defaults: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    custom: Mapping[str, str] = field(default_factory=dict)
    """for each text of a custom layer the name that its class has in the file"""
    constants: dict[str, ast.expr] = field(default_factory=dict)
    """long lists of numbers, which would stand in the way of reading; the file has them under these names"""

    def kept(self, name: str, values: ast.expr) -> ast.expr:
        """The numbers, or the name under which they are kept; equal ones are kept once."""
        text = ast.unparse(values)
        if len(text) <= LONG:
            return values
        for known, same in self.constants.items():
            if ast.unparse(same) == text:
                return ast.Name(known, ast.Load())
        stem, number = name.removeprefix("prepare_").upper(), 1
        name = stem = stem if NAME.fullmatch(stem) else "NUMBERS"
        while name in self.constants or name in OWN_CONSTANTS:
            number += 1
            name = f"{stem[:58]}_{number}"
        self.constants[name] = values
        return ast.Name(name, ast.Load())

    @property
    def kept_statements(self) -> list[ast.stmt]:
        """`NAME = [numbers, …]` for each."""
        return [assign(name, values) for name, values in self.constants.items()]


class ClassSource:
    """Prints one form. `declared` is the block's declaration, None for the whole network."""

    def __init__(self, form: Form, name: str, made: Made, declared: Layer | None = None) -> None:
        self.form, self.name, self.made, self.declared = form, name, made, declared
        self.checked = form.first
        self.construct: list[ast.stmt] = []
        self.forward: list[ast.stmt] = []
        self.values: dict[Place, ast.expr] = {}
        self.parameters: dict[str, tuple[Any, ...]] = {}
        self._attributes: dict[
            str, tuple[str, ast.expr]
        ] = {}  # what forward reads: its text → name and value
        self._slot: Slot | None = None
        self._uses = self._count_uses()
        self._named = self._places_gathered() | self._places_read_late()
        self._running: dict[str, Place | None] = dict.fromkeys(RUNNING)  # whose value these variables hold
        self._conditions: set[str] = set()
        self._block_variable = ""
        self._ports = {node.name for node in self.checked.nodes if node.role in ("entry", "exit")}
        self._taken = {node.name for node in self.checked.nodes} | {"torch", "nn", "F", "self", "OrderedDict"}

    # -- the class -------------------------------------------------------------------------------------------------
    def network(self, docstring: str, facts: Sequence[ast.stmt], *, prepared: bool = False) -> ast.stmt:
        """The class of the whole network. With `prepared` it takes prepared values and leaves its answers as they are,
        and gives what its outputs read besides after them."""
        as_they_are = prepared
        for node in self.checked.inputs:
            self.values[node.id, "y"] = ast.Name(node.name, ast.Load())
            first = self.prepared(node) if not as_they_are else None
            if first is not None:
                self._lowering(
                    f"prepare_{node.name}",
                    node,
                    first,
                    {"x": self.values[node.id, "y"]},
                    variable=f"{node.name}_prepared",
                )
        changed = not as_they_are and any(self.prepared(node) is not None for node in self.checked.inputs)
        self._layers()
        answers = []
        for head in self.checked.heads:
            value = self.values[head.source]
            target = head.target if head.in_target_units and not as_they_are else None
            back = preparation.restore(target) if target is not None else None
            changed = changed or back is not None
            if back is not None:
                value = self.expressions(f"restore_{head.node.name}", back, {"x": value})["y"]
            answers.append(value)
        if as_they_are:
            answers += [self.values[place] for head in self.checked.heads for place in head.beside.values()]
        self._return(answers)
        head_lines = [expression(constant(docstring)), *facts]
        if not changed and self._is_chain(self.checked.inputs, len(answers)):
            return class_definition(self.name, "nn.Sequential", [*head_lines, self._sequential()])
        names = [node.name for node in self.checked.inputs]
        return class_definition(self.name, "nn.Module", [*head_lines, *self._methods(names)])

    def block(self) -> ast.stmt:
        """The class of a block; how each of its uses is called is noted in `made`."""
        for node in self.checked.entries:
            self.values[node.id, "y"] = ast.Name(node.name, ast.Load())
            if node.name in RUNNING:
                self._running[node.name] = (node.id, "y")
        self._layers()
        self._return([self.values[node.sources["x"]] for node in self.checked.exits])
        chain = self._is_chain(self.checked.entries, len(self.checked.exits))
        body: list[ast.stmt] = []
        if self.declared is not None and self.declared.summary != UNDOCUMENTED:
            lines = textwrap.wrap(self.declared.summary, WIDTH - 10)
            body.append(expression(constant("\n    ".join(lines))))
        if chain:
            body.append(self._sequential())
        else:
            body += self._methods([node.name for node in self.checked.entries])
        for position, network in enumerate(self.form.uses):
            arguments = {name: values[position] for name, values in self.parameters.items()}
            self.made.calls[id(network)] = (self.name, arguments)
        self.made.defaults[self.name] = self._defaults()
        return class_definition(self.name, "nn.Sequential" if chain else "nn.Module", body)

    def _return(self, answers: list[ast.expr]) -> None:
        """`return x`; a value that was just put into a variable is returned at once."""
        last = self.forward[-1] if self.forward else None
        if len(answers) == 1 and isinstance(last, ast.Assign) and isinstance(answers[0], ast.Name):
            target = last.targets[0]
            if isinstance(target, ast.Name) and target.id == answers[0].id:
                answers[0] = last.value
                self.forward.pop()
        end = ast.Return(_one_or_tuple(answers))
        end.node, end.comment = getattr(last, "node", ""), getattr(last, "comment", "")  # type: ignore[attr-defined]
        if len(answers) != 1 or last is None or last in self.forward:
            end.node = end.comment = ""  # type: ignore[attr-defined]
        self.forward.append(end)

    def _methods(self, inputs: list[str]) -> list[ast.stmt]:
        begin = expression(call("super().__init__"))
        kept = [
            assign(f"self.{attribute}", copy.deepcopy(value))
            for attribute, value in self._attributes.values()
        ]
        names, defaults = self._signature()
        return [
            function("__init__", ["self", *names], [begin, *kept, *self.construct], defaults),
            function("forward", ["self", *inputs], self.forward),
        ]

    def _sequential(self) -> ast.stmt:
        """`__init__` of a chain: its modules by name, in order."""
        modules: list[Module] = []
        for statement in self.construct:
            assert isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Attribute)
            comment, node = getattr(statement, "comment", ""), getattr(statement, "node", "")
            modules.append(Module(statement.targets[0].attr, statement.value, comment, node))
        names, defaults = self._signature()
        named = {module.name: module.value for module in modules}
        begin = expression(call("super().__init__", call("OrderedDict", **named)))
        begin.modules = modules  # type: ignore[attr-defined]
        return function("__init__", ["self", *names], [begin], defaults)

    def _defaults(self) -> dict[str, Any]:
        """Defaults of the parameters that the block declares, where some use takes them."""
        found = {}
        for name, values in self.parameters.items():
            declared = self.declared.field(name) if self.declared is not None else None
            if declared is not None and any(_same(v, declared.default) for v in values):
                found[name] = declared.default
            elif name in self._conditions:
                found[name] = False
            elif None in values:
                found[name] = None
        return found

    def _signature(self) -> tuple[list[str], list[ast.expr]]:
        """Parameters of `__init__`, those with a default last, and the defaults."""
        defaults = self._defaults()
        names = [*(n for n in self.parameters if n not in defaults), *defaults]
        return names, [constant(value) for value in defaults.values()]

    def _is_chain(self, inputs: Sequence[CheckedNode], outputs: int) -> bool:
        """Whether the class is one module after the other, each with a name of its own."""
        if len(inputs) != 1 or outputs != 1 or self._attributes:
            return False
        place: Place = (inputs[0].id, "y")
        modules = 0
        for slot in self.form.slots:
            if slot.node.role == "penalty":
                return False
            if slot.node.role != "layer":
                continue
            sources = list(slot.node.sources.values())
            if slot.bypassed or sources != [place] or slot.node.owner or not _is_plain_module(slot):
                return False
            place, modules = (slot.node.id, "y" if slot.lowering is not None else _exit(slot)), modules + 1
        ends = {node.sources["x"] for node in self.checked.nodes if node.role in ("exit", "output")}
        named = all(isinstance(s, ast.Assign) for s in self.construct)
        return modules > 1 and named and len(self.construct) == modules and ends == {place}

    # -- the layers ------------------------------------------------------------------------------------------------
    def _layers(self) -> None:
        for slot in self.form.slots:
            node = slot.node
            if node.role not in ("layer", "penalty") or node.layer is None or node.use is None:
                continue
            self._slot = slot
            before = len(self.construct), len(self.forward)
            arriving = {
                port: self.values[place] for port, place in node.sources.items() if port in node.use.inputs
            }
            for place in node.sources.values():
                self._uses[place] -= 1
            if node.role == "penalty":
                self._penalty(slot, arriving)
            elif slot.bypassed:
                for out, port in node.passes.items():
                    self._pass_on((node.id, out), node.sources[port], arriving[port])
            elif slot.segments:
                self._block(slot, arriving)
            else:
                assert slot.lowering is not None
                self._lowering(self._owner(node), node, slot.lowering, arriving)
            for statement in (*self.construct[before[0] :], *self.forward[before[1] :]):
                statement.node = node.id  # type: ignore[attr-defined]
            if node.record.comment and len(self.construct) > before[0]:
                self.construct[before[0]].comment = node.record.comment  # type: ignore[attr-defined]
            elif node.record.comment and len(self.forward) > before[1]:
                self.forward[before[1]].comment = node.record.comment  # type: ignore[attr-defined]
        self._slot = None

    def _penalty(self, slot: Slot, arriving: Known) -> None:
        """`self.kl1 = …`: kept in the module, for the loss to be read there after each forward."""
        assert slot.lowering is not None
        value = self.expressions(slot.node.name, slot.lowering, arriving)["y"]
        self.forward.append(assign(f"self.{slot.node.name}", value))

    def _pass_on(self, place: Place, origin: Place, value: ast.expr) -> None:
        """The value of a bypassed layer is that of its input; the variable x stays taken as long as it is read."""
        self.values[place] = value
        for name, held in self._running.items():
            if held == origin and self._uses[origin] <= 0:
                self._running[name] = place

    def _owner(self, node: CheckedNode) -> str:
        owner = self.checked.node(node.owner) if node.owner else None
        return owner.name if owner is not None else node.name

    @staticmethod
    def prepared(node: CheckedNode) -> Lowering | None:
        """What an input does to raw values first."""
        return preparation.prepare(node.field) if node.field is not None else None

    def _lowering(
        self, name: str, node: CheckedNode, lowering: Lowering, arriving: Known, variable: str = ""
    ) -> None:
        made = self.expressions(name, lowering, arriving, build=not node.owner)
        slot = self._slot
        if slot is not None and slot.conditional and not _is_plain_module(slot):
            out, port = next(iter(_passed(slot).items()))
            test = self._kept(self._condition(slot), self._condition_name(slot))
            made = {out: ast.IfExp(test, made[out], copy.deepcopy(arriving[port]))}
        self._store(node, made, variable)

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

    def _free_running(self) -> str:
        """A variable for a value that is read once; "" where all of them are still to be read."""
        waiting = {v.id for p, v in self.values.items() if self._uses[p] > 0 and isinstance(v, ast.Name)}
        for name in RUNNING:
            if name not in waiting and (name not in self._taken or name in self._ports):
                return name
        return ""

    def variable(self, stem: str) -> str:
        """A local name that no layer and no other step has; it begins with the layer's name."""
        name, number = stem, 2
        while name in self._taken or not NAME.fullmatch(name):
            name, number = f"{stem[:58]}_{number}", number + 1
        self._taken.add(name)
        return name

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

    # -- blocks ----------------------------------------------------------------------------------------------------
    def _block(self, slot: Slot, arriving: Known) -> None:
        node = slot.node
        inside = node.rounds[0]
        entries = [entry.name for entry in inside.entries]
        exits = [end.name for end in inside.exits]
        name = self._owner(node)
        if not node.owner:
            self.construct.append(assign(f"self.{name}", self._built(slot)))
        given = [arriving[entry] for entry in entries]
        if slot.several and (len(entries) > 1 or len(exits) > 1):
            self._loop(slot, name, given, exits)
            return
        value = call(f"self.{name}", *given)
        if len(exits) == 1:
            self._store(node, {exits[0]: value})
            return
        targets = [self.variable(f"{node.name}_{port}") for port in exits]
        self.forward.append(assign_several(targets, value))
        self.values |= {(node.id, p): ast.Name(t, ast.Load()) for p, t in zip(exits, targets, strict=True)}

    def _loop(self, slot: Slot, name: str, given: list[ast.expr], exits: list[str]) -> None:
        """`for block in self.blocks:` with the outputs of each as the first inputs of the next."""
        node, blocks = slot.node, dotted(f"self.{name}")
        entries = len(node.rounds[1].entries) if len(node.rounds) > 1 else len(given)
        if len(exits) == 1 and len(given) >= entries:
            moving = [self._carried(node, exits[0], given)]
        else:
            moving = [self.variable(f"{node.name}_{port}") for port in exits]
        moving_in = moving[:entries]
        if len(given) < entries:  # the first has no wire at a port at which the others get an output
            first = ast.Call(ast.Subscript(blocks, constant(0), ast.Load()), given, [])
            self.forward.append(_assigned(moving, first))
            after = ast.Slice(constant(1))
            blocks = ast.Subscript(dotted(f"self.{name}"), after, ast.Load())
        elif len(exits) > 1:
            for target, value in zip(moving_in, given, strict=False):
                self.forward.append(assign(target, value))
        self._block_variable = self._block_variable or self.variable("block")
        arguments: list[ast.expr] = [ast.Name(t, ast.Load()) for t in moving_in]
        arguments += [copy.deepcopy(v) for v in given[len(moving_in) :]]
        body = _assigned(moving, call(self._block_variable, *arguments))
        self.forward.append(ast.For(ast.Name(self._block_variable, ast.Store()), blocks, [body], []))
        self.values |= {(node.id, p): ast.Name(t, ast.Load()) for p, t in zip(exits, moving, strict=True)}

    def _carried(self, node: CheckedNode, port: str, given: Sequence[ast.expr]) -> str:
        """The variable that goes through a loop, with what enters the loop in it. The others that are given are read
        in every round."""
        place, (entering, *others) = (node.id, port), given
        read_again = {v.id for other in others for v in ast.walk(other) if isinstance(v, ast.Name)}
        held = entering.id if isinstance(entering, ast.Name) else ""
        if self._uses[node.sources[node.rounds[0].entries[0].name]] > 0 or held in read_again:
            held = ""
        once = self._uses[place] == 1 and place not in self._named
        if held in self._running and once:
            self._running[held] = place
            return held
        target = (self._free_running() if once else "") or node.name
        target = node.name if target in read_again else target
        if target in self._running:
            self._running[target] = place
        last = self.forward[-1] if self.forward else None
        if held and isinstance(last, ast.Assign) and ast.unparse(last.targets[0]) == held:
            last.targets[0] = ast.Name(target, ast.Store())
        else:
            self.forward.append(assign(target, entering))
        return target

    def _built(self, slot: Slot) -> ast.expr:
        """What `__init__` builds for a block: one module, or a list of them."""
        if not slot.several:
            return self._conditional(slot, self._new(slot.segments[0]))
        inside = slot.node.rounds[0]
        kind = "nn.Sequential" if len(inside.entries) == len(inside.exits) == 1 else "nn.ModuleList"
        items = self._items(slot.segments)
        if kind == "nn.ModuleList":
            if len(items) == 1 and isinstance(items[0], ast.Starred):
                return call(kind, items[0].value)
            return call(kind, ast.List(items, ast.Load()))
        return self._conditional(slot, call(kind, *items))

    def _items(self, segments: Sequence[Segment]) -> list[ast.expr]:
        items: list[ast.expr] = []
        position = 0
        while position < len(segments):
            run = _progression(segments[position:])
            if run > 2:
                items.append(self._progression(segments[position : position + run]))
                position += run
                continue
            segment = segments[position]
            if segment.count == 1 and not isinstance(segment.count, Hole):
                items.append(self._new(segment))
            else:
                count = self._value(segment.count, "depth")
                items.append(_starred(self._new(segment), "_", call("range", count)))
            position += 1
        return items

    def _progression(self, segments: Sequence[Segment]) -> ast.expr:
        """`*[Layer(in_channels=c) for c in range(64, 256, 32)]`"""
        key = _changing(segments)
        first, second = segments[0].arguments[key], segments[1].arguments[key]
        step, last = second - first, segments[-1].arguments[key]
        made = self._new(Segment(segments[0].name, {**segments[0].arguments, key: Ref(key)}, 1))
        ends = [constant(first), constant(last + step)] + ([constant(step)] if step != 1 else [])
        return _starred(made, key, call("range", *ends))

    def _new(self, segment: Segment) -> ast.expr:
        defaults = self.made.defaults.get(segment.name, {})
        given = {}
        for key, value in segment.arguments.items():
            usual = defaults.get(key, MISSING)
            if type(usual) is type(value) and usual == value:
                continue
            given[key] = ast.Name(key, ast.Load()) if isinstance(value, Ref) else self._value(value, key)
        return call(segment.name, **given)

    # -- holes -----------------------------------------------------------------------------------------------------
    def _value(self, value: Any, keyword: str, *, forward: bool = False) -> ast.expr:
        """A constant, or the parameter that stands where the uses differ."""
        if isinstance(value, Hole):
            found = self._hole(value, keyword)
            if not forward:
                return found
            return self._kept(
                found if isinstance(found, ast.Name) else self._parameter(keyword, value.values)
            )
        if isinstance(value, tuple | list):
            made = [self._value(v, keyword, forward=forward) for v in value]
            return ast.Tuple(made, ast.Load()) if isinstance(value, tuple) else ast.List(made, ast.Load())
        return constant(value)

    def _hole(self, hole: Hole, keyword: str) -> ast.expr:
        """What has these values: an expression of the layer itself, a parameter of the class or of the block, an
        expression that stands elsewhere in the block; else a parameter of its own."""
        form, hints = self.form, self._slot.hints if self._slot is not None else {}
        hint = hints.get(keyword, "")
        if hint in form.expressions and hole.fits(form.expressions[hint]):
            return self._expression(hint)
        channels = "in_features" if keyword == "in_features" else "in_channels"
        known = [*self.parameters]
        if keyword in ARRIVING:
            known.sort(key=lambda name: name not in ARRIVING)
            arriving = form.given(channels)
            if arriving is not None and hole.fits(arriving) and known[:1] not in ([n] for n in ARRIVING):
                return self._parameter(channels, arriving)
        for name in known:
            if hole.fits(self.parameters[name]):
                return ast.Name(name, ast.Load())
        for name in (*(n for n in self.checked.names if n != "index"), channels):
            given = form.given(name)
            if given is not None and hole.fits(given):
                return self._parameter(name, given)
        for text in (*(hints[key] for key in hints if key != BYPASS), *form.expressions):
            if text in form.expressions and hole.fits(form.expressions[text]):
                return self._expression(text)
        return self._parameter(keyword, hole.values)

    def _parameter(self, name: str, values: tuple[Any, ...]) -> ast.Name:
        """A parameter of the class with these values in its uses."""
        values = tuple(None if v is MISSING else v for v in values)
        stem, number = name if NAME.fullmatch(name) else "value", 2
        name = stem
        while name in self.parameters and self.parameters[name] != values:
            name, number = f"{stem}_{number}", number + 1
        self.parameters[name] = values
        return ast.Name(name, ast.Load())

    def _expression(self, text: str) -> ast.expr:
        """An expression of the block over parameters of the class; a name that is the same in all uses is a number."""
        form, parameter = self.form, self._parameter

        class Named(ast.NodeTransformer):
            def visit_Name(self, node: ast.Name) -> ast.expr:
                values = form.given(node.id)
                if values is None:
                    return node  # a function such as min
                if all(type(v) is type(values[0]) and v == values[0] for v in values):
                    return constant(values[0])
                return parameter(node.id, values)

        made: ast.expr = Named().visit(copy.deepcopy(read(text).tree))
        return simpler(made)

    def _condition(self, slot: Slot) -> ast.expr:
        """What says whether a layer is in the way: the block's own words for it, else a parameter."""
        text = slot.hints.get(BYPASS, "")
        if self.form.expressions.get(text) == tuple(not active for active in slot.active):
            return opposite(self._expression(text))
        for name, values in self.parameters.items():
            if values == slot.active and all(isinstance(v, bool) for v in values):
                return ast.Name(name, ast.Load())
        name = self._condition_name(slot)
        if name in self.parameters or self.form.given(name) is not None:
            name = f"with_{name}"
        parameter = self._parameter(name, slot.active)
        self._conditions.add(parameter.id)
        return parameter

    def _condition_name(self, slot: Slot) -> str:
        """The name of the layer that is in the way, or of one that is in the same uses and no module."""
        alike = [s for s in self.form.slots if s.active == slot.active]
        plain = [s for s in alike if s.lowering is not None and not _builds(s.lowering)]
        return (plain or alike)[0].node.name

    def _conditional(self, slot: Slot, built: ast.expr) -> ast.expr:
        if not slot.conditional:
            return built
        return ast.IfExp(self._condition(slot), built, call("nn.Identity"))

    def _kept(self, value: ast.expr, name: str = "") -> ast.expr:
        """A parameter, or what is worked out from some, as `forward` reads it: an attribute of the module."""
        text = ast.unparse(value)
        if text not in self._attributes:
            wanted = value.id if isinstance(value, ast.Name) else name
            modules = {node.name for node in self.checked.nodes if node.role == "layer"}
            slot_names = {s.node.name for s in self.form.slots if s.lowering and not _builds(s.lowering)}
            taken = (modules - slot_names) | {attribute for attribute, _ in self._attributes.values()}
            attribute = wanted if wanted not in taken else self.variable(f"{wanted}_given")
            self._attributes[text] = attribute, value
        return dotted(f"self.{self._attributes[text][0]}")

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
        return call(short(one.target), *args, **keywords)

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


def _is_attribute(value: ast.expr) -> bool:
    """Whether this is `self.token` or `self.embedding.weight`, which needs no variable."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name) and value.id == "self"


def _is_plain_module(slot: Slot) -> bool:
    """Whether a node is one module of one value."""
    if slot.segments:
        inside = slot.node.rounds[0]
        return len(inside.entries) == len(inside.exits) == 1
    lowering = slot.lowering
    if lowering is None or len(lowering.calls) != 1 or lowering.buffers or lowering.learnable:
        return False
    one = lowering.calls[0]
    ports = list(slot.node.sources)
    return (
        one.is_module
        and not one.keywords
        and one.args == (Ref(ports[0]),)
        and lowering.outputs == {"y": Ref("")}
    )


def _builds(lowering: Lowering) -> bool:
    """Whether a layer has a module, and so its name as an attribute."""
    return any(one.is_module for one in lowering.calls)


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b)


def _exit(slot: Slot) -> str:
    return slot.node.rounds[0].exits[0].name


def _passed(slot: Slot) -> dict[str, str]:
    """Which input the only output of a bypassed layer passes on."""
    node = slot.node
    assert node.layer is not None and node.use is not None
    wired = [p.name for p in node.layer.input_ports(node.use.values) if p.name in node.use.inputs]
    return {port.name: wired[0] for port in node.layer.output_ports(node.use.values)}


def _one_or_tuple(values: list[ast.expr]) -> ast.expr:
    return values[0] if len(values) == 1 else ast.Tuple(values, ast.Load())


def _assigned(targets: list[str], value: ast.expr) -> ast.stmt:
    return assign(targets[0], value) if len(targets) == 1 else assign_several(targets, value)


def _starred(element: ast.expr, variable: str, over: ast.expr) -> ast.expr:
    comprehension = ast.comprehension(ast.Name(variable, ast.Store()), over, [], 0)
    return ast.Starred(ast.ListComp(element, [comprehension]), ast.Load())


def _changing(segments: Sequence[Segment]) -> str:
    first, second = segments[0].arguments, segments[1].arguments
    return next((key for key in first if first[key] != second.get(key)), "")


def _progression(segments: Sequence[Segment]) -> int:
    """How many segments from the first on differ in one number that grows by the same step each time."""
    if len(segments) < 2:
        return 1
    key = _changing(segments)
    run = 1
    for before, after in pairwise(segments):
        if before.name != after.name or before.count != 1 or after.count != 1:
            break
        same = {k: v for k, v in before.arguments.items() if k != key}
        if not key or same != {k: v for k, v in after.arguments.items() if k != key}:
            break
        a, b = before.arguments[key], after.arguments[key]
        first, second = segments[0].arguments[key], segments[1].arguments[key]
        if not all(type(v) is int for v in (a, b, first, second)) or b - a != second - first or b <= a:
            break
        run += 1
    return run
