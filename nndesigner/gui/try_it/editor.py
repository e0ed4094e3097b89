"""What every editor of an input is: a widget that holds one raw sample of a data field and tells when it is another.

Which kind of editor a field has, `editor_for` says. An editor reads no file and asks no network.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.gui.plain import empty
from nndesigner.gui.sample_widget import sample_widget

Value = npt.NDArray[Any]


class Editor(QWidget):
    """`changed` is told for what a person does, never for `show_value`. `given` carries what was dropped, pasted or
    recorded: a path, a `QImage`, or the bytes of a WAV file; whoever holds the editor has it read, and says `was_read`.
    What raises here its kinds give (Qt's classes take no abstract methods)."""

    changed = Signal()
    given = Signal(object)
    takes = ""
    """what a file dialog offers, as Qt writes it; "" where nothing is opened"""

    def __init__(self, field: DataField) -> None:
        super().__init__()
        self.field = field
        self.setAcceptDrops(bool(self.takes))

    def value(self) -> Value | None:
        """The raw sample, without a sample axis; None where there is none (`problem` says why)."""
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        """A raw sample."""
        raise NotImplementedError

    def start(self) -> None:
        """What is shown before any sample is known: an empty canvas, typical values."""

    def was_read(self) -> None:
        """What was given is no longer waited for: it is shown by now, or could not be read."""

    def close_down(self) -> None:
        """Ends what goes on here."""

    def problem(self) -> str:
        return ""

    def remark(self) -> str:
        """What there is to say of the sample that is shown; "" for nothing."""
        return ""

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.takes and (event.mimeData().hasUrls() or event.mimeData().hasImage()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        data = event.mimeData()
        local = next((url.toLocalFile() for url in data.urls() if url.isLocalFile()), "")
        if local:
            self.given.emit(local)
        elif data.hasImage():
            self.given.emit(data.imageData())
        else:
            return
        event.acceptProposedAction()


class Shown(Editor):
    """A sample that can only be looked at: no editor is made for its kind or size."""

    takes = "NumPy (*.npy *.npz)"

    def __init__(self, field: DataField) -> None:
        super().__init__(field)
        self._value: Value | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)

    def value(self) -> Value | None:
        return self._value

    def show_value(self, value: Value) -> None:
        self._value = np.asarray(value)
        empty(self._box)
        self._box.addWidget(sample_widget(self.field, self._value))


MOST_EDGE = 1024


def editor_for(
    field: DataField, fixed_length: int | None = None, *, goes_on: bool = False, sound: bool = False
) -> Editor:
    """The editor for an input's field. `fixed_length` is how many tokens the network reads, None for any number;
    `goes_on` says that it tells the next token, so that a shorter text will do; `sound` that the data is sounds."""
    sizes = field.sizes
    if sound and field.kind in ("image", "series"):
        from nndesigner.gui.try_it.sound_editor import SoundEditor

        return SoundEditor(field)
    if field.kind == "image" and len(sizes) == 3 and sizes[0] in (1, 3) and max(sizes[1:]) <= MOST_EDGE:
        from nndesigner.gui.try_it.image_editor import ImageEditor

        return ImageEditor(field)
    if field.kind == "table":
        from nndesigner.gui.try_it.table_editor import TableEditor

        return TableEditor(field)
    if field.kind == "tokens" and field.tokens:
        from nndesigner.gui.try_it.text_editor import TextEditor

        return TextEditor(field, fixed_length, goes_on=goes_on)
    if field.kind == "series" and len(sizes) == 2:
        from nndesigner.gui.try_it.series_editor import SeriesEditor

        return SeriesEditor(field)
    return Shown(field)
