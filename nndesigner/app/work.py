"""A job in a worker of its own, waited for: progress shown, its end turned into a result or a CommandError.

It knows no command. Whatever needs torch happens in the worker; this process only listens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nndesigner.app.command import FAILED, INTERRUPTED, OK, CommandError, wrong
from nndesigner.app.terminal import ProgressLine, duration, figure, say, table
from nndesigner.base.description import Question
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.layers import described
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Describe, Inspect, Job, Train
from nndesigner.protocol.messages import (
    Clock,
    DataFound,
    Described,
    Done,
    Failed,
    Message,
    Progress,
    ScalarRow,
    Scalars,
    State,
)
from nndesigner.runs.blocking import BlockingDriver, run_job
from nndesigner.runs.store import RunFolder, open_run
from nndesigner.runs.tasks import Task
from nndesigner.session import describing

STARTING_SECONDS = 120.0
"""what a detached run has to begin in"""
_STOPPED = ("stopped", "orphaned")
_SHOWN = ("loss", "accuracy", "iou", "r2")


def run_at(path: Path) -> RunFolder:
    """The run in a folder. Raises CommandError."""
    try:
        return open_run(path.absolute())
    except Refusal as refusal:
        raise wrong(str(refusal)) from None


def do(
    job: Job, line: ProgressLine | None = None, on_message: Callable[[Message], None] = lambda message: None
) -> dict[str, Any]:
    """Does a job and gives its result. Raises CommandError with the worker's sentence."""
    line = line or ProgressLine()

    def heard(message: Message) -> None:
        if isinstance(message, Progress):
            line.show(message.fraction, message.sentence)
        on_message(message)

    try:
        outcome = run_job(job, heard)
    except OSError as error:
        raise _no_worker(error) from None
    finally:
        line.clear()
    if isinstance(outcome, Failed):
        raise _failure(outcome)
    return outcome.result


def with_data(document: Document, folder: Path) -> Document:
    """The document with what is in its data, read by a worker where it is not known yet. Raises CommandError."""
    if document.data is None or document.data.fields:
        return document
    found: list[DataFound] = []
    do(
        Inspect(encode(document), str(folder)),
        on_message=lambda message: found.append(message) if isinstance(message, DataFound) else None,
    )
    said = found[-1]
    return document.apply(
        edits.set_found(document, said.fields, said.counts, said.fingerprint, said.remarks, said.pinned)
    )


def describe(document: Document) -> None:
    """Has a worker say what leaves the custom layers that may run, as long as the check has questions. Raises
    CommandError where no worker can be started."""
    while True:
        check(document)
        questions = described.waiting()
        if not questions:
            return
        answered: set[int] = set()

        def heard(
            message: Message, questions: tuple[Question, ...] = questions, answered: set[int] = answered
        ) -> None:
            if isinstance(message, Described):
                describing.take(questions, message)
                answered.add(message.question)

        line = ProgressLine()
        line.show(0.0, tr("Asking what leaves a custom layer"))
        try:
            outcome = run_job(Describe(questions), heard)
        except OSError as error:
            raise _no_worker(error) from None
        finally:
            line.clear()
        if isinstance(outcome, Failed):
            if outcome.code in ("cancelled", "killed"):
                raise _failure(outcome)
            describing.give_up(questions, answered, outcome)


