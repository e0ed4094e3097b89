"""Evaluations as tables of plain values: what the window, the report and the command line show and export alike.

Values are numbers, text, or None for what could not be told; how many digits are shown is the business of who shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from nndesigner.base.text import tr
from nndesigner.runs.evaluations import (
    GREEDY,
    MASKED,
    PATH,
    ClassScores,
    NumberLine,
    NumberScores,
    OutputResult,
    Points,
    SampleLine,
)

Rows = list[list[object]]
Table = tuple[list[str], Rows]


def summary_rows(output: OutputResult) -> Rows:
    """[name, value] of everything that is one number."""
    classes, numbers, whole = output.classes, output.numbers, output.sequences
    rows: Rows = []
    if whole is not None:
        rows += [
            [tr("sequences"), whole.judged],
            [tr("exact match"), whole.exact],
            [tr("{unit} error rate", unit=tr(whole.unit)), whole.error_rate],
        ]
    if classes is not None:
        tokens = output.kind == "tokens"
        rows += [
            [tr("tokens") if tokens else tr("samples"), classes.judged],
            [tr("token accuracy") if tokens else tr("accuracy"), classes.accuracy],
            [tr("mean IoU"), classes.mean_iou],
            [tr("balanced accuracy"), classes.balanced_accuracy],
            [tr("top-5 accuracy"), classes.top5],
            [tr("macro precision"), classes.macro.precision],
            [tr("macro recall"), classes.macro.recall],
            [tr("macro F1"), classes.macro.f1],
            [tr("weighted F1"), classes.weighted.f1],
            [tr("log loss"), classes.log_loss],
            [tr("perplexity"), classes.perplexity],
            [tr("Brier score"), classes.brier],
            [tr("calibration error"), classes.calibration_error],
        ]
    if numbers is not None:
        line = numbers.overall
        rows.append([tr("samples"), numbers.judged])
        rows += [[name, value] for name, value in _of_line(line)]
    rows += [[name, value] for name, value in output.own.items()]
    return [row for row in rows if row[1] is not None]


def how_asked(output: OutputResult) -> str:
    """A sentence on how the network was asked where that is not as the data stands, else ""."""
    return {
        GREEDY: tr(
            "The decoder wrote by itself (greedy decoding): it read its own tokens, the likeliest of each place, and"
            " not the right ones."
        ),
        PATH: tr(
            "Read off by the best path: the likeliest class of each step, repeats made one and blanks left out."
        ),
        MASKED: tr(
            "Some tokens of each text were hidden, as in training, and only they are judged; every evaluation hides the"
            " same ones."
        ),
    }.get(output.asked, "")


_QUANTILES = ("residual, 5 %", "residual, 25 %", "residual, median", "residual, 75 %", "residual, 95 %")


def _of_line(line: NumberLine) -> list[tuple[str, float | None]]:
    return [
        ("MAE", line.mae),
        ("RMSE", line.rmse),
        ("R²", line.r2),
        ("MAPE", line.mape),
        (tr("bias"), line.bias),
        *zip(_QUANTILES, line.quantiles, strict=False),
    ]


def class_rows(scores: ClassScores) -> Table:
    """A row per class, and the averages below."""
    header = [
        tr("class"),
        tr("precision"),
        tr("recall"),
        "F1",
        tr("support"),
        tr("answered"),
        "AUC",
        "AP",
    ]
    ranked = any(line.auc is not None for line in scores.lines)
    rows: Rows = [
        [
            line.name,
            line.precision,
            line.recall,
            line.f1,
            line.support,
            line.answered,
            line.auc,
            line.average_precision,
        ]
        for line in scores.lines
    ]
    if not ranked:
        header, rows = header[:6], [row[:6] for row in rows]
    if any(line.iou is not None for line in scores.lines):
        header = [*header, tr("IoU")]
        rows = [[*row, line.iou] for row, line in zip(rows, scores.lines, strict=True)]
    return header, rows


def average_rows(scores: ClassScores) -> Rows:
    """The means over classes, in the columns of `class_rows`."""
    return [
        [name, mean.precision, mean.recall, mean.f1, scores.judged]
        for name, mean in ((tr("macro mean"), scores.macro), (tr("weighted mean"), scores.weighted))
    ]


def confusion_rows(scores: ClassScores) -> Table:
    """A row per true class, a column per answer."""
    return [tr("truth"), *scores.classes], [
        [name, *row] for name, row in zip(scores.classes, scores.confusion, strict=True)
    ]


def mistaken_rows(scores: ClassScores) -> Table:
    return [tr("truth"), tr("answer"), tr("samples")], [list(row) for row in scores.mistaken]


def curve_rows(scores: ClassScores, kind: str) -> Table:
    """The points of the ROC curves ("roc") or of precision by recall ("precision"), or calibration ("calibration")."""
    if kind == "calibration":
        c = scores.calibration
        return [tr("claimed"), tr("right"), tr("answers")], [
            list(row) for row in zip(c.claimed, c.right, c.answers, strict=True)
        ]
    if kind == "roc":
        header, curves = [tr("class"), tr("false positive rate"), tr("true positive rate")], scores.roc
    else:
        header, curves = [tr("class"), tr("recall"), tr("precision")], scores.precision_recall
    rows: Rows = [
        [scores.lines[curve.code].name if curve.code < len(scores.lines) else curve.code, x, y]
        for curve in curves
        for x, y in zip(curve.x, curve.y, strict=True)
    ]
    return header, rows


def number_rows(scores: NumberScores) -> Table:
    """A row per number of the target."""
    header = [tr("number"), "MAE", "RMSE", "R²", "MAPE", tr("bias")]
    lines = scores.lines if scores.lines else (scores.overall,)
    rows: Rows = [[line.name, line.mae, line.rmse, line.r2, line.mape, line.bias] for line in lines]
    if len(rows) > 1:
        o = scores.overall
        rows.append([tr("all together"), o.mae, o.rmse, o.r2, o.mape, o.bias])
    return header, rows


def point_rows(points: Points) -> Table:
    columns = (points.position, points.index, points.truth, points.answer)
    return [tr("position"), tr("sample"), tr("truth"), tr("answer"), tr("residual")], [
        [p, i, t, a, a - t] for p, i, t, a in zip(*columns, strict=True)
    ]


def group_rows(output: OutputResult, label: str) -> Table:
    """A row per group, with how many samples are in it; of metrics those that any group has."""
    known = output.groups[0].values if output.groups else {}
    names = [name for name in known if any(line.values.get(name) is not None for line in output.groups)]
    return [label or tr("group"), tr("samples"), *names], [
        [line.name, line.samples, *(line.values.get(name) for name in names)] for line in output.groups
    ]


def sample_rows(lines: Sequence[SampleLine]) -> Table:
    return [tr("sample"), tr("position"), tr("truth"), tr("answer"), tr("certainty"), tr("loss")], [
        [line.index, line.position, line.truth, line.answer, line.certain, line.loss] for line in lines
    ]
