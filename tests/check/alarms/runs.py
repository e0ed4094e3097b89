"""Runs of the real trainer in this process, watched as the window watches them, and what the alarms say of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nndesigner.base.problem import Problem
from nndesigner.check.advice.rule import Evidence
from nndesigner.check.alarms.alarms import Limits, raised_by
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.protocol.controls import Subscription
from nndesigner.runs.history import RunHistory
from nndesigner.runs.measured import WATCHED, measured
from nndesigner.training.loop import Trainer
from tests.training.small import Recorder, trainer


def run(
    document: Document,
    folder: Path,
    prepare: Callable[[Trainer], object] = lambda it: None,
    every: int = 1,
) -> tuple[RunHistory, dict[str, Any]]:
    """A whole run of the document's plan, looked at every so many steps, and its result; `prepare` may change the
    weights before the first step."""
    link = Recorder()
    it = trainer(document, folder, link)
    it.monitor.subscribe([Subscription("", name) for name in WATCHED])
    step = it.count
    taken = 0

    def looked(*arguments: Any) -> None:
        nonlocal taken
        step(*arguments)
        taken += 1
        if taken % every == 0:
            it.monitor.look(it.at.step, it.epochs)

    it.count = looked  # type: ignore[method-assign]
    it.start()
    prepare(it)
    result = it.train()
    history = RunHistory()
    for message in link.messages:
        history.take(message)
    return history, result


def alarms_of(
    document: Document, history: RunHistory, result: dict[str, Any], limits: Limits | None = None
) -> list[Problem]:
    blame = result["sentence"] if result["state"] == "diverged" else ""
    found = measured(history, result["blamed"], blame)
    return raised_by(Evidence(document=document, checked=check(document), run=found), limits or {})


def name_at(document: Document, problem: Problem) -> str:
    return document.node(problem.where.node).name


def ids_of(document: Document, type: str) -> list[str]:
    return [node.id for node in document.nodes() if node.type == type]


def only(document: Document, problems: list[Problem], code: str) -> Problem:
    """The one problem of this code, and that there is no other."""
    assert [problem.code for problem in problems] == [code]
    return problems[0]


def mended(document: Document, problem: Problem, number: int = 0) -> Document:
    """The document after one of the remedies was pressed."""
    remedy = problem.remedies[number]
    return document.apply(edits.VERBS[remedy.verb](document, **remedy.arguments))
