"""A table read through files is the table that is read in memory, value for value and word for word."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.data import csv_rows, csv_table, parquet_rows, streamed_rows
from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]
ROWS = 400


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on every CSV file is read through files, in blocks of few rows."""

    def begin() -> None:
        monkeypatch.setattr(csv_table, "IN_MEMORY", 0)
        monkeypatch.setattr(streamed_rows, "BLOCK_CELLS", 300)
        monkeypatch.setattr(streamed_rows, "MOST_NUMBERS", 60)
        monkeypatch.setattr(streamed_rows, "MOST_TEXTS", 120)

    return begin


def mixed(rows: int = ROWS, separator: str = ",") -> str:
    draw = np.random.RandomState(0)
    point = "{:.4f}".format if separator == "," else (lambda x: f"{x:.4f}".replace(".", ","))
    lines = ["id,size,weight,colour,seen,hour,note,patient,part,bought".replace(",", separator)]
    for i in range(rows):
        cells = [
            str(i + 1),
            point(draw.randn()) if i % 17 else ("NA", "")[i % 2],
            str(draw.randint(0, 9)),
            f" {('red', 'green', 'blue')[draw.randint(3)]}" if i % 29 else "?",
            f"2020-{i % 12 + 1:02d}-{i % 28 + 1:02d}",
            f"2021-03-{i % 28 + 1:02d} {i % 24:02d}:{i % 60:02d}",
            f'"note {i}, the\nlong one"',
            f"p{i // 4}",
            ("train", "train", "test")[i % 3],
            ("yes", "no")[draw.randint(2)] if i % 41 else "",
        ]
        lines.append(separator.join(cells))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"target": "size"},
        {"target": "size", "fill": "drop", "dates": "calendar"},
        {"target": "weight", "task": "classes", "keep": "id"},
        {"target": "weight", "task": "number", "leave_out": "colour, note"},
        {"split_by": "group", "split_column": "patient", "fill": "median"},
        {"split_by": "column", "split_column": "part"},
        {"split_by": "time", "split_column": "hour"},
        {"in_order": True, "categories": "weight"},
        {"preparation": "rescale"},
        {"preparation": "none"},
    ],
    ids=str,
)
@pytest.mark.parametrize("separator", [",", ";"])
def test_it_is_the_table_in_memory(
    parameters: dict[str, Any],
    separator: str,
    tmp_path: Path,
    load: Load,
    streaming: Callable[[], None],
) -> None:
    (tmp_path / "t.csv").write_text(mixed(separator=separator))
    whole = load("csv", path="t.csv", **parameters)
    streaming()
    through = load("csv", path="t.csv", **parameters)
    assert isinstance(through.arrays[next(iter(through.fields))], np.memmap)
    assert not isinstance(whole.arrays[next(iter(whole.fields))], np.memmap)
    assert through.fingerprint == whole.fingerprint
    assert through.fields == whole.fields
    assert sorted(through.remarks) == sorted(whole.remarks)
    for part in whole.indices:
        assert np.array_equal(through.indices[part], whole.indices[part])
    for name, array in whole.arrays.items():
        assert np.array_equal(through.arrays[name], array, equal_nan=True)


@pytest.mark.parametrize(
    ("line", "cell", "column"),
    [(5, "12 kg", 1), (390, "12 kg", 1), (399, "2021-13-01", 4), (200, "many", 2)],
)
def test_a_wrong_cell_is_named_by_its_line(
    line: int,
    cell: str,
    column: int,
    tmp_path: Path,
    refused: Callable[..., str],
    streaming: Callable[[], None],
) -> None:
    rows = mixed().replace(", the\nlong one", "").split("\n")
    cells = rows[line - 1].split(",")
    cells[column] = cell
    rows[line - 1] = ",".join(cells)
    (tmp_path / "t.csv").write_text("\n".join(rows))
    said = refused("csv", path="t.csv")
    assert said.startswith(f"Line {line} of t.csv") and f"“{cell}”" in said
    streaming()
    assert refused("csv", path="t.csv") == said
    counted = [f"“{cell}” on line {line}"]
    assert any(counted[0] in remark for remark in _loaded(tmp_path).remarks)


