from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nndesigner.base.expressions import BadExpression, is_expression, read

NAMES = {"channels": 16, "stride": 2, "rate": 0.5, "wide": True, "kind": "relu"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("=channels*4", 64),
        ("channels // 3 + 1", 6),
        ("-channels", -16),
        ("channels * rate", 8.0),
        ("stride if channels > 8 else 1", 2),
        ("not wide", False),
        ("wide and stride == 1", False),
        ("1 < stride <= 2", True),
        ("kind == 'relu'", True),
        ("max(channels, 20) % 7", 6),
        ("2 ** 10", 1024),
        ("round(channels / 3)", 5),
    ],
)
def test_values(text: str, value: object) -> None:
    found = read(text).value(NAMES)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("depth + 1", "“depth” is not known here"),
        ("channels / 0", "divides by zero"),
        ("kind * 2", "no number"),
        ("2 ** 65", "exponent"),
        ("(10 ** 15) * 10", "too large"),
        ("x.y", "no expression"),
        ("__import__('os')", "no expression"),
        ("print(1)", "no expression"),
        ("[1]", "no expression"),
        ("lambda: 1", "no expression"),
        ("a := 1", "no expression"),
        ("", "no expression"),
        ("1 +", "no expression"),
        ("channels(2)", "no expression"),
        ("1" * 300, "at most 200"),
        ("(" * 150, "no expression"),
        ("f'{channels}'", "no expression"),
    ],
)
def test_what_cannot_be_worked_out_is_said(text: str, said: str) -> None:
    with pytest.raises(BadExpression, match=said):
        read(text).value(NAMES)


def test_names_are_those_that_are_used() -> None:
    assert read("=channels*4 if index == 0 else min(a, 2)").names == {"channels", "index", "a"}


@pytest.mark.parametrize(
    ("value", "said"), [("=a", True), ("a", False), (3, False), (None, False), ("", False)]
)
def test_an_expression_begins_with_an_equals_sign(value: object, said: bool) -> None:
    assert is_expression(value) is said


_numbers = st.integers(-50, 50).map(str) | st.sampled_from(sorted({"channels", "stride", "rate"}))
_expressions = st.recursive(
    _numbers,
    lambda inner: st.tuples(
        inner, st.sampled_from(["+", "-", "*", "//", "%", "<", "==", "and", "or"]), inner
    ).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=12,
)


@given(_expressions)
def test_it_computes_as_python_does(text: str) -> None:
    try:
        expected = eval(
            compile(ast.parse(text, mode="eval"), "text", "eval"), {"__builtins__": {}}, dict(NAMES)
        )
    except ZeroDivisionError:
        with pytest.raises(BadExpression):
            read(text).value(NAMES)
        return
    try:
        assert read(text).value(NAMES) == expected
    except BadExpression as error:
        assert "at most" in str(error) or "too large" in str(error)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text).value(NAMES)
    except BadExpression as error:
        assert str(error).endswith(".")
