"""Transfer learning in the training panel: what a run begins with, what of it fits, and the list of all tensors.

It reads no weights: a worker says what fits (`session/matching.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.fields import PathField
from nndesigner.base.text import count, tr
from nndesigner.document.plan import PLAN_FIELDS
from nndesigner.gui.inspector.line_editors import PathEditor, relative
from nndesigner.gui.plain import label, set_tip
from nndesigner.session.matching import Row, Sizes

if TYPE_CHECKING:
    from nndesigner.session.session import Session

BEGIN_WITH = next(f for f in PLAN_FIELDS if isinstance(f, PathField) and f.name == "begin_with")
MOST_RUNS = 12
SETTLE_MILLISECONDS = 700
"""after an edit, until a worker is asked again"""
WORDS = {
    "taken": "taken over",
    "size": "begins from the seed: another size",
    "fresh": "begins from the seed: not there",
    "unused": "not used: not in the network",
}


class BeginEditor(PathEditor):
    """A run or a file, typed or chosen from a menu."""

    def __init__(self, session: Session) -> None:
        super().__init__(BEGIN_WITH, lambda: session.files.folder)
        self._session = session
        self.empty_words = tr("Fresh")
        self.line.setPlaceholderText(self.empty_words)
        self.browse.clicked.disconnect()
        words = tr("Choose a run or a file of weights")
        set_tip(self.browse, words)
        self.browse.setAccessibleName(words)
        self.browse.setObjectName("begin_with:choose")
        self.browse.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill)
        self.browse.setMenu(self.menu)

    def _fill(self) -> None:
        self.menu.clear()
        self._offer(tr("Fresh weights, from the seed"), lambda: self._take(""))
        runs = [run for run in reversed(self._session.training.runs()) if run.checkpoints]
        if runs:
            self.menu.addSection(tr("Runs of this project"))
        for run in runs[:MOST_RUNS]:
            self._offer(run.name, partial(self._take, self._word(run.path)))
        self.menu.addSeparator()
        self._offer(tr("Another run: its folder…"), self._choose_run)
        self._offer(tr("A file of weights…"), self._choose_file)

    def _offer(self, words: str, act: Callable[[], object]) -> None:
        self.menu.addAction(words.replace("&", "&&")).triggered.connect(lambda _=False: act())

    def _choose_run(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, tr("The folder of a run"), str(self._session.training.folder)
        )
        if chosen:
            self._take(self._word(Path(chosen)))

    def _choose_file(self) -> None:
        filters = f"{tr(BEGIN_WITH.filters)};;{tr('All files (*)')}"
        folder = str(self._session.files.folder)
        chosen, _ = QFileDialog.getOpenFileName(self, tr("A file of weights"), folder, filters)
        if chosen:
            self._take(self._word(Path(chosen)))

    def _word(self, path: Path) -> str:
        return relative(path, self._session.files.folder)

    def _take(self, word: str) -> None:
        self.line.setText(word)
        self.line.touched = True
        self.flush()


class MatchLine(QWidget):
    """Below the editor: how much fits, and a button for the list. Asks while it is in sight."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.words = label(role="muted", wrap=True, selectable=True)
        self.words.setObjectName("begin_with:match")
        row.addWidget(self.words, 1)
        self.button = QPushButton(tr("What fits…"))
        self.button.setProperty("role", "flat")
        self.button.setObjectName("begin_with:list")
        set_tip(self.button, tr("Every tensor of the network and of the weights, and what becomes of it"))
        self.button.clicked.connect(self._open)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MILLISECONDS)
        self._timer.timeout.connect(self._ask)
        self._leave = [
            session.matching.changed.connect(self.refresh),
            session.checked_changed.connect(self.edited),
            session.changed.connect(lambda diff: self.edited()),
            session.editing.replaced.connect(self.edited),
        ]
        self.refresh()

    def close_down(self) -> None:
        for leave in self._leave:
            leave()
        self._leave = []
        self._timer.stop()

    def edited(self) -> None:
        """The document, or what is known of it, has changed."""
        self.refresh()
        if self._session.matching.stale and self._leave and self.isVisible():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.edited()

    def _ask(self) -> None:
        if self._leave and self.isVisible():
            self._session.matching.look()

    def refresh(self) -> None:
        found = self._session.matching
        self.setVisible(bool(found.wanted))
        self.words.setProperty("role", "error" if found.failure and not found.busy else "muted")
        self.words.style().polish(self.words)
        self.words.setText(self._sentence())
        self.button.setVisible(bool(found.rows) or found.held_back)

    def _sentence(self) -> str:
        found = self._session.matching
        if found.held_back:
            return tr("These weights lie outside the project's folder.")
        if found.failure:
            return found.failure
        if not found.rows:
            return tr("Reading the weights") if found.busy or found.stale else ""
        here = len(found.rows) - found.number("unused")
        words = tr("{taken} of {all} fit", taken=found.number("taken"), all=count(here, "tensor", "tensors"))
        fresh = here - found.number("taken")
        parts = [words]
        if fresh:
            parts.append(tr("{n} begin from the seed", n=fresh))
        if found.number("unused"):
            parts.append(tr("{n} not used", n=found.number("unused")))
        return ", ".join(parts) + "."

    def _open(self) -> None:
        found = self._session.matching
        if found.held_back:
            found.allow(found.wanted)
            found.look()
            return
        FittingDialog(self.window(), self._session).open()


class FittingDialog(QDialog):
    """Every tensor and what becomes of it; a text narrows the list down."""

    def __init__(self, parent: QWidget | None, session: Session) -> None:
        from nndesigner.gui.evaluation.page import (
            NumberTable,
        )  # a table that sorts; not needed for the first frame

        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("What fits"))
        self.resize(780, 520)
        self._rows: tuple[Row, ...] = session.matching.rows
        box = QVBoxLayout(self)
        box.setContentsMargins(18, 16, 18, 16)
        box.setSpacing(10)
        box.addWidget(label(tr("Weights of {source}", source=session.matching.words), "subtitle", wrap=True))
        told = tr(
            "A tensor is taken over where its name and size are those of the network; names begin with those of layers."
        )
        box.addWidget(label(told, "muted", wrap=True))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Part of a name, or of what becomes of it"))
        self.search.setAccessibleName(tr("Narrow the list down"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self._show())
        box.addWidget(self.search)
        self.table = NumberTable(tr("Tensors and what becomes of them"))
        box.addWidget(self.table, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        close = QPushButton(tr("Close"))
        close.setProperty("role", "primary")
        close.clicked.connect(self.accept)
        buttons.addWidget(close)
        box.addLayout(buttons)
        self._show()

    def _show(self) -> None:
        wanted = self.search.text().casefold()
        rows = [
            [row.name, _sizes(row.here), _sizes(row.there), tr(WORDS[row.state])]
            for row in self._rows
            if wanted in row.name.casefold() or wanted in tr(WORDS[row.state]).casefold()
        ]
        header = [tr("tensor"), tr("in the network"), tr("in the weights"), tr("what becomes of it")]
        self.table.show_rows(header, rows)


def _sizes(sizes: Sizes) -> str:
    if sizes is None:
        return "–"
    return " × ".join(map(str, sizes)) or tr("one number")
