"""What a block is called, what it is for, which parameters it has, and the order of its ports: shown inside it while
nothing is selected.

Every change is one step; what cannot be is said beside the field, and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.fields import BadValue, ChoiceField, Field, TextField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document import edits
from nndesigner.document.blocks import parameter_field, port_nodes
from nndesigner.document.records import BlockParameter, Network
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.form import Form
from nndesigner.gui.plain import label, set_tip
from nndesigner.layers.block_ports import ENTRY, EXIT

SORTS = {"int": "whole number", "float": "number", "bool": "yes or no", "choice": "one of several"}
_ROWS = 5


class BlockForm(QWidget):
    """Follows the network that is looked at."""

    def __init__(self, editor: CanvasEditor) -> None:
        super().__init__()
        self._editor, self.network = editor, editor.network
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(label(tr("Name of the block"), "muted"))
        self.name = QLineEdit()
        self.name.setObjectName("block-name")
        self.name.setAccessibleName(tr("Name of the block"))
        self.name.editingFinished.connect(self._rename)
        box.addWidget(self.name)
        box.addWidget(label(tr("What it is for"), "muted"))
        self.help = _Text()
        self.help.setObjectName("block-help")
        self.help.setAccessibleName(tr("What it is for"))
        self.help.setPlaceholderText(tr("One sentence first: it stands in the palette."))
        self.help.setTabChangesFocus(True)
        self.help.setFixedHeight(76)
        self.help.left = self._describe
        box.addWidget(self.help)
        self.parameters = _Ordered(tr("Parameters"), self._move_parameter)
        self.parameters.add = button("add", tr("Add a parameter"), self._add_parameter)
        self.parameters.remove = button("remove", tr("Remove the parameter"), self._remove_parameter)
        self.parameters.show_buttons()
        self.parameters.list.currentRowChanged.connect(self._show_parameter)
        box.addWidget(self.parameters)
        self.form: Form | None = None
        self._form_place = QVBoxLayout()
        self._form_place.setContentsMargins(8, 0, 0, 0)
        box.addLayout(self._form_place)
        self.sentence = label(role="error", wrap=True)
        self.sentence.setObjectName("block-sentence")
        self.sentence.hide()
        box.addWidget(self.sentence)
        self.inputs = _Ordered(
            tr("Inputs, from the top"), lambda step: self._move_port(self.inputs, ENTRY, step)
        )
        self.outputs = _Ordered(
            tr("Outputs, from the top"), lambda step: self._move_port(self.outputs, EXIT, step)
        )
        box.addWidget(self.inputs)
        box.addWidget(self.outputs)

    # -- showing -----------------------------------------------------------------------------------------------------
    @property
    def _record(self) -> Network | None:
        found = self._editor.document.get(self.network)
        return found if isinstance(found, Network) else None

    def refresh(self) -> None:
        record, document = self._record, self._editor.document
        if record is None:
            return
        if not (self.name.hasFocus() and self.name.isModified()):
            self.name.setText(record.name)
        if not self.help.hasFocus() and self.help.toPlainText() != record.help:
            self.help.setPlainText(record.help)
        self.parameters.show_lines([_line(p) for p in record.parameters])
        self._show_parameter(self.parameters.list.currentRow())
        for part, role in ((self.inputs, ENTRY), (self.outputs, EXIT)):
            part.show_lines([node.name for node in port_nodes(document, self.network, role)])

    def flush(self) -> None:
        """Enters what is being typed."""
        if self._record is None:
            return
        self._rename()
        self._describe()
        if self.form is not None:
            self.form.flush()

    def _show_parameter(self, row: int) -> None:
        record = self._record
        if record is None or not 0 <= row < len(record.parameters):
            self._drop_form()
            return
        parameter = record.parameters[row]
        fields = _fields(parameter)
        if self.form is None or self.form.fields != fields:
            self._drop_form()
            self.form = Form(fields)
            self.form.entered.connect(self._enter)
            self.form.reset.connect(lambda name: self._enter(name, None))
            self._form_place.addWidget(self.form)
        self.form.show_values(_values(parameter))
        for shown in self.form.rows.values():
            shown.back.hide()  # what a parameter is has no default to go back to

    def _drop_form(self) -> None:
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    # -- editing -----------------------------------------------------------------------------------------------------
    def _rename(self) -> None:
        record = self._record
        if record is None or not self.name.isModified():
            return
        self.name.setModified(False)
        if self.name.text().strip() != record.name:
            self._edit(tr("Rename {name}", name=record.name), name=self.name.text())
        self.refresh()

    def _describe(self) -> None:
        record = self._record
        if record is not None and self.help.toPlainText() != record.help:
            self._edit(tr("Describe {name}", name=record.name), help=self.help.toPlainText())

    def _edit(self, step: str, **changes: Any) -> bool:
        """One step, or the sentence why it cannot be."""
        try:
            edits.set_network(self._editor.document, self.network, **changes)
        except Refusal as refusal:
            self._say(str(refusal))
            return False
        self._say("")
        return self._editor.edit(step, "set_network", network=self.network, **changes) is not None

    def _say(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))

    def _set_parameters(self, step: str, parameters: Sequence[BlockParameter]) -> bool:
        return self._edit(step, parameters=[msgspec.to_builtins(p) for p in parameters])

    def _add_parameter(self) -> None:
        record = self._record
        if record is None:
            return
        taken = {p.name for p in record.parameters}
        name = next(n for n in _suggested() if n not in taken)
        if self._set_parameters(tr("Add a parameter"), (*record.parameters, BlockParameter(name=name))):
            self.parameters.list.setCurrentRow(len(record.parameters))
            if self.form is not None:
                self.form.focus("name")

    def _remove_parameter(self) -> None:
        record, row = self._record, self.parameters.list.currentRow()
        if record is not None and 0 <= row < len(record.parameters):
            rest = [p for i, p in enumerate(record.parameters) if i != row]
            self._set_parameters(tr("Remove the parameter {name}", name=record.parameters[row].name), rest)

    def _move_parameter(self, step: int) -> None:
        record, row = self._record, self.parameters.list.currentRow()
        if record is None or not 0 <= row + step < len(record.parameters):
            return
        after = [*record.parameters]
        after.insert(row + step, after.pop(row))
        if self._set_parameters(tr("Reorder the parameters"), after):
            self.parameters.list.setCurrentRow(row + step)

    def _enter(self, name: str, value: Any) -> None:
        record, row = self._record, self.parameters.list.currentRow()
        if record is None or not 0 <= row < len(record.parameters):
            return
        before = record.parameters[row]
        try:
            after = _changed(before, name, value)
        except BadValue as error:
            self._say(str(error))
            return
        if name == "name" and after.name != before.name:
            self._rename_parameter(before.name, after.name)
        else:
            after_all = [after if i == row else p for i, p in enumerate(record.parameters)]
            self._set_parameters(tr("Change the parameter {name}", name=after.name), after_all)

    def _rename_parameter(self, before: str, after: str) -> None:
        """The name in the declaration, in the expressions inside, and at the uses: one step."""
        words = {"network": self.network, "name": before, "to": after}
        try:
            edits.rename_block_parameter(self._editor.document, **words)
        except Refusal as refusal:
            self._say(str(refusal))
            return
        self._say("")
        self._editor.edit(tr("Rename the parameter {name}", name=before), "rename_block_parameter", **words)

    def _move_port(self, part: _Ordered, role: str, step: int) -> None:
        nodes = port_nodes(self._editor.document, self.network, role)
        row = part.list.currentRow()
        if not 0 <= row < len(nodes) or not 0 <= row + step < len(nodes):
            return
        order = [*nodes]
        order.insert(row + step, order.pop(row))
        self._editor.edit(
            tr("Reorder the ports"), "order_ports", network=self.network, ids=[n.id for n in order]
        )
        part.list.setCurrentRow(row + step)


class _Text(QPlainTextEdit):
    """Several lines that tell when the keyboard leaves."""

    left: Callable[[], None] = staticmethod(lambda: None)  # type: ignore[assignment]

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left()


class _Ordered(QWidget):
    """A short list with buttons that move the chosen line up and down."""

    def __init__(self, title: str, move: Callable[[int], None]) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 4, 0, 0)
        box.setSpacing(4)
        self._top = QHBoxLayout()
        self._top.setSpacing(2)
        self._top.addWidget(label(title, "muted"), 1)
        box.addLayout(self._top)
        self.list = QListWidget()
        self.list.setAccessibleName(title)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        box.addWidget(self.list)
        self.add: QToolButton | None = None
        self.remove: QToolButton | None = None
        self.up = button("arrow-up", tr("Move up"), lambda: move(-1))
        self.down = button("arrow-down", tr("Move down"), lambda: move(1))
        for made in (self.up, self.down):
            self._top.addWidget(made)
        self.list.currentRowChanged.connect(self._refresh)

    def show_buttons(self) -> None:
        for made in (self.add, self.remove):
            if made is not None:
                self._top.addWidget(made)
        self._refresh(self.list.currentRow())

    def show_lines(self, lines: Sequence[str]) -> None:
        row = self.list.currentRow()
        have = [self.list.item(i).text() for i in range(self.list.count())]
        if have != list(lines):
            with QSignalBlocker(self.list):
                self.list.clear()
                for line in lines:
                    self.list.addItem(QListWidgetItem(line))
                self.list.setCurrentRow(min(row, len(lines) - 1))
        height = self.list.sizeHintForRow(0) if lines else 0
        self.list.setFixedHeight(height * min(len(lines), _ROWS) + 8)
        self.list.setVisible(bool(lines))
        self._refresh(self.list.currentRow())

    def _refresh(self, row: int) -> None:
        count = self.list.count()
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        if self.remove is not None:
            self.remove.setEnabled(row >= 0)
        reason = tr("Select a line of the list first.") if row < 0 else ""
        for made, words, end in (
            (self.up, tr("Move up"), tr("It is the first: select another line.")),
            (self.down, tr("Move down"), tr("It is the last: select another line.")),
        ):
            set_tip(made, words if made.isEnabled() else reason or end)
        if self.remove is not None:
            set_tip(self.remove, self.remove.accessibleName() if self.remove.isEnabled() else reason)


def button(name: str, words: str, run: Callable[[], object]) -> QToolButton:
    made = QToolButton()
    made.setIcon(icon(name, role="muted"))
    made.setProperty("role", "flat")
    made.setAccessibleName(words)
    set_tip(made, words)
    made.clicked.connect(lambda _=False: run())
    return made


# -- one parameter -------------------------------------------------------------------------------------------------
def _suggested() -> list[str]:
    common = ["channels", "width", "stride", "kernel", "groups", "rate"]
    return [*common, *(f"parameter{n}" for n in range(1, 1000))]


def _line(parameter: BlockParameter) -> str:
    field = parameter_field(parameter)
    default = field.describe(parameter.default) if field is not None else str(parameter.default)
    return f"{parameter.name} = {default}"


def _fields(parameter: BlockParameter) -> tuple[Field, ...]:
    """The form of a parameter: limits for numbers, words for a choice; its default is a value of its own field."""
    words: dict[str, Any] = {
        "name": "default",
        "label": "Default",
        "help": "The value where a use of the block sets none.",
    }
    own = parameter_field(parameter)
    default: Field = TextField(**words) if own is None else replace(own, **words, advanced=False)
    number = parameter.sort in ("int", "float")
    fields: list[Field] = [
        TextField(
            name="name", label="Name", longest=64, help="The name that expressions inside the block use."
        ),
        ChoiceField(name="sort", label="Kind", default="int", choices={k: tr(v) for k, v in SORTS.items()}),
    ]
    if parameter.sort == "choice":
        fields.append(TextField(name="choices", label="Choices", help="Words with commas between them."))
    fields.append(default)
    if number:
        fields.append(TextField(name="minimum", label="At least", help="Empty for no limit."))
        fields.append(TextField(name="maximum", label="At most", help="Empty for no limit."))
    fields.append(TextField(name="label", label="Label", help="What a form calls it; empty for its name."))
    fields.append(TextField(name="help", label="Help", help="What it does, in a sentence."))
    return tuple(fields)


def _values(parameter: BlockParameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "sort": parameter.sort,
        "choices": ", ".join(parameter.choices),
        "default": parameter.default,
        "minimum": "" if parameter.minimum is None else f"{parameter.minimum:g}",
        "maximum": "" if parameter.maximum is None else f"{parameter.maximum:g}",
        "label": parameter.label,
        "help": parameter.help,
    }


def _changed(parameter: BlockParameter, name: str, value: Any) -> BlockParameter:
    """The parameter with one of its settings changed. Raises BadValue."""
    if name in ("minimum", "maximum"):
        text = str(value or "").strip()
        try:
            value = float(text) if text else None
        except ValueError:
            raise BadValue(tr("A limit is a number, or empty; not “{text}”.", text=text[:40])) from None
    elif name == "choices":
        words = tuple(dict.fromkeys(word.strip() for word in str(value or "").split(",") if word.strip()))
        if not words:
            raise BadValue(tr("A choice needs at least one word."))
        default = parameter.default if parameter.default in words else words[0]
        return msgspec.structs.replace(parameter, choices=words, default=default)
    elif name == "sort":
        return _of_sort(parameter, str(value or "int"))
    elif value is None:
        value = {"default": _default(parameter.sort, parameter), "name": parameter.name}.get(name, "")
    elif isinstance(value, str):
        value = value.strip()
    return msgspec.structs.replace(parameter, **{name: value})


def _of_sort(parameter: BlockParameter, sort: str) -> BlockParameter:
    choices = parameter.choices or (("a", "b") if sort == "choice" else ())
    bare = msgspec.structs.replace(
        parameter,
        sort=sort,
        choices=choices if sort == "choice" else (),
        minimum=parameter.minimum if sort in ("int", "float") else None,
        maximum=parameter.maximum if sort in ("int", "float") else None,
    )
    return msgspec.structs.replace(bare, default=_default(sort, bare))


def _default(sort: str, parameter: BlockParameter) -> Any:
    """A default that fits the kind: the one that there is, or the nearest."""
    old = parameter.default
    if sort == "bool":
        return bool(old) if isinstance(old, bool | int) else False
    if sort == "choice":
        return old if old in parameter.choices else parameter.choices[0]
    number = float(old) if isinstance(old, int | float) else 1.0
    low = parameter.minimum if parameter.minimum is not None else number
    high = parameter.maximum if parameter.maximum is not None else number
    number = min(max(number, low), max(high, low))
    return number if sort == "float" else round(number)
