"""Batches: every sample once, in an order that (seed, epoch) alone decides, from any batch on."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
import torch

from nndesigner.base.data_field import DataField
from nndesigner.training import feed as feeding
from nndesigner.training.feed import Feed, order, probe_positions

FIELDS = {
    "x": DataField(name="x", role="input", kind="table", element="float", axes=(("feature", 1),)),
    "y": DataField(name="y", role="target", kind="class", element="int", classes=("a", "b", "c")),
}


def make(fewest: int = 1, train: int = 20) -> Feed:
    arrays = {"x": np.arange(23, dtype=np.float32)[:, None], "y": np.arange(23) % 3}
    indices = {"train": np.arange(0, train), "validation": np.arange(20, 23), "test": np.zeros(0, np.int64)}
    return Feed(FIELDS, arrays, indices, ("x",), ("y",), torch.device("cpu"), fewest)


@pytest.fixture
def feed() -> Feed:
    return make()


def numbers(batches: object) -> list[list[float]]:
    return [inputs[0].flatten().tolist() for inputs, _ in batches]  # type: ignore[attr-defined]


def test_an_epoch_holds_every_sample_once_and_inputs_stay_with_their_targets(feed: Feed) -> None:
    seen = list(feed.epoch(seed=3, epoch=0, batch_size=6, drop_last=False))
    assert [len(inputs[0]) for inputs, _ in seen] == [6, 6, 6, 2]
    x = torch.cat([inputs[0] for inputs, _ in seen]).flatten()
    y = torch.cat([targets[0] for _, targets in seen])
    assert sorted(x.tolist()) == list(range(20))
    assert torch.equal(x.long() % 3, y)


def test_the_order_depends_on_seed_and_epoch_and_not_on_what_was_drawn_before(feed: Feed) -> None:
    first = order(1, 0, 50)
    torch.rand(100)
    assert torch.equal(first, order(1, 0, 50))
    assert not torch.equal(first, order(1, 1, 50))
    assert not torch.equal(first, order(2, 0, 50))


def test_an_epoch_can_begin_at_any_batch(feed: Feed) -> None:
    whole = numbers(feed.epoch(0, 5, 4, False))
    for first in range(6):
        assert numbers(feed.epoch(0, 5, 4, False, first=first)) == whole[first:]


def test_gathering_batch_by_batch_gives_the_same_batches(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = numbers(feed.epoch(7, 2, 6, False))
    monkeypatch.setattr(feeding, "SHUFFLED_WHOLE", 0)
    assert numbers(feed.epoch(7, 2, 6, False)) == at_once


def test_a_short_last_batch_is_dropped_on_request_unless_it_is_all_there_is(feed: Feed) -> None:
    assert feed.batches_per_epoch(6, drop_last=True) == 3
    assert len(list(feed.epoch(0, 0, 6, drop_last=True))) == 3
    assert feed.batches_per_epoch(64, drop_last=True) == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_a_last_sample_that_cannot_stand_alone_joins_the_batch_before(
    monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    if not at_once:
        monkeypatch.setattr(feeding, "SHUFFLED_WHOLE", 0)
    alone, joined = make(), make(fewest=2)
    batches = numbers(joined.epoch(7, 2, 19, False))
    assert [len(batch) for batch in batches] == [20] and joined.batches_per_epoch(19, False) == 1
    assert [*chain(*batches)] == [*chain(*numbers(alone.epoch(7, 2, 19, False)))]
    assert [len(b) for b in numbers(make(2, train=17).epoch(7, 2, 4, False))] == [4, 4, 4, 5]


def test_joining_touches_no_other_batch_and_dropping_still_drops() -> None:
    alone, joined = make(), make(fewest=2)
    for size in (3, 6, 20, 32):
        assert numbers(joined.epoch(1, 0, size, False)) == numbers(alone.epoch(1, 0, size, False))
    assert [len(batch) for batch in numbers(joined.epoch(1, 0, 19, True))] == [19]
    whole = numbers(joined.epoch(0, 5, 19, False))
    assert numbers(joined.epoch(0, 5, 19, False, first=1)) == whole[1:] == []


def test_an_evaluation_sees_everything_in_the_order_of_the_data(feed: Feed) -> None:
    assert numbers(feed.evaluation("validation", 2)) == [[20.0, 21.0, 22.0]]
    assert numbers(feed.evaluation("test", 2)) == []


def test_the_probe_takes_from_every_class_in_turn(feed: Feed) -> None:
    split = feed.split("train")
    chosen = probe_positions(split, 6)
    assert sorted(split.targets[0][chosen].tolist()) == [0, 0, 1, 1, 2, 2]
    assert len(set(chosen.tolist())) == 6


def test_noise_is_a_function_of_its_place_in_the_run() -> None:
    from nndesigner.check.noise import Noise

    array = np.arange(10, dtype=np.float32)[:, None]
    field = DataField(name="x", role="input", kind="table", element="float", axes=(("feature", 1),))
    feed = Feed(
        {"x": field},
        {"x": array},
        {"train": np.arange(8), "validation": np.arange(8, 10)},
        ("x", ""),
        ("x",),
        torch.device("cpu"),
        noise={1: Noise(3, "uniform")},
    )
    whole = [inputs[1] for inputs, _ in feed.epoch(0, 1, 3, False)]
    later = [inputs[1] for inputs, _ in feed.epoch(0, 1, 3, False, first=1)]
    assert all(torch.equal(a, b) for a, b in zip(whole[1:], later, strict=True))
    assert not torch.equal(whole[0], next(iter(feed.epoch(0, 2, 3, False)))[0][1])
    assert all(noise.abs().max() <= 1 for noise in whole)
    looked = [next(iter(feed.evaluation("validation", 4)))[0][1] for _ in range(2)]
    assert looked[0].shape == (2, 3) and torch.equal(*looked)
