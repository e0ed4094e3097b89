"""Weights that do not move although they are meant to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndesigner.check.advice.rule import Evidence
from nndesigner.check.alarms.alarms import raised_by
from nndesigner.check.alarms.measured import Looks, Measured
from nndesigner.check.check import check
from nndesigner.document import edits
from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import alarms_of, ids_of, name_at, only, run


def test_steps_that_move_nothing_are_told_and_larger_ones_offered(tmp_path: Path) -> None:
    document = rectified(epochs=2, learning_rate=1e-12)
    problem = only(document, alarms_of(document, *run(document, tmp_path)), "run-unchanged")
    assert name_at(document, problem) == "linear1" and "and 2 layers more" in problem.message
    assert "limit: 1e-07" in problem.message
    assert problem.remedies[0].arguments == {"values": {"learning_rate": 1e-11}}


@pytest.mark.parametrize("learning", [{"frozen": True}, {"frozen": True, "unfreeze": 1}])
def test_frozen_weights_are_meant_to_rest(tmp_path: Path, learning: dict[str, object]) -> None:
    """Also those that learn after an epoch."""
    document = rectified(epochs=2)
    first = next(node for node in document.nodes() if node.type == "Linear")
    document = document.apply(edits.set_learning(document, [first.id], learning))
    assert alarms_of(document, *run(document, tmp_path)) == []


def test_a_network_that_has_learned_everything_may_rest() -> None:
    document = rectified()
    nodes = tuple(ids_of(document, "Linear"))
    still = Looks(tuple(range(6)), nodes, {"ratio": np.zeros((6, len(nodes)))})
    for losses, codes in (([1.0, 0.5], ["run-unchanged"]), ([1.0, 0.0], [])):
        found = Measured(
            updates=still, health=Looks(nodes=nodes), curves={("train", "epoch loss"): np.array(losses)}
        )
        evidence = Evidence(document=document, checked=check(document), run=found)
        assert [p.code for p in raised_by(evidence, {})] == codes
