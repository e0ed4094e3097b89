"""The text of a custom layer, read without ever running it: its class, ports, parameters and help.

A text is a Python module that defines one `class X(nn.Module)`. The arguments of its `forward` are the input ports,
what `forward` returns are the output ports, the arguments of its `__init__` with a default are the parameters of the
layer, and its docstring is the help. `in_channels` and `in_features` among the arguments need no default: they are the
length of the class axis of what arrives first. Everything is read from the syntax tree.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nndesigner.base.fields import (
    BadValue,
    BoolField,
    ChoiceField,
    CodeField,
    Field,
    FloatField,
    IntField,
    SizesField,
    TextField,
)
from nndesigner.base.names import is_name
from nndesigner.base.text import tr
from nndesigner.layers.declaration import Port

LONGEST = CodeField(name="code", label="Code", default="").longest
MOST_PORTS = 16
GIVEN = ("in_channels", "in_features")
"""Arguments of `__init__` that what arrives gives."""
_RESERVED = frozenset({"code", "self"})


@dataclass(frozen=True)
class CustomCode:
    """What a text says of itself; or, where it is no layer, the sentence that says why, and the line (from 1)."""

    class_name: str = ""
    help: str = ""
    inputs: tuple[Port, ...] = (Port("x"),)
    outputs: tuple[Port, ...] = (Port("y"),)
    fields: tuple[Field, ...] = ()
    given: tuple[str, ...] = ()
    """which of `GIVEN` its `__init__` takes"""
    sentence: str = ""
    line: int = 0

    @property
    def ok(self) -> bool:
        return not self.sentence


class _Wrong(Exception):
    def __init__(self, sentence: str, line: int) -> None:
        super().__init__(sentence)
        self.line = line


@lru_cache(maxsize=256)
def read_code(text: str) -> CustomCode:
    """What the text says. It never raises: a text that is no layer says so itself."""
    try:
        return _read(text)
    except _Wrong as wrong:
        return CustomCode(sentence=str(wrong), line=wrong.line)


def parse(text: str) -> ast.Module:
    """The syntax tree of a text, without a warning on the way. Raises SyntaxError or ValueError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (RecursionError, MemoryError):
            raise ValueError(tr("it is nested too deeply")) from None


def _read(text: str) -> CustomCode:
    if len(text) > LONGEST:
        raise _Wrong(tr("The code has more than {most:,} characters.", most=LONGEST), 1)
    try:
        tree = parse(text)
    except SyntaxError as error:
        what = error.msg[:1].upper() + error.msg[1:]
        raise _Wrong(tr("{what}.", what=what.rstrip(".")), error.lineno or 1) from None
    except ValueError as error:
        raise _Wrong(tr("The code cannot be read: {why}.", why=error), 1) from None
    classes = [s for s in tree.body if isinstance(s, ast.ClassDef) and _is_module(s)]
    if not classes:
        raise _Wrong(tr("Define the layer as a class: class MyLayer(nn.Module)."), 1)
    if len(classes) > 1:
        sentence = tr(
            "One layer is one class, but {a} and {b} are both an nn.Module: define {b} inside {a}.",
            a=classes[0].name,
            b=classes[1].name,
        )
        raise _Wrong(sentence, classes[1].lineno)
    made = classes[0]
    if not is_name(made.name):
        raise _Wrong(tr("“{name}” cannot name a layer’s class.", name=made.name[:64]), made.lineno)
    methods = {s.name: s for s in made.body if isinstance(s, ast.FunctionDef)}
    if "forward" not in methods:
        raise _Wrong(
            tr("{name} needs a method forward(self, x) that says what it computes.", name=made.name),
            made.lineno,
        )
    constructor = methods.get("__init__")
    help = (ast.get_docstring(made) or ast.get_docstring(tree) or "").strip()
    words = f"{help}\n{ast.get_docstring(constructor) or ''}" if constructor is not None else help
    fields, given = _parameters(constructor, words) if constructor is not None else ((), ())
    inputs, outputs = _inputs(methods["forward"], help), _outputs(methods["forward"])
    return CustomCode(made.name, help, inputs, outputs, fields, given)


