"""Damaged files of every kind are read or refused with a sentence: no other error leaves a source."""

from __future__ import annotations

import datetime
import io
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import openpyxl
import pyarrow
import pytest
from PIL import Image
from pyarrow import parquet
from safetensors.numpy import save_file

from nndesigner.base.problem import Refusal
from nndesigner.data.dataset import read
from tests.data.test_cifar_files import records
from tests.data.test_idx import packed
from tests.data.test_wav import floats, pcm

ROWS = 30
COLUMNS = {
    "day": [str(datetime.date(2020, 1, 1) + datetime.timedelta(i)) for i in range(ROWS)],
    "size": [i * 0.5 for i in range(ROWS)],
    "text": [f"A {('dull', 'fine')[i % 2]} thing, number {i}." for i in range(ROWS)],
    "y": [("a", "b")[i % 2] for i in range(ROWS)],
}
X = np.random.RandomState(0).randint(0, 255, (ROWS, 4, 5)).astype(np.uint8)
Y = np.arange(ROWS) % 3


def csv() -> bytes:
    rows = [
        ",".join(COLUMNS),
        *(",".join(f'"{v}"' for v in row) for row in zip(*COLUMNS.values(), strict=True)),
    ]
    return "\n".join(rows).encode()


def parquet_file() -> bytes:
    made = io.BytesIO()
    parquet.write_table(pyarrow.table(COLUMNS), made, row_group_size=10)
    return made.getvalue()


def excel() -> bytes:
    book, made, stored = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append(list(COLUMNS))
    for row in zip(*COLUMNS.values(), strict=True):
        book.active.append(list(row))
    book.save(made)
    # Stored, not packed, so that damage reaches the XML.
    with zipfile.ZipFile(made) as packed_book, zipfile.ZipFile(stored, "w") as plain:
        for member in packed_book.infolist():
            plain.writestr(member.filename, packed_book.read(member))
    return stored.getvalue()


def npz() -> bytes:
    made = io.BytesIO()
    np.savez(made, x=X, y=Y)
    return made.getvalue()


def safetensors() -> bytes:
    path = Path(_folder[0]) / "made.safetensors"
    save_file({"x": X, "y": Y}, path)
    return path.read_bytes()


def hdf5() -> bytes:
    made = io.BytesIO()
    with h5py.File(made, "w") as file:
        file["x"] = X
        file["y"] = Y
    return made.getvalue()


def picture(kind: str) -> Callable[[], bytes]:
    def make() -> bytes:
        made = io.BytesIO()
        Image.fromarray(np.repeat(X[0][:, :, None], 3, axis=2)).save(made, kind)
        return made.getvalue()

    return make


def fasta() -> bytes:
    return "\n".join(f">s{i} {'ab'[i % 2]}\nACGTACGGT\nTTGA" for i in range(ROWS)).encode()


_folder: list[str] = []

# name → (source, the name of the file that is damaged, its bytes, the source's parameters)
KINDS: dict[str, tuple[str, str, Callable[[], bytes], dict[str, Any]]] = {
    "csv": ("csv", "t.csv", csv, {"path": "t.csv", "leave_out": "text"}),
    "time series": ("time_series", "t.csv", csv, {"path": "t.csv", "window": 2}),
    "texts": ("text_table", "t.csv", csv, {"path": "t.csv", "text": "text", "target": "y"}),
    "byte pairs": ("text_table", "t.csv", csv, {"path": "t.csv", "text": "text", "unit": "byte-pair"}),
    "text pairs": ("text_pairs", "t.csv", csv, {"path": "t.csv", "source": "y", "target": "text"}),
    "text": ("text", "t.txt", csv, {"path": "t.txt", "window": 4, "unit": "word"}),
    "parquet": ("parquet", "t.parquet", parquet_file, {"path": "t.parquet"}),
    "hugging face": ("huggingface", "train.parquet", parquet_file, {"path": "."}),
    "excel": ("excel", "t.xlsx", excel, {"path": "t.xlsx"}),
    "npz": ("numpy", "t.npz", npz, {"path": "t.npz"}),
    "safetensors": ("safetensors", "t.safetensors", safetensors, {"path": "t.safetensors"}),
    "hdf5": ("hdf5", "t.h5", hdf5, {"path": "t.h5"}),
    "idx": ("idx", "x", lambda: packed(X), {"path": "x", "labels": "y"}),
    "cifar": ("cifar", "data_batch_1.bin", lambda: records(ROWS, 1), {"path": "."}),
    "png": ("image_folder", "b/0.png", picture("PNG"), {"path": ".", "bad_files": "leave_out"}),
    "jpeg": ("image_folder", "b/0.jpg", picture("JPEG"), {"path": "."}),
    "tiff": ("image_folder", "b/0.tiff", picture("TIFF"), {"path": "."}),
    "mask": ("image_masks", "b/0.png", picture("PNG"), {"path": "a", "masks": "b", "bad_files": "leave_out"}),
    "wav": ("audio_folder", "b/0.wav", lambda: pcm(np.zeros((900, 1))), {"path": ".", "bands": 4}),
    "float wav": (
        "audio_folder",
        "b/0.wav",
        lambda: floats(np.zeros((900, 2))),
        {"path": ".", "hears": "waveform"},
    ),
    "fasta": ("fasta", "t.fa", fasta, {"path": "t.fa"}),
}


FEW, MANY = 10, 250
"""mutants of each kind"""


def test_there_are_five_thousand() -> None:
    assert MANY * len(KINDS) >= 5000


@pytest.mark.parametrize("mutants", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_or_refused(
    kind: str, mutants: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(
        logging.CRITICAL, "PIL"
    )  # it writes down what is wrong with a TIFF file before it raises
    source, name, make, parameters = KINDS[kind]
    _folder[:] = [str(tmp_path)]
    good = make()
    (tmp_path / "made.safetensors").unlink(missing_ok=True)
    (tmp_path / "y").write_bytes(packed(Y.astype(np.uint8)))
    for folder in ("a", "b"):  # the others in folders of classes, or of pictures and masks
        (tmp_path / folder).mkdir()
    for i in range(4):
        Image.fromarray(X[i]).save(tmp_path / "a" / f"{i}.png")
        (tmp_path / "a" / f"{i}.wav").write_bytes(pcm(np.zeros((900, 1))))
    record = SimpleNamespace(type=source, parameters=parameters)
    draw = np.random.RandomState(len(kind))
    outcomes = {"read": 0, "refused": 0}
    for turn in range(mutants):
        spoiled = bytearray(good)
        if turn % 5 == 4:
            del spoiled[draw.randint(1, len(spoiled)) :]
        for _ in range(draw.randint(0 if turn == 0 else 1, 4)):
            place = draw.randint(0, max(1, len(spoiled) if turn % 2 else min(len(spoiled), 400)))
            spoiled[place] = draw.choice([0, 1, 0x7F, 0x80, 0xFF, draw.randint(256)])
        (tmp_path / name).write_bytes(spoiled)
        try:
            found = read(record, tmp_path)
        except Refusal as refusal:
            outcomes["refused"] += 1
            assert "\n" not in str(refusal) and "Traceback" not in str(refusal)
        else:
            outcomes["read"] += 1
            assert sum(found.indices[part].size for part in found.indices) <= found.counts["all"]
    assert sum(outcomes.values()) == mutants
