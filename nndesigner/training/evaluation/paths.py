"""Answers that are paths over steps (CTC): the text that each of them writes against the text that is wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from nndesigner.check.checked import Head
from nndesigner.data.grouping import Grouping
from nndesigner.layers.decoding import edit_distances
from nndesigner.layers.losses.loss import unit_of
from nndesigner.runs.evaluations import PATH, GroupLine, Number, OutputResult, SequenceScores, number
from nndesigner.training.evaluation.judge import Batch, Judge, Looks
from nndesigner.training.evaluation.samples import Judged

Integers = npt.NDArray[np.int64]


class PathJudge(Judge):
    """Counts edits: see `layers.decoding.edit_distances`. The worst samples are those with most edits per token."""

    def __init__(self, head: Head, groups: Sequence[str]) -> None:
        super().__init__(head)
        self._all = np.zeros(4, np.int64)
        """samples, right from end to end, edits, tokens wanted"""
        self._groups = np.zeros((len(groups), 4), np.int64)

    def add(self, batch: Batch) -> None:
        blank = self.head.blank
        said = np.asarray(batch.said["class"], np.int64)
        truth = np.asarray(batch.target, np.int64)
        edits = edit_distances(torch.from_numpy(said), torch.from_numpy(truth), blank).numpy()
        tokens = (truth != blank).sum(axis=1)
        counts = np.stack([np.ones_like(edits), edits == 0, edits, tokens], axis=1).astype(np.int64)
        self._all += counts.sum(axis=0)
        for code, here in batch.groups():
            self._groups[code] += counts[here].sum(axis=0)
        nothing = np.full(len(edits), np.nan)
        # How sure it was: the mean over the steps of the probability of the class that was read off.
        sure = np.asarray(batch.said["values"]).max(axis=self.head.class_axis).astype(np.float64).mean(axis=1)
        rate = edits / np.maximum(tokens, 1)
        judged = Judged(batch.position, batch.index, rate, nothing, nothing, sure, edits > 0)
        self.worst.add(np.where(edits > 0, rate, -np.inf), judged)
        self._keep_texts(batch, said, blank)

    def results(self, grouped: Grouping | None, looks: Looks) -> OutputResult:
        unit = unit_of(self.target)
        samples, right, edits, tokens = self._all.tolist()
        groups = []
        for name, counts in zip(
            grouped.names if grouped is not None else (), self._groups.tolist(), strict=True
        ):
            if counts[0]:
                values: dict[str, Number] = {
                    "exact match": counts[1] / counts[0],
                    f"{unit} error rate": counts[2] / counts[3] if counts[3] else None,
                }
                groups.append(GroupLine(name=name, samples=counts[0], values=values))
        return OutputResult(
            name=self.name,
            target=self.target.name,
            kind=self.target.kind,
            asked=PATH,
            sequences=SequenceScores(
                judged=samples,
                exact=number(right / samples) if samples else None,
                error_rate=number(edits / tokens) if tokens else None,
                tokens=tokens,
                unit=unit,
            ),
            groups=tuple(groups),
            worst=self._samples(self.worst, looks),
        )
