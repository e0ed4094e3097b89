"""One checkpoint over one part of the data: answers in batches, handed to what counts them.

It asks the network as people do (`training/predict.py`): raw values in, probabilities or numbers in the data's own
units out. Of the data no more than a batch is copied at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, quiet
from nndesigner.base.text import tr
from nndesigner.check.checked import Head
from nndesigner.data.dataset import Dataset
from nndesigner.data.grouping import BINS, Grouping, grouping
from nndesigner.data.preview import thumbnails
from nndesigner.data.stored import Held
from nndesigner.layers.losses.loss import unit_of
from nndesigner.measurements.judged import ignored
from nndesigner.runs.evaluations import (
    GREEDY,
    Average,
    Cells,
    GroupLine,
    Number,
    OutputResult,
    SequenceScores,
    number,
)
from nndesigner.training.evaluation.asking import Asking
from nndesigner.training.evaluation.classes import MOST_CONFUSED, ClassTally
from nndesigner.training.evaluation.judge import Array, Batch, Integers, Judge, Looks
from nndesigner.training.evaluation.numbers import NumberSums, NumberTally
from nndesigner.training.evaluation.paths import PathJudge
from nndesigner.training.evaluation.samples import CellSamples, Judged
from nndesigner.training.own_metrics import Kept

Floats = npt.NDArray[np.float32]

AT_ONCE = 512
"""samples between two words on how far it is"""
MOST_VALUES = 1 << 23
"""values of inputs and answers together that are taken at once"""


class Answering(Protocol):
    """What is asked: a `training.predict.Predictor`, or in a test anything that answers like one."""

    @property
    def fields(self) -> tuple[DataField, ...]: ...
    @property
    def heads(self) -> Sequence[Head]: ...
    def answers(self, arrays: Mapping[str, Array]) -> dict[str, Any]: ...


def evaluate(
    predictor: Answering,
    data: Dataset,
    part: str,
    *,
    group: str = "",
    bins: int = BINS,
    asking: Asking | None = None,
    progress: Progress = quiet,
) -> tuple[OutputResult, ...]:
    """Every output that has a target, over all samples of a part, asked as `asking` says, or as the data stands. Raises
    Refusal where that cannot be, and lets `Cancelled` pass from `progress`."""
    asking = asking or Asking()
    rows = data.indices.get(part)
    if rows is None or not len(rows):
        raise Refusal(tr("The data has no samples in the part “{part}”.", part=part))
    _check_same(predictor, data)
    grouped = grouping(data.fields, data.arrays, rows, group, bins) if group else None
    in_time = any(field.kind == "series" for field in predictor.fields)
    judges = [
        _judge(head, len(rows), in_time, grouped.names if grouped is not None else (), asking)
        for head in predictor.heads
        if head.target is not None and not head.unjudged
    ]
    if not judges:
        raise Refusal(
            tr(
                "No output of the network is compared with a target: there is nothing to judge its answers by."
            )
        )
    at_once = _samples_at_once(predictor, data)
    held = [Held(array) for array in data.arrays.values()]
    for start in range(0, len(rows), at_once):
        progress(
            start / len(rows), tr("Evaluating: sample {n} of {all}", n=f"{start:,}", all=f"{len(rows):,}")
        )
        chosen = rows[start : start + at_once]
        position = np.arange(start, start + len(chosen))
        question = asking.question({f.name: data.arrays[f.name][chosen] for f in predictor.fields})
        said = predictor.answers(question.arrays)
        codes = grouped.codes(data.arrays[grouped.choice.field][chosen]) if grouped is not None else None
        for judge in judges:
            target = data.arrays[judge.target.name][chosen]
            judged = question.judged.get(judge.name)
            judge.add(Batch(said[judge.name], target, position, chosen, codes, judged))
            judge.own.add(said[judge.name], target)
        for array in held:
            array.read(len(chosen))
    progress(0.97, tr("Computing the metrics"))
    looks = _looks(predictor.fields, data)
    return tuple(_with_own(judge.results(grouped, looks), judge.own) for judge in judges)


def _with_own(result: OutputResult, kept: Kept) -> OutputResult:
    found, failures = kept.results()
    own = {name: number(value) for name, value in found.items()}
    return msgspec.structs.replace(result, own=own, failures=failures)


def _check_same(predictor: Answering, data: Dataset) -> None:
    """The codes of classes, tokens and categories must mean what they meant in training. Raises Refusal."""
    targets = [head.target for head in predictor.heads if head.target is not None]
    for known in (*predictor.fields, *targets):
        here = data.fields.get(known.name)
        if here is None or any(_meaning(known)[i] != _meaning(here)[i] for i in range(4)):
            raise Refusal(
                tr(
                    "The data is not what the run was trained on: “{name}” has changed. Train again, or bring the old"
                    " data back.",
                    name=known.name,
                )
            )


def _meaning(field: DataField) -> tuple[object, ...]:
    columns = field.preparation.get("columns", ())
    categories = [list(column.get("names", ())) for column in columns]
    return tuple(field.classes), tuple(field.tokens), tuple(field.columns), categories


def _samples_at_once(predictor: Answering, data: Dataset) -> int:
    values = sum(int(np.prod(data.arrays[field.name].shape[1:])) for field in predictor.fields)
    for head in predictor.heads:
        if head.target is not None:
            size = int(np.prod(data.arrays[head.target.name].shape[1:]))
            values += size * max(len(head.target.classes or head.target.tokens), 1)
    return int(np.clip(MOST_VALUES // max(values, 1), 1, AT_ONCE))


# -- one output ------------------------------------------------------------------------------------------------------
class _ClassJudge(Judge):
    def __init__(self, head: Head, groups: Sequence[str], asked: str) -> None:
        super().__init__(head)
        self._asked = asked
        self._whole = np.zeros(2, np.int64)
        """answers of several tokens, and how many are right from end to end"""
        self._whole_in_groups = np.zeros((len(groups), 2), np.int64)
        tokens = self.target.kind == "tokens"
        self._names = tuple(self.target.classes or self.target.tokens)
        self._tally = ClassTally(
            self._names, tokens=tokens, regions=self.target.kind == "class" and bool(self.target.axes)
        )
        self._groups = [ClassTally(self._names, ranked=False, tokens=tokens) for _ in groups]
        self._in_groups = np.zeros(len(groups), np.int64)
        self._cells = CellSamples(len(self._names))
        self._hidden = ignored(head)

    def add(self, batch: Batch) -> None:
        values = np.asarray(batch.said["values"], np.float32)
        found = chances(values, self.head.class_axis, self.head.width == 1)
        shape = found.shape[:-1]
        truth = np.asarray(batch.target, np.int64).reshape(shape)
        answer = np.asarray(batch.said["class"], np.int64).reshape(shape)
        counted = truth != self._hidden if self._hidden is not None else np.ones(shape, bool)
        if batch.judged is not None:
            counted &= batch.judged
        self._tally.add(found[counted], answer[counted], truth[counted])
        for code, here in batch.groups():
            self._in_groups[code] += int(here.sum())
            mask = counted & here.reshape(-1, *[1] * (len(shape) - 1))
            self._groups[code].add(found[mask], answer[mask], truth[mask])
        self._pick(batch, found, answer, truth, counted)
        if self._asked == GREEDY:
            right = ((answer == truth) | ~counted).all(axis=1)
            self._whole += len(right), int(right.sum())
            for code, here in batch.groups():
                self._whole_in_groups[code] += int(here.sum()), int(right[here].sum())
            self._keep_texts(batch, answer, self._hidden)

    def _pick(
        self, batch: Batch, found: Floats, answer: Integers, truth: Integers, counted: npt.NDArray[np.bool_]
    ) -> None:
        safe = np.where(counted, truth, 0)
        of_truth = np.take_along_axis(found, safe[..., None], -1)[..., 0].astype(np.float64)
        certain = np.take_along_axis(found, answer[..., None], -1)[..., 0].astype(np.float64)
        loss = np.where(counted, -np.log(np.clip(of_truth, 1e-12, 1.0)), 0.0)
        wrong = counted & (answer != truth)
        single = loss.ndim == 1
        if not single:
            rest = tuple(range(1, loss.ndim))
            loss = loss.sum(axis=rest) / np.maximum(counted.sum(axis=rest), 1)
            certain, wrong = certain.mean(axis=rest), wrong.any(axis=rest)
        nothing = np.full(len(loss), np.nan)
        judged = Judged(
            batch.position,
            batch.index,
            loss,
            truth.astype(np.float64) if single else nothing,
            answer.astype(np.float64) if single else nothing,
            certain,
            wrong,
        )
        if single and not counted.all():
            judged = judged.at(np.flatnonzero(counted))
        self.worst.add(judged.loss, judged)
        if single:
            self.confident.add(np.where(judged.wrong, judged.certain, -np.inf), judged)
            if len(self._names) <= MOST_CONFUSED:
                self._cells.add(judged)

    def results(self, grouped: Grouping | None, looks: Looks) -> OutputResult:
        groups = []
        for name, samples, tally, whole in zip(
            grouped.names if grouped is not None else (),
            self._in_groups.tolist(),
            self._groups,
            self._whole_in_groups.tolist(),
            strict=True,
        ):
            if not samples:
                continue
            # Of samples of one class only, means over classes would say nothing.
            macro = tally.average("macro") if tally.occurring > 1 else Average()
            values: dict[str, Number] = {
                "accuracy": tally.accuracy,
                "macro F1": macro.f1,
                "log loss": tally.log_loss,
            }
            if whole[0]:
                values["exact match"] = whole[1] / whole[0]
            groups.append(GroupLine(name=name, samples=samples, values=values))
        matrix = len(self._names) <= MOST_CONFUSED and self.target.kind == "class"
        return OutputResult(
            name=self.name,
            target=self.target.name,
            kind=self.target.kind,
            classes=self._tally.results(),
            sequences=self._sequences(),
            asked=self._asked,
            groups=tuple(groups),
            worst=self._samples(self.worst, looks),
            confident=self._samples(self.confident, looks),
            cells=self._cells.results() if matrix else Cells(),
        )

    def _sequences(self) -> SequenceScores | None:
        answers, right = self._whole.tolist()
        if not answers:
            return None
        exact = number(right / answers)
        return SequenceScores(
            judged=answers, exact=exact, tokens=self._tally.judged, unit=unit_of(self.target)
        )

    def _word(self, value: float) -> str:
        return self._names[int(value)] if np.isfinite(value) else ""


class _NumberJudge(Judge):
    def __init__(self, head: Head, samples: int, in_time: bool, groups: Sequence[str]) -> None:
        super().__init__(head)
        self._tally = NumberTally(self.target.name, self.target.columns, samples, in_time)
        self._groups = [NumberSums() for _ in groups]
        scale = self.target.preparation.get("scale", (1.0,))
        self._scale = float(np.mean(np.abs(np.asarray(scale, np.float64)))) or 1.0

    def add(self, batch: Batch) -> None:
        n = len(batch.index)
        answer = np.asarray(batch.said["values"], np.float64).reshape(n, -1)
        truth = np.asarray(batch.target, np.float64).reshape(n, -1)
        if answer.shape[1] != truth.shape[1]:
            if truth.shape[1] != 1:
                raise Refusal(
                    tr(
                        "The output {name} gives {answers} numbers and its target has {truths}: they cannot be"
                        " compared.",
                        name=self.name,
                        answers=answer.shape[1],
                        truths=truth.shape[1],
                    )
                )
            truth = np.repeat(
                truth, answer.shape[1], axis=1
            )  # several answers to one number, such as quantiles
        self._tally.add(answer, truth, batch.position, batch.index)
        known = np.isfinite(answer).all(axis=1) & np.isfinite(truth).all(axis=1)
        for code, here in batch.groups():
            self._groups[code].add(answer[here & known], truth[here & known])
        nothing = np.full(n, np.nan)
        single = truth.shape[1] == 1
        loss = (((answer - truth) / self._scale) ** 2).mean(axis=1)
        self.worst.add(
            loss,
            Judged(
                batch.position,
                batch.index,
                loss,
                truth[:, 0] if single else nothing,
                answer[:, 0] if single else nothing,
                nothing,
                np.zeros(n, bool),
            ),
        )

    def results(self, grouped: Grouping | None, looks: Looks) -> OutputResult:
        groups = []
        for name, sums in zip(grouped.names if grouped is not None else (), self._groups, strict=True):
            if not sums.samples:
                continue
            line = sums.line(name)
            values = {"MAE": line.mae, "RMSE": line.rmse, "R²": line.r2, "bias": line.bias}
            groups.append(GroupLine(name=name, samples=sums.samples, values=values))
        return OutputResult(
            name=self.name,
            target=self.target.name,
            kind=self.target.kind,
            numbers=self._tally.results(),
            groups=tuple(groups),
            worst=self._samples(self.worst, looks),
        )


def _judge(head: Head, samples: int, in_time: bool, groups: Sequence[str], asking: Asking) -> Judge:
    if not head.aligned:
        return PathJudge(head, groups)
    if head.target is not None and head.target.kind in ("class", "tokens"):
        return _ClassJudge(head, groups, asking.how if asking.head == head.node.name else "")
    return _NumberJudge(head, samples, in_time, groups)


def chances(values: Floats, axis: int, single: bool) -> Floats:
    """(n, …, classes): probabilities that sum to 1, of answers with their classes along `axis`; `single` is one value
    for two classes. Scores that are no probabilities go through a sigmoid or a softmax, so that they have an order."""
    value: Floats = np.moveaxis(values, axis, -1)
    shares = bool(((value >= 0) & (value <= 1)).all())
    if single:
        one = value[..., 0] if shares else 1 / (1 + np.exp(-np.clip(value[..., 0], -80, 80)))
        return np.stack((1 - one, one), axis=-1)
    if not shares:
        raised = np.exp(value - value.max(axis=-1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)
    whole = value.sum(axis=-1, keepdims=True)
    off = bool((np.abs(whole - 1) > 1e-3).any())
    return np.asarray(value / np.maximum(whole, 1e-12), np.float32) if off else value


def _looks(fields: Sequence[DataField], data: Dataset) -> Looks:
    """What the first input looks like for samples by their number in the data."""
    if not fields:
        return lambda index: ()
    field = fields[0]
    columns = field.preparation.get("columns", ()) if field.kind == "table" else ()
    names = {i: tuple(c["names"]) for i, c in enumerate(columns) if c.get("kind") == "category"}
    return lambda index: thumbnails(field, data.arrays[field.name], index, names)
