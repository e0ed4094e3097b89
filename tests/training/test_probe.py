"""The probe batch: some of every kind, those of one class, or those that were named; and never nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.protocol.controls import Watch
from nndesigner.training.loop import Trainer
from nndesigner.training.probe import choose
from tests.objectives.known import example
from tests.training.small import chain, dataset, mlp, trainer

CNN = [
    ("ImageInput", {}),
    ("Flatten", {}),
    ("Linear", {"out_features": 10}),
    ("Output", {}),
]


@pytest.fixture
def digits(tmp_path: Path) -> Trainer:
    return trainer(chain("digits", CNN), tmp_path)


def labels(it: Trainer, numbers: np.ndarray) -> list[int]:
    data = dataset(it.run.document())
    target = next(f.name for f in data.fields.values() if f.kind == "class")
    return data.arrays[target][numbers].tolist()


def test_some_of_every_class_stand_for_the_whole(digits: Trainer) -> None:
    inputs, targets, numbers = choose(digits.feed, Watch(most=20))
    assert len(inputs[0]) == len(targets[0]) == len(numbers) == 20
    assert sorted(labels(digits, numbers)) == sorted([*range(10)] * 2)
    assert set(numbers) <= set(digits.feed.numbers("validation"))


def test_of_one_class(digits: Trainer) -> None:
    inputs, targets, numbers = choose(digits.feed, Watch("class", "7", most=16))
    assert len(numbers) == 16 and set(labels(digits, numbers)) == {7}
    assert targets[0].tolist() == [7] * 16 and inputs[0].shape == (16, 1, 8, 8)


def test_samples_by_their_numbers_in_whatever_part(digits: Trainer) -> None:
    split = digits.feed.split("train")
    wanted = (int(split.indices[5]), int(digits.feed.numbers("test")[0]), int(split.indices[2]))
    inputs, targets, numbers = choose(digits.feed, Watch("samples", samples=(*wanted, 10**9)))
    assert numbers.tolist() == list(wanted)  # the last one is not in the data
    assert torch.equal(inputs[0][0], split.inputs[0][5]) and torch.equal(inputs[0][2], split.inputs[0][2])
    assert targets[0].tolist() == labels(digits, numbers)


@pytest.mark.parametrize(
    "watch", [Watch("class", "no such"), Watch("samples"), Watch("samples", samples=(10**9,)), Watch("later")]
)
def test_what_is_not_there_is_as_if_nothing_had_been_said(digits: Trainer, watch: Watch) -> None:
    _, _, numbers = choose(digits.feed, watch)
    assert numbers.tolist() == choose(digits.feed, Watch())[2].tolist() and len(numbers) == 64


def test_numbers_have_no_class(tmp_path: Path) -> None:
    it = trainer(mlp("diabetes", classes=1), tmp_path)
    _, _, numbers = choose(it.feed, Watch("class", "1", most=16))
    assert len(numbers) == 16 and (np.diff(numbers) > 0).all()


def test_samples_by_number_of_a_network_that_also_draws_noise(tmp_path: Path) -> None:
    it = trainer(example("digits-gan-conditional"), tmp_path)
    inputs, targets, numbers = choose(it.feed, Watch("samples", samples=(3, 1000)))
    assert numbers.tolist() == [3, 1000] and {len(x) for x in (*inputs, *targets)} == {2}
    again, _, _ = choose(it.feed, Watch("samples", samples=(3, 1000)))
    assert all(torch.equal(a, b) for a, b in zip(inputs, again, strict=True))
    it.run.close()
