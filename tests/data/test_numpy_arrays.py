from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]
DRAW = np.random.RandomState(0)
LABELS = np.arange(60) % 3


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., str]:
    def save(**arrays: Any) -> str:
        np.savez(tmp_path / "a.npz", **arrays)
        return "a.npz"

    return save


@pytest.mark.parametrize(
    ("x", "more", "kind", "axes"),
    [
        (DRAW.normal(size=(60, 5)), {}, "table", (("feature", 5),)),
        (DRAW.normal(size=60), {}, "table", (("feature", 1),)),
        (DRAW.normal(size=(60, 9, 2)), {}, "series", (("time", 9), ("feature", 2))),
        (DRAW.normal(size=(60, 9)), {"holds": "series"}, "series", (("time", 9), ("feature", 1))),
        (DRAW.normal(size=(60, 8, 8)), {}, "image", (("channel", 1), ("height", 8), ("width", 8))),
        (DRAW.normal(size=(60, 8, 8)), {"holds": "series"}, "series", (("time", 8), ("feature", 8))),
        (DRAW.normal(size=(60, 8, 8)), {"holds": "table"}, "table", (("feature", 64),)),
        (DRAW.normal(size=(60, 3, 4, 5)), {}, "image", (("channel", 3), ("height", 4), ("width", 5))),
        (
            DRAW.normal(size=(60, 4, 5, 3)),
            {"layout": "last"},
            "image",
            (("channel", 3), ("height", 4), ("width", 5)),
        ),
        (DRAW.normal(size=(60, 7, 5, 3)), {}, "image", (("channel", 3), ("height", 7), ("width", 5))),
        (
            DRAW.randint(0, 256, (60, 7, 5)).astype(np.uint8),
            {},
            "image",
            (("channel", 1), ("height", 7), ("width", 5)),
        ),
    ],
)
def test_inputs_by_their_shape(
    x: np.ndarray,
    more: dict[str, str],
    kind: str,
    axes: tuple[tuple[str, int], ...],
    load: Load,
    saved: Callable[..., str],
) -> None:
    data = load("numpy", path=saved(x=x, y=LABELS), **more)
    field = next(iter(data.fields.values()))
    assert (field.kind, field.axes) == (kind, axes)
    array = data.arrays[field.name]
    assert array.dtype == (np.uint8 if x.dtype == np.uint8 else np.float32)
    assert array.sum(dtype=np.float64) == pytest.approx(x.sum(dtype=np.float64), rel=1e-4, abs=1e-3)


def test_channels_last_pixels_stay_in_place(load: Load, saved: Callable[..., str]) -> None:
    x = DRAW.randint(0, 256, (60, 7, 5, 3)).astype(np.uint8)
    images = load("numpy", path=saved(x=x, y=LABELS)).arrays["image"]
    assert np.array_equal(images, x.transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    ("y", "more", "kind", "classes"),
    [
        (LABELS, {}, "class", ("0", "1", "2")),
        (LABELS * 4, {}, "class", tuple(map(str, range(9)))),
        (LABELS * 100, {}, "class", ("0", "100", "200")),
        (LABELS - 1, {}, "class", ("-1", "0", "1")),
        (LABELS == 1, {}, "class", ("0", "1")),
        (LABELS[:, None].astype(np.uint8), {}, "class", ("0", "1", "2")),
        (np.array(["cat", "ant", "bee"])[LABELS], {}, "class", ("ant", "bee", "cat")),
        (np.eye(3)[LABELS], {}, "class", ("0", "1", "2")),
        (LABELS.astype(np.float64), {}, "number", ()),
        (LABELS.astype(np.float64), {"task": "classes"}, "class", ("0", "1", "2")),
        (LABELS, {"task": "number"}, "number", ()),
        (DRAW.normal(size=(60, 4)), {}, "number", ()),
        (np.arange(60) * 1000, {"task": "number"}, "number", ()),
    ],
)
def test_targets_by_what_they_hold(
    y: np.ndarray,
    more: dict[str, str],
    kind: str,
    classes: tuple[str, ...],
    load: Load,
    saved: Callable[..., str],
) -> None:
    data = load("numpy", path=saved(x=DRAW.normal(size=(60, 2)), y=y), **more)
    field = list(data.fields.values())[1]
    assert (field.kind, field.classes) == (kind, classes)
    if kind == "class" and y.dtype.kind in "iub" and y.ndim == 1:
        named = [int(classes[code]) for code in data.arrays["class"]]
        assert named == y.astype(int).tolist()


def test_names_are_found_or_chosen(
    load: Load, refused: Callable[..., str], saved: Callable[..., str]
) -> None:
    x = DRAW.normal(size=(60, 2))
    assert load("numpy", path=saved(images=x, labels=LABELS)).counts["all"] == 60
    path = saved(first=x, second=LABELS)
    assert load("numpy", path=path, x="first", y="second").counts["all"] == 60
    assert "Which array of a.npz holds the inputs? Name one of: first, second." in refused("numpy", path=path)
    assert "no array “third”. It has: first, second." in refused("numpy", path=path, x="first", y="third")


