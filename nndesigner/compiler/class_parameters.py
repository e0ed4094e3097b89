"""The parameters of a class of the exported source. What all uses of a block have in common is written into its class;
where they differ, a parameter stands, named after the block's own parameter where that is what differs.

`Made` holds the classes of a file so far, `ClassParameters` the parameters of one of them. Neither knows statements.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nndesigner.base.expressions import read
from nndesigner.base.names import NAME
from nndesigner.compiler.code import (
    assign,
    call,
    constant,
    dotted,
    opposite,
    simpler,
)
from nndesigner.compiler.forms import BYPASS, MISSING, Form, Hole, Slot
from nndesigner.layers.declaration import Layer, Lowering

LONG = 80
"""signs of a list of numbers that stands inside of a class"""
OWN_CONSTANTS = frozenset(
    "DATA FIELDS INPUTS PARTS SEED EPOCHS BATCH_SIZE EVALUATION_BATCH LEARNING_RATE PATIENCE MINIMUM_CHANGE DEVICE"
    " F".split()
)
"""names that a training script has for its settings"""
ARRIVING = ("in_channels", "in_features")
"""Names of the channels or features that arrive at a block."""


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


class ClassParameters:
    """The parameters of the class of one form. `declared` is the block's declaration, None for the whole network."""

    def __init__(self, form: Form, made: Made, declared: Layer | None = None) -> None:
        self.form, self.made, self.declared = form, made, declared
        self.checked = form.first
        self.parameters: dict[str, tuple[Any, ...]] = {}
        self._attributes: dict[
            str, tuple[str, ast.expr]
        ] = {}  # what forward reads: its text → name and value
        self._slot: Slot | None = None
        self._conditions: set[str] = set()
        self._taken = {node.name for node in self.checked.nodes} | {"torch", "nn", "F", "self", "OrderedDict"}

    def variable(self, stem: str) -> str:
        """A local name that no layer and no other step has; it begins with the layer's name."""
        name, number = stem, 2
        while name in self._taken or not NAME.fullmatch(name):
            name, number = f"{stem[:58]}_{number}", number + 1
        self._taken.add(name)
        return name

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

    # -- what stands where the uses differ ---------------------------------------------------------------------------
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

    def _kept(self, value: ast.expr, name: str = "") -> ast.expr:
        """A parameter, or what is worked out from some, as `forward` reads it: an attribute of the module."""
        text = ast.unparse(value)
        if text not in self._attributes:
            wanted = value.id if isinstance(value, ast.Name) else name
            modules = {node.name for node in self.checked.nodes if node.role == "layer"}
            slot_names = {s.node.name for s in self.form.slots if s.lowering and not builds(s.lowering)}
            taken = (modules - slot_names) | {attribute for attribute, _ in self._attributes.values()}
            attribute = wanted if wanted not in taken else self.variable(f"{wanted}_given")
            self._attributes[text] = attribute, value
        return dotted(f"self.{self._attributes[text][0]}")

    # -- layers that are in the way of some uses only ------------------------------------------------------------------
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
        plain = [s for s in alike if s.lowering is not None and not builds(s.lowering)]
        return (plain or alike)[0].node.name

    def _conditional(self, slot: Slot, built: ast.expr) -> ast.expr:
        if not slot.conditional:
            return built
        return ast.IfExp(self._condition(slot), built, call("nn.Identity"))


def builds(lowering: Lowering) -> bool:
    """Whether a layer has a module, and so its name as an attribute."""
    return any(one.is_module for one in lowering.calls)


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b)
