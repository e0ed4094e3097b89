"""Pictures in folders, one folder per class. Reading a picture stands in `pictures.py`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import PathField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.files import chosen_folder, readable
from nndesigner.data.pictures import (
    PICTURE_FIELDS,
    SUFFIXES,
    image_axes,
    natural,
    picture_files,
    read_pictures,
)
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import TEST, TRAIN, VALIDATION, Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS

MOST_FILES = 2_000_000
PART_FOLDERS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "dev": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
"""Folder names that say to which part their pictures belong."""


@dataclass(frozen=True)
class _Picture:
    path: Path
    label: int
    part: int


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    root = chosen_folder(values["path"], folder, tr("the folder of pictures"))
    pictures, classes, has_parts = _find(root)
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


def _find(root: Path) -> tuple[list[_Picture], tuple[str, ...], bool]:
    """All picture files in a stable order, the class names, and whether the folders say the parts."""
    top = _folders(root)
    by_part = {name: PART_FOLDERS[name.casefold()] for name in top if name.casefold() in PART_FOLDERS}
    # Only where no other folder stands beside them: "test" may also be the name of a class.
    has_parts = bool(top) and len(by_part) == len(top) and TRAIN in by_part.values()
    roots = [(root / name, part) for name, part in by_part.items()] if has_parts else [(root, TRAIN)]
    classes = sorted({name for folder, _ in roots for name in _folders(folder)}, key=natural)
    pictures = [
        _Picture(path, label, part)
        for folder, part in roots
        for label, name in enumerate(classes)
        for path in picture_files(folder / name)
    ]
    filled = {picture.label for picture in pictures}
    if len(filled) < len(classes):  # a folder without pictures is no class
        place = {label: position for position, label in enumerate(sorted(filled))}
        pictures = [_Picture(p.path, place[p.label], p.part) for p in pictures]
        classes = [classes[label] for label in sorted(filled)]
    if not pictures:
        raise Refusal(
            tr(
                "{folder} has no sub-folders with pictures: make one folder per class inside it ({suffixes}).",
                folder=root,
                suffixes=", ".join(sorted(SUFFIXES)),
            )
        )
    if len(classes) < 2:
        raise Refusal(
            tr(
                "{folder} has pictures in one sub-folder only (“{name}”): two classes are the least to tell apart.",
                folder=root,
                name=classes[0],
            )
        )
    if len(pictures) > MOST_FILES:
        raise Refusal(tr("{folder} has more than {most:,} pictures.", folder=root, most=MOST_FILES))
    return pictures, tuple(classes), has_parts


def _folders(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    with readable(folder):
        return sorted(
            entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] not in "._"
        )


IMAGE_FOLDER = Source(
    type="image_folder",
    label="Image folder",
    group="Your files",
    summary="Pictures in folders, one folder per class.",
    help="The names of the sub-folders are the classes; pictures may lie in folders further down. If the sub-folders"
    " are called train, validation (or val) and test, each with class folders inside, their pictures stay in that part."
    " PNG, JPEG, BMP, GIF (first picture), TIFF, WebP and PPM are read. Everything is held in memory, one byte per"
    " pixel and channel.",
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
