"""Reading a delimited text file into columns of cells: encoding, delimiter, header, limits. No types yet.

Nothing in a file can make this take more than bounded memory: lines, cells, columns, rows and the whole have limits,
and a line that never ends is refused after its first megabytes.
"""

from __future__ import annotations

import codecs
import csv
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.files import readable
from nndesigner.data.stored import TooLarge

MOST_BYTES = 2 << 30
MOST_LINE = 4 << 20
"""characters from one row's start to its end"""
MOST_COLUMNS = 10_000
MOST_ROWS = 5_000_000
MOST_CELLS = 20_000_000
"""more rows or cells than these are not kept in memory; `streamed_rows.py` keeps them in a file"""

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}
# Tab, semicolon and bar first: where they fit as well as the comma, the commas are decimal commas or prose.
_GUESSED = ("tab", "semicolon", "bar", "comma")
_SAMPLE = 1 << 16
_PIECE = 1 << 18
_SAMPLE_ROWS = 50
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LOOKS_LIKE_A_VALUE = re.compile(r"[-+]?[\d.,]*\d[\d.,]*([eE][-+]?\d+)?%?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*")


Kind = TypeVar("Kind", bound="Table")


@dataclass(frozen=True)
class Cells:
    """One column: its different texts (spaces around them removed), and for each row which of them it holds."""

    name: str
    texts: tuple[str, ...]
    codes: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Rows:
    """A whole file: its columns, and for each row the line on which it ends, to speak of it."""

    columns: tuple[Cells, ...]
    lines: npt.NDArray[np.int64]
    delimiter: str
    """what stood between two cells; "" where cells have types of their own"""
    remarks: tuple[str, ...] = ()
    of_lines: bool = True
    """whether `lines` counts the lines of a text; else it counts rows"""

    def where(self, row: int) -> str:
        """ "Line 5", the place of a row as the user finds it in the file; to begin a sentence."""
        n = int(self.lines[row])
        return tr("Line {n}", n=n) if self.of_lines else tr("Row {n}", n=n)

    def at(self, row: int) -> str:
        """ "on line 5", within a sentence."""
        n = int(self.lines[row])
        return tr("on line {n}", n=n) if self.of_lines else tr("in row {n}", n=n)


def read_rows(path: Path, delimiter: str, encoding: str, header: str, progress: Progress) -> Rows:
    """All rows of the file. `delimiter` is a key of DELIMITERS or "auto", `encoding` a codec or "auto", `header` is
    "auto", "yes" or "no". Raises `Refusal` naming line and reason where the file is no table, `TooLarge` beyond the
    limits.
    """
    table, remarks = fill(path, delimiter, encoding, lambda: Table(path.name, header), progress)
    return Rows(table.columns(), np.frombuffer(table.ends, np.int64), table.delimiter, remarks)


def fill(
    path: Path, delimiter: str, encoding: str, new: Callable[[], Kind], progress: Progress
) -> tuple[Kind, tuple[str, ...]]:
    """A table that `new` makes, with all rows of the file put into it, and remarks; anew for another encoding."""
    with readable(path):
        with path.open("rb") as file:
            start = file.read(_SAMPLE)
        guesses = [encoding] if encoding != "auto" else _guess_encodings(start, path)
        for position, guess in enumerate(guesses):
            table = new()
            try:
                return table, _read(path, delimiter, guess, start, table, progress)
            except UnicodeError as error:
                if position + 1 == len(guesses):
                    raise Refusal(
                        tr(
                            "{name} is not text in the encoding {encoding}: choose another one.",
                            name=path.name,
                            encoding=guess,
                        )
                    ) from error
    raise AssertionError("there is always a last encoding")


def _guess_encodings(start: bytes, path: Path) -> list[str]:
    for mark, name in _BOMS:
        if start.startswith(mark):
            return [name]
    if b"\0" in start:
        raise Refusal(tr("{name} is not a text file.", name=path.name))
    return ["utf-8", "cp1252", "latin-1"]


def _read(
    path: Path, delimiter: str, encoding: str, start: bytes, table: Table, progress: Progress
) -> tuple[str, ...]:
    decoder = codecs.getincrementaldecoder(encoding)()
    sample = _sample_lines(decoder.decode(start, final=len(start) < _SAMPLE), whole=len(start) < _SAMPLE)
    word = guess_delimiter(sample) if delimiter == "auto" else delimiter
    remarks = []
    if encoding not in ("utf-8", "utf-8-sig", "utf-16"):
        remarks.append(tr("The file is not UTF-8; it is read as {encoding}.", encoding=encoding))
    size = max(path.stat().st_size, 1)
    table.delimiter = DELIMITERS[word]
    with path.open("rb") as binary, TextIOWrapper(binary, encoding=encoding, newline="") as text:
        lines = _Lines(text, path.name)
        spaces = DELIMITERS[word] == " "
        reader = csv.reader(lines, delimiter=DELIMITERS[word], strict=True, skipinitialspace=spaces)
        try:
            for row in reader:
                table.characters += lines.since_row
                lines.since_row = 0
                table.add(row, reader.line_num)
                if table.rows % 4096 == 1:
                    progress(binary.tell() / size, tr("{n:,} rows", n=table.rows))
        except csv.Error as error:
            raise Refusal(
                tr(
                    "Line {line} of {name} cannot be read as a row of a table: {reason}.",
                    line=reader.line_num,
                    name=path.name,
                    reason=error,
                )
            ) from error
    if not table.rows:
        raise Refusal(tr("{name} has no rows below its header.", name=path.name))
    return tuple(remarks)


