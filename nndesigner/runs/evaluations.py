"""What evaluations of a run found, kept in its folder: one file for each part of the data, the newest evaluation of it.

    evaluations/test.json        as `Evaluation` below

A later session shows it without computing anything. It carries the checkpoint and the fingerprint of the data that it
is about, so that anybody can tell whether it still holds (`why_stale`). Numbers that could not be told are None.
Everything is bounded: curves are thinned, samples are counted out; a file has a few megabytes at most.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.disk import reason
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.runs.store import RunFolder

FOLDER = "evaluations"
PARTS = ("test", "validation", "train")
"""in the order in which they say most of a network"""
VERSION = 1
Number = float | None
GREEDY, PATH, MASKED = "greedy", "path", "masked"
"""`OutputResult.asked`: a decoder read what it wrote itself, always the likeliest token; a text was read off by the
best path over steps; tokens were hidden, and only they were judged"""


class ClassLine(msgspec.Struct, frozen=True, kw_only=True):
    """One class: precision, recall and F1 (van Rijsbergen, Information Retrieval, 1979), how often it was true and how
    often answered, and how well its probability ranks (area under the ROC curve, average precision)."""

    name: str
    precision: Number = None
    recall: Number = None
    f1: Number = None
    support: int = 0
    answered: int = 0
    auc: Number = None
    average_precision: Number = None
    iou: Number = None
    """intersection over union TP / (TP + FP + FN), of a class at every place only (see `training/metrics.py`)"""


class Curve(msgspec.Struct, frozen=True):
    """A curve of one class, thinned: at most 120 points."""

    code: int
    x: tuple[float, ...]
    y: tuple[float, ...]


class Calibration(msgspec.Struct, frozen=True):
    """Answers by their probability: the middle of what each bin claimed, the share that was right, and how many."""

    claimed: tuple[float, ...] = ()
    right: tuple[float, ...] = ()
    answers: tuple[int, ...] = ()


class Cells(msgspec.Struct, frozen=True):
    """Samples by truth and answer, some of each cell of the confusion matrix: `position` within the part, `index` in
    the data, and the probability of the answer."""

    truth: tuple[int, ...] = ()
    answer: tuple[int, ...] = ()
    position: tuple[int, ...] = ()
    index: tuple[int, ...] = ()
    certain: tuple[float, ...] = ()

    def of(self, truth: int, answer: int) -> tuple[int, ...]:
        """Places in these columns of the samples of one cell."""
        both = zip(self.truth, self.answer, strict=True)
        return tuple(i for i, cell in enumerate(both) if cell == (truth, answer))


class Average(msgspec.Struct, frozen=True):
    precision: Number = None
    recall: Number = None
    f1: Number = None


class ClassScores(msgspec.Struct, frozen=True, kw_only=True):
    """How good answers that are classes are. `judged` counts what was compared: samples, or tokens."""

    judged: int
    accuracy: Number = None
    top5: Number = None
    """the share of truths among the five most probable classes; None for five classes and fewer"""
    balanced_accuracy: Number = None
    mean_iou: Number = None
    """over the classes that are true or answered anywhere; of a class at every place (a mask) only"""
    log_loss: Number = None
    perplexity: Number = None
    """of tokens only: exp of the log loss"""
    brier: Number = None
    calibration_error: Number = None
    macro: Average = Average()
    weighted: Average = Average()
    lines: tuple[ClassLine, ...] = ()
    """of the classes, at most 1,000 of those that occur most often"""
    classes: tuple[str, ...] = ()
    """of the confusion matrix; () where there are too many for one"""
    confusion: tuple[tuple[int, ...], ...] = ()
    """rows are the truth"""
    mistaken: tuple[tuple[str, str, int], ...] = ()
    """the pairs that are confused most often: truth, answer, how often"""
    roc: tuple[Curve, ...] = ()
    precision_recall: tuple[Curve, ...] = ()
    calibration: Calibration = Calibration()
    exact: bool = True
    """whether the curves come from every probability, rather than from 2,000 bins of them"""


class NumberLine(msgspec.Struct, frozen=True, kw_only=True):
    """One number of the target, in its own units. `mape` is a share, over the truths that are not zero."""

    name: str
    samples: int = 0
    mae: Number = None
    rmse: Number = None
    r2: Number = None
    mape: Number = None
    bias: Number = None
    """mean of answer - truth"""
    quantiles: tuple[float, ...] = ()
    """of answer - truth at 5, 25, 50, 75 and 95 %"""


class Spread(msgspec.Struct, frozen=True):
    """What is left over of one number: a histogram of answer - truth, and its quantiles against those of a normal
    distribution (Q-Q plot: Wilk and Gnanadesikan, Biometrika 55, 1968) with the line through its quartiles."""

    counts: tuple[int, ...] = ()
    edges: tuple[float, ...] = ()
    normal: tuple[float, ...] = ()
    ordered: tuple[float, ...] = ()
    slope: float = 0.0
    intercept: float = 0.0


class Points(msgspec.Struct, frozen=True):
    """Truth and answer of one number, at most 2,000 samples."""

    index: tuple[int, ...] = ()
    position: tuple[int, ...] = ()
    truth: tuple[float, ...] = ()
    answer: tuple[float, ...] = ()


class NumberScores(msgspec.Struct, frozen=True, kw_only=True):
    """How good answers that are numbers are: over all of them, and for each number of the target (at most 64)."""

    judged: int
    overall: NumberLine
    lines: tuple[NumberLine, ...] = ()
    spreads: tuple[Spread, ...] = ()
    """of the first 8 numbers"""
    points: tuple[Points, ...] = ()
    """of the first 8 numbers, evenly spread over the part"""
    forecast: tuple[Points, ...] = ()
    """of the first 8 numbers, consecutive samples in their order in time; () where the data is no series"""


class SequenceScores(msgspec.Struct, frozen=True, kw_only=True):
    """How good answers of several tokens are as wholes. `judged` counts them, `exact` is the share that is right from
    end to end. Where answers are as long as they please, `error_rate` is Σ edits / Σ `tokens` wanted (edit distance:
    Levenshtein 1966), counted in what `unit` says: "character", "word" or "token"."""

    judged: int
    exact: Number = None
    error_rate: Number = None
    tokens: int = 0
    unit: str = "token"


class GroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """The metrics of the samples of one group, by name; the same names for every group of an output."""

    name: str
    samples: int
    values: dict[str, Number] = {}


class SampleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A sample worth a look: what was wanted and answered, in words, and a small picture (`data/preview.py`)."""

    position: int
    index: int
    truth: str = ""
    answer: str = ""
    loss: Number = None
    """-log p(truth); for numbers the square of the error in units of the target's spread, for a path over steps its
    edits per token"""
    certain: Number = None
    wrong: bool = True
    preview: dict[str, Any] = {}


