"""One class of the exported source: the statements of `__init__` and `forward`, gathered node by node from a form.

A block that is a chain of modules is printed as an `nn.Sequential`, one that follows itself as a list of them or a
loop. What differs between uses is in `class_parameters.py`, single calls and variables in `call_source.py`.
"""

from __future__ import annotations

import ast
import copy
import textwrap
from collections.abc import Sequence
from itertools import pairwise

from nndesigner.check.checked import CheckedNode, Place
from nndesigner.compiler import preparation
from nndesigner.compiler.call_source import RUNNING, CallSource, Known
from nndesigner.compiler.class_parameters import Made
from nndesigner.compiler.code import (
    assign,
    assign_several,
    call,
    class_definition,
    constant,
    dotted,
    expression,
    function,
)
from nndesigner.compiler.forms import MISSING, Form, Hole, Segment, Slot
from nndesigner.compiler.layout import WIDTH, Module
from nndesigner.document.blocks import UNDOCUMENTED
from nndesigner.layers.declaration import Layer, Lowering, Ref


class ClassSource(CallSource):
    """Prints one form. `declared` is the block's declaration, None for the whole network."""

    def __init__(self, form: Form, name: str, made: Made, declared: Layer | None = None) -> None:
        super().__init__(form, made, declared)
        self.name = name
        self._block_variable = ""

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
