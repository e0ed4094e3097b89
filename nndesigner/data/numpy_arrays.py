"""NumPy arrays as data, from a `.npz` archive or two `.npy` files; what they hold is understood in `arrays.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nndesigner.base.fields import PathField, Values
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.array_room import brought
from nndesigner.data.arrays import ARRAY_FIELDS, NAME_FIELDS, arrays_loaded, what_counts
from nndesigner.data.files import chosen_file, readable
from nndesigner.data.npy import Archive, npy
from nndesigner.data.several_arrays import archive_loaded
from nndesigner.data.source import Loaded, Source
from nndesigner.data.stored import LARGEST_FILE


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the NumPy file"), LARGEST_FILE)
    counts = what_counts(values)
    with readable(path), path.open("rb") as file:
        packed = file.read(2) == b"PK"
    if packed:
        archive = Archive(path)
        return brought(
            "numpy",
            {"path": path},
            counts,
            progress,
            lambda room: archive_loaded(archive, values, path.name, room),
        )
    x = npy(path)
    other = chosen_file(values["targets_path"], folder, tr("the .npy file of the targets"), LARGEST_FILE)
    y = npy(other)
    return brought(
        "numpy",
        {"path": path, "targets_path": other},
        counts,
        progress,
        lambda room: arrays_loaded(x, y, None, values, path.name, room),
    )


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
    ' numpy.savez("data.npz", x=x, y=y). Arrays of Python objects are never read. What takes more than half a gigabyte'
    " is brought once into files of the cache, and read from there while the network learns.",
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
