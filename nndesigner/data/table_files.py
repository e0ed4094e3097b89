"""Any file that holds a table, by its ending: for sources and predictions that take a table whatever it is kept in."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.progress import Progress
from nndesigner.data.csv_rows import Rows, read_rows
from nndesigner.data.excel_rows import read_excel
from nndesigner.data.parquet_rows import read_parquet

ENDINGS = (".csv", ".tsv", ".data", ".parquet", ".pq", ".xlsx", ".xlsm")
FILTERS = "Tables (*.csv *.tsv *.txt *.data *.parquet *.pq *.xlsx *.xlsm)"


def read_table(path: Path, header: str, progress: Progress) -> Rows:
    """The rows of a text, Parquet or Excel file; of a workbook, those of its first sheet. `header` is "auto", "yes"
    or "no", which gives the names of columns as the first row. Raises `Refusal`.
    """
    ending = path.suffix.lower()
    if ending in (".parquet", ".pq"):
        return read_parquet(path, "no" if header == "no" else "yes", progress)
    if ending in (".xlsx", ".xlsm", ".xls"):
        return read_excel(path, "", header, progress)
    return read_rows(path, "auto", "auto", header, progress)