def _is_module(statement: ast.ClassDef) -> bool:
    bases = [ast.unparse(base) for base in statement.bases]
    return any(base == "Module" or base.endswith(".Module") for base in bases)


# -- ports ---------------------------------------------------------------------------------------------------------
def _inputs(forward: ast.FunctionDef, words: str) -> tuple[Port, ...]:
    arguments = forward.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        sentence = tr("Every argument of forward is an input with a name of its own: *, ** and / have none.")
        raise _Wrong(sentence, forward.lineno)
    names = [a.arg for a in arguments.args][1:]
    optional = dict(zip(reversed(names), reversed(arguments.defaults), strict=False))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        names.append(argument.arg)
        if default is not None:
            optional[argument.arg] = default
    if not names or len(names) > MOST_PORTS:
        raise _Wrong(tr("forward takes 1 to {most} inputs besides self.", most=MOST_PORTS), forward.lineno)
    for name, default in optional.items():
        if not (isinstance(default, ast.Constant) and default.value is None):
            sentence = tr(
                "The input {name} of forward may have None as its default, and nothing else.", name=name
            )
            raise _Wrong(sentence, default.lineno)
    if all(name in optional for name in names):
        raise _Wrong(tr("At least one input of forward must have no default."), forward.lineno)
    for name in names:
        if not is_name(name):
            raise _Wrong(tr("“{name}” cannot name an input: choose another name.", name=name), forward.lineno)
    return tuple(Port(name, help=_said_of(name, words), optional=name in optional) for name in names)


def _outputs(forward: ast.FunctionDef) -> tuple[Port, ...]:
    """From the annotation of `forward` where it names a tuple, else from what its `return` statements give."""
    count = _annotated(forward.returns)
    returns = [s for s in _own_statements(forward) if isinstance(s, ast.Return) and s.value is not None]
    returns.sort(key=lambda found: found.lineno)
    if not returns:
        raise _Wrong(tr("forward returns nothing: return what leaves the layer."), forward.lineno)
    tuples = [s.value for s in returns if isinstance(s.value, ast.Tuple)]
    if any(isinstance(part, ast.Starred) for found in tuples for part in found.elts):
        raise _Wrong(tr("Write out what forward returns: how many outputs there are must be plain to see."),
                     returns[0].lineno)  # fmt: skip
    lengths = {len(found.elts) for found in tuples} | (
        {1} if len(tuples) < len(returns) and not count else set()
    )
    lengths |= {count} if count else set()
    if len(lengths) > 1:
        sentence = tr("forward returns different numbers of outputs at different places.")
        raise _Wrong(sentence, returns[-1].lineno)
    number = lengths.pop()
    if not 1 <= number <= MOST_PORTS:
        raise _Wrong(tr("forward returns 1 to {most} outputs.", most=MOST_PORTS), returns[-1].lineno)
    if number == 1:
        if tuples:
            raise _Wrong(tr("Return the output itself, not a tuple of one."), returns[-1].lineno)
        return (Port("y"),)
    for found in tuples:
        names = [part.id for part in found.elts if isinstance(part, ast.Name)]
        if len(set(names)) == number and all(is_name(name) for name in names):
            return tuple(Port(name) for name in names)
    return tuple(Port(f"y{i + 1}") for i in range(number))


def _annotated(returns: ast.expr | None) -> int:
    """How many outputs an annotation such as `tuple[Tensor, Tensor]` names; 0 where it says nothing."""
    if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
        try:
            returns = parse(returns.value).body[0].value  # type: ignore[attr-defined]
        except (SyntaxError, ValueError, IndexError, AttributeError):
            return 0
    if isinstance(returns, ast.Subscript) and ast.unparse(returns.value).split(".")[-1].lower() == "tuple":
        items = returns.slice.elts if isinstance(returns.slice, ast.Tuple) else [returns.slice]
        if not any(isinstance(item, ast.Constant) and item.value is ... for item in items):
            return len(items)
    return 0


