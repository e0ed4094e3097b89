"""The inspector: the selected layer's name, settings, shapes and help; the totals of a selection or of the network.

Every change goes through the editor's one door as one step that can be undone. It makes its form from the layer's
declaration and knows no layer by name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.expressions import Names
from nndesigner.base.fields import Field
from nndesigner.base.names import is_name
from nndesigner.base.text import count, tr
from nndesigner.document.blocks import declared, names_inside
from nndesigner.document.history import Mark
from nndesigner.document.records import Node
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.icons import group_icon_name, icon
from nndesigner.gui.inspector import facts
from nndesigner.gui.inspector.block_form import BlockForm
from nndesigner.gui.inspector.code_editor import CodeEditor
from nndesigner.gui.inspector.facts import Fact
from nndesigner.gui.inspector.form import Form
from nndesigner.gui.inspector.layer_help import LayerHelp
from nndesigner.gui.inspector.learning_form import LearningForm
from nndesigner.gui.plain import Elided, IconLabel, label, set_tip
from nndesigner.layers.declaration import Layer

COALESCE_SECONDS = 1.0
"""Changes of one field that follow each other faster than this (an arrow held down) are one step to undo."""


class Steps(Protocol):
    """What a form needs of the history: several edits can be made one step."""

    def mark(self) -> Mark: ...

    def merge(self, mark: Mark, name: str) -> None: ...


class Inspector(QScrollArea):
    """Follows the selection (`show_selection`) and the document. `help_wanted` carries the layer to explain."""

    help_wanted = Signal(object)
    read_wanted = Signal(str)
    """the id of a node whose code is to be shown, and asked about"""
    trusted = Signal(str)
    """a text of code that the user wrote and trusts"""

    def __init__(
        self, editor: CanvasEditor, steps: Steps, folder: Callable[[], Path | None] = lambda: None
    ) -> None:
        super().__init__()
        self._editor, self._steps, self._folder = editor, steps, folder
        self._ids: tuple[str, ...] = ()
        self._page: _Page | None = None
        self._more_opened = False
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._disconnect = [
            editor.changed.connect(self._refresh),
            editor.checked_changed.connect(self._refresh),
        ]
        self.show_selection(())

    def close_down(self) -> None:
        """Stops listening: the document may outlive the window."""
        for disconnect in self._disconnect:
            disconnect()

    @property
    def form(self) -> Form | None:
        """The form of the node that is shown."""
        return self._page.form if isinstance(self._page, NodePage) else None

    def show_selection(self, ids: Iterable[str]) -> None:
        """Shows one node's settings, what several have together, or the network where nothing is selected."""
        self.flush()
        document = self._editor.document
        self._ids = tuple(id for id in ids if isinstance(document.get(id), Node))
        if isinstance(self._page, NodePage) and self._page.form is not None:
            self._more_opened = self._page.form.more_opened
        if len(self._ids) == 1:
            page: _Page = NodePage(self._editor, self._steps, self._ids[0], self._folder)
            if isinstance(page, NodePage):
                page.help_wanted.connect(self.help_wanted)
                page.read_wanted.connect(self.read_wanted)
                page.trusted.connect(self.trusted)
                if page.form is not None:
                    page.form.open_more(self._more_opened)
        elif self._ids:
            page = SeveralPage(self._editor, self._ids)
        elif isinstance(self._page, NetworkPage) and self._page.network == self._editor.network:
            self._page.refresh()
            return
        else:
            page = NetworkPage(self._editor)
        self._page = page
        self.setWidget(page)
        page.refresh()

    def focus_field(self, name: str = "") -> None:
        """Puts the keyboard into a field, or into the first one."""
        form = self.form
        if form is not None and form.fields:
            form.focus(name or form.fields[0].name)

    def focus_name(self) -> None:
        """Puts the keyboard into the name; Return gives it back to where it was."""
        if isinstance(self._page, NodePage):
            back = self.window().focusWidget()
            # Qt's stubs do not say that there may be none.
            if back is not None and not self.isAncestorOf(back):  # type: ignore[redundant-expr]
                self._page.name.returnPressed.connect(back.setFocus, Qt.ConnectionType.SingleShotConnection)
            self._page.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._page.name.selectAll()

    def flush(self) -> None:
        """Enters what is being typed."""
        if isinstance(self._page, NodePage | NetworkPage):
            self._page.flush()

    def _refresh(self, *_: object) -> None:
        document = self._editor.document
        page = self._page
        if any(not isinstance(document.get(id), Node) for id in self._ids):
            self.show_selection(self._ids)
        elif isinstance(page, NodePage) and page.code_editor is not None and page.outdated:
            QTimer.singleShot(0, self, self._make_page_anew)  # not while one of its editors speaks
        elif self._is_another():
            self.show_selection(self._ids)
        elif self._page is not None:
            self._page.refresh()

    def _is_another(self) -> bool:
        """Whether what is shown has become something else: a block with other parameters, another network."""
        if isinstance(self._page, NodePage):
            return self._page.outdated
        return isinstance(self._page, NetworkPage) and self._page.network != self._editor.network

    def _make_page_anew(self) -> None:
        """What the node is has changed: another form for it, with the keyboard where it was."""
        page = self._page
        if not isinstance(page, NodePage) or self._editor.document.get(page.id) is None or not page.outdated:
            return
        fields = page.form.rows.items() if page.form is not None else ()
        focused = next(
            (name for name, row in fields if row.editor.isAncestorOf(QApplication.focusWidget() or self)), ""
        )
        row = page.code_editor.text.textCursor().blockNumber() if page.code_editor is not None else 0
        place = self.verticalScrollBar().value()
        self.show_selection(self._ids)
        made = self._page
        if isinstance(made, NodePage) and made.code_editor is not None:
            made.code_editor.text.go_to(row + 1)
        if focused and self.form is not None:
            self.form.focus(focused)
        self.verticalScrollBar().setValue(place)


