"""What the cells of a column are: numbers, dates, categories, or marks of a row that say nothing about it.

Guessed from the different texts of the column; every guess can be overruled by a parameter. It reads no file.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.csv_rows import Cells

MISSING = frozenset(("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil", "?", "-", "--"))
"""Texts that stand for "no value", in any case."""

LARGEST = 3.0e38
"""float32 holds no larger number."""

LONGEST_VALUE = 64
"""characters of a number or date: longer text is neither, and no pattern is tried on it"""

# At least this share of a column's cells are numbers: then the others are mistakes rather than categories.
MOSTLY = 0.8

_PLAIN = re.compile(r"[-+.eE0-9\n]*")
_POINT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,4})?")
_COMMA = re.compile(r"[-+]?(\d+,?\d*|,\d+)([eE][-+]?\d{1,4})?")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?Z?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_ROW_MARK = re.compile(r"(?i:(.*[ _-])?(id|index|idx|no|nr|number|row|key|uuid)|unnamed.*)|.*[a-z](Id|ID)")


@dataclass(frozen=True)
class Column:
    """A column as values: `kind` "number", "date", "category", "empty" or "mark" (identifies a row).

    `values` (rows,) float32 in file order, NaN where missing: numbers, days since 2000-01-01, or codes into `names`.
    """

    name: str
    kind: str
    values: npt.NDArray[np.float32]
    names: tuple[str, ...] = ()
    wrong: tuple[int, ...] = ()
    """with kind "number" or "date": rows whose cell is something else; their value is missing"""


@dataclass(frozen=True)
class Meaning:
    """What the different texts of a column say, whichever rows hold them: `kind` as of `Column`.

    `values` (texts,) float64: numbers, days, or codes into `names`; NaN where a text is missing or of another kind.
    """

    kind: str
    values: npt.NDArray[np.float64]
    names: tuple[str, ...] = ()
    wrong: npt.NDArray[np.bool_] | None = None
    """(texts,) with kind "number" or "date": those that are something else"""
    doubtful: bool = False
    """whether its numbers may only tell rows apart: `marks_rows` knows, when it has seen them"""


def meaning(
    texts: tuple[str, ...],
    counts: npt.NDArray[np.int64],
    delimiter: str,
    *,
    category: bool,
    keep: bool,
    most_categories: int,
) -> Meaning:
    """What the texts say that stand in so many rows each. `category` and `keep` are the user's word."""
    present = np.array([text.casefold() not in MISSING for text in texts], bool)
    n = int(counts[present].sum())
    if n == 0:
        return Meaning("empty", np.full(len(texts), np.nan))
    if not category:
        for kind in ("number", "date"):
            values = _numbers(texts, delimiter) if kind == "number" else _dates(texts)
            good = int(counts[~np.isnan(values)].sum())
            if good == n or good >= max(3, MOSTLY * n):
                doubtful = kind == "number" and good == n and not keep
                return Meaning(kind, values, wrong=present & np.isnan(values), doubtful=doubtful)
    names = sorted({text for text, there in zip(texts, present, strict=True) if there})
    place = {name: code for code, name in enumerate(names)}
    codes = np.array([place.get(text, np.nan) for text in texts], np.float64)
    many = len(names) > most_categories or (n >= 10 and len(names) > n / 2)
    return Meaning("mark" if many and not (category or keep) else "category", codes, tuple(names))


def understand(
    cells: Cells, delimiter: str, *, category: bool, keep: bool, most_categories: int, first: bool
) -> Column:
    """The column that the cells hold. `category` and `keep` are the user's word; `first` is whether it stands first."""
    counts = np.bincount(cells.codes, minlength=len(cells.texts))
    said = meaning(
        cells.texts, counts, delimiter, category=category, keep=keep, most_categories=most_categories
    )
    spread = said.values[cells.codes]
    kind = "mark" if said.doubtful and marks_rows(cells.name, spread, first) else said.kind
    wrong = () if said.wrong is None or kind == "mark" else np.flatnonzero(said.wrong[cells.codes]).tolist()
    return Column(cells.name, kind, spread.astype(np.float32), said.names, tuple(wrong))


