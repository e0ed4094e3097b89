"""The runs of this project in a list: select one or more to see their curves and pictures; continue, export, delete.

It reads what the session lists. What a run shows is the panel of live views' business, and export has a dialog of its
own: both are asked by signals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.gui import dialogs
from nndesigner.gui.dialogs import Choice
from nndesigner.gui.icons import color_of, icon, paint_icon
from nndesigner.gui.plain import IconLabel, allow, label, set_tip, tip
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import theme_changed
from nndesigner.runs.comparison import differing
from nndesigner.runs.removal import erase_removed, put_back, take_away
from nndesigner.runs.store import RunSummary

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.session.session import Session

_SUMMARY, _WORDS, _MARK = (Qt.ItemDataRole.UserRole + i for i in range(3))
ROW_HEIGHT = 46
CONTINUES = "Start a new run from the newest checkpoint of this one"
RESUMES = "Go on with this run where it was interrupted"
DELETES = "Delete the selected runs"
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


class RunsView(QWidget):
    """`chosen(paths)` are the runs to look at, the first one's pictures and the curves of all; `opened` asks to bring
    them into sight (a double-click); `continue_wanted` and `export_wanted` carry a run's summary."""

    chosen = Signal(object)
    opened = Signal()
    continue_wanted = Signal(object)
    export_wanted = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._removed: list[tuple[Path, Path]] = []
        self._marked: tuple[Path, ...] = ()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 8, 8, 8)
        outer.setSpacing(8)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Runs of this project"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setItemDelegate(_RunDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.itemSelectionChanged.connect(self._selected)
        self.list.itemActivated.connect(lambda _: self.opened.emit())
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self._stack.addWidget(self._nothing())
        self._stack.addWidget(self.list)
        outer.addWidget(holder, 1)
        self.differences = label(role="muted", wrap=True)
        self.differences.hide()
        outer.addWidget(self.differences)
        outer.addWidget(self._reading_bar())
        outer.addLayout(self._bar())
        outer.addWidget(self._undo_bar())
        self._leave = [
            session.training.listed.connect(self.refresh),
            session.training.changed.connect(self.refresh),
            session.training.list.told.connect(self._show_reading),
            session.files.changed.connect(self.refresh),
            session.editing.replaced.connect(self._replaced),
            theme_changed.connect(lambda _: self.list.viewport().update()),
        ]
        self._folder = session.training.folder
        self.refresh()

    def close_down(self) -> None:
        """Listens to nothing any more; runs that were deleted are gone for good."""
        for leave in self._leave:
            leave()
        self._leave = []
        self._forget_removed()

    # -- building ----------------------------------------------------------------------------------------------------
    def _nothing(self) -> QWidget:
        made = QWidget()
        box = QVBoxLayout(made)
        box.setSpacing(8)
        box.addStretch(1)
        box.addWidget(IconLabel("runs", "muted", 36), 0, Qt.AlignmentFlag.AlignHCenter)
        heading = label(tr("No runs yet"), "subtitle")
        box.addWidget(heading, 0, Qt.AlignmentFlag.AlignHCenter)
        words = label(
            tr("Every press of Train makes one. They are kept beside the project file."), "muted", wrap=True
        )
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        box.addWidget(words)
        box.addStretch(2)
        return made

    def _bar(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        self.continue_button = QPushButton(icon("arrow-right"), tr("Continue"))
        set_tip(self.continue_button, tr(CONTINUES))
        self.continue_button.clicked.connect(lambda: self._on_one(self.continue_wanted.emit))
        self.resume_button = QPushButton(icon("reset"), tr("Resume"))
        set_tip(self.resume_button, tr(RESUMES))
        self.resume_button.clicked.connect(lambda: self._on_one(self._resume))
        self.export_button = QPushButton(icon("export"), tr("Export…"))
        self.export_button.clicked.connect(lambda: self._on_one(self.export_wanted.emit))
        self.delete_button = QToolButton()
        self.delete_button.setIcon(icon("delete"))
        self.delete_button.setAccessibleName(tr(DELETES))
        set_tip(self.delete_button, tr(DELETES))
        self.delete_button.clicked.connect(self.delete_selected)
        for button in (self.continue_button, self.resume_button, self.export_button):
            row.addWidget(button, 1)
        row.addWidget(self.delete_button)
        return row

    def _reading_bar(self) -> QWidget:
        """In sight while listing takes long enough to be noticed."""
        self.reading_bar = QWidget()
        row = QHBoxLayout(self.reading_bar)
        row.setContentsMargins(4, 0, 0, 0)
        self.reading = label(role="muted")
        row.addWidget(self.reading, 1)
        cancel = QPushButton(tr("Cancel"))
        cancel.setProperty("role", "flat")
        cancel.clicked.connect(lambda: self._session.training.list.cancel())
        row.addWidget(cancel)
        self.reading_bar.hide()
        return self.reading_bar

    def _show_reading(self) -> None:
        fraction = self._session.training.list.fraction
        self.reading_bar.setVisible(fraction is not None)
        if fraction is not None:
            self.reading.setText(tr("Reading the runs: {share} %", share=round(100 * fraction)))

    def _undo_bar(self) -> QWidget:
        self.undo_bar = QWidget()
        row = QHBoxLayout(self.undo_bar)
        row.setContentsMargins(4, 0, 0, 0)
        self._undo_words = label(role="muted", wrap=True)
        row.addWidget(self._undo_words, 1)
        self.undo_button = QPushButton(tr("Undo"))
        self.undo_button.setProperty("role", "flat")
        self.undo_button.clicked.connect(self._put_back)
        row.addWidget(self.undo_button)
        self.undo_bar.hide()
        return self.undo_bar

    # -- the list ----------------------------------------------------------------------------------------------------
    def refresh(self, *_: object) -> None:
        """Lists the runs anew, the newest on top; what is selected stays so."""
        folder = self._session.training.folder
        if folder != self._folder:
            self._forget_removed()
            self._folder = folder
        runs = list(reversed(self._session.training.runs()))
        selected = set(self.selected_paths())
        current = self.list.currentItem()
        at = current.data(_SUMMARY).path if current is not None else None  # type: ignore[redundant-expr]
        with QSignalBlocker(self.list):
            self.list.clear()
            for run in runs:
                item = QListWidgetItem()
                words = run_words(run)
                item.setText(f"{run.name}, {words[0]}, {words[1]}")  # for screen readers and search by typing
                item.setData(_SUMMARY, run)
                item.setData(_WORDS, words)
                item.setToolTip(tip("\n".join(part for part in (run.name, *words, run.sentence) if part)))
                self.list.addItem(item)
                item.setSelected(run.path in selected)
                if run.path == at:
                    self.list.setCurrentItem(item, self.list.selectionModel().SelectionFlag.NoUpdate)
        self._stack.setCurrentIndex(1 if runs else 0)
        self._show_marks()
        self._show_buttons()

    def _replaced(self) -> None:
        with QSignalBlocker(self.list):
            self.list.clearSelection()
        self._marked = ()
        self.refresh()

    def summaries(self) -> list[RunSummary]:
        """The runs from top to bottom."""
        return [self.list.item(i).data(_SUMMARY) for i in range(self.list.count())]

    def selected(self) -> list[RunSummary]:
        """The selected runs, the one that was clicked last first."""
        items = self.list.selectedItems()
        current = self.list.currentItem()
        items.sort(key=lambda item: (item is not current, self.list.row(item)))
        return [item.data(_SUMMARY) for item in items]

    def selected_paths(self) -> tuple[Path, ...]:
        return tuple(run.path for run in self.selected())

    def select(self, paths: Iterable[Path]) -> None:
        """Selects runs as a click would."""
        wanted = set(paths)
        with QSignalBlocker(self.list):
            for i in range(self.list.count()):
                item = self.list.item(i)
                item.setSelected(item.data(_SUMMARY).path in wanted)
        self._selected()

    def mark(self, paths: Sequence[Path]) -> None:
        """The runs that are looked at: each gets the colour of its curves. A selection of others is given up."""
        self._marked = tuple(paths)
        if not set(self.selected_paths()) <= set(paths):
            with QSignalBlocker(self.list):
                self.list.clearSelection()
        self._show_buttons()
        self._show_marks()

    def _show_marks(self) -> None:
        with QSignalBlocker(self.list):
            for i in range(self.list.count()):
                item = self.list.item(i)
                path = item.data(_SUMMARY).path
                item.setData(_MARK, self._marked.index(path) if path in self._marked else -1)
        self.list.viewport().update()

    def _selected(self) -> None:
        self._show_buttons()
        self.chosen.emit(self.selected_paths())

    def _show_buttons(self) -> None:
        runs = self.selected()
        one = self._one()
        busy = self._session.training.busy
        has_weights = one is not None and one.checkpoints > 0
        going_on = tr("A run is going on: stop it first.") if busy else ""
        no_weights = "" if has_weights else self._no_weights(one)
        allow(self.continue_button, no_weights or going_on, tr(CONTINUES))
        allow(self.export_button, no_weights)
        self.resume_button.setVisible(one is not None and one.can_resume)
        allow(self.resume_button, going_on, tr(RESUMES))
        allow(self.delete_button, "" if runs else tr("Select one or more runs first."), tr(DELETES))
        lines = difference_lines(runs) if len(runs) > 1 else []
        self.differences.setText("\n".join(lines))
        self.differences.setVisible(bool(lines))

    @staticmethod
    def _no_weights(one: RunSummary | None) -> str:
        if one is None:
            return tr("This is about one run: select one.")
        return tr(
            "This run has no checkpoint: it ended before its first epoch. Select another run, or train."
        )

    def _one(self) -> RunSummary | None:
        """The run that the buttons are about: the selected one, or the one looked at where none is selected."""
        runs = self.selected() or [run for run in self.summaries() if run.path in self._marked]
        return runs[0] if len(runs) == 1 else None

    def _on_one(self, act) -> None:
        run = self._one()
        if run is not None:
            act(run)

    def _open_menu(self, at: QPoint) -> None:
        menu = self.menu()
        menu.popup(self.list.viewport().mapToGlobal(at))

    def menu(self) -> QMenu:
        """What can be done with the selected runs."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button, words, act in (
            (self.continue_button, tr("Continue from here"), lambda: self._on_one(self.continue_wanted.emit)),
            (self.resume_button, tr("Resume"), lambda: self._on_one(self._resume)),
            (self.export_button, tr("Export…"), lambda: self._on_one(self.export_wanted.emit)),
            (self.delete_button, tr("Delete"), self.delete_selected),
        ):
            action = menu.addAction(button.icon(), words)
            if button.isHidden():
                allow(action, tr("There is nothing to resume: select a run that was interrupted."))
            else:
                action.setEnabled(button.isEnabled())
                action.setToolTip(button.toolTip())
            action.triggered.connect(lambda _=False, act=act: act())
        return menu

    # -- doing -------------------------------------------------------------------------------------------------------
    def _resume(self, run: RunSummary) -> None:
        try:
            self._session.training.resume(run.path)
        except (Refusal, WriteError) as error:
            dialogs.tell(self, tr("The run cannot be resumed"), str(error))

    def delete_selected(self) -> None:
        """Asks, and takes the selected runs away; they can be put back until something else is deleted."""
        runs = self.selected()
        if not runs:
            return
        what = f"“{runs[0].name}”" if len(runs) == 1 else count(len(runs), "run", "runs")
        answer = dialogs.ask(
            self,
            tr("Delete {what}?", what=what),
            tr("Curves, checkpoints and the project as it was are removed. Files that were exported stay."),
            (Choice("", tr("Cancel")), Choice("delete", tr("Delete"), main=True, danger=True)),
            icon_name="delete",
            icon_role="error",
        )
        if answer != "delete":
            return
        self._forget_removed()
        try:
            for run in runs:
                self._removed.append((take_away(run.path), run.path))
        except (Refusal, WriteError) as error:
            dialogs.tell(self, tr("The run cannot be deleted"), str(error))
        self._undo_words.setText(
            tr("{what} deleted", what=count(len(self._removed), "run", "runs")) if self._removed else ""
        )
        self.undo_bar.setVisible(bool(self._removed))
        with QSignalBlocker(self.list):
            self.list.clearSelection()
        self._session.training.list.look()
        self.chosen.emit(())

    def _put_back(self) -> None:
        removed, self._removed = self._removed, []
        self.undo_bar.hide()
        try:
            for kept, path in removed:
                put_back(kept, path)
        except WriteError as error:
            dialogs.tell(self, tr("The run cannot be put back"), str(error))
        self._session.training.list.look()

    def _forget_removed(self) -> None:
        self._removed = []
        self.undo_bar.hide()
        erase_removed(self._folder)


# -- words ---------------------------------------------------------------------------------------------------------
def run_words(run: RunSummary) -> tuple[str, str, str]:
    """The state of a run, a line of how long and how good, and when it began."""
    state = tr(STATES.get(run.state, STATES["created"])[2])
    parts = []
    epochs = run.result.get("epochs")
    if isinstance(epochs, int):
        parts.append(count(epochs, "epoch", "epochs"))
    parts += [words for words in (score_words(run.result.get("metrics")), best_words(run)) if words]
    return state, " · ".join(parts), when_words(run.created)


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


class _RunDelegate(QStyledItemDelegate):
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
        run, words, mark = index.data(_SUMMARY), index.data(_WORDS), index.data(_MARK)
        box = QRectF(option.rect).adjusted(8, 4, -8, -4)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
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


def make(desk: Desk) -> RunsView:
    """The list on a window's desk, joined to the panel of live views."""
    from nndesigner.gui.commands import training
    from nndesigner.gui.monitors.panel import MonitorsPanel

    view = RunsView(desk.session)
    dock = desk.window.docks.get("monitors")
    panel = dock.fill() if dock is not None else None
    if isinstance(panel, MonitorsPanel):
        view.chosen.connect(panel.show_runs)
        panel.shown_changed.connect(lambda: view.mark(panel.shown_paths))
        view.mark(panel.shown_paths)
    view.opened.connect(lambda: desk.window.raise_panel("monitors"))
    view.continue_wanted.connect(lambda run: training.continue_run(desk, run=run))
    view.export_wanted.connect(lambda run: training.export(desk, run=run))
    return view
