"""A folder of CIFAR-10 or CIFAR-100 in the binary version. What a record is stands in `cifar.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nndesigner.base.fields import ChoiceField, PathField, Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress
from nndesigner.base.text import tr
from nndesigner.data.cifar import CIFAR10, MOST_BYTES, cifar_loaded, read_names, read_records
from nndesigner.data.files import chosen_file, chosen_folder
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import TEST, TRAIN, Array, Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    root = chosen_folder(values["path"], folder, tr("the folder of CIFAR files"))
    batches = sorted(root.glob("data_batch_*.bin"))
    hundred = not batches and (root / "train.bin").exists()
    train = [root / "train.bin"] if hundred else batches
    if not train:
        python = any(root.glob("data_batch_*")) or (root / "meta").exists()
        raise Refusal(
            tr(
                "{folder} holds CIFAR for Python, in a format that can run code when it is read: take the binary"
                " version of the set.",
                folder=root,
            )
            if python
            else tr(
                "{folder} holds neither data_batch_1.bin … (CIFAR-10) nor train.bin (CIFAR-100).", folder=root
            )
        )
    test = root / ("test.bin" if hundred else "test_batch.bin")
    files = [(path, TRAIN) for path in train] + ([(test, TEST)] if test.exists() else [])
    pixels: list[Array] = []
    labels: list[Array] = []
    parts: list[Array] = []
    coarse = values["labels"] == "coarse"
    names = read_names(root / ("coarse_label_names.txt" if coarse else "fine_label_names.txt"))
    if not hundred:
        names = read_names(root / "batches.meta.txt") or CIFAR10
    for i, (path, part) in enumerate(files):
        progress(i / len(files), tr("Reading {name}", name=path.name))
        data = chosen_file(str(path), folder, tr("the CIFAR file"), MOST_BYTES).read_bytes()
        x, y = read_records(data, 2 if hundred else 1, path.name)
        pixels.append(x)
        labels.append(y[:, 0] if not hundred or coarse else y[:, 1])
        parts.append(np.full(len(x), part, np.int8))
    if hundred and not names:
        names = tuple(map(str, range(20 if coarse else 100)))
    return cifar_loaded(
        np.concatenate(pixels), np.concatenate(labels), np.concatenate(parts), names, root.name
    )


CIFAR_FILES = Source(
    type="cifar",
    label="CIFAR files",
    group="Images and sounds",
    summary="CIFAR-10 or CIFAR-100 from the folder of its binary version.",
    help="The folder holds data_batch_1.bin to data_batch_5.bin and test_batch.bin (CIFAR-10), or train.bin and"
    " test.bin (CIFAR-100), as they come out of the archive of the binary version. The test file stays the test part."
    " The version for Python is not read: its format can run code.",
    synonyms=("cifar-10", "cifar-100", "toronto", "small images"),
    parameters=(
        PathField(name="path", label="Folder", folder=True, help="The folder of the .bin files."),
        ChoiceField(
            name="labels",
            label="Labels of CIFAR-100",
            default="fine",
            choices={"fine": "fine, 100 classes", "coarse": "coarse, 20 classes"},
            help="CIFAR-100 has two labels per picture; of CIFAR-10 there is one.",
        ),
        *SPLIT_FIELDS,
        PREPARATION,
    ),
    load=_load,
)
