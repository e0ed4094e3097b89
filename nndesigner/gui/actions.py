"""Actions as data: what they are called, their icon and keys, where they stand, when they can be done, what they do.

One table (`action_table.py`) lists them all; `Actions` makes the QActions from it. An action that cannot be done now
says why, in a sentence that its tooltip shows. It knows no single action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui import key_bindings
from nndesigner.gui.icons import icon
from nndesigner.gui.key_bindings import Bindings
from nndesigner.gui.plain import set_tip

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk


def always(desk: Desk) -> str:
    """The rule of an action that can always be done."""
    return ""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a user can ask for.

    `enabled` gives "" while it can be done, else the sentence why not. `menu` names the menu; a new `section` in it or
    in the toolbar begins with a line. `where` is "window" (keys work everywhere) or "canvas" (only while the canvas
    has the keyboard). `checked` makes it a switch.
    """

    id: str
    text: str
    run: Callable[[Desk], object]
    icon: str = ""
    icon_role: str = "text"
    """the colour of the icon, by its role in the theme"""
    keys: tuple[str, ...] = ()
    menu: str = ""
    section: int = 0
    submenu: str = ""
    """the menu within `menu` that it stands in, at the section of its first action"""
    part: int = 0
    """the section within the submenu"""
    toolbar: int = 0
    """section of the toolbar, counted from 1; 0 for none"""
    toolbar_text: bool = False
    """whether the toolbar shows the words too"""
    enabled: Callable[[Desk], str] = always
    checked: Callable[[Desk], bool] | None = None
    where: str = "window"
    help: str = ""
    also: str = ""
    """other words for it, of other programs, by which the search for commands finds it"""
    primary: bool = False
    words: Callable[[Desk], str] | None = None
    """a text that changes ("Undo Add conv1")"""


