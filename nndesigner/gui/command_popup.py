"""The search for a command: every action of the window with its keys; type a few letters, Return does it.

What cannot be done now is found too: it is grey and says why. It does nothing itself but tell which was chosen.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListWidgetItem, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.actions import Action, Actions
from nndesigner.gui.icons import icon
from nndesigner.gui.key_bindings import native
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.search_popup import SearchPopup

WIDTH = 460
MOST_ROWS = 12
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


class CommandPopup(SearchPopup):
    """`chosen` carries the id of an action that can be done. Esc and a click elsewhere close it without a word."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, actions: Actions) -> None:
        super().__init__(parent, width=WIDTH, most=MOST_ROWS, said=SAID, what=tr("Commands"))
        self._actions = actions
        self._recent: list[str] = []
        blank = QPixmap(18, 18)
        blank.fill(Qt.GlobalColor.transparent)
        self._blank = QIcon(blank)
        self.search_field.setPlaceholderText(tr("What would you like to do?"))
        self.search_field.setAccessibleName(tr("Search commands"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_WithKeys(self.list))

    def ask(self) -> None:
        """Opens below the top of the window, with what was done last in front."""
        self.clear_search()
        window = self.parentWidget()
        middle = window.mapToGlobal(QPoint(window.width() // 2, 0)) if window is not None else QPoint()
        self.open_at(QPoint(middle.x() - WIDTH // 2, middle.y() + 64))

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

    def items(self, text: str) -> list[QListWidgetItem]:
        return [self._item(action, reason) for action, reason in self._found(text)]

    def nothing(self, text: str) -> str:
        return tr("No command matches “{text}”", text=text[:40])

    def _item(self, action: Action, reason: str) -> QListWidgetItem:
        item = QListWidgetItem(self._actions.made[action.id].text().replace("&&", "&"))
        item.setIcon(icon(action.icon) if action.icon else self._blank)
        keys = self._actions.keys[action.id]
        item.setData(_ID, action.id)
        item.setData(_KEYS, native(keys[0]) if keys else "")
        item.setData(_REASON, reason)
        return item

    def words_of(self, item: QListWidgetItem) -> tuple[str, str]:
        id = item.data(_ID)
        reason = item.data(_REASON) if id else ""
        return reason or (tr(self._actions.table[id].help) if id else ""), "muted"

    def take(self, item: QListWidgetItem) -> None:
        id = item.data(_ID)
        if id and not item.data(_REASON):
            self._recent = [id, *(other for other in self._recent if other != id)][:8]
            self.hide()
            self.chosen.emit(id)


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
            painter.setPen(QColor(shown_theme().muted))
            box = option.rect.adjusted(0, 0, -10, 0)  # type: ignore[attr-defined]
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, keys)
        painter.restore()
