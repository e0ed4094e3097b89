"""What is asked after an answer: why it is so, and which training samples are like this one. Only what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QTimer

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.try_it.explanation import Explanation, Wish
from nndesigner.gui.try_it.nearest import MOST, Nearest
from nndesigner.protocol.messages import Done, Failed

if TYPE_CHECKING:
    from nndesigner.session.session import Session

FOLLOW_MILLISECONDS = 200
"""after an answer: while one draws, answers alone keep up"""


class Sample(NamedTuple):
    """What was answered: raw values by field without a sample axis, of a text the place of its last token (None for the
    last of all), and of sounds what they look like."""

    run: Path
    inputs: Mapping[str, npt.NDArray[Any]]
    fields: Mapping[str, DataField]
    checked: CheckedNetwork | None
    place: int | None
    waves: Mapping[str, npt.NDArray[Any]] = {}


class Following:
    """Joins the two sections to whoever answers them. `follow` after every answer, `close` at the end."""

    def __init__(self, session: Session, explanation: Explanation, nearest: Nearest) -> None:
        self._session, self._explanation, self._nearest = session, explanation, nearest
        self._sample: Sample | None = None
        self._open = True
        self._timer = QTimer(explanation)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FOLLOW_MILLISECONDS)
        self._timer.timeout.connect(self._ask)
        explanation.changed.connect(self._explain)
        nearest.changed.connect(self._find_nearest)
        nearest.cancelled.connect(session.trying.neighbours.cancel)

    def follow(self, sample: Sample) -> None:
        self._sample = sample
        if self._open:
            self._timer.start()

    def forget(self) -> None:
        """There is no sample any more: another network."""
        self._sample = None
        self._timer.stop()

    def close(self) -> None:
        self._open = False
        self.forget()

    def _ask(self) -> None:
        self._explain()
        self._find_nearest()

    # -- why ---------------------------------------------------------------------------------------------------------
    def _explain(self) -> None:
        wish, sample = self._explanation.wish, self._sample
        if wish is None:
            self._session.trying.explanations.drop()
        if wish is None or sample is None:
            return
        try:
            self._session.trying.explain(
                sample.run,
                lambda outcome: self._explained(wish, sample, outcome),
                method=wish.method,
                inputs={name: value[None] for name, value in sample.inputs.items()},
                output=wish.output,
                wanted=wish.wanted,
                node=wish.node,
                only=wish.input,
                place=-1 if sample.place is None else sample.place,
                on_progress=self._explanation.show_progress,
            )
        except Refusal as refusal:
            self._explanation.say(str(refusal))

    def _explained(self, wish: Wish, sample: Sample, outcome: Done | Failed) -> None:
        if not self._open or wish != self._explanation.wish:
            return
        if isinstance(outcome, Failed):
            if outcome.code != "cancelled":
                self._explanation.say(outcome.sentence)
            return
        length = None if sample.place is None else sample.place + 1
        try:
            self._explanation.show_result(outcome.result, sample.inputs, sample.fields, length, sample.waves)
        except (KeyError, IndexError, TypeError, ValueError):
            self._explanation.say(tr("The explanation cannot be read: this run was made by another version."))

    # -- what is like it ---------------------------------------------------------------------------------------------
    def _find_nearest(self) -> None:
        sample = self._sample
        if not self._nearest.on:
            self._session.trying.neighbours.drop()
        if not self._nearest.on or sample is None:
            return
        try:
            self._session.trying.nearest(
                sample.run,
                lambda outcome: self._found_nearest(sample, outcome),
                inputs={name: np.asarray(value)[None] for name, value in sample.inputs.items()},
                most=MOST,
                on_progress=self._nearest.show_progress,
            )
        except Refusal as refusal:
            self._nearest.say(str(refusal))

    def _found_nearest(self, sample: Sample, outcome: Done | Failed) -> None:
        if not self._open or not self._nearest.on:
            return
        if isinstance(outcome, Failed):
            if outcome.code != "cancelled":
                self._nearest.say(outcome.sentence)
            return
        try:
            self._nearest.show_result(outcome.result, sample.fields, sample.checked)
        except (KeyError, IndexError, TypeError, ValueError):
            self._nearest.say(tr("The answer cannot be read: this run was made by another version."))
