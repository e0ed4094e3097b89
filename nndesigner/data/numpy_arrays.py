"""NumPy arrays as data, from a `.npz` archive or two `.npy` files; what they hold is understood in `arrays.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nndesigner.base.fields import PathField, Values
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.arrays import ARRAY_FIELDS, NAME_FIELDS, arrays_loaded
from nndesigner.data.files import chosen_file, readable
from nndesigner.data.npy import MOST_BYTES, Archive, read_npy
from nndesigner.data.several_arrays import archive_loaded
from nndesigner.data.source import Loaded, Source


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the NumPy file"), MOST_BYTES)
    progress(0.1, tr("Reading {name}", name=path.name))
    with readable(path), path.open("rb") as file:
        packed = file.read(2) == b"PK"
    if packed:
        return archive_loaded(Archive(path), values, path.name)
    x = read_npy(path)
    other = chosen_file(values["targets_path"], folder, tr("the .npy file of the targets"), MOST_BYTES)
    y = read_npy(other)
    progress(0.5, tr("Understanding {n:,} samples", n=len(x) if x.ndim else 0))
    return arrays_loaded(x, y, None, values, path.name)


def _is_archive(values: Values) -> bool:
    return not str(values.get("path", "")).lower().endswith(".npy")


NUMPY_ARRAYS = Source(
    type="numpy",
    label="NumPy arrays",
    group="Arrays",
    summary="Inputs and targets from a .npz archive or two .npy files.",
    help="The first axis of both arrays counts the samples. Whole-number or text targets are classes, others"
    " numbers. In an archive, arrays called x and y (or data and target, images and labels …) are found by"
    " themselves; with x_train, y_train, x_test and y_test the parts stay as they are. Save with"
    ' numpy.savez("data.npz", x=x, y=y). Arrays of Python objects are never read.',
    synonyms=("npy", "npz", "array", "tensor", "mnist.npz"),
    parameters=(
        PathField(
            name="path",
            label="File",
            filters="NumPy arrays (*.npz *.npy)",
            help="A .npz archive with inputs and targets, or a .npy file with the inputs alone.",
        ),
        PathField(
            name="targets_path",
            label="Targets file",
            filters="NumPy arrays (*.npy)",
            help="The .npy file with the targets, where the inputs are a .npy file.",
            shown_when=lambda values: str(values.get("path", "")).lower().endswith(".npy"),
        ),
        *(replace(named, shown_when=_is_archive) for named in NAME_FIELDS),
        *ARRAY_FIELDS,
    ),
    load=_load,
)