class _Page(QWidget):
    """One content of the inspector."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(14, 12, 14, 14)
        self.box.setSpacing(12)

    def refresh(self) -> None:
        """Shows the document as it is now."""

    def _heading(self, text: str) -> QWidget:
        made = label(text, role="heading")
        self.box.addWidget(made)
        return made


class NodePage(_Page):
    """One layer: name, form, shapes and counts, help. `help_wanted` carries the layer whose page is asked for."""

    help_wanted = Signal(object)
    read_wanted = Signal(str)
    trusted = Signal(str)

    def __init__(
        self, editor: CanvasEditor, steps: Steps, id: str, folder: Callable[[], Path | None]
    ) -> None:
        super().__init__()
        self._editor, self._steps, self.id = editor, steps, id
        self._run: tuple[str, Mark, float] | None = None
        self._entering = False
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
        subtitle.setIndent(5)  # below the text of the name, not below its frame
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
        self.form: Form | None = None
        self._help = LayerHelp()
        if self.layer is not None and self.layer.parameters:
            self._line()
            self.form = Form(self.layer.parameters, self._data_fields(), folder)
            self.form.entered.connect(self._enter)
            self.form.reset.connect(self._reset)
            self.form.help_wanted.connect(self._help.show_field)
            self.box.addWidget(self.form)
            if self.code_editor is not None:
                self.code_editor.read_wanted.connect(lambda: self.read_wanted.emit(self.id))
                self.code_editor.trusted.connect(self.trusted)
        elif self.layer is None:
            self._line()
            self.box.addWidget(
                label(tr("This version does not know this layer. It is kept as it is."), "muted", wrap=True)
            )
        self.learning = LearningForm(editor, id)
        self.box.addWidget(self.learning)
        self._line()
        self._facts = FactTable()
        self.box.addWidget(self._facts)
        if self.layer is not None:
            self._line()
            self._help.show_layer(self.layer)
            self.box.addWidget(self._help)
        self.box.addStretch(1)

    @property
    def code_editor(self) -> CodeEditor | None:
        """The editor of the layer's code, where it has some."""
        rows = self.form.rows.values() if self.form is not None else ()
        return next((row.editor for row in rows if isinstance(row.editor, CodeEditor)), None)

    def refresh(self) -> None:
        if not self._entering:
            self._run = None  # something else happened in between: what follows is a step of its own
        node = self._editor.document.node(self.id)
        if not self.name.hasFocus() or not self.name.isModified():
            with QSignalBlocker(self.name):
                self.name.setText(node.name)
            self._say_name("")
        checked = self._editor.checked
        found = checked.node(self.id) if checked is not None and checked.network == node.network else None
        names = self._names(node)
        use = found.use if found is not None else None
        if self.form is not None:
            settled = use.values if use is not None else None
            self.form.show_values(node.parameters, self._data_fields(), names, settled)
        passes = bool(found.passes) if found is not None and use is not None else None
        self.learning.refresh(names, passes)
        if self.code_editor is not None and checked is not None:
            own = [p for p in checked.problems if (p.where.node, p.where.field) == (self.id, "code")]
            if own and own[0].code == "shape":
                self.code_editor.show_problem(own[0].message)
        if found is None or checked is None:
            self._facts.show_facts(())
        else:
            self._facts.show_facts(facts.node_facts(self._editor.document, found, checked.types))

    @property
    def outdated(self) -> bool:
        """Whether a block has other parameters or another name than when the page was made."""
        now = declared(self._editor.document, self._editor.document.node(self.id))
        return _shown(now) != _shown(self.layer)

    def _names(self, node: Node) -> Names | None:
        """Names that an expression here may use, as they are where it is looked at; None in the main network."""
        document, checked = self._editor.document, self._editor.checked
        if node.network == document.main.id:
            return None
        known = names_inside(document, node.network)
        if checked is None or checked.network != node.network:
            return known
        return {**known, **{name: value for name, value in checked.names.items() if name in known}}

    def flush(self) -> None:
        if self._editor.document.get(self.id) is None:
            return
        if self.name.isModified():
            self._rename()
        if self.form is not None:
            self.form.flush()
        self.learning.flush()

    def _line(self) -> None:
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setProperty("role", "line")
        self.box.addWidget(line)

    def _data_fields(self) -> dict[str, Any]:
        data = self._editor.document.data
        return {field.name: field for field in data.fields} if data is not None else {}

    def _enter(self, name: str, value: object) -> None:
        field: Field | None = self.layer.field(name) if self.layer is not None else None
        node = self._editor.document.node(self.id)
        what = tr(field.label) if field is not None else name
        step = tr("Set {what} of {name}", what=what, name=node.name)
        now = time.monotonic()
        goes_on = self._run is not None and self._run[0] == name and now - self._run[2] < COALESCE_SECONDS
        mark = self._run[1] if goes_on and self._run is not None else self._steps.mark()
        self._entering = True
        try:
            self._editor.edit(step, "set_parameter", node=self.id, parameter=name, value=value)
        finally:
            self._entering = False
        if goes_on:
            self._steps.merge(mark, step)
        self._run = (name, mark, now)

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


