"""What a trained run is asked for single samples: answers, explanations, nearest samples, texts, whole files.

Each kind of question has one worker at most. A newer question waits for the one that is being answered and takes the
place of one that waits, so that a drawing under way is asked about as often as there are answers and no worker is
started for it; what explains an older sample is called off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.protocol.jobs import (
    Decode,
    Encode,
    Explain,
    Generate,
    Job,
    Nearest,
    Predict,
    PredictFile,
    ReadInputs,
    SaveSamples,
)
from nndesigner.protocol.messages import Done, Failed, Frame, Message, Progress
from nndesigner.session.workers import Task, Workers

OnAnswer = Callable[[Done | Failed], None]
Inputs = Mapping[str, npt.NDArray[Any]]


def _silent(message: Message) -> None:
    pass


class Lane:
    """One question at a time, and the newest that waits for it."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._task: Task | None = None
        self._waiting: tuple[Job, OnAnswer, Callable[[Message], None]] | None = None
        self._listening = False

    @property
    def busy(self) -> bool:
        return self._task is not None

    def ask(
        self,
        job: Job,
        on_answer: OnAnswer,
        on_message: Callable[[Message], None] = _silent,
        *,
        instead: bool = False,
    ) -> None:
        """Nothing more is heard of an older question. With `instead` it is called off, else it may end. Raises Refusal
        where there is no worker."""
        self._listening = False
        if self._task is not None:
            self._waiting = job, on_answer, on_message
            if instead:
                self._task.cancel()
            return
        self._begin(job, on_answer, on_message)

    def cancel(self) -> None:
        """Nothing is wanted any more; the question in progress is called off and its asker hears so."""
        self._waiting = None
        if self._task is not None:
            self._task.cancel()

    def drop(self) -> None:
        """Nothing is wanted any more, and nobody listens."""
        self._listening = False
        self.cancel()

    def _begin(self, job: Job, on_answer: OnAnswer, on_message: Callable[[Message], None]) -> None:
        self._listening = True
        task: Task | None = None

        def said(message: Message) -> None:
            if task is self._task and self._listening:
                on_message(message)

        def ended(outcome: Done | Failed) -> None:
            if task is not self._task:
                return
            heard, self._task = self._listening, None
            waiting, self._waiting = self._waiting, None
            if waiting is not None:
                self._begin(*waiting)
            elif heard:
                on_answer(outcome)

        task = self._task = self._workers.submit(job, said, ended)


class Trying:
    """Questions to trained runs. What is asked of a run is answered from a checkpoint in a process of its own: a run
    that goes on is not disturbed."""

    def __init__(self, workers: Workers) -> None:
        self.answers = Lane(workers)
        self.explanations = Lane(workers)
        self.neighbours = Lane(workers)
        self.texts = Lane(workers)
        self.files = Lane(workers)
        self.readings = Lane(workers)
        self.decodings = Lane(workers)
        self.encodings = Lane(workers)
        self.samples = Lane(workers)

    def close(self) -> None:
        for lane in (
            self.answers,
            self.explanations,
            self.neighbours,
            self.texts,
            self.files,
            self.readings,
            self.decodings,
            self.encodings,
            self.samples,
        ):
            lane.drop()

    def predict(
        self,
        run: Path,
        on_answer: OnAnswer,
        *,
        inputs: Mapping[str, npt.NDArray[Any]] = {},
        file: Path | None = None,
        split: str = "",
        indices: tuple[int, ...] = (),
        checkpoint: Path | None = None,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        """Asks for answers: for raw values by data field, for a file, or for samples of a split."""
        job = Predict(
            run=str(run),
            checkpoint=str(checkpoint or ""),
            inputs=dict(inputs),
            file=str(file or ""),
            split=split,
            indices=indices,
        )
        self.answers.ask(job, on_answer, _progress(on_progress))

    def explain(
        self,
        run: Path,
        on_answer: OnAnswer,
        *,
        method: str,
        inputs: Inputs,
        output: str = "",
        wanted: int = -1,
        node: str = "",
        place: int = -1,
        only: str = "",
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        """Asks what in one sample an answer rests on. A newer question calls off the one in progress."""
        job = Explain(
            str(run), method, dict(inputs), output=output, wanted=wanted, node=node, place=place, only=only
        )
        self.explanations.ask(job, on_answer, _progress(on_progress), instead=True)

    def nearest(
        self,
        run: Path,
        on_answer: OnAnswer,
        *,
        inputs: Inputs,
        node: str = "",
        most: int = 8,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        """Asks for the training samples that the network takes for most like this one."""
        job = Nearest(str(run), dict(inputs), node=node, most=most)
        self.neighbours.ask(job, on_answer, _progress(on_progress))

    def generate(
        self,
        run: Path,
        on_answer: OnAnswer,
        on_frame: Callable[[Frame], None],
        *,
        prompt: tuple[int, ...],
        length: int,
        temperature: float = 1.0,
        top_k: int = 0,
        seed: int = 0,
    ) -> None:
        """Has a text go on; `on_frame` hears all tokens so far, again and again."""
        job = Generate(str(run), prompt, length, "", temperature, top_k, seed)

        def said(message: Message) -> None:
            if isinstance(message, Frame):
                on_frame(message)

        self.texts.ask(job, on_answer, said, instead=True)

    def read(
        self,
        run: Path,
        on_answer: OnAnswer,
        *,
        fields: tuple[str, ...],
        file: Path | None = None,
        data: bytes = b"",
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        """Has a user's file, or the bytes of a picture or a WAV file, read as raw values of fields."""
        job = ReadInputs(str(run), fields, str(file or ""), data)
        self.readings.ask(job, on_answer, _progress(on_progress), instead=True)

    def decode(
        self, run: Path, on_answer: OnAnswer, *, codes: npt.NDArray[Any], classes: tuple[int, ...] = ()
    ) -> None:
        """Asks what a decoder or a generator makes out of codes."""
        self.decodings.ask(Decode(str(run), codes, classes), on_answer)

    def encode(
        self, run: Path, on_answer: OnAnswer, *, inputs: Inputs | None = None, split: str = ""
    ) -> None:
        """Asks for the codes of raw samples by data field, or of some samples of a split."""
        self.encodings.ask(Encode(str(run), dict(inputs or {}), split), on_answer)

    def save_samples(
        self,
        run: Path,
        on_answer: OnAnswer,
        on_progress: Callable[[Progress], None],
        *,
        out: Path,
        number: int,
        seed: int = 0,
    ) -> None:
        """Has samples made and written as a data set. Raises Refusal while others are written."""
        if self.samples.busy:
            raise Refusal(tr("Samples are being written: wait for them, or cancel it."))
        self.samples.ask(SaveSamples(str(run), str(out), number, seed), on_answer, _progress(on_progress))

    def predict_file(
        self,
        run: Path,
        on_answer: OnAnswer,
        on_progress: Callable[[Progress], None],
        *,
        file: Path,
        out: Path,
        checkpoint: Path | None = None,
    ) -> None:
        """Has the answers for a whole file written as a CSV table. Raises Refusal while another one is written."""
        if self.files.busy:
            raise Refusal(tr("A table of answers is being written: wait for it, or cancel it."))
        job = PredictFile(str(run), str(file), str(out), str(checkpoint or ""))
        self.files.ask(job, on_answer, _progress(on_progress))


def _progress(heard: Callable[[Progress], None]) -> Callable[[Message], None]:
    def said(message: Message) -> None:
        if isinstance(message, Progress):
            heard(message)

    return said
