"""Typed parameters: one declaration gives the default, the limits, the help, the form and the check.

A field knows how to read a value from text or from a file, how to say what is wrong with it, and how to show it.
It does not know which layer, data source or training plan it belongs to.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from nndesigner.base.expressions import BadExpression, Names, is_expression, read
from nndesigner.base.shapes import Size, is_size_name
from nndesigner.base.text import tr

Values = Mapping[str, Any]
_SEPARATOR = re.compile(r"[ \u00a0\u202f,]")
_WHOLE = re.compile(r"[+-]?(?:\d+|\d{1,3}([ \u00a0\u202f,])\d{3}(?:\1\d{3})*)", re.ASCII)
"""digits, or groups of three set apart by the same sign throughout"""
_SEPARATED = re.compile(r"[+-]?[\d,]+", re.ASCII)


class BadValue(ValueError):
    """A value that a field refuses; `str()` is the sentence to show beside the field."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """What every kind of parameter has. `shown_when` hides a field while it has no effect."""

    name: str
    label: str
    default: Any
    help: str = ""
    unit: str = ""
    advanced: bool = False
    section: str = ""
    """the heading under which an advanced field is folded; that of all the rest where it is empty"""
    shown_when: Callable[[Values], bool] | None = field(default=None, compare=False)
    kind: ClassVar[str] = "field"

    def check(self, value: Any) -> Any:
        """The value in its canonical form. Raises BadValue with a sentence that names limits and value."""
        return value

    def settle(self, value: Any, names: Names) -> Any:
        """The canonical form of a saved value, expressions (`=channels * 4`) worked out. Raises BadValue."""
        return self.check(worked_out(self.label, value, names) if is_expression(value) else value)

    def parse(self, text: str) -> Any:
        """The value that a person typed."""
        return self.check(text)

    def describe(self, value: Any) -> str:
        """The value as a person reads it."""
        return str(value)

    def limits(self) -> str:
        """Which values the field takes, in a few words for a help page; "" where anything goes."""
        return ""

    def shown(self, values: Values) -> bool:
        return self.shown_when is None or self.shown_when(values)


@dataclass(frozen=True, kw_only=True)
class IntField(Field):
    minimum: int = -(2**31)
    maximum: int = 2**31 - 1
    kind: ClassVar[str] = "int"

    def check(self, value: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValue(
                tr("{label} is a whole number, not {value}.", label=self.label, value=_short(value))
            )
        if not self.minimum <= value <= self.maximum:
            raise BadValue(_outside(self.label, value, self.minimum, self.maximum))
        return value

    def parse(self, text: str) -> int:
        """Thousands may be set apart: 1500, 1,500, 1 500 and 1_500 are the same. "1,5" is no whole number."""
        typed = text.strip().replace("_", "")
        if _WHOLE.fullmatch(typed):
            return self.check(int(_SEPARATOR.sub("", typed)))
        words = {"label": self.label, "value": text[:40]}
        if "," in typed and _SEPARATED.fullmatch(typed):
            raise BadValue(
                tr(
                    "{label} is a whole number, not “{value}”: a comma only sets thousands apart, as in 1,500.",
                    **words,
                )
            )
        raise BadValue(tr("{label} is a whole number, not “{value}”.", **words))

    def limits(self) -> str:
        return _range(self.minimum, self.maximum) or tr("any whole number")


@dataclass(frozen=True, kw_only=True)
class FloatField(Field):
    minimum: float = -math.inf
    maximum: float = math.inf
    open_minimum: bool = False
    """whether the minimum itself is refused"""
    logarithmic: bool = False
    """whether a natural step multiplies (learning rates)"""
    slider_step: float = 0.0
    """from mark to mark of a slider over the whole range; 0 leaves it to the limits whether there is one"""
    kind: ClassVar[str] = "float"

    def check(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadValue(tr("{label} is a number, not {value}.", label=self.label, value=_short(value)))
        if not self.minimum <= value <= self.maximum or (self.open_minimum and value == self.minimum):
            raise BadValue(_outside(self.label, value, self.minimum, self.maximum, self.open_minimum))
        return float(value)

    def parse(self, text: str) -> float:
        try:
            return self.check(float(text.strip().replace("_", "")))
        except BadValue:
            raise
        except ValueError:
            raise BadValue(
                tr("{label} is a number, not “{value}”.", label=self.label, value=text[:40])
            ) from None

    def describe(self, value: Any) -> str:
        return f"{value:g}"

    def limits(self) -> str:
        return _range(self.minimum, self.maximum, self.open_minimum) or tr("any number")


@dataclass(frozen=True, kw_only=True)
class BoolField(Field):
    default: bool = False
    kind: ClassVar[str] = "bool"

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise BadValue(tr("{label} is yes or no, not {value}.", label=self.label, value=_short(value)))
        return value

    def parse(self, text: str) -> bool:
        word = text.strip().lower()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
        raise BadValue(tr("{label} is yes or no, not “{value}”.", label=self.label, value=text[:40]))

    def describe(self, value: Any) -> str:
        return tr("yes") if value else tr("no")

    def limits(self) -> str:
        return tr("yes or no")


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """One of a fixed set; `choices` maps the saved word to the label that people see."""

    choices: Mapping[str, str]
    kind: ClassVar[str] = "choice"

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            raise BadValue(
                tr(
                    "{label} is one of {known}; not {value}.",
                    label=self.label,
                    known=", ".join(self.choices),
                    value=_short(value),
                )
            )
        return value

    def parse(self, text: str) -> str:
        for word, label in self.choices.items():
            if text.strip().lower() in (word.lower(), label.lower()):
                return word
        return self.check(text.strip())

    def describe(self, value: Any) -> str:
        return self.choices.get(value, str(value))

    def limits(self) -> str:
        return " | ".join(tr(label) for label in self.choices.values())


@dataclass(frozen=True, kw_only=True)
class TextField(Field):
    default: str = ""
    longest: int = 10_000
    kind: ClassVar[str] = "text"

    def settle(self, value: Any, names: Names) -> Any:
        return self.check(value)  # a text may begin with any sign

    def check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise BadValue(tr("{label} is text, not {value}.", label=self.label, value=_short(value)))
        if len(value) > self.longest:
            raise BadValue(tr("{label} has at most {most} characters.", label=self.label, most=self.longest))
        return value


@dataclass(frozen=True, kw_only=True)
class CodeField(TextField):
    """The text of a Python module; `reads` says what it is read as: "layer" (`layers/custom_code.py`), or one of the
    kinds of `base/own_functions.py`."""

    longest: int = 100_000
    reads: str = "layer"
    kind: ClassVar[str] = "code"

    def describe(self, value: Any) -> str:
        return tr("{n} lines", n=len(str(value).splitlines()))


@dataclass(frozen=True, kw_only=True)
class PathField(TextField):
    """A file or folder, relative to the project file where it lies beside it."""

    folder: bool = False
    filters: str = ""
    """such as "CSV tables (*.csv *.tsv)", for the file dialog"""
    kind: ClassVar[str] = "path"


@dataclass(frozen=True, kw_only=True)
class DataFieldField(TextField):
    """The name of a field of the project's data; "" takes the first that fits."""

    role: str = "input"
    """"input" or "target": which fields are offered"""
    kind: ClassVar[str] = "data-field"


