from __future__ import annotations

from nndesigner.check.check import check
from tests.check.advice.drawings import rows
from tests.networks import chain


def test_a_network_without_data_says_so() -> None:
    document = chain([("TableInput", {"features": 4}), ("Linear", {}), ("Output", {})])
    checked = check(document)
    assert checked.ok, "it can be built all the same"
    assert [p.code for p in checked.problems] == ["no-data"]


def test_nothing_is_said_where_there_is_data() -> None:
    assert check(rows(("Linear", {"out_features": 3}))).problems == ()
