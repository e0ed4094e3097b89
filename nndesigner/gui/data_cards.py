"""The cards of the data page: a source to choose, and what a worker found in each field of the data."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.data.catalogue import source
from nndesigner.data.source import Download, Source
from nndesigner.document.records import DataSource
from nndesigner.gui.cards import Choosable
from nndesigner.gui.flow import Flow
from nndesigner.gui.icons import field_icon_name
from nndesigner.gui.plain import Elided, IconLabel, label
from nndesigner.gui.previews import Bars, cell, field_preview, numbers, rows_table

CARD = QSize(250, 96)
ROLES = {"input": "input", "target": "target", "either": "input or target"}


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
        ("mnist", "image"),
        ("idx", "image"),
        ("cifar", "image"),
        ("shapes", "image"),
        ("series", "series"),
        ("sine", "series"),
        ("audio", "series"),
        ("text", "text"),
        ("fasta", "text"),
        ("csv", "table"),
        ("table", "table"),
        ("numpy", "number"),
        ("array", "number"),
    ):
        if word in words:
            return name
    return {"Points in the plane": "points", "Classic data sets": "table"}.get(entry.group, "data")


def what_was_found(record: DataSource) -> tuple[Any, ...]:
    return record.fingerprint, record.counts, record.fields, record.remarks


def addresses(record: DataSource) -> tuple[str, ...]:
    """Those that are asked first what there is, for data that only its settings name."""
    declared = source(record.type)
    return declared.asks(record.parameters) if declared is not None and declared.asks is not None else ()


def empty_page(title: str, sentence: str) -> QWidget:
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


def downloads_card(downloads: tuple[Download, ...], asked: tuple[str, ...] = ()) -> QWidget:
    """From where a source fetches what, and the checksums that it is held against. `asked` are addresses that have to
    be asked first what there is."""
    card = QFrame()
    card.setProperty("role", "card")
    card.setObjectName("data-downloads")
    box = QVBoxLayout(card)
    box.setContentsMargins(18, 14, 18, 16)
    box.setSpacing(10)
    box.addWidget(label(tr("What is fetched, and from where"), "subtitle"))
    for download in downloads:
        large = download.bytes >= 1_000_000
        size = (
            tr("{size:.1f} MB", size=download.bytes / 1e6)
            if large
            else tr("{size:.0f} KB", size=download.bytes / 1e3)
        )
        box.addWidget(label(f"{download.name}  ·  {size}", "strong"))
        words = "\n".join((*(download.address, *download.mirrors), f"SHA-256 {download.sha256}"))
        box.addWidget(label(words, "muted", wrap=True, selectable=True))
    if asked:
        box.addWidget(label("\n".join(asked), "strong", wrap=True, selectable=True))
        words = tr(
            "Only when “Fetch from the net” is on. The size and checksum of each file are asked first; what arrives is"
            " compared with them, and they are told here."
        )
        box.addWidget(label(words, "muted", wrap=True))
    return card


def remark_row(sentence: str) -> QWidget:
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
    row = Flow(12)
    row.setContentsMargins(0, 0, 0, 0)
    made.setLayout(row)
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
    elif field.kind == "class" and field.axes and isinstance(field.statistics.get("counts"), list):
        box.addWidget(Bars(field.classes, numbers(field.statistics["counts"])))
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
        sizes = " · ".join(filter(None, (sizes, tr("{n} classes", n=len(field.classes)))))
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
