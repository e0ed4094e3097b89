"""The data page: where the data comes from, its settings, reading it, and what a worker found in it.

It shows the data source's record and nothing else: no data file is opened here. Reading is asked of the session.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.data.catalogue import grouped, source
from nndesigner.data.source import Source
from nndesigner.document.records import DataSource
from nndesigner.gui.cards import Choosable, Flow
from nndesigner.gui.icons import field_icon_name, icon
from nndesigner.gui.inspector.form import Form
from nndesigner.gui.plain import Elided, IconLabel, allow, label, tip
from nndesigner.gui.previews import Bars, cell, field_preview, numbers, rows_table

if TYPE_CHECKING:
    from nndesigner.document.document import Document

CARD = QSize(250, 96)
SIDE_WIDTH = 372
ROLES = {"input": "input", "target": "target", "either": "input or target"}


class DataView(QWidget):
    """Signals: `chosen(source type)`, `entered(parameter, value)`, `reset(parameter)`, `read` and `cancelled`."""

    chosen = Signal(str)
    entered = Signal(str, object)
    reset = Signal(str)
    read = Signal()
    cancelled = Signal()

    def __init__(self, folder: Callable[[], Path | None] = lambda: None) -> None:
        super().__init__()
        self._folder = folder
        self._record: DataSource | None = None
        self._type = ""
        self.form: Form | None = None
        self._document: Document | None = None
        self._state: tuple[float, str] | str = ""
        self._made = False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.make()

    def make(self) -> None:
        """Makes the page when it is first in sight: a window opens on the network."""
        if self._made:
            return
        self._made = True
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self._side_area = self._side()
        outer.addWidget(self._side_area)
        self._results = QScrollArea()
        self._results.setWidgetResizable(True)
        outer.addWidget(self._results, 1)
        self._show_form("")
        self._side_area.hide()
        self._show_results(None)
        self.show_document(self._document)
        if isinstance(self._state, str):
            self.show_idle(self._state)
        else:
            self.show_reading(*self._state)

    # -- the side: source, settings, reading -------------------------------------------------------------------------
    def _side(self) -> QWidget:
        side = QFrame()
        side.setProperty("role", "side")
        side.setFixedWidth(SIDE_WIDTH)
        box = QVBoxLayout(side)
        box.setContentsMargins(16, 16, 16, 16)
        box.setSpacing(12)
        box.addWidget(label(tr("Where the data comes from"), "subtitle"))
        self.sources = QComboBox()
        self.sources.setAccessibleName(tr("Data source"))
        self.sources.setPlaceholderText(tr("Choose a source…"))
        self.sources.setMaxVisibleItems(30)
        for group, entries in grouped().items():
            if self.sources.count():
                self.sources.insertSeparator(self.sources.count())
            for entry in entries:
                self.sources.addItem(icon(source_icon_name(entry), role="muted"), tr(entry.label), entry.type)
                self.sources.setItemData(
                    self.sources.count() - 1, tip(tr(entry.summary)), Qt.ItemDataRole.ToolTipRole
                )
                self.sources.setItemData(
                    self.sources.count() - 1, tr(group), Qt.ItemDataRole.AccessibleDescriptionRole
                )
        self.sources.activated.connect(self._source_picked)
        box.addWidget(self.sources)
        self._summary = label(role="muted", wrap=True)
        box.addWidget(self._summary)
        self._form_area = QScrollArea()
        self._form_area.setWidgetResizable(True)
        self._form_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        box.addWidget(self._form_area, 1)
        self._sentence = label(role="error", wrap=True)
        self._sentence.setObjectName("data-sentence")
        box.addWidget(self._sentence)
        self._doing = label(role="muted", wrap=True)
        box.addWidget(self._doing)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        box.addWidget(self.bar)
        row = QHBoxLayout()
        self.read_button = QPushButton(icon("import", role="accent_text"), tr("Read the data"))
        self.read_button.setProperty("role", "primary")
        self.read_button.clicked.connect(self._read)
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.clicked.connect(self.cancelled)
        row.addWidget(self.read_button, 1)
        row.addWidget(self.cancel_button)
        box.addLayout(row)
        return side

    def _source_picked(self, index: int) -> None:
        type = self.sources.itemData(index)
        if type and type != self._type:
            self.chosen.emit(type)

    def _read(self) -> None:
        if self.form is not None:
            self.form.flush()
        self.read.emit()

    def flush(self) -> None:
        if self.form is not None:
            self.form.flush()

    # -- while a worker reads ----------------------------------------------------------------------------------------
    def show_reading(self, fraction: float, sentence: str) -> None:
        self._state = (fraction, sentence)
        if not self._made:
            return
        self._sentence.setVisible(False)
        self.bar.setVisible(True)
        self.bar.setValue(round(1000 * min(max(fraction, 0.0), 1.0)))
        self._doing.setText(sentence)
        self._doing.setVisible(bool(sentence))
        self.cancel_button.setVisible(True)
        allow(self.read_button, tr("The data is being read: wait for it, or cancel."))

    def show_idle(self, wrong: str = "") -> None:
        """Nothing is being read; `wrong` says why the last reading failed."""
        self._state = wrong
        if not self._made:
            return
        self.bar.setVisible(False)
        self._doing.setVisible(False)
        self.cancel_button.setVisible(False)
        self._sentence.setText(wrong)
        self._sentence.setVisible(bool(wrong))
        self._allow_reading()

    def _allow_reading(self) -> None:
        allow(self.read_button, "" if self._record is not None else tr("Choose the data on the left first."))

    # -- the record ----------------------------------------------------------------------------------------------------
    def show_document(self, document: Document | None) -> None:
        """Shows the data source of a document as it is now."""
        self._document = document
        if not self._made:
            return
        record = document.data if document is not None else None
        if record is not None and record is self._record:
            return
        before, self._record = self._record, record
        self._side_area.setVisible(record is not None)
        type = record.type if record is not None else ""
        if type != self._type or self.form is None:
            self._type = type
            self._show_form(type)
        if self.form is not None and record is not None:
            self.form.show_values(record.parameters)
        if record is None or before is None or _found(before) != _found(record) or before.type != record.type:
            self._show_results(record)
        if self.bar.isHidden():
            self._allow_reading()
        known = record is not None and bool(record.fields)
        self.read_button.setText(tr("Read it again") if known else tr("Read the data"))

    def _show_form(self, type: str) -> None:
        declared = source(type)
        with QSignalBlocker(self.sources):
            self.sources.setCurrentIndex(self.sources.findData(type) if type else -1)
        if declared is None:
            self._summary.setText(
                tr("This version has no data source “{type}”.", type=type)
                if type
                else tr("Choose a source to begin with.")
            )
            self.form = None
            self._form_area.setWidget(QWidget())
            return
        self._summary.setText(tr(declared.summary))
        self.form = Form(declared.parameters, folder=self._folder)
        self.form.setContentsMargins(0, 4, 8, 4)
        self.form.entered.connect(self.entered)
        self.form.reset.connect(self.reset)
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.form)
        box.addStretch(1)
        self._form_area.setWidget(holder)

    def _offer_sources(self, box: QVBoxLayout) -> None:
        """Nothing is chosen yet: every source as a card."""
        box.addWidget(label(tr("What should the network learn from?"), "title"))
        for group, entries in grouped().items():
            box.addWidget(label(tr(group), "subtitle"))
            flow = Flow(CARD)
            for entry in entries:
                card = SourceCard(entry)
                card.chosen.connect(self.chosen)
                flow.add(card)
            box.addWidget(flow)
        box.addStretch(1)

    # -- what was found ------------------------------------------------------------------------------------------------
    def _show_results(self, record: DataSource | None) -> None:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(28, 24, 28, 24)
        box.setSpacing(18)
        if record is None:
            self._offer_sources(box)
        elif not record.fields:
            words = tr(
                "Press “Read the data” to see what is in it. It is read once, and kept in the project."
            )
            box.addWidget(_empty(tr("Not read yet"), words))
        else:
            declared = source(record.type)
            box.addWidget(label(tr(declared.label) if declared is not None else record.type, "title"))
            box.addWidget(counts_row(record.counts))
            for remark in record.remarks[:20]:
                box.addWidget(_remark(remark))
            answers = sample_words(record.fields)
            for field in record.fields:
                box.addWidget(field_card(field, answers))
            box.addStretch(1)
        self._results.setWidget(page)


class SourceCard(Choosable):
    """A data source to choose."""

    chosen = Signal(str)

    def __init__(self, entry: Source) -> None:
        super().__init__("choice")
        self.type = entry.type
        self.setAccessibleName(tr(entry.label))
        self.setAccessibleDescription(tr(entry.summary))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(12)
        row.addWidget(IconLabel(source_icon_name(entry), "accent", 24), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(tr(entry.label), "strong"))
        summary = label(tr(entry.summary), "muted", wrap=True)
        summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.addWidget(summary, 1)
        row.addLayout(words, 1)

    def choose(self) -> None:
        self.chosen.emit(self.type)


def source_icon_name(entry: Source) -> str:
    """What a source looks like in lists: by what its name says it gives."""
    words = f"{entry.type} {entry.label}".lower()
    for word, name in (
        ("image", "image"),
        ("digit", "image"),
        ("text", "text"),
        ("csv", "table"),
        ("numpy", "number"),
    ):
        if word in words:
            return name
    return {"Points in the plane": "points", "Classic data sets": "table"}.get(entry.group, "data")


def _found(record: DataSource) -> tuple[Any, ...]:
    return record.fingerprint, record.counts, record.fields, record.remarks


def _empty(title: str, sentence: str) -> QWidget:
    made = QWidget()
    box = QVBoxLayout(made)
    box.setSpacing(10)
    box.addStretch(1)
    box.addWidget(IconLabel("data", "muted", 44), 0, Qt.AlignmentFlag.AlignHCenter)
    heading = label(title, "subtitle")
    box.addWidget(heading, 0, Qt.AlignmentFlag.AlignHCenter)
    words = label(sentence, "muted", wrap=True)
    words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    box.addWidget(words)
    box.addStretch(2)
    return made


def _remark(sentence: str) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    row.addWidget(IconLabel("info", "hint", 18), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(sentence, wrap=True), 1)
    return made


def counts_row(counts: dict[str, int]) -> QWidget:
    """How many samples there are, and how many in each part."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(12)
    names = (
        ("all", tr("samples")),
        ("train", tr("to train")),
        ("validation", tr("to validate")),
        ("test", tr("to test")),
    )
    for key, words in names:
        if key not in counts:
            continue
        tile = QFrame()
        tile.setProperty("role", "tile")
        box = QVBoxLayout(tile)
        box.setContentsMargins(16, 10, 16, 10)
        box.setSpacing(0)
        box.addWidget(label(f"{counts[key]:,}", "title"))
        box.addWidget(label(words, "muted"))
        row.addWidget(tile)
    row.addStretch(1)
    return made


