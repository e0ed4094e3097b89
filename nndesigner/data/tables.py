"""A table, from whatever file: columns typed by what they hold, one of them the target, and how its rows are split.

The reading stands in `csv_rows.py` and its neighbours, the understanding of a column in `csv_columns.py`; here is what
becomes of them. Each kind of file is declared in a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import BoolField, ChoiceField, Field, IntField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.csv_columns import MISSING, Column, class_names, listed, understand
from nndesigner.data.csv_rows import Cells, Rows
from nndesigner.data.date_parts import expanded
from nndesigner.data.leaks import leaks
from nndesigner.data.preparation import FILL, PREPARATION, TARGET_PREPARATION
from nndesigner.data.row_parts import SPLIT_BY, SPLIT_COLUMN, split_of, splitting_column
from nndesigner.data.source import Array, Loaded
from nndesigner.data.splits import SPLIT_FIELDS
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
    whole_numbers_as_classes,
    without_target,
    wrong_cells,
)

FEW_WHOLE_NUMBERS = 20
"""A target of at most so many different whole numbers, each often, is read as classes."""


def table_from(rows: Rows, values: Values, file: str, progress: Progress) -> Loaded:
    """The rows as inputs and target, as the parameters in TABLE_FIELDS say. `file` names them in sentences.

    Raises `Refusal` naming the place of whatever is wrong.
    """
    remarks = list(rows.remarks)
    names = [cells.name for cells in rows.columns]
    target = target_position(names, values["target"], file)
    goal = rows.columns[target]
    splitting = splitting_column(rows, values, file)
    if splitting is goal:
        raise target_and_parts(goal.name)
    column, classes, present = _understand_target(goal, rows, values, file, remarks)
    aside = {target}
    if splitting is not None and values["split_by"] != "time":
        aside.add(names.index(splitting.name))
    inputs = _input_columns(rows, aside, values, file, remarks, progress)
    kept = _kept_rows(present, inputs, values["fill"] == "drop", remarks)
    for c in inputs:
        lacking = int(np.isnan(c.values[kept]).sum())
        if lacking:
            remarks.append(missing(c.name, c.kind, lacking, len(kept), values["fill"]))
    answer, answers = _target_field(goal, column, classes, kept, rows.delimiter)
    remarks += leaks([replace(c, values=c.values[kept]) for c in inputs], goal.name, answers)
    if values["dates"] == "calendar":
        inputs = [made for c in inputs for made in (expanded(c) if c.kind == "date" else [c])]

    table = DataField(
        name="table" if goal.name != "table" else "row",
        role="input",
        kind="table",
        element="float",
        axes=(("feature", len(inputs)),),
        columns=tuple(column.name for column in inputs),
    )
    return Loaded(
        fields=(table, answer),
        arrays={table.name: np.stack([c.values[kept] for c in inputs], axis=1), answer.name: answers},
        remarks=tuple(remarks),
        categories={table.name: {i: c.names for i, c in enumerate(inputs) if c.kind == "category"}},
        in_order=values["in_order"] and splitting is None,
        **split_of(splitting, rows, kept, values["split_by"], file),
    )


def column_target(
    rows: Rows, position: int, values: Values, file: str, remarks: list[str]
) -> tuple[npt.NDArray[np.bool_], Callable[[npt.NDArray[np.int64]], tuple[DataField, Array]]]:
    """The rows that have an answer in that column, and a function from the rows kept to the target's field and array.

    `values` has “task”; a wrong cell is refused. For sources whose inputs are not columns.
    """
    goal = rows.columns[position]
    column, classes, present = _understand_target(
        goal, rows, {"wrong_cells": "stop", **values}, file, remarks
    )
    return present, lambda kept: _target_field(goal, column, classes, kept, rows.delimiter)


def _understand_target(
    goal: Cells, rows: Rows, values: Values, file: str, remarks: list[str]
) -> tuple[Column, bool, npt.NDArray[np.bool_]]:
    """The target as a column, whether it names classes, and the rows that have it."""
    column = understand(
        goal, rows.delimiter, category=values["task"] == "classes", keep=True, most_categories=0, first=False
    )
    if column.kind == "empty":
        raise empty_target(goal.name)
    known = column.values[~np.isnan(column.values)]
    classes = is_class_target(goal.name, column.kind, np.unique(known), len(known), values["task"], remarks)
    if not classes and column.kind == "category":
        raise target_of_texts(goal.name, column.names[0])
    present = np.array([text.casefold() not in MISSING for text in goal.texts], bool)[goal.codes]
    if not classes:
        advice = tr("set the task to “tell classes apart”")
        _tell_wrong(column, goal, rows, values["wrong_cells"], file, advice, remarks)
        present &= ~np.isnan(column.values)
    if not present.all():
        remarks.append(without_target(int((~present).sum()), len(present), goal.name))
    return column, classes, present


def _target_field(
    goal: Cells, column: Column, classes: bool, kept: npt.NDArray[np.int64], delimiter: str
) -> tuple[DataField, Array]:
    if not classes:
        field = DataField(
            name=goal.name,
            role="target",
            kind="number",
            element="float",
            axes=(("feature", 1),),
            columns=(goal.name,),
        )
        return field, column.values[kept][:, None]
    names = class_names(goal, kept, delimiter)
    check_classes(names, len(kept), goal.name)
    code = {name: position for position, name in enumerate(names)}
    of_text = np.array([code.get(text, -1) for text in goal.texts], np.int64)
    field = DataField(name=goal.name, role="target", kind="class", element="int", classes=names)
    return field, of_text[goal.codes[kept]]


def target_position(names: list[str], target: str, file: str) -> int:
    """The place of the named column; of the last one where none is named. Raises `Refusal` listing what there is."""
    if len(names) < 2:
        raise Refusal(
            tr(
                "{file} has one column only; a table needs inputs and a target. Is another delimiter meant?",
                file=file,
            )
        )
    if not target.strip():
        return len(names) - 1
    if target.strip() not in names:
        raise Refusal(
            tr(
                "{file} has no column “{target}”. It has: {names}.",
                file=file,
                target=target.strip(),
                names=some(names),
            )
        )
    return names.index(target.strip())


def is_class_target(
    name: str, kind: str, different: npt.NDArray[Any], known: int, task: str, remarks: list[str]
) -> bool:
    """Whether a target column of that kind names classes: its `different` values, in so many rows `known`."""
    if task != "auto":
        return task == "classes"
    if kind == "category":
        return True
    few = len(different) == 2 or (len(different) <= FEW_WHOLE_NUMBERS and known >= 5 * len(different))
    if kind != "number" or not few or np.any(different % 1 != 0):
        return False
    if len(different) > 2:
        remarks.append(whole_numbers_as_classes(name, len(different)))
    return True


def _input_columns(
    rows: Rows, aside: set[int], values: Values, file: str, remarks: list[str], progress: Progress
) -> list[Column]:
    names = [cells.name for cells in rows.columns]
    out = listed(values["leave_out"], names, some(names), tr("Leave out"))
    category = listed(values["categories"], names, some(names), tr("Categories"))
    keep = listed(values["keep"], names, some(names), tr("Keep"))
    inputs: list[Column] = []
    marks: list[str] = []
    for position, cells in enumerate(rows.columns):
        progress(position / len(names), tr("Understanding “{name}”", name=cells.name))
        if position in aside or cells.name in out:
            continue
        column = understand(
            cells,
            rows.delimiter,
            category=cells.name in category,
            keep=cells.name in keep,
            most_categories=values["most_categories"],
            first=position == 0,
        )
        if column.kind == "mark":
            marks.append(f"“{cells.name}”")
        elif column.kind == "empty":
            remarks.append(empty_left_out(cells.name))
        else:
            advice = tr("name the column under “Categories”")
            _tell_wrong(column, cells, rows, values["wrong_cells"], file, advice, remarks)
            inputs.append(column)
            if column.kind == "date" and values["dates"] == "days":
                remarks.append(dates_as_days(cells.name))
    if marks:
        remarks.append(marks_left_out(marks))
    if not inputs:
        raise nothing_left(file, remarks)
    return inputs


def _tell_wrong(
    column: Column, cells: Cells, rows: Rows, how: str, file: str, advice: str, remarks: list[str]
) -> None:
    if column.wrong:
        first = column.wrong[0], cells.texts[cells.codes[column.wrong[0]]]
        wrong_cells(column.name, column.kind, len(column.wrong), first, rows, how, file, advice, remarks)


def _kept_rows(
    present: npt.NDArray[np.bool_], inputs: list[Column], drop: bool, remarks: list[str]
) -> npt.NDArray[np.int64]:
    kept = present.copy()
    if drop:
        for column in inputs:
            kept &= ~np.isnan(column.values)
        if kept.sum() < present.sum():
            remarks.append(incomplete(int(present.sum() - kept.sum()), len(present)))
    if not kept.any():
        raise none_complete()
    return np.flatnonzero(kept).astype(np.int64)


TABLE_FIELDS: tuple[Field, ...] = (
    TextField(
        name="target",
        label="Target column",
        longest=200,
        help="Name of the column to predict; empty takes the last one.",
    ),
    ChoiceField(
        name="task",
        label="Task",
        default="auto",
        choices={"auto": "automatic", "classes": "tell classes apart", "number": "predict a number"},
        help="Whether the target names classes or is an amount. “Automatic” takes texts, yes/no and few whole"
        " numbers as classes.",
    ),
    FILL,
    TextField(
        name="leave_out",
        label="Leave out",
        help="Columns that are not inputs, separated by commas; those that give the answer away, for example.",
    ),
    TextField(
        name="categories",
        label="Categories",
        advanced=True,
        help="Columns whose numbers are names of kinds, not amounts (postcodes, models), separated by commas.",
    ),
    TextField(
        name="keep",
        label="Keep",
        advanced=True,
        help="Columns to use although they look as if they only tell rows apart, separated by commas.",
    ),
    IntField(
        name="most_categories",
        label="Most categories",
        default=50,
        minimum=2,
        maximum=10_000,
        advanced=True,
        help="A text column with more different values is left out: each value would become an input of its own.",
    ),
    ChoiceField(
        name="dates",
        label="Dates",
        default="days",
        choices={"days": "count days", "calendar": "days and place in the calendar"},
        advanced=True,
        help="A date becomes the days since 1 January 2000. With its place in the calendar, columns are added that"
        " say where in the year and the week it lies (and in the day, where there are hours), each as the sine and"
        " cosine of an angle.",
    ),
    ChoiceField(
        name="wrong_cells",
        label="Wrong cells",
        default="stop",
        choices={"stop": "stop and say where", "missing": "count as missing"},
        advanced=True,
        help="What happens where a column of numbers holds something else, such as “12 kg”.",
    ),
)
"""What every table asks, whichever file it comes from."""
ROW_FIELDS: tuple[Field, ...] = (
    BoolField(
        name="in_order",
        label="Rows follow in time",
        advanced=True,
        shown_when=lambda values: values.get("split_by", "shares") == "shares",
        help="The parts are then cut in time, training first and test last, instead of being drawn at random: a"
        " model for the future must be tested on the future.",
    ),
    SPLIT_BY,
    SPLIT_COLUMN,
    *SPLIT_FIELDS,
    PREPARATION,
    TARGET_PREPARATION,
)
"""How the rows of a table become parts, and what is done to the values."""
