"""What every table can do, whichever file it comes from: told here with CSV files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str, list[tuple[object, ...]]], str]:
    def write(header: str, rows: list[tuple[object, ...]]) -> str:
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
        return "t.csv"

    return write


def visits(rows: int = 60) -> list[tuple[object, ...]]:
    """Patients with five visits each, in the order of patients and not of days."""
    return [
        (f"patient {i // 5}", f"2021-{1 + i % 5:02d}-{1 + i // 5:02d}", i * 0.5, ("ill", "well")[i % 2])
        for i in range(rows)
    ]


def test_rows_of_a_group_stay_together(load: Load, table: Callable[..., str]) -> None:
    path = table("who,day,level,state", visits())
    data = load("csv", path=path, split_by="group", split_column="who", keep="who")
    assert data.fields["table"].columns == ("day", "level"), "a group is no input, even where it is kept"
    parts = [{row // 5 for row in data.indices[part].tolist()} for part in ("train", "validation", "test")]
    assert all(len(part) >= 2 for part in parts) and sum(map(len, parts)) == len(set.union(*parts)) == 12
    assert data.counts["test"] == pytest.approx(0.15 * 60, abs=5)


def test_every_fold_validates_other_groups(load: Load, table: Callable[..., str]) -> None:
    path = table("who,day,level,state", visits())
    seen: list[int] = []
    for fold in (1, 2, 3, 4):
        data = load(
            "csv", path=path, split_by="group", split_column="who", folds=4, fold=fold, test_share=0.0
        )
        assert data.counts["validation"] == 15
        seen += data.indices["validation"].tolist()
    assert sorted(seen) == list(range(60))


def test_the_past_trains_and_a_day_is_never_cut(load: Load, table: Callable[..., str]) -> None:
    rows = [(f"2021-03-{1 + (7 * i) % 20:02d}", i * 0.5, i % 2) for i in range(100)]
    data = load("csv", path=table("day,level,y", rows), split_by="time", split_column="day")
    day = data.arrays["table"][:, 0]
    train, validation, test = (day[data.indices[part]] for part in ("train", "validation", "test"))
    assert train.max() < validation.min() and validation.max() < test.min()
    assert data.counts["train"] == 70 and "day" in data.fields["table"].columns


def test_a_column_says_the_parts(load: Load, table: Callable[..., str]) -> None:
    rows = [(i * 0.5, ("train", "Train", "dev", "TEST")[i % 4], i % 2) for i in range(40)]
    data = load("csv", path=table("level,set,y", rows), split_by="column", split_column="set")
    assert data.fields["table"].columns == ("level",)
    assert data.counts == {"all": 40, "train": 20, "validation": 10, "test": 10}
    assert data.indices["test"][:2].tolist() == [3, 7]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"split_by": "group"}, "Name the column that decides the parts"),
        ({"split_by": "group", "split_column": "ward"}, "names the column “ward”, which t.csv has not"),
        ({"split_by": "group", "split_column": "state"}, "“state” cannot be the target and say the parts"),
        (
            {"split_by": "column", "split_column": "who"},
            "Line 2 of t.csv, column “who”: “patient 0” is no part",
        ),
        (
            {"split_by": "time", "split_column": "who"},
            "Line 2 of t.csv, column “who”: “patient 0” is neither",
        ),
        ({"split_by": "time", "split_column": "day", "folds": 3}, "set the folds to 0"),
        ({"folds": 3, "fold": 4}, "There are 3 folds, but fold 4 is to validate"),
    ],
)
def test_what_cannot_split_is_refused(
    more: dict[str, object], sentence: str, refused: Callable[..., str], table: Callable[..., str]
) -> None:
    assert sentence in refused("csv", path=table("who,day,level,state", visits()), **more)


def test_an_empty_group_is_named_by_its_line(refused: Callable[..., str], table: Callable[..., str]) -> None:
    rows = visits()
    rows[7] = ("", *rows[7][1:])
    path = table("who,day,level,state", rows)
    sentence = refused("csv", path=path, split_by="group", split_column="who")
    assert sentence.startswith("Line 9 of t.csv: “who” is empty there")


def test_a_column_that_holds_the_target_is_told(load: Load, table: Callable[..., str]) -> None:
    draw = np.random.RandomState(0)
    rows = [
        (round(draw.normal(), 3), ("F", "T")[i % 2], f"ward {i % 6}", i % 4 // 2, ("no", "yes")[i % 2])
        for i in range(60)
    ]
    told = " ".join(load("csv", path=table("level,code,ward,free,sick", rows)).remarks)
    assert "“code” says the same as the target “sick”" in told
    assert "“ward” decides the target “sick”" in told
    assert "“level”" not in told and "“free”" not in told
    told = " ".join(load("csv", path="t.csv", leave_out="code, ward").remarks)
    assert "target" not in told


def test_a_number_on_another_scale_is_told(load: Load, table: Callable[..., str]) -> None:
    draw = np.random.RandomState(0)
    rows = [(f"{x * 1.8 + 32:.6f}", f"{x + draw.normal():.4f}", f"{x:.6f}") for x in draw.normal(15, 9, 50)]
    told = " ".join(load("csv", path=table("fahrenheit,near,celsius", rows)).remarks)
    assert "“fahrenheit” says the same as the target “celsius”" in told and "“near”" not in told


def test_dates_have_a_place_in_the_calendar(load: Load, table: Callable[..., str]) -> None:
    rows = [(f"2020-01-{1 + i % 28:02d} 0{i % 10}:30", i * 0.5, i % 2) for i in range(40)]
    data = load("csv", path=table("seen,level,y", rows), dates="calendar", preparation="none")
    columns = data.fields["table"].columns
    assert (
        columns[:2] == ("seen", "seen · year (sin)") and "seen · day (cos)" in columns and len(columns) == 8
    )
    week = data.arrays["table"][:, [columns.index("seen · week (sin)"), columns.index("seen · week (cos)")]]
    assert np.hypot(*week.T) == pytest.approx(1, abs=1e-6)
    assert week[0] == pytest.approx(week[7], abs=0.3) and week[0] != pytest.approx(week[3], abs=0.5)
    assert "days since" not in " ".join(data.remarks)


def test_a_table_trains(
    load: Load, table: Callable[..., str], learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("csv", path=table("who,day,level,state", visits()), dates="calendar", keep="who")
    learns(data)