@dataclass(frozen=True, kw_only=True)
class SizesField(Field):
    """One integer per spatial dimension (kernel, stride, padding); one number typed stands for all of them.

    Saved as a list of `dimensions` integers.
    """

    dimensions: int
    minimum: int = 0
    maximum: int = 65_536
    kind: ClassVar[str] = "sizes"

    def settle(self, value: Any, names: Names) -> Any:
        if isinstance(value, list | tuple):
            value = [worked_out(self.label, v, names) if is_expression(v) else v for v in value]
        return super().settle(value, names)

    def check(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, int) and not isinstance(value, bool):
            value = (value,) * self.dimensions
        if not isinstance(value, list | tuple) or not all(
            isinstance(v, int) and not isinstance(v, bool) for v in value
        ):
            raise BadValue(
                tr("{label} is whole numbers, not {value}.", label=self.label, value=_short(value))
            )
        if len(value) == 1:
            value = tuple(value) * self.dimensions
        if len(value) != self.dimensions:
            raise BadValue(
                tr(
                    "{label} has {want} numbers; here are {have}.",
                    label=self.label,
                    want=self.dimensions,
                    have=len(value),
                )
            )
        for v in value:
            if not self.minimum <= v <= self.maximum:
                raise BadValue(_outside(self.label, v, self.minimum, self.maximum))
        return tuple(value)

    def parse(self, text: str) -> tuple[int, ...]:
        words = text.replace("x", " ").replace("×", " ").replace(",", " ").strip("()[] ").split()
        try:
            return self.check([int(word) for word in words])
        except BadValue:
            raise
        except ValueError:
            raise BadValue(
                tr(
                    "{label} is whole numbers such as 3 or 3 × 5, not “{value}”.",
                    label=self.label,
                    value=text[:40],
                )
            ) from None

    def describe(self, value: Any) -> str:
        return str(value[0]) if len(set(value)) == 1 else " × ".join(str(v) for v in value)

    def limits(self) -> str:
        each = _range(self.minimum, self.maximum if self.maximum < 65_536 else math.inf)
        return each if self.dimensions == 1 else tr("{each}, for each axis", each=each)


