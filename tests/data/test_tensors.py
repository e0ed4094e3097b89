"""Arrays of safetensors and HDF5 files, good and damaged, and the two sources that read them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file

from nndesigner.base.problem import Refusal
from nndesigner.data import tensors
from nndesigner.data.dataset import Dataset
from nndesigner.data.tensors import Hdf5, SafeTensors

Load = Callable[..., Dataset]


def images(n: int = 24) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.RandomState(0)
    return draw.randint(0, 255, (n, 5, 6)).astype(np.uint8), np.arange(n) % 3


def raw(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


# -- safetensors -------------------------------------------------------------------------------------------------------
def test_safetensors_are_data(load: Load, tmp_path: Path, learns: Callable[[Dataset], list[float]]) -> None:
    x, y = images()
    save_file({"images": x, "labels": y, "other": np.zeros(3)}, tmp_path / "a.safetensors", {"by": "me"})
    data = load("safetensors", path="a.safetensors")
    assert np.array_equal(data.arrays["image"][:, 0], x) and data.fields["class"].classes == ("0", "1", "2")
    learns(data)
    save_file({"x_train": x, "y_train": y, "x_test": x[:4], "y_test": y[:4]}, tmp_path / "b.safetensors")
    assert load("safetensors", path="b.safetensors").counts["test"] == 4


@pytest.mark.parametrize("dtype", ["?", "u1", "i2", "i4", "i8", "f2", "f4", "f8"])
def test_every_type_is_read(dtype: str, tmp_path: Path) -> None:
    array = (np.arange(6) % 2).astype(dtype).reshape(2, 3)
    save_file({"a": array}, tmp_path / "a.safetensors")
    assert np.array_equal(SafeTensors(tmp_path / "a.safetensors")["a"].whole(), array)


def test_bfloat16_is_widened(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save

    values = torch.tensor([[1.5, -2.0], [0.0, 3.140625]], dtype=torch.bfloat16)
    save({"a": values}, tmp_path / "a.safetensors")
    assert SafeTensors(tmp_path / "a.safetensors")["a"].whole().tolist() == values.float().tolist()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"PK\3\4" * 9, "is not a safetensors file"),
        (struct.pack("<Q", 1 << 60) + b"{}", "is not a safetensors file"),
        (raw(b"{nonsense}"), "header of a.safetensors cannot be read"),
        (raw(b"[" * 100_000), "header of a.safetensors cannot be read"),
        (raw([1, 2]), "header of a.safetensors cannot be read"),
        (raw({"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"1234"), "it is damaged"),
        (raw({"x": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, bytes(8)), "claims the shape 3"),
        (raw({"x": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, bytes(8)), "impossible shape"),
        (raw({"x": {"dtype": "F32", "shape": [2.0], "data_offsets": [0, 8]}}, bytes(8)), "impossible shape"),
        (raw({}), "holds no arrays"),
        (
            raw({k: {"dtype": "F8_E5M2", "shape": [8], "data_offsets": [0, 8]} for k in "xy"}, bytes(8)),
            "a type that is not read",
        ),
    ],
)
def test_damaged_safetensors_are_refused(
    content: bytes, sentence: str, refused: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    assert sentence in refused("safetensors", path="a.safetensors")


# -- HDF5 --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def h5(tmp_path: Path) -> Callable[..., Path]:
    def write(**arrays: Any) -> Path:
        with h5py.File(tmp_path / "a.h5", "w") as file:
            for name, array in arrays.items():
                file[name.replace("__", "/")] = array
        return tmp_path / "a.h5"

    return write


def test_hdf5_is_data(load: Load, h5: Callable[..., Path], learns: Callable[[Dataset], list[float]]) -> None:
    x, y = images()
    h5(x=x, y=y)
    data = load("hdf5", path="a.h5")
    assert np.array_equal(data.arrays["image"][:, 0], x) and data.counts["all"] == 24
    learns(data)
    h5(set__pics=x, set__names=[f"kind {i}" for i in y])
    data = load("hdf5", path="a.h5", x="set/pics", y="set/names")
    assert data.fields["class"].classes == ("kind 0", "kind 1", "kind 2")


def test_names_are_said(refused: Callable[..., str], h5: Callable[..., Path]) -> None:
    h5(first=np.zeros((4, 2)), set__second=np.zeros(4))
    assert "Which array of a.h5 holds the inputs? Name one of: first, set/second." in refused(
        "hdf5", path="a.h5"
    )
    assert "has no array “third”" in refused("hdf5", path="a.h5", x="third")


def test_nothing_leads_out_of_the_file(
    refused: Callable[..., str], h5: Callable[..., Path], tmp_path: Path
) -> None:
    path = h5(x=np.zeros((4, 2)))
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["y"] = np.arange(4)
    (tmp_path / "raw.bin").write_bytes(bytes(32))
    with h5py.File(path, "a") as file:
        file["y"] = h5py.ExternalLink("secret.h5", "y")
        file["soft"] = h5py.SoftLink("/x")
        file["loop"] = file["/"]
        file.create_dataset("outside", (4,), "i8", external=[(str(tmp_path / "raw.bin"), 0, 32)])
        layout = h5py.VirtualLayout((4,), "i8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "y", (4,))
        file.create_virtual_dataset("virtual", layout)
    found = Hdf5(path)
    assert "y" not in found and "soft" not in found and {"x", "outside", "virtual"} <= set(found)
    for name in ("outside", "virtual"):
        assert "lies in another file" in refused("hdf5", path="a.h5", y=name)


def test_bombs_and_odd_types_are_refused(
    refused: Callable[..., str], h5: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = h5(x=np.zeros((4, 2)))
    with h5py.File(path, "a") as file:
        file.create_dataset("huge", (1 << 20, 1 << 20), "f4", chunks=(1, 1 << 10))
        file.create_dataset("bomb", (1 << 12, 1 << 14), "f8", chunks=(64, 1 << 14), compression="gzip")
        file["pairs"] = np.zeros(4, [("a", "f4"), ("b", "i4")])
    assert "at most 1,024 GB are read" in refused("hdf5", path="a.h5", y="huge")
    assert "times its size, as no real data does" in refused("hdf5", path="a.h5", y="bomb")
    assert "numbers and texts are read" in refused("hdf5", path="a.h5", y="pairs")
    monkeypatch.setattr(tensors, "MOST_ARRAYS", 2)
    assert "holds more than 2 arrays" in refused("hdf5", path="a.h5")


@pytest.mark.parametrize("seed", range(2))
def test_mutants_are_read_or_refused(seed: int, h5: Callable[..., Path], tmp_path: Path) -> None:
    x, y = images(8)
    good = h5(x=x, group__y=y).read_bytes()
    draw = np.random.RandomState(seed)
    for turn in range(80):
        spoiled = bytearray(good[: len(good) // 2] if turn == 0 else good)
        for place in draw.randint(0, len(spoiled), 4):
            spoiled[place] = draw.randint(256)
        path = tmp_path / "m.h5"
        path.write_bytes(spoiled)
        try:
            for array in Hdf5(path).values():
                assert array.whole().nbytes < 1 << 20
        except Refusal as refusal:
            assert "\n" not in str(refusal)
