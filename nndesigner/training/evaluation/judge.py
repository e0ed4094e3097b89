"""What counts one output over batches of answers, and what it is handed. What it counts its kinds say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.check.checked import Head
from nndesigner.data.grouping import Grouping
from nndesigner.data.tokens import text_of
from nndesigner.runs.evaluations import OutputResult, SampleLine, number
from nndesigner.training.evaluation.samples import Foremost
from nndesigner.training.own_metrics import Kept

Array = npt.NDArray[Any]
Integers = npt.NDArray[np.int64]


Looks = Callable[[npt.NDArray[np.int64]], tuple[dict[str, Any], ...]]
"""what the first input looks like, for samples by their number in the data"""


@dataclass(frozen=True)
class Batch:
    """What was answered and wanted for n samples: `said` is one output of `Predictor.answers`, `target` the raw values,
    `position` and `index` (n,) place in the part and number in the data, `codes` (n,) their groups. `judged` (n, time)
    says which places of a text count, None for all."""

    said: Mapping[str, Any]
    target: Array
    position: Integers
    index: Integers
    codes: Integers | None
    judged: npt.NDArray[np.bool_] | None = None

    def groups(self) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
        """Each group that occurs, and which samples are in it."""
        for code in np.unique(self.codes).tolist() if self.codes is not None else ():
            yield code, self.codes == code


class Judge(ABC):
    """Counts one output."""

    def __init__(self, head: Head) -> None:
        assert head.target is not None
        self.head, self.name, self.target = head, head.node.name, head.target
        self.worst, self.confident = Foremost(), Foremost()
        self.own = Kept(head)
        self._texts: dict[int, tuple[str, str]] = {}
        """truth and answer in words, of samples that are kept, by their number in the data"""

    @abstractmethod
    def add(self, batch: Batch) -> None:
        """Counts one batch more."""

    @abstractmethod
    def results(self, grouped: Grouping | None, looks: Looks) -> OutputResult:
        """What was counted; `looks` makes the previews of samples that are shown."""

    def _samples(self, kept: Foremost, looks: Looks) -> tuple[SampleLine, ...]:
        found = kept.kept
        if found is None or not len(found.index):
            return ()
        previews = looks(found.index)
        return tuple(
            SampleLine(
                position=int(found.position[i]),
                index=int(found.index[i]),
                truth=self._texts[int(found.index[i])][0] if self._texts else self._word(found.truth[i]),
                answer=self._texts[int(found.index[i])][1] if self._texts else self._word(found.answer[i]),
                loss=number(found.loss[i]),
                certain=number(found.certain[i]),
                wrong=bool(found.wrong[i]),
                preview=previews[i] if i < len(previews) else {},
            )
            for i in range(len(found.index))
        )

    def _word(self, value: float) -> str:
        """A truth or an answer as a person reads it, where samples have no texts of their own."""
        return f"{value:.4g}" if np.isfinite(value) else ""

    def _keep_texts(self, batch: Batch, answer: Integers, hidden: int | None) -> None:
        """The words of the worst samples: (n, steps) codes that were answered, without the token `hidden`."""
        kept = self.worst.kept
        wanted = set(kept.index.tolist()) if kept is not None else set()
        self._texts = {index: words for index, words in self._texts.items() if index in wanted}
        for i, index in enumerate(batch.index.tolist()):
            if index in wanted:
                sides = np.asarray(batch.target[i], np.int64), answer[i]
                truth, said = (text_of(self.target, side[side != hidden].tolist()) for side in sides)
                self._texts[index] = truth, said
