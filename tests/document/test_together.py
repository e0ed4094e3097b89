"""Several edits as one step: all of them, or none."""

from __future__ import annotations

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from tests.session.projects import classifier


def test_each_edit_sees_what_the_ones_before_have_done() -> None:
    document = classifier()
    wire = document.wire_into("n3", "x")
    assert wire is not None
    steps = [
        {"verb": "replace", "arguments": {"ids": ["n2"], "type": "ReLU"}},
        {
            "verb": "insert_on_wire",
            "arguments": {"edge": wire.id, "type": "Dropout", "parameters": {"p": 0.2}, "id": "d"},
        },
        {"verb": "set_comment", "arguments": {"node": "d", "comment": "drops"}},
    ]
    diff = edits.together(document, steps)
    after = document.apply(diff)
    assert after.node("n2").type == "ReLU" and after.node("d").comment == "drops"
    assert after.apply(diff.inverse()) == document


def test_where_one_is_refused_none_is_done() -> None:
    document = classifier()
    good = {"verb": "set_comment", "arguments": {"node": "n1", "comment": "x"}}
    with pytest.raises(Refusal, match="not here any more"):
        edits.together(
            document, [good, {"verb": "set_comment", "arguments": {"node": "gone", "comment": ""}}]
        )
    for verb in ("together", "explode", None):
        with pytest.raises(Refusal, match="no edit"):
            edits.together(document, [good, {"verb": verb, "arguments": {}}])
    assert not edits.together(document, [])
