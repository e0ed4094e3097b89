from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset
from nndesigner.data.preparation import prepare, restore

Load = Callable[..., Dataset]
EXAMPLES = Path(__file__).parents[2] / "examples" / "data"


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        (tmp_path / "t.csv").write_text(text)
        return "t.csv"

    return write


def mixed(rows: int = 40) -> str:
    colours = ["red", "green", "blue"]
    lines = [
        f"{i * 0.5},{colours[i % 3]},2020-01-{i % 28 + 1:02d},{'yes' if i % 2 else 'no'}" for i in range(rows)
    ]
    return "size,colour,seen,bought\n" + "\n".join(lines) + "\n"


def test_a_mixed_table_is_understood(load: Load, table: Callable[[str], str]) -> None:
    data = load("csv", path=table(mixed()))
    field, target = data.fields["table"], data.fields["bought"]
    assert field.columns == ("size", "colour", "seen")
    assert field.axes == (("feature", 5),)  # one number, three colours, one date
    assert (target.kind, target.classes) == ("class", ("no", "yes"))
    assert data.arrays["bought"][:4].tolist() == [0, 1, 0, 1]
    ready = prepare(field, data.arrays["table"][:3])
    assert ready[:, 1:4].tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]  # blue, green, red
    assert any("“seen” are read as days" in remark for remark in data.remarks)


def test_any_column_can_be_the_target(load: Load, table: Callable[[str], str]) -> None:
    data = load("csv", path=table(mixed()), target="size")
    target = data.fields["size"]
    assert target.kind == "number" and data.arrays["size"].shape == (40, 1)
    assert data.fields["table"].columns == ("colour", "seen", "bought")
    assert restore(target, prepare(target, data.arrays["size"])) == pytest.approx(
        data.arrays["size"], abs=1e-5
    )
    assert (
        load("csv", path="t.csv", target="size", target_preparation="none").fields["size"].preparation == {}
    )


@pytest.mark.parametrize(
    ("answers", "task", "kind"),
    [
        (["0", "1"], "auto", "class"),
        (["yes", "no"], "auto", "class"),
        (["1", "2", "3"], "auto", "class"),
        (["1", "2", "3"], "number", "number"),
        ([f"{i}" for i in range(30)], "auto", "number"),
        (["1.5", "2.5", "3.5"], "auto", "number"),
        (["1.5", "2.5", "3.5"], "classes", "class"),
        (["0.5", "1.5"], "auto", "number"),
    ],
)
def test_the_task_is_guessed_or_said(
    answers: list[str], task: str, kind: str, load: Load, table: Callable[[str], str]
) -> None:
    lines = [f"{i % 7}.5,{answers[i % len(answers)]}" for i in range(60)]
    data = load("csv", path=table("a,y\n" + "\n".join(lines)), task=task)
    assert data.fields["y"].kind == kind
    told = any("is read as classes" in remark for remark in data.remarks)
    assert told == (task == "auto" and answers == ["1", "2", "3"])


def test_missing_values_are_filled_and_told(load: Load, table: Callable[[str], str]) -> None:
    text = "a,b,y\n" + "\n".join(
        f"{i if i != 3 else 'NA'},{'u' if i % 2 else 'v'},{i % 2}" for i in range(10)
    )
    text = text.replace("5,u", "5,?").replace("9,u,1", "9,u,")
    data = load("csv", path=table(text), validation_share=0.0, test_share=0.0)
    assert data.counts["all"] == 9
    told = " ".join(data.remarks)
    assert "1 of 10 rows are left out because the target “y” is missing" in told
    assert "Column “a”: 1 of 9 values are missing; the mean of the training samples stands in." in told
    assert "Column “b”: 1 of 9 values are missing and count as none of its categories." in told
    ready = prepare(data.fields["table"], data.arrays["table"])
    assert ready[3, 0] == pytest.approx(0, abs=1e-6) and ready[5, 1:].tolist() == [0, 0]
    dropped = load("csv", path="t.csv", fill="drop", validation_share=0.0, test_share=0.0)
    assert dropped.counts["all"] == 7 and "2 of 10 rows are left out because a cell is missing" in " ".join(
        dropped.remarks
    )


def test_columns_can_be_left_out_kept_or_named_as_categories(load: Load, table: Callable[[str], str]) -> None:
    text = "id,zip,size,y\n" + "\n".join(f"{i},{8000 + i % 3},{i * 0.25},{i % 2}" for i in range(30))
    data = load("csv", path=table(text))
    assert data.fields["table"].columns == ("zip", "size")
    assert "“id”" in " ".join(data.remarks)
    data = load("csv", path="t.csv", keep="id", categories="zip", leave_out="size")
    assert data.fields["table"].columns == ("id", "zip") and data.fields["table"].sizes == (4,)


