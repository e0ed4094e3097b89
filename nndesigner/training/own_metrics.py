"""Metrics of the user's own while training and in evaluations: called with all answers to a part of the data at once.

A metric is given what people are told of answers: probabilities of classes, or numbers in the units of the data; and
what is true: class numbers, or numbers in the same units. One that fails takes nothing from the run: it is said why.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nndesigner.base.text import tr
from nndesigner.check.checked import Head
from nndesigner.compiler.losses import linked
from nndesigner.compiler.own_functions import OwnMetrics
from nndesigner.data.preparation import restore
from nndesigner.layers import own_metrics
from nndesigner.objectives.objective import Judged, Score

MOST_VALUES = 1 << 28
"""values of answers to a part that are kept for metrics: a gibibyte"""


def metrics_of(head: Head) -> OwnMetrics | None:
    """The metrics at an output; None where it has none."""
    code = own_metrics.code_of(head.node.use.values) if head.node.use is not None else ""
    return OwnMetrics(code) if code else None


class OwnScores:
    """The own metrics of a run, for every head that is counted. `tell` hears each sentence on a failure once."""

    def __init__(self, heads: Sequence[Head], scores: Sequence[Score], tell: Callable[[str], None]) -> None:
        found = [(score, heads[score.head], metrics_of(heads[score.head])) for score in scores]
        self._metrics = [(score, head, metrics) for score, head, metrics in found if metrics is not None]
        self._tell = tell
        self._told: set[str] = set()

    def wanted(self, samples: int) -> bool:
        """Whether the answers to so many samples are to be kept; where they are too many, that is said."""
        per_sample = sum(head.arriving.numel().value or 1 << 12 for _, head, _ in self._metrics)
        if per_sample * samples > MOST_VALUES:
            self._say(
                tr(
                    "Own metrics are not measured over {n} samples: their answers, {values} values, are too many to"
                    " keep. Take a smaller part for the validation.",
                    n=f"{samples:,}",
                    values=f"{per_sample * samples:,}",
                )
            )
            return False
        return bool(self._metrics)

    def results(self, answers: Judged) -> dict[str, float]:
        """Every metric by its name, from the answers to all batches of a part."""
        found: dict[str, float] = {}
        for score, head, metrics in self._metrics if answers else ():
            output, target = (
                torch.cat([batch[side][score.head].detach().cpu() for batch in answers]) for side in (0, 1)
            )
            measured, failures = metrics.results(*as_told(head, output, target))
            found |= {f"{name}{score.suffix}": value for name, value in measured.items()}
            for sentence in failures:
                self._say(sentence)
        return {name: value for name, value in found.items() if math.isfinite(value)}

    def _say(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._tell(sentence)


def as_told(head: Head, output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """What the loss read and the prepared target, both on the processor, as people are told them."""
    assert head.loss is not None and head.target is not None
    output = linked(head.loss.link, output.float(), head.class_axis)
    if head.in_target_units and head.target.preparation:
        output, target = (
            torch.from_numpy(np.ascontiguousarray(restore(head.target, value.numpy())))
            for value in (output, target)
        )
    return output, target


class Kept:
    """Answers of an output batch by batch, where it has own metrics: for evaluations, which ask as people do."""

    def __init__(self, head: Head) -> None:
        self._metrics = metrics_of(head)
        self._batches: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []

    def add(self, said: Mapping[str, Any], target: npt.NDArray[Any]) -> None:
        """One batch: what `Predictor.answers` said of the output, and the raw target."""
        if self._metrics is not None:
            self._batches.append((np.asarray(said["values"], np.float32), np.asarray(target)))

    def results(self) -> tuple[dict[str, float], tuple[str, ...]]:
        """The metrics by name, and a sentence for each that failed."""
        if self._metrics is None or not self._batches:
            return {}, ()
        output, target = (
            torch.from_numpy(np.concatenate([batch[side] for batch in self._batches])) for side in (0, 1)
        )
        if not target.is_floating_point():
            target = target.long()
        found, failures = self._metrics.results(output, target)
        return found, tuple(failures)
