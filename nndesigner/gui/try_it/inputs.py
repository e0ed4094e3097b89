"""The editors of all inputs of a network: one each, and together they hold one sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.check.asking import goes_on, writes
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.plain import empty, label
from nndesigner.gui.try_it.editor import Editor, editor_for
from nndesigner.gui.try_it.sound_editor import SoundEditor, Wave
from nndesigner.gui.try_it.text_editor import TextEditor

Sample = dict[str, npt.NDArray[Any]]


class Inputs(QWidget):
    """`changed` is told for what a person does; `given` carries a field's name and what was dropped, pasted or
    recorded."""

    changed = Signal()
    given = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.editors: dict[str, Editor] = {}
        self.text: TextEditor | None = None
        """the text that a network goes on with, where it is one that does"""
        self.written: DataField | None = None
        """what a decoder reads of its own answer: nobody has to type it"""
        self._shape: object = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(10)

    @property
    def fields(self) -> dict[str, DataField]:
        found = {name: editor.field for name, editor in self.editors.items()}
        return found | ({self.written.name: self.written} if self.written is not None else {})

    def show_network(self, checked: CheckedNetwork | None, *, sounds: bool = False) -> bool:
        """Editors for this network's inputs. Those of one that reads the same stay as they are: then False. `sounds`
        says that its data is sounds."""
        shape: object = None
        if checked is not None:
            nodes = checked.inputs
            shape = (sounds, *((node.name, node.field, node.outputs["y"]) for node in nodes))
        if shape is not None and shape == self._shape:
            return False
        self._shape = shape
        self.close_down()
        empty(self._box)
        self.editors, self.text, self.written = {}, None, None
        decoder = writes(checked) if checked is not None else None
        if decoder is not None and checked is not None:
            self.written = checked.inputs[decoder[0]].field
        for node in checked.inputs if checked is not None else ():
            field = node.field
            if field is None or checked is None or field is self.written:
                continue
            size = node.outputs["y"].axes[1].size.value if field.kind == "tokens" else None
            further = goes_on(checked) is not None
            editor = editor_for(field, size, goes_on=further, sound=sounds)
            editor.start()
            editor.changed.connect(self.changed)
            editor.given.connect(lambda what, name=field.name: self.given.emit(name, what))
            if len(checked.inputs) > 1:
                self._box.addWidget(label(field.name, "subtitle"))
            self._box.addWidget(editor)
            self.editors[field.name] = editor
            if further and isinstance(editor, TextEditor):
                self.text = editor
        return True

    def sample(self) -> tuple[Sample, str]:
        """Raw values by field, without a sample axis; or {} and why there are none."""
        made: Sample = {}
        for name, editor in self.editors.items():
            value = editor.value()
            if value is None:
                return {}, editor.problem()
            made[name] = value
        return made, ""

    def show_sample(self, values: Mapping[str, npt.NDArray[Any]]) -> None:
        for name, value in values.items():
            if name in self.editors:
                self.editors[name].show_value(value)

    def were_read(self) -> None:
        """What was given is no longer waited for: it is shown by now, or could not be read."""
        for editor in self.editors.values():
            editor.was_read()

    def close_down(self) -> None:
        for editor in self.editors.values():
            editor.close_down()

    def show_waves(self, waves: Mapping[str, Wave]) -> None:
        """What the sounds look like that are shown, by field."""
        for name, wave in waves.items():
            if isinstance(editor := self.editors.get(name), SoundEditor):
                editor.show_wave(wave)

    @property
    def waves(self) -> dict[str, Wave]:
        """What the sounds look like that are shown, where that is known."""
        sounds = {name: e.wave for name, e in self.editors.items() if isinstance(e, SoundEditor)}
        return {name: wave for name, wave in sounds.items() if wave is not None}

    def remarks(self) -> list[str]:
        return [remark for editor in self.editors.values() if (remark := editor.remark())]
