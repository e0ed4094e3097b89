"""A Parquet file as a table: the reading stands in `parquet_rows.py`, what becomes of the rows in `tables.py`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from nndesigner.base.fields import PathField, Values
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.converted import converted, key
from nndesigner.data.files import chosen_file
from nndesigner.data.parquet_rows import fill_parquet, read_parquet
from nndesigner.data.source import Loaded, Source
from nndesigner.data.stored import LARGEST_FILE, TooLarge
from nndesigner.data.streamed_rows import StreamedTable
from nndesigner.data.streamed_table import table_in_files, wishes
from nndesigner.data.tables import ROW_FIELDS, TABLE_FIELDS, table_from


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the Parquet file"), LARGEST_FILE)
    with suppress(TooLarge):
        rows = read_parquet(path, "yes", span(progress, 0.0, 0.8))
        return table_from(rows, values, path.name, span(progress, 0.8, 1.0))
    counts = {f.name: values[f.name] for f in (*TABLE_FIELDS, *ROW_FIELDS[:3])}

    def convert(place: Path) -> Loaded:
        with StreamedTable(path.name, "yes", lambda names: wishes(names, values, path.name), False) as table:
            remarks = fill_parquet(path, table, span(progress, 0.0, 0.8))
            rows = table.streamed()
        return table_in_files(rows, remarks, values, path.name, place, span(progress, 0.8, 1.0))

    return converted(key("parquet", {"path": path}, counts), convert)


PARQUET_TABLE = Source(
    type="parquet",
    label="Parquet table",
    group="Tables and series",
    summary="A table from a Parquet file; one column is the target, the others are inputs.",
    help="Each row is a sample. Columns are read as in a CSV table: numbers are standardized, texts of few kinds become"
    " categories, dates become days, and columns that only tell rows apart are left out. Columns of lists, structures"
    " or bytes are left out too. It needs the package pyarrow.",
    synonyms=("arrow", "pandas", "spark", "tabular", "columnar"),
    parameters=(
        PathField(
            name="path",
            label="File",
            filters="Parquet tables (*.parquet *.pq)",
            help="The Parquet file.",
        ),
        *TABLE_FIELDS,
        *ROW_FIELDS,
    ),
    load=_load,
)
