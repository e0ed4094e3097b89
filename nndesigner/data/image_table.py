"""Pictures whose answers stand in a table: a column names the file, another its class or number."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, PathField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.csv_rows import MOST_BYTES, Rows
from nndesigner.data.files import chosen_file, chosen_folder
from nndesigner.data.pictures import PICTURE_FIELDS, SUFFIXES, image_axes, read_pictures
from nndesigner.data.preparation import PREPARATION, TARGET_PREPARATION
from nndesigner.data.row_parts import SPLIT_BY, SPLIT_COLUMN, split_of, splitting_column
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS
from nndesigner.data.table_files import FILTERS, read_table
from nndesigner.data.tables import column_target, target_position


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    table = chosen_file(values["table"], folder, tr("the table of labels"), MOST_BYTES)
    root = chosen_folder(values["path"], folder, tr("the folder of pictures"))
    rows = read_table(table, "auto", span(progress, 0.0, 0.1))
    remarks = list(rows.remarks)
    names = [cells.name for cells in rows.columns]
    where = _file_column(rows, values["files"], root, table.name)
    splitting = splitting_column(rows, values, table.name)
    if values["target"].strip():
        target = target_position(names, values["target"], table.name)
    else:
        free = [i for i in range(len(names)) if i != where and rows.columns[i] is not splitting]
        if len(free) != 1:
            raise Refusal(
                tr(
                    "Name the column with the answer under “Target column”. There is: {names}.",
                    names=", ".join(names[i] for i in free[:12]) or "–",
                )
            )
        target = free[0]
    present, answer_for = column_target(rows, target, values, table.name, remarks)
    told = np.flatnonzero(present)
    paths = _paths(rows, where, told, root, table.name)
    pixels, read = read_pictures(paths, root, values, span(progress, 0.1, 1.0), remarks)
    kept = told[read]
    answer, answers = answer_for(kept)
    image = "image" if answer.name != "image" else "picture"
    return Loaded(
        fields=(
            DataField(name=image, role="input", kind="image", element="float", axes=image_axes(pixels)),
            answer,
        ),
        arrays={image: pixels, answer.name: answers},
        remarks=tuple(remarks),
        **split_of(splitting, rows, kept, values["split_by"], table.name),
    )


def _file_column(rows: Rows, wanted: str, root: Path, table: str) -> int:
    """The position of the column of file names: the one named, else the first whose cells end as picture files do."""
    names = [cells.name for cells in rows.columns]
    if wanted.strip():
        return target_position(names, wanted, table)
    for position, cells in enumerate(rows.columns):
        texts = cells.texts[:50]
        if sum(Path(text).suffix.lower() in SUFFIXES for text in texts) > len(texts) / 2:
            return position
    for position, cells in enumerate(rows.columns):
        if any(_found(root, text) for text in cells.texts[:3]):
            return position
    raise Refusal(
        tr(
            "No column of {table} names picture files: name it under “File column”. It has: {names}.",
            table=table,
            names=", ".join(names[:12]),
        )
    )


def _paths(rows: Rows, column: int, told: np.ndarray, root: Path, table: str) -> list[Path]:
    """The picture of each row. Raises `Refusal` naming the row whose picture is not there, or lies outside."""
    cells = rows.columns[column]
    paths = []
    for row in told:
        text = cells.texts[cells.codes[row]]
        path = _found(root, text)
        if path is None:
            raise Refusal(
                tr(
                    "{where} of {table} names the picture “{text}”, which is not in {folder}.",
                    where=rows.where(int(row)),
                    table=table,
                    text=text[:80],
                    folder=root,
                )
            )
        paths.append(path)
    return paths


def _found(root: Path, text: str) -> Path | None:
    """The picture inside the folder; its ending may be left out. A name that leads out of the folder finds none."""
    inside = Path(text.replace("\\", "/"))
    if not text or "\0" in text or inside.is_absolute() or ".." in inside.parts:
        return None
    candidates = [root / inside]
    if inside.suffix.lower() not in SUFFIXES:
        candidates += [root / f"{inside}{suffix}" for suffix in sorted(SUFFIXES)]
    try:
        return next((path for path in candidates if path.is_file()), None)
    except OSError:
        return None


IMAGE_TABLE = Source(
    type="image_table",
    label="Images and a table",
    group="Images and sounds",
    summary="Pictures in one folder, with a table that says the class or number of each.",
    help="Each row of the table is a sample: one column names the picture's file, another holds the answer, a class or"
    " a number. Names start in the folder of pictures and may leave out the ending. The table is a CSV, TSV, Parquet or"
    " Excel file. Rows can be split by group, by time, or as a column says.",
    synonyms=("labels.csv", "annotations", "image regression", "pictures", "photos"),
    parameters=(
        PathField(
            name="table", label="Table", filters=FILTERS, help="The table that names pictures and answers."
        ),
        PathField(
            name="path",
            label="Folder",
            folder=True,
            help="The folder that the names in the table start from.",
        ),
        TextField(
            name="files",
            label="File column",
            longest=200,
            help="The column with the names of the files; empty finds it.",
        ),
        TextField(
            name="target",
            label="Target column",
            longest=200,
            help="The column with the answer; empty takes the one that is left where there is only one.",
        ),
        ChoiceField(
            name="task",
            label="Task",
            default="auto",
            choices={"auto": "automatic", "classes": "tell classes apart", "number": "predict a number"},
            help="Whether the target names classes or is an amount.",
        ),
        *PICTURE_FIELDS,
        SPLIT_BY,
        SPLIT_COLUMN,
        *SPLIT_FIELDS,
        PREPARATION,
        TARGET_PREPARATION,
    ),
    load=_load,
)
