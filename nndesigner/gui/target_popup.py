"""The list of ports to wire to: type a few letters, Return wires the first one that fits.

It is given the targets and tells which was chosen. What cannot be wired is found too: it is grey and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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

from nndesigner.base.text import tr
from nndesigner.gui.commands.wiring import Target
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import label, lead_with_search
from nndesigner.gui.theme import current_theme

WIDTH = 320
MOST_ROWS = 9
ROW = QSize(0, 30)
SAID = 52
_TARGET = Qt.ItemDataRole.UserRole
Take = Callable[[Target], object]


class TargetPopup(QFrame):
    """Esc and a click elsewhere close it without a word."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "popup")
        self.setFixedWidth(WIDTH)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        self.search_field = QLineEdit()
        lead_with_search(self.search_field)
        self.search_field.textChanged.connect(self._fill)
        self.search_field.installEventFilter(self)
        box.addWidget(self.search_field)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Ports to wire to"))
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(QSize(16, 16))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard stays with the search
        self.list.itemClicked.connect(self._take)
        self.list.currentItemChanged.connect(self._explain)
        box.addWidget(self.list, 1)
        self._summary = label(role="muted", wrap=True)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._summary.setFixedHeight(SAID)
        box.addWidget(self._summary)
        self._targets: tuple[Target, ...] = ()
        self._take_it: Take = lambda target: None

    @property
    def said(self) -> str:
        """What stands below the list."""
        return self._summary.text()

    def ask(self, at: QPoint, targets: Sequence[Target], hint: str, take: Take) -> None:
        """Opens at a point of the screen."""
        self._targets, self._take_it = tuple(targets), take
        self.search_field.setPlaceholderText(hint)
        self.search_field.setAccessibleName(hint)
        self.search_field.blockSignals(True)
        self.search_field.clear()
        self.search_field.blockSignals(False)
        self._fill()
        screen = QGuiApplication.screenAt(at) or QGuiApplication.primaryScreen()
        area = screen.availableGeometry()
        x = max(min(at.x(), area.right() - self.width()), area.left())
        y = max(min(at.y(), area.bottom() - self.height()), area.top())
        self.setGeometry(QRect(QPoint(x, y), self.size()))
        self.show()
        self.search_field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fill(self, *_: object) -> None:
        text = self.search_field.text().strip().lower()
        found = [t for t in self._targets if text in t.title.lower() or text in t.detail.lower()]
        found.sort(key=lambda t: not t.title.lower().startswith(text))
        self.list.clear()
        for target in found:
            self.list.addItem(self._item(target))
        if found:
            self.list.setCurrentRow(0)
        else:
            words = (
                tr("No layer matches “{text}”", text=text[:30]) if text else tr("There is nothing to wire to")
            )
            nothing = QListWidgetItem(words)
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            nothing.setSizeHint(ROW)
            self.list.addItem(nothing)
            self._summary.setText("")
        self.list.setFixedHeight(ROW.height() * min(self.list.count(), MOST_ROWS) + 2)
        self.adjustSize()

    def _item(self, target: Target) -> QListWidgetItem:
        item = QListWidgetItem(f"{target.title}   {target.detail}")
        item.setData(_TARGET, target)
        item.setSizeHint(ROW)
        how = tr("cannot be wired") if target.refused else tr("does not fit") if target.unfit else tr("fits")
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{target.title}, {target.detail}, {how}")
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, target.said)
        if target.refused:
            item.setIcon(icon("close", role="muted"))
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            faint = QColor(current_theme(app).muted)
            faint.setAlphaF(0.7)
            item.setForeground(faint)
        elif target.unfit:
            item.setIcon(icon("warning", role="warning"))
        else:
            item.setIcon(icon("wire", role="muted" if target.taken else "accent"))
        return item

    def _explain(self, item: QListWidgetItem | None, _: object = None) -> None:
        target: Target | None = item.data(_TARGET) if item is not None else None
        self._summary.setText(target.said if target is not None else "")
        role = "muted"
        if target is not None and (target.refused or target.unfit):
            role = "error" if target.refused else "warning"
        if self._summary.property("role") != role:
            self._summary.setProperty("role", role)
            self._summary.style().unpolish(self._summary)
            self._summary.style().polish(self._summary)

    def _take(self, item: QListWidgetItem | None) -> None:
        target: Target | None = item.data(_TARGET) if item is not None else None
        if target is not None and not target.refused:
            self.hide()
            self._take_it(target)

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
