"""The samples that are looked at while a network learns: the probe batch. They stay the same until others are chosen.

Choosing draws no random number and changes nothing of what is trained on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nndesigner.protocol.controls import Watch
from nndesigner.training.feed import Feed, Split, probe_positions

Probe = tuple[tuple[Tensor, ...], tuple[Tensor, ...], npt.NDArray[np.int64]]
"""prepared inputs, targets, and the samples' numbers in the data"""


def choose(feed: Feed, watch: Watch) -> Probe:
    """The samples that are to be watched; where there are none such, those that stand for the whole."""
    if watch.how == "samples":
        numbers = np.array([n for n in watch.samples if n < feed.rows], np.int64)
        if len(numbers):
            inputs, targets = feed.by_number(numbers)
            return tuple(inputs), tuple(targets), numbers
    if watch.how == "class":
        for part in ("validation", "train"):
            positions = feed.of_class(part, watch.label)[: watch.most]
            if len(positions):
                return taken(feed, feed.split(part), positions)
    split = whole(feed)
    return taken(feed, split, probe_positions(split, watch.most))


def whole(feed: Feed) -> Split:
    """The part that is looked at: the one that is not learned from, where there is one."""
    return feed.split("validation" if feed.samples("validation") else "train")


def taken(feed: Feed, split: Split, positions: npt.NDArray[np.int64]) -> Probe:
    inputs, targets = feed.gather(split, torch.from_numpy(positions))
    return tuple(inputs), tuple(targets), split.indices[positions].astype(np.int64)
