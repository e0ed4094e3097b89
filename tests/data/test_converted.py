"""What is kept of converted data: found again, made anew where it is damaged, removed when it is old or too much."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.data_field import DataField
from nndesigner.base.folders import cache_folder
from nndesigner.data import converted as module
from nndesigner.data.converted import converted, kept, key, sweep
from nndesigner.data.source import Loaded


@pytest.fixture
def made(user_folders: Path) -> Callable[[Path], Loaded]:
    calls: list[Path] = []

    def convert(folder: Path) -> Loaded:
        calls.append(folder)
        x = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float32, (6, 2))
        x[:] = np.arange(12).reshape(6, 2)
        field = DataField(name="t", role="input", kind="table", element="float", axes=(("feature", 2),))
        goal = DataField(name="y", role="target", kind="class", element="int", classes=("a", "b"))
        return Loaded(
            fields=(field, goal),
            arrays={"t": x, "y": np.arange(6) % 2},
            groups=np.arange(6),
            gap=3,
            remarks=("Said.",),
            categories={"t": {1: ("p", "q")}},
        )

    convert.calls = calls  # type: ignore[attr-defined]
    return convert


def root() -> Path:
    return cache_folder() / "converted"


def test_it_is_found_again_as_it_was(made: Callable[[Path], Loaded]) -> None:
    assert kept("k") is None
    first, again = converted("k", made), kept("k")
    assert again is not None and converted("k", made).remarks == again.remarks
    assert len(made.calls) == 1  # type: ignore[attr-defined]
    for found in (first, again):
        assert isinstance(found.arrays["t"], np.memmap)
        assert np.array_equal(found.arrays["t"], np.arange(12).reshape(6, 2))
        assert found.arrays["y"].tolist() == [0, 1, 0, 1, 0, 1] and found.groups is not None
        assert (found.remarks, found.categories) == (("Said.",), {"t": {1: ("p", "q")}})
        assert found.parts is None and found.groups.tolist() == list(range(6)) and found.gap == 3
    again.arrays["t"][0, 0] = 99.0  # stays with this process
    assert converted("k", made).arrays["t"][0, 0] == 0.0
    assert [folder.name for folder in root().iterdir()] == ["k"]


@pytest.mark.parametrize("harm", ["cut", "gone", "words", "form"])
def test_what_is_damaged_is_made_anew(
    harm: str, made: Callable[[Path], Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    converted("k", made)
    file = root() / "k" / "x.npy"
    if harm == "cut":
        os.truncate(file, 100)
    elif harm == "gone":
        file.unlink()
    elif harm == "words":
        (root() / "k" / "loaded.json").write_text("{")
    else:
        monkeypatch.setattr(module, "FORM", module.FORM + 1)
    assert np.array_equal(converted("k", made).arrays["t"], np.arange(12).reshape(6, 2))
    assert len(made.calls) == 2  # type: ignore[attr-defined]


def test_a_file_that_changed_has_another_key(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    first = key("csv", {"path": file}, {"target": ""})
    assert first == key("csv", {"path": file}, {"target": ""}) != key("csv", {"path": file}, {"target": "b"})
    os.utime(file, ns=(1, 1))
    assert key("csv", {"path": file}, {"target": ""}) != first


def test_what_is_old_unfinished_or_too_much_goes(
    made: Callable[[Path], Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    for age, name in enumerate(("new", "older", "oldest")):
        converted(name, made)
        os.utime(root() / name / "loaded.json", (now - 100 * age, now - 100 * age))
    (root() / "unfinished-1").mkdir()
    sweep(root())
    assert {folder.name for folder in root().iterdir()} == {"new", "older", "oldest", "unfinished-1"}
    os.utime(root() / "unfinished-1", (now - 1e6, now - 1e6))
    os.utime(root() / "oldest" / "loaded.json", (now - 1e7, now - 1e7))
    sweep(root())
    assert {folder.name for folder in root().iterdir()} == {"new", "older"}
    size = sum(file.stat().st_size for file in (root() / "new").iterdir())
    monkeypatch.setattr(module, "MOST_BYTES", size)
    sweep(root())
    assert [folder.name for folder in root().iterdir()] == ["new"]


def test_what_fails_leaves_nothing(user_folders: Path) -> None:
    def fails(folder: Path) -> Loaded:
        (folder / "half").write_bytes(b"x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        converted("k", fails)
    assert not list(root().iterdir())
