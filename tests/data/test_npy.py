from __future__ import annotations

import io
import pickle
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data.npy import Archive, read_npy


def npy(header: str, data: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    text = header.encode("latin-1") + b"\n"
    size = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + size + text + data


def claim(shape: str, descr: str = "'<f4'", data: bytes = b"") -> bytes:
    return npy(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}", data)


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "|u1", "<i2", "|b1", "<U3", "|S2", "<f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_come_back(dtype: str, order: str, tmp_path: Path) -> None:
    array = np.asarray(np.arange(24).reshape(4, 3, 2) % 2, order=order).astype(dtype, order="K")
    np.save(tmp_path / "a.npy", array)
    found = read_npy(tmp_path / "a.npy")
    assert found.dtype == array.dtype and np.array_equal(found, array)


def test_archives_come_back_packed_or_not(tmp_path: Path) -> None:
    x, y = np.random.RandomState(0).normal(size=(50, 3)), np.arange(50)
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", x=x, y=y)
        archive = Archive(tmp_path / "a.npz")
        assert list(archive) == ["x", "y"] and "z" not in archive
        assert np.array_equal(archive["x"].whole(), x) and np.array_equal(archive["y"].whole(), y)


class Ring:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path("/").joinpath, ("rung",))


def hostile() -> dict[str, bytes]:
    objects = io.BytesIO()
    np.save(objects, np.array([Ring()], dtype=object), allow_pickle=True)
    return {
        "huge shape": claim("(10**9 * 0 + 1000000000, 1000000)"),
        "huge": claim("(1000000000, 1000000)", data=b"\0" * 64),
        "beyond 64 bits": claim("(1000000000000000000, 1000000000000000000)"),
        "negative": claim("(-4, -4)", data=b"\0" * 64),
        "floats in shape": claim("(4.0,)", data=b"\0" * 16),
        "too short": claim("(100,)", data=b"\0" * 399),
        "too long": claim("(100,)", data=b"\0" * 401),
        "objects": objects.getvalue(),
        "object dtype": claim("(1,)", "'|O'", b"\0" * 8),
        "record": claim("(1,)", "[('a', '<f4')]", b"\0" * 4),
        "dates": claim("(1,)", "'<M8[s]'", b"\0" * 8),
        "void": claim("(1,)", "'|V4'", b"\0" * 4),
        "complex": claim("(1,)", "'<c8'", b"\0" * 8),
        "empty texts": claim("(1000000000000,)", "'<U0'"),
        "code": npy("__import__('os').getcwd()"),
        "deep": npy("(" * 3000 + ")" * 3000),
        "long integer": claim("(" + "9" * 5000 + ",)"),
        "long header": npy(" " * 60_000),
        "header size": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + b"{}",
        "version": npy("{}", version=(9, 9)),
        "version three": b"\x93NUMPY\x03\x00" + struct.pack("<I", 3) + b"{}\n",
        "pickle": pickle.dumps(Ring()),
        "nothing": b"",
        "cut": b"\x93NUM",
    }


@pytest.mark.parametrize("name", hostile())
def test_hostile_headers_are_refused_without_taking_memory(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(hostile()[name])
    tracemalloc.start()
    try:
        with pytest.raises(Refusal) as caught:
            read_npy(tmp_path / "a.npy")
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert "a.npy" in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.parametrize("name", hostile())
def test_the_same_inside_an_archive(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", hostile()[name])
    with pytest.raises(Refusal, match="“x” in a"):
        Archive(tmp_path / "a.npz")["x"]


def test_a_deflate_bomb_is_not_unpacked(tmp_path: Path) -> None:
    nothing = bytes(1 << 20)
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        member.write(claim("(83886080,)"))
        for _ in range(320):
            member.write(nothing)
    assert (tmp_path / "a.npz").stat().st_size < 2_000_000
    tracemalloc.start()
    with pytest.raises(Refusal, match="times its size"):
        Archive(tmp_path / "a.npz")["x"]
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.random.RandomState(0).normal(size=100))
    good = (tmp_path / "a.npz").read_bytes()
    draw = np.random.RandomState(0)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        bad = bytearray(good)
        bad[draw.randint(len(bad))] ^= 1 << draw.randint(8)
        (tmp_path / "b.npz").write_bytes(bad)
        try:
            archive = Archive(tmp_path / "b.npz")
            for name in archive:
                archive[name].whole()
            outcomes["read"] += 1
        except Refusal:
            outcomes["refused"] += 1
    assert outcomes["refused"] > 200
    (tmp_path / "b.npz").write_bytes(b"PK not an archive")
    with pytest.raises(Refusal, match="archive"):
        Archive(tmp_path / "b.npz")


def test_archives_without_arrays_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("readme.txt", "no arrays")
    with pytest.raises(Refusal, match="holds no arrays"):
        Archive(tmp_path / "a.npz")
