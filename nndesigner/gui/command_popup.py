"""The search for a command: every action of the window with its keys; type a few letters, Return does it.

What cannot be done now is found too: it is grey and says why. It does nothing itself but tell which was chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.text import tr
from nndesigner.gui.actions import Action, Actions
from nndesigner.gui.icons import icon
from nndesigner.gui.key_bindings import native
from nndesigner.gui.plain import label, lead_with_search
from nndesigner.gui.theme import current_theme

WIDTH = 460
MOST_ROWS = 12
ROW = QSize(0, 30)
SAID = 36
_ID = Qt.ItemDataRole.UserRole
_KEYS = Qt.ItemDataRole.UserRole + 1
_REASON = Qt.ItemDataRole.UserRole + 2


def match(words: list[str], text: str, more: str) -> tuple[int, ...] | None:
    """How far each word is from what an action is called, the worst first; None where one is not found.

    0 begins the text, 1 begins a word of it, 2 is inside it, 3 is in what is said besides, 4 are its letters in order.
    """
    found = []
    for word in words:
        if text.startswith(word):
            found.append(0)
        elif f" {word}" in text:
            found.append(1)
        elif word in text:
            found.append(2)
        elif word in more:
            found.append(3)
        elif len(word) > 1 and _in_order(word, text):
            found.append(4)
        else:
            return None
    return tuple(sorted(found, reverse=True))


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


class CommandPopup(QFrame):
    """`chosen` carries the id of an action that can be done. Esc and a click elsewhere close it without a word."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, actions: Actions) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._actions = actions
        self._recent: list[str] = []
        blank = QPixmap(18, 18)
        blank.fill(Qt.GlobalColor.transparent)
        self._blank = QIcon(blank)
        self.setProperty("role", "popup")
        self.setFixedWidth(WIDTH)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(6)
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText(tr("What would you like to do?"))
        self.search_field.setAccessibleName(tr("Search commands"))
        lead_with_search(self.search_field)
        self.search_field.textChanged.connect(self._fill)
        self.search_field.installEventFilter(self)
        box.addWidget(self.search_field)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Commands"))
        self.list.setIconSize(QSize(18, 18))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard stays with the search
        self.list.setItemDelegate(_WithKeys(self.list))
        self.list.itemClicked.connect(self._take)
        self.list.currentItemChanged.connect(self._explain)
        box.addWidget(self.list, 1)
        self._summary = label(role="muted", wrap=True)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._summary.setFixedHeight(SAID)
        box.addWidget(self._summary)

    @property
    def said(self) -> str:
        """What stands below the list: what the current command does, or why it cannot be done now."""
        return self._summary.text()

    def ask(self) -> None:
        """Opens below the top of the window, with what was done last in front."""
        self.search_field.clear()
        self._fill()
        window = self.parentWidget()
        if window is not None:
            middle = window.mapToGlobal(QPoint(window.width() // 2, 0))
            self.setGeometry(QRect(QPoint(middle.x() - WIDTH // 2, middle.y() + 64), self.size()))
        self.show()
        self.search_field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _found(self, text: str) -> list[tuple[Action, str]]:
        """Actions and why each cannot be done, best first: names that match alike, then what can be done."""
        words = text.lower().split()
        ranked = []
        for position, action in enumerate(self._actions.table.values()):
            name = self._actions.made[action.id].text().replace("&&", "&")
            keys = " ".join(
                (*self._actions.keys[action.id], tr(action.menu), tr(action.help), tr(action.also))
            )
            scores = match(words, name.lower(), keys.lower())
            if scores is None:
                continue
            reason = self._actions.why_not(action.id)
            last = self._recent.index(action.id) if action.id in self._recent else len(self._recent)
            ranked.append(((scores, bool(reason), last, position), action, reason))
        ranked.sort(key=lambda entry: entry[0])
        return [(action, reason) for _, action, reason in ranked]

    def _fill(self, *_: object) -> None:
        text = self.search_field.text().strip()
        found = self._found(text)
        self.list.clear()
        for action, reason in found:
            self.list.addItem(self._item(action, reason))
        if found:
            self.list.setCurrentRow(0)
        else:
            nothing = QListWidgetItem(tr("No command matches “{text}”", text=text[:40]))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            nothing.setSizeHint(ROW)
            self.list.addItem(nothing)
            self._summary.setText("")
        self.list.setFixedHeight(ROW.height() * min(self.list.count(), MOST_ROWS) + 2)
        self.adjustSize()

    def _item(self, action: Action, reason: str) -> QListWidgetItem:
        item = QListWidgetItem(self._actions.made[action.id].text().replace("&&", "&"))
        item.setIcon(icon(action.icon) if action.icon else self._blank)
        keys = self._actions.keys[action.id]
        item.setData(_ID, action.id)
        item.setData(_KEYS, native(keys[0]) if keys else "")
        item.setData(_REASON, reason)
        item.setSizeHint(ROW)
        return item

    def _explain(self, item: QListWidgetItem | None, _: object = None) -> None:
        id = item.data(_ID) if item is not None else None
        reason = item.data(_REASON) if item is not None and id else ""
        self._summary.setText(reason or (tr(self._actions.table[id].help) if id else ""))

    def _take(self, item: QListWidgetItem | None) -> None:
        id = item.data(_ID) if item is not None else None
        if item is not None and id and not item.data(_REASON):
            self._recent = [id, *(other for other in self._recent if other != id)][:8]
            self.hide()
            self.chosen.emit(id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search_field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            steps = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: MOST_ROWS - 1,
                Qt.Key.Key_PageUp: 1 - MOST_ROWS,
            }
            doing: dict[int, Callable[[], object]] = {
                Qt.Key.Key_Return: lambda: self._take(self.list.currentItem()),
                Qt.Key.Key_Enter: lambda: self._take(self.list.currentItem()),
                Qt.Key.Key_Escape: self.hide,
            }
            key = event.key()
            if key in steps:
                row = self.list.currentRow() + steps[Qt.Key(key)]
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if key in doing:
                doing[key]()
                return True
        return super().eventFilter(watched, event)


def _faint() -> QColor:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return QColor(current_theme(app).muted)


class _WithKeys(QStyledItemDelegate):
    """A row with its keys at the right edge."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        if index.data(_REASON):
            painter.setOpacity(0.55)  # the style sheet knows one colour for selected rows
        super().paint(painter, option, index)
        keys = index.data(_KEYS)
        if keys:
            painter.setPen(_faint())
            box = option.rect.adjusted(0, 0, -10, 0)  # type: ignore[attr-defined]
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, keys)
        painter.restore()
