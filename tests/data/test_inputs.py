"""A user's file as inputs for fields that training left: matched by name, in the same units, or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.data.dataset import read
from nndesigner.data.inputs import read_inputs
from nndesigner.document.records import DataSource

TABLE = DataField(
    name="table",
    role="input",
    kind="table",
    element="float",
    axes=(("feature", 5),),
    columns=("age", "colour", "born"),
    preparation={
        "kind": "columns",
        "columns": [
            {"kind": "number", "fill": 1.0, "offset": 0.0, "scale": 1.0},
            {"kind": "category", "size": 3, "names": ["blue", "green", "red"]},
            {"kind": "number", "fill": 1.0, "offset": 0.0, "scale": 1.0},
        ],
    },
)
PLAIN = DataField(
    name="x", role="input", kind="table", element="float", axes=(("feature", 2),), columns=("a", "b")
)
SERIES = DataField(
    name="series",
    role="input",
    kind="series",
    element="float",
    axes=(("time", 3), ("feature", 1)),
    columns=("value",),
)
GREY = DataField(
    name="image",
    role="input",
    kind="image",
    element="float",
    axes=(("channel", 1), ("height", 2), ("width", 3)),
    preparation={"kind": "affine", "axis": 0, "offset": [0.0], "scale": [255.0]},
    statistics={"minimum": 0.0, "maximum": 255.0},
)
TEXT = DataField(
    name="text", role="input", kind="tokens", element="int", axes=(("time", 4),), tokens=("\n", " ", "a", "b")
)
Give = Callable[..., dict[str, Any]]


@pytest.fixture
def give(tmp_path: Path) -> Give:
    """`give("a.csv", text or bytes, fields…)` → the arrays that such a file gives."""

    def give(name: str, content: str | bytes, *fields: DataField) -> dict[str, Any]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return dict(read_inputs(path, fields).arrays)

    return give


# -- tables ------------------------------------------------------------------------------------------------------------
def test_columns_are_found_by_their_names_in_any_order(give: Give) -> None:
    arrays = give("a.csv", "note,colour,born,age\nhello,red,2000-01-02,30\n,green,2000-01-03,\n", TABLE)
    assert np.array_equal(arrays["table"], np.array([[30, 2, 1], [np.nan, 1, 2]], np.float32), equal_nan=True)
    assert arrays["table"].dtype == np.float32


def test_without_a_header_columns_go_by_position(give: Give) -> None:
    arrays = give("a.csv", "30;blue;1\n31;red;2,5\n", TABLE)
    assert np.array_equal(arrays["table"], np.array([[30, 0, 1], [31, 2, 2.5]], np.float32))


def test_codes_are_those_of_training_and_unknown_words_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("age,colour,born\n1,purple,2\n1,NA,2\n1,red,2\n")
    inputs = read_inputs(path, [TABLE])
    assert np.array_equal(inputs.arrays["table"][:, 1], [np.nan, np.nan, 2], equal_nan=True)
    assert inputs.remarks == (
        "Column “colour”: “purple” did not occur in training and counts as none of its categories.",
    )


def test_one_row_is_enough(give: Give) -> None:
    assert give("a.csv", "a,b\n1,2\n", PLAIN)["x"].tolist() == [[1, 2]]
    assert give("a.csv", "1,2\n", PLAIN)["x"].tolist() == [[1, 2]]


def test_two_tables_share_a_file(give: Give) -> None:
    other = DataField(
        name="y", role="input", kind="table", element="float", axes=(("feature", 1),), columns=("c",)
    )
    arrays = give("a.csv", "c,a,b\n3,1,2\n", PLAIN, other)
    assert (arrays["x"].tolist(), arrays["y"].tolist()) == ([[1, 2]], [[3]])


def test_the_rows_of_a_series_are_time(give: Give) -> None:
    assert give("a.csv", "value\n1\n2\n3\n", SERIES)["series"].tolist() == [[[1], [2], [3]]]
    assert give("b.csv", "1\n2\n3\n4\n", SERIES)["series"].shape == (1, 4, 1)


def test_what_the_data_says_of_itself_reads_back_equal(tmp_path: Path) -> None:
    """The rows of a CSV data source, given again as a file, are the arrays that training had."""
    rows = [f"{i % 7},{('b', 'a', 'c')[i % 3]},{i / 8},{'yes' if i % 2 else 'no'}" for i in range(40)]
    (tmp_path / "data.csv").write_text("size,kind,weight,good\n" + "\n".join(rows) + "\n")
    data = read(DataSource(id="d", type="csv", parameters={"path": "data.csv"}), tmp_path)
    again = read_inputs(tmp_path / "data.csv", [data.fields["table"]])
    assert np.array_equal(again.arrays["table"], data.arrays["table"], equal_nan=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("age,born\n1,2\n", "a.csv has no column “colour”, which the network reads. It has: age, born."),
        ("1,2\n", "has 2 columns and no header that names them; the network reads 3: age, colour, born."),
        ("age,colour,born\n1,red,2\nten,red,2\n", "Line 3 of a.csv, column “age”: “ten” is not a number."),
        ("age,colour,born\n", "has no rows below its header"),
        ("age,colour,born\n1,red\n", "Line 2 of a.csv has 2 cells"),
        ("", "is empty"),
    ],
)
def test_tables_that_do_not_fit(give: Give, content: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        give("a.csv", content, TABLE)
    assert said in str(refused.value)


# -- NumPy -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shape", "given"),
    [((2, 3), (1, 1, 2, 3)), ((4, 2, 3), (4, 1, 2, 3)), ((4, 2, 3, 1), (4, 1, 2, 3)), ((4, 6), (4, 1, 2, 3))],
)
def test_images_come_as_the_field_has_them(
    tmp_path: Path, shape: tuple[int, ...], given: tuple[int, ...]
) -> None:
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    np.save(tmp_path / "a.npy", array)
    found = read_inputs(tmp_path / "a.npy", [GREY]).arrays["image"]
    assert found.shape == given
    assert np.array_equal(found.reshape(-1), array.reshape(-1))


def test_an_archive_names_its_arrays_as_the_fields(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((2, 2)), image=np.ones((2, 2, 3)), more=np.ones(1))
    arrays = read_inputs(tmp_path / "a.npz", [PLAIN, GREY]).arrays
    assert (arrays["x"].shape, arrays["image"].shape) == ((2, 2), (2, 1, 2, 3))
    np.savez(tmp_path / "b.npz", anything=np.ones((2, 2)))
    assert read_inputs(tmp_path / "b.npz", [PLAIN]).arrays["x"].shape == (2, 2)
    with pytest.raises(Refusal, match=r"b\.npz has no array “x” or “image”\. It has: anything\."):
        read_inputs(tmp_path / "b.npz", [PLAIN, GREY])


def test_python_objects_are_never_read(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(Refusal, match="Python objects never are"):
        read_inputs(tmp_path / "a.npy", [PLAIN])


def test_several_fields_do_not_come_from_one_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((2, 2)))
    with pytest.raises(Refusal, match=r"reads “x” and “image”: give them as a \.npz file"):
        read_inputs(tmp_path / "a.npy", [PLAIN, GREY])


# -- pictures ----------------------------------------------------------------------------------------------------------
def picture(path: Path, level: int) -> Path:
    from PIL import Image

    Image.new("RGB", (30, 20), (level, level, level)).save(path)
    return path


def test_a_picture_is_resized_and_made_grey(tmp_path: Path) -> None:
    inputs = read_inputs(picture(tmp_path / "a.png", 200), [GREY])
    assert inputs.arrays["image"].tolist() == np.full((1, 1, 2, 3), 200).tolist()
    assert inputs.remarks == ()


def test_brightness_is_counted_as_in_the_data(tmp_path: Path) -> None:
    import msgspec

    digits = msgspec.structs.replace(
        GREY,
        preparation={"kind": "affine", "axis": 0, "offset": [0.0], "scale": [16.0]},
        statistics={"minimum": 0.0, "maximum": 16.0},
    )
    inputs = read_inputs(picture(tmp_path / "a.png", 255), [digits])
    assert inputs.arrays["image"].max() == inputs.arrays["image"].min() == 16.0
    assert "from 0 to 16" in inputs.remarks[0]


def test_a_folder_of_pictures_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, level in (("b.png", 20), ("a.jpg", 10), ("c.png", 30)):
        picture(tmp_path / name, level)
    (tmp_path / "notes.txt").write_text("no picture")
    found = read_inputs(tmp_path, [GREY]).arrays["image"]
    assert [int(image.mean().round()) for image in found] == [10, 20, 30]


@pytest.mark.parametrize(
    ("name", "field", "said"),
    [
        ("a.png", GREY, "a.png cannot be read as a picture"),
        ("a.png", PLAIN, "reads rows of a table (“x”), not a picture"),
        ("a.csv", GREY, "a.csv is a table, but the network reads images (“image”)"),
        ("a.docx", PLAIN, "a.docx is not a file that inputs are read from"),
        ("a.xlsx", PLAIN, "a.xlsx is not an Excel workbook"),
        ("a.parquet", PLAIN, "a.parquet is not a Parquet file that can be read"),
    ],
)
def test_files_that_do_not_fit(give: Give, name: str, field: DataField, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        give(name, b"nonsense", field)
    assert said in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is not there"):
        read_inputs(tmp_path / "none.csv", [PLAIN])
    with pytest.raises(Refusal, match="holds no pictures"):
        read_inputs(tmp_path, [GREY])


# -- text --------------------------------------------------------------------------------------------------------------
def test_text_becomes_the_codes_of_the_vocabulary(give: Give) -> None:
    arrays = give("a.txt", "ab a", TEXT)
    assert arrays["text"].tolist() == [[2, 3, 1, 2]]
    assert arrays["text"].dtype == np.int64


def test_the_end_of_a_longer_text_is_read_and_capitals_as_the_data_has_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ABAB ba")
    inputs = read_inputs(tmp_path / "a.txt", [TEXT])
    assert inputs.arrays["text"].tolist() == [[3, 1, 3, 2]]
    assert inputs.remarks == ("The last 4 characters are read.",)


def test_characters_that_training_never_saw_are_named(give: Give) -> None:
    with pytest.raises(Refusal, match="“!” and “é”"):
        give("a.txt", "ab!é", TEXT)