@dataclass(frozen=True, kw_only=True)
class AxisField(Field):
    """The length of an input axis: "" = as in the data, an integer, or a name such as "T" that leaves it free."""

    default: str | int = ""
    may_be_free: bool = True
    """False for axes that weights and preparation depend on, such as channels"""
    kind: ClassVar[str] = "axis"

    def check(self, value: Any) -> str | int:
        if isinstance(value, int) and not isinstance(value, bool):
            if not 1 <= value <= 2**31 - 1:
                raise BadValue(_outside(self.label, value, 1, 2**31 - 1))
            return value
        if isinstance(value, str):
            text = value.strip()
            if text == "" or (self.may_be_free and is_size_name(text)):
                return text
            if text.isascii() and text.isdigit() and len(text) <= 12:
                return self.check(int(text))
        if not self.may_be_free:
            raise BadValue(
                tr(
                    "{label} is a number, or empty to follow the data; not {value}.",
                    label=self.label,
                    value=_short(value),
                )
            )
        raise BadValue(
            tr(
                "{label} is a number, a name such as T that leaves it free, or empty to follow the data; not {value}.",
                label=self.label,
                value=_short(value),
            )
        )

    def settle(self, value: Any, names: Names) -> Any:
        return self.check(value)

    def size(self, value: str | int, from_data: int | None) -> Size | None:
        """The axis length, or None where it should follow the data and there is none."""
        if value == "":
            return None if from_data is None else Size.of(from_data)
        return Size.of(value)

    def describe(self, value: Any) -> str:
        return tr("as in the data") if value == "" else str(value)

    def limits(self) -> str:
        number = tr("a number of at least 1, or as in the data")
        return tr("{number}, or a name that leaves it free", number=number) if self.may_be_free else number


def defaults(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {f.name: f.default for f in fields}


def worked_out(label: str, value: str, names: Names) -> Any:
    """The value of an expression; a whole number where it is one. Raises BadValue with the field's label."""
    try:
        found = read(value).value(names)
    except BadExpression as error:
        raise BadValue(tr("{label}: {sentence}", label=label, sentence=error)) from None
    return int(found) if isinstance(found, float) and found.is_integer() else found


def resolve(
    fields: tuple[Field, ...], values: Values, names: Names = MappingProxyType({})
) -> tuple[dict[str, Any], dict[str, str]]:
    """Every field's value, checked, defaults filled in; and a sentence for each that had to fall back to its default.

    `names` are the names that expressions may use. Keys that no field declares are left out of the result (they stay
    in the record that holds them).
    """
    good: dict[str, Any] = {}
    bad: dict[str, str] = {}
    for f in fields:
        try:
            good[f.name] = f.settle(values.get(f.name, f.default), names)
        except BadValue as error:
            good[f.name] = f.default
            bad[f.name] = str(error)
    return good, bad


def _short(value: Any) -> str:
    text = f"“{value}”" if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _range(low: float, high: float, open_minimum: bool = False) -> str:
    """ "1 to 64", "at least 1", "greater than 0"; "" where there is no limit (for whole numbers: 2³¹ is none)."""
    from_below = low in (-math.inf, -(2**31))
    to_above = high in (math.inf, 2**31 - 1)
    words = {"low": f"{low:,}" if isinstance(low, int) else f"{low:g}"}
    words["high"] = f"{high:,}" if isinstance(high, int) else f"{high:g}"
    if from_below and to_above:
        return ""
    if to_above:
        return tr("greater than {low}", **words) if open_minimum else tr("at least {low}", **words)
    if from_below:
        return tr("at most {high}", **words)
    if open_minimum:
        return tr("greater than {low}, at most {high}", **words)
    return tr("{low} to {high}", **words)


def _outside(label: str, value: Any, low: float, high: float, open_minimum: bool = False) -> str:
    words = {"label": label, "low": f"{low:g}", "high": f"{high:g}", "value": value}
    if isinstance(low, int):
        words |= {"low": low, "high": high}
    unlimited = high in (math.inf, 2**31 - 1)
    if open_minimum and unlimited:
        return tr("{label} must be greater than {low}; it is {value}.", **words)
    if open_minimum:
        return tr("{label} must be greater than {low} and at most {high}; it is {value}.", **words)
    if unlimited:
        return tr("{label} is at least {low}; it is {value}.", **words)
    return tr("{label} lies between {low} and {high}; it is {value}.", **words)
