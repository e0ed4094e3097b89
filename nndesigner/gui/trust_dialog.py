"""Code that came with a project is shown, and the user says whether it may run. One dialog for all of a project's code.

Signs that would not be seen (other directions of writing, control signs) are written out.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nndesigner.base.text import listing, tr
from nndesigner.gui.code_text import CodeText
from nndesigner.gui.plain import IconLabel, label
from nndesigner.session.trust import CodeInUse, readable


class TrustDialog(QDialog):
    """`chosen` is the text that the user trusts, "" for none."""

    def __init__(self, parent: QWidget | None, code: Sequence[CodeInUse], text: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Read and trust code"))
        self.resize(820, 640)
        self.chosen = ""
        self._code = tuple(code)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 22, 24, 20)
        box.setSpacing(14)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(IconLabel("warning", "warning", 32), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(label(tr("This project brings code along"), "subtitle"))
        words.addWidget(
            label(
                tr(
                    "Read it. If you trust it, it runs in a process of its own: with limits while it is tried out, and"
                    " with all your rights while data is read and while the network trains, predicts or is exported."
                    " Trust counts for exactly this text, on this computer; a changed text is asked about again."
                ),
                wrap=True,
            )
        )
        top.addLayout(words, 1)
        box.addLayout(top)
        self.which = QComboBox()
        self.which.setAccessibleName(tr("Which code"))
        for found in self._code:
            self.which.addItem(
                tr("{name}, used by {nodes}", name=found.class_name, nodes=listing(list(found.nodes)))
            )
        self.which.setVisible(len(self._code) > 1)
        self.which.currentIndexChanged.connect(self._show)
        box.addWidget(self.which)
        self._used = label(role="muted", wrap=True)
        self._used.setVisible(len(self._code) == 1)
        box.addWidget(self._used)
        self.text = CodeText()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(tr("Code"))
        box.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        self.cancel = QPushButton(tr("Do not trust"))
        self.trust = QPushButton(tr("Trust this code"))
        for button in (self.cancel, self.trust):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.cancel.setProperty("role", "primary")
        self.cancel.clicked.connect(self.reject)
        self.trust.clicked.connect(self._trust)
        box.addLayout(row)
        index = next((i for i, found in enumerate(self._code) if found.text == text), 0)
        self.which.setCurrentIndex(index)
        self._show(index)
        self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, index: int) -> None:
        found = self._code[index]
        self.text.show_text(readable(found.text))
        self.text.go_to(1)
        self._used.setText(
            tr("{name}, used by {nodes}", name=found.class_name, nodes=listing(list(found.nodes)))
        )

    def _trust(self) -> None:
        self.chosen = self._code[self.which.currentIndex()].text
        self.accept()