# -- training ----------------------------------------------------------------------------------------------------------
class TrainingLine:
    """The messages of a run as a line of progress."""

    def __init__(self, line: ProgressLine, fraction: float = 0.0) -> None:
        self._line = line
        self._fraction = fraction
        self._told: dict[tuple[str, str], float] = {}
        self._over = False

    def hear(self, message: Message) -> None:
        match message:
            case Scalars(rows=rows):
                self.take_rows(rows)
            case Clock():
                self._fraction = message.step / max(message.steps, 1)
                self._line.show(self._fraction, self._sentence(message))
            case State(state="stopping") if self._fraction < 0.999 and not self._over:
                self._over = True
                self._line.note(tr("Stopping, with a checkpoint. Ctrl-C once more ends it at once."))
            case State(state="running" | "starting", sentence=sentence) if sentence:
                self._line.note(sentence)
            case State(state="paused", sentence=sentence):
                self._line.note(sentence or tr("Paused."))
            case _:
                pass

    def take_rows(self, rows: Sequence[ScalarRow]) -> None:
        for row in rows:
            if row.name in _SHOWN:
                self._told[row.split, row.name] = row.value

    def told(self) -> str:
        """The newest numbers, those of the validation last: "loss 0.0512  validation 0.0810, accuracy 97.5 %"."""
        parts = []
        if ("train", "loss") in self._told:
            parts.append(tr("loss {value}", value=figure(self._told["train", "loss"])))
        validation = []
        for name in _SHOWN:
            if ("validation", name) in self._told:
                value = self._told["validation", name]
                shown = f"{100 * value:.1f} %" if name == "accuracy" else figure(value)
                validation.append(shown if name == "loss" else f"{tr(name)} {shown}")
        if validation:
            parts.append(tr("validation {values}", values=", ".join(validation)))
        return "  ".join(parts)

    def _sentence(self, clock: Clock) -> str:
        """What matters most first: a narrow terminal cuts off the end."""
        now = min(int(clock.epoch) + 1, clock.epochs)
        parts = [tr("epoch {epoch}/{epochs}", epoch=now, epochs=clock.epochs)]
        if clock.seconds_left >= 0:
            parts.append(tr("{time} left", time=duration(clock.seconds_left)))
        if told := self.told():
            parts.append(told)
        if clock.samples_per_second > 0:
            parts.append(tr("{n:,.0f} samples/s", n=clock.samples_per_second))
        return "  ".join(parts)


def train(job: Train) -> dict[str, Any]:
    """Trains, or goes on training; the worker's result. Raises CommandError."""
    line = ProgressLine()
    return do(job, line, TrainingLine(line).hear)


def start_detached(job: Train) -> None:
    """Starts a run that goes on by itself, and leaves it once it trains. Raises CommandError."""
    line = ProgressLine()
    driver = BlockingDriver()
    outcomes: list[Done | Failed] = []
    begun: list[Message] = []

    def heard(message: Message) -> None:
        if isinstance(message, Progress):
            line.show(message.fraction, message.sentence)
        elif isinstance(message, State) and message.state == "running":
            begun.append(message)

    try:
        worker = driver.start()
    except OSError as error:
        raise _no_worker(error) from None
    try:
        task = Task(job, heard, outcomes.append)
        task.begin(worker)
        driver.run_until(
            lambda: bool(outcomes or begun) or worker.process.ended is not None, STARTING_SECONDS
        )
        if begun:  # a very short run may even be over: its folder says so
            task.detach() if not outcomes else worker.close()
            return
        if outcomes and isinstance(outcomes[0], Failed):
            raise _failure(outcomes[0])
        raise CommandError(
            tr("The run did not begin within {n} s and was given up.", n=round(STARTING_SECONDS))
        )
    except BaseException:
        worker.kill()
        raise
    finally:
        line.clear()
        driver.run_until(lambda: worker.process.ended is not None, 5.0)
        driver.close()


def plain_result(result: dict[str, Any], run: str) -> dict[str, Any]:
    """What a run ended with, for JSON: run, state, epochs, seconds, samples_per_second, metrics."""
    names = ("state", "sentence", "epochs", "steps", "seconds", "samples_per_second", "metrics")
    return {"run": run, **{name: result[name] for name in names if name in result}}


def say_result(result: dict[str, Any], run: str) -> None:
    """What a run ended with, for a person."""
    metrics: dict[str, dict[str, float]] = result.get("metrics", {})
    if metrics:
        names = list(dict.fromkeys(name for values in metrics.values() for name in values))
        rows = [
            [tr(split), *(figure(values.get(name)) for name in names)] for split, values in metrics.items()
        ]
        say(table(["", *names], rows, right=range(1, len(names) + 1)))
        say()
    if result.get("sentence"):
        say(str(result["sentence"]))
    if "epochs" in result:
        say(
            tr(
                "{epochs} in {time}, {speed:,.0f} samples/s.",
                epochs=count(int(result["epochs"]), "epoch", "epochs"),
                time=duration(float(result.get("seconds", 0.0))),
                speed=float(result.get("samples_per_second", 0.0)),
            )
        )
    say(tr("The run: {path}", path=run))


def exit_code(result: dict[str, Any]) -> int:
    """What the end of a run means for whoever waits for it."""
    state = result.get("state")
    if state in _STOPPED:
        return INTERRUPTED
    return FAILED if state in ("diverged", "failed") else OK


def _failure(failed: Failed) -> CommandError:
    code = INTERRUPTED if failed.code in ("cancelled", "killed") else FAILED
    return CommandError(failed.sentence, code)


def _no_worker(error: OSError) -> CommandError:
    return CommandError(tr("No worker could be started: {why}.", why=error.strerror or error))
