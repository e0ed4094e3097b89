from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.data import sliced, stored, time_series
from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., str]:
    def write(rows: list[tuple[object, ...]], header: str = "day,heat,load,note") -> str:
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        (tmp_path / "s.csv").write_text("\n".join(lines) + "\n")
        return "s.csv"

    return write


def days(n: int = 60) -> list[tuple[object, ...]]:
    return [(np.datetime64("2022-01-01") + i, i + 0.5, 1000.5 - i, "dry") for i in range(n)]


def test_windows_and_what_follows(
    load: Load, table: Callable[..., str], learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("time_series", path=table(days()), window=4, horizon=2)
    series, target = data.fields["series"], data.fields["next"]
    assert series.axes == (("time", 4), ("feature", 2)) and series.columns == ("heat", "load")
    assert target.columns == ("heat · step 1", "load · step 1", "heat · step 2", "load · step 2")
    assert data.counts["all"] == 60 - 6 + 1
    assert data.arrays["series"][3].tolist() == [[3.5, 997.5], [4.5, 996.5], [5.5, 995.5], [6.5, 994.5]]
    assert data.arrays["next"][3].tolist() == [7.5, 993.5, 8.5, 992.5]
    assert "hold no amounts: “note”" in " ".join(data.remarks)
    learns(data)


def test_columns_gap_and_step_can_be_chosen(load: Load, table: Callable[..., str]) -> None:
    data = load(
        "time_series",
        path=table(days(120)),
        inputs="heat",
        targets="load",
        window=3,
        ahead=5,
        stride=4,
        time="day",
    )
    assert data.fields["next"].columns == ("load",)
    assert data.arrays["series"][2, :, 0].tolist() == [8.5, 9.5, 10.5]
    assert data.arrays["next"][2].tolist() == [1000.5 - 16]
    assert data.counts["all"] == (120 - 9) // 4 + 1


@pytest.mark.parametrize("stride", [1, 3, 7])
def test_no_row_is_in_two_parts(stride: int, load: Load, table: Callable[..., str]) -> None:
    data = load("time_series", path=table(days(200)), window=6, horizon=2, ahead=1, stride=stride)
    for earlier, later in pairwise(data.indices[part] for part in ("train", "validation", "test")):
        assert earlier[-1] * stride + 6 + 1 + 2 <= later[0] * stride


def test_what_is_standardized_is_measured_on_the_past(load: Load, table: Callable[..., str]) -> None:
    data = load("time_series", path=table(days(100)), window=5)
    mean = data.fields["series"].preparation["offset"][0]
    assert mean == pytest.approx(data.arrays["series"][data.indices["train"], :, 0].mean(), rel=1e-6)
    assert mean < 40


def test_rows_are_put_in_the_order_of_time(load: Load, table: Callable[..., str]) -> None:
    rows = days()
    rows[10], rows[20] = rows[20], rows[10]
    del rows[30:33]
    data = load("time_series", path=table(rows), window=2)
    assert np.all(np.diff(data.arrays["series"][:, 0, 0]) > 0)
    told = " ".join(data.remarks)
    assert "put in the order of “day”" in told and "1 of 56 steps are shorter or longer" in told


def test_steps_of_a_second_are_told_apart(load: Load, table: Callable[..., str]) -> None:
    start = np.datetime64("2022-01-01T10:00:00")
    rows = [(str(start + i), i + 0.5, 3.5 - i, "dry") for i in range(40)]
    data = load("time_series", path=table([*rows[20:], *rows[:20]]), window=2)
    assert np.all(np.diff(data.arrays["series"][:, 0, 0]) == 1)
    assert len(data.remarks) == 2, "the note, and that the rows were put in order"


def test_gaps_are_named_or_filled_from_before(
    load: Load, refused: Callable[..., str], table: Callable[..., str]
) -> None:
    rows = days()
    rows[7] = (rows[7][0], "", *rows[7][2:])
    rows[0] = (rows[0][0], rows[0][1], "", "dry")
    path = table(rows)
    assert refused("time_series", path=path).startswith("Line 2 of s.csv, column “load”: a value is missing")
    data = load("time_series", path=path, window=3, gaps="previous")
    assert data.arrays["series"][5, :, 0].tolist() == [6.5, 6.5, 8.5]
    told = " ".join(data.remarks)
    assert (
        "1 values are missing; the last known one stands in" in told and "first 1 rows are left out" in told
    )


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"window": 70}, "60 steps is too short for a window of 70"),
        ({"inputs": "cold"}, "“Inputs and targets” names the column “cold”"),
        ({"targets": "note"}, "“note” holds no numbers"),
        ({"time": "note"}, "“note” holds no numbers or dates"),
    ],
)
def test_refusals(
    more: dict[str, object], sentence: str, refused: Callable[..., str], table: Callable[..., str]
) -> None:
    assert sentence in refused("time_series", path=table(days()), **more)


def test_a_wrong_cell_is_named(refused: Callable[..., str], table: Callable[..., str]) -> None:
    rows = days()
    rows[8] = (rows[8][0], "12 °C", *rows[8][2:])
    assert "Line 10 of s.csv, column “heat”: “12 °C” is not a number" in refused(
        "time_series", path=table(rows)
    )
    rows = [*days(30), ("someday", 1.5, 2.5, "dry")]
    assert "Line 32 of s.csv, column “day”: “someday” is not a date" in refused(
        "time_series", path=table(rows)
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"window": 4, "horizon": 2},
        {"inputs": "heat", "targets": "load", "window": 3, "ahead": 5, "stride": 4, "preparation": "rescale"},
        {"window": 5, "gaps": "previous", "stride": 3, "time": "day"},
    ],
)
def test_windows_through_files_are_those_in_memory(
    parameters: dict[str, Any],
    load: Load,
    table: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = days(120)[::-1]
    if "gaps" in parameters:
        rows[7] = (rows[7][0], "", *rows[7][2:])
    path = table(rows)
    whole = load("time_series", path=path, **parameters)
    monkeypatch.setattr(stored, "IN_MEMORY", 0)
    monkeypatch.setattr(sliced, "BLOCK_BYTES", 200)
    tables: list[Path] = []
    reading = time_series.read_table

    def counted(path: Path, *rest: Any) -> Any:
        tables.append(path)
        return reading(path, *rest)

    monkeypatch.setattr(time_series, "read_table", counted)
    first = load("time_series", path=path, **parameters)
    again = load("time_series", path=path, **parameters)
    assert len(tables) == 1  # and none to find what is kept
    for through in (first, again):
        assert (through.fingerprint, through.fields) == (whole.fingerprint, whole.fields)
        assert (through.remarks, through.counts) == (whole.remarks, whole.counts)
        for part in whole.indices:
            assert np.array_equal(through.indices[part], whole.indices[part])
        for name, array in whole.arrays.items():
            assert isinstance(through.arrays[name], np.memmap) and not isinstance(array, np.memmap)
            assert np.array_equal(through.arrays[name], array)


def test_more_windows_than_the_cache_keeps_are_refused(
    refused: Callable[..., str], table: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_series, "LARGEST", 1000)
    assert refused("time_series", path=table(days()), window=4) == (
        "56 windows of 4 steps take 0 GB: take a shorter window, a larger step, or fewer columns."
    )
