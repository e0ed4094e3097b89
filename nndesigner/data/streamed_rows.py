"""The rows of a table that does not fit into memory: cells as numbers in a file, a block of rows after the other.

A column is first kept as the codes of its different texts, as in memory. One that has too many of them is a column of
numbers or dates, or of no use: from then on its values are kept instead. What the columns mean is found out from that
in `streamed_table.py`. Memory is bounded by the block and by the different texts.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from nndesigner.base.folders import cache_folder
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.csv_columns import Reading, is_missing, marks_rows, may_mark_rows, reading
from nndesigner.data.csv_rows import Table
from nndesigner.data.stored import release

BLOCK_CELLS = 1 << 18
BLOCK_CHARACTERS = 16 << 20
_LOOK = 64
"""rows after which it is looked whether a block is full"""
MOST_TEXTS = 20_000
"""different texts of a column of which each has a code"""
MOST_NUMBERS = 2_000
"""the same of one that begins as numbers or dates do"""
MOST_ALL_TEXTS = 2_000_000
"""of all columns together"""
MOST_ALL_CHARACTERS = 128 << 20
MOST_MARKS = 50_000_000
"""rows of which every number is kept, to know whether they are all different"""
MOST_ROWS = 500_000_000

Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, kw_only=True)
class StreamedColumn:
    """One column of a table in a file.

    `texts` are the different texts in the order of their codes, `counts` in how many rows each stands. Where there were
    too many, `read_as` says how cells were read from the block `changed` on (None: not at all), and `present`, `good`,
    `wrong` count the rows of the whole column with a value, with one of that kind, and with another.
    """

    name: str
    texts: tuple[str, ...]
    counts: npt.NDArray[np.int64]
    changed: int | None = None
    read_as: Reading | None = None
    present: int = 0
    good: int = 0
    wrong: int = 0
    first_wrong: tuple[int, str] = (-1, "")
    """row and text; row -1 where it is among the rows that have codes"""
    marks: bool = False
    """whether its numbers only tell rows apart"""

    def values(self, block: int, words: Words, of_text: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The values (rows,) of a block, from its words; `of_text` is the value of each text."""
        if self.changed is None or block < self.changed:
            return of_text[words.view(np.int32)]
        return words.view(np.float32)


class StreamedRows:
    """All rows of a table, in a file that is gone when this is."""

    def __init__(
        self,
        columns: tuple[StreamedColumn, ...],
        blocks: Sequence[int],
        words: Words,
        lines: npt.NDArray[np.int64],
        delimiter: str,
        of_lines: bool,
    ) -> None:
        self.columns = columns
        self.lines = lines
        """(rows,) in a file: for each row the line on which it ends"""
        self.delimiter = delimiter
        self.of_lines = of_lines
        self._blocks, self._words = blocks, words

    def __len__(self) -> int:
        return len(self.lines)

    def blocks(self) -> Iterator[tuple[int, int, Words]]:
        """(number of the block, its first row, its words (columns, rows)), one after the other."""
        first = place = 0
        for number, rows in enumerate(self._blocks):
            size = rows * len(self.columns)
            yield number, first, np.array(self._words[place : place + size]).reshape(-1, rows)
            if number % 32 == 31:
                release(self._words)
            first, place = first + rows, place + size

    def first_with(self, column: int, wrong: npt.NDArray[np.bool_]) -> tuple[int, str]:
        """The first row, and its text, whose text in that column is among those that `wrong` (texts,) tells."""
        for _, first, words in self.blocks():
            codes = words[column].view(np.int32)
            found = np.flatnonzero(wrong[codes])
            if len(found):
                return first + int(found[0]), self.columns[column].texts[int(codes[found[0]])]
        raise ValueError("no row holds such a text")

    def codes(self, column: int) -> npt.NDArray[np.int32]:
        """The code of every row in that column, in memory."""
        return np.concatenate([words[column].view(np.int32) for _, _, words in self.blocks()])


