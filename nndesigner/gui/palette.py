"""The palette: favourites and what was used last, every layer of the catalogue by group, a search field, and help for
the one that is picked.

A layer is dragged onto the canvas, or appended after the selection with a double-click or Return. It reads the
catalogue and tells what was chosen; it does not know the document.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.text import count, tr
from nndesigner.gui import window_state
from nndesigner.gui.block_list import BlockEntry
from nndesigner.gui.canvas.faces import is_port
from nndesigner.gui.icons import group_icon, icon
from nndesigner.gui.inspector.layer_help import LayerHelp
from nndesigner.gui.palette_tree import (
    LAYER_MIME,
    TYPE,
    LayerTree,
    block_item,
    drag_picture,
    group_item,
    layer_item,
)
from nndesigner.gui.plain import lead_with_search, set_tip
from nndesigner.gui.usual_layers import UsualLayers, can_be_kept
from nndesigner.layers.catalogue import grouped, layer, layers, search
from nndesigner.layers.declaration import Layer

__all__ = ["LAYER_MIME", "Palette", "drag_picture"]
MOST_SHOWN = 5
"""of those used last: a list that is read at a glance"""


class Palette(QWidget):
    """`chosen` carries the type of the layer to append, `help_wanted` the layer whose page is asked for. Blocks have
    a word instead of a type (`BlockEntry.type`); `menu_wanted` carries it and where its menu is asked for.

    The common layers stand in their groups, the others too where the user switched "All layers" on, which is kept for
    the next time. A search looks through all of them either way.
    """

    chosen = Signal(str)
    help_wanted = Signal(object)
    menu_wanted = Signal(str, QPoint)
    packages_wanted = Signal()

    def __init__(self, usual: UsualLayers | None = None) -> None:
        super().__init__()
        self.usual = usual or UsualLayers(self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(10, 10, 10, 10)
        outer.setSpacing(8)
        top = QHBoxLayout()
        top.setSpacing(6)
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText(tr("Search layers"))
        self.search_field.setAccessibleName(tr("Search layers"))
        self.search_field.setClearButtonEnabled(False)
        lead_with_search(self.search_field)
        self.search_field.textChanged.connect(self._fill)
        self.search_field.installEventFilter(self)
        top.addWidget(self.search_field, 1)
        packages = QToolButton()
        packages.setObjectName("packages")
        packages.setIcon(icon("more", role="muted"))
        packages.setProperty("role", "flat")
        words = tr("Packages with more layers…")
        set_tip(packages, words)
        packages.setAccessibleName(words)
        packages.clicked.connect(self.packages_wanted)
        top.addWidget(packages)
        outer.addLayout(top)
        rare = sum(not entry.common for entry in layers().values())
        self.all_layers = QCheckBox(tr("All layers"))
        self.all_layers.setObjectName("all-layers")
        self.all_layers.setChecked(window_state.read().all_layers)
        set_tip(
            self.all_layers,
            tr("Shows {rare} too that are needed rarely. A search finds them always.", rare=_layers(rare)),
        )
        self.all_layers.toggled.connect(self._switch)
        outer.addWidget(self.all_layers)
        self.tree = LayerTree(self._type_keys, self.usual)
        self.tree.appended.connect(self._choose)
        self.tree.dragged.connect(self.usual.remember)
        self.tree.starred.connect(self.usual.toggle_favourite)
        self.tree.went_up.connect(self.focus_search)
        self.tree.currentItemChanged.connect(self._picked)
        outer.addWidget(self.tree, 1)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setProperty("role", "line")
        outer.addWidget(line)
        self.ask = QToolButton()
        self.ask.setObjectName("palette-help")
        self.ask.setIcon(icon("help", role="muted"))
        self.ask.setProperty("role", "flat")
        self.ask.clicked.connect(lambda: self.help_wanted.emit(self._layer))
        self.star = QToolButton()
        self.star.setObjectName("palette-star")
        self.star.setCheckable(True)
        self.star.setProperty("role", "flat")
        self.star.clicked.connect(self._star)
        corner = QWidget()
        buttons = QHBoxLayout(corner)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(0)
        buttons.addWidget(self.star)
        buttons.addWidget(self.ask)
        self.help = LayerHelp(short=True, corner=corner)
        self.help.setMinimumHeight(96)
        outer.addWidget(self.help)
        self._layer: Layer | None = None
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._ask_menu)
        self._closed: set[str] = set()
        self._blocks: tuple[tuple[str, tuple[BlockEntry, ...]], ...] = ()
        # Not while the list still speaks of a row: filling it anew takes its rows away.
        self.usual.changed.connect(lambda: QTimer.singleShot(0, self, self._usual_changed))
        self._fill()

    def asked_about(self) -> Layer | None:
        """The picked layer, while the palette has the keyboard."""
        here = self.tree.hasFocus() or self.search_field.hasFocus()
        return self._layer if here else None

    def show_blocks(self, *groups: tuple[str, tuple[BlockEntry, ...]]) -> None:
        """Blocks to use besides the layers: groups by name."""
        if groups != self._blocks:
            self._blocks = groups
            place = self.tree.verticalScrollBar().value()
            self._fill()
            self.tree.verticalScrollBar().setValue(place)

    def _entry(self, type: str) -> BlockEntry | None:
        return next((e for _, entries in self._blocks for e in entries if e.type == type), None)

    def _ask_menu(self, place: QPoint) -> None:
        item = self.tree.itemAt(place)
        entry = self._entry(item.data(0, TYPE)) if item is not None else None
        if entry is not None and entry.menu:
            self.menu_wanted.emit(entry.type, self.tree.viewport().mapToGlobal(place))
        elif item is not None and (picked := layer(item.data(0, TYPE) or "")) is not None:
            menu = QMenu(self)
            menu.setObjectName("layer-menu")
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(icon("add"), tr("Add")).triggered.connect(lambda: self._choose(picked.type))
            marked = self.usual.is_favourite(picked.type)
            star = menu.addAction(icon("star-filled" if marked else "star"), f"{_star_words(marked)}\t*")
            star.triggered.connect(lambda: self.usual.toggle_favourite(picked.type))
            ask = menu.addAction(icon("help"), tr("Help on {layer}", layer=tr(picked.label)))
            ask.triggered.connect(lambda: self.help_wanted.emit(picked))
            menu.popup(self.tree.viewport().mapToGlobal(place))

    def refresh(self) -> None:
        """The catalogue has other layers now."""
        self._fill()

    # -- content ---------------------------------------------------------------------------------------------------
    def _fill(self, *_: object) -> None:
        """Groups, or the layers that match what was typed, best first."""
        text = self.search_field.text().strip()
        tops = self.tree.tops()
        if tops and tops[0].childCount():
            self._closed -= {item.text(0) for item in tops}
            self._closed |= {item.text(0) for item in tops if not item.isExpanded()}
        self.tree.clear()
        if text:
            found = search(text)
            self.tree.setRootIsDecorated(False)
            for entry in found:
                self.tree.addTopLevelItem(layer_item(entry))
            words = text.lower()
            matching = [e for _, entries in self._blocks for e in entries if words in e.label.lower()]
            for block in matching:
                self.tree.addTopLevelItem(block_item(block, with_icon=True))
            if found or matching:
                self.tree.setCurrentItem(self.tree.tops()[0])
            else:
                nothing = QTreeWidgetItem([tr("No layer matches “{text}”", text=text[:30])])
                nothing.setFlags(Qt.ItemFlag.NoItemFlags)
                self.tree.addTopLevelItem(nothing)
            return
        self.tree.setRootIsDecorated(True)
        self._add_usual()
        for group, entries in grouped().items():
            shown = [entry for entry in entries if entry.common or self.all_layers.isChecked()]
            if self._blocks:
                shown = [entry for entry in shown if not is_port(entry.type)]  # these come with the blocks
            if not shown:
                continue
            parent = group_item(tr(group), group_icon(group))
            for entry in shown:
                parent.addChild(layer_item(entry, with_icon=False))
            self.tree.addTopLevelItem(parent)
            parent.setExpanded(parent.text(0) not in self._closed)
        for name, blocks in self._blocks:
            parent = group_item(name, group_icon("Blocks"))
            for block in blocks:
                parent.addChild(block_item(block))
            self.tree.addTopLevelItem(parent)
            parent.setExpanded(name not in self._closed)
        self._picked(None)

    def _add_usual(self) -> None:
        """Favourites, and what was used last and is no favourite, above the groups."""
        used = [type for type in self.usual.used if not self.usual.is_favourite(type)]
        for name, types, picture in (
            (tr("Favourites"), self.usual.favourites, "star"),
            (tr("Used last"), used[:MOST_SHOWN], "history"),
        ):
            rows = [row for type in types if (row := self._row(type)) is not None]
            if rows:
                parent = group_item(name, icon(picture, role="muted"))
                parent.addChildren(rows)
                self.tree.addTopLevelItem(parent)
                parent.setExpanded(name not in self._closed)

    def _row(self, type: str) -> QTreeWidgetItem | None:
        """A row of its own for a layer or a block; None for one that is not there."""
        entry, block = layer(type), self._entry(type)
        if entry is not None:
            return layer_item(entry)
        return block_item(block, with_icon=True) if block is not None else None

    def _usual_changed(self) -> None:
        """Favourites or what was used last: the row that was acted on stays under the pointer."""
        if self.search_field.text().strip():
            self.tree.viewport().update()
            self._say_star()
            return
        place = self.tree.place()
        self._fill()
        if place is not None:
            self.tree.go_to(place)

    def _choose(self, type: str) -> None:
        """First the edit, then the list: where something is picked stays as long as it is needed."""
        self.chosen.emit(type)
        self.usual.remember(type)

    def _star(self) -> None:
        item = self.tree.currentItem()
        if item is not None and item.data(0, TYPE):
            self.usual.toggle_favourite(item.data(0, TYPE))

    def _say_star(self) -> None:
        item = self.tree.currentItem()
        type = (item.data(0, TYPE) or "") if item is not None else ""
        self.star.setVisible(can_be_kept(type))
        marked = self.usual.is_favourite(type)
        self.star.setChecked(marked)
        self.star.setIcon(icon("star-filled", role="warning") if marked else icon("star", role="muted"))
        set_tip(self.star, f"{_star_words(marked)}  (*)")
        self.star.setAccessibleName(_star_words(marked))

    def _switch(self, every: bool) -> None:
        window_state.change(all_layers=every)
        self._fill()

    def _picked(self, item: QTreeWidgetItem | None, _: object = None) -> None:
        picked = layer(item.data(0, TYPE)) if item is not None and item.data(0, TYPE) else None
        self._layer = picked
        self._say_star()
        self.ask.setVisible(picked is not None)
        if picked is not None:
            words = tr("Help on {layer}", layer=tr(picked.label))
            set_tip(self.ask, f"{words}  (Shift+F1)")
            self.ask.setAccessibleName(words)
        block = self._entry(item.data(0, TYPE)) if item is not None and picked is None else None
        otherwise = tr("Drag a layer onto the canvas, or double-click it to append it.")
        self.help.show_layer(picked, block.summary if block is not None else otherwise)

    # -- keyboard --------------------------------------------------------------------------------------------------
    def focus_search(self) -> None:
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def _type_keys(self, text: str) -> None:
        """Letters typed in the list start a search."""
        self.search_field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search_field.setText(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search_field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.tree.topLevelItemCount():
                if self.search_field.text():
                    self.tree.walk(1 if key == Qt.Key.Key_Down else -1)
                else:
                    self.tree.setFocus(Qt.FocusReason.OtherFocusReason)
                    self.tree.pick_first()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                current = self.tree.currentItem()
                if self.search_field.text() and current is not None and current.data(0, TYPE):
                    self._choose(current.data(0, TYPE))
                    self.search_field.selectAll()
                return True
            if event.text() == "*":  # no name has one
                self._star()
                return True
            if key == Qt.Key.Key_Escape and self.search_field.text():
                self.search_field.clear()
                return True
        return super().eventFilter(watched, event)


def _star_words(marked: bool) -> str:
    return tr("Remove from the favourites") if marked else tr("Add to the favourites")


def _layers(number: int) -> str:
    return count(number, "layer", "layers")
