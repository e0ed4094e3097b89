"""What a live view says while it has nothing to show."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.gui.plain import IconLabel, label


class Empty(QWidget):
    """What a view says while it has nothing to show: what will be here, and what to do."""

    def __init__(self, icon_name: str) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 12, 20, 12)
        box.setSpacing(8)
        box.addStretch(1)
        box.addWidget(IconLabel(icon_name, "muted", 32), 0, Qt.AlignmentFlag.AlignHCenter)
        self.title = label(role="subtitle", wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.sentence = label(role="muted", wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        box.addWidget(self.title)
        box.addWidget(self.sentence)
        box.addStretch(1)

    def say(self, title: str, sentence: str) -> None:
        if self.title.text() != title:
            self.title.setText(title)
        if self.sentence.text() != sentence:
            self.sentence.setText(sentence)