def test_given_parts_stay(load: Load, saved: Callable[..., str]) -> None:
    def images(level: int, n: int) -> np.ndarray:
        return np.full((n, 6, 6), level, np.uint8)

    path = saved(x_train=images(1, 40), y_train=LABELS[:40], x_test=images(2, 12), y_test=LABELS[:12])
    data = load("numpy", path=path, validation_share=0.25)
    assert data.counts == {"all": 52, "train": 30, "validation": 10, "test": 12}
    assert np.all(data.arrays["image"][data.indices["test"]] == 2)
    assert data.fields["image"].preparation["scale"] == [255.0]


def test_two_npy_files(load: Load, refused: Callable[..., str], tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", DRAW.normal(size=(60, 2)))
    np.save(tmp_path / "y.npy", LABELS)
    assert load("numpy", path="x.npy", targets_path="y.npy").counts["all"] == 60
    assert "choose the .npy file of the targets" in refused("numpy", path="x.npy")
    np.save(tmp_path / "y.npy", LABELS[:50])
    assert "have the shape 60 × 2 and the targets 50" in refused("numpy", path="x.npy", targets_path="y.npy")


def test_missing_numbers_in_rows_are_filled_or_left_out(load: Load, saved: Callable[..., str]) -> None:
    x = DRAW.normal(size=(60, 2))
    x[3, 1] = np.nan
    path = saved(x=x, y=LABELS)
    data = load("numpy", path=path)
    assert "1 values are missing (NaN); the mean" in " ".join(data.remarks)
    assert data.fields["table"].preparation["kind"] == "columns"
    data = load("numpy", path=path, fill="drop")
    assert data.counts["all"] == 59 and "1 of 60 samples are left out" in " ".join(data.remarks)


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (np.full((60, 5, 5), np.nan), LABELS, "1,500 values are no finite numbers; the first is in sample 0"),
        (
            np.r_[np.ones(59), np.inf],
            LABELS,
            "Among the inputs, 1 values are no finite numbers; the first is in sample 59",
        ),
        (np.ones((60, 2)), np.r_[np.ones(59) * 0.5, np.nan], "Among the targets"),
        (np.ones((60, 2)), np.zeros(60, int), "have 1 classes"),
        (np.ones((60, 2)), np.ones((60, 3, 3)) * 0.5, "Targets of shape 60 × 3 × 3"),
        (np.array(["a"] * 60), LABELS, "hold texts; numbers are needed"),
        (np.ones((0, 2)), np.ones(0), "hold no samples"),
        (np.ones((60, 0)), LABELS, "there are no values in it"),
        (np.ones((60, 2, 2, 2, 2)), LABELS, "cannot be read as rows, series or images"),
        (np.float32(1), LABELS, "a single value"),
    ],
)
def test_refusals(
    x: np.ndarray, y: np.ndarray, sentence: str, refused: Callable[..., str], saved: Callable[..., str]
) -> None:
    assert sentence in refused("numpy", path=saved(x=x, y=y))


def test_objects_are_never_read(refused: Callable[..., str], tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([{}, {}], dtype=object), y=LABELS[:2], allow_pickle=True)
    assert "Python objects never are" in refused("numpy", path="a.npz")


def test_several_inputs_and_targets_are_fields_of_their_names(
    load: Load, saved: Callable[..., str], refused: Callable[..., str]
) -> None:
    path = saved(
        first=DRAW.normal(size=(60, 3, 8, 8)),
        second=DRAW.normal(size=(60, 3, 8, 8)),
        kinds=DRAW.randint(0, 4, (60, 20)),
        offsets=DRAW.normal(size=(60, 20, 4)),
        label=LABELS,
        short=LABELS[:7],
        wide=DRAW.normal(size=(60, 2, 2, 2, 2)),
        hollow=np.zeros((60, 0), int),
    )
    found = load("numpy", path=path, x="first, second", y="kinds, offsets, label")
    assert [(f.name, f.role, f.kind, f.axes) for f in found.fields.values()] == [
        ("first", "input", "image", (("channel", 3), ("height", 8), ("width", 8))),
        ("second", "input", "image", (("channel", 3), ("height", 8), ("width", 8))),
        ("kinds", "target", "class", (("time", 20),)),
        ("offsets", "target", "series", (("time", 20), ("feature", 4))),
        ("label", "target", "class", ()),
    ]
    assert found.fields["kinds"].classes == ("0", "1", "2", "3")
    assert np.array_equal(found.arrays["label"], LABELS) and found.counts["all"] == 60
    assert "equally many samples" in refused("numpy", path=path, x="first, second", y="short")
    assert "named twice" in refused("numpy", path=path, x="first, first", y="label")
    assert "no array “third”" in refused("numpy", path=path, x="first, third", y="label")
    assert "no values in it" in refused("numpy", path=path, x="first", y="label, hollow")
    assert "too many axes" in refused("numpy", path=path, x="first", y="label, wide")


def test_token_numbers_are_read_as_tokens(
    load: Load, saved: Callable[..., str], refused: Callable[..., str]
) -> None:
    codes = DRAW.randint(0, 9, (60, 5))
    codes[0, 0] = 8
    path = saved(words=codes, more=codes - 1, y=LABELS)
    found = load("numpy", path=path, x="words", holds="tokens")
    assert found.fields["tokens"].tokens == tuple(map(str, range(9)))
    assert np.array_equal(found.arrays["tokens"], codes)
    assert "begin at 0" in refused("numpy", path=path, x="more", holds="tokens")
