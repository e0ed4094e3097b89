"""Labels and tooltips that show text as it is: a name from somebody's file is never read as markup.

Every label of the window is made here. It knows nothing of what the text says.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QLayout, QLineEdit, QSizePolicy, QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.icons import color_of, icon, paint_icon
from nndesigner.gui.theme import current_theme


def label(text: str = "", role: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A label of plain text. `role` is a style of the style sheet: "title", "subtitle", "muted" or none."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    if role:
        made.setProperty("role", role)
    if wrap:
        made.setWordWrap(True)
        # A wrapped label may get narrower than its longest line; its height follows from its width.
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        made.setSizePolicy(policy)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def tip(text: str) -> str:
    """Text for a tooltip: Qt would guess whether it is markup, so it is made markup that means the text itself."""
    if not text:
        return ""
    lines = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    return f"<p style='margin:0'>{lines}</p>"


def set_tip(thing: QWidget | QAction, text: str) -> None:
    """What a pause of the pointer shows; a screen reader is told it without the markup."""
    thing.setToolTip(tip(text))
    if isinstance(thing, QWidget):
        thing.setAccessibleDescription(text)


def allow(thing: QWidget | QAction, reason: str, words: str = "") -> None:
    """Makes a button or an action usable where `reason` is "", else grey; its tooltip says the reason, or `words`."""
    thing.setEnabled(not reason)
    set_tip(thing, reason or words)


def menu_text(text: str) -> str:
    """Text for a menu or a button in which no character is a shortcut."""
    return text.replace("&", "&&")


def icon_button(name: str, words: str) -> QToolButton:
    """A button that is an icon; `words` are its name for a screen reader and its tooltip."""
    made = QToolButton()
    made.setIcon(icon(name))
    made.setAccessibleName(words)
    set_tip(made, words)
    return made


def close_button(words: str, size: int = 14) -> QToolButton:
    """A small grey cross that says what it closes."""
    made = icon_button("close", words)
    made.setIcon(icon("close", role="muted"))
    made.setIconSize(QSize(size, size))
    return made


def lead_with_search(line: QLineEdit) -> None:
    """A magnifying glass at the beginning of a field; Qt makes a button of it, which needs a name."""
    line.addAction(icon("search", role="muted"), QLineEdit.ActionPosition.LeadingPosition).setText(
        tr("Search")
    )
    for button in line.findChildren(QToolButton):
        button.setAccessibleName(tr("Search"))


class Elided(QLabel):
    """One line of plain text that ends in “…” where there is no room; the whole text is its tooltip."""

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = self.fontMetrics()
        room = self.contentsRect().width() - max(self.indent(), 0)
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        self.setToolTip(tip(self.text()) if shown != self.text() else "")
        painter.setPen(self.palette().color(self.foregroundRole()))
        rect = self.contentsRect().adjusted(max(self.indent(), 0), 0, 0, 0)
        painter.drawText(rect, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()


class IconLabel(QWidget):
    """An icon that follows the theme, as a small picture without a button's behaviour."""

    def __init__(self, name: str = "", role: str = "text", size: int = 20) -> None:
        super().__init__()
        self._name, self._role, self._size = name, role, size
        self.setFixedSize(size, size)

    @property
    def name(self) -> str:
        return self._name

    def show_icon(self, name: str, role: str = "text") -> None:
        self._name, self._role = name, role
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, event: QPaintEvent) -> None:
        app = QApplication.instance()
        if not self._name or not isinstance(app, QApplication):
            return
        painter = QPainter(self)
        paint_icon(painter, self._name, QRectF(self.rect()), color_of(self._role, current_theme(app)))
        painter.end()


def empty(box: QLayout) -> None:
    """Takes every widget out of a layout; they are gone from sight at once and soon altogether."""
    while (item := box.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
