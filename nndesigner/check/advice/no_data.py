"""A network without data can be checked and built, but not trained."""

from __future__ import annotations

from collections.abc import Iterator

from nndesigner.base.problem import Problem, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule


def _look(evidence: Evidence) -> Iterator[Problem]:
    if evidence.document.data is None and evidence.checked.nodes:
        yield Problem(
            Severity.HINT,
            "no-data",
            Where(network=evidence.checked.network),
            tr("The project has no data yet: choose some on the data page to train."),
        )


NO_DATA = Rule(code="no-data", evidence=frozenset({"data"}), look=_look)
