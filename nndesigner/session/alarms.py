"""The alarms of the run that is looked at: what they say of it, for as long as that is true of the document.

An alarm speaks of the run's own network. It is gone as soon as something was changed that it would have mended, by its
own button or otherwise: what comes of that, only the next run can tell. Limits are each user's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.folders import config_folder
from nndesigner.base.observer import Event
from nndesigner.base.problem import Problem, Remedy
from nndesigner.check.advice.rule import Evidence, Rule
from nndesigner.check.alarms.alarms import Limits, alarms, fields_of, raised_by, settings_of
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.document.records import Node
from nndesigner.runs.history import RunHistory
from nndesigner.runs.measured import WATCHED, measured, stamp
from nndesigner.session.editing import Editing

_FILE = "alarms.json"


class Alarms:
    """What is wrong with the run that is looked at. `changed` is told when `problems` are others."""

    def __init__(self, editing: Editing) -> None:
        self.changed: Event[[]] = Event()
        self.problems: tuple[Problem, ...] = ()
        self.run = ""
        """name of the run that is looked at"""
        self._editing = editing
        self._limits: Limits | None = None
        self._document: Document | None = None
        self._evidence: Evidence | None = None
        """of the run that is looked at, without its numbers"""
        self._found: tuple[Problem, ...] = ()
        self._stamp: tuple[Any, ...] | None = None
        editing.changed.connect(lambda diff: self._choose())
        editing.replaced.connect(self.forget)

    # -- what is watched ---------------------------------------------------------------------------------------------
    @property
    def wanted(self) -> tuple[str, ...]:
        """The measurements that have to be taken for the alarms that are on."""
        watching = any(settings_of(alarm, self.limits)["watch"] for alarm in alarms() if alarm.fields)
        return WATCHED if watching else ()

    def look(
        self,
        run: str,
        document: Document | None,
        checked: CheckedNetwork | None,
        history: RunHistory,
        blamed: str = "",
        blame: str = "",
    ) -> None:
        """Another run is looked at, or there is more of it: finds what is wrong where there is anything new.

        `document` and `checked` are the run's own; without them nothing can be said.
        """
        now = (id(history), *stamp(history), blamed, blame, self.limits)
        if now == self._stamp and run == self.run:
            return
        self._stamp, self.run, self._document = now, run, document
        self._found = ()
        if document is not None and checked is not None:
            if self._evidence is None or self._evidence.checked is not checked:
                self._evidence = Evidence(document=document, checked=checked)
            _ = self._evidence.opened, self._evidence.plan  # worked out once, for every look to come
            evidence = self._evidence.of_run(measured(history, blamed, blame), {})
            self._found = tuple(raised_by(evidence, self.limits))
        self._choose()

    def forget(self) -> None:
        """No run is looked at."""
        self.run, self._document, self._found, self._stamp = "", None, (), None
        self._evidence = None
        self._choose()

    def _choose(self) -> None:
        """Leaves out what is no longer true of the document."""
        if not self._found and not self.problems:
            return
        run, now = self._document, self._editing.document
        chosen = tuple(
            problem for problem in self._found if run is not None and still_true(problem, run, now)
        )
        if chosen != self.problems:
            self.problems = chosen
            self.changed.tell()

    # -- limits ------------------------------------------------------------------------------------------------------
    @property
    def limits(self) -> Limits:
        if self._limits is None:
            self._limits = _read()
        return self._limits

    def settings(self, alarm: Rule) -> Mapping[str, Any]:
        """Every setting of an alarm as it is now."""
        return settings_of(alarm, self.limits)

    def set_limit(self, alarm: Rule, name: str, value: Any) -> None:
        """Changes one setting for this user; None goes back to the default. Raises BadValue, WriteError."""
        field = next(field for field in fields_of(alarm) if field.name == name)
        mine = {key: old for key, old in self.limits.get(alarm.code, {}).items() if key != name}
        if value is not None:
            mine[name] = field.check(value)
        others = {code: values for code, values in self.limits.items() if code != alarm.code}
        self._limits = {**others, **({alarm.code: mine} if mine else {})}
        write_atomically(_place(), msgspec.json.encode(self._limits))


def still_true(problem: Problem, run: Document, now: Document) -> bool:
    """Whether a problem of a run may stand in the document of now: its layer is there, and nothing that its remedies
    would change has been changed since."""
    if problem.where.node and not isinstance(now.get(problem.where.node), Node):
        return False
    ids = set(_touched(problem.remedies)) | ({problem.where.node} if problem.where.node else set())
    if any(_bare(run, id) != _bare(now, id) for id in ids):
        return False
    before, after = plan_values(run)[0], plan_values(now)[0]
    return all(before.get(name) == after.get(name) for name in _planned(problem.remedies))


def _edits(remedies: tuple[Remedy, ...]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for remedy in remedies:
        if remedy.verb == "together":
            yield from ((step["verb"], step["arguments"]) for step in remedy.arguments["steps"])
        else:
            yield remedy.verb, remedy.arguments


def _touched(remedies: tuple[Remedy, ...]) -> Iterator[str]:
    for _, arguments in _edits(remedies):
        yield from arguments.get("ids", ())
        if "edge" in arguments:
            yield str(arguments["edge"])


def _planned(remedies: tuple[Remedy, ...]) -> Iterator[str]:
    for verb, arguments in _edits(remedies):
        if verb == "set_plan":
            yield from arguments["values"]


def _bare(document: Document, id: str) -> Any:
    """A record without what it is called, where it stands and how it looks."""
    record = document.get(id)
    if isinstance(record, Node):
        return (
            record.type,
            record.parameters,
            record.learning,
            record.bypass,
            record.shares,
            record.block,
        )
    return type(record) if record is not None else None


def _read() -> Limits:
    """What this user has set; nothing where that cannot be read."""
    with contextlib.suppress(OSError, WriteError, msgspec.DecodeError, UnicodeError):
        data = _place().read_bytes()
        return msgspec.json.decode(data[: 1 << 20], type=dict[str, dict[str, Any]])
    return {}


def _place() -> Path:
    return config_folder() / _FILE
