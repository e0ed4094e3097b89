"""The list of keys and gestures: the keys come from the table of actions, the gestures of the mouse from here."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.actions import Action
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import label

GESTURES = (
    ("Search for a layer to add", "Double-click, Space, or just type"),
    ("Add a layer", "Drag it from the palette"),
    ("Insert into a wire", "Drop the layer on the wire"),
    ("Wire two layers", "Drag from port to port"),
    ("Wire to a new layer", "Drop the wire on empty canvas"),
    ("Pan", "Middle or right button, or Space and drag"),
    ("Zoom", "Mouse wheel"),
    ("Select several", "Drag a box; Shift adds, Ctrl toggles"),
    ("Move", "Drag, or arrow keys"),
    ("Move without the grid", "Alt and drag"),
)


class Shortcuts(QDialog):
    """A list that can be searched; it stays open while the window is used."""

    def __init__(self, parent: QWidget, table: Iterable[Action]) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys and gestures"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 640)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 18)
        box.setSpacing(12)
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText(tr("Search keys and gestures"))
        self.search_field.setAccessibleName(tr("Search keys and gestures"))
        self.search_field.addAction(icon("search", role="muted"), QLineEdit.ActionPosition.LeadingPosition)
        box.addWidget(self.search_field)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        box.addWidget(scroll, 1)
        content = QWidget()
        self._list = QVBoxLayout(content)
        self._list.setContentsMargins(0, 0, 12, 0)
        self._list.setSpacing(4)
        scroll.setWidget(content)
        self._rows: list[tuple[str, str, QWidget]] = []
        self._headings: dict[str, QWidget] = {}
        self._section(tr("On the canvas, with the mouse"), ((tr(what), tr(how)) for what, how in GESTURES))
        by_menu: dict[str, list[tuple[str, str]]] = {}
        for action in table:
            if action.keys:
                keys = tr(" or ").join(
                    QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in action.keys
                )
                by_menu.setdefault(action.menu or tr("Other"), []).append((tr(action.text), keys))
        for menu, rows in by_menu.items():
            self._section(tr(menu), rows)
        self._list.addStretch(1)
        self.search_field.textChanged.connect(self._filter)

    def _section(self, title: str, rows: Iterable[tuple[str, str]]) -> None:
        heading = label(title, "subtitle")
        heading.setContentsMargins(0, 12, 0, 4)
        self._list.addWidget(heading)
        self._headings[title] = heading
        for what, how in rows:
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 2, 0, 2)
            line.addWidget(label(what), 1)
            keys = label(how, "keys")
            line.addWidget(keys)
            self._list.addWidget(row)
            self._rows.append((title, f"{what} {how}".lower(), row))

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        shown: set[str] = set()
        for title, haystack, row in self._rows:
            visible = all(word in haystack for word in words)
            row.setVisible(visible)
            if visible:
                shown.add(title)
        for title, heading in self._headings.items():
            heading.setVisible(title in shown)
