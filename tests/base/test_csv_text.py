"""CSV that a spreadsheet opens as what it is."""

from __future__ import annotations

import csv
import io
import math
import re
from pathlib import Path

import numpy as np
import pytest

import nndesigner
from nndesigner.base.csv_text import csv_text

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\r=1",
    "=cmd|'/c calc'!A1",
    '=HYPERLINK("http://example.org","x")',
    "-2+3+cmd|' /C calc'!D2",
    "+A1,B2",
    '@"a"',
    "\t=1\n=2",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula(text: str) -> None:
    said = csv_text([text], [[text, "a=b"]])
    rows = list(csv.reader(io.StringIO(said, newline="")))
    assert rows == [["'" + text], ["'" + text, "a=b"]]


@pytest.mark.parametrize("text", ["x", "1", "", "'=1", " =1", "a-b", "é", "1,5", '"'])
def test_other_text_stays_as_it_is(text: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_text([], [[text, 1]]), newline=""))
    assert row == [text, "1"]


NUMBERS = (-1, 0, -0.1, 1e-300, 0.1 + 0.2, 123456789.123456789, -5e22, 2**63, True, 5e-324, -0.0)


@pytest.mark.parametrize("number", [*NUMBERS, np.float64(-0.1), np.float32(-0.1), np.int64(-7)], ids=repr)
def test_numbers_stay_numbers(number: float) -> None:
    (row,) = csv.reader(io.StringIO(csv_text([], [[number, None]]), newline=""))
    assert not row[0].startswith("'") and row[1] == ""
    if isinstance(number, bool):
        assert row[0] == "True"
    else:
        assert type(number)(row[0]) == number
        assert math.copysign(1, float(row[0])) == math.copysign(1, number)


def test_numbers_that_are_none_can_be_read_again() -> None:
    (row,) = csv.reader(io.StringIO(csv_text([], [[float("nan"), float("-inf")]]), newline=""))
    assert math.isnan(float(row[0]))
    assert float(row[1]) == -math.inf


def test_cells_with_commas_quotes_and_line_ends_come_back_as_they_were() -> None:
    cells = ['a,"b"', "two\nlines", "é"]
    said = csv_text(cells, [cells])
    assert list(csv.reader(io.StringIO(said, newline=""))) == [cells, cells]
    assert said.endswith("\r\n")


def test_all_csv_is_written_in_one_place() -> None:
    package = Path(nndesigner.__file__).parent
    writers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"csv\.(Dict)?[wW]riter\(", path.read_text(encoding="utf-8"))
    }
    # The script that trains without nndesigner writes names of its own and numbers, no text of anybody.
    assert writers == {"base/csv_text.py", "compiler/script_text.py"}
