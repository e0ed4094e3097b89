"""Arrays read through files are those that are read in memory, value for value and word for word."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file

from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Cancelled
from nndesigner.data import array_room, sliced, stored
from nndesigner.data.dataset import Dataset, read

Load = Callable[..., Dataset]
DRAW = np.random.RandomState(0)
LABELS = np.arange(60) % 3
KINDS = ("npy", "fortran", "npz", "packed", "hdf5", "chunks", "columns", "safetensors")


def holes(values: tuple[float, ...] = (np.nan, np.nan)) -> np.ndarray:
    x = np.random.RandomState(1).normal(size=(60, 4))
    x[3, 1], x[40, 0] = values
    return x


X: dict[str, np.ndarray] = {
    "rows": DRAW.normal(size=(60, 5)),
    "wide": DRAW.normal(size=(60, 5)).astype(">f4"),
    "holes": holes(),
    "infinite": holes((np.nan, np.inf)),
    "huge": holes((1e300, 1.0)),
    "empty": np.full((60, 2), np.nan),
    "series": DRAW.normal(size=(60, 9, 2)),
    "grey": DRAW.randint(0, 256, (60, 7, 5)).astype(np.uint8),
    "colour": DRAW.randint(0, 256, (60, 7, 5, 3)).astype(np.uint8),
    "planes": DRAW.normal(size=(60, 3, 4, 5)).astype(np.float16),
    "codes": DRAW.randint(0, 9, (60, 6)),
    "again": np.repeat(DRAW.normal(size=(6, 3)), 10, 0),
    "line": DRAW.normal(size=60),
}
Y: dict[str, np.ndarray] = {
    "labels": LABELS,
    "apart": LABELS * 100 - 1,
    "column": LABELS[:, None].astype(np.uint8),
    "true": LABELS == 1,
    "texts": np.array(["cat", "ant", "bee"])[LABELS],
    "hot": np.eye(3)[LABELS],
    "nearly": np.r_[np.eye(3)[LABELS[:59]], [[1.0, 1.0, 0.0]]],
    "whole": LABELS.astype(np.float64),
    "amounts": DRAW.normal(size=(60, 4)),
    "nothing": np.r_[np.ones(59) * 0.5, np.nan],
    "same": np.zeros(60, int),
    "fewer": LABELS[:50],
}


@pytest.fixture
def streaming(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on all arrays are read through files, a few samples at a time."""

    def begin() -> None:
        monkeypatch.setattr(stored, "IN_MEMORY", 0)
        monkeypatch.setattr(sliced, "BLOCK_BYTES", 300)

    return begin


