from __future__ import annotations

import tracemalloc
from itertools import chain
from typing import Any

from nndesigner.check.advice.rule import Evidence
from nndesigner.check.advice.saturation import SATURATION
from nndesigner.check.check import check
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Network, Node
from tests.check.advice.drawings import YES_NO, advice, mended, rows, types

CODE = "saturation"


def deep(count: int, activation: str) -> list[Any]:
    return list(chain.from_iterable(["Linear", activation] for _ in range(count)))


def test_five_tanhs_in_a_row() -> None:
    document = rows(*deep(5, "Tanh"), ("Linear", {"out_features": 3}))
    (problem,) = advice(document, CODE)
    assert problem.message.startswith("5 ")
    assert types(mended(document, CODE)).count("ReLU") == 5


def test_the_activation_of_the_output_does_not_count() -> None:
    assert (
        advice(rows(*deep(4, "Sigmoid"), ("Linear", {"out_features": 1}), "Sigmoid", target=YES_NO), CODE)
        == []
    )


def test_relus_may_be_as_many_as_one_likes() -> None:
    assert advice(rows(*deep(9, "ReLU"), ("Linear", {"out_features": 3})), CODE) == []


def test_a_very_deep_network_is_looked_at_in_a_moment() -> None:
    records: list[Network | Node | Edge] = [Network(id="main")]
    for i in range(4000):
        kind = "TableInput" if i == 0 else "Sigmoid" if i < 3999 else "Output"
        values = {"features": 3} if i == 0 else {}
        records.append(Node(id=f"n{i}", network="main", type=kind, name=f"layer{i}", parameters=values))
        if i:
            records.append(Edge(id=f"e{i}", source=f"n{i - 1}", out_port="y", target=f"n{i}", in_port="x"))
    evidence = Evidence(document=Document(records), checked=check(Document(records)))
    tracemalloc.start()
    (problem,) = SATURATION.look(evidence)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert problem.message.startswith("3997 sigmoids") and len(problem.remedies[0].arguments["ids"]) == 3997
    assert most < 4 << 20, "a path kept for every layer takes 64 MB"
