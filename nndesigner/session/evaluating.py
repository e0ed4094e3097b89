"""Evaluations of trained runs: asked of a worker, told when they are done, or read from the folders of runs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from nndesigner.base.data_field import DataField
from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.grouping import Choice, choices
from nndesigner.document.records import DataSource
from nndesigner.protocol.jobs import Evaluate
from nndesigner.protocol.messages import Done, Failed, Message, Progress
from nndesigner.runs.evaluations import PARTS, Evaluation, from_plain, load, why_stale
from nndesigner.runs.store import open_run
from nndesigner.session.elsewhere import Elsewhere, Failing, Latest
from nndesigner.session.trying import Trying
from nndesigner.session.workers import Task, Workers


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation and what is wrong with it, a sentence each."""

    evaluation: Evaluation
    remarks: tuple[str, ...] = ()


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What can be asked of a run, and what is kept of one part of it."""

    fields: dict[str, DataField] = {}
    """of the run's data, as it was when it was trained"""
    counts: dict[str, int] = {}
    """samples of each part that has any"""
    choices: tuple[Choice, ...] = ()
    """what samples can be grouped by"""
    checkpoints: bool = False
    found: Found | None = None


class Evaluating:
    """One evaluation at a time: the one that is shown."""

    def __init__(self, workers: Workers, elsewhere: Elsewhere) -> None:
        self.changed: Event[[]] = Event()
        self.progress: Progress | None = None
        """how far it is; None while nothing is evaluated"""
        self.failure = ""
        """why the last one did not work, as a sentence"""
        self.found: Found | None = None
        """what was evaluated or read last"""
        self.known = Known()
        self.asked: tuple[Path, str] | None = None
        """the run and the part that `found` is, or will be, about"""
        self.samples = Trying(workers)
        """asks for the samples of a cell; the panel “Try it” has its own"""
        self._workers = workers
        self._task: Task | None = None
        self._reading = Latest(elsewhere)

    @property
    def busy(self) -> bool:
        return self._task is not None

    @property
    def reading(self) -> bool:
        """Whether it is still being read what is kept."""
        return self._reading.waiting

    def look(self, run: Path, part: str, data: DataSource | None = None) -> None:
        """Shows what is kept of a part, if anything. `data` is that of the open project: where it is the same source
        as the run's, an evaluation of other contents is told stale."""
        if self.busy and self.asked == (run, part):
            return
        self.cancel()
        if self.asked is None or self.asked[0] != run:
            self.known = Known()
        self.asked, self.found, self.failure = (run, part), None, ""

        def arrived(known: Known) -> None:
            self.known, self.found = known, known.found
            self.changed.tell()

        def failed(error: Failing) -> None:
            self.failure = str(error)
            self.changed.tell()

        self._reading.ask(lambda progress: _read(run, part, data), arrived, failed)
        self.changed.tell()

    def forget(self) -> None:
        """Nothing is shown any more."""
        self.cancel()
        self.asked, self.found, self.known, self.failure = None, None, Known(), ""
        self.changed.tell()

    def evaluate(
        self,
        run: Path,
        part: str,
        *,
        newest: bool = False,
        group: str = "",
        bins: int = 5,
        device: str = "",
    ) -> None:
        """Has a run's best weights, or its newest, evaluated. Raises Refusal where an evaluation goes on."""
        if self._task is not None:
            raise Refusal(tr("An evaluation is going on: wait for it, or cancel it."))
        self._reading.cancel()
        self.asked, self.failure = (run, part), ""
        self.progress = Progress(0.0, tr("Starting"))
        job = Evaluate(str(run), part, "last" if newest else "", group, bins, device)
        task: Task | None = None

        def ended(outcome: Done | Failed) -> None:
            if task is self._task:
                self._ended(outcome)

        task = self._workers.submit(job, self._said, ended)
        self._task = task
        self.changed.tell()

    def cancel(self) -> None:
        """The one that goes on is not wanted any more."""
        self._reading.cancel()
        if self._task is not None:
            self._task.cancel()

    def _said(self, message: Message) -> None:
        if isinstance(message, Progress) and self._task is not None:
            self.progress = message
            self.changed.tell()

    def _ended(self, outcome: Done | Failed) -> None:
        self._task, self.progress = None, None
        if isinstance(outcome, Failed):
            self.failure = outcome.sentence if outcome.code != "cancelled" else ""
        else:
            try:
                remarks = tuple(str(word) for word in outcome.result.get("remarks", ()))
                self.found = Found(evaluation=from_plain(outcome.result), remarks=remarks)
            except Refusal as refusal:
                self.failure = str(refusal)
        self.changed.tell()


def _read(run: Path, part: str, data: DataSource | None) -> Known:
    folder = open_run(run)
    record = folder.document().data
    kept = load(folder, part)
    found = None
    if kept is not None:
        now = ""
        if data is not None and record is not None:
            same = (data.type, data.parameters) == (record.type, record.parameters)
            now = data.fingerprint if same else ""
        found = Found(evaluation=kept, remarks=why_stale(kept, folder, now))
    fields = {field.name: field for field in record.fields} if record is not None else {}
    counts = record.counts if record is not None else {}
    return Known(
        fields=fields,
        counts={part: counts[part] for part in PARTS if counts.get(part)},
        choices=choices(fields),
        checkpoints=bool(folder.checkpoints()),
        found=found,
    )