def test_rows_in_time_are_cut_not_drawn(load: Load, table: Callable[[str], str]) -> None:
    data = load("csv", path=table(mixed(100)), in_order=True)
    assert data.indices["train"].tolist() == list(range(70)) and data.indices["test"][0] == 85


@pytest.mark.parametrize(
    ("text", "more", "sentence"),
    [
        ("a,y\n1,2\n3,4\n5,6\n7 kg,8\n9,1\n2,1\n", {}, "Line 5 of t.csv, column “a”: “7 kg” is not a number"),
        ("a,y\n1,2\n3,4\n5,6\n7,8 m\n9,1\n2,1.5\n", {}, "Line 5 of t.csv, column “y”: “8 m” is not a number"),
        ("a,y\n1,2,3\n", {}, "Line 2 of t.csv has 3 cells"),
        ("a\n1\n2\n", {}, "one column only"),
        (mixed(), {"target": "price"}, "no column “price”. It has: size, colour, seen, bought"),
        (mixed(), {"task": "number"}, "holds texts such as “no”"),
        (mixed(), {"leave_out": "size, colour, seen"}, "no column is left to learn from"),
        (mixed(), {"leave_out": "sise"}, "“Leave out” names the column “sise”"),
        ("a,y\n" + "\n".join(f"{i}.5,name {i}" for i in range(20)), {}, "too many for classes"),
        ("a,y\n" + "\n".join(f"{i}.5,same" for i in range(20)), {}, "there is nothing to learn"),
        ("a,y\n1,\n2,NA\n", {}, "target column “y” is empty"),
        ("a,y\n1,2\n,3\n", {"fill": "drop", "leave_out": "", "task": "number"}, ""),
        ("a,b,y\n1,,2\n,2,3\n", {"fill": "drop"}, "No row is complete"),
    ],
)
def test_refusals_name_the_place_and_the_way_out(
    text: str,
    more: dict[str, str],
    sentence: str,
    load: Load,
    refused: Callable[..., str],
    table: Callable[[str], str],
) -> None:
    path = table(text)
    if sentence:
        assert sentence in refused("csv", path=path, **more)
    else:
        assert load("csv", path=path, **more).counts["all"] == 1


def test_wrong_cells_may_count_as_missing(load: Load, table: Callable[[str], str]) -> None:
    path = table("a,y\n" + "\n".join(f"{i}.5,{i % 2}" for i in range(20)) + "\n12 kg,1\n")
    data = load("csv", path=path, wrong_cells="missing")
    assert "1 cells are not a number and count as missing; the first is “12 kg” on line 22" in " ".join(
        data.remarks
    )
    assert np.isnan(data.arrays["table"][20, 0])


def test_file_trouble_is_said(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "choose the CSV file" in refused("csv")
    assert "is not there" in refused("csv", path="gone.csv")
    assert "is a folder" in refused("csv", path=str(tmp_path))
    (tmp_path / "empty.csv").touch()
    assert "is empty" in refused("csv", path="empty.csv")


def test_a_target_called_table_has_its_own_name(load: Load, table: Callable[[str], str]) -> None:
    data = load("csv", path=table("a,table\n" + "1.5,u\n2.5,v\n" * 20))
    assert list(data.fields) == ["row", "table"] and data.fields["table"].kind == "class"


def test_the_order_of_rows_changes_the_fingerprint(load: Load, table: Callable[[str], str]) -> None:
    lines = mixed().splitlines()
    first = load("csv", path=table("\n".join(lines))).fingerprint
    lines[1], lines[2] = lines[2], lines[1]
    assert load("csv", path=table("\n".join(lines))).fingerprint != first
    assert load("csv", path=table(mixed().replace("red", "rose"))).fingerprint != first


def test_the_example_table(load: Load) -> None:
    data = load("csv", path=str(EXAMPLES / "heights.csv"))
    assert data.fields["table"].columns == (
        "sex",
        "birth date",
        "country",
        "weight (kg)",
        "shoe size",
        "sport",
    )
    assert data.fields["height (cm)"].kind == "number" and data.counts["all"] == 238
    assert len(data.remarks) == 6, (
        "it shows what is noticed: dates, an id, gaps in three columns and in the target"
    )
