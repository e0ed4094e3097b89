"""The palette: every layer of the catalogue by group, a search field, and help for the one that is picked.

A layer is dragged onto the canvas, or appended after the selection with a double-click or Return. It reads the
catalogue and tells what was chosen; it does not know the document.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QTreeWidget,
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
from nndesigner.gui.plain import set_tip, tip
from nndesigner.layers.catalogue import grouped, layer, layers, search
from nndesigner.layers.declaration import Layer

LAYER_MIME = "application/x-nndesigner-layer"
"""What a drag from the palette carries: the layer's type as UTF-8."""
ROW = QSize(0, 28)
_TYPE = Qt.ItemDataRole.UserRole


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

    def __init__(self) -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(10, 10, 10, 10)
        outer.setSpacing(8)
        top = QHBoxLayout()
        top.setSpacing(6)
        self.search_field = QLineEdit()
        self.search_field.setPlaceholderText(tr("Search layers"))
        self.search_field.setAccessibleName(tr("Search layers"))
        self.search_field.setClearButtonEnabled(False)
        self.search_field.addAction(icon("search", role="muted"), QLineEdit.ActionPosition.LeadingPosition)
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
        self.tree = _Tree(self._type_keys)
        self.tree.appended.connect(self.chosen)
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
        self.help = LayerHelp(short=True, corner=self.ask)
        self.help.setMinimumHeight(96)
        outer.addWidget(self.help)
        self._layer: Layer | None = None
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._ask_menu)
        self._closed: set[str] = set()
        self._blocks: tuple[tuple[str, tuple[BlockEntry, ...]], ...] = ()
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
        entry = self._entry(item.data(0, _TYPE)) if item is not None else None
        if entry is not None and entry.menu:
            self.menu_wanted.emit(entry.type, self.tree.viewport().mapToGlobal(place))

    def refresh(self) -> None:
        """The catalogue has other layers now."""
        self._fill()

    # -- content ---------------------------------------------------------------------------------------------------
    def _fill(self, *_: object) -> None:
        """Groups, or the layers that match what was typed, best first."""
        text = self.search_field.text().strip()
        tops = self.tree.tops()
        if tops and tops[0].childCount():
            self._closed = {item.text(0) for item in tops if not item.isExpanded()}
        self.tree.clear()
        if text:
            found = search(text)
            self.tree.setRootIsDecorated(False)
            for entry in found:
                self.tree.addTopLevelItem(_item(entry))
            words = text.lower()
            matching = [e for _, entries in self._blocks for e in entries if words in e.label.lower()]
            for block in matching:
                self.tree.addTopLevelItem(_block_item(block, with_icon=True))
            if found or matching:
                self.tree.setCurrentItem(self.tree.tops()[0])
            else:
                nothing = QTreeWidgetItem([tr("No layer matches “{text}”", text=text[:30])])
                nothing.setFlags(Qt.ItemFlag.NoItemFlags)
                self.tree.addTopLevelItem(nothing)
            return
        self.tree.setRootIsDecorated(True)
        for group, entries in grouped().items():
            shown = [entry for entry in entries if entry.common or self.all_layers.isChecked()]
            if self._blocks:
                shown = [entry for entry in shown if not is_port(entry.type)]  # these come with the blocks
            if not shown:
                continue
            parent = QTreeWidgetItem([tr(group)])
            parent.setIcon(0, group_icon(group))
            parent.setFlags(Qt.ItemFlag.ItemIsEnabled)
            parent.setSizeHint(0, ROW)
            font = parent.font(0)
            font.setBold(True)
            parent.setFont(0, font)
            for entry in shown:
                parent.addChild(_item(entry, with_icon=False))
            self.tree.addTopLevelItem(parent)
            parent.setExpanded(parent.text(0) not in self._closed)
        for name, blocks in self._blocks:
            parent = self._group(name)
            for block in blocks:
                parent.addChild(_block_item(block))
            self.tree.addTopLevelItem(parent)
            parent.setExpanded(name not in self._closed)
        self._picked(None)

    def _switch(self, every: bool) -> None:
        window_state.change(all_layers=every)
        self._fill()

    def _picked(self, item: QTreeWidgetItem | None, _: object = None) -> None:
        picked = layer(item.data(0, _TYPE)) if item is not None and item.data(0, _TYPE) else None
        self._layer = picked
        self.ask.setVisible(picked is not None)
        if picked is not None:
            words = tr("Help on {layer}", layer=tr(picked.label))
            set_tip(self.ask, f"{words}  (Shift+F1)")
            self.ask.setAccessibleName(words)
        block = self._entry(item.data(0, _TYPE)) if item is not None and picked is None else None
        otherwise = tr("Drag a layer onto the canvas, or double-click it to append it.")
        self.help.show_layer(picked, block.summary if block is not None else otherwise)

    @staticmethod
    def _group(name: str) -> QTreeWidgetItem:
        parent = QTreeWidgetItem([name])
        parent.setIcon(0, group_icon("Blocks"))
        parent.setFlags(Qt.ItemFlag.ItemIsEnabled)
        parent.setSizeHint(0, ROW)
        font = parent.font(0)
        font.setBold(True)
        parent.setFont(0, font)
        return parent

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
                if self.search_field.text() and current is not None and current.data(0, _TYPE):
                    self.chosen.emit(current.data(0, _TYPE))
                    self.search_field.selectAll()
                return True
            if key == Qt.Key.Key_Escape and self.search_field.text():
                self.search_field.clear()
                return True
        return super().eventFilter(watched, event)


