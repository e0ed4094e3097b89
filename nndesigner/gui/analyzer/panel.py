"""The analyzer panel: the table of what every layer costs, totals, and the memory that training would take.

It shows the session's checked network. Rows and the canvas select the same layers, and heavy layers can be marked
there; both are asked by signals.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QGuiApplication, QHideEvent, QKeyEvent, QKeySequence, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.text import tr
from nndesigner.check.analysis.table import Analysis, Row, analyze
from nndesigner.check.analysis.writing import (
    bytes_words,
    cells,
    field_words,
    grouped,
    header,
    memory_sentence,
    size_value,
    to_csv,
    to_markdown,
    totals,
)
from nndesigner.document.plan import PLAN_FIELDS, plan_values
from nndesigner.document.records import Node
from nndesigner.gui.analyzer.model import FIELD, HEAVY, NAME, SHARE, STATE, AnalysisModel
from nndesigner.gui.analyzer.widths import Widths
from nndesigner.gui.dialogs import tell
from nndesigner.gui.plain import Elided, icon_button, label, set_tip
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import theme_changed

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.session.session import Session

PAUSE_MS = 120
"""After an edit: whoever types a number does not wait for the table at every digit."""
WIDTHS = (118, 110, 128, 92, 104, 118, 108, 76)
ROOM = 12
"""above and below the text of a row, together"""
BAR, LEAST_SHARE = 3.0, 0.005
MOST_BATCH = 10_000_000


class AnalyzerPanel(QWidget):
    """`chosen(ids)` asks to select these nodes on the canvas, `entered(trail, id)` to look into blocks and select one;
    `marked(shares)` carries what is heavy there, by node."""

    chosen = Signal(object)
    entered = Signal(object, str)
    marked = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._own_batch: int | None = None
        self._following = False
        self._stale = True
        self.analysis = Analysis(())
        self.model = AnalysisModel(self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._table(), 1)
        outer.addLayout(self._bar())
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.refresh)
        self._leave = [
            session.checked_changed.connect(self._changed),
            session.changed.connect(lambda _: self._changed()),
            session.editing.replaced.connect(self._replaced),
            theme_changed.connect(lambda _: self.table.viewport().update()),
        ]

    def close_down(self) -> None:
        """Listens to nothing any more."""
        self._pause.stop()
        for leave in self._leave:
            leave()
        self._leave = []

    # -- building ------------------------------------------------------------------------------------------------------
    def _table(self) -> QTreeView:
        self.table = QTreeView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(tr("What every layer costs"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAllColumnsShowFocus(True)
        self.table.setUniformRowHeights(True)
        self.table.setItemDelegate(_Cells(self.table))
        self.table.setIndentation(16)
        heads = self.table.header()
        heads.setSortIndicatorClearable(True)
        heads.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSortingEnabled(True)
        heads.setStretchLastSection(True)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._widths = Widths(self.table, self.model, dict(enumerate(WIDTHS)))
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.table.doubleClicked.connect(self._opened_row)
        return self.table

    def _bar(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(10, 5, 8, 5)
        row.setSpacing(8)
        self.totals = Elided()
        row.addWidget(self.totals, 3)
        words = label(tr("Batch"), "muted")
        row.addWidget(words)
        self.batch = QSpinBox()
        self.batch.setRange(1, MOST_BATCH)
        self.batch.setAccessibleName(tr("Batch size for the estimate of memory"))
        self.batch.setFixedWidth(92)
        self.batch.lineEdit().setTextMargins(6, 0, 0, 0)
        set_tip(self.batch, tr("Samples per step that the memory is estimated for; the plan stays as it is"))
        self.batch.valueChanged.connect(self._batch_entered)
        words.setBuddy(self.batch)
        row.addWidget(self.batch)
        self.memory = label()
        row.addWidget(self.memory)
        self.mark_button = icon_button("speed", tr("Mark heavy layers"))
        set_tip(
            self.mark_button,
            tr("Tint the layers on the canvas that have most of the parameters or operations"),
        )
        self.mark_button.setCheckable(True)
        self.mark_button.toggled.connect(self._mark)
        self.copy_button = icon_button("copy", tr("Copy the table"))
        self.copy_button.clicked.connect(lambda: self.copy(self.analysis.rows))
        self.export_button = icon_button("export", tr("Export the table"))
        menu = QMenu(self.export_button)
        self.csv_action = menu.addAction(tr("CSV, for a spreadsheet…"), lambda: self._save("csv"))
        self.markdown_action = menu.addAction(tr("Markdown, for a text…"), lambda: self._save("md"))
        self.export_button.setMenu(menu)
        self.export_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for button in (self.mark_button, self.copy_button, self.export_button):
            row.addWidget(button)
        return row

    # -- what is shown -------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Analyzes what was checked last; what is selected and open stays so."""
        self._pause.stop()
        self._stale = False
        checked = self._session.whole
        self.analysis = analyze(checked) if checked is not None else Analysis(())
        opened = self._opened()
        self._following = True
        self.model.show_analysis(self.analysis)
        self._widths.fit()
        for key in opened:
            self.table.expand(self.model.index_of(key))
        self._following = False
        self.table.setColumnHidden(FIELD, not self.analysis.reaches)
        usual = ("", tr("trainable"))
        self.table.setColumnHidden(STATE, all(row.state in usual for row in self.analysis.rows))
        self._show_plan()
        self._mark(self.mark_button.isChecked())

    def _opened(self) -> list[str]:
        return [
            row.key
            for row in self.analysis.rows
            if row.block and self.table.isExpanded(self.model.index_of(row.key))
        ]

    def _show_plan(self) -> None:
        plan, _ = plan_values(self._session.document)
        batch = self._own_batch or int(plan["batch_size"])
        self.batch.blockSignals(True)
        self.batch.setValue(batch)
        self.batch.blockSignals(False)
        analysis = self.analysis
        parts = [
            tr("{n} parameters", n=f"{analysis.weights:,}")
            if analysis.trainable == analysis.weights
            else tr(
                "{n} parameters, {some} trainable", n=f"{analysis.weights:,}", some=f"{analysis.trainable:,}"
            ),
            tr("{n} multiply-adds", n=grouped(analysis.in_data(analysis.macs) or size_value(analysis.macs))),
        ]
        if analysis.reaches:
            parts.append(tr("receptive field {field}", field=field_words(analysis.reaches)))
        self.totals.setText(" · ".join(parts))
        memory = analysis.memory(batch, plan)
        sentence = memory_sentence(memory, batch, self._optimizer())
        known = memory.total
        self.memory.setText(
            tr("≈ {total} to train", total=bytes_words(known))
            if known is not None
            else tr("a length is free")
        )
        set_tip(self.memory, sentence[0].upper() + sentence[1:] + ".")
        self.memory.setAccessibleDescription(sentence)

    def _optimizer(self) -> str:
        plan, _ = plan_values(self._session.document)
        return next(f for f in PLAN_FIELDS if f.name == "optimizer").describe(plan["optimizer"])

    def _batch_entered(self, batch: int) -> None:
        self._own_batch = batch
        self._show_plan()

    # -- news ----------------------------------------------------------------------------------------------------------
    def _changed(self) -> None:
        self._stale = True
        if self.isVisible() or self.mark_button.isChecked():
            self._pause.start()

    def _replaced(self) -> None:
        self._own_batch = None
        self._changed()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not self.mark_button.isChecked():
            self._pause.stop()

    def _mark(self, on: bool) -> None:
        if on and self._stale:
            self.refresh()  # comes back here
            return
        here = {row.key: row.node for row in self.analysis.top}
        self.marked.emit({here[key]: share for key, share in self.analysis.heavy.items()} if on else {})

    # -- selection -----------------------------------------------------------------------------------------------------
    def _selected(self, *_: QItemSelection) -> None:
        if not self._following:
            self.chosen.emit(list(dict.fromkeys(self._on_canvas(row) for row in self.selected_rows())))

    def _on_canvas(self, row: Row) -> str:
        """The node of the network that is looked at that a row stands in: the row's own, or a block around it; of what
        is elsewhere the node of the main network."""
        nodes, trail = chain(row), self._session.editing.trail
        inside = nodes[: len(trail)] == trail and len(nodes) > len(trail)
        return nodes[len(trail)] if inside else nodes[0]

    @property
    def _here(self) -> list[Row]:
        """The rows of the network that is looked at, a block's in its first repetition."""
        trail = self._session.editing.trail
        place = "".join(f"{id}/0/" for id in trail)
        return [r for r in self.analysis.rows if r.key.startswith(place) and chain(r)[:-1] == trail]

    def _opened_row(self, index: QModelIndex) -> None:
        row = self.model.row_at(index)
        if not row.block:
            self.entered.emit(chain(row)[:-1], row.node)

    def selected_rows(self) -> list[Row]:
        return [self.model.row_at(index) for index in self.table.selectionModel().selectedRows(NAME)]

    def show_selection(self, ids: Iterable[str]) -> None:
        """Selects the rows of these nodes, unless rows of them (or of parts of them) are selected already."""
        wanted = set(ids)
        if {self._on_canvas(row) for row in self.selected_rows()} == wanted & {
            row.node for row in self._here
        }:
            return
        selection, first = QItemSelection(), QModelIndex()
        for row in self._here:
            if row.node in wanted:
                index = self.model.index_of(row.key)
                selection.select(index, self.model.index_of(row.key, STATE))
                first = first if first.isValid() else index
        self._following = True
        self.table.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if first.isValid():
            self.table.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.table.scrollTo(first)
        self._following = False

    # -- taking it elsewhere -------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy(self.selected_rows() or self.analysis.rows)
            return
        super().keyPressEvent(event)

    def copy(self, rows: Iterable[Row]) -> None:
        """Puts rows on the clipboard, cells parted by tabs, as spreadsheets take them."""
        lines = [header(), *([str(cell) for cell in cells(row)] for row in rows)]
        QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))

    def as_text(self, form: str) -> str:
        """The whole table as "csv" or "md"."""
        if form == "csv":
            return to_csv(self.analysis)
        plan, _ = plan_values(self._session.document)
        batch = self.batch.value()
        below = totals(self.analysis, self.analysis.memory(batch, plan), batch, self._optimizer())
        return to_markdown(self.analysis, below)

    def _save(self, form: str) -> None:
        kinds = {"csv": tr("Table (*.csv)"), "md": tr("Markdown (*.md)")}
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Export the table"), f"analysis.{form}", kinds[form])
        if not chosen:
            return
        path = Path(chosen)
        try:
            write_atomically(
                path if path.suffix else path.with_name(f"{path.name}.{form}"), self.as_text(form).encode()
            )
        except WriteError as error:
            tell(self, tr("The file could not be written"), str(error))