def guess_delimiter(lines: list[str]) -> str:
    """The key of DELIMITERS that cuts most of the lines into one and the same number of cells, more than one."""
    best, best_score = "comma", 0.0
    for word in _GUESSED:
        try:
            lengths = [len(row) for row in csv.reader(lines, delimiter=DELIMITERS[word]) if row]
        except csv.Error:
            continue
        cells, rows = Counter(lengths).most_common(1)[0] if lengths else (1, 0)
        if cells > 1 and rows / len(lengths) > best_score:
            best, best_score = word, rows / len(lengths)
    return best


class Table:
    """Columns while they grow. Each different text is kept once; a row costs four bytes per column."""

    def __init__(self, file: str, header: str, of_lines: bool = True) -> None:
        self._file = file
        self._header = header
        self._of_lines = of_lines
        self._names: list[str] = []
        self._texts: list[dict[str, int]] = []
        self._codes: list[array[int]] = []
        self.rows = 0
        self.characters = 0
        """of the rows, in the file"""
        self.delimiter = ""
        """what stands between two cells; known before the first row"""
        self.ends = array("q")
        """for each row the line on which it ends"""

    def add(self, row: list[str], line: int) -> None:
        """Takes one row; the first decides how many columns there are. Raises `Refusal` beyond a limit."""
        if not row or (len(row) == 1 and not row[0].strip()) or not (self._of_lines or any(row)):
            return  # an empty line
        if not self._names and self._begin(row):
            return
        width = len(self._names)
        if not self._of_lines and len(row) < width:
            row = [*row, *[""] * (width - len(row))]  # a spreadsheet keeps no empty cells at the end of a row
        if len(row) < width or (len(row) > width and any(row[width:])):
            raise Refusal(
                tr(
                    "Line {line} of {name} has {have} cells, but the table has {want} columns: correct that line,"
                    " or choose another delimiter.",
                    line=line,
                    name=self._file,
                    have=len(row),
                    want=width,
                )
                if self._of_lines
                else tr(
                    "Row {line} of {name} has {have} cells, but the first row has {want}: the table must begin with a"
                    " row that is as wide as the others.",
                    line=line,
                    name=self._file,
                    have=len(row),
                    want=width,
                )
            )
        self.rows += 1
        self._store(row, line)

    def _store(self, row: list[str], line: int) -> None:
        """Keeps a row that is at least as wide as the table."""
        for texts, codes, cell in zip(self._texts, self._codes, row, strict=False):
            codes.append(texts.setdefault(cell.strip(), len(texts)))
        self.ends.append(line)
        if self.rows > MOST_ROWS or self.rows * len(self._names) > MOST_CELLS:
            raise TooLarge(
                tr(
                    "{name} is too large to be read into memory: at most {rows:,} rows and {cells:,} cells fit.",
                    name=self._file,
                    rows=MOST_ROWS,
                    cells=MOST_CELLS,
                )
            )

    def columns(self) -> tuple[Cells, ...]:
        return tuple(
            Cells(name, tuple(texts), np.frombuffer(codes, np.int32))
            for name, texts, codes in zip(self._names, self._texts, self._codes, strict=True)
        )

    def _begin(self, row: list[str]) -> bool:
        """Takes the first row's width and, where it is a header, its names; tells whether it is one."""
        header = self._header == "yes" or (self._header == "auto" and not any(map(_is_value, row)))
        if len(row) > MOST_COLUMNS:
            raise Refusal(
                tr(
                    "{name} has {n:,} columns; at most {most:,} are read.",
                    name=self._file,
                    n=len(row),
                    most=MOST_COLUMNS,
                )
            )
        self._names = _names(row if header else [""] * len(row))
        self._texts = [{} for _ in row]
        self._codes = [array("i") for _ in row]
        return header


class _Lines:
    """The lines of a text file, none longer than MOST_LINE, nor a row of many lines."""

    def __init__(self, text: TextIOWrapper, name: str) -> None:
        self._text = text
        self._name = name
        self.since_row = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._whole(), start=1):
            self.since_row += len(line)
            if self.since_row > MOST_LINE:
                raise self._endless(number)
            yield line

    def _whole(self) -> Iterator[str]:
        """Many lines are cut at a time, which is faster than to ask for each."""
        rest, lines = "", 0
        while piece := self._text.read(_PIECE):
            rest += piece
            # Without a line feed the lines may end in carriage returns; the last one may be half of an end.
            end = rest.rfind("\n") + 1 or rest.rfind("\r", 0, len(rest) - 1) + 1
            if end:
                whole = StringIO(rest[:end], newline="").readlines()
                yield from whole
                lines += len(whole)
                rest = rest[end:]
            if len(rest) > MOST_LINE:
                raise self._endless(lines + 1)
        yield from StringIO(rest, newline="").readlines()

    def _endless(self, line: int) -> Refusal:
        return Refusal(
            tr(
                "The row at line {line} of {name} has more than {most:,} characters: this is no table, or a"
                " quotation mark is missing.",
                line=line,
                name=self._name,
                most=MOST_LINE,
            )
        )


def _sample_lines(text: str, whole: bool) -> list[str]:
    lines = text.splitlines(keepends=True)
    return (lines if whole or len(lines) == 1 else lines[:-1])[:_SAMPLE_ROWS]


def _is_value(cell: str) -> bool:
    return len(cell) <= 64 and _LOOKS_LIKE_A_VALUE.fullmatch(cell.strip()) is not None


def _names(row: list[str]) -> list[str]:
    """Column names: each once, none empty."""
    names: list[str] = []
    taken: set[str] = set()
    for position, cell in enumerate(row):
        stem = " ".join(cell.split())[:200] or tr("column {n}", n=position + 1)
        name, number = stem, 2
        while name in taken:
            name, number = f"{stem} ({number})", number + 1
        names.append(name)
        taken.add(name)
    return names