class SeveralPage(_Page):
    """A selection of several nodes: what they are and what they have together."""

    def __init__(self, editor: CanvasEditor, ids: Sequence[str]) -> None:
        super().__init__()
        self._editor, self._ids = editor, tuple(ids)
        self.box.addWidget(label(tr("{what} selected", what=count(len(ids), "layer", "layers")), "subtitle"))
        self._facts = FactTable()
        self.box.addWidget(self._facts)
        self.box.addWidget(label(tr("Select one layer to see and change its settings."), "muted", wrap=True))
        self.box.addStretch(1)

    def refresh(self) -> None:
        checked = self._editor.checked
        self._facts.show_facts(facts.several_facts(checked, self._ids) if checked is not None else ())


class NetworkPage(_Page):
    """Nothing is selected: the network as a whole."""

    def __init__(self, editor: CanvasEditor) -> None:
        super().__init__()
        self._editor = editor
        self.network = editor.network
        self._title = Elided(role="subtitle")
        self.box.addWidget(self._title)
        self.block = BlockForm(editor) if self.network != editor.document.main.id else None
        if self.block is not None:
            self.box.addWidget(self.block)
        self._facts = FactTable()
        self.box.addWidget(self._facts)
        self._hint = label(role="muted", wrap=True)
        self.box.addWidget(self._hint)
        self.box.addStretch(1)

    def refresh(self) -> None:
        checked = self._editor.checked
        if self.block is not None:
            self.block.refresh()
        self._title.setText(tr("The network") if self.block is None else tr("The block"))
        empty = checked is None or not checked.nodes
        self._facts.show_facts(() if empty or checked is None else facts.network_facts(checked))
        self._hint.setText(
            tr("Drag a layer from the palette onto the canvas, or double-click the canvas to search for one.")
            if empty
            else tr("Select a layer to see and change its settings.")
        )

    def flush(self) -> None:
        if self.block is not None:
            self.block.flush()


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
