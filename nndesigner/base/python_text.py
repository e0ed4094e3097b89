"""A text of Python read without ever running it: its syntax tree, and arguments with a default as typed fields."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any

from nndesigner.base.fields import (
    BadValue,
    BoolField,
    ChoiceField,
    CodeField,
    Field,
    FloatField,
    IntField,
    PathField,
    SizesField,
    TextField,
)
from nndesigner.base.text import tr

LONGEST = CodeField(name="code", label="Code", default="").longest


class WrongText(Exception):
    """Why a text is not what it should be, as a sentence; `line` counts from 1."""

    def __init__(self, sentence: str, line: int) -> None:
        super().__init__(sentence)
        self.line = line


def parse(text: str) -> ast.Module:
    """The syntax tree of a text, without a warning on the way. Raises SyntaxError or ValueError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (RecursionError, MemoryError):
            raise ValueError(tr("it is nested too deeply")) from None


def tree_of(text: str) -> ast.Module:
    """The syntax tree of a text. Raises WrongText with what is wrong, and where."""
    if len(text) > LONGEST:
        raise WrongText(tr("The code has more than {most:,} characters.", most=LONGEST), 1)
    try:
        tree = parse(text)
    except SyntaxError as error:
        what = error.msg[:1].upper() + error.msg[1:]
        raise WrongText(tr("{what}.", what=what.rstrip(".")), error.lineno or 1) from None
    except ValueError as error:
        raise WrongText(tr("The code cannot be read: {why}.", why=error), 1) from None
    return tree


def own_statements(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """The statements of a function, without those of functions and classes inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(found, ast.stmt):
            yield found
        waiting += ast.iter_child_nodes(found)


def field_of(argument: ast.arg, default: ast.expr, words: str, *, paths: bool = False) -> Field:
    """The typed field of an argument with a default; `words` is the docstring that may speak of it. With `paths` a text
    that is annotated as a `Path` is one. Raises WrongText."""
    name = argument.arg
    said: dict[str, Any] = {
        "name": name,
        "label": name.replace("_", " ").strip().capitalize(),
        "help": said_of(name, words) or tr("The argument {name} of the code.", name=name),
    }
    try:
        value = ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        value = None
    hint = ast.unparse(argument.annotation).strip("\"'") if argument.annotation is not None else ""
    choices = choices_of(argument.annotation)
    field: Field | None = None
    if choices and isinstance(value, str):
        field = ChoiceField(**said, default=value, choices={choice: choice for choice in choices})
    elif isinstance(value, bool):
        field = BoolField(**said, default=value)
    elif isinstance(value, float) or (hint == "float" and isinstance(value, int)):
        field = FloatField(**said, default=float(value))
    elif isinstance(value, int):
        field = IntField(**said, default=value)
    elif paths and isinstance(value, str) and hint.split(".")[-1] == "Path":
        field = PathField(**said, default=value)
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
    raise WrongText(sentence, default.lineno)


def choices_of(annotation: ast.expr | None) -> list[str]:
    """The words of `Literal["a", "b"]`."""
    if not isinstance(annotation, ast.Subscript) or ast.unparse(annotation.value).split(".")[-1] != "Literal":
        return []
    items = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    return [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]


def said_of(name: str, words: str) -> str:
    """What a docstring says of an argument in a line such as `rate: how much is kept.`"""
    found = re.search(
        rf"^[ \t]*{re.escape(name)}(?:[ \t]*\([^)\n]*\))?[ \t]*:[ \t]*(\S.*)$", words, re.MULTILINE
    )
    if found is None:
        return ""
    said = found[1].strip()
    said = said[:1].upper() + said[1:]
    return said if said.endswith(".") else f"{said}."
