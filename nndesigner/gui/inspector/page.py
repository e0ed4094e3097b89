"""What the inspector's pages share: a column of parts with lines, a table of facts, and how edits become steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from nndesigner.base.expressions import Names
from nndesigner.document.blocks import names_inside
from nndesigner.document.history import Mark
from nndesigner.document.records import Node
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.inspector.facts import Fact
from nndesigner.gui.plain import label

if TYPE_CHECKING:
    from nndesigner.gui.inspector.form import Form
    from nndesigner.layers.declaration import Layer

COALESCE_SECONDS = 1.0
"""Changes of one field that follow each other faster than this (an arrow held down) are one step to undo."""


class Steps(Protocol):
    """What a form needs of the history: several edits can be made one step."""

    def mark(self) -> Mark: ...

    def merge(self, mark: Mark, name: str) -> None: ...


class Entering:
    """Makes the edits of a form: those of one field in quick succession are one step."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._run: tuple[str, Mark, float] | None = None
        self._now = False

    def enter(self, field: str, step: str, edit: Callable[[], object]) -> None:
        now = time.monotonic()
        run = self._run if self._run is not None and self._run[0] == field else None
        mark = run[1] if run is not None and now - run[2] < COALESCE_SECONDS else None
        goes_on = mark is not None
        mark = mark or self._steps.mark()
        self._now = True
        try:
            edit()
        finally:
            self._now = False
        if goes_on:
            self._steps.merge(mark, step)
        self._run = (field, mark, now)

    def document_changed(self) -> None:
        """Something else happened in between: what follows is a step of its own."""
        if not self._now:
            self._run = None


def names_for(editor: CanvasEditor, node: Node) -> Names | None:
    """Names that an expression may use in a node, as they are where it is looked at; None in the main network."""
    document, checked = editor.document, editor.checked
    if node.network == document.main.id:
        return None
    known = names_inside(document, node.network)
    if checked is None or checked.network != node.network:
        return known
    return {**known, **{name: value for name, value in checked.names.items() if name in known}}


class Page(QWidget):
    """One content of the inspector. `help_wanted` carries the layer whose page is asked for, `field_focused` the field
    that has the keyboard, `read_wanted` the id of a node whose code is to be shown, `trusted` trusted text."""

    help_wanted = Signal(object)
    field_focused = Signal(object)
    read_wanted = Signal(str)
    trusted = Signal(str)
    form: Form | None = None
    """the form for what is selected, where there is one"""
    layer: Layer | None = None
    """what the selection is, where it is of one kind"""

    @property
    def outdated(self) -> bool:
        """Whether what is shown has become something else: another page is needed."""
        return False

    def __init__(self) -> None:
        super().__init__()
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(14, 12, 14, 14)
        self.box.setSpacing(12)

    def refresh(self) -> None:
        """Shows the document as it is now."""

    def flush(self) -> None:
        """Enters what is being typed."""

    def line(self) -> QFrame:
        """A line below what is there so far."""
        made = QFrame()
        made.setFrameShape(QFrame.Shape.HLine)
        made.setProperty("role", "line")
        self.box.addWidget(made)
        return made


class FactTable(QWidget):
    """Pairs of what and how much, in two columns."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._facts: tuple[Fact, ...] | None = None
        self._values: list[QLabel] = []

    @property
    def facts(self) -> tuple[Fact, ...]:
        return self._facts or ()

    def show_facts(self, found: Sequence[Fact]) -> None:
        if tuple(found) == self._facts:
            return
        same = self._facts is not None and [w for w, _ in self._facts] == [w for w, _ in found]
        self._facts = tuple(found)
        if same:
            for value, (_, text) in zip(self._values, found, strict=True):
                value.setText(text)
            return
        self._values = []
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, (what, text) in enumerate(found):
            left = label(what, "muted")
            left.setWordWrap(True)
            left.setFixedWidth(126)
            right = label(text, wrap=True, selectable=True)
            self._grid.addWidget(left, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, row, 1)
            self._values.append(right)
        self.setVisible(bool(found))
