"""The data page: where the data comes from, its settings, reading it, and what a worker found in it.

It shows the data source's record and nothing else: no data file is opened here. Reading is asked of the session.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from nndesigner.augmentations.catalogue import is_on
from nndesigner.base.fields import Field
from nndesigner.base.text import tr
from nndesigner.data.catalogue import grouped, source
from nndesigner.document.records import DataSource
from nndesigner.gui.cards import Flow
from nndesigner.gui.data_cards import (
    CARD,
    SourceCard,
    addresses,
    counts_row,
    downloads_card,
    empty_page,
    field_card,
    remark_row,
    sample_words,
    source_icon_name,
    what_was_found,
)
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.code_editor import CodeEditor
from nndesigner.gui.inspector.form import Form
from nndesigner.gui.plain import allow, label, tip

if TYPE_CHECKING:
    from nndesigner.document.document import Document

SIDE_WIDTH = 372


class DataView(QWidget):
    """Signals: `chosen(source type)`, `entered(parameter, value)`, `reset(parameter)`, `read` and `cancelled`; of a
    source that is code of the user's own, `trusted(text)` and `read_wanted`."""

    chosen = Signal(str)
    entered = Signal(str, object)
    reset = Signal(str)
    read = Signal()
    cancelled = Signal()
    trusted = Signal(str)
    read_wanted = Signal()

    def __init__(
        self,
        folder: Callable[[], Path | None] = lambda: None,
        augmentation: Callable[[], QWidget] = QWidget,
    ) -> None:
        """`augmentation` makes the page of the augmentation, when it is first looked at."""
        super().__init__()
        self._folder = folder
        self._make_augmentation = augmentation
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
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        around.addWidget(self.tabs)
        self.tabs.show()  # at once, not with the next turn of the event loop
        found, self._augmentation_place = QWidget(), QWidget()
        QVBoxLayout(self._augmentation_place).setContentsMargins(0, 0, 0, 0)
        self.tabs.addTab(found, tr("Samples"))
        self.tabs.addTab(self._augmentation_place, tr("Augmentation"))
        self.tabs.setTabToolTip(1, tip(tr("Random changes of training samples: crops, turns, noise, mixing")))
        self.tabs.currentChanged.connect(self._tab_shown)
        outer = QHBoxLayout(found)
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

    def _tab_shown(self, index: int) -> None:
        layout = self._augmentation_place.layout()
        if index == 1 and layout is not None and not layout.count():
            made = self._make_augmentation()
            layout.addWidget(made)
            made.show()  # at once, not with the next turn of the event loop

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

    def show_trust(self) -> None:
        """What may run has changed."""
        for row in self.form.rows.values() if self.form is not None else ():
            if isinstance(row.editor, CodeEditor):
                row.editor.look_again()

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
        self._count_steps(document)
        if record is not None and record is self._record:
            return
        before, self._record = self._record, record
        self._side_area.setVisible(record is not None)
        self.tabs.tabBar().setVisible(record is not None)
        # The widget hands the keyboard to its bar: while that is hidden, Tab would end here.
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus if record is not None else Qt.FocusPolicy.NoFocus)
        if record is None:
            self.tabs.setCurrentIndex(0)
        type = record.type if record is not None else ""
        declared = source(type)
        fields = declared.fields(record.parameters) if declared is not None and record is not None else ()
        if type != self._type or self.form is None or fields != self.form.fields:
            self._type = type
            self._show_form(type, fields)
        if self.form is not None and record is not None:
            self.form.show_values(record.parameters)
        if (
            record is None
            or before is None
            or what_was_found(before) != what_was_found(record)
            or before.type != record.type
            or addresses(before) != addresses(record)
        ):
            self._show_results(record)
        if self.bar.isHidden():
            self._allow_reading()
        known = record is not None and bool(record.fields)
        self.read_button.setText(tr("Read it again") if known else tr("Read the data"))

    def _count_steps(self, document: Document | None) -> None:
        steps = document.plan.augmentation if document is not None and document.plan is not None else ()
        on = sum(map(is_on, steps))
        self.tabs.setTabText(1, tr("Augmentation ({n})", n=on) if on else tr("Augmentation"))

    def _show_form(self, type: str, fields: tuple[Field, ...] = ()) -> None:
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
        before = self.form
        same = before is not None and before.isVisible() and "code" in before.rows
        focused = self.focusWidget()
        typing = (
            before.isAncestorOf(focused) if same and before is not None and focused is not None else False
        )
        self.form = Form(fields or declared.parameters, folder=self._folder)
        self.form.setContentsMargins(0, 4, 8, 4)
        self.form.entered.connect(self.entered)
        self.form.reset.connect(self.reset)
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.form)
        box.addStretch(1)
        for row in self.form.rows.values():
            if isinstance(row.editor, CodeEditor):
                row.editor.trusted.connect(self.trusted)
                row.editor.read_wanted.connect(self.read_wanted)
        old = self._form_area.takeWidget()
        if old is not None:
            old.deleteLater()  # later: one of its buttons may be what was pressed
        self._form_area.setWidget(holder)
        if before is not None and same:
            self.form.open_more(before.more_opened)
            if typing:
                self.form.focus("code")

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
            box.addWidget(empty_page(tr("Not read yet"), words))
            declared = source(record.type)
            if declared is not None and declared.fetches:
                box.addWidget(downloads_card(declared.downloads, addresses(record)))
        else:
            declared = source(record.type)
            box.addWidget(label(tr(declared.label) if declared is not None else record.type, "title"))
            box.addWidget(counts_row(record.counts))
            for remark in record.remarks[:20]:
                box.addWidget(remark_row(remark))
            answers = sample_words(record.fields)
            for field in record.fields:
                box.addWidget(field_card(field, answers))
            box.addStretch(1)
        had_keyboard = (
            self._results.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        )
        self._results.setWidget(page)
        if had_keyboard:  # what was pressed is gone with the page: the keyboard goes on at the side
            self.sources.setFocus(Qt.FocusReason.OtherFocusReason)
