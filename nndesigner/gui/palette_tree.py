"""The list of the palette: rows of layers and blocks in groups, with drags, keys and a star to mark favourites.

It shows what it is given and tells what was done to a row; which rows there are is the palette's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QByteArray,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QDrag, QIcon, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from nndesigner.base.text import tr
from nndesigner.gui.block_list import BlockEntry
from nndesigner.gui.icons import color_of, group_icon, paint_icon
from nndesigner.gui.plain import tip
from nndesigner.gui.theme import current_theme
from nndesigner.gui.usual_layers import UsualLayers, can_be_kept
from nndesigner.layers.catalogue import layer
from nndesigner.layers.declaration import Layer

LAYER_MIME = "application/x-nndesigner-layer"
"""What a drag from the palette carries: the layer's type as UTF-8."""
ROW = QSize(0, 28)
TYPE = Qt.ItemDataRole.UserRole
STAR = 26
"""Width of the place of the star, at the end of a row."""
BESIDE = 8
"""Room on either side of a row's name."""


def group_item(name: str, icon: QIcon) -> QTreeWidgetItem:
    """A group: folded and unfolded, never added."""
    made = QTreeWidgetItem([name])
    made.setIcon(0, icon)
    made.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    made.setSizeHint(0, ROW)
    font = made.font(0)
    font.setBold(True)
    made.setFont(0, font)
    return made


def layer_item(entry: Layer, with_icon: bool = True) -> QTreeWidgetItem:
    item = QTreeWidgetItem([tr(entry.label)])
    item.setData(0, TYPE, entry.type)
    item.setSizeHint(0, ROW)
    item.setToolTip(
        0, tip("\n".join(part for part in (tr(entry.label), tr(entry.summary), entry.formula) if part))
    )
    if with_icon:
        item.setIcon(0, group_icon(entry.group))
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return item


def block_item(entry: BlockEntry, with_icon: bool = False) -> QTreeWidgetItem:
    item = QTreeWidgetItem([entry.label])
    item.setData(0, TYPE, entry.type)
    item.setSizeHint(0, ROW)
    item.setToolTip(0, tip(f"{entry.label}\n{entry.summary}"))
    if with_icon:
        item.setIcon(0, group_icon("Blocks"))
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    return item


