"""The text of a custom layer, read without ever running it: its class, ports, parameters and help.

A text is a Python module that defines one `class X(nn.Module)`. The arguments of its `forward` are the input ports,
what `forward` returns are the output ports, the arguments of its `__init__` with a default are the parameters of the
layer, and its docstring is the help. `in_channels` and `in_features` among the arguments need no default: they are the
length of the class axis of what arrives first. Everything is read from the syntax tree.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from nndesigner.base.fields import Field
from nndesigner.base.names import is_name
from nndesigner.base.python_text import WrongText, field_of, own_statements, parse, said_of, tree_of
from nndesigner.base.text import tr
from nndesigner.layers.declaration import Port

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


@lru_cache(maxsize=256)
def read_code(text: str) -> CustomCode:
    """What the text says. It never raises: a text that is no layer says so itself."""
    try:
        return _read(text)
    except WrongText as wrong:
        return CustomCode(sentence=str(wrong), line=wrong.line)


def _read(text: str) -> CustomCode:
    tree = tree_of(text)
    classes = [s for s in tree.body if isinstance(s, ast.ClassDef) and _is_module(s)]
    if not classes:
        raise WrongText(tr("Define the layer as a class: class MyLayer(nn.Module)."), 1)
    if len(classes) > 1:
        sentence = tr(
            "One layer is one class, but {a} and {b} are both an nn.Module: define {b} inside {a}.",
            a=classes[0].name,
            b=classes[1].name,
        )
        raise WrongText(sentence, classes[1].lineno)
    made = classes[0]
    if not is_name(made.name):
        raise WrongText(tr("“{name}” cannot name a layer’s class.", name=made.name[:64]), made.lineno)
    methods = {s.name: s for s in made.body if isinstance(s, ast.FunctionDef)}
    if "forward" not in methods:
        raise WrongText(
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
        raise WrongText(sentence, forward.lineno)
    names = [a.arg for a in arguments.args][1:]
    optional = dict(zip(reversed(names), reversed(arguments.defaults), strict=False))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        names.append(argument.arg)
        if default is not None:
            optional[argument.arg] = default
    if not names or len(names) > MOST_PORTS:
        raise WrongText(tr("forward takes 1 to {most} inputs besides self.", most=MOST_PORTS), forward.lineno)
    for name, default in optional.items():
        if not (isinstance(default, ast.Constant) and default.value is None):
            sentence = tr(
                "The input {name} of forward may have None as its default, and nothing else.", name=name
            )
            raise WrongText(sentence, default.lineno)
    if all(name in optional for name in names):
        raise WrongText(tr("At least one input of forward must have no default."), forward.lineno)
    for name in names:
        if not is_name(name):
            raise WrongText(
                tr("“{name}” cannot name an input: choose another name.", name=name), forward.lineno
            )
    return tuple(Port(name, help=said_of(name, words), optional=name in optional) for name in names)


def _outputs(forward: ast.FunctionDef) -> tuple[Port, ...]:
    """From the annotation of `forward` where it names a tuple, else from what its `return` statements give."""
    count = _annotated(forward.returns)
    returns = [s for s in own_statements(forward) if isinstance(s, ast.Return) and s.value is not None]
    returns.sort(key=lambda found: found.lineno)
    if not returns:
        raise WrongText(tr("forward returns nothing: return what leaves the layer."), forward.lineno)
    tuples = [s.value for s in returns if isinstance(s.value, ast.Tuple)]
    if any(isinstance(part, ast.Starred) for found in tuples for part in found.elts):
        raise WrongText(tr("Write out what forward returns: how many outputs there are must be plain to see."),
                     returns[0].lineno)  # fmt: skip
    lengths = {len(found.elts) for found in tuples} | (
        {1} if len(tuples) < len(returns) and not count else set()
    )
    lengths |= {count} if count else set()
    if len(lengths) > 1:
        sentence = tr("forward returns different numbers of outputs at different places.")
        raise WrongText(sentence, returns[-1].lineno)
    number = lengths.pop()
    if not 1 <= number <= MOST_PORTS:
        raise WrongText(tr("forward returns 1 to {most} outputs.", most=MOST_PORTS), returns[-1].lineno)
    if number == 1:
        if tuples:
            raise WrongText(tr("Return the output itself, not a tuple of one."), returns[-1].lineno)
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


# -- parameters ----------------------------------------------------------------------------------------------------
def _parameters(constructor: ast.FunctionDef, words: str) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    arguments = constructor.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        sentence = tr("Every argument of __init__ is a parameter with a name: *, ** and / have none.")
        raise WrongText(sentence, constructor.lineno)
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
            raise WrongText(sentence, argument.lineno)
        elif name in _RESERVED or not is_name(name):
            raise WrongText(tr("“{name}” cannot name a parameter here: choose another name.", name=name),
                         argument.lineno)  # fmt: skip
        else:
            fields.append(field_of(argument, defaults[name], words))
    return tuple(fields), tuple(given)
