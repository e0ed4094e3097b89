"""A field that takes the next key pressed in it, whatever it is: Tab, Return and keys of the menus too.

It waits only while it is told to, so that the keyboard can always leave it again.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from nndesigner.base.text import tr
from nndesigner.gui.key_bindings import canonical

_MODIFIERS = (Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class KeyField(QLineEdit):
    """`pressed(key)` in Qt's portable words; `left()` where waiting ended with Esc or with the focus."""

    pressed = Signal(str)
    left = Signal()
    waiting = False
    """whether the next key is taken"""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName(tr("Press a key"))

    def wait_for_key(self, words: str) -> None:
        """Takes the next key; `words` say for what."""
        self.waiting = True
        self.setText(words)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def rest(self, words: str = "") -> None:
        self.waiting = False
        self.setText(words)

    def event(self, event: QEvent) -> bool:
        if self.waiting and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
                return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.waiting and event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._leave()

    def _take(self, event: QKeyEvent) -> None:
        if event.key() in _MODIFIERS:
            return
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return
        modifiers, key = event.modifiers(), event.key()
        if key == Qt.Key.Key_Backtab:
            key, modifiers = Qt.Key.Key_Tab, modifiers | Qt.KeyboardModifier.ShiftModifier
        modifiers &= ~Qt.KeyboardModifier.KeypadModifier
        combination = QKeyCombination(modifiers, Qt.Key(key))
        text = canonical(QKeySequence(combination).toString(QKeySequence.SequenceFormat.PortableText))
        if text:
            self.rest()
            self.pressed.emit(text)

    def _leave(self) -> None:
        self.rest()
        self.left.emit()
