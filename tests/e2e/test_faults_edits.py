"""An edit that breaks off anywhere inside leaves document and history as they were, or is done whole (row U3)."""

from __future__ import annotations

import inspect
import os
import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

import nndesigner
from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.writer import encode
from nndesigner.session.checking import Checking
from nndesigner.session.editing import Editing
from tests.document.random_edits import ARGUMENTS, Script, _NothingToChoose, start

CASES = 2_000
HOME = os.path.dirname(nndesigner.__file__)


class Planned(Exception):
    pass


class BreakingOff:
    """Raises at the `number`-th call of a function of the program (0: never), and counts the calls."""

    def __init__(self, number: int) -> None:
        self.number, self.calls = number, 0

    def __enter__(self) -> BreakingOff:
        sys.setprofile(self._called)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, argument: object) -> None:
        if event != "call" or frame.f_code.co_flags & inspect.CO_GENERATOR:
            return  # an error while a generator is thrown away reaches nobody
        if frame.f_code.co_filename.startswith(HOME):
            self.calls += 1
            if self.calls == self.number:
                raise Planned


def state(editing: Editing) -> tuple[bytes, Any, Any, bool]:
    history = editing.history
    return encode(editing.document), history.done, history.undone, history.is_saved


def prepared(document: Document, steps: int, undone: int) -> Editing:
    """An editing with some steps done and some undone."""
    editing, script = Editing(document), Script(steps)
    editing.edit("", "set_data", type="digits")
    while editing.history.depth < steps:
        verb = script.random.choice(["add_note", "move", "rename", "append_node"])
        editing.edit("", verb, **ARGUMENTS[verb](script, editing.document))
    for _ in range(undone):
        editing.undo()
    return editing


def one_of(script: Script, document: Document) -> tuple[str, dict[str, Any]]:
    """A verb and arguments that are not refused."""
    while True:
        verb = script.random.choice(sorted(edits.VERBS))
        try:
            arguments = ARGUMENTS[verb](script, document)
            if edits.VERBS[verb](document, **arguments):
                return verb, arguments
        except (Refusal, _NothingToChoose):
            continue


def acts(script: Script, document: Document) -> list[Callable[[Editing], object]]:
    verb, arguments = one_of(script, document)

    def gesture(editing: Editing, then: Callable[[Editing, Any], object]) -> None:
        mark = editing.mark()
        for number in range(3):
            editing.edit("", "add_note", text=str(number), x=0.0, y=0.0)
        then(editing, mark)

    return [
        lambda editing: editing.edit("", verb, **arguments),
        lambda editing: editing.amend("set_found", **ARGUMENTS["set_found"](Script(3), editing.document)),
        lambda editing: editing.undo(),
        lambda editing: editing.redo(),
        lambda editing: gesture(editing, lambda e, mark: e.bail(mark)),
        lambda editing: gesture(editing, lambda e, mark: e.merge(mark, "one")),
    ]


def whole(found: tuple[bytes, Any, Any, bool], editing: Editing) -> bool:
    """Whether undoing and redoing everything that the history holds leads back to where it is now."""
    depth = len(found[1])
    while editing.undo():
        pass
    for _ in range(depth):
        editing.redo()
    return encode(editing.document) == found[0]


def test_two_thousand_edits_that_break_off_at_every_call_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Checking, "look", lambda *arguments: None
    )  # comes after the edit, and makes most of the calls
    script, base = Script(1), start()
    cases: Counter[str] = Counter()
    document, number = prepared(base, 6, 2).document, 0
    while cases.total() < CASES:
        kind = number % 6
        number += 1
        if kind == 0:
            planned = acts(script, document)
        act, fresh = planned[kind], lambda: prepared(base, 6, 2)
        editing = fresh()
        before = state(editing)
        with BreakingOff(0) as unbroken:
            act(editing)
        after = state(editing)
        for place in range(1, unbroken.calls + 1):
            editing = fresh()
            before = state(editing)
            try:
                with BreakingOff(place):
                    act(editing)
            except Planned:
                pass
            found = state(editing)
            if kind < 4:  # one edit: nothing of it, or all of it
                old, new = _without_ids(before), _without_ids(after)
                now = _without_ids(found)
                assert now in (old, new), (number, place)
                cases["as before" if now == old else "done whole"] += 1
            else:  # a gesture of several: what is there can be taken back
                cases["part of a gesture"] += 1
            assert whole(found, editing), (number, place)
    assert cases["as before"] > 500 and cases["done whole"] > 50 and cases["part of a gesture"] > 100, cases


def _without_ids(found: tuple[bytes, Any, Any, bool]) -> tuple[object, ...]:
    """New records get random ids, so two runs of one act are compared by what can be compared."""
    data, done, undone, saved = found
    return (len(data), len(done), [s.name for s in done], [s.name for s in undone], saved)
