"""How the weights of layers begin and learn, whose they are, and whether a layer is bypassed: the same few settings for
every layer, below its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.expressions import Names
from nndesigner.base.fields import BoolField, ChoiceField, Field
from nndesigner.base.text import count, tr
from nndesigner.document.blocks import declared, has_weights
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.inspector.common_fields import in_common
from nndesigner.gui.inspector.form import Form
from nndesigner.layers.learning import LEARNING

BYPASS = BoolField(
    name="bypass",
    label="Bypass",
    default=False,
    advanced=True,
    help="Takes the layer out of the way without removing it: what arrives passes on as it is.",
)


def shares_field(document: Document, node: Node) -> ChoiceField:
    """Whose weights a layer uses: its own, or those of another of its type in the same network."""
    alike = [
        other
        for other in document.nodes(node.network)
        if other.id != node.id and (other.type, other.block) == (node.type, node.block)
        and (not other.shares or other.id == node.shares)
    ]  # fmt: skip
    return ChoiceField(
        name="shares",
        label="Uses the weights of",
        default="",
        choices={"": tr("its own"), **{other.id: other.name for other in alike}},
        advanced=True,
        help="Another layer of the same type whose weights this one uses: both learn them together.",
    )


class LearningForm(QWidget):
    """Follows one node, or several; shown only where there is something to set in all of them."""

    field_focused = Signal(object)

    def __init__(self, editor: CanvasEditor, ids: Sequence[str]) -> None:
        super().__init__()
        self._editor, self.ids = editor, tuple(ids)
        self.form: Form | None = None
        self._fields: tuple[Field, ...] = ()
        self._learning: tuple[str, ...] = ()
        """ids of those that have weights: to them it applies how weights begin and learn"""
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)

    def refresh(self, names: Names | None, passes: bool | None) -> None:
        """Shows the nodes as they are now; `names` may stand in expressions, `passes` is what the bypass of a single
        one comes to."""
        document = self._editor.document
        nodes = [document.node(id) for id in self.ids]
        fields = self._wanted(document, nodes)
        self.setVisible(bool(fields))
        if fields != self._fields:
            self._build(fields)
        if self.form is None:
            return
        if len(nodes) > 1:
            learning = [node for node in nodes if node.id in self._learning]
            own = tuple(field for field in fields if field is not BYPASS)
            told = (
                in_common(own, [own] * len(learning), [_values(node) for node in learning], None)
                if own
                else ()
            )
            every = tuple(field for field in fields if field is BYPASS)
            values = [_values(node) for node in nodes]
            self.form.show_common((*told, *in_common(every, [every] * len(nodes), values, None)))
            return
        (node,) = nodes
        settled: Mapping[str, Any] = {} if passes is None else {"bypass": passes}
        self.form.show_values(_values(node), names=None, settled=settled)
        row = self.form.rows["bypass"]
        if names is not None:
            row.allow(names)
            comes_to = (
                "" if passes is None or not isinstance(node.bypass, str) else f"= {BYPASS.describe(passes)}"
            )
            row.show_value(node.bypass, bool(node.bypass), "", comes_to)

    def flush(self) -> None:
        if self.form is not None:
            self.form.flush()

    def _wanted(self, document: Document, nodes: Sequence[Node]) -> tuple[Field, ...]:
        entries = [declared(document, node) for node in nodes]
        layers = [entry is not None and entry.role == "layer" for entry in entries]
        self._learning = tuple(
            node.id
            for node, entry, layer in zip(nodes, entries, layers, strict=True)
            if layer and has_weights(entry, node)
        )
        bypass = (BYPASS,) if all(layers) else ()
        if not self._learning:
            return bypass
        if len(nodes) > 1:
            return (*LEARNING, *bypass)
        return (*LEARNING, shares_field(document, nodes[0]), BYPASS)

    def _build(self, fields: tuple[Field, ...]) -> None:
        opened = self.form.more_opened if self.form is not None else False
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self._fields = fields
        if not fields:
            return
        one = tr("Its place in the model") if len(self.ids) == 1 else tr("Their place in the model")
        many = tr("How it learns") if len(self.ids) == 1 else tr("How they learn")
        self.form = Form(fields, more=many if len(fields) > 1 else one)
        self.form.entered.connect(self._enter)
        self.form.reset.connect(lambda name: self._enter(name, None))
        self.form.help_wanted.connect(self.field_focused)
        self.form.open_more(opened)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.form)

    def _enter(self, name: str, value: Any) -> None:
        field = next(field for field in self._fields if field.name == name)
        whose = (
            self._editor.document.node(self.ids[0]).name
            if len(self.ids) == 1
            else count(len(self.ids), "layer", "layers")
        )
        step = tr("Set {what} of {name}", what=tr(field.label), name=whose)
        if name == "bypass":
            self._editor.edit(step, "set_bypass", ids=self.ids, bypass=value or False)
        elif name == "shares":
            self._editor.edit(step, "share_weights", ids=self.ids, owner=value or "")
        else:
            self._editor.edit(step, "set_learning", ids=self._learning, values={name: value})


def _values(node: Node) -> dict[str, Any]:
    """What a node has of these settings, as a form shows it."""
    values: dict[str, Any] = dict(node.learning)
    if node.bypass:
        values["bypass"] = node.bypass
    if node.shares:
        values["shares"] = node.shares
    return values