class _Cells(QStyledItemDelegate):
    """Cells with numbers have a bar at the bottom: their share of the whole, stronger where the layer is heavy."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(40, option.fontMetrics.height() + ROOM)  # type: ignore[attr-defined]

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        share = index.data(SHARE)
        if not isinstance(share, float) or share < LEAST_SHARE:
            return
        theme = shown_theme()
        color = QColor(theme.warning if index.data(HEAVY) else theme.wire)
        color.setAlphaF(0.9 if index.data(HEAVY) else 0.5)
        box = QRectF(option.rect).adjusted(8, 0, -12, -2)  # type: ignore[attr-defined]
        wide = max(1.0, box.width() * min(share, 1.0))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(QRectF(box.right() - wide, box.bottom() - BAR, wide, BAR), BAR / 2, BAR / 2)
        painter.restore()


def chain(row: Row) -> tuple[str, ...]:
    """Ids of the blocks around a row's node, outermost first, and of the node itself."""
    return tuple(row.key.split("/")[::2])


def make(desk: Desk) -> AnalyzerPanel:
    """The panel on a window's desk, joined to its canvas."""
    panel = AnalyzerPanel(desk.session)
    canvas = desk.home_canvas

    def select(ids: list[str]) -> None:
        document = desk.session.document
        if ids and not any(id in desk.canvas.arrays.index for id in ids):
            desk.session.editing.show_network(document.main.id)
        desk.canvas.select(ids)
        if len(ids) == 1:
            desk.show_node(ids[0])

    def enter(trail: tuple[str, ...], node: str) -> None:
        record = desk.session.document.get(node)
        if isinstance(record, Node):
            desk.window.show_page("network")
            desk.session.editing.show_network(record.network, trail)
            desk.canvas.select([node])
            desk.show_node(node)

    panel.chosen.connect(select)
    panel.entered.connect(enter)
    panel.marked.connect(canvas.set_shares)
    panel.mark_button.toggled.connect(lambda _: desk.window.actions_.refresh())
    canvas.selectionChanged.connect(panel.show_selection)
    panel.refresh()
    panel.show_selection(desk.canvas.selection)
    return panel
