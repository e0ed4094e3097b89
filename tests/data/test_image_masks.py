from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]
FOLDERS = {"path": "pics", "masks": "masks"}


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Twelve pictures of a bright square, and masks with 0 beside it and 200 in it."""
    for folder in ("pics", "masks"):
        (tmp_path / folder).mkdir()
    for i in range(12):
        mask = np.zeros((8, 10), np.uint8)
        mask[1:4, i % 6 : i % 6 + 3] = 200
        Image.fromarray(mask).save(tmp_path / "masks" / f"s{i:02d}_mask.png")
        Image.fromarray(np.stack([mask // 2 + 20 + i] * 3, -1)).save(tmp_path / "pics" / f"s{i:02d}.png")
    return tmp_path


def test_colours_are_classes(load: Load, scenes: Path, learns: Callable[[Dataset], list[float]]) -> None:
    data = load("image_masks", **FOLDERS)
    mask = data.fields["mask"]
    assert (mask.kind, mask.role, mask.classes) == ("class", "target", ("0", "200"))
    assert mask.axes == (("height", 8), ("width", 10))
    assert data.arrays["mask"].shape == (12, 8, 10) and data.arrays["mask"][2].sum() == 9
    assert data.arrays["mask"][2, 1, 2] == 1 and data.arrays["image"][2, 0, 1, 2] > 100
    train = data.indices["train"]
    assert mask.statistics["counts"] == [len(train) * 71, len(train) * 9]
    shown = mask.thumbnails[0]
    codes = np.frombuffer(base64.b64decode(shown["codes"]), np.uint8).reshape(shown["height"], shown["width"])
    assert np.array_equal(codes, data.arrays["mask"][shown["sample"]])
    learns(data)


def test_masks_are_resized_without_mixing(load: Load, scenes: Path) -> None:
    data = load("image_masks", **FOLDERS, width=7, height=5, names="ground, thing")
    assert data.arrays["mask"].shape == (12, 5, 7) and data.fields["mask"].classes == ("ground", "thing")
    assert set(np.unique(data.arrays["mask"])) == {0, 1}


def test_palettes_and_colours_are_read(load: Load, scenes: Path) -> None:
    for i in range(12):
        codes = np.zeros((8, 10), np.uint8)
        codes[:2], codes[6:] = 1, 2
        image = Image.fromarray(codes, "P")
        image.putpalette([9, 9, 9, 200, 0, 0, 0, 200, 0] + [0] * 759)
        (image if i % 2 else image.convert("P")).save(scenes / "masks" / f"s{i:02d}_mask.png")
    assert load("image_masks", **FOLDERS).fields["mask"].classes == ("0", "1", "2")
    for i in range(12):
        with Image.open(scenes / "masks" / f"s{i:02d}_mask.png") as image:
            image.convert("RGB").save(scenes / "masks" / f"s{i:02d}_mask.png")
    data = load("image_masks", **FOLDERS)
    assert data.fields["mask"].classes == ("9", "#00c800", "#c80000")


def test_refusals_name_the_file(refused: Callable[..., str], load: Load, scenes: Path) -> None:
    assert "takes as many different names; here are 1" in refused("image_masks", **FOLDERS, names="thing")
    assert "the same one is chosen for both" in refused("image_masks", path="pics", masks="pics")
    Image.new("L", (5, 5)).save(scenes / "masks" / "s03_mask.png")
    assert "mask s03_mask.png has 5 × 5 pixels, its picture 10 × 8" in refused("image_masks", **FOLDERS)
    (scenes / "masks" / "s03_mask.png").write_bytes(b"nonsense")
    assert "s03_mask.png cannot be read as a mask" in refused("image_masks", **FOLDERS)
    (scenes / "masks" / "s03_mask.png").unlink()
    assert "s03.png has no mask in" in refused("image_masks", **FOLDERS)
    data = load("image_masks", **FOLDERS, bad_files="leave_out")
    assert data.counts["all"] == 11 and "they have no mask: s03.png" in " ".join(data.remarks)
    Image.new("L", (10, 8)).save(scenes / "masks" / "s04.png")
    assert "are both the mask of one picture" in refused("image_masks", **FOLDERS)


def test_masks_saved_with_loss_are_refused(refused: Callable[..., str], scenes: Path) -> None:
    draw = np.random.RandomState(0)
    for i in range(12):
        Image.fromarray(draw.randint(0, 255, (8, 10, 3)).astype(np.uint8)).save(
            scenes / "masks" / f"s{i:02d}_mask.png"
        )
    assert "more than 256 different colours" in refused("image_masks", **FOLDERS)
