"""The analysis as text: what stands in a cell, and the whole table as CSV or Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nndesigner.base.csv_text import csv_text
from nndesigner.base.shapes import Size
from nndesigner.base.text import tr
from nndesigner.check.analysis.memory import TrainingMemory
from nndesigner.check.analysis.receptive import Reaches, number
from nndesigner.check.analysis.table import Analysis, Row


def header() -> list[str]:
    return [
        tr("layer"),
        tr("type"),
        tr("output"),
        tr("parameters"),
        tr("state"),
        tr("multiply-adds"),
        tr("kept for the backward pass (bytes)"),
        tr("receptive field"),
    ]


def field_words(reaches: Reaches) -> str:
    """ "22 × 22", "22" where all is alike along one axis; "" without windows."""
    return " × ".join(number(reach.size) for reach in reaches.values())


def field_sentence(reaches: Reaches) -> str:
    """ "22 × 22, jump 4 × 4, first middle at 0.5 × 0.5" """
    return tr(
        "{size}, jump {jump}, first middle at {start}",
        size=field_words(reaches),
        jump=" × ".join(number(reach.jump) for reach in reaches.values()),
        start=" × ".join(number(reach.start) for reach in reaches.values()),
    )


def size_value(size: Size) -> int | str:
    """A whole number, or the expression where sizes are free."""
    return str(size) if size.value is None else size.value


def grouped(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value


def bytes_words(count: int) -> str:
    """ "640 B", "4.2 kB", "128 MB": decimal prefixes, as disks and drivers count."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 999.5 or unit == "TB":
            return f"{count} B" if unit == "B" else f"{value:.3g} {unit}"
        value /= 1000
    raise AssertionError


def cells(row: Row) -> list[str | int]:
    """One line of the exported table."""
    return [
        row.name,
        row.type,
        row.shape or ("" if row.known else "?"),
        row.weights,
        row.state,
        size_value(row.macs),
        size_value(row.kept),
        field_words(row.reaches),
    ]


def totals(analysis: Analysis, memory: TrainingMemory, batch: int, optimizer: str) -> list[str]:
    """The lines below the table, one sentence each."""
    lines = [
        tr("{n} parameters, all of them trainable", n=f"{analysis.weights:,}")
        if analysis.trainable == analysis.weights
        else tr(
            "{n} parameters, {some} of them trainable",
            n=f"{analysis.weights:,}",
            some=f"{analysis.trainable:,}",
        ),
        tr("{n} multiply-adds per sample", n=grouped(size_value(analysis.macs))),
    ]
    if analysis.reaches:
        lines.append(tr("receptive field {field}", field=field_sentence(analysis.reaches)))
    return [*lines, memory_sentence(memory, batch, optimizer)]


def memory_sentence(memory: TrainingMemory, batch: int, optimizer: str) -> str:
    parts = tr(
        "weights {weights}, gradients {gradients}, optimizer {optimizer}",
        weights=bytes_words(memory.weights),
        gradients=bytes_words(memory.gradients),
        optimizer=bytes_words(memory.optimizer),
    )
    if memory.total is None or memory.activations is None:
        return tr(
            "about {fixed} to train with {name}, and what is kept of each sample, whose length is free: {parts}",
            fixed=bytes_words(memory.weights + memory.gradients + memory.optimizer),
            name=optimizer,
            parts=parts,
        )
    return tr(
        "about {total} to train in batches of {batch} with {name}: {parts}, activations {activations}",
        total=bytes_words(memory.total),
        batch=f"{batch:,}",
        name=optimizer,
        parts=parts,
        activations=bytes_words(memory.activations),
    )


def to_csv(analysis: Analysis) -> str:
    """Every row, blocks opened, as CSV with a header; no totals, so that a spreadsheet can sum what it likes."""
    return csv_text(header(), [cells(row) for row in analysis.rows])


def to_markdown(analysis: Analysis, below: Sequence[str] = ()) -> str:
    """Every row as a Markdown table (GitHub's form), and the sentences `below` as a list."""
    names = header()
    right = {3, 5, 6}
    lines = [
        "| " + " | ".join(names) + " |",
        "|" + "|".join("---:" if i in right else "---" for i in range(len(names))) + "|",
    ]
    for row in analysis.rows:
        shown = [grouped(cell) if i in right else _plain(str(cell)) for i, cell in enumerate(cells(row))]
        shown[0] = "&emsp;" * row.depth + f"`{shown[0]}`"
        lines.append("| " + " | ".join(shown) + " |")
    if below:
        lines += ["", *(f"- {sentence}" for sentence in below)]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Text that Markdown takes for itself: layer names and sizes may hold anything."""
    for mark in ("\\", "|", "*", "_", "<", "[", "`"):
        text = text.replace(mark, "\\" + mark)
    return text.replace("\n", " ")


def plain_row(row: Row) -> Mapping[str, Any]:
    """A row for JSON, beyond what `summary --json` always had."""
    return {
        "parent": row.parent,
        "depth": row.depth,
        "trainable": row.trainable,
        "kept_bytes": size_value(row.kept),
        "receptive_field": {axis: number(reach.size) for axis, reach in row.reaches.items()},
    }
