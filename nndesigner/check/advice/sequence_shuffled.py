"""Samples that follow each other in time, drawn at random into the parts: the test lies between what was learned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nndesigner.base.fields import resolve
from nndesigner.base.problem import Problem, Remedy, Severity, Where
from nndesigner.base.text import tr
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.data.catalogue import source
from nndesigner.document.records import DataSource

DATES = frozenset({"date", "datetime", "timestamp"})
"""Words in a column's name that say when a row was. Others (“year”, “time”) as often say how long or how old."""


def _look(evidence: Evidence) -> Iterator[Problem]:
    data = evidence.document.data
    if data is None or not evidence.samples:
        return
    forecasts = any(
        head.target is not None and head.target.kind == "number" for head in evidence.checked.heads
    )
    read = [field for node in evidence.checked.inputs if (field := node.field) is not None]
    series = next((field for field in read if field.kind == "series" and forecasts), None)
    dated = next((name for field in read for name in field.columns if DATES & _words(name)), "")
    if (series is None and not dated) or not _drawn_at_random(data):
        return
    if series is not None:
        reason = tr(
            "The {all} series are drawn at random into training, validation and test: where they are windows of one"
            " long series, windows of {steps} steps in the test share values with those trained on, and the test says"
            " nothing about the future.",
            all=f"{data.counts.get('all', evidence.samples):,}",
            steps=series.sizes[0],
        )
    else:
        reason = tr(
            "The rows have a “{name}”, but all {all} are drawn at random into training, validation and test: the test"
            " days lie between days that were trained on, and the test says nothing about the future.",
            name=dated,
            all=f"{data.counts.get('all', evidence.samples):,}",
        )
    parameters = {**data.parameters, "in_order": True}
    yield Problem(
        Severity.HINT,
        "sequence-shuffled",
        Where(network=evidence.checked.network),
        reason,
        (Remedy("set_data", {"type": data.type, "parameters": parameters}, tr("Cut the parts in time")),),
    )


def _drawn_at_random(data: DataSource) -> bool:
    """Whether the source could cut its parts in time, and does not."""
    declared = source(data.type)  # after everything else: the first question reads every source's file
    if declared is None or not any(field.name == "in_order" for field in declared.parameters):
        return False
    return not resolve(declared.parameters, data.parameters)[0]["in_order"]


def _words(name: str) -> frozenset[str]:
    return frozenset(re.split(r"[^a-z]+", name.casefold()))


SEQUENCE_SHUFFLED = Rule(code="sequence-shuffled", evidence=frozenset({"graph", "data"}), look=_look)
