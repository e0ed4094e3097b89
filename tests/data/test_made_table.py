from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


def nearest_centre_accuracy(data: Dataset) -> float:
    """How many test samples lie nearest to the mean of their class's training samples."""
    x, y = data.arrays["table"], data.arrays["class"]
    train, test = data.indices["train"], data.indices["test"]
    centres = np.stack([x[train][y[train] == c].mean(axis=0) for c in range(y.max() + 1)])
    found = ((x[test][:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    return float((found == y[test]).mean())


def test_a_hundred_columns_and_ten_classes(load: Load) -> None:
    data = load("made_table", features=100, classes=10, samples=2000, separation=5.0)
    assert data.arrays["table"].shape == (2000, 100)
    assert np.bincount(data.arrays["class"]).tolist() == [200] * 10
    assert data.fields["table"].axes == (("feature", 100),)
    assert nearest_centre_accuracy(data) > 0.95


def test_separation_and_wrong_labels_make_it_harder(load: Load) -> None:
    easy = nearest_centre_accuracy(load("made_table", samples=4000, separation=6.0))
    hard = nearest_centre_accuracy(load("made_table", samples=4000, separation=1.0))
    hopeless = nearest_centre_accuracy(load("made_table", samples=4000, separation=0.0))
    wrong = nearest_centre_accuracy(load("made_table", samples=4000, separation=6.0, label_noise=0.3))
    assert easy > 0.98 > hard > hopeless + 0.1
    assert hopeless == pytest.approx(1 / 3, abs=0.06)
    assert wrong == pytest.approx(0.8, abs=0.04)  # 30 % drawn anew, a third of these by chance right


def test_only_informative_columns_differ_between_classes(load: Load) -> None:
    data = load("made_table", samples=6000, features=12, informative=3, separation=8.0)
    x, y = data.arrays["table"], data.arrays["class"]
    apart = np.stack([x[y == c].mean(axis=0) for c in range(3)]).std(axis=0)
    assert (apart > 0.5).sum() == 3 and (apart < 0.1).sum() == 9


def test_the_seed_decides(load: Load) -> None:
    marks = [load("made_table", seed=seed).fingerprint for seed in (0, 0, 1)]
    assert marks[0] == marks[1] != marks[2]


def test_more_than_fits_is_said(refused: Callable[..., str]) -> None:
    assert "do not fit into memory" in refused("made_table", samples=10_000_000, features=10_000)
