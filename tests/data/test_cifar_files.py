from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data.cifar import PIXELS
from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


def records(n: int, labels: int, start: int = 0) -> bytes:
    rows = np.zeros((n, labels + PIXELS), np.uint8)
    for i in range(n):
        rows[i, :labels] = [(start + i) % 7, (start + i) % 9][:labels]
        rows[i, labels:] = start + i
    return rows.tobytes()


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    for i in range(1, 6):
        (tmp_path / f"data_batch_{i}.bin").write_bytes(records(6, 1, 6 * i))
    (tmp_path / "test_batch.bin").write_bytes(records(5, 1, 100))
    return tmp_path


def test_cifar_10(load: Load, ten: Path, learns: Callable[[Dataset], list[float]]) -> None:
    data = load("cifar", path=".")
    assert data.arrays["image"].shape == (35, 3, 32, 32)
    assert data.fields["class"].classes[3] == "cat" and data.arrays["class"][0] == 6
    assert data.arrays["image"][6].min() == 12 and data.indices["test"].tolist() == list(range(30, 35))
    learns(data)
    (ten / "batches.meta.txt").write_text("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n")
    assert load("cifar", path=".").fields["class"].classes == tuple("abcdefghij")


def test_cifar_100_has_two_kinds_of_labels(load: Load, tmp_path: Path) -> None:
    (tmp_path / "train.bin").write_bytes(records(30, 2))
    (tmp_path / "test.bin").write_bytes(records(5, 2))
    fine, coarse = load("cifar", path="."), load("cifar", path=".", labels="coarse")
    assert len(fine.fields["class"].classes) == 100 and len(coarse.fields["class"].classes) == 20
    assert fine.arrays["class"][8] == 8 and coarse.arrays["class"][8] == 1


def test_refusals(ten: Path, refused: Callable[..., str], tmp_path: Path) -> None:
    (ten / "data_batch_2.bin").write_bytes(records(6, 1)[:-1])
    assert "data_batch_2.bin has 18,437 bytes, which is no whole number of records" in refused(
        "cifar", path="."
    )
    (ten / "data_batch_2.bin").write_bytes(b"\xc8" + bytes(PIXELS))
    assert "Record 7 of" in refused("cifar", path=".") and "label 200" in refused("cifar", path=".")
    for i in range(1, 6):
        (ten / f"data_batch_{i}.bin").unlink()
    assert "holds neither data_batch_1.bin" in refused("cifar", path=".")
    (ten / "data_batch_1").write_bytes(b"\x80\x02}q")
    assert "can run code when it is read" in refused("cifar", path=".")
