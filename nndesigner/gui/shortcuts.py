"""The list of keys and gestures: the keys that work right now, from the table of actions; the mouse's from here.

What cannot be done now is hidden until it is asked for, and then says why. The list stays open and follows the window.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.text import tr
from nndesigner.gui.actions import Actions
from nndesigner.gui.key_bindings import native
from nndesigner.gui.plain import allow, label, lead_with_search, menu_text, set_tip

GESTURES = (
    ("Search for a layer to add", "Double-click, Space, or just type"),
    ("Add a layer", "Drag it from the palette"),
    ("Insert into a wire", "Drop the layer on the wire; Alt leaves the wire alone"),
    ("Wire two layers", "Drag from port to port"),
    ("Wire to a new layer", "Drop the wire on empty canvas"),
    ("Move the end of a wire", "Drag it off its input"),
    ("Move all wires of a port", "Ctrl and drag the port"),
    ("Take all wires off a port", "Alt and click the port"),
    ("Cut wires", "Ctrl and drag with the right button, or Alt+Shift and drag"),
    ("Bend a wire", "Double-click it, or Shift and drag across it with the right button"),
    ("Pan", "Middle or right button, or Space and drag"),
    ("Zoom", "Mouse wheel, or two fingers"),
    ("Select several", "Drag a box; Shift adds, Ctrl toggles"),
    ("Move", "Drag, or arrow keys; Shift and arrows for a big step"),
    ("Move without snapping", "Alt and drag"),
    ("Duplicate", "Ctrl and drag"),
    ("Leave one thing after another", "Esc: the gesture, the search, the selection, the block"),
)

WALKING = (
    ("Next or previous layer in data order", "Tab or Shift+Tab, with a layer selected"),
    ("Leave the canvas", "Tab, with nothing selected"),
    ("Walk along a wire", "Alt+Right or Alt+Left"),
    ("Go to the next branch", "Alt+Up"),
    ("Step to the ports of a layer", "Alt+Down; arrows choose another, Esc goes back"),
    ("Wire the port", "Return, then pick from the list"),
    ("Take the port's wires away", "Del"),
)


class Row(NamedTuple):
    """One line of the list. `said` is what is searched, `id` that of the action, "" for a gesture."""

    heading: str
    what: str
    said: str
    id: str
    widget: QWidget


class Shortcuts(QDialog):
    """A list that can be searched; it stays open while the window is used."""

    def __init__(self, parent: QWidget, actions: Actions) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys and gestures"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, min(680, self.screen().availableGeometry().height() - 60))
        self._actions = actions
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 18)
        box.setSpacing(12)
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText(tr("Search keys and gestures"))
        self.search_field.setAccessibleName(tr("Search keys and gestures"))
        lead_with_search(self.search_field)
        self.search_field.textChanged.connect(self._filter)
        box.addWidget(self.search_field)
        self.all_box = QCheckBox(tr("Also keys that have nothing to do right now"))
        self.all_box.toggled.connect(self._filter)
        box.addWidget(self.all_box)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        box.addWidget(scroll, 1)
        content = QWidget()
        self._list = QVBoxLayout(content)
        self._list.setContentsMargins(12, 0, 12, 8)
        self._list.setSpacing(4)
        scroll.setWidget(content)
        box.addLayout(self._bottom())
        self._rows: list[Row] = []
        self._headings: dict[str, QWidget] = {}
        self._fill()
        actions.rebound.connect(self._refill)
        actions.refreshed.connect(self._filter)

    def _bottom(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        self.help_button = QPushButton()
        self.help_button.setAutoDefault(False)
        self.help_button.clicked.connect(lambda: self._actions.run("layer-help"))
        line.addWidget(self.help_button)
        line.addStretch(1)
        for words, run in (
            (tr("Change keys…"), lambda: self._actions.run("keys")),
            (tr("Close"), self.accept),
        ):
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, run=run: run())
            line.addWidget(button)
        return line

    # -- what is listed ------------------------------------------------------------------------------------------------
    def _fill(self) -> None:
        by_menu: dict[str, list[tuple[str, str, str]]] = {}
        for id, action in self._actions.table.items():
            keys = tr(" or ").join(native(key) for key in self._actions.keys[id])
            if keys:
                by_menu.setdefault(action.menu or tr("Other"), []).append((tr(action.text), keys, id))
        for menu, rows in by_menu.items():
            self._section(tr(menu), rows)
        gestures = [(tr(what), tr(how), "") for what, how in GESTURES]
        self._section(tr("On the canvas, with the mouse"), gestures)
        self._section(tr("On the canvas, by keys"), [(tr(what), tr(how), "") for what, how in WALKING])
        self._list.addStretch(1)
        self._filter()

    def _refill(self) -> None:
        """Keys changed: the rows are made anew."""
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._rows.clear()
        self._headings.clear()
        self._fill()

    def _section(self, title: str, rows: Iterable[tuple[str, str, str]]) -> None:
        heading = label(title, "subtitle")
        heading.setContentsMargins(0, 12, 0, 4)
        self._list.addWidget(heading)
        self._headings[title] = heading
        for what, how, id in rows:
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 2, 0, 2)
            line.setSpacing(16)
            line.addWidget(label(what), 1)
            line.addWidget(label(how, "keys"))
            self._list.addWidget(row)
            self._rows.append(Row(title, what, f"{what} {how}".lower(), id, row))

    @property
    def shown(self) -> set[str]:
        """What is listed right now: actions and gestures by what they are called."""
        return {row.what for row in self._rows if not row.widget.isHidden()}

    def _why(self, id: str) -> str:
        return self._actions.why_not(id) or tr(
            "Letters search while nothing is selected: select something first."
        )

    def _filter(self, *_: object) -> None:
        words = self.search_field.text().lower().split()
        shown: set[str] = set()
        for row in self._rows:
            works = not row.id or bool(self._actions.keys_now(row.id))
            visible = all(word in row.said for word in words) and (works or self.all_box.isChecked())
            row.widget.setVisible(visible)
            row.widget.setEnabled(works)
            set_tip(row.widget, self._why(row.id) if visible and not works else "")
            if visible:
                shown.add(row.heading)
        for title, heading in self._headings.items():
            heading.setVisible(title in shown)
        allow(self.help_button, self._actions.why_not("layer-help"))
        self.help_button.setText(menu_text(self._actions.made["layer-help"].text().replace("&&", "&")))
