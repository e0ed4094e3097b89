"""Weights that are far too large."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from nndesigner.document import edits
from nndesigner.document.plan import plan_values
from nndesigner.training.loop import Trainer
from tests.check.alarms.networks import rectified
from tests.check.alarms.runs import alarms_of, mended, name_at, run
from tests.training.small import chain


def one_large(it: Trainer) -> None:
    with torch.no_grad():
        it.compiled.get_submodule("linear2").weight[3, 3] = 12.0


def test_one_large_weight_is_told_with_its_size(tmp_path: Path) -> None:
    document = rectified(epochs=1)
    history, result = run(document, tmp_path, one_large)
    problem = next(p for p in alarms_of(document, history, result) if p.code == "run-large-weights")
    assert name_at(document, problem) == "linear2"
    assert "largest weight of linear2 is 1" in problem.message and "limit: 5" in problem.message
    rate = plan_values(document)[0]["learning_rate"]
    assert plan_values(mended(document, problem))[0]["learning_rate"] == rate / 10
    assert alarms_of(document, history, result, {"run-large-weights": {"size": 20.0}}) == []


def test_numbers_that_are_themselves_what_learns_may_be_large(tmp_path: Path) -> None:
    layers: list[tuple[str, dict[str, Any]]] = [
        ("TableInput", {}),
        ("Linear", {"out_features": 64}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ]
    document = chain("moons", layers, epochs=1)
    document = document.apply(
        edits.add_node(document, "Parameter", 0.0, 0.0, parameters={"to": "row", "sizes": "64"})
    )
    value = next(node for node in document.nodes() if node.type == "Parameter")
    first, second = (node for node in document.nodes() if node.type == "Linear")
    document = document.apply(edits.add_node(document, "Add", 0.0, 0.0))
    add = next(node for node in document.nodes() if node.type == "Add")
    (wire,) = (edge for edge in document.edges if edge.source == first.id)
    document = document.apply(edits.remove(document, [wire.id]))
    for source, target, port in ((first, add, "a"), (value, add, "b"), (add, second, "x")):
        document = document.apply(edits.connect(document, source.id, "y", target.id, port))

    def large(name: str) -> Callable[[Trainer], None]:
        def prepare(it: Trainer) -> None:
            with torch.no_grad():
                next(p for n, p in it.compiled.named_parameters() if n.startswith(name))[..., 0] = 12.0

        return prepare

    for name, told in (("linear1.weight", True), (value.name, False)):
        history, result = run(document, tmp_path / name, large(name))
        found = [p.code for p in alarms_of(document, history, result)]
        assert ("run-large-weights" in found) == told, name
