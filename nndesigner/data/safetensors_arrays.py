"""A safetensors file as data: reading in `tensors.py`, what the arrays hold in `arrays.py`."""

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
from nndesigner.data.tensors import SafeTensors


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    path = chosen_file(values["path"], folder, tr("the safetensors file"), LARGEST_FILE)
    arrays = SafeTensors(path)
    return brought(
        "safetensors",
        {"path": path},
        what_counts(values),
        progress,
        lambda room: archive_loaded(arrays, values, path.name, room),
    )


SAFETENSORS_ARRAYS = Source(
    type="safetensors",
    label="safetensors arrays",
    group="Arrays",
    summary="Inputs and targets from a .safetensors file.",
    help="Two tensors of the file are inputs and targets; the first axis of both counts the samples. Whole numbers"
    " are classes, others numbers. Tensors called x and y (or data and target, images and labels …) are found by"
    " themselves; with x_train, y_train, x_test and y_test the parts stay as they are. bfloat16 is read as float32."
    " What takes more than half a gigabyte is brought once into files of the cache, and read from there while the"
    " network learns.",
    synonyms=("tensor", "huggingface", "weights", "array"),
    parameters=(
        PathField(
            name="path",
            label="File",
            filters="safetensors (*.safetensors)",
            help="The file with both arrays.",
        ),
        *NAME_FIELDS,
        *ARRAY_FIELDS,
    ),
    load=_load,
)
