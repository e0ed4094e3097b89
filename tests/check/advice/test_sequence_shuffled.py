from __future__ import annotations

from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.check.advice.drawings import NUMBER, SERIES, YES_NO, advice, after_remedy
from tests.networks import chain

CODE = "sequence-shuffled"


def series(target: DataField, type: str = "numpy", **parameters: Any) -> Document:
    steps = [("SequenceInput", {}), ("LSTM", {}), ("Linear", {"out_features": 1}), ("Output", {})]
    return found(chain(steps, [SERIES, target]), (SERIES, target), type, parameters)


def found(document: Document, fields: Any, type: str, parameters: Any) -> Document:
    document = document.apply(edits.set_data(document, type, parameters))
    return document.apply(edits.set_found(document, fields, {"all": 951, "train": 700}, "f"))


def days(name: str, **parameters: Any) -> Document:
    table = DataField(
        name="table",
        role="input",
        kind="table",
        element="float",
        axes=(("feature", 2),),
        columns=(name, "open"),
    )
    steps = [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})]
    return found(chain(steps, [table, NUMBER]), (table, NUMBER), "csv", parameters)


def test_windows_of_a_series_that_are_drawn_at_random() -> None:
    document = series(NUMBER)
    (problem,) = advice(document, CODE)
    assert "The 951 series" in problem.message and "windows of 50 steps" in problem.message
    after = after_remedy(document, problem)
    assert after.data is not None and after.data.parameters == {"in_order": True}


def test_cut_in_time_already() -> None:
    assert advice(series(NUMBER, in_order=True), CODE) == []
    assert advice(series(NUMBER, type="sine"), CODE) == []


def test_series_that_are_told_apart_may_be_shuffled() -> None:
    assert advice(series(YES_NO), CODE) == []


def test_rows_with_dates() -> None:
    (problem,) = advice(days("Trading date"), CODE)
    assert "“Trading date”" in problem.message and "951" in problem.message
    assert advice(days("Trading date", in_order=True), CODE) == []
    assert advice(days("update_rate"), CODE) == []