class Actions(QObject):
    """The QActions of one window. `refreshed()`: every rule was asked anew; `rebound()`: keys changed."""

    refreshed = Signal()
    rebound = Signal()

    def __init__(self, table: Iterable[Action], desk: Desk, window: QWidget, canvas: QWidget) -> None:
        super().__init__(window)
        self.table = {action.id: action for action in table}
        self.bindings = key_bindings.read()
        self.keys = key_bindings.settled(self.table.values(), self.bindings)
        """the keys of every action, as Qt writes them in every language"""
        self.letters = key_bindings.own_letters(self.table.values(), self.bindings)
        """letters that this user gave to actions: they act even where letters search"""
        self._desk = desk
        self.made: dict[str, QAction] = {}
        self._keys: dict[str, str] = {}
        """the first keys of an action as this system writes them; "" for none"""
        self._buttons: dict[str, QToolButton] = {}
        self._said: dict[str, str] = {}
        """the tooltip that an action has: giving it anew would have every button laid out anew"""
        for action in self.table.values():
            made = QAction(tr(action.text), self)
            made.setObjectName(action.id)
            if action.icon:
                made.setIcon(icon(action.icon, role="accent_text" if action.primary else action.icon_role))
            made.setCheckable(action.checked is not None)
            on_canvas = action.where == "canvas"
            made.setShortcutContext(
                Qt.ShortcutContext.WidgetWithChildrenShortcut
                if on_canvas
                else Qt.ShortcutContext.WindowShortcut
            )
            made.triggered.connect(lambda _=False, id=action.id: self.run(id))
            (canvas if on_canvas else window).addAction(made)
            self.made[action.id] = made
            self._set_keys(action.id)
        self.refresh()

    def rebind(self, bindings: Bindings) -> None:
        """Other keys from now on, and the next time too."""
        self.bindings = bindings
        key_bindings.keep(bindings)
        before, self.keys = self.keys, key_bindings.settled(self.table.values(), bindings)
        self.letters = key_bindings.own_letters(self.table.values(), bindings)
        for id in self.keys:  # first all that lose some: no key may mean two things in between
            if before[id] != self.keys[id]:
                self.made[id].setShortcuts([])
        for id in self.keys:
            if before[id] != self.keys[id]:
                self._set_keys(id)
        self.refresh()
        self.rebound.emit()

    def keys_now(self, id: str) -> tuple[str, ...]:
        """The keys that do it right now: letters do not while the canvas would search with them."""
        if not self.made[id].isEnabled():
            return ()
        searches = not self._desk.canvas.selection
        return tuple(
            key
            for key in self.keys[id]
            if not (searches and len(key) == 1 and key.isalpha() and key not in self.letters)
        )

    def _set_keys(self, id: str) -> None:
        keys = [QKeySequence(key) for key in self.keys[id]]
        if keys:
            self.made[id].setShortcuts(keys)
        self._keys[id] = keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else ""

    def run(self, id: str) -> None:
        """Does it, or says why it cannot be done now."""
        action = self.table[id]
        reason = action.enabled(self._desk)
        if reason:
            self._desk.say(reason)
        else:
            action.run(self._desk)
        self.refresh()

    def refresh(self) -> None:
        """Asks every rule anew: after an edit, a selection, news of a run."""
        for id, made in self.made.items():
            action = self.table[id]
            reason = action.enabled(self._desk)
            text = action.words(self._desk) if action.words is not None else tr(action.text)
            if made.text() != text.replace("&", "&&"):
                made.setText(text.replace("&", "&&"))
            if made.isEnabled() == bool(reason):
                made.setEnabled(not reason)
            words = reason or tr(action.help) or text
            keys = self._keys[id]
            said = f"{words}  ({keys})" if keys and not reason else words
            if self._said.get(id) != said:
                self._said[id] = said
                set_tip(made, said)
                if id in self._buttons:
                    self._buttons[id].setAccessibleDescription(said)
            if action.checked is not None:
                made.setChecked(action.checked(self._desk))
        self.refreshed.emit()

    def why_not(self, id: str) -> str:
        """Why an action cannot be done now; "" where it can."""
        return self.table[id].enabled(self._desk)

    # -- where they stand --------------------------------------------------------------------------------------------
    def fill_menus(self, bar: QMenuBar, titles: Iterable[str]) -> dict[str, QMenu]:
        """One menu per title, in this order."""
        menus: dict[str, QMenu] = {}
        for title in titles:
            menu = bar.addMenu(tr(title))
            menu.setToolTipsVisible(True)
            menu.setObjectName(f"menu:{title}")
            self.fill_menu(menu, (a for a in self.table.values() if a.menu == title))
            menus[title] = menu
        return menus

    def fill_menu(self, menu: QMenu, actions: Iterable[Action]) -> None:
        section: int | None = None
        within: dict[str, list[Action]] = {}
        for action in sorted(actions, key=lambda a: a.section):
            if action.submenu in within:
                within[action.submenu].append(action)
                continue
            if section is not None and action.section != section:
                menu.addSeparator()
            section = action.section
            if action.submenu:
                within[action.submenu] = [action]
                menu.addMenu(self._submenu(action.submenu, within[action.submenu], menu))
            else:
                menu.addAction(self.made[action.id])

    def submenu(self, title: str, parent: QWidget) -> QMenu:
        """A submenu of the table once more, as a part of another menu."""
        return self._submenu(title, [a for a in self.table.values() if a.submenu == title], parent)

    def _submenu(self, title: str, actions: Sequence[Action], parent: QWidget) -> QMenu:
        """Filled when it is first opened: most are never looked into."""
        made = QMenu(tr(title), parent)
        made.setObjectName(f"menu:{title}")
        made.setToolTipsVisible(True)

        def fill() -> None:
            if made.isEmpty():
                part = min((action.part for action in actions), default=0)
                for action in sorted(actions, key=lambda a: a.part):
                    if action.part != part:
                        made.addSeparator()
                    part = action.part
                    made.addAction(self.made[action.id])

        made.aboutToShow.connect(fill)
        return made

    def fill_toolbar(self, bar: QToolBar) -> None:
        section = 0
        for action in sorted((a for a in self.table.values() if a.toolbar), key=lambda a: a.toolbar):
            if section and action.toolbar != section:
                bar.addSeparator()
            section = action.toolbar
            bar.addAction(self.made[action.id])
            button = bar.widgetForAction(self.made[action.id])
            if isinstance(button, QToolButton):
                button.setObjectName(f"tool:{action.id}")
                button.setAccessibleDescription(self._said.get(action.id, ""))
                self._buttons[action.id] = button
                if action.toolbar_text:
                    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                if action.primary:
                    button.setProperty("role", "primary")