@dataclass(frozen=True)
class Reading:
    """How cells of a long column are read, decided from its first ones: as numbers or as dates, and in which form."""

    kind: str
    _comma: bool = False
    _thousands: bool = False
    _day_first: bool = False

    def value(self, text: str) -> float:
        """The number, or days since 2000-01-01; NaN where the text is none, or stands for a missing value."""
        if self.kind == "date":
            return _date(text, self._day_first)
        return _with_comma(text) if self._comma else _with_point(text, self._thousands)

    def values(self, cells: Sequence[str]) -> npt.NDArray[np.float64]:
        """The values of cells (n,) as they stand in the file, spaces around them included."""
        quick = _quick(cells) if self.kind == "number" and not self._comma else None
        if quick is not None:
            return quick
        of_text = {text: self.value(text.strip()) for text in set(cells)}
        return np.fromiter(map(of_text.__getitem__, cells), np.float64, len(cells))


def reading(texts: tuple[str, ...], counts: npt.NDArray[np.int64], delimiter: str) -> Reading | None:
    """How a column is read that begins with these texts, each in so many rows; None where they are neither numbers nor
    dates."""
    found = meaning(texts, counts, delimiter, category=False, keep=True, most_categories=0)
    if found.kind == "date":
        slashed = [match for text in texts if (match := _SLASHED.fullmatch(text))]
        return Reading("date", _day_first=any(int(match[1]) > 12 for match in slashed))
    if found.kind != "number":
        return None
    point = np.array([_with_point(text, delimiter == ",") for text in texts])
    comma = delimiter != "," and np.isnan(point).sum() > np.isnan(found.values).sum()
    return Reading("number", bool(comma), delimiter == ",")


def is_missing(text: str) -> bool:
    """Whether a cell stands for "no value"."""
    return text.strip().casefold() in MISSING


def _quick(cells: Sequence[str]) -> npt.NDArray[np.float64] | None:
    """The values of cells that are plain numbers or empty, by the interpreter's own reading; None for any others."""
    some = [cell for cell in cells if cell] if "" in cells else cells
    joined = "".join(some)
    if not joined.isascii() or joined.encode("ascii").translate(None, b"+-.eE0123456789"):
        return None
    if len(joined) > 16 * len(some) and max(map(len, some)) > LONGEST_VALUE:
        return None
    try:
        values = np.fromiter(map(float, some), np.float64, len(some))
    except ValueError:
        return None
    if not np.all(np.abs(values) <= LARGEST):
        return None
    if len(some) == len(cells):
        return values
    spread = np.full(len(cells), np.nan)
    spread[np.fromiter(map(bool, cells), np.bool_, len(cells))] = values
    return spread


def exact(cells: Cells, delimiter: str, kind: str) -> npt.NDArray[np.float64]:
    """The cells of a column of that kind ("number" or "date") in double precision: float32 counts days to a minute
    only. NaN where there is none.
    """
    values = _dates(cells.texts) if kind == "date" else _numbers(cells.texts, delimiter)
    return values[cells.codes]


def class_names(cells: Cells, rows: npt.NDArray[np.int64], delimiter: str) -> tuple[str, ...]:
    """The different texts of the rows, numbers in numeric order and other texts in alphabetical order."""
    return in_order({cells.texts[code] for code in np.unique(cells.codes[rows])}, delimiter)


def in_order(different: Iterable[str], delimiter: str) -> tuple[str, ...]:
    """Texts as the names of classes: numbers in numeric order and other texts in alphabetical order."""
    texts = sorted(different)
    numbers = _numbers(tuple(texts), delimiter)
    if np.isnan(numbers).any():
        return tuple(texts)
    return tuple(texts[i] for i in np.argsort(numbers, kind="stable"))


