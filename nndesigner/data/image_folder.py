"""Pictures in folders, one folder per class. Reading a picture stands in `pictures.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import PathField, Values
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.class_folders import find_classes
from nndesigner.data.files import chosen_folder
from nndesigner.data.pictures import (
    PICTURE_FIELDS,
    image_axes,
    picture_files,
    read_pictures,
)
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    root = chosen_folder(values["path"], folder, tr("the folder of pictures"))
    pictures, classes, has_parts = find_classes(root, picture_files, tr("pictures"))
    remarks: list[str] = []
    pixels, kept = read_pictures([picture.path for picture in pictures], root, values, progress, remarks)
    labels = np.array([picture.label for picture in pictures], np.int64)[kept]
    parts = np.array([picture.part for picture in pictures], np.int8)[kept]
    return Loaded(
        fields=(
            DataField(
                name="image",
                role="input",
                kind="image",
                element="float",
                axes=image_axes(pixels),
            ),
            DataField(name="class", role="target", kind="class", element="int", classes=classes),
        ),
        arrays={"image": pixels, "class": labels},
        parts=parts if has_parts else None,
        remarks=tuple(remarks),
    )


IMAGE_FOLDER = Source(
    type="image_folder",
    label="Image folder",
    group="Images and sounds",
    summary="Pictures in folders, one folder per class.",
    help="The names of the sub-folders are the classes; pictures may lie in folders further down. If the sub-folders"
    " are called train, validation (or val) and test, each with class folders inside, their pictures stay in that part."
    " PNG, JPEG, BMP, GIF (first picture), TIFF, WebP and PPM are read. What is larger than half a gigabyte"
    " (one byte per pixel and channel) is kept in a file while it is used.",
    synonyms=("pictures", "photos", "jpeg", "png", "imagefolder", "image classification"),
    parameters=(
        PathField(
            name="path",
            label="Folder",
            folder=True,
            help="The folder that holds one folder per class.",
        ),
        *PICTURE_FIELDS,
        *SPLIT_FIELDS,
        PREPARATION,
    ),
    load=_load,
)
