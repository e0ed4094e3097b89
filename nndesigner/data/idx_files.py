"""IDX files as data: images and labels as MNIST, EMNIST and their kin come. Reading stands in `idx.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.fields import PathField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.array_room import Room
from nndesigner.data.arrays import ARRAY_FIELDS, arrays_loaded
from nndesigner.data.files import chosen_file
from nndesigner.data.idx import MOST_BYTES, read_idx
from nndesigner.data.sliced import of_memory
from nndesigner.data.source import TEST, TRAIN, Array, Loaded, Source

_FILTERS = "IDX files (*ubyte *.idx *.gz *.idx1 *.idx3);;All files (*)"


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the IDX file of images"), MOST_BYTES)
    labels = chosen_file(values["labels"], folder, tr("the IDX file of labels"), MOST_BYTES)
    progress(0.0, tr("Reading {name}", name=path.name))
    x, y = _both(path, labels)
    parts = None
    if values["test_path"].strip() or values["test_labels"].strip():
        progress(0.5, tr("Reading the test files"))
        test_path = chosen_file(values["test_path"], folder, tr("the IDX file of test images"), MOST_BYTES)
        test_labels = chosen_file(
            values["test_labels"], folder, tr("the IDX file of test labels"), MOST_BYTES
        )
        x, y, parts = joined((x, y), _both(test_path, test_labels), test_path.name)
    return arrays_loaded(of_memory(x), of_memory(y), parts, values, path.name, Room())


def joined(
    train: tuple[Array, Array], test: tuple[Array, Array], name: str
) -> tuple[Array, Array, np.ndarray]:
    """Inputs, targets and parts of both. Raises `Refusal` where their samples have different shapes."""
    if train[0].shape[1:] != test[0].shape[1:]:
        raise Refusal(
            tr(
                "The samples in {name} have the shape {have}, those to train on {want}.",
                name=name,
                have=" × ".join(map(str, test[0].shape[1:])),
                want=" × ".join(map(str, train[0].shape[1:])),
            )
        )
    parts = np.repeat(np.array([TRAIN, TEST], np.int8), [len(train[0]), len(test[0])])
    return np.concatenate([train[0], test[0]]), np.concatenate([train[1], test[1]]), parts


def _both(path: Path, labels: Path) -> tuple[Array, Array]:
    x, y = read_idx(path), read_idx(labels)
    if y.ndim != 1:
        raise Refusal(
            tr(
                "{name} has the shape {shape}; labels are one number per sample. Are the two files interchanged?",
                name=labels.name,
                shape=" × ".join(map(str, y.shape)),
            )
        )
    if len(x) != len(y):
        raise Refusal(
            tr(
                "{images} holds {n:,} samples, {labels} {m:,} labels: they do not belong together.",
                images=path.name,
                n=len(x),
                labels=labels.name,
                m=len(y),
            )
        )
    return x, y


IDX_FILES = Source(
    type="idx",
    label="IDX files",
    group="Images and sounds",
    summary="Images and labels in the files that MNIST comes in.",
    help="MNIST, Fashion-MNIST, EMNIST and others come as pairs of IDX files, such as train-images-idx3-ubyte and"
    " train-labels-idx1-ubyte, plain or packed with gzip. The pair of test files stays the test part. Other arrays in"
    " IDX files are read as NumPy arrays are.",
    synonyms=("mnist", "emnist", "kmnist", "ubyte", "lecun"),
    parameters=(
        PathField(
            name="path", label="Images", filters=_FILTERS, help="The file with the images to train on."
        ),
        PathField(name="labels", label="Labels", filters=_FILTERS, help="The file with their labels."),
        PathField(
            name="test_path",
            label="Test images",
            filters=_FILTERS,
            help="The file with the test images, if there is one; else a share of the samples tests.",
        ),
        PathField(
            name="test_labels", label="Test labels", filters=_FILTERS, help="The file with their labels."
        ),
        *ARRAY_FIELDS,
    ),
    load=_load,
)
