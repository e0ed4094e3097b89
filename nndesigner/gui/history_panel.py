"""The steps of a project, oldest first, with the one where it stands now; a click goes there, several steps at once.

It shows the history and asks for undo and redo; it keeps nothing of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QBrush, QColor, QFont, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QApplication, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nndesigner.base.text import count, tr
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import label
from nndesigner.gui.theme import current_theme, theme_changed

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.session.session import Session

MOST = 500
"""Older steps can be undone too, but are not listed."""
ICON = 16
ROW = QSize(0, 30)
_DEPTH = Qt.ItemDataRole.UserRole


class HistoryPanel(QWidget):
    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._session: Session = desk.session
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Steps"))
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(ICON, ICON))
        blank = QPixmap(ICON, ICON)
        blank.fill(Qt.GlobalColor.transparent)
        self._nothing = QIcon(blank)
        """keeps the names below one another"""
        self.list.itemClicked.connect(self._chosen)
        self.list.itemActivated.connect(self._chosen)
        box.addWidget(self.list, 1)
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(10, 5, 8, 5)
        self.state = label(role="muted")
        row.addWidget(self.state, 1)
        box.addWidget(foot)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.refresh)
        editing = self._session.editing
        self._leave = [
            editing.changed.connect(lambda _: self._soon.start()),
            editing.replaced.connect(self._soon.start),
            self._session.files.changed.connect(self._soon.start),
            theme_changed.connect(lambda _: self._soon.start()),
        ]
        self.refresh()

    def close_down(self) -> None:
        """Listens to nothing any more."""
        self._soon.stop()
        for leave in self._leave:
            leave()
        self._leave = []

    @property
    def names(self) -> list[str]:
        """What is listed, from the top."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    def refresh(self) -> None:
        """Shows the history as it is; what is equal already is left as it is, so that the list does not jump."""
        history = self._session.editing.history
        done, undone = history.done, history.undone[::-1]
        first = history.depth - len(done)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._muted = current_theme(app).muted
        path = self._session.files.path
        began = tr("Opened") if path is not None else tr("New project")
        steps = [(first, tr("Older steps") if first else began)]
        steps += [(first + 1 + i, step.name) for i, step in enumerate((*done, *undone))]
        here = history.depth
        steps = steps[max(0, len(done) - MOST) :]
        self.list.blockSignals(True)
        while self.list.count() > len(steps):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(steps):
            item = QListWidgetItem()
            item.setSizeHint(ROW)
            self.list.addItem(item)
        saved = history.saved_depth if path is not None else None
        for row, (depth, name) in enumerate(steps):
            self._fill(self.list.item(row), depth, name, here, saved)
        self.list.setCurrentRow(here - steps[0][0])
        self.list.blockSignals(False)
        self.list.scrollToItem(self.list.item(here - steps[0][0]))
        self.state.setText(
            tr("{steps}, {redo} to redo", steps=count(len(done), "step", "steps"), redo=len(undone))
            if undone
            else count(len(done), "step", "steps")
        )

    def _fill(self, item: QListWidgetItem, depth: int, name: str, here: int, saved: int | None) -> None:
        item.setData(_DEPTH, depth)
        item.setText(f"{name}  ·  {tr('saved')}" if depth == saved else name)
        item.setIcon(icon("arrow-right", role="accent") if depth == here else self._nothing)
        font = QFont(self.list.font())
        font.setBold(depth == here)
        font.setItalic(depth > here)  # taken back: it can be done again
        item.setFont(font)
        item.setForeground(QBrush(QColor(self._muted)) if depth > here else QBrush())

    def _chosen(self, item: QListWidgetItem) -> None:
        self._desk.flush()
        self._session.editing.go_to(item.data(_DEPTH))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.list.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and item is not None:
            self._chosen(item)
        else:
            super().keyPressEvent(event)


def make(desk: Desk) -> QWidget:
    return HistoryPanel(desk)
