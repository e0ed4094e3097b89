from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset
from tests.data.test_idx import packed

Load = Callable[..., Dataset]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    draw = np.random.RandomState(0)
    for name, n in (("train", 40), ("t10k", 10)):
        (tmp_path / f"{name}-images").write_bytes(packed(draw.randint(0, 255, (n, 7, 6)).astype(np.uint8)))
        (tmp_path / f"{name}-labels").write_bytes(packed((np.arange(n) % 4).astype(np.uint8)))
    return tmp_path


def test_four_files_are_two_parts(load: Load, files: Path, learns: Callable[[Dataset], list[float]]) -> None:
    data = load(
        "idx", path="train-images", labels="train-labels", test_path="t10k-images", test_labels="t10k-labels"
    )
    assert data.arrays["image"].shape == (50, 1, 7, 6) and data.arrays["image"].dtype == np.uint8
    assert data.fields["class"].classes == ("0", "1", "2", "3")
    assert data.indices["test"].tolist() == list(range(40, 50)) and data.counts["validation"] == 6
    learns(data)
    assert load("idx", path="train-images", labels="train-labels").counts["all"] == 40


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"path": "train-images"}, "choose the IDX file of labels"),
        ({"path": "train-images", "labels": "t10k-labels"}, "holds 40 samples, t10k-labels 10 labels"),
        ({"path": "train-labels", "labels": "train-images"}, "Are the two files interchanged?"),
        (
            {"path": "train-images", "labels": "train-labels", "test_path": "t10k-images"},
            "choose the IDX file of test labels",
        ),
    ],
)
def test_refusals(options: dict[str, str], sentence: str, files: Path, refused: Callable[..., str]) -> None:
    assert sentence in refused("idx", **options)
