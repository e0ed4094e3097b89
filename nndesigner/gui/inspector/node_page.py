"""The inspector's page for one layer: its name, settings, shapes and help.

It makes its form from the layer's declaration and knows no layer by name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout

from nndesigner.base.fields import Field
from nndesigner.base.names import is_name
from nndesigner.base.text import tr
from nndesigner.document.blocks import declared
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.icons import group_icon_name, icon
from nndesigner.gui.inspector import facts
from nndesigner.gui.inspector.code_editor import CodeEditor
from nndesigner.gui.inspector.form import Form
from nndesigner.gui.inspector.layer_help import LayerHelp
from nndesigner.gui.inspector.learning_form import LearningForm
from nndesigner.gui.inspector.page import Entering, FactTable, Page, Steps, names_for
from nndesigner.gui.plain import Elided, IconLabel, label, set_tip
from nndesigner.layers.declaration import Layer


class NodePage(Page):
    """One layer: name, form, shapes and counts, help."""

    def __init__(
        self, editor: CanvasEditor, steps: Steps, id: str, folder: Callable[[], Path | None]
    ) -> None:
        super().__init__()
        self._editor, self.id = editor, id
        self._entering = Entering(steps)
        node = editor.document.node(id)
        self.layer = declared(editor.document, node)
        top = QHBoxLayout()
        top.setSpacing(10)
        group = self.layer.group if self.layer is not None else ""
        top.addWidget(IconLabel(group_icon_name(group), f"group:{group}", 26))
        self.name = QLineEdit()
        self.name.setProperty("role", "name")
        self.name.setAccessibleName(tr("Name of the layer"))
        self.name.setObjectName("name")
        self.name.editingFinished.connect(self._rename)
        self.name.textEdited.connect(self._check_name)
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.name)
        kind = tr(self.layer.label) if self.layer is not None else tr("{type} (unknown)", type=node.type)
        subtitle = Elided(f"{kind} · {tr(group)}" if group else kind, "muted")
        subtitle.setIndent(7)  # below the text of the name, not below its frame
        names.addWidget(subtitle)
        top.addLayout(names, 1)
        if self.layer is not None:
            ask = QToolButton()
            ask.setObjectName("layer-help")
            ask.setIcon(icon("help", role="muted"))
            ask.setProperty("role", "flat")
            words = tr("Help on {layer}", layer=tr(self.layer.label))
            set_tip(ask, f"{words}  (Shift+F1)")
            ask.setAccessibleName(words)
            ask.clicked.connect(lambda: self.help_wanted.emit(self.layer))
            top.addWidget(ask, 0, Qt.AlignmentFlag.AlignTop)
        self.box.addLayout(top)
        self.name_sentence = label(role="error", wrap=True)
        self.name_sentence.hide()
        self.box.addWidget(self.name_sentence)
        self._help = LayerHelp()
        if self.layer is not None and self.layer.parameters:
            self.line()
            self.form = Form(self.layer.parameters, self._data_fields(), folder)
            self.form.entered.connect(self._enter)
            self.form.reset.connect(self._reset)
            self.form.help_wanted.connect(self.field_focused)
            self.box.addWidget(self.form)
            for code in self.code_editors.values():
                code.read_wanted.connect(lambda: self.read_wanted.emit(self.id))
                code.trusted.connect(self.trusted)
        elif self.layer is None:
            self.line()
            self.box.addWidget(
                label(tr("This version does not know this layer. It is kept as it is."), "muted", wrap=True)
            )
        self.learning = LearningForm(editor, (id,))
        self.learning.field_focused.connect(self.field_focused)
        self.box.addWidget(self.learning)
        self._above_facts = self.line()
        self._facts = FactTable()
        self.box.addWidget(self._facts)
        if self.layer is not None:
            self.line()
            self._help.show_layer(self.layer)
            self.box.addWidget(self._help)
        self.box.addStretch(1)

    @property
    def code_editor(self) -> CodeEditor | None:
        """The editor of the layer's code, where it has some."""
        return next(iter(self.code_editors.values()), None)

    @property
    def code_editors(self) -> dict[str, CodeEditor]:
        """Every editor of code, by the name of its field."""
        rows = self.form.rows if self.form is not None else {}
        return {name: row.editor for name, row in rows.items() if isinstance(row.editor, CodeEditor)}

    def refresh(self) -> None:
        self._entering.document_changed()
        node = self._editor.document.node(self.id)
        if not self.name.hasFocus() or not self.name.isModified():
            with QSignalBlocker(self.name):
                self.name.setText(node.name)
            self._say_name("")
        checked = self._editor.checked
        found = checked.node(self.id) if checked is not None and checked.network == node.network else None
        names = names_for(self._editor, node)
        use = found.use if found is not None else None
        if self.form is not None:
            settled = use.values if use is not None else None
            self.form.show_values(node.parameters, self._data_fields(), names, settled)
        passes = bool(found.passes) if found is not None and use is not None else None
        self.learning.refresh(names, passes)
        problems = checked.problems if checked is not None else ()
        for name, code in self.code_editors.items() if problems else ():
            own = [p for p in problems if (p.where.node, p.where.field) == (self.id, name)]
            if own and own[0].code in ("shape", "own-code"):
                code.show_problem(own[0].message)
        if found is None or checked is None:
            self._facts.show_facts(())
        else:
            self._facts.show_facts(facts.node_facts(self._editor.document, found, checked.types))
        for part in (self._above_facts, self._facts):
            part.setVisible(bool(self._facts.facts))

    @property
    def outdated(self) -> bool:
        """Whether a block has other parameters or another name than when the page was made."""
        now = declared(self._editor.document, self._editor.document.node(self.id))
        return _shown(now) != _shown(self.layer)

    def flush(self) -> None:
        if self._editor.document.get(self.id) is None:
            return
        if self.name.isModified():
            self._rename()
        if self.form is not None:
            self.form.flush()
        self.learning.flush()

    def _data_fields(self) -> dict[str, Any]:
        data = self._editor.document.data
        return {field.name: field for field in data.fields} if data is not None else {}

    def _enter(self, name: str, value: object) -> None:
        field: Field | None = self.layer.field(name) if self.layer is not None else None
        node = self._editor.document.node(self.id)
        what = tr(field.label) if field is not None else name
        step = tr("Set {what} of {name}", what=what, name=node.name)
        edit, id = self._editor.edit, self.id
        self._entering.enter(
            name, step, lambda: edit(step, "set_parameter", node=id, parameter=name, value=value)
        )

    def _reset(self, name: str) -> None:
        field = self.layer.field(name) if self.layer is not None else None
        what = tr(field.label) if field is not None else name
        node = self._editor.document.node(self.id)
        self._editor.edit(
            tr("Reset {what} of {name}", what=what, name=node.name),
            "reset_parameter",
            node=self.id,
            parameter=name,
        )

    # -- the name ----------------------------------------------------------------------------------------------------
    def _check_name(self, text: str) -> None:
        text = text.strip()
        node = self._editor.document.node(self.id)
        other = self._editor.document.node_named(text, node.network)
        if not is_name(text):
            self._say_name(
                tr("A name has letters, digits and _, starts with a letter, and is no Python word.")
            )
        elif other is not None and other.id != self.id:
            self._say_name(tr("Another layer is already named “{name}”.", name=text))
        else:
            self._say_name("")

    def _rename(self) -> None:
        document = self._editor.document
        if document.get(self.id) is None or not self.name.isModified():
            return
        self.name.setModified(False)
        text = self.name.text().strip()
        old = document.node(self.id).name
        if self.name_sentence.text() or text == old:
            # A name that cannot be: the layer keeps the one it had, and the sentence says why.
            self.name.setText(old)
            return
        self._editor.edit(tr("Rename {name}", name=text), "rename", node=self.id, name=text)

    def _say_name(self, sentence: str) -> None:
        self.name_sentence.setText(sentence)
        self.name_sentence.setVisible(bool(sentence))
        state = "error" if sentence else ""
        if self.name.property("state") != state:
            self.name.setProperty("state", state)
            self.name.style().unpolish(self.name)
            self.name.style().polish(self.name)


def _shown(entry: Layer | None) -> object:
    """What a page shows of a declaration besides values."""
    return None if entry is None else (entry.label, entry.parameters, entry.summary, entry.help)