def _layers(number: int) -> str:
    return count(number, "layer", "layers")


def _item(entry: Layer, with_icon: bool = True) -> QTreeWidgetItem:
    item = QTreeWidgetItem([tr(entry.label)])
    item.setData(0, _TYPE, entry.type)
    item.setSizeHint(0, ROW)
    item.setToolTip(
        0, tip("\n".join(part for part in (tr(entry.label), tr(entry.summary), entry.formula) if part))
    )
    if with_icon:
        item.setIcon(0, group_icon(entry.group))
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return item


def _block_item(entry: BlockEntry, with_icon: bool = False) -> QTreeWidgetItem:
    item = QTreeWidgetItem([entry.label])
    item.setData(0, _TYPE, entry.type)
    item.setSizeHint(0, ROW)
    item.setToolTip(0, tip(f"{entry.label}\n{entry.summary}"))
    if with_icon:
        item.setIcon(0, group_icon("Blocks"))
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return item


class _Tree(QTreeWidget):
    """The list: drags carry a layer's type, Return and a double-click append."""

    appended = Signal(str)

    def __init__(self, typed: Callable[[str], None]) -> None:
        super().__init__()
        self._typed = typed
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setIconSize(QSize(18, 18))
        self.setAccessibleName(tr("Layers"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names that go together differ at their ends
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.itemDoubleClicked.connect(self._append)
        self.itemClicked.connect(self._toggle_group)

    def _append(self, item: QTreeWidgetItem) -> None:
        if item.data(0, _TYPE):
            self.appended.emit(item.data(0, _TYPE))

    def _toggle_group(self, item: QTreeWidgetItem) -> None:
        if not item.data(0, _TYPE) and item.childCount():
            item.setExpanded(not item.isExpanded())

    def tops(self) -> list[QTreeWidgetItem]:
        items = (self.topLevelItem(i) for i in range(self.topLevelItemCount()))
        return [item for item in items if item is not None]

    def _layers(self) -> list[QTreeWidgetItem]:
        found: list[QTreeWidgetItem | None] = []
        for top in self.tops():
            found += [top] if top.data(0, _TYPE) else [top.child(j) for j in range(top.childCount())]
        return [item for item in found if item is not None]

    def pick_first(self) -> None:
        items = self._layers()
        if items:
            self.setCurrentItem(items[0])

    def walk(self, step: int) -> None:
        items = self._layers()
        current = self.currentItem()
        if items:
            index = items.index(current) + step if current in items else 0
            self.setCurrentItem(items[min(max(index, 0), len(items) - 1)])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self._append(item)
            return
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if plain and event.text().isalnum():
            self._typed(event.text())
            return
        super().keyPressEvent(event)

    def mimeTypes(self) -> list[str]:
        return [LAYER_MIME]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        data = QMimeData()
        types = [item.data(0, _TYPE) for item in items if item.data(0, _TYPE)]
        if types:
            data.setData(LAYER_MIME, QByteArray(types[0].encode()))
        return data

    def startDrag(self, actions: Any) -> None:
        """A drag that shows the layer's name as a small card under the cursor."""
        items = self.selectedItems()
        if not items or not items[0].data(0, _TYPE):
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData(items))
        picture = drag_picture(self, items[0].data(0, _TYPE), items[0].text(0))
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(int(picture.width() / picture.devicePixelRatio() / 2), 14))
        drag.exec(Qt.DropAction.CopyAction)


def drag_picture(widget: QWidget, type: str, name: str = "") -> QPixmap:
    """What follows the cursor while a layer or a block is dragged: its icon and its name on a card."""
    entry = layer(type)
    text = tr(entry.label) if entry is not None else name
    ratio = widget.devicePixelRatioF()
    width, height = widget.fontMetrics().horizontalAdvance(text) + 46, 32
    made = QPixmap(int(width * ratio), int(height * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    palette = QApplication.palette()
    painter.setBrush(palette.color(palette.ColorRole.Base))
    painter.setPen(palette.color(palette.ColorRole.Accent))
    painter.drawRoundedRect(1, 1, width - 2, height - 2, 8, 8)
    group_icon(entry.group if entry is not None else "Blocks").paint(painter, 10, 7, 18, 18)
    painter.setPen(palette.color(palette.ColorRole.Text))
    painter.drawText(36, 0, width - 40, height, int(Qt.AlignmentFlag.AlignVCenter), text)
    painter.end()
    return made
