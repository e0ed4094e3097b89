"""The wheel scrolls the bench, whatever the pointer is over: no number changes because somebody scrolls past it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget


class LetScroll(QObject):
    """An event filter for fields that would take a turn of the wheel for a change."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            event.ignore()  # then whatever it is inside of has it
            return True
        return False

    def watch(self, parent: QWidget) -> None:
        """From now on for every such field inside `parent`."""
        for kind in (QComboBox, QAbstractSpinBox, QAbstractSlider):
            for field in parent.findChildren(kind):
                if not isinstance(field, QScrollBar):
                    field.installEventFilter(self)
