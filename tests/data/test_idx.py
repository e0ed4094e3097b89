from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data import idx
from nndesigner.data.idx import read_idx


def packed(array: np.ndarray, code: int = 0x08) -> bytes:
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize(
    ("dtype", "code"),
    [("u1", 0x08), ("i1", 0x09), ("i2", 0x0B), ("i4", 0x0C), ("f4", 0x0D), ("f8", 0x0E)],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_every_element_type_is_read(dtype: str, code: int, zipped: bool, tmp_path: Path) -> None:
    array = np.arange(24, dtype=dtype).reshape(2, 3, 4)
    data = packed(array, code)
    (tmp_path / "a").write_bytes(gzip.compress(data) if zipped else data)
    found = read_idx(tmp_path / "a")
    assert np.array_equal(found, array) and found.dtype == np.dtype(dtype)


GOOD = packed(np.arange(200, dtype="u1").reshape(2, 10, 10))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\x89PNG....", "is not an IDX file"),
        (GOOD[:9], "ends within its header"),
        (GOOD[:-1], "claims the shape 2 × 10 × 10 (200 bytes), but holds 199 bytes"),
        (GOOD + b"x", "but holds 201 bytes"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "more than 4 GB"),
        (gzip.compress(GOOD)[:-12], "cannot be unpacked"),
        (gzip.compress(GOOD[:-1]), "does not hold the 200 bytes"),
        (gzip.compress(GOOD + bytes(1 << 20)), "does not hold the 200 bytes"),
        (gzip.compress(GOOD)[:-8] + bytes(8), "cannot be unpacked"),
    ],
)
def test_damage_is_told(data: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "a.idx").write_bytes(data)
    with pytest.raises(Refusal, match=r"a\.idx") as caught:
        read_idx(tmp_path / "a.idx")
    assert sentence in str(caught.value)


def test_mutants_are_read_or_refused(tmp_path: Path) -> None:
    draw = np.random.RandomState(0)
    for base in (GOOD, gzip.compress(GOOD)):
        for _ in range(150):
            spoiled = bytearray(base)
            for place in draw.randint(0, min(len(base), 40), 2):
                spoiled[place] = draw.randint(256)
            (tmp_path / "m").write_bytes(spoiled)
            try:
                assert read_idx(tmp_path / "m").nbytes <= idx.MOST_BYTES
            except Refusal as refusal:
                assert "\n" not in str(refusal)
