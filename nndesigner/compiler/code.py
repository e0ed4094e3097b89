"""Small makers of `ast` nodes for the source exporter: names are checked identifiers, all else is a constant."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from typing import Any

from nndesigner.layers.declaration import Buffer

ELEMENTS = {"float": "torch.float32", "int": "torch.int64", "bool": "torch.bool"}


def short(target: str) -> str:
    """A torch name as people write it: `nn.Conv2d`, `F.relu`, `torch.cat`."""
    for long, begin in (("torch.nn.functional.", "F."), ("torch.nn.", "nn.")):
        if target.startswith(long):
            return begin + target.removeprefix(long)
    return target


def dotted(name: str) -> ast.expr:
    first, *rest = name.split(".")
    value: ast.expr = call("super") if first == "super()" else ast.Name(first, ast.Load())
    for part in rest:
        value = ast.Attribute(value, part, ast.Load())
    return value


def call(function: str, *args: ast.expr, **keywords: ast.expr) -> ast.expr:
    return ast.Call(dotted(function), list(args), [ast.keyword(k, v) for k, v in keywords.items()])


def constant(value: Any) -> ast.expr:
    """Numbers, truth values, text, None, and tuples and lists of them. Raises TypeError and ValueError for others."""
    if isinstance(value, tuple | list):
        made = [constant(v) for v in value]
        return ast.Tuple(made, ast.Load()) if isinstance(value, tuple) else ast.List(made, ast.Load())
    if isinstance(value, bool | str) or value is None:
        return ast.Constant(value)
    if isinstance(value, int | float):
        if value != value:
            raise ValueError("source holds no number that is none")
        if value in (float("inf"), float("-inf")):
            return dotted("torch.inf") if value > 0 else ast.UnaryOp(ast.USub(), dotted("torch.inf"))
        return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)
    raise TypeError(f"no constant for {type(value).__name__}")


def buffer_values(buffer: Buffer) -> ast.expr:
    """The numbers of a buffer as nested lists."""
    return constant(json.loads(json.dumps(buffer.values)))


def register(name: str, buffer: Buffer, values: ast.expr) -> ast.stmt:
    """`self.register_buffer("name", torch.tensor(values, …))`"""
    tensor = call("torch.tensor", values, dtype=dotted(ELEMENTS[buffer.element]))
    return expression(call("self.register_buffer", constant(name), tensor))


def expression(value: ast.expr) -> ast.stmt:
    return ast.Expr(value)


def assign(target: str, value: ast.expr) -> ast.stmt:
    place = dotted(target)
    place.ctx = ast.Store()  # type: ignore[attr-defined]
    return ast.Assign([place], value)


def assign_several(targets: Sequence[str], value: ast.expr) -> ast.stmt:
    """`a, b = value`"""
    names: list[ast.expr] = [ast.Name(target, ast.Store()) for target in targets]
    return ast.Assign([ast.Tuple(names, ast.Store())], value)


def function(
    name: str, parameters: list[str], body: list[ast.stmt], defaults: Sequence[ast.expr] = ()
) -> ast.stmt:
    """A function; the defaults are those of its last parameters."""
    arguments = ast.arguments([], [ast.arg(p) for p in parameters], None, [], [], None, list(defaults))
    return ast.FunctionDef(name, arguments, body, [], **no_type_params(ast.FunctionDef))


def class_definition(name: str, base: str, body: list[ast.stmt]) -> ast.stmt:
    return ast.ClassDef(name, [dotted(base)], [], body, [], **no_type_params(ast.ClassDef))


def no_type_params(kind: type[ast.AST]) -> dict[str, Any]:
    return {"type_params": []} if "type_params" in kind._fields else {}


_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip


def opposite(test: ast.expr) -> ast.expr:
    """`a != b` for `a == b`, `a` for `not a`, else `not test`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return ast.Compare(test.left, [_OPPOSITE[type(test.ops[0])]()], test.comparators)
    return ast.UnaryOp(ast.Not(), test)


def simpler(value: ast.expr) -> ast.expr:
    """The same without factors of 1, terms of 0 and choices that are settled, as they stay behind where a number takes
    the place of a name."""

    class Simpler(ast.NodeTransformer):
        def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
            self.generic_visit(node)
            left, right = (_integer(side) for side in (node.left, node.right))
            match node.op:
                case ast.Mult() if left == 1:
                    return node.right
                case ast.Mult() | ast.FloorDiv() if right == 1:
                    return node.left
                case ast.Add() if left == 0:
                    return node.right
                case ast.Add() | ast.Sub() if right == 0:
                    return node.left
            return node

        def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
            self.generic_visit(node)
            if isinstance(node.test, ast.Constant):
                return node.body if node.test.value else node.orelse
            return node

    made: ast.expr = Simpler().visit(value)
    return made


def _integer(value: ast.expr) -> int | None:
    """The whole number that stands there."""
    found = value.value if isinstance(value, ast.Constant) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def uses(statements: Sequence[ast.AST], name: str) -> bool:
    """Whether a name is read anywhere in the statements."""
    return any(
        isinstance(found, ast.Name) and found.id == name
        for statement in statements
        for found in ast.walk(statement)
    )