class OutputResult(msgspec.Struct, frozen=True, kw_only=True):
    """One output of the network against its target: `classes`, `numbers` or, where it is a path over steps, only
    `sequences`, which a decoder that writes by itself has besides."""

    name: str
    target: str
    kind: str
    """of the target: "class", "tokens", "number", "series", "image" """
    classes: ClassScores | None = None
    numbers: NumberScores | None = None
    sequences: SequenceScores | None = None
    asked: str = ""
    """GREEDY, PATH or MASKED; "" where the network was asked as the data stands"""
    groups: tuple[GroupLine, ...] = ()
    worst: tuple[SampleLine, ...] = ()
    """the largest losses first"""
    confident: tuple[SampleLine, ...] = ()
    """wrong answers, the most certain first"""
    cells: Cells = Cells()
    own: dict[str, Number] = {}
    """metrics of the user's own, by name"""
    failures: tuple[str, ...] = ()
    """why some of those could not be measured, one sentence each"""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation of one checkpoint of a run over one part of its data."""

    format: str = "nndesigner-evaluation"
    version: int = VERSION
    part: str
    checkpoint: str
    """its folder's name"""
    step: int
    epoch: float = 0.0
    best: bool = False
    samples: int = 0
    fingerprint: str = ""
    """of the data that was read"""
    trained_on: str = ""
    """fingerprint of the data that the run was trained on, as far as it is known"""
    group: str = ""
    """what `OutputResult.groups` are by: `data.grouping.Choice.key`"""
    group_label: str = ""
    created: str = ""
    """UTC, ISO 8601"""
    seconds: float = 0.0
    device: str = ""
    outputs: tuple[OutputResult, ...] = ()


def number(value: float) -> Number:
    """A number as it is kept: None for what is none."""
    value = float(value)
    return value if math.isfinite(value) else None


def plain(evaluation: Evaluation) -> dict[str, Any]:
    """As plain lists and dictionaries: what travels in `Done.result`, and what the command line prints."""
    made = msgspec.to_builtins(evaluation)
    assert isinstance(made, dict)
    return made


def from_plain(value: Mapping[str, Any]) -> Evaluation:
    """The evaluation that `plain` was made of. Raises Refusal for what is none, or of a newer version."""
    try:
        found = msgspec.convert(value, Evaluation)
    except msgspec.ValidationError as error:
        raise Refusal(tr("The evaluation cannot be read: {why}.", why=error)) from None
    if found.format != "nndesigner-evaluation" or found.version > VERSION:
        raise Refusal(tr("The evaluation was written by a newer version of nndesigner."))
    return found


def save(run: RunFolder, evaluation: Evaluation) -> None:
    """Keeps it as the newest of its part. Raises WriteError."""
    folder = run.path / FOLDER
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise WriteError(folder, reason(error)) from error
    write_atomically(folder / f"{evaluation.part}.json", msgspec.json.encode(evaluation) + b"\n")


def load(run: RunFolder, part: str) -> Evaluation | None:
    """The newest evaluation of a part; None where there is none or it cannot be read."""
    if part not in PARTS:
        return None
    try:
        return from_plain(msgspec.json.decode((run.path / FOLDER / f"{part}.json").read_bytes()))
    except (OSError, Refusal, msgspec.MsgspecError):
        return None


def load_all(run: RunFolder) -> tuple[Evaluation, ...]:
    """Every evaluation of a run, that of the test part first."""
    return tuple(found for part in PARTS if (found := load(run, part)) is not None)


def why_stale(evaluation: Evaluation, run: RunFolder, fingerprint: str = "") -> tuple[str, ...]:
    """Why an evaluation may say nothing of the run as it is now, a sentence for each reason. `fingerprint` is of the
    data as it is known now, "" where that is not known."""
    found = []
    if fingerprint and evaluation.fingerprint != fingerprint:
        found.append(tr("The data has changed since this evaluation: evaluate again."))
    elif evaluation.trained_on and evaluation.fingerprint != evaluation.trained_on:
        found.append(tr("The data is not the same as the run was trained on: its parts may overlap."))
    newest = run.checkpoints()
    wanted = [checkpoint for checkpoint in newest if checkpoint.best] if evaluation.best else list(newest)
    if wanted and wanted[-1].step > evaluation.step:
        words = tr("best") if evaluation.best else tr("newest")
        found.append(
            tr(
                "This is about step {step}; the {which} checkpoint is of step {newest}: evaluate again.",
                step=f"{evaluation.step:,}",
                which=words,
                newest=f"{wanted[-1].step:,}",
            )
        )
    return tuple(found)
