"""At the foot of the inspector: what the field means that has the keyboard, which values it takes, and more."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from nndesigner.base.fields import Field
from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import Elided, label, set_tip

MARGIN, TOP = 14, 8
TALLEST = 150
"""Pixels: a longer help goes on in the tooltip and on the help page."""


class FieldHelp(QFrame):
    """`help_wanted` asks for the page of the layer. It takes no room while there is nothing to say."""

    help_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "foot")
        self._field: Field | None = None
        box = QVBoxLayout(self)
        box.setContentsMargins(MARGIN, TOP, MARGIN, TOP)
        box.setSpacing(2)
        top = QHBoxLayout()
        top.setSpacing(6)
        self.title = Elided(role="strong")
        top.addWidget(self.title, 1)
        self.more = QToolButton()
        self.more.setObjectName("field-help-more")
        self.more.setProperty("role", "flat")
        self.more.setIcon(icon("help", role="muted"))
        words = tr("The help page of this layer")
        set_tip(self.more, f"{words}  (Shift+F1)")
        self.more.setAccessibleName(words)
        self.more.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # F1 does the same from the keyboard
        self.more.clicked.connect(self.help_wanted)
        top.addWidget(self.more)
        box.addLayout(top)
        self.text = label(role="muted", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        box.addWidget(self.text, 1)
        self.hide()

    def show_field(self, field: Field | None, page: bool = True) -> None:
        """Explains a field; None says nothing. `page` says whether there is a help page to go to."""
        self._field = field
        self.more.setVisible(page)
        if field is None:
            return
        limits = field.limits()
        unit = f" {tr(field.unit)}" if field.unit else ""
        self.title.setText(f"{tr(field.label)}: {limits}{unit}" if limits else tr(field.label))
        self.text.setText(tr(field.help))
        set_tip(self.text, tr(field.help))

    def height_for(self, width: int) -> int:
        """How tall it is at a width; 0 while there is nothing to say."""
        if self._field is None:
            return 0
        said = self.text.heightForWidth(width - 2 * MARGIN) if self.text.text() else 0
        return min(
            2 * TOP + max(self.title.sizeHint().height(), self.more.sizeHint().height()) + 2 + said, TALLEST
        )
