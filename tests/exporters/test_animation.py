"""An animation has the pictures that it was given, in order, and can be called off."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from nndesigner.base.progress import Cancelled
from nndesigner.exporters.animation import LAST, gif

COLORS = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (255, 255, 255)]


def plain(color: tuple[int, int, int], height: int = 40, width: int = 60) -> np.ndarray:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:] = color
    return picture


def test_every_picture_is_there_in_order_and_stays_as_long_as_said() -> None:
    with Image.open(BytesIO(gif([plain(c) for c in COLORS], 120))) as found:
        assert found.n_frames == len(COLORS) and found.size == (60, 40)
        assert found.info["loop"] == 0
        for number, color in enumerate(COLORS):
            found.seek(number)
            shown = np.asarray(found.convert("RGB"), np.int64)
            assert np.abs(shown - np.array(color)).max() <= 4
            assert found.info["duration"] == (LAST if number == len(COLORS) - 1 else 120)


def test_a_picture_of_another_size_is_cut_or_stands_on_its_ground() -> None:
    pictures = [plain(COLORS[0]), plain(COLORS[1], 20, 30), plain(COLORS[2], 80, 90)]
    with Image.open(BytesIO(gif(pictures, 50))) as found:
        assert found.size == (60, 40) and found.n_frames == 3
        for number in range(3):
            found.seek(number)
            corner = found.convert("RGB").getpixel((59, 39))
            assert np.abs(np.array(corner) - np.array(COLORS[number])).max() <= 4


def test_it_says_how_far_it_is_and_is_called_off() -> None:
    told: list[float] = []

    def progress(share: float, sentence: str) -> None:
        told.append(share)
        if share >= 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        gif([plain(COLORS[i % 4]) for i in range(8)], 50, progress)
    assert told == [i / 8 for i in range(5)]


def test_nothing_is_no_animation() -> None:
    with pytest.raises(ValueError, match="at least one"):
        gif([], 50)
