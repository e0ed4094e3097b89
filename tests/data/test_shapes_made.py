from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


def test_mask_and_box_belong_to_the_shape(load: Load) -> None:
    data = load("shapes", samples=60, size=24, noise=0.0)
    for image, kind, mask, box in zip(
        *(data.arrays[n] for n in ("image", "shape", "mask", "box")), strict=True
    ):
        assert set(np.unique(mask)) == {0, kind + 1}
        rows, columns = np.nonzero(mask)
        assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert image[0][mask > 0].min() >= 150 and image[0][mask == 0].max() <= 90
    assert np.bincount(data.arrays["shape"]).tolist() == [20, 20, 20]


def test_shapes_differ_as_their_names_say(load: Load) -> None:
    data = load("shapes", samples=300, size=64, noise=0.0)
    box, covered = data.arrays["box"], (data.arrays["mask"] > 0).sum(axis=(1, 2))
    full = covered / ((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]))
    share = [full[data.arrays["shape"] == kind].mean() for kind in range(3)]
    assert share == pytest.approx([np.pi / 4, 1, 0.5], abs=0.04)


@pytest.mark.parametrize("target", ["shape", "mask", "box"])
def test_each_target_trains(target: str, load: Load, learns: Callable[[Dataset, str], list[float]]) -> None:
    learns(load("shapes", samples=30, size=16, colour=True), target)


def test_too_much_is_refused(refused: Callable[..., str]) -> None:
    assert "take fewer" in refused("shapes", samples=1_000_000, size=512)
