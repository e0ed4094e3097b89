"""MNIST: 70,000 handwritten digits, 28 × 28 pixels. LeCun, Cortes, Burges (1998), http://yann.lecun.com/exdb/mnist/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import Values
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.fetching import FETCH, fetch_field, fetched
from nndesigner.data.idx import read_idx
from nndesigner.data.idx_files import joined
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import Download, Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS


def _at(name: str, size: int, sha256: str) -> Download:
    return Download(
        name=f"{name}.gz",
        address=f"https://storage.googleapis.com/cvdf-datasets/mnist/{name}.gz",
        mirrors=(f"https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz",),
        bytes=size,
        sha256=sha256,
    )


DOWNLOADS = (
    _at(
        "train-images-idx3-ubyte",
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    _at(
        "train-labels-idx1-ubyte", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
    ),
    _at(
        "t10k-images-idx3-ubyte",
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    _at("t10k-labels-idx1-ubyte", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    files = fetched(MNIST.downloads, "MNIST", values[FETCH], span(progress, 0.0, 0.9))
    progress(0.9, tr("Reading {name}", name="MNIST"))
    return digits_from(files, tuple("0123456789"))


def digits_from(files: Sequence[Path], classes: tuple[str, ...]) -> Loaded:
    """Four IDX files (training images and labels, test images and labels) of grey pictures in ten classes."""
    train, train_labels, test, test_labels = (read_idx(path) for path in files)
    x, y, parts = joined((train, train_labels), (test, test_labels), files[2].name)
    axes = (("channel", 1), ("height", x.shape[1]), ("width", x.shape[2]))
    return Loaded(
        fields=(
            DataField(name="image", role="input", kind="image", element="float", axes=axes),
            DataField(name="class", role="target", kind="class", element="int", classes=classes),
        ),
        arrays={"image": x[:, None], "class": y.astype(np.int64)},
        parts=parts,
    )


MNIST = Source(
    type="mnist",
    label="MNIST",
    group="Classic data sets",
    summary="70,000 handwritten digits, 28 × 28 pixels; fetched from the net when you ask.",
    help="The data set that most introductions begin with: 60,000 digits to train on and 10,000 to test, in grey. It is"
    " fetched once, 12 MB, when “Fetch from the net” is switched on, checked against its checksums and kept in this"
    " computer's cache. A share of the training digits validates.",
    synonyms=("digits", "handwriting", "lecun", "image", "28"),
    parameters=(fetch_field(DOWNLOADS), *SPLIT_FIELDS, PREPARATION),
    downloads=DOWNLOADS,
    load=_load,
)
