"""What only a worker can tell of custom layers: questions of the last check, asked, answered, and checked again."""

from __future__ import annotations

from nndesigner.base.description import Description, Question
from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.layers import described
from nndesigner.protocol.jobs import Describe
from nndesigner.protocol.messages import Described, Done, Failed, Message
from nndesigner.session.editing import Editing
from nndesigner.session.workers import Task, Workers

RETRIED = ("ended", "memory", "internal", "refused", "protocol")
"""How a worker ends that one piece of code may have brought down: the others are asked again."""


class Describing:
    """Asks as soon as a check has questions; at most one worker at a time."""

    def __init__(self, editing: Editing, workers: Workers) -> None:
        self.changed: Event[[]] = Event()
        """asking has begun or ended"""
        self._editing = editing
        self._workers = workers
        self._task: Task | None = None
        self._answered: set[int] = set()
        editing.checking.changed.connect(self._ask)

    @property
    def busy(self) -> bool:
        return self._task is not None

    def cancel(self) -> None:
        if self._task is not None:
            self._task.kill()

    def _ask(self) -> None:
        if self._task is not None:
            return
        questions = described.waiting()
        if not questions:
            return
        self._answered = set()
        try:
            self._task = self._workers.submit(
                Describe(questions),
                lambda message: self._said(questions, message),
                lambda outcome: self._ended(questions, outcome),
            )
        except Refusal:
            return  # without workers it stays pending, and says so
        self.changed.tell()

    def _said(self, questions: tuple[Question, ...], message: Message) -> None:
        if isinstance(message, Described):
            take(questions, message)
            self._answered.add(message.question)

    def _ended(self, questions: tuple[Question, ...], outcome: Done | Failed) -> None:
        self._task = None
        if isinstance(outcome, Failed):
            give_up(questions, self._answered, outcome)
        self._editing.check_again()
        self.changed.tell()


def take(questions: tuple[Question, ...], message: Described) -> None:
    """Notes one answer; one that is no error is kept for later sessions."""
    if 0 <= message.question < len(questions):
        found = message.description
        described.learn(questions[message.question], found, keep=not found.error)


def give_up(questions: tuple[Question, ...], answered: set[int], failed: Failed) -> None:
    """The worker has ended before its time. A question was at work then, unless the last answer already said that its
    code took too long: that question has its answer now, and the others are asked again."""
    waiting = [question for i, question in enumerate(questions) if i not in answered]
    if failed.code in RETRIED:
        last = described.answer(questions[max(answered)]) if answered else None
        waiting = [] if last is not None and last.error else waiting[:1]
    for question in waiting:
        described.learn(question, Description(error=failed.sentence), keep=False)
