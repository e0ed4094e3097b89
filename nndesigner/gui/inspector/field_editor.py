"""What every editor of a field has. An editor shows a value and tells when a person has entered another one.

It knows its field, which parses and checks; it does not know where the value is kept.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QWidget,
)

from nndesigner.base.fields import (
    Field,
)


class Editor(QWidget):
    """What every editor has. `entered` carries a checked value; `refused` the sentence why a text is no value, and ""
    once it is one again; `focused` says that the keyboard is now here."""

    entered = Signal(object)
    refused = Signal(str)
    focused = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self._value: Any = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)

    def show_value(self, value: Any) -> None:
        """Shows a value that was set elsewhere; tells nobody."""
        self._value = value

    def show_several(self, words: str) -> None:
        """Shows that there are several values at once; what is entered then takes the place of all of them."""
        self._value = None

    def flush(self) -> None:
        """Enters what was typed and not entered yet."""

    def _watch(self, widget: QWidget) -> None:
        """Makes `widget` the one that holds the keyboard, named for screen readers and tests."""
        widget.setAccessibleName(self.field.label)
        widget.setObjectName(f"field:{self.field.name}")
        self.setFocusProxy(widget)