def _loaded(folder: Path) -> Dataset:
    from types import SimpleNamespace

    from nndesigner.data.dataset import read

    return read(SimpleNamespace(type="csv", parameters={"path": "t.csv", "wrong_cells": "missing"}), folder)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"target": "none"}, "has no column “none”"),
        ({"leave_out": "nothing"}, "names the column “nothing”"),
        ({"split_by": "group"}, "Name the column that decides"),
        ({"split_by": "group", "split_column": "bought"}, "cannot be the target"),
        ({"split_by": "column", "split_column": "colour"}, "line"),
        ({"target": "note"}, "too many for classes"),
        ({"target": "colour", "task": "number"}, "holds texts such as"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_the_same_words(
    parameters: dict[str, Any],
    words: str,
    tmp_path: Path,
    refused: Callable[..., str],
    streaming: Callable[[], None],
) -> None:
    (tmp_path / "t.csv").write_text(mixed())
    whole = refused("csv", path="t.csv", **parameters)
    streaming()
    through = refused("csv", path="t.csv", **parameters)
    assert words.casefold() in through.casefold()
    assert through == whole or parameters == {"target": "note"}


def test_a_row_of_another_width_is_named_by_its_line(
    tmp_path: Path, refused: Callable[..., str], streaming: Callable[[], None]
) -> None:
    streaming()
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 500 + "1\n" + "1,2\n" * 500)
    assert refused("csv", path="t.csv").startswith("Line 502 of t.csv has 1 cells")


def test_another_encoding_is_found_late(tmp_path: Path, load: Load, streaming: Callable[[], None]) -> None:
    streaming()
    rows = [f"{i * 0.5},{'ab'[i % 2]},{'xy'[i % 2]}" for i in range(9000)]
    text = "n,k,t\n" + "\n".join(rows) + "\n1,é,x\n" * 3
    (tmp_path / "t.csv").write_bytes(text.encode("cp1252"))
    data = load("csv", path="t.csv")
    assert data.counts["all"] == 9003
    assert "The file is not UTF-8; it is read as cp1252." in data.remarks


def test_what_does_not_fit_into_memory_goes_through_files(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text(mixed())
    monkeypatch.setattr(csv_rows, "MOST_CELLS", 1000)
    data = load("csv", path="t.csv")
    assert isinstance(data.arrays["table"], np.memmap)


def test_it_is_converted_once(
    tmp_path: Path, load: Load, streaming: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    streaming()
    (tmp_path / "t.csv").write_text(mixed())
    first = load("csv", path="t.csv")
    calls: list[Path] = []
    fill = csv_table.fill

    def counted(path: Path, *rest: Any) -> Any:
        calls.append(path)
        return fill(path, *rest)

    monkeypatch.setattr(csv_table, "fill", counted)
    again = load("csv", path="t.csv", split_seed=3, preparation="rescale")
    assert not calls and again.fingerprint == first.fingerprint and again.remarks == first.remarks
    load("csv", path="t.csv", leave_out="size")
    assert len(calls) == 1
    (tmp_path / "t.csv").write_text(mixed(ROWS - 1))
    assert load("csv", path="t.csv").counts["all"] < first.counts["all"] and len(calls) == 2


def test_it_can_be_cancelled_and_leaves_nothing(
    tmp_path: Path, streaming: Callable[[], None], user_folders: Path
) -> None:
    from types import SimpleNamespace

    from nndesigner.data.dataset import read

    streaming()
    (tmp_path / "t.csv").write_text("a,b\n" + "1,2\n" * 20_000)

    def stop(fraction: float, sentence: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        read(SimpleNamespace(type="csv", parameters={"path": "t.csv"}), tmp_path, stop)
    assert not list((user_folders / "nndesigner" / "cache" / "converted").iterdir())
    with pytest.raises(Refusal):
        read(SimpleNamespace(type="csv", parameters={"path": "t.csv", "target": "c"}), tmp_path)
    assert not list((user_folders / "nndesigner" / "cache" / "converted").iterdir())


@pytest.mark.parametrize(
    "parameters", [{}, {"target": "size", "dates": "calendar"}, {"target": "seen"}], ids=str
)
def test_a_parquet_file_is_the_table_in_memory(
    parameters: dict[str, Any],
    tmp_path: Path,
    load: Load,
    streaming: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw = np.random.RandomState(0)
    columns = {
        "id": list(range(ROWS)),
        "size": [None if i % 17 == 0 else x for i, x in enumerate(draw.randn(ROWS).tolist())],
        "seen": [datetime.date(2020, 1, 1) + datetime.timedelta(i % 90) for i in range(ROWS)],
        "colour": [" red", "green", None][0:3] * (ROWS // 3) + ["red"] * (ROWS % 3),
        "bought": draw.randint(0, 2, ROWS).astype(bool).tolist(),
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet", row_group_size=100)
    if parameters.get("target") == "seen":
        parameters = {"target": "bought", "leave_out": "seen"}
    whole = load("parquet", path="t.parquet", **parameters)
    streaming()
    monkeypatch.setattr(parquet_rows, "MOST_CELLS", 100)
    monkeypatch.setattr(parquet_rows, "BLOCK_CELLS", 300)
    through = load("parquet", path="t.parquet", **parameters)
    assert isinstance(through.arrays["table"], np.memmap)
    assert (through.fingerprint, through.fields) == (whole.fingerprint, whole.fields)
    assert sorted(through.remarks) == sorted(whole.remarks)
