"""A sample of the data on its way through the network as it is drawn: asked of a worker for as long as somebody looks.

One question is under way at a time; what is edited meanwhile is one further question. While the network has errors the
last pictures stand, with the sentence why there are no newer ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.plan import plan_values
from nndesigner.project.writer import encode
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.jobs import Preview
from nndesigner.protocol.messages import Done, Failed, Frame, Message
from nndesigner.session.editing import Editing
from nndesigner.session.files import Files
from nndesigner.session.inspecting import Inspecting
from nndesigner.session.workers import NoWorkers, Task, Workers

PARTS = ("validation", "train", "test")


class _Question(NamedTuple):
    checked: CheckedNetwork
    seed: int
    subscriptions: tuple[Subscription, ...]
    sample: tuple[str, int]
    run: Path | None
    outside: tuple[str, ...]


class Previewing:
    """`changed` is told when there are newer `frames`, or another `problem`."""

    def __init__(self, editing: Editing, files: Files, data: Inspecting, workers: Workers) -> None:
        self.changed: Event[[]] = Event()
        self.frames: tuple[Frame, ...] = ()
        self.problem = ""
        """why there is nothing newer, as a sentence"""
        self.part, self.index = PARTS[0], 0
        """which sample: a part of the data, and the position in it"""
        self.number = -1
        """the number in the whole data of the sample that `frames` are of"""
        self.run: Path | None = None
        """the run whose weights are taken where they fit; None for fresh ones"""
        self.kept = False
        """whether `frames` come of weights of a run, at least in part"""
        self._editing, self._files, self._data, self._workers = editing, files, data, workers
        self._wanted: tuple[Subscription, ...] = ()
        self._asked: _Question | None = None
        """what was asked last"""
        self._task: Task | None = None
        editing.replaced.connect(self._replaced)

    @property
    def possible(self) -> bool:
        """Whether there is data to take a sample from, and somebody to ask."""
        return self._data.known and not isinstance(self._workers, NoWorkers)

    @property
    def busy(self) -> bool:
        return self._task is not None

    def samples(self, part: str) -> int:
        """How many samples a part of the data has, as far as is known."""
        data = self._editing.document.data
        return int(data.counts.get(part, 0)) if data is not None else 0

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the data that a sample can be taken from."""
        return tuple(part for part in PARTS if self.samples(part))

    # -- what is wanted ----------------------------------------------------------------------------------------------
    def look(self, subscriptions: tuple[Subscription, ...]) -> None:
        """What is in sight now, () for nothing: asks for it where that is news, or the network is another one."""
        self._wanted = subscriptions
        if not subscriptions:
            self._asked = None
            if self._task is not None:
                self._task.cancel()
        self._go_on()

    def choose(self, part: str, index: int) -> None:
        """Another sample."""
        self.part, self.index = part, max(0, min(index, self.samples(part) - 1))
        self._go_on()

    def cancel(self) -> None:
        """Nothing is wanted any more."""
        self.look(())

    # -- asking ------------------------------------------------------------------------------------------------------
    def _go_on(self) -> None:
        if self._task is not None or not self._wanted or not self.possible:
            return
        document, checked = self._editing.document, self._editing.whole
        if checked is None:
            return
        if self.part not in self.parts and self.parts:
            self.part, self.index = self.parts[0], 0
        if not self._editing.checking.up_to_date:
            return  # the check that is under way will ask again
        # A check is another one after every edit that can change an answer, but for the seed.
        seed = plan_values(document)[0]["seed"]
        sample = (self.part, self.index)
        question = _Question(checked, seed, self._wanted, sample, self.run, self._data.outside)
        before = self._asked
        if before is not None and before.checked is checked and before[1:] == question[1:]:
            return
        self._asked = question
        if sentence := self._in_the_way(checked):
            self._say(sentence)
            return
        job = Preview(
            encode(document),
            str(self._files.folder),
            self._wanted,
            self.part,
            self.index,
            str(self.run) if self.run is not None else "",
        )
        frames: list[Frame] = []
        task: Task | None = None

        def said(message: Message) -> None:
            if isinstance(message, Frame):
                frames.append(message)

        def ended(outcome: Done | Failed) -> None:
            if task is self._task:
                self._ended(outcome, tuple(frames))

        try:
            task = self._task = self._workers.submit(job, said, ended)
        except Refusal as refusal:
            self._say(str(refusal))

    def _in_the_way(self, checked: CheckedNetwork) -> str:
        """Why the network cannot be looked at, "" where it can."""
        if self._data.outside:
            return tr(
                "The data lies outside the project's folder and has not been read: allow it on the data page."
            )
        if not checked.errors:
            return ""
        return tr("The preview waits: {why}", why=checked.errors[0].message)

    def _say(self, sentence: str) -> None:
        self.problem = sentence
        self.changed.tell()

    def _ended(self, outcome: Done | Failed, frames: tuple[Frame, ...]) -> None:
        self._task = None
        if isinstance(outcome, Done):
            self.frames, self.problem = frames, ""
            self.number = int(outcome.result.get("number", -1))
            self.kept = bool(outcome.result.get("kept"))
            self.changed.tell()
        elif outcome.code == "cancelled":
            self._asked = None
        else:
            self._say(outcome.sentence)
        self._go_on()

    def _replaced(self) -> None:
        """Another project: nothing of the one before is shown."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._asked, self.run = None, None
        self.frames, self.problem, self.number, self.kept = (), "", -1, False
        self.part, self.index = PARTS[0], 0
        self.changed.tell()
