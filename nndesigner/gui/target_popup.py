"""The list of ports to wire to: type a few letters, Return wires the first one that fits.

It is given the targets and tells which was chosen. What cannot be wired is found too: it is grey and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QListWidgetItem, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.commands.wiring import Target
from nndesigner.gui.icons import icon
from nndesigner.gui.search_popup import SearchPopup, faint

WIDTH = 320
MOST_ROWS = 9
SAID = 52
_TARGET = Qt.ItemDataRole.UserRole
Take = Callable[[Target], object]


class TargetPopup(SearchPopup):
    """What was chosen is handed to the function that `ask` was given."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, width=WIDTH, most=MOST_ROWS, said=SAID, what=tr("Ports to wire to"))
        self.list.setIconSize(QSize(16, 16))
        self._targets: tuple[Target, ...] = ()
        self._take_it: Take = lambda target: None

    def ask(self, at: QPoint, targets: Sequence[Target], hint: str, take: Take) -> None:
        """Opens at a point of the screen."""
        self._targets, self._take_it = tuple(targets), take
        self.search_field.setPlaceholderText(hint)
        self.search_field.setAccessibleName(hint)
        self.clear_search()
        self.open_at(at)

    def items(self, text: str) -> list[QListWidgetItem]:
        text = text.lower()
        found = [t for t in self._targets if text in t.title.lower() or text in t.detail.lower()]
        found.sort(key=lambda t: not t.title.lower().startswith(text))
        return [self._item(target) for target in found]

    def nothing(self, text: str) -> str:
        return tr("No layer matches “{text}”", text=text[:30]) if text else tr("There is nothing to wire to")

    def _item(self, target: Target) -> QListWidgetItem:
        item = QListWidgetItem(f"{target.title}   {target.detail}")
        item.setData(_TARGET, target)
        how = tr("cannot be wired") if target.refused else tr("does not fit") if target.unfit else tr("fits")
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{target.title}, {target.detail}, {how}")
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, target.said)
        if target.refused:
            item.setIcon(icon("close", role="muted"))
            item.setForeground(faint())
        elif target.unfit:
            item.setIcon(icon("warning", role="warning"))
        else:
            item.setIcon(icon("wire", role="muted" if target.taken else "accent"))
        return item

    def words_of(self, item: QListWidgetItem) -> tuple[str, str]:
        target: Target | None = item.data(_TARGET)
        if target is None:
            return "", "muted"
        return target.said, "error" if target.refused else "warning" if target.unfit else "muted"

    def take(self, item: QListWidgetItem) -> None:
        target: Target | None = item.data(_TARGET)
        if target is not None and not target.refused:
            self.hide()
            self._take_it(target)
