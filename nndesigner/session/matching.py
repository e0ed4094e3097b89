"""What of the weights that the plan begins with fits the network as it is drawn: asked of a worker, for the panel."""

from __future__ import annotations

from typing import Any

import msgspec

from nndesigner.base.observer import Event
from nndesigner.base.text import tr
from nndesigner.document.document import Document
from nndesigner.document.plan import plan_values
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import MatchWeights
from nndesigner.protocol.messages import Done, Failed
from nndesigner.session.data_paths import stays_inside
from nndesigner.session.editing import Editing
from nndesigner.session.files import Files
from nndesigner.session.workers import Task, Workers

Sizes = tuple[int, ...] | None
STATES = ("taken", "size", "fresh", "unused")


class Row(msgspec.Struct, frozen=True):
    """One tensor: its name, its sizes in the network and in the source (None where there is none), and what becomes of
    it, one of STATES."""

    name: str
    here: Sizes
    there: Sizes
    state: str


class Matching:
    """One question at a time: the newest."""

    def __init__(self, editing: Editing, files: Files, workers: Workers) -> None:
        self.changed: Event[[]] = Event()
        self.source = ""
        """what is asked about, as the plan names it"""
        self.words = ""
        """what lies there, in words"""
        self.rows: tuple[Row, ...] = ()
        self.failure = ""
        """why it cannot be told, as a sentence"""
        self._editing, self._files, self._workers = editing, files, workers
        self._task: Task | None = None
        self._asked: Document | None = None
        self._allowed: set[str] = set()

    @property
    def busy(self) -> bool:
        return self._task is not None

    @property
    def wanted(self) -> str:
        """What the plan begins with now; "" for fresh weights."""
        return str(plan_values(self._editing.document)[0]["begin_with"])

    @property
    def stale(self) -> bool:
        """Whether what is known is not of the document as it is now."""
        return self._asked is not self._editing.document

    @property
    def held_back(self) -> bool:
        """Whether the weights lie outside the project's folder and nobody has said that they may be looked at: a
        project from elsewhere has no path asked for on opening."""
        wanted = self.wanted
        return bool(wanted) and not stays_inside(wanted) and wanted not in self._allowed

    def allow(self, source: str) -> None:
        """The user has chosen this source, or asked about it."""
        self._allowed.add(source)
        self._asked = None

    def look(self) -> None:
        """Asks anew where something has changed since."""
        if not self.stale or self.held_back:
            return
        self.cancel()
        document, source = self._editing.document, self.wanted
        self._asked, self.source = document, source
        self.rows, self.words, self.failure = (), "", ""
        whole = self._editing.whole
        if source and (whole is None or not whole.ok):
            self.failure = tr("What fits is told once the network has no errors.")
        elif source:
            job = MatchWeights(encode(document), str(self._files.folder), source)
            task: Task | None = None

            def ended(outcome: Done | Failed) -> None:
                if task is self._task:
                    self._ended(outcome)

            task = self._workers.submit(job, lambda message: None, ended)
            self._task = task
        self.changed.tell()

    def number(self, state: str) -> int:
        """Tensors in a state."""
        return sum(row.state == state for row in self.rows)

    def cancel(self) -> None:
        """What was asked is not wanted any more."""
        task, self._task, self._asked = self._task, None, None
        if task is not None:
            task.cancel()

    def _ended(self, outcome: Done | Failed) -> None:
        self._task = None
        if isinstance(outcome, Failed):
            self.failure = outcome.sentence if outcome.code != "cancelled" else ""
        else:
            self.words = str(outcome.result.get("source", ""))
            self.rows = tuple(_row(*row) for row in outcome.result.get("rows", ()))
        self.changed.tell()


def _row(name: str, here: Any, there: Any, state: str) -> Row:
    return Row(
        str(name),
        tuple(here) if here is not None else None,
        tuple(there) if there is not None else None,
        str(state),
    )
