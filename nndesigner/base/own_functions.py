"""Functions of the user's own (a loss, metrics, a data set), read from their text without ever running it.

A text is a Python module. What is called is found in its syntax tree, and so are the settings: the arguments with a
default. Names that begin with an underscore are the text's own business, and so are classes and constants.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from nndesigner.base.fields import Field, Values
from nndesigner.base.names import is_name
from nndesigner.base.python_text import WrongText, field_of, own_statements, tree_of
from nndesigner.base.text import tr

LOSS, METRIC, DATA = "loss", "metric", "data"
KINDS = (LOSS, METRIC, DATA)
OWN = "own"
"""The saved word of a loss, and of a data source, that is a function of the user's own."""
PREFIX = "own_"
"""Before the names of settings where they are kept, beside parameters that are not the function's."""
JUDGED = ("output", "target")
"""The first arguments of a loss and of a metric."""
GIVEN = ("seed", "folder")
"""Arguments of a data set that need no default: the seed of the source, and the folder of the project."""
MOST_METRICS = 16
_TAKEN = frozenset(
    {"loss", "epoch_loss", "accuracy", "iou", "mae", "rmse", "r2", "bias", "perplexity", "learning_rate"}
)
"""names of what is measured anyway"""


@dataclass(frozen=True)
class OwnFunction:
    """One function: what it is called, the line (from 1) of its `def` and that of its last `return`, its help, and its
    settings as fields. `given` are those of `GIVEN` that it takes."""

    name: str
    line: int
    returns: int
    help: str = ""
    fields: tuple[Field, ...] = ()
    given: tuple[str, ...] = ()

    def changed(self, values: Values) -> dict[str, Any]:
        """The keywords to call it with: the settings that are not as in the text, by their own names."""
        found = {}
        for field in self.fields:
            value = values.get(field.name, field.default)
            if value != field.default or type(value) is not type(field.default):
                found[field.name.removeprefix(PREFIX)] = value
        return found


@dataclass(frozen=True)
class OwnText:
    """What a text says of itself; or, where it is not what it should be, the sentence that says why, and the line."""

    functions: tuple[OwnFunction, ...] = ()
    sentence: str = ""
    line: int = 0

    @property
    def ok(self) -> bool:
        return not self.sentence

    @property
    def name(self) -> str:
        """What it is called in sentences and lists."""
        return ", ".join(function.name for function in self.functions)

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.functions[0].fields if self.functions else ()


@lru_cache(maxsize=256)
def read_own(kind: str, text: str) -> OwnText:
    """What the text says. It never raises: a text that is nothing of the kind says so itself."""
    try:
        return OwnText(_read(kind, text))
    except WrongText as wrong:
        return OwnText(sentence=str(wrong), line=wrong.line)


def _read(kind: str, text: str) -> tuple[OwnFunction, ...]:
    found = [s for s in tree_of(text).body if isinstance(s, ast.FunctionDef) and not s.name.startswith("_")]
    if kind == DATA:
        named = [s for s in found if s.name == "data"] or found
        if len(named) != 1:
            raise WrongText(
                tr("Define one function that gives the data: def data(): … return inputs, targets."), 1
            )
        return (_function(named[0], kind),)
    judging = [s for s in found if [a.arg for a in (*s.args.posonlyargs, *s.args.args)][:2] == list(JUDGED)]
    if kind == LOSS:
        named = [s for s in judging if s.name == "loss"] or judging
        if len(named) != 1:
            raise WrongText(
                tr("Define the loss as one function: def loss(output, target): … return a number."), 1
            )
        return (_function(named[0], kind),)
    if not judging:
        raise WrongText(
            tr("Define a metric as a function: def my_metric(output, target): … return a number."), 1
        )
    if len(judging) > MOST_METRICS:
        raise WrongText(
            tr("One output has at most {most} metrics.", most=MOST_METRICS), judging[MOST_METRICS].lineno
        )
    return tuple(_function(statement, kind) for statement in judging)


def _function(made: ast.FunctionDef, kind: str) -> OwnFunction:
    if not is_name(made.name) or (kind == METRIC and made.name in _TAKEN):
        raise WrongText(
            tr("“{name}” is taken already: choose another name.", name=made.name[:64]), made.lineno
        )
    arguments = made.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        raise WrongText(
            tr("Every argument of {name} has a name: *, ** and / have none.", name=made.name), made.lineno
        )
    defaults: dict[str, ast.expr] = {
        a.arg: d for a, d in zip(reversed(arguments.args), reversed(arguments.defaults), strict=False)
    }
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            defaults[argument.arg] = default
    help = (ast.get_docstring(made) or "").strip()
    own = arguments.args[2:] if kind != DATA else arguments.args
    fields: list[Field] = []
    given: list[str] = []
    for argument in (*own, *arguments.kwonlyargs):
        name = argument.arg
        if kind == DATA and name in GIVEN:
            given.append(name)
        elif name not in defaults:
            sentence = tr(
                "Give {argument} of {name} a default value: it is a setting.", argument=name, name=made.name
            )
            raise WrongText(sentence, argument.lineno)
        elif kind != METRIC:  # of a metric the text itself is all that there is to set
            if not is_name(name):
                raise WrongText(
                    tr("“{name}” cannot name a setting: choose another name.", name=name), argument.lineno
                )
            field = field_of(argument, defaults[name], help, paths=kind == DATA)
            fields.append(replace(field, name=f"{PREFIX}{name}"))
    returns = [s.lineno for s in own_statements(made) if isinstance(s, ast.Return) and s.value is not None]
    if not returns:
        raise WrongText(tr("{name} returns nothing.", name=made.name), made.lineno)
    return OwnFunction(made.name, made.lineno, max(returns), help, tuple(fields), tuple(given))
