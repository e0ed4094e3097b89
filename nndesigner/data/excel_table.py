"""A sheet of an Excel workbook as a table: reading in `excel_rows.py`, what becomes of the rows in `tables.py`."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.fields import PathField, TextField, Values
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.csv_table import HEADER
from nndesigner.data.excel_rows import read_excel
from nndesigner.data.files import chosen_file
from nndesigner.data.source import Loaded, Source
from nndesigner.data.tables import ROW_FIELDS, TABLE_FIELDS, table_from

MOST_BYTES = 256 << 20

SHEET = TextField(
    name="sheet",
    label="Sheet",
    longest=200,
    help="Name of the sheet to read; empty takes the first one.",
)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the Excel workbook"), MOST_BYTES)
    rows = read_excel(path, values["sheet"], values["header"], span(progress, 0.0, 0.8))
    return table_from(rows, values, path.name, span(progress, 0.8, 1.0))


EXCEL_TABLE = Source(
    type="excel",
    label="Excel table",
    group="Tables and series",
    summary="A sheet of an Excel workbook; one column is the target, the others are inputs.",
    help="Each row is a sample; the first row names the columns. Columns are read as in a CSV table. Formulas are not"
    " computed: what the spreadsheet program last saved for them is read, and a formula that was never computed is a"
    " missing value. It needs the package openpyxl.",
    synonyms=("xlsx", "spreadsheet", "workbook", "libreoffice", "tabular"),
    parameters=(
        PathField(
            name="path",
            label="File",
            filters="Excel workbooks (*.xlsx *.xlsm)",
            help="The workbook. Files of the old kind (.xls) are to be saved as .xlsx first.",
        ),
        SHEET,
        *TABLE_FIELDS,
        HEADER,
        *ROW_FIELDS,
    ),
    load=_load,
)
