"""What an empty canvas says: how to begin. It lies over the canvas, takes no clicks and goes with the first layer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.plain import IconLabel, label


class EmptyHint(QWidget):
    """Stays in the middle of its parent (not of a viewport, whose children scroll with it)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        box = QVBoxLayout(self)
        box.setSpacing(8)
        box.addWidget(IconLabel("network", "muted", 48), 0, Qt.AlignmentFlag.AlignHCenter)
        box.addSpacing(4)
        for text, role in (
            (tr("Start with an input"), "subtitle"),
            (tr("Drag a layer from the left, or double-click here to search for one."), "muted"),
            (tr("Drag from a layer's right edge to wire it to the next."), "muted"),
        ):
            words = label(text, role)
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            box.addWidget(words)
        parent.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.adjustSize()
        self.move((parent.width() - self.width()) // 2, (parent.height() - self.height()) // 2)
