"""Samples in groups: by class, by category, by numbers in bins; what is missing has a group of its own."""

from __future__ import annotations

import numpy as np
import pytest

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.data.grouping import MOST_GROUPS, choices, grouping

TABLE = DataField(
    name="table",
    role="input",
    kind="table",
    element="float",
    columns=("sex", "age"),
    preparation={
        "kind": "columns",
        "columns": [{"kind": "category", "size": 2, "names": ["m", "f"]}, {"kind": "number"}],
    },
)
KIND = DataField(name="kind", role="target", kind="class", element="int", classes=("a", "b"))
FIELDS = {"table": TABLE, "kind": KIND}
ARRAYS = {
    "table": np.array([[0, 10], [1, 20], [1, 30], [np.nan, 40]], np.float32),
    "kind": np.array([0, 1, 1, 1]),
}
ROWS = np.arange(4)


def codes(key: str, **options):
    made = grouping(FIELDS, ARRAYS, ROWS, key, **options)
    return made.names, made.codes(ARRAYS[made.choice.field]).tolist()


def test_everything_that_can_be_grouped_by_is_offered() -> None:
    assert [(c.key, c.label) for c in choices(FIELDS)] == [
        ("table/0", "sex"),
        ("table/1", "age"),
        ("kind", "kind"),
    ]


def test_categories_and_classes_keep_their_names_and_missing_ones_are_told() -> None:
    assert codes("table/0") == (("m", "f", "missing"), [0, 1, 1, 2])
    assert codes("kind")[1] == [0, 1, 1, 1]


def test_numbers_are_cut_into_bins_of_about_as_many() -> None:
    names, found = codes("table/1", bins=2)
    assert found == [0, 0, 1, 1] and names == ("below 25", "from 25", "missing")


def test_few_different_numbers_are_groups_themselves() -> None:
    names, found = codes("table/1", bins=5)
    assert names[:4] == ("10", "20", "30", "40") and found == [0, 1, 2, 3]


def test_many_categories_end_in_one_group() -> None:
    many = DataField(
        name="k", role="target", kind="class", element="int", classes=tuple(map(str, range(100)))
    )
    made = grouping({"k": many}, {"k": np.arange(100)}, np.arange(100), "k")
    assert len(made.names) == MOST_GROUPS + 2
    assert made.codes(np.array([0, 99, 70])).tolist() == [0, MOST_GROUPS, MOST_GROUPS]


def test_what_there_is_not_is_refused_with_what_there_is() -> None:
    with pytest.raises(Refusal, match=r"nothing called “x” to group by\. It has: table/0"):
        codes("x")
