from __future__ import annotations

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from tests.session.projects import chain

DOCUMENT = chain("TableInput", "Linear", "ReLU", "Linear", "Output")


def test_all_of_them_get_the_value_and_one_step_goes_back() -> None:
    diff = edits.set_in_several(DOCUMENT, ["n1", "n3"], "out_features", 12)
    document = DOCUMENT.apply(diff)
    assert [document.node(id).parameters for id in ("n1", "n3")] == [{"out_features": 12}] * 2
    assert document.apply(diff.inverse()) == DOCUMENT
    back = document.apply(edits.reset_in_several(document, ["n1", "n3"], "out_features"))
    assert [back.node(id).parameters for id in ("n1", "n3")] == [{}, {}]


def test_where_one_refuses_nothing_is_done() -> None:
    with pytest.raises(Refusal):
        edits.set_in_several(DOCUMENT, ["n1", "n2"], "out_features", 12)


def test_ports_that_go_away_take_their_wires_with_them() -> None:
    document = chain("TableInput", "Add", "Add")
    for number in (1, 2):
        document = document.apply(edits.set_parameter(document, f"n{number}", "inputs", 3))
    document = document.apply(edits.connect(document, "n1", "y", "n2", "c"))
    document = document.apply(edits.connect(document, "n0", "y", "n1", "c"))
    assert len(document.edges) >= 3
    after = document.apply(edits.set_in_several(document, ["n1", "n2"], "inputs", 2))
    assert not [edge for edge in after.edges if edge.in_port == "c"]
