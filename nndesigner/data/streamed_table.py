"""A table that does not fit into memory, as `tables.py` makes one that does: the same rules, the values in files.

Blocks of rows are gone through twice: once to count what is kept and missing, once to write the values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.csv_columns import MOSTLY, Column, in_order, is_missing, listed, marks_rows, meaning
from nndesigner.data.csv_rows import Cells, Rows
from nndesigner.data.date_parts import expanded
from nndesigner.data.leaks import leaks
from nndesigner.data.row_parts import split_of, splitting_position
from nndesigner.data.source import Array, Loaded
from nndesigner.data.stored import check_room, release
from nndesigner.data.streamed_rows import StreamedColumn, StreamedRows, Words
from nndesigner.data.table_remarks import (
    check_classes,
    dates_as_days,
    empty_left_out,
    empty_target,
    incomplete,
    marks_left_out,
    missing,
    none_complete,
    nothing_left,
    some,
    target_and_parts,
    target_of_texts,
    without_target,
    wrong_cells,
)
from nndesigner.data.tables import is_class_target, target_position

SUSPECTED = 100_000
"""rows by which a column is suspected to give the answer away"""
CONVICTED = 5_000_000
"""rows by which that is then checked"""


def wishes(names: list[str], values: Values, file: str) -> Mapping[int, str]:
    """What the parameters say of the columns before a row is read: see `StreamedTable`. Raises `Refusal`."""
    target = target_position(names, values["target"], file)
    splitting = splitting_position(names, values, file)
    if splitting == target:
        raise target_and_parts(names[target])
    found: dict[int, str] = {}
    for parameter, label in (
        ("leave_out", tr("Leave out")),
        ("categories", tr("Categories")),
        ("keep", tr("Keep")),
    ):
        chosen = listed(values[parameter], names, some(names), label)
        if parameter == "leave_out":
            found = {names.index(name): "skip" for name in chosen}
        elif parameter == "categories":
            found |= {names.index(name): "codes" for name in chosen}
    found.pop(target, None)
    if values["task"] == "classes":
        found[target] = "codes"
    if splitting is not None:
        found[splitting] = "texts"
    return found


@dataclass(frozen=True)
class _Understood:
    """A column of the file, as it is used."""

    position: int
    column: StreamedColumn
    kind: str
    of_text: npt.NDArray[np.float32]
    names: tuple[str, ...] = ()

    def values(self, block: int, words: Words) -> npt.NDArray[np.float32]:
        return self.column.values(block, words[self.position], self.of_text)


def table_in_files(
    rows: StreamedRows,
    remarks: tuple[str, ...],
    values: Values,
    file: str,
    folder: Path,
    progress: Progress,
) -> Loaded:
    """As `tables.table_from`, with the arrays in `.npy` files of `folder`. Raises `Refusal` as that does."""
    said = list(remarks)
    names = [column.name for column in rows.columns]
    about = Rows((), rows.lines, rows.delimiter, (), rows.of_lines)
    target = target_position(names, values["target"], file)
    splitting = splitting_position(names, values, file)
    goal, classes = _target(rows, target, values, about, file, said)
    aside = {target} | ({splitting} if splitting is not None and values["split_by"] != "time" else set())
    inputs = _inputs(rows, aside, values, about, file, said)
    kept = _kept(rows, goal, classes, inputs, values, said, span(progress, 0.0, 0.2))

    if classes:
        # Of the rows kept: a class that stands only in rows left out is none.
        there = {text for text, n in zip(goal.column.texts, kept.of_text, strict=True) if n}
        class_names = in_order({t for t in there if not is_missing(t)}, rows.delimiter)
        check_classes(class_names, kept.rows, goal.column.name)
        code = {name: position for position, name in enumerate(class_names)}
        codes = np.array([code.get(text, -1) for text in goal.column.texts], np.int64)
        answer = DataField(
            name=goal.column.name, role="target", kind="class", element="int", classes=class_names
        )
    else:
        codes = np.zeros(0, np.int64)
        answer = DataField(
            name=goal.column.name,
            role="target",
            kind="number",
            element="float",
            axes=(("feature", 1),),
            columns=(goal.column.name,),
        )
    hours = _with_hours(rows, inputs) if values["dates"] == "calendar" else set()
    columns = _columns(inputs, values["dates"] == "calendar", hours)
    table = DataField(
        name="table" if answer.name != "table" else "row",
        role="input",
        kind="table",
        element="float",
        axes=(("feature", len(columns)),),
        columns=tuple(name for name, _ in columns),
    )
    check_room(
        kept.rows * (4 * len(columns) + 8),
        folder,
        tr("The values of {file}", file=file),
        tr("leave columns out, or make room"),
    )
    x: Array = np.lib.format.open_memmap(folder / "inputs.npy", "w+", np.float32, (kept.rows, len(columns)))
    y: Array = np.lib.format.open_memmap(
        folder / "targets.npy",
        "w+",
        np.int64 if classes else np.float32,
        (kept.rows,) if classes else (kept.rows, 1),
    )
    at = 0
    report = span(progress, 0.2, 0.9)
    for block, first, words in rows.blocks():
        if block % 16 == 0:
            report(first / len(rows), tr("Writing {n:,} rows", n=kept.rows))
            release(x)
            release(y)
        chosen = kept.mask[first : first + words.shape[1]]
        n = int(chosen.sum())
        made = _block(inputs, block, words, values["dates"] == "calendar", hours)
        x[at : at + n] = np.stack(made, axis=1)[chosen]
        if classes:
            y[at : at + n] = codes[words[target].view(np.int32)][chosen]
        else:
            y[at : at + n, 0] = goal.values(block, words)[chosen]
        at += n
    release(x)
    release(y)
    said += _leaks(inputs, columns, x, answer.name, y)
    progress(1.0, tr("{n:,} rows", n=kept.rows))
    return Loaded(
        fields=(table, answer),
        arrays={table.name: x, answer.name: y},
        remarks=tuple(said),
        categories={table.name: {i: c.names for i, (_, c) in enumerate(columns) if c.kind == "category"}},
        in_order=values["in_order"] and splitting is None,
        **_parts(rows, splitting, about, kept.mask, values, file),
    )


# -- understanding -----------------------------------------------------------------------------------------------------
def _target(
    rows: StreamedRows, position: int, values: Values, about: Rows, file: str, remarks: list[str]
) -> tuple[_Understood, bool]:
    column = rows.columns[position]
    category = values["task"] == "classes"
    goal = _understood(rows, position, values, category=category, keep=True, most_categories=0)
    if goal.kind == "empty":
        raise empty_target(column.name)
    if column.changed is not None and (category or goal.kind == "mark"):
        raise Refusal(
            tr(
                "The target “{name}” has more than {n:,} different values, too many for classes: choose another target,"
                " or set the task to “predict a number”.",
                name=column.name,
                n=len(column.texts) or column.present,
            )
        )
    known = goal.of_text[column.counts > 0]
    known = known[~np.isnan(known)]
    number = column.good if column.changed is not None else int(column.counts[~np.isnan(goal.of_text)].sum())
    classes = is_class_target(column.name, goal.kind, np.unique(known), number, values["task"], remarks)
    if not classes and goal.kind == "category":
        raise target_of_texts(column.name, goal.names[0])
    if not classes:
        advice = tr("set the task to “tell classes apart”")
        _tell_wrong(rows, goal, about, values["wrong_cells"], file, advice, remarks)
    return goal, classes


def _inputs(
    rows: StreamedRows, aside: set[int], values: Values, about: Rows, file: str, remarks: list[str]
) -> list[_Understood]:
    names = [column.name for column in rows.columns]
    out, category, keep = (
        listed(values[parameter], names, some(names), label)
        for parameter, label in (
            ("leave_out", tr("Leave out")),
            ("categories", tr("Categories")),
            ("keep", tr("Keep")),
        )
    )
    inputs: list[_Understood] = []
    marks: list[str] = []
    for position, name in enumerate(names):
        if position in aside or name in out:
            continue
        found = _understood(
            rows,
            position,
            values,
            category=name in category,
            keep=name in keep,
            most_categories=values["most_categories"],
        )
        if found.kind == "mark" and found.column.changed is not None and (name in category or name in keep):
            raise Refusal(
                tr(
                    "The column “{name}” of {file} has too many different values for categories: leave it out.",
                    name=name,
                    file=file,
                )
            )
        if found.kind == "mark":
            marks.append(f"“{name}”")
        elif found.kind == "empty":
            remarks.append(empty_left_out(name))
        else:
            advice = tr("name the column under “Categories”")
            _tell_wrong(rows, found, about, values["wrong_cells"], file, advice, remarks)
            inputs.append(found)
            if found.kind == "date" and values["dates"] == "days":
                remarks.append(dates_as_days(name))
    if marks:
        remarks.append(marks_left_out(marks))
    if not inputs:
        raise nothing_left(file, remarks)
    return inputs


def _understood(
    rows: StreamedRows, position: int, values: Values, *, category: bool, keep: bool, most_categories: int
) -> _Understood:
    column = rows.columns[position]
    if column.changed is None:
        said = meaning(
            column.texts,
            column.counts,
            rows.delimiter,
            category=category,
            keep=keep,
            most_categories=most_categories,
        )
        kind = said.kind
        if said.doubtful and column.counts.max() == 1:
            # Each text in one row, and not more of them than have codes: they fit into memory.
            spread = said.values[rows.codes(position)]
            kind = "mark" if marks_rows(column.name, spread, position == 0) else kind
        return _Understood(position, column, kind, said.values.astype(np.float32), said.names)
    how = column.read_as
    mostly = how is not None and column.good >= MOSTLY * column.present
    if how is None or not mostly or category or (column.marks and not keep):
        return _Understood(position, column, "mark", np.zeros(len(column.texts), np.float32))
    of_text = np.array([how.value(text) for text in column.texts], np.float32)
    return _Understood(position, column, how.kind, of_text)


def _tell_wrong(
    rows: StreamedRows, found: _Understood, about: Rows, how: str, file: str, advice: str, remarks: list[str]
) -> None:
    column = found.column
    if found.kind not in ("number", "date"):
        return
    wrong = np.isnan(found.of_text) & ~np.array([is_missing(text) for text in column.texts], bool)
    number = column.wrong if column.changed is not None else int(column.counts[wrong].sum())
    if not number:
        return
    first = column.first_wrong
    if np.any(wrong):  # among the first rows, which have codes
        first = rows.first_with(found.position, wrong)
    wrong_cells(column.name, found.kind, number, first, about, how, file, advice, remarks)


# -- rows --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Kept:
    mask: npt.NDArray[np.bool_]
    rows: int
    of_text: npt.NDArray[np.int64]
    """in how many rows kept each text of the target stands"""


def _kept(
    rows: StreamedRows,
    goal: _Understood,
    classes: bool,
    inputs: list[_Understood],
    values: Values,
    remarks: list[str],
    progress: Progress,
) -> _Kept:
    """Which rows are kept, and remarks on the others and on what is missing in those."""
    named = ~np.array([is_missing(text) for text in goal.column.texts], bool)
    mask = np.ones(len(rows), bool)
    of_text = np.zeros(len(goal.column.texts), np.int64)
    answered = 0
    lacking = np.zeros(len(inputs), np.int64)
    drop = values["fill"] == "drop"
    for block, first, words in rows.blocks():
        if block % 16 == 0:
            progress(first / len(rows), tr("Counting {n:,} rows", n=len(rows)))
        chosen = (
            named[words[goal.position].view(np.int32)] if classes else ~np.isnan(goal.values(block, words))
        )
        answered += int(chosen.sum())
        empty = [np.isnan(one.values(block, words)) for one in inputs]
        if drop:
            chosen = chosen & ~np.logical_or.reduce(empty)
        mask[first : first + len(chosen)] = chosen
        lacking += [int((one & chosen).sum()) for one in empty]
        if classes:
            codes = words[goal.position].view(np.int32)[chosen]
            of_text += np.bincount(codes, minlength=len(of_text))
    kept = int(mask.sum())
    if answered < len(rows):
        remarks.append(without_target(len(rows) - answered, len(rows), goal.column.name))
    if kept < answered:
        remarks.append(incomplete(answered - kept, len(rows)))
    if not kept:
        raise none_complete()
    for one, n in zip(inputs, lacking.tolist(), strict=True):
        if n:
            remarks.append(missing(one.column.name, one.kind, n, kept, values["fill"]))
    return _Kept(mask, kept, of_text)


def _parts(
    rows: StreamedRows,
    splitting: int | None,
    about: Rows,
    mask: npt.NDArray[np.bool_],
    values: Values,
    file: str,
) -> dict[str, Any]:
    if splitting is None:
        return {}
    column = rows.columns[splitting]
    cells = Cells(column.name, column.texts, rows.codes(splitting))
    return split_of(cells, about, np.flatnonzero(mask).astype(np.int64), values["split_by"], file)


# -- values ------------------------------------------------------------------------------------------------------------
def _with_hours(rows: StreamedRows, inputs: list[_Understood]) -> set[int]:
    """The positions of the dates that have a time of day in some row."""
    found: set[int] = set()
    dates = [one for one in inputs if one.kind == "date"]
    for block, _, words in rows.blocks():
        for one in dates:
            if one.position not in found:
                days = one.values(block, words)
                if np.any(days[~np.isnan(days)] % 1 != 0):
                    found.add(one.position)
    return found


def _expanded(one: _Understood, days: npt.NDArray[np.float32], hours: bool) -> Iterator[Column]:
    """The columns that a date becomes."""
    made = expanded(Column(one.column.name, "date", np.append(days, np.float32(0.5 if hours else 0.0))))
    return (Column(c.name, c.kind, c.values[:-1]) for c in made)


def _columns(inputs: list[_Understood], calendar: bool, hours: set[int]) -> list[tuple[str, _Understood]]:
    none = np.zeros(0, np.float32)
    return [
        (name, one)
        for one in inputs
        for name in (
            [c.name for c in _expanded(one, none, one.position in hours)]
            if calendar and one.kind == "date"
            else [one.column.name]
        )
    ]


def _block(
    inputs: list[_Understood], block: int, words: Words, calendar: bool, hours: set[int]
) -> list[npt.NDArray[np.float32]]:
    made: list[npt.NDArray[np.float32]] = []
    for one in inputs:
        values = one.values(block, words)
        if calendar and one.kind == "date":
            # Hours are looked for in the rows of a block, and may be absent there: they were found in all of them.
            made += [c.values for c in _expanded(one, values, one.position in hours)]
        else:
            made.append(values)
    return made


def _leaks(
    inputs: list[_Understood], columns: list[tuple[str, _Understood]], x: Array, goal: str, y: Array
) -> list[str]:
    """As `leaks` says it; a column is first suspected by some rows."""
    names = [name for name, _ in columns]
    suspects: list[Column] = []
    some_rows = _spread(len(x), SUSPECTED)
    many_rows = _spread(len(x), CONVICTED)
    sample, answers = x[some_rows], y[some_rows]
    for one in inputs:
        place = names.index(one.column.name)
        if leaks([Column(one.column.name, one.kind, sample[:, place])], goal, answers):
            suspects.append(Column(one.column.name, one.kind, np.array(x[many_rows, place])))
            release(x)
    return leaks(suspects, goal, np.array(y[many_rows])) if suspects else []


def _spread(n: int, most: int) -> npt.NDArray[np.int64]:
    return np.arange(0, n, max(1, -(-n // most)), dtype=np.int64)
