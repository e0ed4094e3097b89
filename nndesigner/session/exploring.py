"""Finding something out about a network on demand: asked of a worker of its own, one exploration at a time.

What belongs to a run is kept in its folder by the worker; here is only what was found in this session.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nndesigner.base.fields import resolve
from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.explorations.exploration import Exploration, explorations
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Explore
from nndesigner.protocol.messages import Done, Failed, Frame, Message, Progress
from nndesigner.session.editing import Editing
from nndesigner.session.files import Files
from nndesigner.session.inspecting import Inspecting
from nndesigner.session.workers import NoWorkers, Task, Workers

Place = tuple[Path | None, str]
"""a run, None for the network as it is drawn, and the name of an exploration"""


class Exploring:
    """`changed` is told when an exploration has begun, got on or ended."""

    def __init__(self, editing: Editing, files: Files, data: Inspecting, workers: Workers) -> None:
        self.changed: Event[[]] = Event()
        self.progress: Progress | None = None
        """how far it is; None while nothing is explored"""
        self.going_on: Place | None = None
        """what is explored now"""
        self._editing, self._files, self._data, self._workers = editing, files, data, workers
        self._found: dict[Place, Frame] = {}
        self._drawn: dict[str, CheckedNetwork | None] = {}
        """what was drawn when it was explored, by name"""
        self._failures: dict[Place, str] = {}
        self._task: Task | None = None
        editing.replaced.connect(self._replaced)

    @staticmethod
    def known() -> tuple[Exploration, ...]:
        """What can be found out."""
        return tuple(explorations().values())

    @property
    def possible(self) -> bool:
        """Whether there is somebody to ask."""
        return not isinstance(self._workers, NoWorkers)

    def found(self, run: Path | None, name: str) -> Frame | None:
        """What this session found out about a run, or with None about the network as it was drawn."""
        return self._found.get((run, name))

    def failure(self, run: Path | None, name: str) -> str:
        """Why the last exploration did not work, as a sentence."""
        return self._failures.get((run, name), "")

    def outdated(self, name: str) -> bool:
        """Whether the network that is drawn was edited since it was explored."""
        return (None, name) in self._found and self._drawn.get(name) is not self._editing.whole

    def start(
        self, name: str, run: Path | None = None, options: Mapping[str, Any] = {}, weights: Path | None = None
    ) -> None:
        """Has a run's newest weights explored; without a run the network as it is drawn, with fresh weights or as far
        as they fit with those of the run `weights`. Raises Refusal for what cannot be explored."""
        if self._task is not None:
            raise Refusal(tr("Something is being explored: wait for it or cancel it."))
        exploration = explorations()[name]
        _, bad = resolve(exploration.options, options)
        if bad:
            raise Refusal(next(iter(bad.values())))
        if run is None:
            self._refuse_unready()
            project = encode(self._editing.document)
            job = Explore(name, project, str(self._files.folder), str(weights or ""), options=dict(options))
        else:
            job = Explore(name, run=str(run), options=dict(options))
        place: Place = (run, name)
        task: Task | None = None

        def said(message: Message) -> None:
            if task is not self._task:
                return
            if isinstance(message, Progress):
                self.progress = message
            elif isinstance(message, Frame):
                self._found[place] = message
            self.changed.tell()

        def ended(outcome: Done | Failed) -> None:
            if task is not self._task:
                return
            self._task, self.progress, self.going_on = None, None, None
            if isinstance(outcome, Failed):
                if before is None:
                    self._found.pop(place, None)  # half of an answer is none
                else:
                    self._found[place] = before
                if outcome.code != "cancelled":
                    self._failures[place] = outcome.sentence
            self.changed.tell()

        before = self._found.get(place)
        self._failures.pop(place, None)
        self.progress, self.going_on = Progress(0.0, tr("Starting")), place
        if run is None:
            self._drawn[name] = self._editing.whole
        task = self._task = self._workers.submit(job, said, ended)
        self.changed.tell()

    def cancel(self) -> None:
        """The user does not want to wait for it."""
        if self._task is not None:
            self._task.cancel()

    def _refuse_unready(self) -> None:
        checked = self._editing.whole
        if self._editing.document.data is None or not self._data.known:
            raise Refusal(tr("The project has no data yet: choose some on the data page."))
        if self._data.outside:
            raise Refusal(
                tr(
                    "The data lies outside the project's folder and has not been read: allow it on the data page."
                )
            )
        if checked is None or not self._editing.checking.up_to_date:
            raise Refusal(tr("The network is being checked: try again in a moment."))
        if checked.errors:
            raise Refusal(checked.errors[0].message)

    def _replaced(self) -> None:
        """Another project: nothing of the one before is shown."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self.progress, self.going_on = None, None
        self._found.clear()
        self._drawn.clear()
        self._failures.clear()
        self.changed.tell()
