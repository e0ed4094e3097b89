"""And, or, xor: the four corners of a square, with which the perceptron began and at which it failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from nndesigner.base.fields import ChoiceField, Values
from nndesigner.base.progress import Progress
from nndesigner.data.plane import PLAIN, SAMPLES, SEED, labelled_points, noise_field
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float64)
TABLES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0), "nand": (1, 1, 1, 0)}
"""The answer at each corner, in the order of `CORNERS`."""


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    corner = np.arange(values["samples"]) % 4
    codes = np.array(TABLES[values["gate"]])[corner]
    return labelled_points(CORNERS[corner], codes, ("0", "1"), values["noise"], values["seed"])


LOGIC = Source(
    type="logic",
    label="And, or, xor",
    group="Points in the plane",
    summary="The four corners of a square with the answers of a logic gate.",
    help="The points (0, 0), (0, 1), (1, 0) and (1, 1), repeated in turn, each with the gate's answer 0 or 1. And,"
    " or and nand can be learned by one step unit (Rosenblatt 1958); xor cannot, because no straight line separates its"
    " corners (Minsky and Papert 1969), but one hidden layer solves it. Without noise there are exactly four points.",
    synonyms=("xor", "and", "or", "nand", "gate", "perceptron", "boolean", "toy"),
    parameters=(
        ChoiceField(
            name="gate",
            label="Gate",
            default="xor",
            choices={"and": "and", "or": "or", "xor": "xor", "nand": "not and"},
            help="Which answers belong to the corners: 1 for both (and), for at least one (or), for exactly one"
            " (xor), for not both (nand).",
        ),
        replace(SAMPLES, default=200, help="How many points are made; the four corners take turns."),
        noise_field(0.0),
        SEED,
        *SPLIT_FIELDS,
        PLAIN,
    ),
    load=_load,
)
