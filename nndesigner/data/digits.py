"""Handwritten digits, 8 × 8 pixels: the smallest real task for a network that sees."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import TextField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.bundled import CLASS_FIELDS, read_bundled
from nndesigner.data.source import Loaded, Source


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    rows = read_bundled("digits", "digits.csv.gz")
    chosen = chosen_digits(values["digits"])
    rows = rows[np.isin(rows[:, -1], chosen)]
    return Loaded(
        fields=(
            DataField(
                name="image",
                role="input",
                kind="image",
                element="float",
                axes=(("channel", 1), ("height", 8), ("width", 8)),
            ),
            DataField(
                name="digit",
                role="target",
                kind="class",
                element="int",
                classes=tuple(map(str, chosen)),
            ),
        ),
        arrays={
            "image": rows[:, :-1].astype(np.float32).reshape(-1, 1, 8, 8),
            "digit": np.searchsorted(chosen, rows[:, -1].astype(np.int64)),
        },
    )


def chosen_digits(words: str) -> list[int]:
    """ "0-4", "1, 3, 5" or "" for all as digits in ascending order. Raises Refusal."""
    if not words.strip():
        return list(range(10))
    found: set[int] = set()
    for part in re.split(r"[,;\s]+", words.strip()):
        ends = re.fullmatch(r"(\d)(?:[-–](\d))?", part)
        if ends is None:
            raise Refusal(tr("“{words}” does not say which digits: write 0-4, or 1, 3, 5.", words=words))
        first, last = int(ends[1]), int(ends[2] or ends[1])
        found |= set(range(min(first, last), max(first, last) + 1))
    if len(found) < 2:
        raise Refusal(tr("There is nothing to tell apart with one digit: choose at least two."))
    return sorted(found)


WHICH = TextField(
    name="digits",
    label="Which digits",
    default="",
    longest=40,
    advanced=True,
    help="Only samples of these, such as 0-4 or 1, 3, 5: to learn some first and others later. Empty takes all ten.",
)

DIGITS = Source(
    type="digits",
    label="Digits",
    group="Classic data sets",
    summary="1,797 handwritten digits of 8 × 8 grey pixels; tell which of 0–9 each one is.",
    help="Each image is one grey channel of 8 × 8 pixels with values 0 (paper) to 16 (ink). The digits were written by"
    " 43 people. A small convolutional network names more than 98 % of them correctly after seconds of training."
    " Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository"
    " (1998), test part.",
    synonyms=("mnist", "handwriting", "optdigits", "images"),
    parameters=(*CLASS_FIELDS, WHICH),
    load=_load,
)
