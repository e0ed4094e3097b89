"""Small files that claim or become much: a real worker reads or refuses each, with little memory and one sentence."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet

from nndesigner.document import edits
from nndesigner.project.writer import encode
from nndesigner.protocol.jobs import Inspect
from nndesigner.protocol.messages import Done, Failed
from tests.data.test_wav import pcm
from tests.worker.jobs.test_large_data import Running, peak, running

__all__ = ["running"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

MOST_MEMORY = 500 << 20
"""what a worker may come to occupy over all of them, beyond what it did when it was warm"""
MOST_SECONDS = 10.0
"""of its own work on one of them"""

Bomb = tuple[str, dict[str, Any], Callable[[Path], object]]


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(width: int, height: int, *more: bytes, rows: int = 0) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    packed = zlib.compress(bytes((width + 1) * rows), 9)
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def npy(shape: str, dtype: str = "<f8", length: int | None = None) -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return (
        b"\x93NUMPY\x01\0"
        + (len(text) if length is None else length).to_bytes(2, "little")
        + text
        + bytes(64)
    )


def picture(data: Callable[[], bytes], suffix: str) -> Bomb:
    def make(folder: Path) -> None:
        for name in ("a", "b"):
            (folder / name).mkdir()
            Image.new("L", (8, 8)).save(folder / name / "good.png")
        (folder / "b" / f"bad.{suffix}").write_bytes(data())

    return "image_folder", {"path": "."}, make


def file(source: str, name: str, data: Callable[[], bytes], **parameters: Any) -> Bomb:
    return source, {"path": name, **parameters}, lambda folder: (folder / name).write_bytes(data())


def sparse(source: str, name: str, start: bytes, size: int) -> Bomb:
    def make(folder: Path) -> None:
        with (folder / name).open("wb") as out:
            for _ in range(6):
                out.write(start)
            out.truncate(size)

    return source, {"path": name}, make


def zipped(*members: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue()


def safetensors(header: object, length: int | None = None) -> bytes:
    text = json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + bytes(64)


def hdf5(shape: tuple[int, ...], chunks: tuple[int, ...]) -> bytes:
    made = io.BytesIO()
    with h5py.File(made, "w") as out:
        out.create_dataset("x", shape, "f8", chunks=chunks, compression="gzip")
        out.create_dataset("y", (8,), "i8")
    return made.getvalue()


def rows_of_one(rows: int) -> bytes:
    made = io.BytesIO()
    column = pyarrow.DictionaryArray.from_arrays(np.zeros(rows, np.int8), ["a" * 1000])
    parquet.write_table(pyarrow.table({f"c{i}": column for i in range(6)}), made)
    return made.getvalue()


def sounds(data: bytes) -> Bomb:
    def make(folder: Path) -> None:
        for name in ("a", "b"):
            (folder / name).mkdir()
            (folder / name / "good.wav").write_bytes(pcm(np.zeros((900, 1))))
        (folder / "b" / "bad.wav").write_bytes(data)

    return "audio_folder", {"path": ".", "bands": 4}, make


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10 if i > 1 else b"&a;" * 10) for i in range(1, 10))
    + b"]><sst>&a9;</sst>"
)  # fmt: skip
WAV = pcm(np.zeros((900, 1)))

BOMBS: dict[str, Bomb] = {
    "a field of a gigabyte": sparse("csv", "t.csv", b"a" * (1 << 20), 1 << 30),
    "a gigabyte of nothing": sparse("csv", "t.csv", bytes(8), 1 << 30),
    "a row of a gigabyte": sparse("csv", "t.csv", b"1," * (1 << 19), 1 << 30),
    "a quotation that never ends": file("csv", "t.csv", lambda: b'a,b\n1,"2\n' + b"3,4\n" * 2_000_000),
    "a hundred thousand columns": file("csv", "t.csv", lambda: b"x," * 100_000 + b"y\n" + b"1," * 100_000 + b"2\n"),
    "numbers of a thousand digits": file(
        "csv", "t.csv", lambda: b"a,b\n" + (b"9" * 1000 + b",1e999\n") * 500
    ),
    "half a letter of sixteen bits": file("csv", "t.csv", lambda: b"\xff\xfea\0,\0b\0\n\0\x00"),
    "a pipe": ("csv", {"path": "t.csv"}, lambda folder: os.mkfifo(folder / "t.csv")),
    "a text of a gigabyte": sparse("text", "t.txt", b"a" * (1 << 20), 1 << 30),
    "a png of 3.6 gigapixels": picture(lambda: png(60_000, 60_000), "png"),
    "a png of no pixels": picture(lambda: png(0, 5), "png"),
    "a png of one packed colour": picture(lambda: png(8000, 7900, rows=7900), "png"),
    "a png with a packed text": picture(
        lambda: png(8, 8, chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(64 << 20), 9)), rows=8), "png"
    ),
    "a gif of 4 gigapixels": picture(lambda: b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b";", "gif"),
    "a bmp that claims": picture(
        lambda: b"BM" + struct.pack("<IIIIiiHHIIiiII", 99, 0, 54, 40, 2**30, 2**30, 1, 24, 0, 0, 0, 0, 0, 0), "bmp"
    ),
    "a tiff that claims": picture(
        lambda: b"II*\0\x08\0\0\0" + struct.pack("<H", 2)
        + struct.pack("<HHII", 256, 4, 1, 2**31) + struct.pack("<HHII", 257, 4, 1, 2**31) + bytes(4),
        "tiff",
    ),
    "a ppm that claims": picture(lambda: b"P6 1000000 1000000 255\n", "ppm"),
    "a jpeg that claims": picture(
        lambda: b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03" + b"\1\x22\0\2\x11\1\3\x11\1\xff\xd9", "jpg"
    ),
    "an npy of a trillion": file("numpy", "x.npy", lambda: npy("(1000000000000,)"), targets_path="x.npy"),
    "an npy of negative size": file("numpy", "x.npy", lambda: npy("(-1, 4)"), targets_path="x.npy"),
    "an npy of objects": file("numpy", "x.npy", lambda: npy("(4,)", "|O"), targets_path="x.npy"),
    "an npy with a long header": file("numpy", "x.npy", lambda: npy("(8,)", length=65535), targets_path="x.npy"),
    "a deep npy header": file("numpy", "x.npy", lambda: npy("(" * 40 + ")" * 40), targets_path="x.npy"),
    "a packed npz": file("numpy", "x.npz", lambda: zipped(("x.npy", npy("(64000000,)") + bytes(300 << 20)))),
    "an npz of five thousand arrays": file(
        "numpy", "x.npz", lambda: zipped(*((f"{i}.npy", b"") for i in range(5000)))
    ),
    "an idx that claims": file(
        "idx", "x", lambda: struct.pack(">BBBB3I", 0, 0, 8, 3, 2**31 - 1, 2**15, 2**15), labels="x"
    ),
    "a packed idx": file(
        "idx", "x.gz", lambda: gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 9) + bytes(200 << 20)), labels="x.gz"
    ),
    "a safetensors header of an exabyte": file("safetensors", "x.safetensors", lambda: safetensors({}, 2**60)),
    "a safetensors that claims": file(
        "safetensors",
        "x.safetensors",
        lambda: safetensors({"x": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 64]}}),
    ),
    "an hdf5 of four terabytes": file(
        "hdf5", "x.h5", lambda: hdf5((1 << 20, 1 << 19), (64, 1 << 14)), x="x", y="y"
    ),
    "a packed sheet": file("excel", "t.xlsx", lambda: zipped((SHEET, bytes(90 << 20)))),
    "a billion laughs": file(
        "excel", "t.xlsx", lambda: zipped(("xl/sharedStrings.xml", LAUGHS), (SHEET, b"<worksheet/>"))
    ),
    "a parquet of one value": file("parquet", "t.parquet", lambda: rows_of_one(1_000_000)),
    "a wav that claims": sounds(WAV[:40] + b"\xff\xff\xff\x7f" + WAV[44:]),
    "a wav of many channels": sounds(WAV[:22] + b"\xff\xff" + b"\1\0\0\0" + WAV[28:]),
}  # fmt: skip


def worked(process: int) -> float:
    """Seconds of processor time that a process has used."""
    used = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def test_there_are_at_least_thirty() -> None:
    assert len(BOMBS) >= 30


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
def test_bombs_are_read_or_refused_with_a_sentence(every: int, tmp_path: Path, running: Running) -> None:
    process = running.worker.child.pid
    before = peak(process)
    for number, (name, (source, parameters, make)) in enumerate(BOMBS.items()):
        if number % every:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        make(folder)
        document = edits.new_document()
        document = document.apply(edits.set_data(document, source, parameters))
        began = worked(process)
        _, outcome = running.do(Inspect(encode(document), str(folder)))
        took = worked(process) - began
        print(f"\n{name}: {took:.2f} s, +{(peak(process) - before) >> 20} MB: {outcome!r:.160}", end="")
        if isinstance(outcome, Failed):
            assert outcome.code == "refused", (name, outcome)
            assert "\n" not in outcome.sentence and len(outcome.sentence) < 500, name
        else:
            assert isinstance(outcome, Done)
        assert took < MOST_SECONDS, name
        assert peak(process) - before < MOST_MEMORY, name
        for left in folder.glob("t.*"):
            left.unlink()
