from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nndesigner.base.problem import Refusal
from nndesigner.data.splits import split


def values(
    validation: float = 0.15, test: float = 0.15, seed: int = 0, stratify: bool = True
) -> dict[str, object]:
    return {"validation_share": validation, "test_share": test, "split_seed": seed, "stratify": stratify}


def together(indices: dict[str, np.ndarray]) -> list[int]:
    return sorted(np.concatenate(list(indices.values())).tolist())


@settings(max_examples=200, deadline=None)
@given(
    n=st.integers(1, 300),
    classes=st.integers(1, 12),
    validation=st.floats(0, 0.45),
    test=st.floats(0, 0.45),
    seed=st.integers(0, 2**31 - 1),
)
def test_parts_cover_everything_once_with_the_asked_sizes(
    n: int, classes: int, validation: float, test: float, seed: int
) -> None:
    labels = np.random.RandomState(n).randint(0, classes, n)
    for given_labels in (None, labels):
        indices = split(n, values(validation, test, seed), given_labels)
        assert together(indices) == list(range(n))
        assert all(np.all(np.diff(part) > 0) and part.dtype == np.int64 for part in indices.values())
        wanted = [round(n * validation), round(n * test)]
        if sum(wanted) >= n:
            wanted[wanted.index(max(wanted))] -= 1  # somebody must train
        assert [len(indices["validation"]), len(indices["test"])] == wanted


def test_the_split_is_frozen() -> None:
    """These numbers may never change: they are in what a paper or a colleague calls the test set."""
    indices = split(20, values(0.2, 0.2, seed=7), np.arange(20) % 2)
    assert {name: part.tolist() for name, part in indices.items()} == {
        "train": [0, 1, 2, 5, 7, 8, 14, 15, 16, 17, 18, 19],
        "validation": [3, 6, 11, 12],
        "test": [4, 9, 10, 13],
    }


def test_the_seed_decides() -> None:
    first, again, other = (split(500, values(seed=seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["test"], other["test"])


def test_every_part_holds_the_classes_in_proportion() -> None:
    labels = np.repeat([0, 1, 2], [900, 90, 10])
    indices = split(1000, values(0.2, 0.2), labels)
    for name, share in (("train", 0.6), ("validation", 0.2), ("test", 0.2)):
        assert np.bincount(labels[indices[name]], minlength=3).tolist() == [
            900 * share,
            90 * share,
            10 * share,
        ]
    loose = split(1000, values(0.2, 0.2, stratify=False), labels)
    assert np.bincount(labels[loose["test"]], minlength=3).tolist() != [180, 18, 2]


def test_rare_classes_stay_in_the_training_part() -> None:
    labels = np.array([0] * 96 + [1, 2, 3, 4])
    for seed in range(20):
        indices = split(100, values(0.3, 0.3, seed), labels)
        assert set(labels[indices["train"]]) == {0, 1, 2, 3, 4}


def test_what_the_data_says_stands_and_missing_parts_are_drawn_from_training() -> None:
    parts = np.zeros(100, np.int8)
    parts[80:] = 2
    indices = split(100, values(0.25, 0.4), None, parts)
    assert indices["test"].tolist() == list(range(80, 100))
    assert len(indices["validation"]) == 20 and indices["validation"].max() < 80
    parts[:10] = 1
    indices = split(100, values(0.25, 0.4), None, parts)
    assert indices["validation"].tolist() == list(range(10))
    assert len(indices["train"]) == 70


@pytest.mark.parametrize("gap", [0, 1, 9])
def test_in_time_order_the_past_trains_and_nothing_is_shared(gap: int) -> None:
    indices = split(200, values(0.2, 0.2), in_order=True, gap=gap)
    train, validation, test = (indices[name] for name in ("train", "validation", "test"))
    assert train.tolist() == list(range(120 - gap))
    assert validation[0] == 120 and validation[-1] == 159 - gap
    assert test.tolist() == list(range(160, 200))
    assert validation[0] - train[-1] > gap and test[0] - validation[-1] > gap


def test_in_time_order_without_validation_or_test() -> None:
    assert len(split(50, values(0, 0), in_order=True, gap=5)["train"]) == 50
    indices = split(50, values(0.2, 0), in_order=True, gap=5)
    assert indices["train"].tolist() == list(range(35))
    assert indices["validation"].tolist() == list(range(40, 50)) and len(indices["test"]) == 0
    indices = split(50, values(0, 0.2), in_order=True, gap=5)
    assert indices["train"].tolist() == list(range(35)) and indices["test"].tolist() == list(range(40, 50))


def test_too_little_is_refused_with_the_way_out() -> None:
    with pytest.raises(Refusal, match="too few to cut"):
        split(20, values(0.2, 0.2), in_order=True, gap=12)
    with pytest.raises(Refusal, match="lower one of the shares"):
        split(100, values(0.6, 0.4))
    with pytest.raises(Refusal, match="none is left to train on"):
        split(5, values(0, 0), None, np.full(5, 2, np.int8))
