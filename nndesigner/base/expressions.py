"""Arithmetic over names, such as `channels * 4` or `stride if index == 0 else 1`, as parameters inside a block say it.

A parameter holds an expression as text that begins with `=`. It is read into a small tree of known forms and worked
out by walking that tree: nothing of Python is ever run. Numbers stay below 10¹⁵, so that no expression takes long.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nndesigner.base.text import listing, tr

LONGEST = 200
"""characters of one expression"""
LARGEST = 10**15
Value = int | float | bool | str
Names = Mapping[str, Value]


class BadExpression(ValueError):
    """Text that is no expression, or one that has no value here; `str()` is the sentence to show."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression that was read: its text without the `=`, the names it uses, and its tree."""

    text: str
    names: frozenset[str]
    tree: ast.expr

    def value(self, names: Names) -> Value:
        """The value for given values of the names. Raises BadExpression."""
        missing = sorted(self.names - names.keys())
        if missing:
            known = listing(sorted(names)) or tr("none")
            raise BadExpression(
                tr("“{name}” is not known here. Known names: {known}.", name=missing[0], known=known)
            )
        try:
            found: Value = _value(self.tree, names)
            return found
        except ZeroDivisionError:
            raise BadExpression(tr("“{text}” divides by zero.", text=self.text)) from None
        except TypeError:
            raise BadExpression(
                tr("“{text}” computes with something that is no number.", text=self.text)
            ) from None


def is_expression(value: Any) -> bool:
    """Whether a saved value is an expression: text that begins with `=`."""
    return isinstance(value, str) and value.startswith("=")


@lru_cache(maxsize=4096)
def read(text: str) -> Expression:
    """The expression that `text` says, with or without its `=`. Raises BadExpression with a sentence."""
    text = text.removeprefix("=").strip()
    if len(text) > LONGEST:
        raise BadExpression(tr("An expression has at most {most} characters.", most=LONGEST))
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression(_no_expression(text)) from None
    names: set[str] = set()
    _survey(tree, names, text)
    return Expression(text, frozenset(names), tree)


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The expression with names replaced by expressions (all texts without `=`). Raises BadExpression."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.parse(values[node.id], mode="eval").body if node.id in values else node

    tree = ast.parse(read(text).text, mode="eval")
    for value in values.values():
        read(value)
    return ast.unparse(Put().visit(tree).body)


def _no_expression(text: str) -> str:
    return tr("“{text}” is no expression: write one such as channels * 4 or stride + 1.", text=text[:40])


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: _power(a, b),
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: bool(a == b),
    ast.NotEq: lambda a, b: bool(a != b),
    ast.Lt: lambda a, b: bool(a < b),
    ast.LtE: lambda a, b: bool(a <= b),
    ast.Gt: lambda a, b: bool(a > b),
    ast.GtE: lambda a, b: bool(a >= b),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {"min": min, "max": max, "round": round, "int": int, "abs": abs}
"""What an expression may call, by name; exported source calls the same."""


def _power(base: Any, exponent: Any) -> Any:
    if abs(exponent) > 64 or (base < 0 and exponent != int(exponent)):
        raise BadExpression(tr("A power in an expression has an exponent of at most {most}.", most=64))
    return base**exponent


def _survey(node: ast.expr, names: set[str], text: str) -> None:
    """Gathers the names; raises BadExpression at the first form that is not known."""
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float | str):
            return
        case ast.Name(id=name):
            names.add(name)
            return
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not(), operand=operand):
            parts = [operand]
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
            parts = [left, right]
        case ast.BoolOp(values=values):
            parts = values
        case ast.Compare(left=left, ops=operators, comparators=others) if all(
            type(o) in _COMPARE for o in operators
        ):
            parts = [left, *others]
        case ast.IfExp(test=test, body=body, orelse=other):
            parts = [test, body, other]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS and args:
            parts = args
        case _:
            raise BadExpression(_no_expression(text))
    for part in parts:
        _survey(part, names, text)


def _value(node: ast.expr, names: Names) -> Any:
    match node:
        case ast.Constant(value=value):
            found: Any = value
        case ast.Name(id=name):
            found = names[name]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found = not _value(operand, names)
        case ast.UnaryOp(op=operator, operand=operand):
            found = -_value(operand, names) if isinstance(operator, ast.USub) else +_value(operand, names)
        case ast.BinOp(left=left, op=binary, right=right):
            found = _BINARY[type(binary)](_number(_value(left, names)), _number(_value(right, names)))
        case ast.BoolOp(op=boolean, values=values):
            found = _value(values[0], names)
            for other in values[1:]:
                if bool(found) is isinstance(boolean, ast.Or):
                    break
                found = _value(other, names)
        case ast.Compare(left=left, ops=operators, comparators=others):
            first, found = _value(left, names), True
            for compare, part in zip(operators, others, strict=True):
                second = _value(part, names)
                found, first = found and _COMPARE[type(compare)](first, second), second
        case ast.IfExp(test=test, body=body, orelse=other):
            found = _value(body if _value(test, names) else other, names)
        case ast.Call(func=ast.Name(id=name), args=args):
            found = FUNCTIONS[name](*(_number(_value(arg, names)) for arg in args))
        case _:
            raise AssertionError("read() lets no other form through")
    if isinstance(found, int | float) and not -LARGEST <= found <= LARGEST:
        raise BadExpression(tr("The value of the expression is too large."))
    return found


def _number(value: Any) -> Any:
    if isinstance(value, str):
        raise TypeError("text is no number")
    return value
