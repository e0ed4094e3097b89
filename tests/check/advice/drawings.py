"""Small networks for the tests of advice, and the remedies of a problem applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Problem, Severity
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.networks import chain

ROW = DataField(name="row", role="input", kind="table", element="float", axes=(("feature", 5),))
SERIES = DataField(
    name="wave", role="input", kind="series", element="float", axes=(("time", 50), ("feature", 1))
)
YES_NO = DataField(name="answer", role="target", kind="class", element="int", classes=("no", "yes"))
THREE = DataField(name="kind", role="target", kind="class", element="int", classes=("a", "b", "c"))
NUMBER = DataField(
    name="price",
    role="target",
    kind="number",
    element="float",
    axes=(("feature", 1),),
    statistics={"minimum": 25.0, "maximum": 346.0},
    preparation={"kind": "affine", "axis": -1, "offset": [152.0], "scale": [77.0]},
)


def rows(*steps: tuple[str, Mapping[str, Any]] | str, target: DataField = THREE) -> Document:
    """Table rows through the layers to an output; a bare type takes its defaults."""
    middle = [(step, {}) if isinstance(step, str) else step for step in steps]
    return chain([("TableInput", {}), *middle, ("Output", {})], [ROW, target])


def with_counts(document: Document, train: int) -> Document:
    assert document.data is not None
    return document.apply(
        edits.set_found(document, document.data.fields, {"all": train, "train": train}, "f")
    )


def advice(document: Document, code: str) -> list[Problem]:
    """The problems of one rule; the network has no errors."""
    checked = check(document)
    assert checked.ok, checked.errors
    return [p for p in checked.problems if p.code == code and p.severity is not Severity.ERROR]


def names(document: Document, problems: Sequence[Problem]) -> list[str]:
    return [document.node(p.where.node).name for p in problems]


def after_remedy(document: Document, problem: Problem, choice: int = 0) -> Document:
    remedy = problem.remedies[choice]
    return document.apply(edits.VERBS[remedy.verb](document, **remedy.arguments))


def mended(document: Document, code: str) -> Document:
    """The document after the remedy of every problem with the code, one after the other, until none is left."""
    assert advice(document, code), f"nothing is said of {code}"
    for _ in range(8):
        found = advice(document, code)
        if not found:
            return document
        document = after_remedy(document, found[0])
    raise AssertionError(f"{code} stays whatever its remedies do")


def types(document: Document) -> list[str]:
    return [node.record.type for node in check(document).nodes]
