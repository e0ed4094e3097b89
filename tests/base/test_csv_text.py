"""CSV that a spreadsheet opens as what it is."""

from __future__ import annotations

import csv
import io
import math

import pytest

from nndesigner.base.csv_text import csv_text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "=cmd|'/c calc'!A1"])
def test_text_is_never_a_formula(text: str) -> None:
    said = csv_text([text], [[text, "a=b"]])
    rows = list(csv.reader(io.StringIO(said, newline="")))
    assert rows == [["'" + text], ["'" + text, "a=b"]]


@pytest.mark.parametrize("number", [-1, 0, -0.1, 1e-300, 0.1 + 0.2, 123456789.123456789, -5e22])
def test_numbers_stay_numbers(number: float) -> None:
    (row,) = csv.reader(io.StringIO(csv_text([], [[number, None]]), newline=""))
    assert (float(row[0]), row[1]) == (number, "")


def test_numbers_that_are_none_can_be_read_again() -> None:
    (row,) = csv.reader(io.StringIO(csv_text([], [[float("nan"), float("-inf")]]), newline=""))
    assert math.isnan(float(row[0]))
    assert float(row[1]) == -math.inf


def test_cells_with_commas_quotes_and_line_ends_come_back_as_they_were() -> None:
    cells = ['a,"b"', "two\nlines", "é"]
    said = csv_text(cells, [cells])
    assert list(csv.reader(io.StringIO(said, newline=""))) == [cells, cells]
    assert said.endswith("\r\n")