def write(folder: Path, kind: str, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """The arrays in a file of a kind, and the parameters that read it."""
    if kind in ("npy", "fortran"):
        turned = np.asfortranarray if kind == "fortran" else np.ascontiguousarray
        np.save(folder / "x.npy", turned(x))
        np.save(folder / "y.npy", turned(y))
        return {"type": "numpy", "path": "x.npy", "targets_path": "y.npy"}
    if kind in ("npz", "packed"):
        (np.savez if kind == "npz" else np.savez_compressed)(folder / "a.npz", x=x, y=y)
        return {"type": "numpy", "path": "a.npz"}
    if kind == "safetensors":
        x = np.ascontiguousarray(x, x.dtype.newbyteorder("="))  # it has no others, and no texts
        y = np.unique(y, return_inverse=True)[1] if y.dtype.kind == "U" else y
        save_file({"x": x, "y": y}, folder / "a.safetensors")
        return {"type": "safetensors", "path": "a.safetensors"}
    with h5py.File(folder / "a.h5", "w") as file:
        for name, array in (("x", x), ("y", y)):
            more: dict[str, Any] = {}
            if kind == "chunks":
                more = {"chunks": (7, *array.shape[1:]), "compression": "gzip"}
            elif kind == "columns":
                more = {"chunks": (len(array), *(1 for _ in array.shape[1:]))}
            texts = array.dtype.kind == "U"
            file.create_dataset(name, data=array.astype(h5py.string_dtype()) if texts else array, **more)
    return {"type": "hdf5", "path": "a.h5"}


def is_the_same(through: Dataset, whole: Dataset) -> None:
    for name, array in whole.arrays.items():
        assert isinstance(through.arrays[name], np.memmap) and not isinstance(array, np.memmap)
        assert through.arrays[name].dtype == array.dtype
        assert np.array_equal(through.arrays[name], array, equal_nan=array.dtype.kind == "f")
    assert (through.fingerprint, through.fields) == (whole.fingerprint, whole.fields)
    assert (through.remarks, through.counts) == (whole.remarks, whole.counts)
    for part in whole.indices:
        assert np.array_equal(through.indices[part], whole.indices[part])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("x", "y", "parameters"),
    [
        ("rows", "labels", {}),
        ("wide", "texts", {"preparation": "rescale", "stratify": False}),
        ("holes", "amounts", {"fill": "median"}),
        ("holes", "texts", {"fill": "drop", "split_seed": 4}),
        ("again", "apart", {}),
        ("line", "true", {"in_order": True}),
        ("series", "amounts", {"preparation": "rescale", "target_preparation": "none"}),
        ("grey", "column", {}),
        ("colour", "hot", {"preparation": "standardize"}),
        ("planes", "whole", {"task": "classes"}),
        ("planes", "nearly", {"holds": "table", "preparation": "none"}),
        ("codes", "labels", {"holds": "tokens"}),
        ("codes", "labels", {"task": "number"}),
    ],
)
def test_they_are_the_arrays_in_memory(
    kind: str,
    x: str,
    y: str,
    parameters: dict[str, Any],
    tmp_path: Path,
    load: Load,
    streaming: Callable[[], None],
) -> None:
    asked = write(tmp_path, kind, X[x], Y[y]) | parameters
    whole = load(**asked)
    streaming()
    is_the_same(load(**asked), whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("x", "y", "parameters", "words"),
    [
        (
            "infinite",
            "labels",
            {},
            "Among the inputs, 1 values are no finite numbers; the first is in sample 40",
        ),
        ("huge", "labels", {}, "the first is in sample 3"),
        (
            "rows",
            "nothing",
            {},
            "Among the targets, 1 values are no finite numbers; the first is in sample 59",
        ),
        ("empty", "labels", {"fill": "drop"}, "No sample is complete"),
        ("codes", "same", {}, "have 1 classes"),
        ("rows", "fewer", {}, "and the targets 50"),
        ("rows", "amounts", {"task": "classes"}, "are not class numbers"),
        ("rows", "nothing", {"task": "classes"}, "are not class numbers"),
        ("grey", "apart", {"holds": "tokens"}, "cannot be read as tokens"),
    ],
)
def test_what_cannot_be_is_refused_in_the_same_words(
    kind: str,
    x: str,
    y: str,
    parameters: dict[str, Any],
    words: str,
    tmp_path: Path,
    refused: Callable[..., str],
    streaming: Callable[[], None],
    user_folders: Path,
) -> None:
    asked = write(tmp_path, kind, X[x], Y[y]) | parameters
    whole = refused(**asked)
    streaming()
    assert words in whole and refused(**asked) == whole
    assert not list((user_folders / "nndesigner" / "cache").glob("converted/*"))


def test_several_arrays_and_given_parts(
    tmp_path: Path, load: Load, refused: Callable[..., str], streaming: Callable[[], None]
) -> None:
    given = {
        "first": DRAW.normal(size=(60, 3, 8, 8)),
        "second": X["codes"],
        "steps": DRAW.randint(0, 4, (60, 20)),
        "offsets": DRAW.normal(size=(60, 20, 4)),
        "label": Y["texts"],
        "holes": X["holes"],
        "below": DRAW.randint(-4, 4, (60, 20)),
    }
    np.savez(tmp_path / "a.npz", **given)
    parts = {"x_train": X["grey"][:40], "x_test": X["grey"][40:].astype(np.float32)}
    np.savez(tmp_path / "b.npz", **parts, y_train=LABELS[:40], y_test=LABELS[40:])
    several = {"path": "a.npz", "x": "first, second", "y": "steps, offsets, label"}
    wrong = {"x": "first, holes"}, {"y": "below, label"}
    whole = load("numpy", **several), load("numpy", path="b.npz")
    said = [refused("numpy", **several | change) for change in wrong]
    streaming()
    is_the_same(load("numpy", **several), whole[0])
    is_the_same(load("numpy", path="b.npz"), whole[1])
    assert [refused("numpy", **several | change) for change in wrong] == said
    assert "missing numbers" in said[0] and "class numbers begin at 0" in said[1]


