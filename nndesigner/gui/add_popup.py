"""The search for a layer to add, at the cursor: type a few letters, Return adds the first one.

It is given the layers that may be chosen and tells which one was; where it lands is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.icons import group_icon, icon
from nndesigner.gui.plain import label, tip
from nndesigner.layers.catalogue import layers, search
from nndesigner.layers.declaration import Layer

WIDTH = 300
MOST_ROWS = 9
ROW = QSize(0, 30)
_TYPE = Qt.ItemDataRole.UserRole


class AddPopup(QFrame):
    """`chosen` carries a layer type. Esc and a click elsewhere close it without a word."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "popup")
        self.setFixedWidth(WIDTH)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        self.search_field = QLineEdit()
        self.search_field.setAccessibleName(tr("Search layers"))
        self.search_field.addAction(icon("search", role="muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search_field.textChanged.connect(self._fill)
        self.search_field.installEventFilter(self)
        box.addWidget(self.search_field)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Layers"))
        self.list.setIconSize(QSize(18, 18))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard stays with the search
        self.list.itemClicked.connect(self._take)
        self.list.currentItemChanged.connect(self._explain)
        box.addWidget(self.list, 1)
        self._summary = label(role="muted", wrap=True)
        self._summary.setFixedHeight(34)
        box.addWidget(self._summary)
        self._offered: tuple[Layer, ...] | None = None
        self._fill()

    def ask(self, at: QPoint, offered: Sequence[Layer] | None = None, hint: str = "", text: str = "") -> None:
        """Opens at a point of the screen. `offered` are the layers to choose from, best first; None offers all."""
        self._offered = tuple(offered) if offered is not None else None
        self.search_field.setPlaceholderText(hint or tr("Add a layer"))
        if self.search_field.text() == text:
            self._fill()
        else:
            self.search_field.setText(text)
        tallest = QSize(WIDTH, self.height() + ROW.height() * (MOST_ROWS - min(self.list.count(), MOST_ROWS)))
        self.setGeometry(QRect(_inside(at, tallest), self.size()))
        self.show()
        self.search_field.setFocus(Qt.FocusReason.PopupFocusReason)
        self.search_field.deselect()
        self.search_field.end(False)

    def _fill(self, *_: object) -> None:
        text = self.search_field.text().strip()
        if text:
            allowed = None if self._offered is None else {entry.type for entry in self._offered}
            found = [entry for entry in search(text) if allowed is None or entry.type in allowed]
        elif self._offered is not None:
            found = list(self._offered)
        else:
            found = [entry for entry in layers().values() if entry.common]
        self.list.clear()
        for entry in found:
            item = QListWidgetItem(group_icon(entry.group), tr(entry.label))
            item.setData(_TYPE, entry.type)
            item.setSizeHint(ROW)
            item.setToolTip(tip(tr(entry.summary)))
            self.list.addItem(item)
        if found:
            self.list.setCurrentRow(0)
        else:
            nothing = QListWidgetItem(tr("No layer that fits here matches “{text}”", text=text[:30]))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            nothing.setSizeHint(ROW)
            self.list.addItem(nothing)
            self._summary.setText("")
        self.list.setFixedHeight(ROW.height() * min(self.list.count(), MOST_ROWS) + 2)
        self.adjustSize()

    def _explain(self, item: QListWidgetItem | None, _: object = None) -> None:
        entry = layers().get(item.data(_TYPE)) if item is not None and item.data(_TYPE) else None
        self._summary.setText(tr(entry.summary) if entry is not None else "")

    def _take(self, item: QListWidgetItem | None) -> None:
        type = item.data(_TYPE) if item is not None else None
        if type:
            self.hide()
            self.chosen.emit(type)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search_field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            key = event.key()
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
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
        return super().eventFilter(watched, event)


def _inside(at: QPoint, size: QSize) -> QPoint:
    """The place nearest to `at` where the whole popup is on the screen."""
    screen = QGuiApplication.screenAt(at) or QGuiApplication.primaryScreen()
    if screen is None:
        return at
    area = screen.availableGeometry()
    x = min(max(at.x(), area.left()), area.right() - size.width())
    y = min(max(at.y(), area.top()), area.bottom() - size.height())
    return QPoint(x, y)
