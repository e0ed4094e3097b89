"""A run in a list: what is said of it in words, and how its row is painted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QLineF, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from nndesigner.base.text import count, tr
from nndesigner.document.metrics import METRICS
from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.gui.icons import color_of, paint_icon
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme
from nndesigner.runs.comparison import differing
from nndesigner.runs.cross_validation import Folds
from nndesigner.runs.listing import RunSummary

SUMMARY, WORDS, MARK, GROUP = (Qt.ItemDataRole.UserRole + i for i in range(4))
"""GROUP: of a run, whether it belongs to a group; of the line above a group, which has no SUMMARY, the group's id"""
ROW_HEIGHT = 46
MOST_DIFFERENCES = 6
STATES = {
    "created": ("history", "muted", "waiting to start"),
    "running": ("run", "accent", "running"),
    "paused": ("pause", "warning", "paused"),
    "finished": ("ok", "good", "finished"),
    "early": ("ok", "good", "stopped early"),
    "stopped": ("stop", "muted", "stopped"),
    "interrupted": ("warning", "warning", "interrupted"),
    "diverged": ("error", "error", "diverged"),
    "failed": ("error", "error", "failed"),
}
"""state → icon, colour, word"""


def run_words(run: RunSummary) -> tuple[str, str, str]:
    """The state of a run, a line of how long and how good, and when it began."""
    state = tr(STATES.get(run.state, STATES["created"])[2])
    parts = []
    epochs = run.result.get("epochs")
    if isinstance(epochs, int):
        parts.append(count(epochs, "epoch", "epochs"))
    parts += [words for words in (score_words(run.result.get("metrics")), best_words(run)) if words]
    return state, " · ".join(parts), when_words(run.created)


def group_words(folds: Folds) -> tuple[str, str]:
    """A title and a line of what came out, for the runs of a cross-validation."""
    from nndesigner.gui.folds_dialog import (
        summary_words,  # with the first of them: a window that opens has none
    )

    title = tr("{name} · {n} folds", name=folds.name, n=len(folds.runs))
    missing = len(folds.runs) - folds.done
    line = summary_words(folds) if folds.done else tr("no fold is finished yet")
    return title, f"{line} · {tr('{n} to go', n=missing)}" if missing and folds.done else line


def when_words(created: str, now: datetime | None = None) -> str:
    """Local time: 14:03 for today, 21 Nov 14:03 for this year, else with the year."""
    try:
        moment = datetime.fromisoformat(created).astimezone()
    except ValueError:
        return ""
    now = now or datetime.now().astimezone()
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    return f"{moment.day} {moment:%b %H:%M}" if moment.year == now.year else f"{moment.day} {moment:%b %Y}"


def score_words(metrics: Any) -> str:
    """ "validation 97.4 %", the accuracy at the end; of the training data where nothing was held back."""
    metrics = metrics if isinstance(metrics, Mapping) else {}
    split = "validation" if metrics.get("validation") else "train"
    found = metrics.get(split)
    if not isinstance(found, Mapping):
        return ""
    part = tr("validation") if split == "validation" else tr("train")
    for name, value in found.items():
        if not isinstance(value, int | float):
            continue
        bare = str(name).partition(" · ")[0]
        if bare == "iou":
            return tr("{part} IoU {value}", part=part, value=f"{value:.3f}")
        if bare == "accuracy":
            return tr("{part} {value} %", part=part, value=f"{100 * value:.1f}")
        if bare == "r2":
            return tr("{part} R² {value}", part=part, value=f"{value:.3f}")
    return ""


def best_words(run: RunSummary) -> str:
    """The score by which the best checkpoint was chosen."""
    if run.best is None:
        return ""
    if run.plan.get("best_by", "loss") == "loss":
        return tr("best loss {value}", value=f"{-run.best:.4g}")
    metric = METRICS.get(run.plan["best_by"])
    if metric is not None:
        value = run.best if metric.larger else -run.best
        return tr("best {metric} {value}", metric=tr(metric.label), value=f"{value:.4g}")
    return tr("best score {value}", value=f"{run.best:.4g}")