def sample_words(fields: tuple[DataField, ...]) -> tuple[str, ...]:
    """The answers that belong to the shown samples, in their order: from the first target."""
    for field in fields:
        if field.role == "target":
            found = []
            for thumbnail in field.thumbnails:
                if "label" in thumbnail:
                    found.append(str(thumbnail["label"]))
                else:
                    values = numbers(thumbnail.get("values"))
                    found.append(", ".join(cell(value) for value in values))
            return tuple(found)
    return ()


def field_card(field: DataField, answers: tuple[str, ...]) -> QWidget:
    """One field: what it is, its samples, its statistics."""
    card = QFrame()
    card.setProperty("role", "card")
    card.setObjectName(f"data-field:{field.name}")
    box = QVBoxLayout(card)
    box.setContentsMargins(18, 14, 18, 16)
    box.setSpacing(12)
    top = QHBoxLayout()
    top.setSpacing(10)
    top.addWidget(IconLabel(field_icon_name(field), "accent", 22))
    top.addWidget(label(field.name, "subtitle"))
    top.addWidget(Elided(describe(field), "muted"), 1)
    box.addLayout(top)
    preview = field_preview(field, answers)
    if preview is not None:
        box.addWidget(
            preview, 0, Qt.AlignmentFlag.AlignLeft if field.kind == "number" else Qt.AlignmentFlag(0)
        )
    columns = field.statistics.get("columns")
    if isinstance(columns, list) and columns:
        box.addWidget(_column_table(columns))
    elif field.kind == "tokens" and isinstance(field.statistics.get("counts"), dict):
        counts = field.statistics["counts"]
        names = [repr(name)[1:-1] if name.strip() == "" else name for name in map(str, counts)]
        box.addWidget(Bars(names, numbers(list(counts.values()))))
    else:
        words = _numbers_line(field)
        if words:
            box.addWidget(label(words, "muted", wrap=True))
    return card


