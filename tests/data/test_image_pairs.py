from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]
FOLDERS = {"path": "grey", "targets": "colour"}


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    for folder in ("grey/day", "colour/day"):
        (tmp_path / folder).mkdir(parents=True)
    for i in range(12):
        Image.new("L", (6, 4), 10 * i).save(tmp_path / "grey" / "day" / f"{i}.png")
        Image.new("RGB", (6, 4), (10 * i, 0, 5)).save(tmp_path / "colour" / "day" / f"{i}.jpg", quality=95)
    return tmp_path


def test_pictures_go_with_their_targets(
    load: Load, pairs: Path, learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("image_pairs", **FOLDERS)
    assert data.fields["image"].sizes == (1, 4, 6) and data.fields["target"].sizes == (3, 4, 6)
    assert (data.fields["target"].kind, data.fields["target"].role) == ("image", "target")
    grey, red = data.arrays["image"][:, 0, 0, 0], data.arrays["target"][:, 0, 0, 0]
    assert np.abs(grey.astype(int) - red).max() <= 4 and len(set(grey.tolist())) == 12
    learns(data)


def test_one_without_its_partner_is_named_or_left_out(
    load: Load, refused: Callable[..., str], pairs: Path
) -> None:
    (pairs / "colour" / "day" / "7.jpg").unlink()
    (pairs / "colour" / "day" / "8.jpg").write_bytes(b"nonsense")
    sentence = refused("image_pairs", **FOLDERS)
    assert "7.png has no target picture" in sentence
    data = load("image_pairs", **FOLDERS, bad_files="leave_out")
    assert data.counts["all"] == 10 and len(data.arrays["image"]) == 10
    assert np.abs(data.arrays["image"][:, 0, 0, 0].astype(int) - data.arrays["target"][:, 0, 0, 0]).max() <= 4
    for path in (pairs / "colour" / "day").iterdir():
        path.rename(path.with_name("x" + path.name))
    assert "No picture in" in refused("image_pairs", **FOLDERS, bad_files="leave_out")