def difference_lines(runs: Sequence[RunSummary]) -> list[str]:
    """What the plans of several runs do not have in common, one setting a line."""
    fields = {field.name: field for field in PLAN_FIELDS}
    lines = []
    for name, values in differing([run.plan for run in runs]).items():
        field = fields.get(name)
        shown = [field.describe(v) if field is not None and v is not None else str(v) for v in values]
        lines.append(f"{tr(field.label) if field is not None else name}: {' | '.join(shown)}")
    rest = len(lines) - MOST_DIFFERENCES
    return lines[:MOST_DIFFERENCES] + ([tr("and {n} more settings", n=rest)] if rest > 0 else [])


class RunDelegate(QStyledItemDelegate):
    """Two lines: the curve's colour, the state's icon and the name; below, in grey, when and how good."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]
        style = option.widget.style()  # type: ignore[attr-defined]
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)  # type: ignore[attr-defined]
        theme = shown_theme()
        run, words, mark = index.data(SUMMARY), index.data(WORDS), index.data(MARK)
        box = QRectF(option.rect).adjusted(8, 4, -8, -4)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if run is None:
            self._paint_head(painter, box, words, theme)
            painter.restore()
            return
        if index.data(GROUP):
            painter.setPen(QPen(QColor(theme.border), 2))
            x = box.left() + 10
            painter.drawLine(QLineF(x, option.rect.top(), x, option.rect.bottom() + 1))  # type: ignore[attr-defined]
            box.setLeft(box.left() + 16)
        if isinstance(mark, int) and mark >= 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.plot(mark)))
            painter.drawRoundedRect(QRectF(box.left() - 6, box.top() + 2, 4, box.height() - 4), 2, 2)
        name, role, _ = STATES.get(run.state, STATES["created"])
        paint_icon(painter, name, QRectF(box.left() + 2, box.top() + 1, 16, 16), color_of(role, theme))
        font = painter.font()
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        left = box.left() + 26
        metrics = painter.fontMetrics()
        usual = run.state == "finished"
        aside = words[2] if usual else words[0]
        wide = metrics.horizontalAdvance(aside)
        painter.setPen(QColor(theme.text))
        room = box.right() - left - wide - (8 if wide else 0)
        title = metrics.elidedText(run.name, Qt.TextElideMode.ElideMiddle, int(room))
        painter.drawText(QRectF(left, box.top(), room, 18), middle, title)
        painter.setPen(QColor(theme.muted if usual else color_of(role, theme)))
        painter.drawText(QRectF(box.right() - wide, box.top(), wide + 1, 18), middle, aside)
        font.setPointSizeF(max(font.pointSizeF() * 0.9, 7.0))
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        line = painter.fontMetrics().elidedText(
            words[1], Qt.TextElideMode.ElideRight, int(box.right() - left)
        )
        painter.drawText(QRectF(left, box.top() + 19, box.right() - left, 18), middle, line)
        painter.restore()

    @staticmethod
    def _paint_head(painter: QPainter, box: QRectF, words: Sequence[str], theme: Theme) -> None:
        """The line above the runs of a cross-validation."""
        paint_icon(painter, "folds", QRectF(box.left() + 2, box.top() + 1, 16, 16), color_of("accent", theme))
        left, middle = box.left() + 26, int(Qt.AlignmentFlag.AlignVCenter)
        room = int(box.right() - left)
        painter.setPen(QColor(theme.text))
        title = painter.fontMetrics().elidedText(words[0], Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(left, box.top(), room, 18), middle, title)
        font = painter.font()
        font.setPointSizeF(max(font.pointSizeF() * 0.9, 7.0))
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        line = painter.fontMetrics().elidedText(words[1], Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, box.top() + 19, room, 18), middle, line)
