"""The search for a layer or a block to add, at the cursor: type a few letters, Return adds the first one.

It is given what the catalogue offers for a place, and tells what was chosen; where it lands is decided elsewhere. What
does not fit there is found too: it is grey, says why, and cannot be taken. Favourites and what was used last lead.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QListWidgetItem, QWidget

from nndesigner.base.fields import Values
from nndesigner.base.text import tr
from nndesigner.gui.block_list import BlockEntry
from nndesigner.gui.icons import group_icon
from nndesigner.gui.palette_tree import StarRow
from nndesigner.gui.plain import tip
from nndesigner.gui.search_popup import SearchPopup, faint
from nndesigner.gui.usual_layers import UsualLayers
from nndesigner.layers.catalogue import layers, matches
from nndesigner.layers.declaration import Layer
from nndesigner.layers.fitting import Offer

WIDTH = 300
MOST_ROWS = 9
SAID = 52
"""Height of what is said below the list: three lines."""
_TYPE = Qt.ItemDataRole.UserRole
_ROW = Qt.ItemDataRole.UserRole + 1
MOST_LEADING = 3
"""of the layers that fit a place, those used last that come before the order in which the catalogue ranks them"""


class Row(msgspec.Struct, frozen=True):
    """One line of the list. `reason` says why it cannot be taken, `settings` what it would be set to."""

    type: str
    label: str
    group: str
    summary: str
    settings: str = ""
    reason: str = ""


class AddPopup(SearchPopup):
    """`chosen` carries a layer type, or a block's word of the palette. Esc and a click elsewhere close it silently."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, usual: UsualLayers | None = None) -> None:
        super().__init__(parent, width=WIDTH, most=MOST_ROWS, said=SAID, what=tr("Layers"))
        self._usual = usual or UsualLayers(self)
        self.search_field.setAccessibleName(tr("Search layers"))
        self.list.setItemDelegate(StarRow(self.list, self._usual, False))
        self._offered: tuple[Offer, ...] | None = None
        self._blocks: tuple[BlockEntry, ...] = ()
        self._fill()

    def ask(
        self,
        at: QPoint,
        offered: Sequence[Offer] | None = None,
        hint: str = "",
        text: str = "",
        blocks: Sequence[BlockEntry] = (),
    ) -> None:
        """Opens at a point of the screen. `offered` are the layers to choose from, best first; None offers all, and
        the blocks behind them."""
        self._offered = tuple(offered) if offered is not None else None
        self._blocks = tuple(blocks)
        self.search_field.setPlaceholderText(hint or tr("Add a layer"))
        if self.search_field.text() == text:
            self._fill()
        else:
            self.search_field.setText(text)
        self.open_at(at, tallest=True)
        self.search_field.deselect()
        self.search_field.end(False)

    def items(self, text: str) -> list[QListWidgetItem]:
        return [self._item(row) for row in self._found(text)]

    def nothing(self, text: str) -> str:
        return tr("No layer matches “{text}”", text=text[:30]) if text else tr("No layer fits here")

    def _found(self, text: str) -> list[Row]:
        """The rows for what was typed, in their order."""
        rank = self._usual.rank
        if self._offered is not None:
            return self._found_offered(self._offered, text)
        if text:
            found = [(far, _layer_row(entry)) for far, entry in matches(text)]
            found += self._matching_blocks(text)
            # Names that match alike: what this user reaches for first, else the order in which they were found.
            found.sort(key=lambda pair: (pair[0], rank(pair[1].type)))
            return [row for _, row in found]
        every = [_layer_row(entry) for entry in layers().values()]
        blocks = [_block_row(block) for block in self._blocks]
        reached = [row for row in (*every, *blocks) if rank(row.type) < (2, 0)]
        common = {entry.type for entry in layers().values() if entry.common}
        rest = [row for row in every if row.type in common] + blocks
        return sorted(reached, key=lambda row: rank(row.type)) + [row for row in rest if row not in reached]

    def _matching_blocks(self, text: str) -> list[tuple[int, Row]]:
        """Blocks that match what was typed, each with how far from its name, as for layers."""
        words, found = text.lower().split(), []
        for block in self._blocks:
            name, summary = block.label.lower(), block.summary.lower()
            if words and all(word in name or word in summary for word in words):
                named = all(word in name for word in words)
                far = 0 if name.startswith(words[0]) else 1 if named else 4
                found.append((far, _block_row(block)))
        return found

    def _found_offered(self, offered: Sequence[Offer], text: str) -> list[Row]:
        rank = self._usual.rank
        if not text:
            fitting = [_offer_row(offer) for offer in offered if offer.fits]
            reached = [row for row in fitting if rank(row.type) < (2, 0)]
            leading = sorted(reached, key=lambda row: rank(row.type))[:MOST_LEADING]
            rest = [row for row in fitting if row not in leading]
            return leading + rest + [_block_row(block) for block in self._blocks]
        by_type = {offer.layer.type: offer for offer in offered}
        found = [
            (far, not by_type[entry.type].fits, _offer_row(by_type[entry.type]))
            for far, entry in matches(text)
            if entry.type in by_type
        ]
        found += [(far, False, row) for far, row in self._matching_blocks(text)]
        # Of names that match alike the fitting one leads; but who types a name sees it, and why it does not fit.
        found.sort(key=lambda found: found[:2])
        return [row for _, _, row in found]

    def _item(self, row: Row) -> QListWidgetItem:
        shown = f"{row.label}   {row.settings}" if row.settings else row.label
        item = QListWidgetItem(group_icon(row.group), shown)
        item.setData(_TYPE, row.type)
        item.setData(_ROW, row)
        item.setToolTip(tip(row.reason or row.summary))
        if row.reason:
            item.setForeground(faint())
            item.setIcon(QIcon(group_icon(row.group).pixmap(self.list.iconSize(), QIcon.Mode.Disabled)))
        return item

    def words_of(self, item: QListWidgetItem) -> tuple[str, str]:
        row = _row(item)
        if row is None:
            return "", "muted"
        return (row.reason, "error") if row.reason else (row.summary, "muted")

    def take(self, item: QListWidgetItem) -> None:
        row = _row(item)
        if row is not None and not row.reason:
            self.hide()
            self.chosen.emit(row.type)
            self._usual.remember(row.type)

    def _star(self) -> None:
        """Marks the current row as a favourite, or takes the mark away; it stays current, wherever it moves to."""
        row = _row(self.list.currentItem())
        if row is None:
            return
        self._usual.toggle_favourite(row.type)
        self._fill()
        for index in range(self.list.count()):
            if (found := _row(self.list.item(index))) is not None and found.type == row.type:
                self.list.setCurrentRow(index)

    def pressed(self, event: QKeyEvent) -> bool:
        if event.text() != "*":  # no name has one
            return False
        self._star()
        return True


def _row(item: QListWidgetItem | None) -> Row | None:
    """What a line stands for; None for a line that only says something."""
    found = item.data(_ROW) if item is not None else None
    return found if isinstance(found, Row) else None


def _layer_row(entry: Layer) -> Row:
    return Row(entry.type, tr(entry.label), entry.group, tr(entry.summary))


def _offer_row(offer: Offer) -> Row:
    row = _layer_row(offer.layer)
    if offer.reason:
        return msgspec.structs.replace(row, reason=offer.reason)
    return msgspec.structs.replace(row, settings=_settings(offer.layer, offer.values))


def _block_row(block: BlockEntry) -> Row:
    return Row(block.type, block.label, "Blocks", block.summary)


def _settings(entry: Layer, values: Values) -> str:
    """Settings that a layer would get, as the row shows them: "heads 3"."""
    named = ((entry.field(name), value) for name, value in values.items())
    return " · ".join(f"{tr(f.label).lower()} {f.describe(value)}" for f, value in named if f is not None)