class StreamedTable(Table):
    """A table that is kept in a file while it grows. To be used in a `with`: outside of it, it cannot grow."""

    def __init__(
        self,
        file: str,
        header: str,
        wishes: Callable[[list[str]], Mapping[int, str]],
        of_lines: bool = True,
    ) -> None:
        """`wishes` is asked once, with the names of the columns, and may refuse them: by the number of a column "skip"
        keeps nothing of it, "codes" and "texts" every text."""
        super().__init__(file, header, of_lines)
        self._wishes = wishes
        self._columns: list[_Growing] = []
        self._held: list[list[str]] = []
        self._held_lines: array[int] = array("q")
        self._room, self._look = 1 << 62, 1
        self._characters = 0
        self._blocks: list[int] = []
        self._words: IO[Any] = tempfile.TemporaryFile(dir=cache_folder())  # noqa: SIM115 (closed by __exit__)
        self._lines: IO[Any] = tempfile.TemporaryFile(dir=cache_folder())  # noqa: SIM115

    def __enter__(self) -> StreamedTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._words.close()
        self._lines.close()

    def streamed(self) -> StreamedRows:
        """What there is, when all rows were added."""
        self._flush()
        self._words.flush()
        self._lines.flush()
        return StreamedRows(
            tuple(column.finished() for column in self._columns),
            self._blocks,
            np.memmap(self._words, np.uint32, "r"),
            np.memmap(self._lines, np.int64, "r"),
            self.delimiter,
            self._of_lines,
        )

    def begin(self, names: list[str]) -> None:
        """Where columns come in blocks instead of rows: their names."""
        self._names = names
        self._begin_columns()

    def add_columns(self, cells: Sequence[Sequence[str]]) -> None:
        """A block of rows, by columns."""
        n = len(cells[0])
        self._take(cells, range(self.rows + 1, self.rows + n + 1))
        self.rows += n

    def _store(self, row: list[str], line: int) -> None:
        self._held.append(row)
        self._held_lines.append(line)
        if len(row) > len(self._names):
            del row[len(self._names) :]
        if len(self._held) >= self._look:
            self._settle()

    def _begin_columns(self) -> None:
        wishes = self._wishes(self._names)
        self._columns = [_Growing(name, wishes.get(i, ""), i == 0) for i, name in enumerate(self._names)]
        self._room = max(1, BLOCK_CELLS // len(self._names))

    def _settle(self) -> None:
        """Writes what is held where it is enough."""
        if not self._columns:
            self._begin_columns()
        if len(self._held) >= self._room or self.characters - self._characters > BLOCK_CHARACTERS:
            self._flush()
        self._look = min(self._room, len(self._held) + _LOOK)

    def _flush(self) -> None:
        if not self._held:
            return
        if not self._columns:
            self._begin_columns()
        self.rows -= len(self._held)
        self._take(list(zip(*self._held, strict=True)), self._held_lines)
        self.rows += len(self._held)
        self._held, self._held_lines, self._characters = [], array("q"), self.characters

    def _take(self, cells: Sequence[Sequence[str]], lines: Sequence[int]) -> None:
        """Writes a block of further rows, given by columns."""
        words = np.empty((len(self._columns), len(lines)), np.uint32)
        for column, of_column, place in zip(self._columns, cells, words, strict=True):
            column.take(of_column, self.rows, place)
        self._words.write(words.data)
        self._lines.write(np.asarray(lines, np.int64).tobytes())
        self._blocks.append(len(lines))
        rows = self.rows + len(lines)
        if rows > MOST_ROWS:
            raise Refusal(
                tr("{name} has more than {most:,} rows: cut it in pieces.", name=self._file, most=MOST_ROWS)
            )
        texts = sum(len(column.texts) for column in self._columns)
        characters = sum(column.texts.characters for column in self._columns)
        for column in self._columns:
            if column.wish in ("texts", "codes"):
                if texts > MOST_ALL_TEXTS or characters > MOST_ALL_CHARACTERS:
                    raise Refusal(
                        tr(
                            "The columns of {file} have too many different values; one of them is “{name}”. Leave out"
                            " what is not needed.",
                            name=column.name,
                            file=self._file,
                        )
                    )
            elif column.grown and column.wish != "codes" and len(column.texts) > MOST_NUMBERS:
                much = texts > MOST_ALL_TEXTS or characters > MOST_ALL_CHARACTERS
                column.change(len(self._blocks), rows, self.delimiter, much or len(column.texts) > MOST_TEXTS)


class _Texts(dict[str, int]):
    """Codes of texts, a new one for a new text; those that differ in the spaces around them have one code."""

    def __init__(self) -> None:
        super().__init__()
        self.distinct: list[str] = []
        self.characters = 0

    def __missing__(self, cell: str) -> int:
        text = cell.strip()
        code = self.get(text)
        if code is None:
            code = self[text] = len(self.distinct)
            self.distinct.append(text)
        if text != cell:
            self[cell] = code
        self.characters += len(cell)
        return code


class _Growing:
    """A column while its rows come in."""

    def __init__(self, name: str, wish: str, first: bool) -> None:
        self.name, self.wish, self._first = name, wish, first
        self.texts = _Texts()
        self.grown = False
        """whether the last block brought new texts"""
        self._counts = np.zeros(0, np.int64)
        self._tried = False
        self._changed: int | None = None
        self._reading: Reading | None = None
        self._present = self._good = self._wrong = 0
        self._first_wrong = (-1, "")
        self._known: tuple[str, ...] = ()
        self._numbers: array[float] | None = None

    def take(self, cells: Sequence[str], first: int, words: Words) -> None:
        """Puts the cells of a block, the first of which is in row `first`, into its words."""
        if self.wish == "skip" or (self._changed is not None and self._reading is None):
            words[:] = 0
        elif self._reading is not None:
            self._take_values(self._reading, cells, first, words)
        else:
            before = len(self.texts)
            codes = np.fromiter(map(self.texts.__getitem__, cells), np.int32, len(cells))
            self.grown = len(self.texts) > before
            counts = np.bincount(codes, minlength=len(self.texts.distinct))
            counts[: len(self._counts)] += self._counts
            self._counts = counts
            words[:] = codes.view(np.uint32)

    def change(self, block: int, rows: int, delimiter: str, must: bool) -> None:
        """From that block on values instead of codes, where they are such or it `must`; `rows` were there before."""
        texts = tuple(self.texts.distinct)
        how = self._reading_of(texts, delimiter, must)
        if how is None and not must:
            return
        self._known, self._changed, self._reading = texts, block, how
        self.texts, self.grown = _Texts(), False
        if self._reading is None:
            self._known = ()
            return
        values = self.of_texts()
        good = ~np.isnan(values)
        wrong = np.array([not is_missing(text) for text in texts], bool) & ~good
        self._good, self._wrong = int(self._counts[good].sum()), int(self._counts[wrong].sum())
        self._present = self._good + self._wrong
        alone = len(texts) == rows == self._good and self._reading.kind == "number"
        if alone and may_mark_rows(self.name, values, self._first):
            self._numbers = array("d", values.tolist())  # each text in one row: codes are rows

    def _reading_of(self, texts: tuple[str, ...], delimiter: str, must: bool) -> Reading | None:
        if self._tried and not must:
            return None  # it begins with other texts: they stay texts as long as there is room
        self._tried = True
        return reading(texts, self._counts, delimiter)

    def of_texts(self) -> npt.NDArray[np.float64]:
        assert self._reading is not None
        return np.array([self._reading.value(text) for text in self._known])

    def finished(self) -> StreamedColumn:
        if self._changed is None:
            return StreamedColumn(name=self.name, texts=tuple(self.texts.distinct), counts=self._counts)
        return StreamedColumn(
            name=self.name,
            texts=self._known,
            counts=self._counts,
            changed=self._changed,
            read_as=self._reading,
            present=self._present,
            good=self._good,
            wrong=self._wrong,
            first_wrong=self._first_wrong,
            marks=self._all_different(),
        )

    def _take_values(self, how: Reading, cells: Sequence[str], first: int, words: Words) -> None:
        values = how.values(cells)
        bad: list[int] = np.flatnonzero(np.isnan(values)).tolist()
        wrong = [place for place in bad if not is_missing(cells[place])]
        good = len(values) - len(bad)
        self._good += good
        self._present += good + len(wrong)
        if wrong:
            if not self._wrong:
                self._first_wrong = first + wrong[0], cells[wrong[0]].strip()
            self._wrong += len(wrong)
        if self._numbers is not None:
            if len(bad) or np.any(values % 1) or len(self._numbers) > MOST_MARKS:
                self._numbers = None
            else:
                self._numbers.frombytes(values.tobytes())
        words[:] = values.astype(np.float32).view(np.uint32)

    def _all_different(self) -> bool:
        if self._numbers is None:
            return False
        return marks_rows(self.name, np.frombuffer(self._numbers, np.float64), self._first)
