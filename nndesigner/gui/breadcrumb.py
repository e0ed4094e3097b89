"""The way from the main network to the block that is looked into, above the canvas; a click goes back to a step.

It shows words and tells which one was clicked; it is not there in the main network.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import IconLabel, label, menu_text, set_tip

LONGEST = 32


class Breadcrumb(QFrame):
    """`chosen` carries the place of a step, 0 for the main network; `left` asks for the network around."""

    chosen = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("breadcrumb")
        self.setProperty("role", "breadcrumb")
        self.setAccessibleName(tr("Where you are"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 8, 4)
        self._row.setSpacing(2)
        self.steps: list[QToolButton] = []
        self._shown: tuple[str, ...] = ()
        self.hide()

    def show_path(self, names: Sequence[str], note: str = "") -> None:
        """The names of the steps, the main network first; hidden where there is one only. `note` stands at the end."""
        shown = (*names, note)
        if shown == self._shown:
            return
        self._shown = shown
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.steps = []
        self._row.addWidget(self._up())
        for depth, name in enumerate(names):
            if depth:
                self._row.addWidget(IconLabel("chevron-right", "muted", 14))
            self._row.addWidget(self._step(depth, name, last=depth == len(names) - 1))
        self._row.addStretch(1)
        if note:
            self._row.addWidget(label(note, "muted"))
        self.setVisible(len(names) > 1)

    def _up(self) -> QWidget:
        button = QToolButton()
        button.setObjectName("leave-block")
        button.setIcon(icon("arrow-up", role="muted"))
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setAccessibleName(tr("Leave the block"))
        set_tip(button, tr("Leave the block  (Esc)"))
        button.clicked.connect(self.left)
        return button

    def _step(self, depth: int, name: str, last: bool) -> QToolButton:
        short = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
        button = QToolButton()
        button.setText(menu_text(short))
        button.setObjectName(f"step:{depth}")
        button.setProperty("role", "here" if last else "flat")
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setEnabled(True)
        if not last:
            button.clicked.connect(lambda _=False, depth=depth: self.chosen.emit(depth))
        self.steps.append(button)
        return button
