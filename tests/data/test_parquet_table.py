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
from nndesigner.base.progress import Cancelled, quiet
from nndesigner.data import extras, parquet_rows
from nndesigner.data.dataset import Dataset
from nndesigner.data.stored import TooLarge

Load = Callable[..., Dataset]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(columns: dict[str, Any], **options: Any) -> Path:
        parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet", **options)
        return tmp_path / "t.parquet"

    return write


def mixed(rows: int = 40) -> dict[str, Any]:
    return {
        "id": list(range(rows)),
        "size": [None if i == 3 else i * 0.5 for i in range(rows)],
        "colour": pyarrow.array([("red", "green", "blue")[i % 3] for i in range(rows)]).dictionary_encode(),
        "seen": [datetime.date(2020, 1, 1) + datetime.timedelta(i) for i in range(rows)],
        "at": [datetime.datetime(2020, 1, 1, 12, 30) + datetime.timedelta(i) for i in range(rows)],
        "tags": [[1, 2]] * rows,
        "bought": [i % 2 == 1 for i in range(rows)],
    }


def test_a_file_with_types_is_understood(
    load: Load, write: Callable[..., Path], learns: Callable[[Dataset], list[float]]
) -> None:
    write(mixed(), row_group_size=7)
    data = load("parquet", path="t.parquet")
    field, target = data.fields["table"], data.fields["bought"]
    assert field.columns == ("size", "colour", "seen", "at")
    assert (target.kind, target.classes) == ("class", ("false", "true"))
    assert data.arrays["bought"][:4].tolist() == [0, 1, 0, 1]
    table = data.arrays["table"]
    assert np.isnan(table[3, 0]) and table[4, 0] == 2
    assert table[1, 2] - table[0, 2] == 1 and table[0, 3] == pytest.approx(table[0, 2] + 12.5 / 24)
    told = " ".join(data.remarks)
    assert "hold no single values: “tags”" in told and "only tell rows apart: “id”" in told
    learns(data)


def test_the_same_table_as_csv_is_the_same_data(
    load: Load, write: Callable[..., Path], tmp_path: Path
) -> None:
    draw = np.random.RandomState(1)
    columns = {
        "a": draw.normal(size=30).round(4).tolist(),
        "b": [f"k{i % 4}" for i in range(30)],
        "y": [1.5, 2.5] * 15,
    }
    write(columns)
    lines = ["a,b,y", *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    assert load("parquet", path="t.parquet").fingerprint == load("csv", path="t.csv").fingerprint


def test_a_bad_cell_is_named_by_its_row(refused: Callable[..., str], write: Callable[..., Path]) -> None:
    write({"a": [*map(str, range(20)), "12 kg"], "y": [1.0, 2.0, 0.5] * 7})
    sentence = refused("parquet", path="t.parquet")
    assert sentence.startswith("Row 21 of t.parquet, column “a”: “12 kg” is not a number")


def test_damage_is_told(refused: Callable[..., str], write: Callable[..., Path], tmp_path: Path) -> None:
    good = write(mixed()).read_bytes()
    for name, data in (
        ("half", good[: len(good) // 2]),
        ("text", b"a,b\n1,2\n" * 9),
        ("tail", good[:-9] + good[-8:]),
    ):
        (tmp_path / f"{name}.parquet").write_bytes(data)
        assert f"{name}.parquet is not a Parquet file that can be read" in refused(
            "parquet", path=f"{name}.parquet"
        )


@pytest.mark.parametrize("seed", range(3))
def test_mutants_are_read_or_refused(seed: int, write: Callable[..., Path], tmp_path: Path) -> None:
    good = write(mixed()).read_bytes()
    draw = np.random.RandomState(seed)
    for _ in range(60):
        spoiled = bytearray(good)
        for place in draw.randint(0, len(good), 3):
            spoiled[place] = draw.randint(256)
        path = tmp_path / "m.parquet"
        path.write_bytes(spoiled)
        try:
            parquet_rows.read_parquet(path, "yes", lambda fraction, sentence: None)
        except Refusal as refusal:
            assert "\n" not in str(refusal)


def test_size_is_known_before_anything_is_read(
    write: Callable[..., Path], load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write({"a": [0.5] * 1000, "y": [1, 2] * 500})

    def refused() -> str:
        with pytest.raises(TooLarge) as caught:
            parquet_rows.read_parquet(path, "yes", quiet)
        return str(caught.value)

    monkeypatch.setattr(parquet_rows, "MOST_ROWS", 999)
    assert "too large to be read into memory: at most 999 rows" in refused()
    assert isinstance(load("parquet", path="t.parquet").arrays["table"], np.memmap)
    monkeypatch.setattr(parquet_rows, "MOST_ROWS", 9999)
    monkeypatch.setattr(parquet_rows, "MOST_BYTES", 10)
    assert "would unpack to" in refused()


def test_reading_can_be_ended(write: Callable[..., Path]) -> None:
    def ended(fraction: float, sentence: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        parquet_rows.read_parquet(write(mixed()), "yes", ended)


def test_without_pyarrow_it_says_what_to_install(
    refused: Callable[..., str], write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(mixed())

    def missing(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr(extras.importlib, "import_module", missing)
    assert "install it with “pip install pyarrow”" in refused("parquet", path="t.parquet")
