"""Words typed on the canvas itself: the text of a note, the title of a frame, in a field over the place they stand.

Esc leaves them as they were; Return (Ctrl+Return where the text has lines), or a click elsewhere, takes them.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from nndesigner.gui.canvas.panzoom import PanZoomView

_SMALLEST = (120, 34)
"""Pixels: words can be typed into a note that is seen from afar, too."""
_LINE = 34
"""Pixels: height of a field for a title."""
_TITLE = 320
"""Pixels: width of a field for a title at most: what a wide frame holds stays in sight."""
_MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class WordsField(QPlainTextEdit):
    """One text over a rectangle of the scene, which it follows; it goes away when it is done."""

    def __init__(
        self, view: PanZoomView, box: QRectF, text: str, take: Callable[[str], object], lines: bool, name: str
    ) -> None:
        super().__init__(view.viewport())
        self._view, self._box, self._take, self._lines = view, box, take, lines
        self._over = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(name)
        self.setPlaceholderText(name)
        self.setPlainText(text)
        self.setTabChangesFocus(True)
        if not lines:
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.horizontalScrollBar().valueChanged.connect(self._follow)
        view.verticalScrollBar().valueChanged.connect(self._follow)
        view.zoomChanged.connect(self._follow)
        self._follow()
        self.moveCursor(QTextCursor.MoveOperation.End)
        if not lines:
            self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow(self, *_: object) -> None:
        corner, other = (
            self._view.mapFromScene(point) for point in (self._box.topLeft(), self._box.bottomRight())
        )
        wide, high = max(other.x() - corner.x(), _SMALLEST[0]), max(other.y() - corner.y(), _SMALLEST[1])
        if not self._lines:
            wide, high = min(wide, _TITLE), _LINE
        self.setGeometry(corner.x(), corner.y(), wide, high)

    def event(self, event: QEvent) -> bool:
        """A shortcut that is none of typing takes the words first, and then means what it always means."""
        done = super().event(event)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
            own = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.key() in _MODIFIERS
            if held and not own and not event.isAccepted():
                self.end(True)
        return done

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end(False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
            not self._lines or event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.end(True)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (
            Qt.FocusReason.ActiveWindowFocusReason,
            Qt.FocusReason.PopupFocusReason,
        ):
            self.end(True)

    def end(self, taken: bool) -> None:
        """Takes the words, or not, and goes away."""
        if self._over:
            return
        self._over = True
        if self.hasFocus():
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        if taken:
            self._take(self.toPlainText())
        self.close()
