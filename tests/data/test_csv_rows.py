from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled, quiet
from nndesigner.data import csv_rows
from nndesigner.data.csv_rows import Rows, read_rows


def rows_of(
    path: Path, content: bytes | str, delimiter: str = "auto", encoding: str = "auto", header: str = "auto"
) -> Rows:
    file = path / "t.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_rows(file, delimiter, encoding, header, quiet)


def cells(rows: Rows) -> dict[str, list[str]]:
    return {column.name: [column.texts[code] for code in column.codes] for column in rows.columns}


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(mark: str, end: str, tmp_path: Path) -> None:
    text = end.join(["name,size", "big dog,1.5", "cat,2", ""]).replace(",", mark)
    assert cells(rows_of(tmp_path, text)) == {"name": ["big dog", "cat"], "size": ["1.5", "2"]}


def test_decimal_commas_do_not_look_like_delimiters(tmp_path: Path) -> None:
    assert list(cells(rows_of(tmp_path, "1,5;2,5\n3,5;4,5\n"))) == ["column 1", "column 2"]


def test_spaces_when_chosen(tmp_path: Path) -> None:
    assert cells(rows_of(tmp_path, "a  b\n1   2\n", "space")) == {"a": ["1"], "b": ["2"]}


def test_quoted_cells_may_hold_anything(tmp_path: Path) -> None:
    found = rows_of(tmp_path, 'a,b\n"x, ""y""\nz",1\nlast,2\n')
    assert cells(found)["a"] == ['x, "y"\nz', "last"]
    assert found.lines.tolist() == [3, 4], "a row is known by the line on which it ends"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("a,b\n1,2\n", ["a", "b"]),
        ("1,2\n3,4\n", ["column 1", "column 2"]),
        ("a,b\nc,d\n", ["a", "b"]),
        ("x,2020-01-01\ny,2020-01-02\n", ["column 1", "column 2"]),
        (",a,a,a\n0,1,2,3\n", ["column 1", "a", "a (2)", "a (3)"]),
    ],
)
def test_a_header_is_a_first_line_without_values(content: str, names: list[str], tmp_path: Path) -> None:
    assert list(cells(rows_of(tmp_path, content))) == names


def test_the_header_may_be_said(tmp_path: Path) -> None:
    assert cells(rows_of(tmp_path, "2019,2020\n1,2\n", header="yes")) == {"2019": ["1"], "2020": ["2"]}
    assert cells(rows_of(tmp_path, "a,b\nc,d\n", header="no"))["column 1"] == ["a", "c"]


@pytest.mark.parametrize(
    ("encoding", "remark"), [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("cp1252", "read as cp1252")]
)
def test_encodings(encoding: str, remark: str, tmp_path: Path) -> None:
    found = rows_of(tmp_path, "größe,b\n1,é\n".encode(encoding))
    assert cells(found) == {"größe": ["1"], "b": ["é"]}
    assert remark in " ".join(found.remarks) and bool(found.remarks) == bool(remark)


def test_a_late_foreign_byte_is_still_understood(tmp_path: Path) -> None:
    content = b"a,b\n" + b"1,2\n" * 50_000 + b"3,\xe9\n"
    assert cells(rows_of(tmp_path, content))["b"][-1] == "é"


def test_empty_lines_and_empty_last_cells_are_nothing(tmp_path: Path) -> None:
    assert cells(rows_of(tmp_path, "a,b\n\n1,2,\n  \n3,4,,\n")) == {"a": ["1", "3"], "b": ["2", "4"]}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a,b,c\n1,2,3\n1,2\n", "Line 3 of t.csv has 2 cells, but the table has 3 columns"),
        ('a,b\n"x\ny",1\n1,2,3\n', "Line 4 of t.csv has 3 cells"),
        ('a,b\n1,"2\n3,4\n', "cannot be read as a row"),
        ('a,b\n1,"2"x\n', "Line 2 of t.csv cannot be read as a row"),
        ("a,b\n", "no rows below its header"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a text file"),
        (
            "a,b\n1," + "x" * 200_000 + "\n",
            "Line 2 of t.csv cannot be read as a row of a table: field larger",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(content: str | bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        rows_of(tmp_path, content)
    assert sentence in str(caught.value)


def test_an_encoding_that_does_not_fit_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="not text in the encoding utf-8"):
        rows_of(tmp_path, "a,b\n1,é\n".encode("cp1252"), encoding="utf-8")


def test_a_cell_that_never_ends_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "huge.csv"
    with file.open("wb") as out:
        out.write(b'a,b\n1,"')
        out.truncate(1 << 30)  # a gigabyte, of which the disk holds nothing
    started = time.perf_counter()
    with pytest.raises(Refusal):
        read_rows(file, "auto", "latin-1", "auto", quiet)
    assert time.perf_counter() - started < 2


def test_a_quotation_that_never_ends_is_refused_early(tmp_path: Path) -> None:
    content = "a,b\n1," + '"x\n",' * 2_000_000
    with pytest.raises(Refusal, match="more than 4,194,304 characters"):
        rows_of(tmp_path, content)


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [("MOST_COLUMNS", 2, "has 3 columns"), ("MOST_ROWS", 3, "too large"), ("MOST_CELLS", 10, "too large")],
)
def test_limits(
    limit: str, value: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, limit, value)
    with pytest.raises(Refusal, match=sentence):
        rows_of(tmp_path, "a,b,c\n" + "1,2,3\n" * 5)


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    told: list[float] = []

    def stop(fraction: float, sentence: str) -> None:
        told.append(fraction)
        if len(told) == 3:
            raise Cancelled

    file = tmp_path / "t.csv"
    file.write_text("a,b\n" + "1,2\n" * 50_000)
    with pytest.raises(Cancelled):
        read_rows(file, "auto", "auto", "auto", stop)
    assert told == sorted(told) and told[-1] <= 1


def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    """Bytes of a good file changed at random: a table or a sentence, never another error."""
    good = ('name,size,"a, b"\n' + 'x,1.5,"q ""q"" q"\n' * 20).encode()
    draw = np.random.RandomState(0)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        bad = bytearray(good)
        for place in draw.randint(0, len(bad), draw.randint(1, 6)):
            bad[place] = draw.choice([0, 10, 13, 34, 44, 59, 0xFF, draw.randint(256)])
        try:
            rows_of(tmp_path, bytes(bad))
            outcomes["read"] += 1
        except Refusal:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 10
