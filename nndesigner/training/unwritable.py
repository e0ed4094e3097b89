"""Before a run: targets that no path over the steps of an answer can write; their CTC loss would be infinite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.check.checked import Head
from nndesigner.data.dataset import Dataset


def steps_needed(target: npt.NDArray[np.int64], blank: int) -> npt.NDArray[np.int64]:
    """(samples,) of targets (samples, time): their tokens, and a blank before each that repeats the one before it."""
    tokens = target != blank
    repeats = tokens[:, 1:] & (target[:, 1:] == target[:, :-1])
    return np.asarray(tokens.sum(axis=1) + repeats.sum(axis=1), np.int64)


def refuse_unwritable(heads: Sequence[Head], dataset: Dataset) -> None:
    """Raises Refusal with the first sample whose target takes more steps than the answer has; a loss that leaves such
    samples out takes all data."""
    for head in heads:
        if head.aligned or head.target is None or head.options.get("zero_infinity"):
            continue
        steps = head.arriving.sizes[2 if head.class_axis == 1 else 1].value
        if steps is None:
            continue
        needed = steps_needed(dataset.arrays[head.target.name], head.blank)
        taken = np.concatenate(
            [rows for rows in dataset.indices.values() if len(rows)] or [np.zeros(0, np.int64)]
        )
        long = taken[needed[taken] > steps]
        if len(long):
            first = int(long.min())
            raise Refusal(
                tr(
                    "The output {name} has {steps}, but “{target}” of sample {sample} takes {needed}, one for each"
                    " token and one between equal neighbours ({many} in all): shorten the input less, or switch on"
                    " “Leave out what does not fit” at the output.",
                    name=head.node.name,
                    steps=count(int(steps), "step", "steps"),
                    target=head.target.name,
                    sample=first,
                    needed=int(needed[first]),
                    many=count(len(long), "such sample", "such samples"),
                )
            )