def describe(field: DataField) -> str:
    """`input · image · channel 1 × height 8 × width 8`."""
    sizes = " × ".join(f"{tr(meaning)} {size}" for meaning, size in field.axes)
    if field.kind == "class":
        sizes = tr("{n} classes", n=len(field.classes))
    elif field.kind == "tokens":
        sizes = f"{sizes} · {tr('{n} different tokens', n=len(field.tokens))}"
    return " · ".join(part for part in (tr(ROLES.get(field.role, field.role)), tr(field.kind), sizes) if part)


def _numbers_line(field: DataField) -> str:
    s = field.statistics
    found = []
    for key, words in (
        ("minimum", tr("lowest {value}")),
        ("maximum", tr("highest {value}")),
        ("mean", tr("mean {value}")),
        ("std", tr("standard deviation {value}")),
    ):
        if isinstance(s.get(key), int | float):
            found.append(words.format(value=f"{s[key]:.4g}"))
    missing = s.get("missing")
    if isinstance(missing, int) and missing:
        found.append(tr("{n} values missing", n=f"{missing:,}"))
    return "  ·  ".join(found)


def _column_table(columns: list[Any]) -> QWidget:
    header = [tr("Column"), tr("Kind"), tr("Lowest"), tr("Highest"), tr("Mean"), tr("Spread"), tr("Missing")]
    rows: list[list[Any]] = []
    for column in columns[:40]:
        if not isinstance(column, dict):
            continue
        kind = (
            tr("{n} categories", n=column.get("categories", "?"))
            if column.get("kind") == "category"
            else tr("number")
        )
        rows.append(
            [
                str(column.get("name", "")),
                kind,
                *(column.get(key) for key in ("minimum", "maximum", "mean", "std")),
                column.get("missing", 0) or None,
            ]
        )
    return rows_table(header, rows)
