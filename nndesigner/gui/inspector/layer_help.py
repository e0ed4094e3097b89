"""What a layer is and does, from its declaration: shown beside the form and under the palette."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.fields import Field
from nndesigner.base.text import tr
from nndesigner.gui.formula import FAMILY, formula_html
from nndesigner.gui.plain import label
from nndesigner.layers.declaration import Layer


class LayerHelp(QFrame):
    """Summary, explanation, formula and reference of one layer, and of the field that is being edited.

    `short` leaves out explanation and reference and has a title instead, with a `corner` widget at its end.
    """

    def __init__(self, short: bool = False, corner: QWidget | None = None) -> None:
        super().__init__()
        self._short = short
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        self._title = label(role="subtitle")
        self._summary = label(wrap=True)
        self._help = label(role="muted", wrap=True)
        self._formula = label(wrap=True, selectable=True)
        self._formula.setProperty("role", "formula")
        self._formula.setTextFormat(Qt.TextFormat.RichText)  # made from a declaration, never from a file
        self._reference = label(role="muted", wrap=True, selectable=True)
        self._field = label(role="muted", wrap=True)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        if corner is not None:
            top.addWidget(corner, 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(top)
        for part in (
            self._field,
            self._summary,
            self._formula,
            self._help,
            self._reference,
        ):
            box.addWidget(part)
        box.addStretch(1)
        self.show_layer(None)

    def show_layer(self, layer: Layer | None, otherwise: str = "") -> None:
        """Explains a layer; `otherwise` is said where there is none."""
        self._fill(self._field, "")
        self._fill(self._title, tr(layer.label) if layer is not None and self._short else "")
        self._fill(self._summary, tr(layer.summary) if layer is not None else "")
        formula = formula_html(layer.formula) if layer is not None else ""
        self._fill(self._formula, f'<div style="font-family:{FAMILY}">{formula}</div>' if formula else "")
        self._fill(self._help, otherwise if layer is None else "" if self._short else tr(layer.help))
        reference = (
            tr("Reference: {text}", text=layer.reference) if layer is not None and layer.reference else ""
        )
        self._fill(self._reference, "" if self._short else reference)

    def show_field(self, field: Field | None) -> None:
        """Says what the field that holds the keyboard means."""
        text = f"{tr(field.label)}: {tr(field.help)}" if field is not None and field.help else ""
        self._fill(self._field, text)

    @staticmethod
    def _fill(part: QWidget, text: str) -> None:
        part.setText(text)  # type: ignore[attr-defined]
        part.setVisible(bool(text))
