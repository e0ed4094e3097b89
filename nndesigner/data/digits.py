"""Handwritten digits, 8 × 8 pixels: the smallest real task for a network that sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress
from nndesigner.data.bundled import CLASS_FIELDS, read_bundled
from nndesigner.data.source import Loaded, Source


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    rows = read_bundled("digits", "digits.csv.gz")
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
                classes=tuple("0123456789"),
            ),
        ),
        arrays={
            "image": rows[:, :-1].astype(np.float32).reshape(-1, 1, 8, 8),
            "digit": rows[:, -1].astype(np.int64),
        },
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
    parameters=CLASS_FIELDS,
    load=_load,
)
