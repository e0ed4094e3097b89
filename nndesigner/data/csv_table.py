"""A CSV or TSV file as a table: the reading stands in `csv_rows.py`, what becomes of the rows in `tables.py`."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path

from nndesigner.base.fields import ChoiceField, Field, PathField, Values
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.converted import converted, key
from nndesigner.data.csv_rows import fill, read_rows
from nndesigner.data.files import chosen_file
from nndesigner.data.source import Loaded, Source
from nndesigner.data.stored import LARGEST_FILE, TooLarge
from nndesigner.data.streamed_rows import StreamedTable
from nndesigner.data.streamed_table import table_in_files, wishes
from nndesigner.data.tables import ROW_FIELDS, TABLE_FIELDS, table_from

HEADER = ChoiceField(
    name="header",
    label="First line",
    default="auto",
    choices={"auto": "automatic", "yes": "names the columns", "no": "is a row of data"},
    advanced=True,
    help="“Automatic” takes the first line as names when no cell in it is a number or a date.",
)
TEXT_FIELDS: tuple[Field, ...] = (
    ChoiceField(
        name="delimiter",
        label="Delimiter",
        default="auto",
        choices={
            "auto": "automatic",
            "comma": "comma",
            "semicolon": "semicolon",
            "tab": "tab",
            "bar": "vertical bar",
            "space": "spaces",
        },
        advanced=True,
        help="What stands between two cells.",
    ),
    ChoiceField(
        name="encoding",
        label="Encoding",
        default="auto",
        choices={
            "auto": "automatic",
            "utf-8": "UTF-8",
            "utf-16": "UTF-16",
            "cp1252": "Western European (Windows)",
            "latin-1": "Latin-1",
        },
        advanced=True,
        help="How letters are stored. If accented letters look wrong, choose another one.",
    ),
    HEADER,
)
"""How the text of a table is cut into cells."""


IN_MEMORY = 64 << 20
"""bytes of a file up to which it is tried to keep all of its cells in memory"""


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the CSV file"), LARGEST_FILE)
    how = values["delimiter"], values["encoding"]
    if path.stat().st_size <= IN_MEMORY:
        with suppress(TooLarge):
            rows = read_rows(path, *how, values["header"], span(progress, 0.0, 0.8))
            return table_from(rows, values, path.name, span(progress, 0.8, 1.0))
    # Neither the preparation nor the shares of the split change what the columns hold.
    counts = {f.name: values[f.name] for f in (*TABLE_FIELDS, *TEXT_FIELDS, *ROW_FIELDS[:3])}

    def convert(place: Path) -> Loaded:
        with ExitStack() as stack:
            read, remarks = fill(
                path,
                *how,
                lambda: stack.enter_context(
                    StreamedTable(path.name, values["header"], lambda names: wishes(names, values, path.name))
                ),
                span(progress, 0.0, 0.8),
            )
            rows = read.streamed()
        return table_in_files(rows, remarks, values, path.name, place, span(progress, 0.8, 1.0))

    return converted(key("csv", {"path": path}, counts), convert)


CSV_TABLE = Source(
    type="csv",
    label="CSV or TSV table",
    group="Tables and series",
    summary="A table from a text file; one column is the target, the others are inputs.",
    help="Each line is a sample. What a column holds is found out by looking: numbers are standardized, texts of few"
    " kinds become categories (one input per kind), dates become days, and columns that only tell rows apart (ids, row"
    " numbers, names) are left out. Whatever was noticed or changed is listed as remarks. Empty cells, and cells such"
    " as NA, null or ?, are missing values. A file of many millions of cells is brought into a form that is read from"
    " the disk while the network learns; this is done once and kept in the cache.",
    synonyms=("tsv", "spreadsheet", "pandas", "tabular", "text file"),
    parameters=(
        PathField(
            name="path",
            label="File",
            filters="Tables (*.csv *.tsv *.txt *.data)",
            help="The CSV file; from a spreadsheet, save as CSV. A path inside the project's folder is kept"
            " relative, so that the folder can be moved.",
        ),
        *TABLE_FIELDS,
        *TEXT_FIELDS,
        *ROW_FIELDS,
    ),
    load=_load,
)
