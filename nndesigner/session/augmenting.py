"""Samples as they are and as training would see them: asked of a worker for as long as somebody looks.

One question is under way at a time; what is changed meanwhile is one further question. What is only being tried out (a
slider that is held) is asked about without being in the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nndesigner.augmentations.recipe import fields_of
from nndesigner.base.data_field import DataField
from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import DataSource
from nndesigner.objectives.catalogue import objectives
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Augment
from nndesigner.protocol.messages import Done, Failed
from nndesigner.session.editing import Editing
from nndesigner.session.files import Files
from nndesigner.session.inspecting import Inspecting
from nndesigner.session.workers import NoWorkers, Task, Workers

SAMPLES = 4
DRAWS = 5

Steps = tuple[Mapping[str, Any], ...]


class _Question(NamedTuple):
    data: DataSource | None
    steps: Steps
    checked: object
    objective: str
    first: int
    samples: int
    draws: int
    seed: int


class Augmenting:
    """`changed` is told when there is a newer `result`, or another `problem`."""

    def __init__(self, editing: Editing, files: Files, data: Inspecting, workers: Workers) -> None:
        self.changed: Event[[]] = Event()
        self.result: Mapping[str, Any] = {}
        """as `worker/jobs/augment.py` gives it"""
        self.problem = ""
        """why there is nothing newer, as a sentence"""
        self.first = 0
        """position of the first shown sample in the training part"""
        self.seed = 0
        self._size = (SAMPLES, DRAWS)
        self._editing, self._files, self._data, self._workers = editing, files, data, workers
        self._looking = False
        self._tried: Steps | None = None
        self._asked: _Question | None = None
        self._task: Task | None = None
        editing.changed.connect(lambda diff: self._edited())
        editing.replaced.connect(self._replaced)
        editing.checking.changed.connect(self._go_on)

    @property
    def busy(self) -> bool:
        return self._task is not None

    @property
    def fields(self) -> tuple[list[DataField], list[DataField]]:
        """What the network reads and is compared with; of a project without inputs what the data is for."""
        checked, data = self._editing.whole, self._editing.document.data
        if checked is not None:
            inputs, targets = fields_of(checked)
            read = [field for field in inputs if field is not None]
            if read:
                return read, [field for field in targets if field is not None]
        found = data.fields if data is not None else ()
        given, wanted = ([f for f in found if (f.role == "target") is target] for target in (False, True))
        return given[:1], wanted[:1]

    @property
    def mixes(self) -> bool:
        """Whether the way of learning takes mixed samples."""
        plan = self._editing.document.plan
        known = objectives().get(plan.objective if plan is not None else "supervised")
        return known is None or known.mixes

    @property
    def samples(self) -> int:
        """How many training samples there are, as far as is known."""
        data = self._editing.document.data
        return int(data.counts.get("train", 0)) if data is not None else 0

    # -- what is wanted ----------------------------------------------------------------------------------------------
    def look(self, looking: bool) -> None:
        """Whether somebody sees the samples."""
        self._looking = looking
        if not looking:
            self._asked, self._tried = None, None
            if self._task is not None:
                self._task.cancel()
        self._go_on()

    def show_as_many(self, samples: int, draws: int) -> None:
        """There is room for so many."""
        self._size = samples, draws
        self._go_on()

    def choose(self, first: int) -> None:
        """Other samples: those from this position on."""
        self.first = first % max(self.samples, 1)
        self._go_on()

    def draw_again(self) -> None:
        self.seed += 1
        self._go_on()

    def try_out(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Shows these steps instead of the document's, until that is edited."""
        self._tried = tuple(steps)
        self._go_on()

    def cancel(self) -> None:
        """Nothing is wanted any more."""
        self.look(False)

    # -- asking ------------------------------------------------------------------------------------------------------
    def _go_on(self) -> None:
        if self._task is not None or not self._looking or isinstance(self._workers, NoWorkers):
            return
        document = self._editing.document
        if document.data is None or not self._data.known:
            return
        plan = document.plan
        steps = self._tried if self._tried is not None else (plan.augmentation if plan is not None else ())
        question = _Question(
            document.data,
            steps,
            self._editing.whole,
            plan.objective if plan is not None else "",
            self.first,
            *self._size,
            self.seed,
        )
        before = self._asked
        if before is not None and before.checked is question.checked and before == question:
            return
        self._asked = question
        if self._data.outside:
            self._say(
                tr("The data lies outside the project's folder and has not been read: read it on the left.")
            )
            return
        job = Augment(
            encode(_with(document, steps)), str(self._files.folder), self.first, *self._size, self.seed
        )
        task: Task | None = None

        def ended(outcome: Done | Failed) -> None:
            if task is self._task:
                self._ended(outcome)

        try:
            task = self._task = self._workers.submit(job, lambda message: None, ended)
        except Refusal as refusal:
            self._say(str(refusal))

    def _say(self, sentence: str) -> None:
        self.problem = sentence
        self.changed.tell()

    def _ended(self, outcome: Done | Failed) -> None:
        self._task = None
        if isinstance(outcome, Done):
            self.result, self.problem = outcome.result, ""
            self.changed.tell()
        elif outcome.code == "cancelled":
            self._asked = None
        else:
            self._say(outcome.sentence)
        self._go_on()

    def _edited(self) -> None:
        self._tried = None
        self._go_on()

    def _replaced(self) -> None:
        """Another project: nothing of the one before is shown."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._asked, self._tried, self.first = None, None, 0
        self.result, self.problem = {}, ""
        self.changed.tell()


def _with(document: Document, steps: Steps) -> Document:
    plan = document.plan
    if steps == (plan.augmentation if plan is not None else ()):
        return document
    return document.apply(edits.set_augmentation(document, steps))
