"""The runs of this project in a list: select one or more to see their curves and pictures; continue, export, delete.

It reads what the session lists. What a run shows is the panel of live views' business, and export has a dialog of its
own: both are asked by signals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QPoint,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.atomic import WriteError
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.gui import dialogs
from nndesigner.gui.dialogs import Choice
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import IconLabel, allow, label, set_tip, tip
from nndesigner.gui.run_row import (
    GROUP,
    MARK,
    SUMMARY,
    WORDS,
    RunDelegate,
    difference_lines,
    group_words,
    run_words,
)
from nndesigner.gui.theme import theme_changed
from nndesigner.runs.cross_validation import Folds, folds_of
from nndesigner.runs.listing import RunSummary
from nndesigner.runs.removal import erase_removed, put_back, take_away

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.session.session import Session

CONTINUES = "Start a new run from the newest checkpoint of this one"
RESUMES = "Go on with this run where it was interrupted"
DELETES = "Delete the selected runs"


class RunsView(QWidget):
    """`chosen(paths)` are the runs to look at, the first one's pictures and the curves of all; `opened` asks to bring
    them into sight (a double-click); `continue_wanted` and `export_wanted` carry a run's summary, `folds_wanted` the id
    of a cross-validation. The runs of one stand together, below a line that says what came out of it."""

    chosen = Signal(object)
    opened = Signal()
    continue_wanted = Signal(object)
    export_wanted = Signal(object)
    folds_wanted = Signal(str)

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
        self.list.setItemDelegate(RunDelegate(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.itemSelectionChanged.connect(self._selected)
        self.list.itemActivated.connect(self._activated)
        self.list.itemClicked.connect(self._clicked)
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
        at = self._place(current) if current is not None else None  # type: ignore[redundant-expr]
        with QSignalBlocker(self.list):
            self.list.clear()
            groups = {
                run.path: group for group in folds_of(runs[::-1]) for run in group.runs if run is not None
            }
            for run, heads in self._in_groups(runs, groups):
                if heads is not None:
                    self.list.addItem(self._head(heads))
                    if at == heads.id:
                        self.list.setCurrentRow(
                            self.list.count() - 1, self.list.selectionModel().SelectionFlag.NoUpdate
                        )
                item = QListWidgetItem()
                item.setData(GROUP, run.path in groups)
                words = run_words(run)
                item.setText(f"{run.name}, {words[0]}, {words[1]}")  # for screen readers and search by typing
                item.setData(SUMMARY, run)
                item.setData(WORDS, words)
                item.setToolTip(tip("\n".join(part for part in (run.name, *words, run.sentence) if part)))
                self.list.addItem(item)
                item.setSelected(run.path in selected)
                if run.path == at:
                    self.list.setCurrentItem(item, self.list.selectionModel().SelectionFlag.NoUpdate)
        self._stack.setCurrentIndex(1 if runs else 0)
        self._show_marks()
        self._show_buttons()

    @staticmethod
    def _in_groups(
        runs: Sequence[RunSummary], groups: Mapping[Path, Folds]
    ) -> Iterator[tuple[RunSummary, Folds | None]]:
        """The runs as they are listed, and before which of them a group begins: its runs stand where its newest is."""
        shown: set[str] = set()
        for run in runs:
            group = groups.get(run.path)
            if group is None:
                yield run, None
            elif group.id not in shown:
                shown.add(group.id)
                members = [member for member in group.runs if member is not None]
                for i, member in enumerate(members):
                    yield member, None if i else group

    @staticmethod
    def _head(group: Folds) -> QListWidgetItem:
        """The line above the runs of a cross-validation: it is no run, and cannot be selected."""
        item = QListWidgetItem()
        words = group_words(group)
        item.setText(f"{words[0]}, {words[1]}")
        item.setData(GROUP, group.id)
        item.setData(WORDS, words)
        item.setToolTip(tip(tr("Show the table of this cross-validation")))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        return item

    @staticmethod
    def _place(item: QListWidgetItem) -> Path | str:
        """What an item is found again by."""
        run = item.data(SUMMARY)
        return run.path if run is not None else item.data(GROUP)

    def _clicked(self, item: QListWidgetItem) -> None:
        if item.data(SUMMARY) is None:
            self.folds_wanted.emit(item.data(GROUP))

    def _activated(self, item: QListWidgetItem) -> None:
        """Return, or a double-click: of the line above a group the first click has said it all."""
        if item.data(SUMMARY) is not None:
            self.opened.emit()
        elif QApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self.folds_wanted.emit(item.data(GROUP))

    def _items(self) -> list[QListWidgetItem]:
        """Those of runs, from top to bottom."""
        found = (self.list.item(i) for i in range(self.list.count()))
        return [item for item in found if item.data(SUMMARY) is not None]

    def _replaced(self) -> None:
        with QSignalBlocker(self.list):
            self.list.clearSelection()
        self._marked = ()
        self.refresh()

    def summaries(self) -> list[RunSummary]:
        """The runs from top to bottom."""
        return [item.data(SUMMARY) for item in self._items()]

    def selected(self) -> list[RunSummary]:
        """The selected runs, the one that was clicked last first."""
        items = self.list.selectedItems()
        current = self.list.currentItem()
        items.sort(key=lambda item: (item is not current, self.list.row(item)))
        return [item.data(SUMMARY) for item in items]

    def selected_paths(self) -> tuple[Path, ...]:
        return tuple(run.path for run in self.selected())

    def select(self, paths: Iterable[Path]) -> None:
        """Selects runs as a click would."""
        wanted = set(paths)
        with QSignalBlocker(self.list):
            for item in self._items():
                item.setSelected(item.data(SUMMARY).path in wanted)
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
            for item in self._items():
                path = item.data(SUMMARY).path
                item.setData(MARK, self._marked.index(path) if path in self._marked else -1)
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


def make(desk: Desk) -> RunsView:
    """The list on a window's desk, joined to the panel of live views."""
    from nndesigner.gui.commands import folds, training
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
    view.folds_wanted.connect(lambda id: folds.show(desk, id))
    return view
