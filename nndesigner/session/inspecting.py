"""The project's data: chosen by an edit, read by a worker, kept in the document. No data file is ever opened here.

A project from elsewhere may name any path. What lies outside the project's folder is only read after the user has
asked for it; what the user chooses in this session is asked for by choosing it.
"""

from __future__ import annotations

import msgspec

from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document.diff import Diff
from nndesigner.document.records import DataSource
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Inspect, Preload
from nndesigner.protocol.messages import DataFound, Done, Failed, Message, Progress
from nndesigner.session.data_paths import is_code, outside_paths
from nndesigner.session.editing import Editing
from nndesigner.session.files import Files
from nndesigner.session.workers import Task, Workers


class Inspecting:
    """What is known of the data, and finding it out."""

    def __init__(self, editing: Editing, files: Files, workers: Workers) -> None:
        self.changed: Event[[]] = Event()
        """reading has begun, got on or ended"""
        self.progress: Progress | None = None
        """how far reading is; None while nothing is read"""
        self.failure = ""
        """why the data could not be read, as a sentence"""
        self._editing = editing
        self._files = files
        self._workers = workers
        self._task: Task | None = None
        self._reading: DataSource | None = None
        self._allowed: set[tuple[str, ...]] = set()
        editing.changed.connect(self._edited)
        editing.replaced.connect(self._replaced)

    @property
    def busy(self) -> bool:
        return self._task is not None

    @property
    def known(self) -> bool:
        """Whether the document says what is in its data."""
        data = self._editing.document.data
        return data is not None and bool(data.fields)

    @property
    def outside(self) -> tuple[str, ...]:
        """Paths of the data that lead out of the project's folder and that the user has not asked for."""
        found = outside_paths(self._editing.document.data)
        return () if found in self._allowed else found

    def inspect(self) -> None:
        """Has a worker read the data; asking for it allows paths outside the project's folder. Raises Refusal."""
        data = self._editing.document.data
        if data is None:
            raise Refusal(tr("The project has no data yet: choose some on the data page."))
        self._allowed.add(outside_paths(data))
        self._start(data)

    def code_trusted(self) -> None:
        """What may run has changed: data that is code of the user's own may be there to be read now."""
        data = self._editing.document.data
        if data is None or not is_code(data) or outside_paths(data) or self._task is not None:
            return
        if data.fields and not self.failure:
            self._preload()
        else:
            self._try_start(data)

    def cancel(self) -> None:
        """The user does not want to wait for it."""
        if self._task is not None:
            self._task.cancel()

    # -- inside ----------------------------------------------------------------------------------------------------
    def _edited(self, diff: Diff) -> None:
        after = diff.changed.get(_id(self._editing.document.data), (None, None))[1]
        chosen = after or next((r for r in diff.added.values() if isinstance(r, DataSource)), None)
        if isinstance(chosen, DataSource) and not chosen.fields and not self._is_being_read(chosen):
            self._allowed.add(outside_paths(chosen))
            self._try_start(chosen)
        elif isinstance(chosen, DataSource):
            self._preload()

    def _replaced(self) -> None:
        self._stop()
        self._allowed.clear()
        self.failure = ""
        data = self._editing.document.data
        if data is not None and not outside_paths(data):
            if data.fields:
                self._preload()
            else:
                self._try_start(data)
        else:
            self._workers.preload(None)
        self.changed.tell()

    def _try_start(self, data: DataSource) -> None:
        try:
            self._start(data)
        except Refusal as refusal:
            self.failure = str(refusal)
            self.changed.tell()

    def _start(self, data: DataSource) -> None:
        self._stop()
        self.failure = ""
        self.progress = Progress(0.0, tr("Reading the data"))
        job = Inspect(encode(self._editing.document), str(self._files.folder))
        # Each reading has its own name: what an earlier one still says is not listened to.
        token = object()
        self._token = token
        self._reading = data
        self._task = self._workers.submit(
            job, lambda message: self._said(token, message), lambda outcome: self._ended(token, outcome)
        )
        self.changed.tell()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task, self._reading, self._token, self.progress = None, None, None, None

    def _said(self, token: object, message: Message) -> None:
        if token is not self._token:
            return
        if isinstance(message, Progress):
            self.progress = message
            self.changed.tell()
        elif isinstance(message, DataFound) and self._is_being_read(self._editing.document.data):
            self._editing.amend(
                "set_found",
                fields=message.fields,
                counts=message.counts,
                fingerprint=message.fingerprint,
                remarks=message.remarks,
                pinned=message.pinned,
            )

    def _ended(self, token: object, outcome: Done | Failed) -> None:
        if token is not self._token:
            return
        self._task, self._reading, self._token, self.progress = None, None, None, None
        if isinstance(outcome, Failed) and outcome.code != "cancelled":
            self.failure = outcome.sentence
        self.changed.tell()

    def _preload(self) -> None:
        self._workers.preload(Preload(encode(self._editing.document), str(self._files.folder)))

    def _is_being_read(self, data: DataSource | None) -> bool:
        reading = self._reading
        return (
            reading is not None
            and data is not None
            and (reading.type, reading.parameters) == (data.type, data.parameters)
        )

    _token: object | None = None


def _id(record: msgspec.Struct | None) -> str:
    return getattr(record, "id", "")
