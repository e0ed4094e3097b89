"""Parameter fields: what they take, what they say of what they do not take, and how they show it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from nndesigner.base.fields import (
    AxisField,
    BadValue,
    BoolField,
    ChoiceField,
    Field,
    FloatField,
    IntField,
    SizesField,
    TextField,
    defaults,
    resolve,
)

UNITS = IntField(name="units", label="Units", default=4, minimum=1, maximum=100)
MANY = IntField(name="many", label="Many", default=0)
RATE = FloatField(name="rate", label="Rate", default=0.1, minimum=0.0, maximum=1.0, open_minimum=True)
BIAS = BoolField(name="bias", label="Bias", default=True)
MODE = ChoiceField(name="mode", label="Mode", default="a", choices={"a": "first way", "b": "second way"})
KERNEL = SizesField(name="kernel", label="Kernel", default=(3, 3), dimensions=2, minimum=1)
LENGTH = AxisField(name="length", label="Length")
CHANNELS = AxisField(name="channels", label="Channels", may_be_free=False)
NOTE = TextField(name="note", label="Note", longest=5)
ALL: tuple[Field, ...] = (UNITS, RATE, BIAS, MODE, KERNEL, LENGTH, CHANNELS, NOTE)
NONSENSE: list[Any] = [
    None,
    [],
    {},
    [1, 2, 3, 4],
    "nonsense!",
    -(10**30),
    10**30,
    1e300,
    math.nan,
    math.inf,
    b"x",
    "²",
]


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        (UNITS, 7, 7),
        (UNITS, 7.0, 7),
        (RATE, 1, 1.0),
        (KERNEL, 5, (5, 5)),
        (KERNEL, [3, 5], (3, 5)),
        (KERNEL, [4], (4, 4)),
        (LENGTH, "T", "T"),
        (LENGTH, " 12 ", 12),
        (LENGTH, "", ""),
        (CHANNELS, 3, 3),
        (CHANNELS, "", ""),
        (MODE, "b", "b"),
    ],
)
def test_values_are_kept_in_one_form(field: Field, given: Any, kept: Any) -> None:
    value = field.check(given)
    assert value == kept and type(value) is type(kept)
    assert field.check(value) == value


@pytest.mark.parametrize(
    ("field", "given"),
    [
        (UNITS, 0),
        (UNITS, 101),
        (UNITS, True),
        (UNITS, 1.5),
        (UNITS, "4"),
        (RATE, 0),
        (RATE, math.nan),
        (RATE, 2.0),
        (BIAS, 1),
        (MODE, "c"),
        (KERNEL, 0),
        (KERNEL, [1, 2, 3]),
        (KERNEL, [True, True]),
        (LENGTH, "N"),
        (LENGTH, 0),
        (LENGTH, "é"),
        (LENGTH, "x" * 33),
        (LENGTH, "²"),
        (CHANNELS, "C"),
        (NOTE, "longer"),
    ],
)
def test_a_value_out_of_place_is_refused_with_a_sentence_that_names_the_field(
    field: Field, given: Any
) -> None:
    with pytest.raises(BadValue) as refused:
        field.check(given)
    assert str(refused.value).startswith(field.label)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("field", ALL, ids=lambda field: str(field.name))
def test_nonsense_is_refused_or_taken_but_never_a_fault(field: Field) -> None:
    for value in NONSENSE:
        try:
            kept = field.check(value)
        except BadValue:
            continue
        assert field.check(kept) == kept
        assert isinstance(field.describe(kept), str)


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        (UNITS, " 12 ", 12),
        (UNITS, "1_0", 10),
        (MANY, "1500", 1500),
        (MANY, "1,500", 1500),
        (MANY, "1 500", 1500),
        (MANY, "1\u202f500\u202f000", 1_500_000),
        (MANY, "1_500_000", 1_500_000),
        (MANY, "-12,345,678", -12_345_678),
        (RATE, "1e-2", 0.01),
        (BIAS, "Off", False),
        (MODE, "Second way", "b"),
        (KERNEL, "3", (3, 3)),
        (KERNEL, "3 × 5", (3, 5)),
        (KERNEL, "(3, 5)", (3, 5)),
        (LENGTH, "seq", "seq"),
        (LENGTH, "28", 28),
    ],
)
def test_what_a_person_types_is_read(field: Field, typed: str, value: Any) -> None:
    assert field.parse(typed) == value


@pytest.mark.parametrize("field", [UNITS, RATE, BIAS, MODE, KERNEL], ids=lambda field: str(field.name))
def test_what_nobody_could_mean_is_refused(field: Field) -> None:
    with pytest.raises(BadValue, match=field.label):
        field.parse("cat")


@pytest.mark.parametrize("typed", ["1,5", "1,50", "1,5000", ",500", "1,", "1,500,0", "12,34"])
def test_a_comma_that_sets_no_thousands_apart_is_refused_and_explained(typed: str) -> None:
    with pytest.raises(BadValue, match=f"whole number, not “{typed}”: a comma only sets thousands apart"):
        MANY.parse(typed)


@pytest.mark.parametrize("typed", ["1 5", "1 500,000", "1.5", "1,500.0", "12 34", "", "1e3", "٣"])
def test_other_marks_make_no_whole_number(typed: str) -> None:
    with pytest.raises(BadValue, match="Many is a whole number, not"):
        MANY.parse(typed)


@pytest.mark.parametrize("field", ALL, ids=lambda field: str(field.name))
def test_what_is_shown_of_a_number_reads_back(field: Field) -> None:
    if field.default != "":
        assert field.parse(field.describe(field.default)) == field.default


def test_resolving_fills_in_defaults_and_says_what_fell_back() -> None:
    good, bad = resolve((UNITS, RATE, MODE), {"units": 9, "rate": 5.0, "foreign": 1})
    assert good == {"units": 9, "rate": 0.1, "mode": "a"}
    assert list(bad) == ["rate"] and "greater than 0 and at most 1; it is 5.0" in bad["rate"]
    assert defaults((UNITS, MODE)) == {"units": 4, "mode": "a"}


def test_an_open_minimum_says_its_upper_limit_too() -> None:
    with pytest.raises(BadValue, match="at most 1"):
        RATE.check(2.0)


def test_a_length_is_the_datas_a_number_or_a_name() -> None:
    assert LENGTH.size("", None) is None
    assert LENGTH.size("", 7) == 7
    assert LENGTH.size(5, 7) == 5
    free = LENGTH.size("T", 7)
    assert free is not None and free.names == {"T"}


def test_a_field_is_shown_while_it_has_an_effect() -> None:
    momentum = FloatField(name="m", label="m", default=0.0, shown_when=lambda values: values["mode"] == "b")
    assert not momentum.shown({"mode": "a"}) and momentum.shown({"mode": "b"}) and UNITS.shown({})


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (UNITS, "1 to 100"),
        (IntField(name="n", label="n", default=1, minimum=1), "at least 1"),
        (IntField(name="n", label="n", default=1), "any whole number"),
        (RATE, "greater than 0, at most 1"),
        (FloatField(name="f", label="f", default=1.0, minimum=0.0, open_minimum=True), "greater than 0"),
        (FloatField(name="f", label="f", default=1.0), "any number"),
        (BIAS, "yes or no"),
        (MODE, "first way | second way"),
        (KERNEL, "at least 1, for each axis"),
        (SizesField(name="k", label="k", default=(3,), dimensions=1, minimum=1, maximum=9), "1 to 9"),
        (LENGTH, "a number of at least 1, or as in the data, or a name that leaves it free"),
        (CHANNELS, "a number of at least 1, or as in the data"),
        (NOTE, ""),
    ],
)
def test_limits_are_said_in_a_few_words(field: Field, words: str) -> None:
    assert field.limits() == words
