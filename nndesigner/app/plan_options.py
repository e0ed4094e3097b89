"""Every setting of the training plan as an option of a command: declared once, in `document/plan.py`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any

from nndesigner.base.fields import BadValue, BoolField, ChoiceField, Field
from nndesigner.base.text import tr
from nndesigner.document.plan import PLAN_FIELDS

_PREFIX = "plan_"


def add_plan_options(parser: ArgumentParser) -> None:
    """`--epochs`, `--batch-size` and so on; what is not given stays as the project has it."""
    group = parser.add_argument_group(tr("training plan, instead of what the project says"))
    for field in PLAN_FIELDS:
        group.add_argument(
            "--" + field.name.replace("_", "-"),
            dest=_PREFIX + field.name,
            type=_reader(field),
            metavar=_word(field),
            help=_escape(field.help),
        )


def given_plan(options: Namespace) -> dict[str, Any]:
    """The settings that were given, by field name, checked."""
    given = ((field.name, getattr(options, _PREFIX + field.name)) for field in PLAN_FIELDS)
    return {name: value for name, value in given if value is not None}


def _reader(field: Field) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return field.parse(text)
        except BadValue as error:
            raise ArgumentTypeError(str(error)) from None

    return read


def _word(field: Field) -> str:
    if isinstance(field, ChoiceField):
        return "|".join(field.choices)
    if isinstance(field, BoolField):
        return "yes|no"
    return {"int": "N", "float": "X"}.get(field.kind, "WORD")


def _escape(text: str) -> str:
    return text.replace("%", "%%")