class StarRow(QStyledItemDelegate):
    """A row with a star at its end for a favourite; where it `offers` to mark others, an outline of one while the row
    is current or under the pointer."""

    def __init__(self, view: QAbstractItemView, usual: UsualLayers, offers: bool) -> None:
        super().__init__(view)
        self._usual, self._offers = usual, offers

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The name ends before the star begins, where there is one."""
        super().initStyleOption(option, index)
        made: Any = option
        type = index.data(TYPE)
        if self._shows_star(made, type):
            icon = 0 if made.icon.isNull() else made.decorationSize.width() + BESIDE
            room = made.rect.width() - STAR - icon - BESIDE
            made.text = made.fontMetrics.elidedText(made.text, made.textElideMode, room)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        type = index.data(TYPE)
        app = QApplication.instance()
        if isinstance(app, QApplication) and self._shows_star(option, type):
            marked = self._usual.is_favourite(type)
            name, role = ("star-filled", "warning") if marked else ("star", "muted")
            rect: QRect = option.rect  # type: ignore[attr-defined]
            box = QRectF(rect.right() - STAR + 5, rect.top() + 6, 16, rect.height() - 12)
            painter.save()
            paint_icon(painter, name, box, color_of(role, current_theme(app)))
            painter.restore()

    def _shows_star(self, option: Any, type: str | None) -> bool:
        if not type or not can_be_kept(type):
            return False
        near = option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected)
        return self._usual.is_favourite(type) or (self._offers and bool(near))


class LayerTree(QTreeWidget):
    """Drags carry a layer's type, Return and a double-click append, Return on a group folds it, `*` marks a row."""

    appended = Signal(str)
    starred = Signal(str)
    dragged = Signal(str)
    """something was let go where it was taken"""
    went_up = Signal()
    """the keyboard wants to leave the list at its top"""

    def __init__(self, typed: Callable[[str], None], usual: UsualLayers) -> None:
        super().__init__()
        self._typed = typed
        self._on_star = False
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setIconSize(QSize(18, 18))
        self.setMouseTracking(True)
        self.setItemDelegate(StarRow(self, usual, True))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(tr("Layers"))
        self.setAccessibleDescription(tr("Return adds the current layer, * marks it as a favourite."))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names that go together differ at their ends
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.itemDoubleClicked.connect(self._append)
        self.itemClicked.connect(self._toggle_group)

    def _append(self, item: QTreeWidgetItem) -> None:
        if item.data(0, TYPE):
            self.appended.emit(item.data(0, TYPE))

    def _toggle_group(self, item: QTreeWidgetItem) -> None:
        if not item.data(0, TYPE) and item.childCount():
            item.setExpanded(not item.isExpanded())

    def tops(self) -> list[QTreeWidgetItem]:
        items = (self.topLevelItem(i) for i in range(self.topLevelItemCount()))
        return [item for item in items if item is not None]

    def rows(self) -> list[QTreeWidgetItem]:
        """The rows of layers and blocks, in folded groups too."""
        found: list[QTreeWidgetItem | None] = []
        for top in self.tops():
            found += [top] if top.data(0, TYPE) else [top.child(j) for j in range(top.childCount())]
        return [item for item in found if item is not None and item.data(0, TYPE)]

    def pick_first(self) -> None:
        shut = [top for top in self.tops() if top.childCount() and not top.isExpanded()]
        items = [item for item in self.rows() if item.parent() not in shut]
        if items or self.tops():
            self.setCurrentItem(items[0] if items else self.tops()[0])

    def walk(self, step: int) -> None:
        items = self.rows()
        current = self.currentItem()
        if items:
            index = items.index(current) + step if current in items else 0
            self.setCurrentItem(items[min(max(index, 0), len(items) - 1)])

    # -- the place that is kept while rows come and go -------------------------------------------------------------
    def place(self) -> tuple[str, str, int] | None:
        """The current row, by its group and type, and where on the screen it is."""
        item = self.currentItem()
        if item is None:
            return None
        parent = item.parent()
        group = parent.text(0) if parent is not None else item.text(0)
        return group, item.data(0, TYPE) or "", self.visualItemRect(item).top()

    def go_to(self, place: tuple[str, str, int]) -> None:
        """The same row is current again, at the same height: what is clicked twice must not move away in between."""
        group, type, top = place
        for item in self.tops():
            if item.text(0) != group:
                continue
            row = item
            for child in (item.child(i) for i in range(item.childCount())):
                if type and child is not None and child.data(0, TYPE) == type:
                    row = child
            if type and row is item:
                return
            self.setCurrentItem(row)
            self.doItemsLayout()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualItemRect(row).top() - top)

    # -- the star --------------------------------------------------------------------------------------------------
    def star_at(self, place: QPoint) -> str:
        """The type of the row whose star is at a place; "" for none."""
        item = self.itemAt(place)
        type = item.data(0, TYPE) if item is not None else None
        if item is None or not type or not can_be_kept(type):
            return ""
        return str(type) if place.x() > self.visualItemRect(item).right() - STAR else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        self._on_star = event.button() == Qt.MouseButton.LeftButton and bool(self.star_at(place))
        if not self._on_star:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._on_star:
            super().mouseReleaseEvent(event)
            return
        self._on_star = False
        if type := self.star_at(event.position().toPoint()):
            self.starred.emit(type)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.star_at(event.position().toPoint()):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    # -- keyboard --------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            if item.data(0, TYPE):
                self._append(item)
            else:
                self._toggle_group(item)
            return
        if event.key() == Qt.Key.Key_Up and item is not None and self.itemAbove(item) is None:
            self.went_up.emit()
            return
        if event.text() == "*":
            if item is not None and item.data(0, TYPE):
                self.starred.emit(item.data(0, TYPE))
            return
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if plain and event.text().isalnum():
            self._typed(event.text())
            return
        super().keyPressEvent(event)

    # -- drags -----------------------------------------------------------------------------------------------------
    def mimeTypes(self) -> list[str]:
        return [LAYER_MIME]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        data = QMimeData()
        types = [item.data(0, TYPE) for item in items if item.data(0, TYPE)]
        if types:
            data.setData(LAYER_MIME, QByteArray(types[0].encode()))
        return data

    def startDrag(self, actions: Any) -> None:
        """A drag that shows the layer's name as a small card under the cursor."""
        items = self.selectedItems()
        if not items or not items[0].data(0, TYPE):
            return
        type = items[0].data(0, TYPE)
        drag = QDrag(self)
        drag.setMimeData(self.mimeData(items))
        picture = drag_picture(self, type, items[0].text(0))
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(int(picture.width() / picture.devicePixelRatio() / 2), 14))
        if drag.exec(Qt.DropAction.CopyAction) == Qt.DropAction.CopyAction:
            self.dragged.emit(type)


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
