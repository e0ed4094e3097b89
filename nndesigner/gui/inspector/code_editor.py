"""The editor of the user's own code in a form: typed, read at every key, applied as one step.

The text is read as what its field says (`layers/custom_code.py`, `base/own_functions.py`), and nothing is run. Whether
it may run is the user's word on this text.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from nndesigner.base.fields import BadValue, CodeField
from nndesigner.base.own_functions import DATA, KINDS, LOSS, METRIC, OwnText, read_own
from nndesigner.base.text import tr
from nndesigner.base.trusted_code import may_run
from nndesigner.gui.code_text import CodeText
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.field_editor import Editor
from nndesigner.gui.plain import IconLabel, label, set_tip
from nndesigner.layers.custom_code import CustomCode, read_code

READ_MILLISECONDS = 250
HEIGHT = 300


def read_as(kind: str, text: str) -> CustomCode | OwnText:
    """What a text says of itself, read as a `CodeField.reads` tells."""
    return read_own(kind, text) if kind in KINDS else read_code(text)


def words_for(kind: str) -> tuple[str, str]:
    """(what is said of a text that is nothing of the kind, the title of a window with it)"""
    known = {
        LOSS: (tr("This is no loss yet."), tr("Code of the loss")),
        METRIC: (tr("This is no metric yet."), tr("Code of the metrics")),
        DATA: (tr("This is no data set yet."), tr("Code of the data set")),
    }
    return known.get(kind, (tr("This is no layer yet."), tr("Code of the layer")))


class CodeEditor(Editor):
    """`entered` with the text on Apply and when it is left; `trusted` with a text that the user wrote and trusts, after
    `entered`; `read_wanted` when the code that is there is to be read and trusted."""

    trusted = Signal(str)
    read_wanted = Signal()

    def __init__(self, field: CodeField) -> None:
        super().__init__(field)
        self._kind = field.reads
        column = QVBoxLayout()
        column.setSpacing(6)
        self._row.addLayout(column, 1)
        top = QHBoxLayout()
        top.setSpacing(6)
        self._state_icon = IconLabel("ok", "good", 16)
        self._state = label(role="muted", wrap=True)
        top.addWidget(self._state_icon)
        top.addWidget(self._state, 1)
        self.larger = QToolButton()
        self.larger.setIcon(icon("fit", role="muted"))
        self.larger.setProperty("role", "flat")
        words = tr("Write in a larger window")
        set_tip(self.larger, words)
        self.larger.setAccessibleName(words)
        self.larger.clicked.connect(self.open_larger)
        top.addWidget(self.larger)
        column.addLayout(top)
        self.text = CodeText(height=HEIGHT)
        self._watch(self.text)
        column.addWidget(self.text)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        self.apply = QPushButton(tr("Apply"))
        self.apply_and_trust = QPushButton(tr("Apply and trust"))
        set_tip(
            self.apply_and_trust,
            tr("Applies what you wrote and lets exactly this text run on this computer."),
        )
        self.revert = QPushButton(tr("Revert"))
        self.read = QPushButton(tr("Read and trust…"))
        for button in (self.apply, self.apply_and_trust, self.revert, self.read):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self.apply.clicked.connect(self.flush)
        self.apply_and_trust.clicked.connect(self._apply_and_trust)
        self.revert.clicked.connect(self._revert)
        self.read.clicked.connect(self.read_wanted)
        self.text.came.connect(self.focused)
        self.text.typed.connect(self._typed)
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.setInterval(READ_MILLISECONDS)
        self._reading.timeout.connect(self._read)

    # -- the value -------------------------------------------------------------------------------------------------
    @property
    def draft(self) -> str:
        """What stands in the editor."""
        return self.text.toPlainText()

    @property
    def changed(self) -> bool:
        """Whether it differs from what is applied."""
        return self._value is not None and self.draft != self._value

    def show_value(self, value: Any) -> None:
        """A text that was set elsewhere replaces what stands here; what is being typed stays while the value does."""
        if value != self._value:
            self._value = value
            self.text.show_text(str(value))
            self.text.document().setModified(False)
        self._read()

    def flush(self) -> None:
        """Applies what was typed."""
        if not self.changed:
            return
        try:
            value = self.field.check(self.draft)
        except BadValue as error:
            self.refused.emit(str(error))
            return
        self._value = value
        self.text.document().setModified(False)
        self.entered.emit(value)

    def _apply_and_trust(self) -> None:
        text = self.draft
        self.flush()
        self.trusted.emit(text)

    def _revert(self) -> None:
        self.text.show_text(str(self._value))
        self.text.document().setModified(False)
        self._read()

    # -- what is said of it ----------------------------------------------------------------------------------------
    def _typed(self) -> None:
        self._show_buttons()
        self._reading.start()

    def show_problem(self, sentence: str) -> None:
        """What a worker said of the applied code."""
        if not self.changed and read_as(self._kind, self.draft).ok:
            self.refused.emit(sentence)

    def look_again(self) -> None:
        """What may run has changed."""
        self._show_buttons()

    def _read(self) -> None:
        self._reading.stop()
        read = read_as(self._kind, self.draft)
        self.text.mark(read.line, read.sentence)
        self.refused.emit(
            tr("Line {line}: {sentence}", line=read.line, sentence=read.sentence) if read.sentence else ""
        )
        self._show_buttons()

    def _show_buttons(self) -> None:
        changed, readable, runs = self.changed, read_as(self._kind, self.draft).ok, may_run(self.draft)
        self.apply.setVisible(changed)
        self.apply_and_trust.setVisible(changed and readable and not runs)
        self.revert.setVisible(changed)
        self.read.setVisible(not changed and readable and not runs)
        if not readable:
            self._say("error", "error", words_for(self._kind)[0])
        elif changed:
            self._say("rename", "muted", tr("Changed, not applied."))
        elif runs:
            self._say("ok", "good", tr("You trust this code: it runs in a worker."))
        else:
            self._say("warning", "warning", tr("Not trusted: it does not run."))

    def _say(self, icon_name: str, role: str, sentence: str) -> None:
        self._state_icon.show_icon(icon_name, role)
        self._state.setText(sentence)

    # -- more room -------------------------------------------------------------------------------------------------
    def open_larger(self) -> None:
        """The same text in a window of its own; it closes back into the inspector."""
        dialog = LargerCode(self.window(), self.text, self._kind)
        try:
            dialog.exec()
        finally:
            dialog.deleteLater()
        self._read()


class LargerCode(QDialog):
    """Two views of one text: what is typed here stands there."""

    def __init__(self, parent: QWidget, text: CodeText, kind: str = "layer") -> None:
        super().__init__(parent)
        self._kind = kind
        self.setWindowTitle(words_for(kind)[1])
        self.resize(820, 640)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 16, 16, 16)
        box.setSpacing(10)
        self.text = CodeText(text.document())
        self.text.setAccessibleName(tr("Code"))
        self.text.mark(text.marked_line, "")
        box.addWidget(self.text, 1)
        self.sentence = label(role="error", wrap=True)
        box.addWidget(self.sentence)
        close = QPushButton(tr("Done"))
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        box.addLayout(row)
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.setInterval(READ_MILLISECONDS)
        self._reading.timeout.connect(self._read)
        self.text.typed.connect(self._reading.start)
        self.text.setFocus()
        self._read()

    def _read(self) -> None:
        self._reading.stop()
        read = read_as(self._kind, self.text.toPlainText())
        self.text.mark(read.line, read.sentence)
        self.sentence.setText(
            tr("Line {line}: {sentence}", line=read.line, sentence=read.sentence) if read.sentence else ""
        )