def _own_statements(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """The statements of a function, without those of functions and classes inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(found, ast.stmt):
            yield found
        waiting += ast.iter_child_nodes(found)


# -- parameters ----------------------------------------------------------------------------------------------------
def _parameters(constructor: ast.FunctionDef, words: str) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    arguments = constructor.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        sentence = tr("Every argument of __init__ is a parameter with a name: *, ** and / have none.")
        raise _Wrong(sentence, constructor.lineno)
    positional = arguments.args[1:]
    defaults: dict[str, ast.expr] = {
        a.arg: d for a, d in zip(reversed(positional), reversed(arguments.defaults), strict=False)
    }
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            defaults[argument.arg] = default
    fields: list[Field] = []
    given: list[str] = []
    for argument in (*positional, *arguments.kwonlyargs):
        name = argument.arg
        if name in GIVEN:
            given.append(name)
        elif name not in defaults:
            sentence = tr(
                "Give {name} a default value. Only in_channels and in_features need none: they follow what arrives.",
                name=name,
            )
            raise _Wrong(sentence, argument.lineno)
        elif name in _RESERVED or not is_name(name):
            raise _Wrong(tr("“{name}” cannot name a parameter here: choose another name.", name=name),
                         argument.lineno)  # fmt: skip
        else:
            fields.append(_field(argument, defaults[name], words))
    return tuple(fields), tuple(given)


def _field(argument: ast.arg, default: ast.expr, words: str) -> Field:
    name = argument.arg
    said: dict[str, Any] = {
        "name": name,
        "label": name.replace("_", " ").strip().capitalize(),
        "help": _said_of(name, words) or tr("The argument {name} of the class.", name=name),
    }
    try:
        value = ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        value = None
    hint = ast.unparse(argument.annotation).strip("\"'") if argument.annotation is not None else ""
    choices = _choices(argument.annotation)
    field: Field | None = None
    if choices and isinstance(value, str):
        field = ChoiceField(**said, default=value, choices={choice: choice for choice in choices})
    elif isinstance(value, bool):
        field = BoolField(**said, default=value)
    elif isinstance(value, float) or (hint == "float" and isinstance(value, int)):
        field = FloatField(**said, default=float(value))
    elif isinstance(value, int):
        field = IntField(**said, default=value)
    elif isinstance(value, str):
        field = TextField(**said, default=value)
    elif isinstance(value, tuple) and value and all(type(v) is int for v in value):
        field = SizesField(**said, default=value, dimensions=len(value), minimum=-65_536)
    try:
        if field is not None and field.check(field.default) == field.default:
            return field
    except BadValue:
        pass
    sentence = tr(
        "The default of {name} is a number, True or False, a text or a tuple of whole numbers.", name=name
    )
    raise _Wrong(sentence, default.lineno)


def _choices(annotation: ast.expr | None) -> list[str]:
    """The words of `Literal["a", "b"]`."""
    if not isinstance(annotation, ast.Subscript) or ast.unparse(annotation.value).split(".")[-1] != "Literal":
        return []
    items = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    return [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]


def _said_of(name: str, words: str) -> str:
    """What a docstring says of an argument in a line such as `rate: how much is kept.`"""
    found = re.search(
        rf"^[ \t]*{re.escape(name)}(?:[ \t]*\([^)\n]*\))?[ \t]*:[ \t]*(\S.*)$", words, re.MULTILINE
    )
    if found is None:
        return ""
    said = found[1].strip()
    said = said[:1].upper() + said[1:]
    return said if said.endswith(".") else f"{said}."
