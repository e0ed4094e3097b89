"""Everything that the report of a run is made of, read from its folder; evaluated first where that is still to be done.

It draws and writes nothing: `gui/report/` does, for the window and for the command line alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress as Tell
from nndesigner.base.progress import quiet
from nndesigner.base.text import tr
from nndesigner.check.analysis.table import Analysis, analyze
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.document import Document
from nndesigner.protocol.jobs import Evaluate
from nndesigner.protocol.messages import Done, Failed, Message, Progress
from nndesigner.runs.evaluations import PARTS, Evaluation, load_all, why_stale
from nndesigner.runs.history import RunHistory
from nndesigner.runs.listing import state
from nndesigner.runs.store import RunFolder, RunRecord, open_run
from nndesigner.session.elsewhere import Elsewhere, Latest
from nndesigner.session.workers import Task, Workers


@dataclass(frozen=True)
class Material:
    """A run as it lies in its folder. `remarks` are those of each evaluation, by its part."""

    name: str
    record: RunRecord
    state: str
    document: Document
    checked: CheckedNetwork
    analysis: Analysis
    history: RunHistory
    evaluations: tuple[Evaluation, ...]
    remarks: dict[str, tuple[str, ...]]
    checkpoints: int
    events: tuple[str, ...]


def gather(run: RunFolder, progress: Tell = quiet) -> Material:
    """Reads a run. Raises Refusal where its project cannot be read."""
    progress(0.0, tr("Reading the run"))
    document = run.document()
    progress(0.2, tr("Checking the network"))
    checked = check(document)
    analysis = analyze(checked)
    progress(0.4, tr("Reading the curves"))
    history = RunHistory.from_folder(run)
    progress(0.8, tr("Reading the evaluations"))
    found = load_all(run)
    events = tuple(str(event.get("sentence", "")) for event in run.events())
    return Material(
        run.name,
        run.record,
        state(run.record),
        document,
        checked,
        analysis,
        history,
        found,
        {each.part: why_stale(each, run) for each in found},
        len(run.checkpoints()),
        tuple(sentence for sentence in events if sentence),
    )


def not_evaluated(run: RunFolder) -> tuple[str, ...]:
    """The parts that a report would want evaluated first: the one that says most of the network, where it has not been
    evaluated as it is now."""
    record = run.document().data
    counts = record.counts if record is not None else {}
    known = {each.part for each in load_all(run) if not why_stale(each, run)}
    first = next((part for part in PARTS if counts.get(part)), None)
    return (first,) if first is not None and first not in known and run.checkpoints() else ()


class Reporting:
    """Gets the material for one report at a time. `progress` is None while nothing is asked."""

    def __init__(self, workers: Workers, elsewhere: Elsewhere) -> None:
        self._workers = workers
        self._task: Task | None = None
        self._reading = Latest(elsewhere)

    def prepare(
        self,
        run: Path,
        then: Callable[[Material], object],
        failed: Callable[[str], object],
        told: Tell = quiet,
        *,
        evaluate: bool = True,
    ) -> None:
        """Calls `then` with the material of a run once what is missing has been evaluated, or `failed` with why not."""

        def read(progress: Tell) -> tuple[str, ...]:
            return not_evaluated(open_run(run)) if evaluate else ()

        self.cancel()
        self._reading.ask(
            read,
            lambda parts: self._evaluate(run, parts, then, failed, told),
            lambda error: failed(str(error)),
        )

    def _evaluate(
        self,
        run: Path,
        parts: Sequence[str],
        then: Callable[[Material], object],
        failed: Callable[[str], object],
        told: Tell,
    ) -> None:
        if not parts:
            self._reading.ask(
                lambda progress: gather(open_run(run), progress),
                then,
                lambda error: failed(str(error)),
                told,
            )
            return
        task: Task | None = None

        def said(message: Message) -> None:
            if isinstance(message, Progress) and task is self._task:
                told(message.fraction, message.sentence)

        def ended(outcome: Done | Failed) -> None:
            if task is not self._task:
                return
            self._task = None
            if isinstance(outcome, Failed):
                failed(outcome.sentence)
            else:
                self._evaluate(run, parts[1:], then, failed, told)

        try:
            task = self._workers.submit(Evaluate(str(run), parts[0]), said, ended)
        except Refusal as refusal:
            failed(str(refusal))
            return
        self._task = task

    def cancel(self) -> None:
        """Nothing is called any more."""
        self._reading.cancel()
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
