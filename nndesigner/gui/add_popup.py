"""The search for a layer to add, at the cursor: type a few letters, Return adds the first one.

It is given what the catalogue offers for a place, and tells which layer was chosen; where it lands is decided
elsewhere. What does not fit there is found too: it is grey, says why, and cannot be taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.fields import Values
from nndesigner.base.text import tr
from nndesigner.gui.icons import group_icon, icon
from nndesigner.gui.plain import label, tip
from nndesigner.gui.theme import current_theme
from nndesigner.layers.catalogue import layers, matches, search
from nndesigner.layers.declaration import Layer
from nndesigner.layers.fitting import Offer

WIDTH = 300
MOST_ROWS = 9
ROW = QSize(0, 30)
SAID = 52
"""Height of what is said below the list: three lines."""
_TYPE = Qt.ItemDataRole.UserRole
_REASON = Qt.ItemDataRole.UserRole + 1


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
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._summary.setFixedHeight(SAID)
        box.addWidget(self._summary)
        self._offered: tuple[Offer, ...] | None = None
        self._fill()

    @property
    def said(self) -> str:
        """What stands below the list: what the current layer does, or why it cannot be taken."""
        return self._summary.text()

    def ask(self, at: QPoint, offered: Sequence[Offer] | None = None, hint: str = "", text: str = "") -> None:
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
        found = self._found(text)
        self.list.clear()
        for entry, values, reason in found:
            self.list.addItem(self._item(entry, values, reason))
        if found:
            self.list.setCurrentRow(0)
        else:
            nothing = QListWidgetItem(
                tr("No layer matches “{text}”", text=text[:30]) if text else tr("No layer fits here")
            )
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            nothing.setSizeHint(ROW)
            self.list.addItem(nothing)
            self._summary.setText("")
        self.list.setFixedHeight(ROW.height() * min(self.list.count(), MOST_ROWS) + 2)
        self.adjustSize()

    def _found(self, text: str) -> list[tuple[Layer, Values, str]]:
        """Layers, the settings that they would get, and why each cannot be taken, in the order of the list."""
        if self._offered is None:
            every = search(text) if text else [entry for entry in layers().values() if entry.common]
            return [(entry, {}, "") for entry in every]
        if not text:
            return [(offer.layer, offer.values, "") for offer in self._offered if offer.fits]
        by_type = {offer.layer.type: offer for offer in self._offered}
        found = [(far, by_type[entry.type]) for far, entry in matches(text) if entry.type in by_type]
        # Of names that match alike the fitting one leads; but who types a name sees it, and why it does not fit.
        found.sort(key=lambda pair: (pair[0], not pair[1].fits))
        return [(offer.layer, offer.values, offer.reason) for _, offer in found]

    def _item(self, entry: Layer, values: Values, reason: str) -> QListWidgetItem:
        label = tr(entry.label)
        settings = _settings(entry, values)
        item = QListWidgetItem(group_icon(entry.group), f"{label}   {settings}" if settings else label)
        item.setData(_TYPE, entry.type)
        item.setData(_REASON, reason)
        item.setSizeHint(ROW)
        item.setToolTip(tip(reason or tr(entry.summary)))
        if reason:
            app = QApplication.instance()
            assert isinstance(app, QApplication)
            faint = QColor(current_theme(app).muted)
            faint.setAlphaF(0.7)
            item.setForeground(faint)
            item.setIcon(QIcon(group_icon(entry.group).pixmap(self.list.iconSize(), QIcon.Mode.Disabled)))
        return item

    def _explain(self, item: QListWidgetItem | None, _: object = None) -> None:
        entry = layers().get(item.data(_TYPE)) if item is not None and item.data(_TYPE) else None
        reason = item.data(_REASON) if item is not None and entry is not None else ""
        self._summary.setText(reason or (tr(entry.summary) if entry is not None else ""))
        role = "error" if reason else "muted"
        if self._summary.property("role") != role:
            self._summary.setProperty("role", role)
            self._summary.style().unpolish(self._summary)
            self._summary.style().polish(self._summary)

    def _take(self, item: QListWidgetItem | None) -> None:
        type = item.data(_TYPE) if item is not None else None
        if item is not None and type and not item.data(_REASON):
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


def _settings(entry: Layer, values: Values) -> str:
    """Settings that a layer would get, as the row shows them: "heads 3"."""
    named = ((entry.field(name), value) for name, value in values.items())
    return " · ".join(f"{tr(f.label).lower()} {f.describe(value)}" for f, value in named if f is not None)


def _inside(at: QPoint, size: QSize) -> QPoint:
    """The place nearest to `at` where the whole popup is on the screen."""
    screen = QGuiApplication.screenAt(at) or QGuiApplication.primaryScreen()
    if screen is None:
        return at
    area = screen.availableGeometry()
    x = min(max(at.x(), area.left()), area.right() - size.width())
    y = min(max(at.y(), area.top()), area.bottom() - size.height())
    return QPoint(x, y)
