"""The outline panel: the network that is looked at as a tree, in step with the canvas, worked by keys alone.

Return shows the settings of a layer (enters a block, goes to the other end of a wire, shows a problem's place), F2
renames in place, Shift+C wires onwards, and what can be done on the canvas with a selection can be done here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.text import tr
from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.commands import viewing
from nndesigner.gui.icons import pixmap, severity_icon_name
from nndesigner.gui.outline.model import DETAIL, SEVERITY, OutlineModel
from nndesigner.gui.outline.rows import Row
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import theme_changed

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

BADGE = 14
ROOM = 12
"""Pixels above and below the words of a row, together."""
_NOT_HERE = ("select-all",)
"""An action of the canvas that means something else in a tree."""


class OutlinePanel(QWidget):
    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._following = False
        self._stale = True
        session, canvas = desk.session, desk.canvas
        self.model = OutlineModel(
            lambda: canvas.faces,
            lambda node, name: session.edit(tr("Rename"), "rename", node=node, name=name),
            self,
        )
        self.tree = OutlineTree(self.model)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.tree)
        self.setFocusProxy(self.tree)
        for action in desk.window.actions_.table.values():
            if action.where == "canvas" and action.id not in _NOT_HERE and _meant_here(action.keys):
                self.tree.addAction(desk.window.actions_.made[action.id])
        self.tree.selectionModel().selectionChanged.connect(self._selected)
        self.tree.activated.connect(self._opened)
        self.tree.menu_wanted.connect(self._menu)
        canvas.selectionChanged.connect(self.show_selection)
        self._leave = [
            session.changed.connect(lambda _: self._changed()),
            session.checked_changed.connect(self._changed),
            session.editing.shown.connect(self._replaced),
            session.editing.replaced.connect(self._replaced),
            theme_changed.connect(lambda _: self.tree.viewport().update()),
        ]
        self._replaced()

    def close_down(self) -> None:
        """Listens to nothing any more."""
        for leave in self._leave:
            leave()
        self._leave = []

    # -- keeping up ------------------------------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._changed()

    def _changed(self) -> None:
        if not self.isVisible():
            self._stale = True
            return
        self._stale = False
        self._following = True
        self.model.refresh()
        self._following = False
        self.tree.viewport().update()
        self.show_selection(self._desk.canvas.selection)

    def _replaced(self) -> None:
        self._following = True
        self.model.reset()
        self._following = False
        self.show_selection(self._desk.canvas.selection)

    def show_selection(self, ids: Iterable[str]) -> None:
        """Selects the rows of what is selected on the canvas. A row below a layer that stands for it stays."""
        if self._following or not self.isVisible():
            return
        wanted = set(ids)
        if wanted == self._chosen():
            return
        rows = sorted(index.row() for id in wanted if (index := self.model.index_of((id,))).isValid())
        selection = QItemSelection()
        for first, last in _runs(rows):
            selection.select(self.model.index(first, 0), self.model.index(last, 0))
        self._following = True
        chosen = self.tree.selectionModel()
        chosen.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows and not chosen.isSelected(self.tree.currentIndex()):
            top = self.model.index(rows[0], 0)
            chosen.setCurrentIndex(top, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.tree.scrollTo(top)
        self._following = False

    # -- what is done here -----------------------------------------------------------------------------------------
    def _chosen(self) -> set[str]:
        """What the selected rows stand for on the canvas: layers, and wires."""
        found = set()
        for index in self.tree.selectionModel().selectedIndexes():
            path = self.model.path_of(index)
            row = None if self.model.node_at(index) else self.model.row_of(index)
            if row is not None and row.kind == "wire" and len(path) == 1:
                found.add(row.id)
            elif path:
                found.add(path[0])
        return found

    def _selected(self, *_: object) -> None:
        if self._following:
            return
        ids = self._chosen()
        self._following = True
        self._desk.canvas.select(ids)
        self._following = False
        if len(ids) == 1:
            self._desk.canvas.bring_into_sight(next(iter(ids)))

    def _opened(self, index: QModelIndex) -> None:
        desk, row, path = self._desk, self.model.row_of(index), self.model.path_of(index)
        if row is None:
            return
        if row.problem is not None:
            viewing.show_problem(desk, row.problem)
        elif row.kind == "wire" and len(path) == 1:
            self._go(row.other)
        elif row.kind == "port" and len(path) == 1:
            desk.window.actions_.run("connect-to")
        elif len(path) > 1:
            self._enter(path, row)
        else:
            viewing.open_node(desk, path[0])

    def _go(self, node: str) -> None:
        index = self.model.index_of((node,))
        if index.isValid():
            self.tree.setCurrentIndex(index)

    def _enter(self, path: tuple[str, ...], row: Row) -> None:
        """A layer inside a block: the network that it stands in is looked at, in the use that the way leads through."""
        desk = self._desk
        node = path[-1]
        record = desk.session.document.get(node)
        network = getattr(record, "network", "")
        desk.session.editing.show_network(network, (*desk.session.editing.trail, *path[:-1]))
        desk.canvas.select([node])
        desk.show_node(node)

    def _menu(self, place: QPoint) -> None:
        index = self.tree.currentIndex()
        row, path = self.model.row_of(index), self.model.path_of(index) if index.isValid() else ()
        if row is not None and len(path) == 1:
            kind, id = ("edge", row.id) if row.kind == "wire" else ("node", path[0])
            self._desk.canvas.contextMenu.emit(Hit(kind, id), place)


def _meant_here(keys: tuple[str, ...]) -> bool:
    """Whether a tree has no use of its own for the keys: Del, and what is held with Ctrl, Alt or Shift."""
    held = ("Ctrl+", "Alt+", "Shift+", "Del", "Backspace")
    return bool(keys) and all(key.startswith(held) for key in keys)


class OutlineTree(QTreeView):
    """`menu_wanted(place)`: the menu of the current row is asked for, by the mouse or the menu key."""

    menu_wanted = Signal(QPoint)

    def __init__(self, model: OutlineModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(tr("Outline of the network"))
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(16)
        self.setIconSize(QSize(16, 16))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setItemDelegate(_Lines(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        entered = plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if entered and self.state() != QAbstractItemView.State.EditingState and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            place = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
        self.menu_wanted.emit(place)


class _Lines(QStyledItemDelegate):
    """A name, then its detail in the muted colour, and a badge at the end where something is wrong."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """As high as the rows of the palette, whether the style sheet has been read yet or not."""
        wanted = super().sizeHint(option, index)
        return wanted.expandedTo(QSize(0, option.fontMetrics.height() + ROOM))  # type: ignore[attr-defined]

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        detail, severity = index.data(DETAIL), index.data(SEVERITY)
        if not detail and severity is None:
            return
        self.initStyleOption(option, index)
        tree = option.widget  # type: ignore[attr-defined]
        room = tree.style().subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, tree)
        metrics = option.fontMetrics  # type: ignore[attr-defined]
        left = room.left() + metrics.horizontalAdvance(option.text) + 14  # type: ignore[attr-defined]
        right = room.right() - (BADGE + 6 if severity is not None else 0)
        painter.save()
        if detail and right - left > 24:
            painter.setPen(QColor(shown_theme().muted))
            words = metrics.elidedText(detail, Qt.TextElideMode.ElideRight, right - left)
            line = option.rect  # type: ignore[attr-defined]
            painter.drawText(
                left, line.top(), right - left, line.height(), Qt.AlignmentFlag.AlignVCenter, words
            )
        if severity is not None and right - left > 0:
            name = severity_icon_name(severity)
            place = QPoint(right + 4, room.center().y() - BADGE // 2)
            painter.drawPixmap(place, pixmap(name, BADGE, name, tree.devicePixelRatioF()))
        painter.restore()


def _runs(rows: list[int]) -> Iterable[tuple[int, int]]:
    """Sorted numbers as runs: thousands of rows that follow each other are one."""
    start = previous = -2
    for row in rows:
        if row != previous + 1:
            if previous >= 0:
                yield start, previous
            start = row
        previous = row
    if previous >= 0:
        yield start, previous


def make(desk: Desk) -> OutlinePanel:
    return OutlinePanel(desk)
