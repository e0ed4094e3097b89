"""The settings page of the keys: every action with its keys, a filter, a preset, and a field that takes a new key.

What is changed holds at once, and is kept. A key that means something else already says so and is asked about.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.text import listing, tr
from nndesigner.gui.actions import Actions
from nndesigner.gui.key_bindings import Bindings, native
from nndesigner.gui.key_field import KeyField
from nndesigner.gui.key_presets import PRESETS
from nndesigner.gui.plain import allow, label, lead_with_search, tip

_ID = Qt.ItemDataRole.UserRole
FIXED = {
    "Escape": "Esc ends what is going on: a gesture, the search, the selection, the block.",
    "Space": "Space opens the search when tapped, and moves the view while it is held.",
}
"""Keys that the canvas keeps for itself, and why."""


class KeysDialog(QDialog):
    """One window's keys."""

    def __init__(self, parent: QWidget, actions: Actions) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(680, min(680, self.screen().availableGeometry().height() - 60))
        self._actions = actions
        self._adding = False
        self._asked: tuple[str, str] = ("", "")
        """a key that belongs to another action, and the action that would get it"""
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 18)
        box.setSpacing(12)
        box.addLayout(self._top())
        box.addWidget(self._make_list(), 1)
        box.addWidget(self._make_bar())
        box.addLayout(self._bottom())
        self._fill()
        actions.rebound.connect(self._fill)

    # -- building --------------------------------------------------------------------------------------------------
    def _top(self) -> QHBoxLayout:
        self.filter_field = QLineEdit()
        self.filter_field.setPlaceholderText(tr("Search actions and keys"))
        self.filter_field.setAccessibleName(tr("Search actions and keys"))
        lead_with_search(self.filter_field)
        self.filter_field.textChanged.connect(self._filter)
        self.preset_box = QComboBox()
        self.preset_box.addItems(list(PRESETS))
        self.preset_box.setAccessibleName(tr("Keys as in"))
        self.preset_box.activated.connect(self._choose_preset)
        words = label(tr("Keys as in"))
        words.setBuddy(self.preset_box)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.filter_field, 1)
        line.addWidget(words)
        line.addWidget(self.preset_box)
        return line

    def _make_list(self) -> QTreeWidget:
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderLabels([tr("Action"), tr("Keys")])
        self.list.setAccessibleName(tr("Actions and their keys"))
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(14)
        self.list.setUniformRowHeights(True)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.currentItemChanged.connect(lambda *_: self._show_buttons())
        self.list.itemDoubleClicked.connect(lambda *_: self.change())
        self.list.installEventFilter(self)
        return self.list

    def _make_bar(self) -> QWidget:
        """The field that takes a key, and what it has to say."""
        self.field = KeyField()
        self.field.pressed.connect(self._pressed)
        self.field.left.connect(self._left)
        self.said = label("", wrap=True)
        self.give = QPushButton(tr("Give it"))
        self.give.setAutoDefault(False)
        self.give.clicked.connect(self._give)
        self.leave = QPushButton(tr("Leave it"))
        self.leave.setAutoDefault(False)
        self.leave.clicked.connect(lambda: self._say(""))
        bar = QWidget()
        line = QHBoxLayout(bar)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(10)
        line.addWidget(self.field, 1)
        line.addWidget(self.said, 3)
        line.addWidget(self.give)
        line.addWidget(self.leave)
        self._say("")
        return bar

    def _bottom(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        self.buttons: dict[str, QPushButton] = {}
        for name, words, run in (
            ("change", tr("Change…"), self.change),
            ("add", tr("One more…"), lambda: self.change(True)),
            ("remove", tr("No key"), self.remove),
            ("reset", tr("Reset"), self.reset),
            ("", "", None),
            ("reset-all", tr("Reset all"), self.reset_all),
            ("close", tr("Close"), self.accept),
        ):
            if run is None:
                line.addStretch(1)
                continue
            button = QPushButton(words)
            button.setObjectName(name)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, run=run: run())
            line.addWidget(button)
            self.buttons[name] = button
        return line

    # -- what is shown -----------------------------------------------------------------------------------------------
    def _fill(self) -> None:
        chosen = self.chosen
        bindings = self._actions.bindings
        with QSignalBlocker(self.preset_box):
            self.preset_box.setCurrentText(bindings.preset)
        with QSignalBlocker(self.list):
            self.list.clear()
            parents: dict[str, QTreeWidgetItem] = {}
            for action in self._actions.table.values():
                menu = action.menu or tr("Other")
                if menu not in parents:
                    parents[menu] = QTreeWidgetItem([tr(menu), ""])
                    parents[menu].setFlags(Qt.ItemFlag.ItemIsEnabled)
                    font = parents[menu].font(0)
                    font.setBold(True)
                    parents[menu].setFont(0, font)
                    self.list.addTopLevelItem(parents[menu])
                keys = self._actions.keys[action.id]
                row = QTreeWidgetItem([tr(action.text), "   ".join(native(key) for key in keys)])
                row.setData(0, _ID, action.id)
                row.setToolTip(0, tip(tr(action.help)))
                if action.id in bindings.keys:
                    font = row.font(1)
                    font.setBold(True)
                    row.setFont(1, font)
                    row.setToolTip(1, tip(tr("You gave it these keys.")))
                parents[menu].addChild(row)
                if action.id == chosen:
                    self.list.setCurrentItem(row)
            self.list.expandAll()
        self._filter(self.filter_field.text())
        self._show_buttons()

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for number in range(self.list.topLevelItemCount()):
            menu = self.list.topLevelItem(number)
            assert menu is not None
            shown = 0
            for index in range(menu.childCount()):
                row = menu.child(index)
                assert row is not None
                keys = self._actions.keys[row.data(0, _ID)]
                said = f"{row.text(0)} {row.text(1)} {' '.join(keys)}".lower()
                hidden = not all(word in said for word in words)
                row.setHidden(hidden)
                shown += not hidden
            menu.setHidden(not shown)

    def _show_buttons(self) -> None:
        id = self.chosen
        nothing = "" if id else tr("Select an action in the list first.")
        for name in ("change", "add"):
            allow(self.buttons[name], nothing)
        none = tr("It has no key: there is none to take away.")
        allow(self.buttons["remove"], nothing or ("" if self._actions.keys.get(id) else none))
        own = id in self._actions.bindings.keys
        allow(self.buttons["reset"], nothing or ("" if own else tr("It has the keys of the preset already.")))
        changed = bool(self._actions.bindings.keys)
        allow(
            self.buttons["reset-all"],
            "" if changed else tr("You changed no keys: there is nothing to reset."),
        )

    def _say(self, words: str, ask: bool = False) -> None:
        if not ask:
            self._asked = ("", "")
        self.said.setText(words)
        self.give.setVisible(ask)
        self.leave.setVisible(ask)
        self.field.setVisible(self.field.waiting)
        self.said.setVisible(not self.field.waiting)

    @property
    def chosen(self) -> str:
        """Id of the action that is selected in the list; "" for none."""
        row = self.list.currentItem()
        return str(row.data(0, _ID) or "") if row is not None else ""

    def choose(self, id: str) -> None:
        """Selects an action in the list."""
        for row in self.list.findItems("*", Qt.MatchFlag.MatchWildcard | Qt.MatchFlag.MatchRecursive):
            if row.data(0, _ID) == id:
                self.list.setCurrentItem(row)
                self.list.scrollToItem(row)

    # -- changing ----------------------------------------------------------------------------------------------------
    def change(self, adding: bool = False) -> None:
        """Waits for a key for the selected action: instead of those it has, or one more."""
        if not self.chosen:
            return
        self._adding = adding
        name = tr(self._actions.table[self.chosen].text)
        self.field.waiting = True
        self._say("")
        self.field.wait_for_key(tr("Press the key for “{action}”; Esc leaves it", action=name))

    def _pressed(self, key: str) -> None:
        id = self.chosen
        self.list.setFocus()
        if key in FIXED:
            self._say(tr("{key} cannot be given away. {why}", key=native(key), why=tr(FIXED[key])))
            return
        owners = [other for other, keys in self._actions.keys.items() if key in keys and other != id]
        if owners:
            names = listing([f"“{tr(self._actions.table[other].text)}”" for other in owners])
            mine = tr(self._actions.table[id].text)
            self._asked = (key, id)
            words = tr(
                "{key} is the key of {names}. Give it to “{action}”?",
                key=native(key),
                names=names,
                action=mine,
            )
            self._say(words, ask=True)
            self.give.setFocus()
            return
        self._bind(id, key)

    def _left(self) -> None:
        self._say("")
        self.list.setFocus()

    def _give(self) -> None:
        key, id = self._asked
        bindings = self._actions.bindings
        for other, keys in self._actions.keys.items():
            if key in keys and other != id:
                bindings = bindings.given(other, [k for k in keys if k != key])
        self._bind(id, key, bindings)
        self.list.setFocus()

    def _bind(self, id: str, key: str, bindings: Bindings | None = None) -> None:
        kept = [k for k in self._actions.keys[id] if k != key] if self._adding else []
        self._actions.rebind((bindings or self._actions.bindings).given(id, [*kept, key]))
        self._say(tr("{action}: {key}", action=tr(self._actions.table[id].text), key=native(key)))

    def remove(self) -> None:
        """Takes the keys of the selected action away."""
        self._actions.rebind(self._actions.bindings.given(self.chosen, ()))
        self._say("")

    def reset(self) -> None:
        """Gives the selected action the keys of the preset again."""
        self._actions.rebind(self._actions.bindings.without(self.chosen))
        self._say("")

    def reset_all(self) -> None:
        """Everything as the preset has it."""
        self._actions.rebind(Bindings(preset=self._actions.bindings.preset))
        self._say(tr("All keys are those of “{preset}” again.", preset=self._actions.bindings.preset))

    def _choose_preset(self, _: int) -> None:
        bindings = self._actions.bindings
        name = self.preset_box.currentText()
        self._actions.rebind(Bindings(preset=name, keys=bindings.keys))
        words = tr("The keys are those of “{preset}”.", preset=name)
        if bindings.keys:
            words += " " + tr("The ones that you changed stayed as they are.")
        self._say(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.list and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen:
                self.change()
                return True
            if (
                event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
                and self.buttons["remove"].isEnabled()
            ):
                self.remove()
                return True
        return super().eventFilter(watched, event)
