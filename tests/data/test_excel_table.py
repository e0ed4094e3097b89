from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data import excel_rows
from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(rows: list[list[Any]], others: tuple[str, ...] = ()) -> Path:
        book = openpyxl.Workbook()
        book.active.title = "people"
        for row in rows:
            book.active.append(row)
        for name in others:
            book.create_sheet(name).append(["x", "y"])
        book.save(tmp_path / "t.xlsx")
        return tmp_path / "t.xlsx"

    return write


def people(rows: int = 30) -> list[list[Any]]:
    return [
        ["height", "sport", "born", "note", "adult"],
        *(
            [
                None if i == 4 else 150 + i / 2,
                ("chess", "row", "run")[i % 3],
                datetime.datetime(2000, 1, 1 + i % 28),
                None,
                i % 2 == 0,
            ]
            for i in range(rows)
        ),
    ]


def test_a_sheet_is_understood(
    load: Load, write: Callable[..., Path], learns: Callable[[Dataset], list[float]]
) -> None:
    write(people(), ("other",))
    data = load("excel", path="t.xlsx")
    assert data.fields["table"].columns == ("height", "sport", "born")
    assert data.fields["adult"].classes == ("false", "true") and data.counts["all"] == 30
    assert data.arrays["table"][1, 2] - data.arrays["table"][0, 2] == 1
    told = " ".join(data.remarks)
    assert "The sheet “people” is read." in told and "“note” is empty and left out" in told
    assert "Column “height”: 1 of 30 values are missing" in told
    learns(data)


def test_empty_rows_and_a_missing_end_are_no_harm(load: Load, write: Callable[..., Path]) -> None:
    rows = people()
    rows[3:3] = [[None] * 5, []]
    rows[9] = [160.0, "run", None, None, True]
    assert load("excel", path=write(rows).name).counts["all"] == 30


def test_refusals_name_row_or_sheet(
    refused: Callable[..., str], write: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [["a", "y"], *([i / 2, i % 2] for i in range(20))]
    rows[11][0] = "12 kg"
    path = write(rows).name
    assert refused("excel", path=path).startswith("Row 12 of t.xlsx, column “a”: “12 kg” is not a number")
    assert "no sheet “april”. It has: people." in refused("excel", path=path, sheet="april")
    rows[5] = [1, 0, 7]
    assert "Row 6 of t.xlsx has 3 cells, but the first row has 2" in refused("excel", path=write(rows).name)
    assert "no rows below its header" in refused("excel", path=write([["a", "y"]]).name)
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" * 200)
    assert "old format .xls: save it as .xlsx" in refused("excel", path="old.xls")
    (tmp_path / "text.xlsx").write_text("a,b")
    assert "text.xlsx is not an Excel workbook" in refused("excel", path="text.xlsx")


def test_damage_and_bombs_are_told(
    refused: Callable[..., str], write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = write(people())
    with zipfile.ZipFile(good) as archive, zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as bad:
        for member in archive.infolist():
            data = archive.read(member)
            bad.writestr(member, data[: len(data) // 2] if member.filename.endswith("sheet1.xml") else data)
    assert "bad.xlsx is not an Excel workbook that can be read" in refused("excel", path="bad.xlsx")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", bytes(90 << 20))
    assert "bomb.xlsx would unpack to 90 MB" in refused("excel", path="bomb.xlsx")
    monkeypatch.setattr(excel_rows, "MOST_UNPACKED", 1000)
    assert "more than is read: save the sheet as CSV" in refused("excel", path="t.xlsx")


def test_entities_do_not_grow(write: Callable[..., Path], tmp_path: Path) -> None:
    """A few hundred bytes that would become gigabytes if the parser let them."""
    laughs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><worksheet>&a11;</worksheet>'
    with zipfile.ZipFile(write(people())) as archive, zipfile.ZipFile(tmp_path / "e.xlsx", "w") as bad:
        for member in archive.infolist():
            bad.writestr(member, xml if member.filename.endswith("sheet1.xml") else archive.read(member))
    with pytest.raises(Refusal):
        excel_rows.read_excel(tmp_path / "e.xlsx", "", "auto", lambda fraction, sentence: None)
