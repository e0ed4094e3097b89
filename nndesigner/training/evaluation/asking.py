"""How a network is asked where its own answers, or hidden parts of what it reads, are what it is judged by.

A decoder writes by itself: what the data has as “written so far” is the right answer, which nobody knows later. A
network that learned to tell hidden tokens is asked with tokens hidden, by the same rule as in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nndesigner.check.asking import writes
from nndesigner.objectives.catalogue import whole_plan
from nndesigner.objectives.masked_tokens import MASKED_TOKENS, PAD, masked, masked_text
from nndesigner.runs.evaluations import GREEDY, MASKED
from nndesigner.training.predict import Predictor

Array = npt.NDArray[Any]
SEED = 0
"""of what is hidden: every evaluation hides the same tokens of the same samples"""


@dataclass(frozen=True)
class Question:
    """What is asked, by data field, and which places of a text are judged, by the name of the output; all where it
    names none."""

    arrays: Mapping[str, Array]
    judged: Mapping[str, npt.NDArray[np.bool_]]


class Asking:
    """As it stands in the data."""

    how = ""
    """see `runs.evaluations.OutputResult.asked`"""
    head = ""
    """the output that `how` is about"""

    def question(self, arrays: Mapping[str, Array]) -> Question:
        """Raw values of some samples, those of an evaluation batch after batch in their order."""
        return Question(arrays, {})


class Greedy(Asking):
    """What a decoder reads it has written itself, the likeliest token at each place."""

    how = GREEDY

    def __init__(self, predictor: Predictor, head: str) -> None:
        self._predictor, self.head = predictor, head

    def question(self, arrays: Mapping[str, Array]) -> Question:
        return Question(self._predictor.written(arrays), {})


class Masked(Asking):
    """Some tokens of each text are hidden, and only they are judged."""

    how = MASKED

    def __init__(self, field: str, head: str, share: float, tokens: int, pad: int | None) -> None:
        self._field, self.head = field, head
        self._rule = share, tokens, pad
        self._generator = torch.Generator().manual_seed(SEED)

    def question(self, arrays: Mapping[str, Array]) -> Question:
        text = torch.from_numpy(np.ascontiguousarray(arrays[self._field], np.int64))
        seen, judged = masked(text, *self._rule, generator=self._generator)
        return Question({**arrays, self._field: seen.numpy()}, {self.head: judged.numpy()})


def asking_of(predictor: Predictor) -> Asking:
    """How the network of a run is to be asked, as its way of learning and its drawing say."""
    document, checked = predictor.document, predictor.checked
    if document.plan is not None and document.plan.objective == MASKED_TOKENS.type:
        found = masked_text(checked)
        if found is not None and found[1].field is not None:
            _, node, head = found
            field = node.field
            assert field is not None
            share = float(MASKED_TOKENS.values(whole_plan(document)[0])["mask_share"])
            pad = field.tokens.index(PAD) if PAD in field.tokens else None
            return Masked(field.name, head.node.name, share, len(field.tokens), pad)
    decoder = writes(checked)
    return Greedy(predictor, decoder[1].node.name) if decoder is not None else Asking()