def test_what_they_become_decides_where_they_lie(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = write(tmp_path, "npz", X["rows"], Y["labels"])
    size = 60 * (5 * 4 + 8)
    monkeypatch.setattr(stored, "IN_MEMORY", size)
    assert not isinstance(load(**asked).arrays["table"], np.memmap)
    monkeypatch.setattr(stored, "IN_MEMORY", size - 1)
    assert isinstance(load(**asked).arrays["table"], np.memmap)


def test_they_are_converted_once(
    tmp_path: Path, load: Load, streaming: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    streaming()
    asked = write(tmp_path, "npy", X["holes"], Y["labels"])
    passes: list[sliced.Sliced] = []
    through = array_room.Room.through

    def counted(room: Any, x: sliced.Sliced, made: Any = None) -> Any:
        passes.append(x)
        return through(room, x, made)

    monkeypatch.setattr(array_room.Room, "through", counted)
    first = load(**asked)
    assert passes
    passes.clear()
    again = load(**asked, split_seed=3, preparation="rescale", validation_share=0.4)
    assert not passes and (again.fingerprint, again.remarks) == (first.fingerprint, first.remarks)
    assert load(**asked, fill="drop").counts["all"] == 58 and passes
    np.save(tmp_path / "y.npy", LABELS[::-1])
    assert load(**asked).fingerprint != first.fingerprint


def test_it_can_be_cancelled_and_leaves_nothing(
    tmp_path: Path, streaming: Callable[[], None], user_folders: Path
) -> None:
    streaming()
    asked = write(tmp_path, "fortran", np.ones((4000, 4)), np.arange(4000) % 2)
    record = SimpleNamespace(type=asked.pop("type"), parameters=asked)
    heard: list[float] = []

    def hear(fraction: float, sentence: str) -> None:
        heard.append(fraction)

    def stop(fraction: float, sentence: str) -> None:
        if sentence == "Reading x.npy" and fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        read(record, tmp_path, stop)
    assert not list((user_folders / "nndesigner" / "cache" / "converted").iterdir())
    read(record, tmp_path, hear)
    assert heard == sorted(heard) and len(heard) > 100


def test_a_disk_that_is_too_small_is_told_before_anything_is_read(
    tmp_path: Path,
    refused: Callable[..., str],
    streaming: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    streaming()
    asked = write(tmp_path, "npz", X["infinite"], Y["labels"])
    monkeypatch.setattr(stored, "SPARE", 1 << 60)
    assert refused(**asked) == "The values of a.npz take 0.0 GB, and 0.0 GB fit: make room."


@pytest.mark.parametrize("longer", [False, True])
def test_a_file_that_changes_meanwhile_is_refused(
    longer: bool, tmp_path: Path, streaming: Callable[[], None], user_folders: Path
) -> None:
    streaming()
    asked = write(tmp_path, "hdf5", X["rows"], Y["labels"])
    record = SimpleNamespace(type=asked.pop("type"), parameters=asked)

    def change(fraction: float, sentence: str) -> None:
        if fraction > 0.6 and (tmp_path / "a.h5").stat().st_mtime_ns != 1:
            if longer:
                (tmp_path / "a.h5").unlink()
                write(tmp_path, "hdf5", X["rows"], Y["fewer"])
            os.utime(tmp_path / "a.h5", ns=(1, 1))

    with pytest.raises(Refusal, match="changed while it was read"):
        read(record, tmp_path, change)
    assert not list((user_folders / "nndesigner" / "cache" / "converted").iterdir())


def test_a_packed_member_is_checked_to_its_end(
    tmp_path: Path, refused: Callable[..., str], streaming: Callable[[], None]
) -> None:
    asked = write(tmp_path, "npz", X["rows"].astype(np.float32), Y["labels"])
    good = (tmp_path / "a.npz").read_bytes()
    place = good.index(X["rows"].astype(np.float32)[50].tobytes())
    (tmp_path / "a.npz").write_bytes(good[:place] + b"\0" + good[place + 1 :])
    streaming()
    assert refused(**asked).startswith("“x” in a.npz cannot be unpacked: Bad CRC-32")


def test_what_fits_into_memory_needs_no_cache(
    tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NNDESIGNER_HOME", str(tmp_path / "file" / "home"))
    assert load(**write(tmp_path, "npz", X["rows"], Y["labels"])).counts["all"] == 60
