"""Evaluations of trained runs: asked of a worker, told when they are done, or read from the folders of runs."""

from __future__ import annotations

from pathlib import Path

import msgspec

from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.protocol.jobs import Evaluate
from nndesigner.protocol.messages import Done, Failed, Message, Progress
from nndesigner.runs.evaluations import Evaluation, from_plain, load, why_stale
from nndesigner.runs.store import open_run
from nndesigner.session.elsewhere import Elsewhere, Failing, Latest
from nndesigner.session.exporting import Trying
from nndesigner.session.workers import Task, Workers


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation and what is wrong with it, a sentence each."""

    evaluation: Evaluation
    remarks: tuple[str, ...] = ()


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

    def look(self, run: Path, part: str, fingerprint: str = "") -> None:
        """Shows what is kept of a part, if anything. `fingerprint` is of the data as it is known now."""
        if self.busy and self.asked == (run, part):
            return
        self.cancel()
        self.asked, self.found, self.failure = (run, part), None, ""

        def read() -> Found | None:
            folder = open_run(run)
            kept = load(folder, part)
            if kept is None:
                return None
            return Found(evaluation=kept, remarks=why_stale(kept, folder, fingerprint))

        def arrived(found: Found | None) -> None:
            self.found = found
            self.changed.tell()

        def failed(error: Failing) -> None:
            self.failure = str(error)
            self.changed.tell()

        self.changed.tell()
        self._reading.ask(lambda progress: read(), arrived, failed)

    def evaluate(
        self,
        run: Path,
        part: str,
        *,
        checkpoint: Path | None = None,
        group: str = "",
        bins: int = 5,
        device: str = "",
    ) -> None:
        """Has a run's best weights, or those of a checkpoint, evaluated. Raises Refusal where one goes on."""
        if self._task is not None:
            raise Refusal(tr("An evaluation is going on: wait for it, or cancel it."))
        self._reading.cancel()
        self.asked, self.failure = (run, part), ""
        self.progress = Progress(0.0, tr("Starting"))
        job = Evaluate(str(run), part, str(checkpoint or ""), group, bins, device)
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
