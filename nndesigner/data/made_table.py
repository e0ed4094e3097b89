"""A table made to measure: as many columns and classes as a network under study needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.fields import FloatField, IntField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.bundled import class_table
from nndesigner.data.plane import SEED
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS

MOST_VALUES = 200_000_000


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    n, features, classes = values["samples"], values["features"], values["classes"]
    informative = min(values["informative"] or features, features)
    if n * features > MOST_VALUES:
        raise Refusal(
            tr(
                "{n:,} samples of {features:,} columns do not fit into memory: take fewer.",
                n=n,
                features=features,
            )
        )
    draw = np.random.RandomState(values["seed"])
    # Centres in random directions at one distance from the origin, so that the separation means the same for any
    # number of columns.
    centres = draw.normal(size=(classes, informative))
    centres *= values["separation"] / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    codes = np.arange(n) % classes
    table = draw.normal(size=(n, features))
    table[:, :informative] += centres[codes]
    changed = draw.uniform(size=n) < values["label_noise"]
    codes = np.where(changed, draw.randint(0, classes, n), codes)
    order = draw.permutation(features)  # the informative columns lie anywhere
    return class_table(
        np.hstack([table[:, order], codes[:, None]]),
        tuple(f"x{i + 1}" for i in range(features)),
        "class",
        tuple(f"class {i + 1}" for i in range(classes)),
    )


MADE_TABLE = Source(
    type="made_table",
    label="Made table",
    group="Made to measure",
    summary="A table with chosen numbers of samples, columns and classes.",
    help="Each class is a round cloud of points (normal, standard deviation 1) around a centre of its own; the"
    " centres lie in random directions at the chosen distance from the origin. Columns that are not informative hold"
    " noise only. Good for trying out a network's size and speed: 100 columns and 10 classes fit the usual first"
    " example of a dense classifier.",
    synonyms=("synthetic", "random", "blobs", "classification", "generated"),
    parameters=(
        IntField(
            name="samples",
            label="Samples",
            default=1000,
            minimum=4,
            maximum=10_000_000,
            help="Rows of the table, shared evenly among the classes.",
        ),
        IntField(
            name="features",
            label="Columns",
            default=20,
            minimum=1,
            maximum=10_000,
            help="Numbers per row.",
        ),
        IntField(
            name="classes",
            label="Classes",
            default=3,
            minimum=2,
            maximum=1000,
            help="How many classes there are to tell apart.",
        ),
        IntField(
            name="informative",
            label="Informative columns",
            default=0,
            minimum=0,
            maximum=10_000,
            help="How many columns depend on the class; the others are noise. 0 means all.",
        ),
        FloatField(
            name="separation",
            label="Separation",
            default=3.0,
            minimum=0.0,
            maximum=1000.0,
            help="Distance of the class centres from the origin, in standard deviations of a cloud: at 1 the classes"
            " overlap widely, at 5 hardly.",
        ),
        FloatField(
            name="label_noise",
            label="Wrong labels",
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            help="Share of the samples whose class is drawn anew at random: what no network can learn.",
        ),
        SEED,
        *SPLIT_FIELDS,
        PREPARATION,
    ),
    load=_load,
)
