from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


@pytest.fixture
def labelled(tmp_path: Path) -> Callable[[list[str]], None]:
    """Twenty pictures, reds and blues, in a folder with a sub-folder; rows of a table are given."""
    for i in range(20):
        path = tmp_path / "pics" / ("more" if i % 2 else "") / f"p{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4), (200 + i, 0, 0) if i % 2 else (0, 0, 100 + i)).save(path)

    def write(lines: list[str]) -> None:
        (tmp_path / "labels.csv").write_text("\n".join(lines))

    write(
        [
            "name,colour,level",
            *(f"{'more/' if i % 2 else ''}p{i},{'red' if i % 2 else 'blue'},{i}.5" for i in range(20)),
        ]
    )
    return write


def test_rows_find_their_pictures(
    load: Load, labelled: Callable[..., None], learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("image_table", table="labels.csv", path="pics", target="colour")
    images, labels = data.arrays["image"], data.arrays["colour"]
    assert images.shape == (20, 3, 4, 6) and data.fields["colour"].classes == ("blue", "red")
    assert images[3, 0].min() == 203 and labels[3] == 1 and images[4, 2].min() == 104 and labels[4] == 0
    learns(data)


def test_a_number_can_be_the_answer(
    load: Load, labelled: Callable[..., None], learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("image_table", table="labels.csv", path="pics", target="level", files="name", width=3)
    assert data.fields["level"].kind == "number" and data.arrays["level"][3, 0] == 3.5
    assert "had another size" in " ".join(data.remarks)
    learns(data)


def test_rows_without_an_answer_are_left_out(load: Load, labelled: Callable[[list[str]], None]) -> None:
    labelled(["file,colour", *(f"p{i}.png,{'' if i == 4 else i // 10}" for i in range(0, 20, 2))])
    data = load("image_table", table="labels.csv", path="pics")
    assert data.counts["all"] == 9 and "left out because the target “colour” is missing" in " ".join(
        data.remarks
    )
    assert data.arrays["image"][2, 2].min() == 106, "the pictures go with their rows"


def test_parts_come_from_a_column(load: Load, labelled: Callable[[list[str]], None]) -> None:
    labelled(
        ["file,set,y", *(f"p{i}.png,{'test' if i > 13 else 'train'},{i // 2 % 2}" for i in range(0, 20, 2))]
    )
    data = load(
        "image_table", table="labels.csv", path="pics", target="y", split_by="column", split_column="set"
    )
    assert data.counts["test"] == 3


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            ["file,y", "p0.png,a", "p99.png,b"],
            "Line 3 of labels.csv names the picture “p99.png”, which is not in",
        ),
        (["file,y", "p0.png,a", "../labels.csv,b"], "Line 3 of labels.csv names the picture “../labels.csv”"),
        (["file,y", "p0.png,a", "/etc/passwd,b"], "Line 3 of labels.csv names the picture “/etc/passwd”"),
        (["a,y", "1,a", "2,b"], "No column of labels.csv names picture files"),
        (
            ["file,y,z", "p0.png,a,b"],
            "Name the column with the answer under “Target column”. There is: y, z.",
        ),
    ],
)
def test_refusals_name_the_row(
    lines: list[str], sentence: str, refused: Callable[..., str], labelled: Callable[[list[str]], None]
) -> None:
    labelled(lines)
    assert sentence in refused("image_table", table="labels.csv", path="pics")


def test_a_damaged_picture_is_named(
    load: Load, refused: Callable[..., str], labelled: Callable[..., None], tmp_path: Path
) -> None:
    (tmp_path / "pics" / "p6.png").write_bytes(b"\x89PNG nonsense")
    options = {"table": "labels.csv", "path": "pics", "target": "level"}
    assert "p6.png cannot be read as a picture" in refused("image_table", **options)
    data = load("image_table", **options, bad_files="leave_out")
    assert data.counts["all"] == 19 and data.arrays["level"][6, 0] == 7.5
