"""Reading a sheet of an Excel workbook (.xlsx) into columns of cells. No understanding of the columns yet.

A workbook is a zip archive of XML: what it claims to unpack to is checked before it is opened. Formulas are not
computed; what the spreadsheet program last showed for them is read.
"""

from __future__ import annotations

import warnings
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled, Progress
from nndesigner.base.text import tr
from nndesigner.data.csv_rows import MOST_COLUMNS, Rows, Table
from nndesigner.data.extras import extra
from nndesigner.data.files import readable

MOST_UNPACKED = 1 << 30
"""bytes of XML in the whole workbook"""
_MOST_RATIO = 400
_FREELY_UNPACKED = 64 << 20
_MOST_MEMBERS = 10_000


def read_excel(path: Path, sheet: str, header: str, progress: Progress) -> Rows:
    """All rows of a sheet, by name; "" takes the first. `header` as for `read_rows`. Raises `Refusal`."""
    openpyxl = extra("openpyxl", tr("Excel workbooks"))
    with readable(path):
        _check_archive(path)
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles and charts that it does not keep
            try:
                book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
                try:
                    return _read(book, path, sheet, header, progress)
                finally:
                    book.close()
            except (Refusal, Cancelled, MemoryError):
                raise
            except Exception as error:  # damaged XML and archives meet every kind of exception
                detail = (str(error).splitlines() or [type(error).__name__])[0][:120]
                raise Refusal(
                    tr(
                        "{name} is not an Excel workbook that can be read: {detail}.",
                        name=path.name,
                        detail=detail.rstrip("."),
                    )
                ) from error


def _check_archive(path: Path) -> None:
    """Refuses a file that is no zip archive, or that claims to unpack to more than a table has."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except OSError:
        raise
    except Exception as error:
        old = path.suffix.lower() == ".xls"
        raise Refusal(
            tr("{name} is in the old format .xls: save it as .xlsx.", name=path.name)
            if old
            else tr("{name} is not an Excel workbook (.xlsx).", name=path.name)
        ) from error
    unpacked = sum(member.file_size for member in members)
    packed = max(path.stat().st_size, 1)
    bomb = unpacked > _FREELY_UNPACKED and unpacked / packed > _MOST_RATIO
    if unpacked > MOST_UNPACKED or bomb or len(members) > _MOST_MEMBERS:
        raise Refusal(
            tr(
                "{name} would unpack to {size:,} MB, more than is read: save the sheet as CSV.",
                name=path.name,
                size=unpacked >> 20,
            )
        )


def _read(book: Any, path: Path, sheet: str, header: str, progress: Progress) -> Rows:
    names = [found.title for found in book.worksheets]
    if not names:
        raise Refusal(tr("{name} has no sheet with cells.", name=path.name))
    wanted = sheet.strip() or names[0]
    if wanted not in names:
        raise Refusal(
            tr(
                "{name} has no sheet “{sheet}”. It has: {names}.",
                name=path.name,
                sheet=wanted,
                names=", ".join(names[:12]),
            )
        )
    page = book[wanted]
    told = max(page.max_row or 1, 1)
    page.reset_dimensions()  # what a file says of its size need not be true
    table = Table(path.name, header, of_lines=False)
    for number, row in enumerate(page.iter_rows(values_only=True), 1):
        last = len(row)
        while last and row[last - 1] is None:
            last -= 1
        if last > MOST_COLUMNS:
            raise Refusal(
                tr(
                    "Row {n} of {name} has {have:,} cells; at most {most:,} are read.",
                    n=number,
                    name=path.name,
                    have=last,
                    most=MOST_COLUMNS,
                )
            )
        table.add([_text(value) for value in row[:last]], number)
        if number % 1024 == 1:
            progress(min(number / told, 1.0), tr("{n:,} rows", n=number))
    if not len(table.ends):
        raise Refusal(
            tr("The sheet “{sheet}” of {name} has no rows below its header.", sheet=wanted, name=path.name)
        )
    remarks = (tr("The sheet “{sheet}” is read.", sheet=wanted),) if len(names) > 1 else ()
    return Rows(table.columns(), np.frombuffer(table.ends, np.int64), "", remarks, of_lines=False)


def _text(value: Any) -> str:
    """A cell as the text that the understanding of columns starts from."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
