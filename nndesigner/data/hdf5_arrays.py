"""An HDF5 file as data: reading in `tensors.py`, what the arrays hold in `arrays.py`."""

from __future__ import annotations

from pathlib import Path

from nndesigner.base.fields import PathField, Values
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.array_room import brought
from nndesigner.data.arrays import ARRAY_FIELDS, NAME_FIELDS, what_counts
from nndesigner.data.files import chosen_file
from nndesigner.data.several_arrays import archive_loaded
from nndesigner.data.source import Loaded, Source
from nndesigner.data.stored import LARGEST_FILE
from nndesigner.data.tensors import Hdf5


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the HDF5 file"), LARGEST_FILE)
    arrays = Hdf5(path)
    return brought(
        "hdf5",
        {"path": path},
        what_counts(values),
        progress,
        lambda room: archive_loaded(arrays, values, path.name, room),
    )


HDF5_ARRAYS = Source(
    type="hdf5",
    label="HDF5 arrays",
    group="Arrays",
    summary="Inputs and targets from data sets of an HDF5 file.",
    help="Two data sets of the file are inputs and targets; the first axis of both counts the samples. Whole numbers"
    " and texts are classes, others numbers. Data sets called x and y (or data and target, images and labels …) are"
    " found by themselves, others are named by their path, such as group/images. MATLAB files from version 7.3 on are"
    " HDF5 files. Links to other files are not followed. What takes more than half a gigabyte is brought once into"
    " files of the cache, and read from there while the network learns. It needs the package h5py.",
    synonyms=("h5", "matlab", "mat", "keras", "array"),
    parameters=(
        PathField(
            name="path",
            label="File",
            filters="HDF5 (*.h5 *.hdf5 *.hdf *.mat)",
            help="The file with both arrays.",
        ),
        *NAME_FIELDS,
        *ARRAY_FIELDS,
    ),
    load=_load,
)
