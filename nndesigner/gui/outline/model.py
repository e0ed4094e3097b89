"""The outline as a Qt model: layers in data order; what is below one is worked out when it is asked for.

An edit changes as few rows as it can: where the order stays, only words are read anew; where it does not, the rows
between the first and the last difference are exchanged. Rows are found by numbers, never by pointers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

from nndesigner.base.text import tr
from nndesigner.check.order import in_order
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.spoken_words import node_words
from nndesigner.gui.icons import group_icon, icon, severity_icon_name
from nndesigner.gui.outline.rows import Path, Row, below, inner_rows, inside, node_row

Index = QModelIndex | QPersistentModelIndex
DETAIL, SEVERITY = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
_ROOT = QModelIndex()
_INNER = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_LAYER = _INNER | Qt.ItemFlag.ItemIsEditable
_LINE = _INNER | Qt.ItemFlag.ItemNeverHasChildren
# A tree asks these of every row, thousands of times: the answers for layers of the network itself come first.


class OutlineModel(QAbstractItemModel):
    """`faces` gives the faces of the network that is looked at; `rename(node, name)` asks for another name."""

    def __init__(
        self, faces: Callable[[], Faces], rename: Callable[[str, str], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._faces, self._rename = faces, rename
        self._top: tuple[str, ...] = ()
        self._place: dict[str, int] = {}
        self._levels: dict[Path, list[Row]] = {}
        """what is below the layers that were opened, by the way to them"""
        self._inner: dict[Path, Faces] = {}
        self._paths: list[Path] = [()]
        self._numbers: dict[Path, int] = {(): 0}
        self._nodes: dict[str, Row] = {}

    # -- keeping up ------------------------------------------------------------------------------------------------
    def reset(self) -> None:
        """Another network is looked at."""
        self.beginResetModel()
        self._levels.clear()
        self._inner.clear()
        self._nodes.clear()
        self._paths, self._numbers = [()], {(): 0}
        self._take(self._order())
        self.endResetModel()

    def refresh(self) -> None:
        """After an edit or a check. Whoever shows the layers repaints: their words are read anew then."""
        self._nodes.clear()
        self._inner.clear()
        old, new = self._top, self._order()
        if old != new:
            self._exchange(old, new)
        for path in sorted(self._levels, key=len):
            if path in self._levels:
                self._renew(path)

    def _order(self) -> tuple[str, ...]:
        faces = self._faces()
        return in_order(faces.document, faces.network)

    def _take(self, ids: tuple[str, ...]) -> None:
        self._top = ids
        self._place = {id: place for place, id in enumerate(ids)}

    def _exchange(self, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        """The rows between what both begin and end with."""
        same = min(len(old), len(new))
        head = next((i for i in range(same) if old[i] != new[i]), same)
        tail = next((i for i in range(same - head) if old[-1 - i] != new[-1 - i]), same - head)
        gone = set(old[head : len(old) - tail])
        if gone:
            self.beginRemoveRows(_ROOT, head, len(old) - tail - 1)
            self._levels = {path: rows for path, rows in self._levels.items() if path[0] not in gone}
            self._take(old[:head] + old[len(old) - tail :])
            self.endRemoveRows()
        if len(new) > head + tail:
            self.beginInsertRows(_ROOT, head, len(new) - tail - 1)
            self._take(new)
            self.endInsertRows()

    def _renew(self, path: Path) -> None:
        rows = self._made(path)
        known = self._levels[path]
        if [(row.kind, row.id) for row in rows] == [(row.kind, row.id) for row in known]:
            self._levels[path] = rows
            if rows:
                parent = self.index_of(path)
                self.dataChanged.emit(self.index(0, 0, parent), self.index(len(rows) - 1, 0, parent))
            return
        parent = self.index_of(path)
        deeper = [other for other in self._levels if len(other) > len(path) and other[: len(path)] == path]
        if known:
            self.beginRemoveRows(parent, 0, len(known) - 1)
            for other in deeper:
                del self._levels[other]
            self._levels[path] = []
            self.endRemoveRows()
        if rows:
            self.beginInsertRows(parent, 0, len(rows) - 1)
            self._levels[path] = rows
            self.endInsertRows()

    def _made(self, path: Path) -> list[Row]:
        faces = self._faces_of(path[:-1])
        if faces is None or faces.document.get(path[-1]) is None:
            return []
        rows = below(faces, path[-1])
        inner = inside(faces, path[-1]) if len(set(path)) == len(path) else None
        return rows + inner_rows(inner) if inner is not None else rows

    def _faces_of(self, path: Path) -> Faces | None:
        """The faces of the network inside the block that a way leads to."""
        if not path:
            return self._faces()
        if path not in self._inner:
            around = self._faces_of(path[:-1])
            made = (
                inside(around, path[-1])
                if around is not None and around.document.get(path[-1]) is not None
                else None
            )
            if made is None:
                return None
            self._inner[path] = made
        return self._inner[path]

    def node_at(self, index: Index) -> str:
        """The node whose row it is; "" for the other rows. Quick: asked of thousands of rows."""
        path = self._paths[index.internalId()]
        if not path:
            return self._top[index.row()] if index.row() < len(self._top) else ""
        row = self.row_of(index)
        return row.id if row is not None and row.kind == "node" else ""

    # -- rows ------------------------------------------------------------------------------------------------------
    def row_of(self, index: Index) -> Row | None:
        """The line at an index; None where there is none any more."""
        if not index.isValid():
            return None
        path = self._paths[index.internalId()]
        if path:
            rows = self._levels.get(path, [])
            return rows[index.row()] if index.row() < len(rows) else None
        if index.row() >= len(self._top):
            return None
        id = self._top[index.row()]
        if id not in self._nodes:
            faces = self._faces()
            if faces.document.get(id) is None:
                return None
            self._nodes[id] = node_row(faces, id)
        return self._nodes[id]

    def path_of(self, index: Index) -> Path:
        """The way to a layer's row: the blocks around it and itself; of another row, to the layer that it is below."""
        around = self._paths[index.internalId()]
        node = self.node_at(index)
        return (*around, node) if node else around

    def index_of(self, path: Path) -> QModelIndex:
        """The row of a layer; an invalid index where it is not in the outline."""
        if not path:
            return QModelIndex()
        if len(path) == 1:
            place = self._place.get(path[0])
        else:
            rows = self._levels.get(path[:-1], [])
            found = (i for i, row in enumerate(rows) if row.kind == "node" and row.id == path[-1])
            place = next(found, None)
        return QModelIndex() if place is None else self.createIndex(place, 0, self._number(path[:-1]))

    def _number(self, path: Path) -> int:
        if path not in self._numbers:
            self._numbers[path] = len(self._paths)
            self._paths.append(path)
        return self._numbers[path]

    # -- what Qt asks ----------------------------------------------------------------------------------------------
    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        if not parent.isValid():
            known = 0 <= row < len(self._top)
            return self.createIndex(row, column, 0) if known and column == 0 else QModelIndex()
        if column or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        return self.createIndex(row, 0, self._number(self.path_of(parent)))

    def parent(self, child: Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        number = child.internalId()
        return self.index_of(self._paths[number]) if number and child.isValid() else QModelIndex()

    def rowCount(self, parent: Index = _ROOT) -> int:
        if not parent.isValid():
            return len(self._top)
        if not self.node_at(parent):
            return 0
        path = self.path_of(parent)
        if path not in self._levels:
            self._levels[path] = self._made(path)
        return len(self._levels[path])

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 1

    def hasChildren(self, parent: Index = _ROOT) -> bool:
        if not parent.isValid():
            return bool(self._top)
        return not parent.internalId() or bool(self.node_at(parent))

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if not index.internalId():
            return _LAYER
        return _INNER if self.node_at(index) else _LINE

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row_of(index)
        if row is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.text
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._said(index, row, role == Qt.ItemDataRole.AccessibleDescriptionRole)
        if role == DETAIL:
            return row.detail
        if role == SEVERITY:
            return row.severity
        return _picture(row) if role == Qt.ItemDataRole.DecorationRole else None

    def _said(self, index: Index, row: Row, more: bool) -> str:
        if row.kind != "node":
            return "" if more else row.spoken
        faces = self._faces_of(self._paths[index.internalId()])
        said = node_words(faces, row.id) if faces is not None else None
        return "" if said is None else said.more if more else said.name

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row_of(index)
        if row is None or row.kind != "node" or role != Qt.ItemDataRole.EditRole:
            return False
        if str(value) == row.text:
            return False
        return self._rename(row.id, str(value)) is not None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        shown = role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal
        return tr("Layer") if shown else None


def _picture(row: Row) -> QIcon:
    if row.kind == "node":
        return _group_picture(row.group)
    if row.severity is not None and row.kind == "problem":
        name = severity_icon_name(row.severity)
        return _picture_of(name, name)
    return _picture_of("wire", "muted")


@lru_cache(maxsize=128)
def _group_picture(group: str) -> QIcon:
    return group_icon(group)


@lru_cache(maxsize=16)
def _picture_of(name: str, role: str) -> QIcon:
    return icon(name, role=role)
