"""A data set of Hugging Face in a folder: as `save_to_disk` writes it (Arrow), or as the hub keeps it (Parquet).

Pictures, texts and tables are read. Nothing is fetched here (`data/hugging_face_hub.py` does, and has it read by this
module), and the scripts that old data sets come with are never run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, PathField, TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.csv_rows import MOST_CELLS, MOST_ROWS, Cells, Rows
from nndesigner.data.extras import extra
from nndesigner.data.files import chosen_folder, readable
from nndesigner.data.parquet_rows import check_size, coded_rows, single_columns
from nndesigner.data.pictures import PICTURE_FIELDS, BadImage, image_axes, look, read_image, room
from nndesigner.data.row_parts import WORDS
from nndesigner.data.source import TRAIN, Loaded, Source
from nndesigner.data.tables import ROW_FIELDS, TABLE_FIELDS, column_target, table_from
from nndesigner.data.text_table import LENGTH, texts_from
from nndesigner.data.tokens import TOKEN_FIELDS

MOST_FILES = 10_000
LONG_TEXT = 20
"""characters on average from which a column is text rather than a category"""
_LABELS = ("label", "labels", "target", "class", "fine_label", "coarse_label", "y")
_SPLIT = re.compile(r"(?i)(train|training|validation|valid|val|dev|test)(?![a-z])")


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    root = chosen_folder(values["path"], folder, tr("the folder of the data set"))
    return read_files(root, _files(root), values, progress)


def read_files(root: Path, files: list[tuple[Path, int]], values: Values, progress: Progress) -> Loaded:
    """The data of these files, each with the code of its part. `root` is their folder, and names the data set.

    `values` are those of `READING`. Raises `Refusal` as a source does.
    """
    tables = []
    for i, (path, _) in enumerate(files):
        progress(0.2 * i / len(files), tr("Reading {name}", name=path.name))
        tables.append(_opened(path))
    first = tables[0].schema
    for (path, _), table in zip(files, tables, strict=True):
        if table.schema.names != first.names:
            raise Refusal(
                tr("{name} has other columns than {first}.", name=path.name, first=files[0][0].name)
            )
    n = sum(table.num_rows for table in tables)
    if n > MOST_ROWS or n * len(first.names) > MOST_CELLS:
        raise Refusal(
            tr(
                "{name} is too large to be read into memory: at most {rows:,} rows and {cells:,} cells fit.",
                name=root.name,
                rows=MOST_ROWS,
                cells=MOST_CELLS,
            )
        )
    parts = np.repeat(np.array([part for _, part in files], np.int8), [t.num_rows for t in tables])
    pictures = _picture_columns(first)
    holds = values["holds"]
    if holds == "image" or (holds == "auto" and pictures):
        return _pictures(tables, pictures, parts, values, root, files, span(progress, 0.2, 1.0))
    rows = _rows(tables, root, files, span(progress, 0.2, 0.7))
    names = [cells.name for cells in rows.columns]
    target = values["target"].strip() or _label_column(names, first, files[0][0], root)
    chosen = {**values, "target": target, "text": values["input"]}
    if len(set(parts.tolist())) > 1:
        rows, chosen = _with_parts(rows, parts, chosen)
    if holds == "text" or (holds == "auto" and _is_text(rows, target, values["input"])):
        return texts_from(rows, chosen, root.name, span(progress, 0.7, 1.0))
    return table_from(rows, chosen, root.name, span(progress, 0.7, 1.0))


def _files(root: Path) -> list[tuple[Path, int]]:
    """The data files in a stable order, with the code of the part that file or folder is named after."""
    found: list[Path] = []
    with readable(root):
        places = [root, *sorted(p for p in root.iterdir() if p.is_dir() and p.name[0] not in "._")]
        for place in places:
            arrow = [p for p in place.iterdir() if p.suffix == ".arrow" and not p.name.startswith("cache-")]
            found += sorted(p for p in arrow if p.is_file())
        if not found:
            for place in places:
                found += sorted(p for p in place.iterdir() if p.suffix == ".parquet" and p.is_file())
    if not found:
        scripts = any(path.suffix == ".py" for path in root.iterdir())
        raise Refusal(
            tr("{folder} holds a program instead of data; programs of data sets are not run.", folder=root)
            if scripts
            else tr("{folder} holds no .arrow and no .parquet files.", folder=root)
        )
    if len(found) > MOST_FILES:
        raise Refusal(tr("{folder} holds more than {most:,} files.", folder=root, most=MOST_FILES))
    return [(path, _part(path, root)) for path in found]


def _part(path: Path, root: Path) -> int:
    for name in (path.stem, path.parent.name if path.parent != root else ""):
        if (part := part_of(name)) is not None:
            return part
    return TRAIN


def part_of(name: str) -> int | None:
    """The code of the part that a name such as “train”, “test_matched” or “validation-00000-of-00002” begins with."""
    match = _SPLIT.match(name)
    return WORDS[match[1].lower()] if match else None


def _opened(path: Path) -> Any:
    """The file as an Arrow table, an Arrow file mapped rather than read. Raises `Refusal` where it is damaged."""
    arrow = extra("pyarrow", tr("Hugging Face data sets"))
    with readable(path), path.open("rb"):  # whatever the system says against it, it says here
        try:
            if path.suffix == ".parquet":
                with extra("pyarrow.parquet", tr("Hugging Face data sets")).ParquetFile(path) as file:
                    check_size(file.metadata, path.name)
                    return file.read()
            source = arrow.memory_map(str(path))
            try:
                return arrow.ipc.open_stream(source).read_all()
            except arrow.ArrowInvalid:
                source.seek(0)
                return arrow.ipc.open_file(source).read_all()
        except (Refusal, MemoryError):
            raise
        except Exception as error:  # damaged files meet every kind of exception
            detail = (str(error).splitlines() or [type(error).__name__])[0][:120]
            raise Refusal(
                tr("{name} cannot be read: it is damaged ({detail}).", name=path.name, detail=detail)
            ) from error


def _features(schema: Any, path: Path, root: Path) -> Mapping[str, Any]:
    """What the data set says of its columns, in the file's own schema or in dataset_info.json; {} where it does not."""
    texts = [(schema.metadata or {}).get(b"huggingface", b"")]
    for place in (path.parent, root):
        info = place / "dataset_info.json"
        if info.is_file() and info.stat().st_size < 1 << 20:
            texts.append(info.read_bytes())
    for text in texts:
        try:
            told = json.loads(text)
            found = told.get("info", told)["features"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return {}


def _class_names(schema: Any, path: Path, root: Path, column: str) -> tuple[str, ...]:
    about = _features(schema, path, root).get(column)
    names = about.get("names") if isinstance(about, dict) else None
    good = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return tuple(names) if good and names is not None and len(set(names)) == len(names) else ()


def _label_column(names: list[str], schema: Any, path: Path, root: Path) -> str:
    """The column of classes that the data set names, else one that is called like one, else "" (the last)."""
    told = [n for n in names if _class_names(schema, path, root, n)]
    return next(iter(told), next((n for n in names if n.lower() in _LABELS), ""))


def _picture_columns(schema: Any) -> list[str]:
    types = extra("pyarrow", tr("Hugging Face data sets")).types
    return [
        f.name
        for f in schema
        if types.is_struct(f.type)
        and {"bytes", "path"} <= {f.type.field(i).name for i in range(f.type.num_fields)}
    ]


def _rows(tables: list[Any], root: Path, files: list[tuple[Path, int]], progress: Progress) -> Rows:
    schema = tables[0].schema
    names, remarks = single_columns(schema, root.name)
    total = sum(table.num_rows for table in tables)

    def batches() -> Iterator[Any]:
        for table in tables:
            yield from table.select(names).to_batches(max_chunksize=65_536)

    rows = coded_rows(batches(), names, total, remarks, root, "yes", progress)
    columns = []
    for cells in rows.columns:
        classes = _class_names(schema, files[0][0], root, cells.name)
        texts = tuple(
            classes[int(text)] if classes and text.isdigit() and int(text) < len(classes) else text
            for text in cells.texts
        )
        columns.append(replace(cells, texts=texts))
    return replace(rows, columns=tuple(columns))


def _with_parts(rows: Rows, parts: np.ndarray, values: Values) -> tuple[Rows, dict[str, Any]]:
    """The rows with a column that says their part, and the values that have it followed."""
    name = "split"
    while any(cells.name == name for cells in rows.columns):
        name += "_"
    column = Cells(name, ("train", "validation", "test"), parts.astype(np.int32))
    # First, so that it is not the last column, which is the target where none is named.
    return replace(rows, columns=(column, *rows.columns)), {
        **values,
        "split_by": "column",
        "split_column": name,
    }


def _is_text(rows: Rows, target: str, wanted: str) -> bool:
    """Whether a column besides the target holds sentences."""
    for cells in rows.columns:
        if cells.name != target and (not wanted or cells.name == wanted):
            sample = [text for text in cells.texts[:1000] if text]
            if sample and np.mean([len(t) for t in sample]) >= LONG_TEXT and any(" " in t for t in sample):
                return True
    return False


def _pictures(
    tables: list[Any],
    columns: list[str],
    parts: np.ndarray,
    values: Values,
    root: Path,
    files: list[tuple[Path, int]],
    progress: Progress,
) -> Loaded:
    wanted = values["input"].strip() or next(iter(columns), "")
    if wanted not in columns:
        raise Refusal(
            tr(
                "{name} has no column of pictures called “{wanted}”. It has: {known}.",
                name=root.name,
                wanted=wanted,
                known=", ".join(columns) or "–",
            )
        )
    others = [table.drop_columns(columns) for table in tables]
    rows = _rows(others, root, files, span(progress, 0.0, 0.1))
    names = [cells.name for cells in rows.columns]
    target = values["target"].strip() or _label_column(names, tables[0].schema, files[0][0], root)
    remarks: list[str] = []
    position = names.index(target) if target in names else len(names) - 1
    if values["target"].strip() and target not in names:
        raise Refusal(
            tr(
                "{name} has no column “{target}”. It has: {names}.",
                name=root.name,
                target=target,
                names=", ".join(names),
            )
        )
    present, answer_for = column_target(rows, position, values, root.name, remarks)
    told = np.flatnonzero(present)
    blobs = [cell for table in tables for cell in table.column(wanted).chunks]

    def blob(row: int) -> bytes:
        for chunk in blobs:
            if row < len(chunk):
                found = chunk[row].as_py()
                data = found.get("bytes") if found else None
                if not data:
                    raise BadImage(tr("the picture itself is not in the file"))
                return bytes(data)
            row -= len(chunk)
        raise IndexError(row)

    good: list[int] = []
    sizes: list[tuple[int, int]] = []
    grey = True
    for i, row in enumerate(told.tolist()):
        if i % 64 == 0:
            progress(0.1 + 0.2 * i / len(told), tr("Looking at {n:,} pictures", n=len(told)))
        try:
            size, is_grey = look(BytesIO(blob(row)))
        except BadImage as error:
            _refuse(row, wanted, root, error, values["bad_files"], remarks)
            continue
        good.append(row)
        sizes.append(size)
        grey = grey and is_grey
    if not good:
        raise Refusal(tr("None of the pictures in {name} can be read.", name=root.name))
    width, height = values["width"] or sizes[0][0], values["height"] or sizes[0][1]
    channels = {"grey": 1, "colour": 3}.get(values["colour"]) or (1 if grey else 3)
    pixels = room(len(good), channels, height, width)
    kept: list[int] = []
    for i, row in enumerate(good):
        if i % 16 == 0:
            progress(0.3 + 0.7 * i / len(good), tr("Reading {n:,} pictures", n=len(good)))
        try:
            pixels[len(kept)] = read_image(BytesIO(blob(row)), channels, height, width)
        except BadImage as error:
            _refuse(row, wanted, root, error, values["bad_files"], remarks)
            continue
        kept.append(row)
    if not kept:
        raise Refusal(tr("None of the pictures in {name} can be read.", name=root.name))
    pixels = pixels[: len(kept)]
    answer, answers = answer_for(np.array(kept, np.int64))
    name = "image" if answer.name != "image" else "picture"
    several = len(set(parts.tolist())) > 1
    return Loaded(
        fields=(
            DataField(name=name, role="input", kind="image", element="float", axes=image_axes(pixels)),
            answer,
        ),
        arrays={name: pixels, answer.name: answers},
        parts=parts[kept] if several else None,
        remarks=tuple(remarks),
    )


def _refuse(row: int, column: str, root: Path, error: BadImage, bad_files: str, remarks: list[str]) -> None:
    words = {"row": row + 1, "column": column, "name": root.name, "reason": error}
    if bad_files == "stop":
        raise Refusal(
            tr("Row {row:,} of {name}, column “{column}”: the picture cannot be read ({reason}).", **words)
        )
    remarks.append(tr("Row {row:,} is left out: its picture cannot be read ({reason}).", **words))


READING = (
    ChoiceField(
        name="holds",
        label="It holds",
        default="auto",
        choices={"auto": "automatic", "image": "pictures", "text": "texts", "table": "a table"},
        help="“Automatic” looks for a column of pictures, then for one of sentences.",
    ),
    TextField(
        name="input",
        label="Input column",
        longest=200,
        help="The column of pictures or texts; empty finds it. Of a table all columns are inputs.",
    ),
    *(field for field in TABLE_FIELDS if field.name in ("target", "task")),
    *(replace(field, advanced=True) for field in (*PICTURE_FIELDS, *TOKEN_FIELDS, LENGTH)),
    *(replace(field, advanced=True) for field in TABLE_FIELDS if field.name not in ("target", "task")),
    *ROW_FIELDS,
)
"""How the files are read, wherever they come from."""

HUGGING_FACE = Source(
    type="huggingface",
    label="Hugging Face folder",
    group="Tables and series",
    summary="A data set of Hugging Face that lies in a folder: pictures, texts or a table.",
    help="The folder is one that save_to_disk wrote (.arrow files), or a copy of a repository of the hub (.parquet"
    " files, mostly in its folder data). Files and folders called train, validation and test stay these parts, and"
    " class names are those that the data set tells. Nothing is fetched: “Hugging Face hub” does that, by name."
    " Programs that come with old data sets are not run. It needs the package pyarrow.",
    synonyms=("datasets", "hub", "arrow", "parquet", "load_dataset", "save_to_disk"),
    parameters=(
        PathField(name="path", label="Folder", folder=True, help="The folder of the data set."),
        *READING,
    ),
    load=_load,
)