def listed(text: str, known: Container[str], names: str, parameter: str) -> tuple[str, ...]:
    """The column names in a parameter's text, separated by commas or semicolons.

    `names` shows what there is. Raises `Refusal` for a name that is not in the table.
    """
    if text.strip() in known:
        return (text.strip(),)  # a single name may hold a comma
    words = tuple(word.strip() for word in re.split("[,;]", text) if word.strip())
    for word in words:
        if word not in known:
            raise Refusal(
                tr(
                    "“{parameter}” names the column “{word}”, which is not in the table. It has: {names}.",
                    parameter=parameter,
                    word=word,
                    names=names,
                )
            )
    return words


def _numbers(texts: tuple[str, ...], delimiter: str) -> npt.NDArray[np.float64]:
    """Each text as a number, NaN where it is none: with decimal points, or with decimal commas if more fit so."""
    plain = _all_plain(texts)
    if plain is not None:
        return plain
    point = np.array([_with_point(text, delimiter == ",") for text in texts])
    if delimiter == "," or not np.isnan(point).any():
        return point
    comma = np.array([_with_comma(text) for text in texts])
    return comma if np.isnan(comma).sum() < np.isnan(point).sum() else point


def _all_plain(texts: tuple[str, ...]) -> npt.NDArray[np.float64] | None:
    """All texts as numbers at once where each is made of digits, signs, points and e alone; else None."""
    if any(len(text) > LONGEST_VALUE for text in texts):
        return None
    if not _PLAIN.fullmatch("\n".join(texts)):
        return None
    try:
        values = np.array(texts).astype(np.float64)
    except ValueError:
        return None
    return values if np.all(np.abs(values) <= LARGEST) else None


def _with_point(text: str, thousands: bool) -> float:
    if len(text) > LONGEST_VALUE:
        return np.nan
    if _POINT.fullmatch(text):
        return _bounded(text)
    if thousands and _THOUSANDS.fullmatch(text):
        return _bounded(text.replace(",", ""))
    return np.nan


def _with_comma(text: str) -> float:
    fits = len(text) <= LONGEST_VALUE and _COMMA.fullmatch(text)
    return _bounded(text.replace(",", ".")) if fits else np.nan


def _bounded(text: str) -> float:
    value = float(text)
    return value if abs(value) <= LARGEST else np.nan


def _dates(texts: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Each text as days since 2000-01-01, NaN where it is no date. 3/4/2020 is the third of April only where another
    text of the column shows that the day comes first.
    """
    slashed = [match for text in texts if (match := _SLASHED.fullmatch(text))]
    day_first = any(int(match[1]) > 12 for match in slashed)
    return np.array([_date(text, day_first) for text in texts])


def _date(text: str, day_first: bool) -> float:
    hour = minute = second = 0
    if len(text) > LONGEST_VALUE:
        return np.nan
    if match := _ISO.fullmatch(text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
        hour, minute, second = (int(part or 0) for part in match.group(5, 6, 7))
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    elif match := _SLASHED.fullmatch(text):
        month, day, year = (int(part) for part in match.groups())
        if day_first:
            month, day = day, month
    else:
        return np.nan
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return np.nan
    return (moment - _EPOCH).total_seconds() / 86_400


def marks_rows(name: str, values: npt.NDArray[np.float64], first: bool) -> bool:
    """Whether numbers only identify their row: whole, all different, and counted through or called an id."""
    if len(values) < 5 or np.isnan(values).any() or np.any(values % 1 != 0):
        return False
    if len(np.unique(values)) < len(values):
        return False
    counted = bool(np.all(np.diff(values) == 1)) and values[0] in (0, 1)
    called = _ROW_MARK.fullmatch(name) is not None
    return called or (counted and first)


def may_mark_rows(name: str, values: npt.NDArray[np.float64], first: bool) -> bool:
    """Whether `marks_rows` may say so of a column that begins with these values."""
    return not np.any(values % 1) and (first or _ROW_MARK.fullmatch(name) is not None)
