"""Which settings several layers have in common, and where their values differ. Pure functions of declarations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from nndesigner.base.expressions import Names
from nndesigner.base.fields import CodeField, Field, TextField, resolve
from nndesigner.base.text import tr

MOST_NAMED = 6


class Common(msgspec.Struct, frozen=True):
    """One field in several layers. `values` are those that there are, each once; `stored` says whether any layer has a
    value of its own, `shown` whether the field has an effect in every one of them."""

    field: Field
    values: tuple[Any, ...]
    stored: bool
    shown: bool

    @property
    def same(self) -> bool:
        return len(self.values) == 1

    @property
    def words(self) -> str:
        """The values as a person reads them, the first few; "" where all are the same."""
        if self.same:
            return ""
        said = [said_value(self.field, value) for value in self.values[:MOST_NAMED]]
        return " · ".join(said) + (" …" if len(self.values) > MOST_NAMED else "")


def said_value(field: Field, value: Any) -> str:
    """A value as the field says it; an expression as it is written."""
    try:
        return field.describe(value)
    except (TypeError, ValueError, AttributeError, IndexError):
        return str(value)


def common_fields(declared: Sequence[Sequence[Field]]) -> tuple[Field, ...]:
    """The fields that every one of several forms has: of the same name, kind and limits. What a field is by default,
    and its help, may differ. Names and code are a layer's own."""
    if not declared:
        return ()
    first, *others = declared
    known = [{field.name: _bare(field) for field in fields} for fields in others]
    return tuple(
        field
        for field in first
        if not isinstance(field, CodeField)
        and type(field) is not TextField
        and all(fields.get(field.name) == _bare(field) for fields in known)
    )


def _bare(field: Field) -> Field:
    return replace(field, default=None, help="", advanced=False)


def in_common(
    fields: Sequence[Field],
    forms: Sequence[Sequence[Field]],
    parameters: Sequence[Mapping[str, Any]],
    names: Names | None,
) -> tuple[Common, ...]:
    """Each of the common fields with what the layers have in it; `forms` and `parameters` are those of the layers."""
    resolved = [
        resolve(tuple(form), values, names or {})[0] for form, values in zip(forms, parameters, strict=True)
    ]
    found = []
    for field in fields:
        own = [next(f for f in form if f.name == field.name) for form in forms]
        values: list[Any] = []
        for settled, kept in zip(resolved, parameters, strict=True):
            raw = kept.get(field.name)
            value = raw if isinstance(raw, str) and raw.startswith("=") else settled[field.name]
            if value not in values:
                values.append(value)
        stored = any(
            field.name in kept and settled[field.name] != f.default
            for f, settled, kept in zip(own, resolved, parameters, strict=True)
        )
        shown = all(f.shown(settled) for f, settled in zip(own, resolved, strict=True))
        found.append(Common(field, tuple(values), stored, shown))
    return tuple(found)


def several_words(number: int) -> str:
    """What stands in a field whose values differ."""
    return tr("{number} values", number=number)
