"""A table whose rows are time steps, cut into windows: from the last steps, predict the next ones.

Windows at a cut that would share a row with both sides are left out, so that nothing of the future is learned from. The
rows are read into memory; windows repeat them, and lie in files of the cache where they are too large for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, Field, IntField, PathField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import listing, tr
from nndesigner.data.array_room import Room, brought
from nndesigner.data.converted import MOST_BYTES as LARGEST
from nndesigner.data.csv_columns import Column, exact, listed, understand
from nndesigner.data.csv_rows import MOST_BYTES, Rows
from nndesigner.data.files import chosen_file
from nndesigner.data.preparation import PREPARATION, TARGET_PREPARATION
from nndesigner.data.sliced import of_memory
from nndesigner.data.source import Array, Loaded, Source
from nndesigner.data.splits import ORDERED_SPLIT_FIELDS
from nndesigner.data.table_files import FILTERS, read_table

WINDOW_FIELDS: tuple[Field, ...] = (
    IntField(
        name="window",
        label="Window",
        default=32,
        minimum=1,
        maximum=100_000,
        unit="steps",
        help="How many steps the network sees at once.",
    ),
    IntField(
        name="horizon",
        label="Horizon",
        default=1,
        minimum=1,
        maximum=1000,
        unit="steps",
        help="How many steps after the window it predicts.",
    ),
    IntField(
        name="ahead",
        label="Gap before the horizon",
        default=0,
        minimum=0,
        maximum=100_000,
        unit="steps",
        advanced=True,
        help="Steps between the window and the first one that is predicted: 23 predicts the same hour of tomorrow.",
    ),
    IntField(
        name="stride",
        label="Step",
        default=1,
        minimum=1,
        maximum=100_000,
        unit="steps",
        advanced=True,
        help="From the start of one window to the start of the next. Larger steps give fewer, less similar samples.",
    ),
)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the table"), MOST_BYTES)
    counts = ("inputs", "targets", "time", "gaps", *(f.name for f in WINDOW_FIELDS))

    @cache
    def steps() -> _Steps:
        return _read(path, values, span(progress, 0.0, 0.7))

    return brought(
        "time_series",
        {"path": path},
        {name: values[name] for name in counts},
        span(progress, 0.7, 1.0),
        lambda room: _cut_windows(steps(), values, room),
    )


@dataclass(frozen=True)
class _Steps:
    """The table in the order of time: (steps, columns) that are read and that are predicted, and their names."""

    inputs: Array
    targets: Array
    read: tuple[str, ...]
    wanted: tuple[str, ...]
    remarks: tuple[str, ...]


def _read(path: Path, values: Values, progress: Progress) -> _Steps:
    rows = read_table(path, "auto", progress)
    remarks = list(rows.remarks)
    clock, columns = _columns(rows, values, path.name, remarks)
    order = _order(clock, rows, path.name, remarks)
    names = [column.name for column in columns]
    known = ", ".join(names[:12])
    read = listed(values["inputs"], names, known, tr("Inputs")) or tuple(names)
    wanted = listed(values["targets"], names, known, tr("Targets")) or tuple(names)
    series = _complete(columns, order, rows, values["gaps"], path.name, remarks)
    place = {name: i for i, name in enumerate(names)}
    return _Steps(
        series[:, [place[name] for name in read]],
        series[:, [place[name] for name in wanted]],
        read,
        wanted,
        tuple(remarks),
    )


def _cut_windows(steps: _Steps, values: Values, room: Room) -> Loaded:
    """Windows of what is read and what follows them in what is predicted, as float32.

    Raises `Refusal` where there are too few steps, or too many windows.
    """
    inputs, targets, read, wanted = steps.inputs, steps.targets, steps.read, steps.wanted
    window, horizon, ahead = values["window"], values["horizon"], values["ahead"]
    width = horizon * len(wanted)
    stride = values["stride"]
    whole = window + ahead + horizon
    samples = (len(inputs) - whole) // stride + 1
    if len(inputs) < whole:
        raise Refusal(
            tr(
                "A series of {length:,} steps is too short for a window of {window} and {horizon} to predict.",
                length=len(inputs),
                window=window,
                horizon=horizon + ahead,
            )
        )
    needed = 4 * samples * (window * len(read) + horizon * len(wanted))
    if needed > LARGEST:
        raise Refusal(
            tr(
                "{n:,} windows of {window} steps take {size:,.0f} GB: take a shorter window, a larger step, or fewer"
                " columns.",
                n=samples,
                window=window,
                size=needed / (1 << 30),
            )
        )
    room.reserve(needed)
    slide = np.lib.stride_tricks.sliding_window_view
    past = slide(inputs, window, axis=0)[: len(inputs) - whole + 1 : stride]  # (samples, features, time)
    future = slide(targets[window + ahead :], horizon, axis=0)[::stride][:samples]
    next_steps = of_memory(future.transpose(0, 2, 1))
    ahead_names = [""] if horizon == 1 else [tr("step {n}", n=i + 1) for i in range(horizon)]
    return Loaded(
        fields=(
            DataField(
                name="series",
                role="input",
                kind="series",
                element="float",
                axes=(("time", window), ("feature", len(read))),
                columns=read,
            ),
            DataField(
                name="next",
                role="target",
                kind="number",
                element="float",
                axes=(("feature", width),),
                columns=tuple(
                    " · ".join(filter(None, (name, step))) for step in ahead_names for name in wanted
                ),
            ),
        ),
        arrays={
            "series": room.filled(of_memory(past.transpose(0, 2, 1)), np.float32),
            "next": room.filled(next_steps.each(lambda block: block.reshape(len(block), width)), np.float32),
        },
        remarks=steps.remarks,
        in_order=True,
        gap=-(-whole // stride) - 1,
    )


def _columns(rows: Rows, values: Values, file: str, remarks: list[str]) -> tuple[Column | None, list[Column]]:
    """The column that says the time, if any, and the columns of numbers. Raises `Refusal` naming a wrong cell."""
    names = [cells.name for cells in rows.columns]
    named = listed(values["time"], names, ", ".join(names[:12]), tr("Time column"))
    if len(named) > 1:
        raise Refusal(tr("One column says the time, not several."))
    asked = {
        name
        for parameter in ("inputs", "targets")
        for name in listed(values[parameter], names, ", ".join(names[:12]), tr("Inputs and targets"))
    }
    clock: Column | None = None
    columns: list[Column] = []
    aside: list[str] = []
    for position, cells in enumerate(rows.columns):
        column = understand(
            cells,
            rows.delimiter,
            category=False,
            keep=cells.name in asked,
            most_categories=0,
            first=position == 0,
        )
        is_time = cells.name in named or (not named and clock is None and column.kind == "date")
        if (is_time or cells.name in asked or column.kind == "number") and column.wrong:
            row = column.wrong[0]
            raise Refusal(
                tr(
                    "{where} of {file}, column “{name}”: “{cell}” is not a {kind}.",
                    where=rows.where(row),
                    file=file,
                    name=cells.name,
                    cell=cells.texts[cells.codes[row]][:60],
                    kind=tr("date") if column.kind == "date" else tr("number"),
                )
            )
        if is_time and column.kind in ("date", "number", "mark") and not column.names:
            clock = column
        elif is_time or (cells.name in asked and column.kind != "number"):
            raise Refusal(tr("The column “{name}” holds no numbers or dates.", name=cells.name))
        elif column.kind == "number":
            columns.append(column)
        else:
            aside.append(f"“{cells.name}”")
    if not columns:
        raise Refusal(tr("{file} has no column of numbers to make a series of.", file=file))
    if aside:
        remarks.append(tr("Left out, because they hold no amounts: {names}.", names=listing(aside[:10])))
    return clock, columns


def _order(clock: Column | None, rows: Rows, file: str, remarks: list[str]) -> npt.NDArray[np.int64]:
    """The rows in the order of time. Raises `Refusal` naming a row without a time."""
    n = len(rows.lines)
    if clock is None:
        return np.arange(n)
    missing = np.flatnonzero(np.isnan(clock.values))
    if len(missing):
        raise Refusal(
            tr(
                "{where} of {file} has no time in the column “{name}”.",
                where=rows.where(int(missing[0])),
                file=file,
                name=clock.name,
            )
        )
    cells = next(cells for cells in rows.columns if cells.name == clock.name)
    times = exact(cells, rows.delimiter, "date" if clock.kind == "date" else "number")
    order = np.argsort(times, kind="stable").astype(np.int64)
    if np.any(np.diff(order) < 0):
        remarks.append(tr("The rows are put in the order of “{name}”.", name=clock.name))
    steps = np.diff(times[order])
    if np.any(steps == 0):
        row = int(order[np.flatnonzero(steps == 0)[0] + 1])
        remarks.append(
            tr(
                "{n:,} rows have the same time as the row before; the first is {at}. Several series in one table are to"
                " be read one at a time.",
                n=int((steps == 0).sum()),
                at=rows.at(row),
            )
        )
    usual = float(np.median(steps)) if len(steps) else 0.0
    uneven = int(np.sum(np.abs(steps - usual) > 0.5 * abs(usual))) if usual else 0
    if uneven:
        remarks.append(
            tr(
                "Time does not go on evenly: {n:,} of {all:,} steps are shorter or longer than the usual one. Windows"
                " count rows, not time.",
                n=uneven,
                all=len(steps),
            )
        )
    return order


def _complete(
    columns: list[Column],
    order: npt.NDArray[np.int64],
    rows: Rows,
    gaps: str,
    file: str,
    remarks: list[str],
) -> Array:
    """(steps, columns) without gaps: the last known value stands in, or the first gap is refused."""
    series = np.stack([column.values[order] for column in columns], axis=1).astype(np.float32)
    missing = np.isnan(series)
    if not missing.any():
        return series
    step, place = (int(i) for i in np.argwhere(missing)[0])
    if gaps == "stop":
        raise Refusal(
            tr(
                "{where} of {file}, column “{name}”: a value is missing, and a series has one at every step. Fill it"
                " in, or let the last known value stand in.",
                where=rows.where(int(order[step])),
                file=file,
                name=columns[place].name,
            )
        )
    # The value before, never the one after: what is filled in may be known at that time.
    last = np.maximum.accumulate(np.where(missing, 0, np.arange(len(series))[:, None]), axis=0)
    filled: Array = np.take_along_axis(series, last, axis=0)
    begun = ~np.isnan(filled).any(axis=1)
    remarks.append(tr("{n:,} values are missing; the last known one stands in.", n=int(missing[begun].sum())))
    if not begun.all():
        remarks.append(
            tr(
                "The first {n:,} rows are left out: a column has no value yet.",
                n=int((~begun).sum()),
            )
        )
    return filled[begun]


TIME_SERIES = Source(
    type="time_series",
    label="Time series table",
    group="Tables and series",
    summary="A table whose rows are steps in time; predict the next steps from the last ones.",
    help="Each row is a step, each column of numbers a quantity. A sample is a window of rows, its target what follows."
    " A column of dates gives the order. The parts are cut in time (the network trains on the past and is tested on the"
    " future), and windows at the cuts that would share rows with both sides are left out. CSV, TSV, Parquet and Excel"
    " files are read. Windows that take more than half a gigabyte are brought once into files of the cache, and read"
    " from there while the network learns.",
    synonyms=("forecast", "multivariate", "sensor", "signal", "lstm", "window"),
    parameters=(
        PathField(name="path", label="File", filters=FILTERS, help="The table, one row per step in time."),
        TextField(
            name="inputs",
            label="Inputs",
            help="Columns that the network sees, separated by commas; empty takes all columns of numbers.",
        ),
        TextField(
            name="targets",
            label="Targets",
            help="Columns that it predicts, separated by commas; empty takes all columns of numbers.",
        ),
        TextField(
            name="time",
            label="Time column",
            longest=200,
            help="The column that orders the rows; empty takes the first column of dates, or the order in the file.",
        ),
        *WINDOW_FIELDS,
        ChoiceField(
            name="gaps",
            label="Missing values",
            default="stop",
            choices={"stop": "stop and say where", "previous": "the last known value"},
            help="What stands in for an empty cell. A value from later is never taken: at that time nobody knew it.",
        ),
        *ORDERED_SPLIT_FIELDS,
        PREPARATION,
        TARGET_PREPARATION,
    ),
    load=_load,
)
