"""A list to search in, at a place of the screen: type a few letters, Return takes the row that is marked.

What the rows are, what is said below of each and what taking one does is told by those that are made from it
(`add_popup.py`, `command_popup.py`, `target_popup.py`), which is why four methods raise here: classes of Qt cannot be
abstract ones of Python. The keyboard stays with the search field throughout.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nndesigner.gui.plain import label, lead_with_search
from nndesigner.gui.theme import current_theme

ROW = QSize(0, 30)


class SearchPopup(QFrame):
    """Esc and a click elsewhere close it without a word. `most` rows are in sight at once; `said` is the height of the
    words below. What raises here its kinds give (Qt's classes take no abstract methods)."""

    def __init__(self, parent: QWidget, *, width: int, most: int, said: int, what: str) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._most = most
        self.setProperty("role", "popup")
        self.setFixedWidth(width)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        self.search_field = QLineEdit()
        lead_with_search(self.search_field)
        self.search_field.textChanged.connect(self._fill)
        self.search_field.installEventFilter(self)
        box.addWidget(self.search_field)
        self.list = QListWidget()
        self.list.setAccessibleName(what)
        self.list.setIconSize(QSize(18, 18))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(self._take)
        self.list.currentItemChanged.connect(self._explain)
        box.addWidget(self.list, 1)
        self._summary = label(role="muted", wrap=True)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._summary.setFixedHeight(said)
        box.addWidget(self._summary)

    @property
    def said(self) -> str:
        """What stands below the list: what the marked row does, or why it cannot be taken."""
        return self._summary.text()

    # -- what each kind of list tells ----------------------------------------------------------------------------------
    def items(self, text: str) -> Sequence[QListWidgetItem]:
        """The rows for what was typed, best first."""
        raise NotImplementedError

    def nothing(self, text: str) -> str:
        """What is said where there are none."""
        raise NotImplementedError

    def words_of(self, item: QListWidgetItem) -> tuple[str, str]:
        """What is said below of a row, and in which role: "muted", "warning" or "error"."""
        raise NotImplementedError

    def take(self, item: QListWidgetItem) -> None:
        """A row was chosen; one that cannot be taken stays."""
        raise NotImplementedError

    def pressed(self, event: QKeyEvent) -> bool:
        """A key that means something here besides moving, taking and leaving; whether it did."""
        return False

    # -- showing it ----------------------------------------------------------------------------------------------------
    def open_at(self, at: QPoint, *, tallest: bool = False) -> None:
        """Shows it where all of it is on the screen, nearest to a point; `tallest` leaves room for the longest list."""
        size = QSize(self.size())
        if tallest:
            size.setHeight(size.height() + ROW.height() * (self._most - min(self.list.count(), self._most)))
        self.setGeometry(QRect(_inside(at, size), self.size()))
        self.show()
        self.search_field.setFocus(Qt.FocusReason.PopupFocusReason)

    def clear_search(self) -> None:
        self.search_field.blockSignals(True)
        self.search_field.clear()
        self.search_field.blockSignals(False)
        self._fill()

    def _fill(self, *_: object) -> None:
        text = self.search_field.text().strip()
        found = self.items(text)
        self.list.clear()
        for item in found:
            item.setSizeHint(ROW)
            self.list.addItem(item)
        if found:
            self.list.setCurrentRow(0)
        else:
            nothing = QListWidgetItem(self.nothing(text))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            nothing.setSizeHint(ROW)
            self.list.addItem(nothing)
            self._summary.setText("")
        self.list.setFixedHeight(ROW.height() * min(self.list.count(), self._most) + 2)
        self.adjustSize()

    def _explain(self, item: QListWidgetItem | None, _: object = None) -> None:
        words, role = self.words_of(item) if item is not None else ("", "muted")
        self._summary.setText(words)
        if self._summary.property("role") != role:
            self._summary.setProperty("role", role)
            self._summary.style().unpolish(self._summary)
            self._summary.style().polish(self._summary)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.flags() != Qt.ItemFlag.NoItemFlags:
            self.take(item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search_field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            key, page = event.key(), self._most - 1
            steps = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: page,
                Qt.Key.Key_PageUp: -page,
            }
            if key in steps:
                row = self.list.currentRow() + steps[Qt.Key(key)]
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentItem())
                return True
            if key == Qt.Key.Key_Escape:
                self.hide()
                return True
            if self.pressed(event):
                return True
        return super().eventFilter(watched, event)


def faint() -> QColor:
    """The colour of a row that cannot be taken."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    color = QColor(current_theme(app).muted)
    color.setAlphaF(0.7)
    return color


def _inside(at: QPoint, size: QSize) -> QPoint:
    """The place nearest to `at` where the whole popup is on the screen."""
    screen = QGuiApplication.screenAt(at) or QGuiApplication.primaryScreen()
    if screen is None:
        return at
    area = screen.availableGeometry()
    x = min(max(at.x(), area.left()), area.right() - size.width())
    y = min(max(at.y(), area.top()), area.bottom() - size.height())
    return QPoint(x, y)
