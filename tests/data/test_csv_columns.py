from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data.csv_columns import Column, class_names, listed, understand
from nndesigner.data.csv_rows import Cells


def column_of(texts: list[str], delimiter: str = ",", name: str = "x", **more: Any) -> Column:
    different = list(dict.fromkeys(texts))
    cells = Cells(name, tuple(different), np.array([different.index(text) for text in texts], np.int32))
    options = {"category": False, "keep": False, "most_categories": 50, "first": False} | more
    return understand(cells, delimiter, **options)


@pytest.mark.parametrize(
    ("texts", "delimiter", "values"),
    [
        (["1", "-2.5", "+.5", "1e3", "2."], ",", [1, -2.5, 0.5, 1000, 2]),
        (["1,5", "-2,25", "3"], ";", [1.5, -2.25, 3]),
        (["1.5", "2", "3"], ";", [1.5, 2, 3]),
        (["1,234", "5", "1,000,000.5"], ",", [1234, 5, 1000000.5]),
        (["1", "NA", "", "?", "null", "n/a", "2"], ",", [1, None, None, None, None, None, 2]),
    ],
)
def test_numbers(texts: list[str], delimiter: str, values: list[float | None]) -> None:
    found = column_of(texts, delimiter)
    assert found.kind == "number" and found.wrong == ()
    assert found.values.tolist() == pytest.approx(
        [np.nan if value is None else value for value in values], nan_ok=True
    )


@pytest.mark.parametrize(
    "text", ["1_000", "0x10", "inf", "1e99", "1.2.3", "12 kg", "--5", "1" * 100_000 + "x"]
)
def test_what_only_resembles_a_number_is_told_by_row(text: str) -> None:
    found = column_of(["1", "2", "3", "4", text, "5"])
    assert found.kind == "number" and found.wrong == (4,)
    assert np.isnan(found.values[4])


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["2000-01-01", "2000-01-03", "1999-12-31"], [0, 2, -1]),
        (["2000-01-01T12:00", "2000-01-01 18:00:00"], [0.5, 0.75]),
        (["2000/1/2", "2000/2/1"], [1, 31]),
        (["02.01.2000", "01.02.2000"], [1, 31]),
        (["01/02/2000", "02/01/2000"], [1, 31]),  # nothing shows otherwise: the month first
        (["01/02/2000", "13/01/2000"], [31, 12]),  # a thirteenth month shows that the day comes first
    ],
)
def test_dates_become_days(texts: list[str], days: list[float]) -> None:
    found = column_of(texts)
    assert found.kind == "date" and found.values.tolist() == days


def test_impossible_dates_are_wrong_cells() -> None:
    found = column_of(["2001-02-27", "2001-02-28", "2001-02-29", "2001-03-01", "2001-03-02"])
    assert found.kind == "date" and found.wrong == (2,)


def test_texts_become_categories_in_alphabetical_order() -> None:
    found = column_of(["red", "blue", "", "red", "NA"])
    assert (found.kind, found.names) == ("category", ("blue", "red"))
    assert found.values[[0, 1, 3]].tolist() == [1, 0, 1] and np.isnan(found.values[[2, 4]]).all()


def test_numbers_may_be_named_as_categories() -> None:
    found = column_of(["8000", "3000", "8000"], category=True)
    assert (found.kind, found.names) == ("category", ("3000", "8000"))


def test_mixed_texts_and_numbers_are_categories() -> None:
    assert column_of(["1", "2", "3+", "3+", "1", "3+"]).kind == "category"


@pytest.mark.parametrize(
    ("texts", "more"),
    [
        ([f"person {i}" for i in range(30)], {}),
        ([f"kind {i % 60}" for i in range(300)], {}),
        ([str(i) for i in range(1, 20)], {"first": True}),
        (["17", "3", "99", "4", "5"], {"name": "user_id"}),
        (["17", "3", "99", "4", "5"], {"name": "customerID"}),
    ],
)
def test_columns_that_only_tell_rows_apart_are_marks_unless_kept(
    texts: list[str], more: dict[str, Any]
) -> None:
    assert column_of(texts, **more).kind == "mark"
    assert column_of(texts, **more, keep=True).kind in ("number", "category")


@pytest.mark.parametrize(
    ("texts", "more"),
    [
        (["17", "3", "99", "4", "5"], {"name": "humid"}),  # no word of its own
        (["17", "3", "99", "3", "5"], {"name": "id"}),  # two rows alike
        ([str(i) for i in range(1, 20)], {"first": False, "name": "steps"}),
        ([str(i) for i in range(1990, 2010)], {"first": True, "name": "year"}),
    ],
)
def test_other_whole_numbers_are_numbers(texts: list[str], more: dict[str, Any]) -> None:
    assert column_of(texts, **more).kind == "number"


def test_nothing_but_gaps_is_empty() -> None:
    assert column_of(["", "NA", "  ".strip()]).kind == "empty"


def test_class_names_in_their_natural_order() -> None:
    cells = Cells("y", ("10", "9", "no", "yes"), np.array([0, 1, 0, 2, 3], np.int32))
    assert class_names(cells, np.arange(3), ",") == ("9", "10")
    assert class_names(cells, np.arange(5), ",") == ("10", "9", "no", "yes")


def test_lists_of_names() -> None:
    known = ["a", "b c", "d, e"]
    assert listed(" a ; b c", known, "a, b c", "Keep") == ("a", "b c")
    assert listed("d, e", known, "", "Keep") == ("d, e",)
    assert listed("  ", known, "", "Keep") == ()
    with pytest.raises(Refusal, match="“Keep” names the column “z”, which is not in the table"):
        listed("a, z", known, "a, b c", "Keep")
