"""The inspector's page for several layers: the settings they have in common, set in all of them by one edit.

Where their values differ the field says so; what is entered then holds for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nndesigner.base.fields import Field
from nndesigner.base.text import count, tr
from nndesigner.document.blocks import declared
from nndesigner.document.records import Node
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.inspector import facts
from nndesigner.gui.inspector.common_fields import common_fields, in_common
from nndesigner.gui.inspector.form import Form
from nndesigner.gui.inspector.learning_form import LearningForm
from nndesigner.gui.inspector.page import Entering, FactTable, Page, Steps, names_for
from nndesigner.gui.plain import label
from nndesigner.layers.declaration import Layer


class SeveralPage(Page):
    """A selection of several nodes: what they have in common and what they are together."""

    def __init__(
        self,
        editor: CanvasEditor,
        steps: Steps,
        ids: Sequence[str],
        folder: Callable[[], Path | None] = lambda: None,
    ) -> None:
        super().__init__()
        self._editor, self._ids = editor, tuple(ids)
        self._entering = Entering(steps)
        self.box.addWidget(label(tr("{what} selected", what=count(len(ids), "layer", "layers")), "subtitle"))
        self._signature = self._declared()
        kinds = {(entry.type, entry.label) if entry is not None else None for entry in self._signature}
        self.layer = self._signature[0] if len(kinds) == 1 else None
        """what they all are; None where they are different"""
        fields = common_fields([entry.parameters if entry is not None else () for entry in self._signature])
        if fields:
            self.line()
            self.form = Form(fields, self._data_fields(), folder)
            self.form.entered.connect(self._enter)
            self.form.reset.connect(self._reset)
            self.form.help_wanted.connect(self.field_focused)
            self.box.addWidget(self.form)
        else:
            self.box.addWidget(
                label(
                    tr("These layers have no settings in common: select one of them, or layers of one type."),
                    "muted",
                    wrap=True,
                )
            )
        self.learning = LearningForm(editor, self._ids)
        self.learning.field_focused.connect(self.field_focused)
        self.box.addWidget(self.learning)
        self.line()
        self._facts = FactTable()
        self.box.addWidget(self._facts)
        self.box.addStretch(1)

    @property
    def outdated(self) -> bool:
        """Whether one of them has become something else: a block with other parameters."""
        return [_parameters(entry) for entry in self._declared()] != [
            _parameters(entry) for entry in self._signature
        ]

    def refresh(self) -> None:
        self._entering.document_changed()
        nodes = self._nodes()
        names = names_for(self._editor, nodes[0])
        if self.form is not None:
            forms = [entry.parameters if entry is not None else () for entry in self._signature]
            found = in_common(self.form.fields, forms, [node.parameters for node in nodes], names)
            self.form.show_common(found, self._data_fields(), names)
        self.learning.refresh(names, None)
        checked = self._editor.checked
        self._facts.show_facts(facts.several_facts(checked, self._ids) if checked is not None else ())

    def flush(self) -> None:
        if all(isinstance(self._editor.document.get(id), Node) for id in self._ids):
            if self.form is not None:
                self.form.flush()
            self.learning.flush()

    def _nodes(self) -> list[Node]:
        return [self._editor.document.node(id) for id in self._ids]

    def _declared(self) -> list[Layer | None]:
        return [declared(self._editor.document, node) for node in self._nodes()]

    def _data_fields(self) -> dict[str, Any]:
        data = self._editor.document.data
        return {field.name: field for field in data.fields} if data is not None else {}

    # -- edits -------------------------------------------------------------------------------------------------------
    def _what(self, name: str) -> dict[str, str]:
        fields = self.form.fields if self.form is not None else ()
        label = next((tr(field.label) for field in fields if field.name == name), name)
        return {"what": label, "layers": count(len(self._ids), "layer", "layers")}

    def _enter(self, name: str, value: object) -> None:
        step = tr("Set {what} of {layers}", **self._what(name))
        edit, ids = self._editor.edit, self._ids
        self._entering.enter(
            name, step, lambda: edit(step, "set_in_several", nodes=ids, parameter=name, value=value)
        )

    def _reset(self, name: str) -> None:
        step = tr("Reset {what} of {layers}", **self._what(name))
        self._editor.edit(step, "reset_in_several", nodes=self._ids, parameter=name)


def _parameters(entry: Layer | None) -> tuple[Field, ...]:
    return entry.parameters if entry is not None else ()
