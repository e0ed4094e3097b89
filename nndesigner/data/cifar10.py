"""CIFAR-10: 60,000 small photographs in ten classes. Krizhevsky (2009), https://www.cs.toronto.edu/~kriz/cifar.html."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from nndesigner.base.fields import Values
from nndesigner.base.problem import Refusal
from nndesigner.base.progress import Progress, span
from nndesigner.base.text import tr
from nndesigner.data.cifar import CIFAR10, PIXELS, cifar_loaded, read_records
from nndesigner.data.fetching import FETCH, fetch_field, fetched
from nndesigner.data.files import readable
from nndesigner.data.preparation import PREPARATION
from nndesigner.data.source import TEST, TRAIN, Array, Download, Loaded, Source
from nndesigner.data.splits import SPLIT_FIELDS

DOWNLOADS = (
    Download(
        name="cifar-10-binary.tar.gz",
        address="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        bytes=170_052_171,
        sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    ),
)
_FILES = {**{f"data_batch_{i}.bin": TRAIN for i in range(1, 6)}, "test_batch.bin": TEST}
_LARGEST = 10_000 * (1 + PIXELS)


def _load(values: Values, folder: Path, progress: Progress) -> Loaded:
    (archive,) = fetched(CIFAR_10.downloads, "CIFAR-10", values[FETCH], span(progress, 0.0, 0.8))
    return from_archive(archive, span(progress, 0.8, 1.0))


def from_archive(path: Path, progress: Progress) -> Loaded:
    """The records of the six files in the archive, read one after the other; nothing is unpacked onto the disk."""
    import tarfile

    found: dict[str, tuple[Array, Array]] = {}
    try:
        with readable(path), tarfile.open(path, "r|gz") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                if name not in _FILES or not member.isreg() or member.size > _LARGEST:
                    continue
                progress(len(found) / len(_FILES), tr("Reading {name}", name=name))
                file = archive.extractfile(member)
                assert file is not None
                found[name] = read_records(file.read(), 1, name)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Refusal(tr("{name} cannot be unpacked: {detail}.", name=path.name, detail=error)) from error
    missing = sorted(set(_FILES) - set(found))
    if missing:
        raise Refusal(tr("{name} lacks the file {missing}.", name=path.name, missing=missing[0]))
    pixels, labels = zip(*(found[name] for name in _FILES), strict=True)
    parts = np.repeat(np.array(list(_FILES.values()), np.int8), [len(x) for x in pixels])
    return cifar_loaded(np.concatenate(pixels), np.concatenate(labels)[:, 0], parts, CIFAR10, path.name)


CIFAR_10 = Source(
    type="cifar10",
    label="CIFAR-10",
    group="Classic data sets",
    summary="60,000 small colour photographs in ten classes; fetched from the net when you ask.",
    help="Airplanes, cars, birds, cats and six other things in 32 × 32 pixels of colour: 50,000 to train on and 10,000"
    " to test. It is fetched once, 170 MB, when “Fetch from the net” is switched on, checked against its checksum and"
    " kept in this computer's cache.",
    synonyms=("photos", "image", "krizhevsky", "toronto", "32"),
    parameters=(fetch_field(DOWNLOADS), *SPLIT_FIELDS, PREPARATION),
    downloads=DOWNLOADS,
    load=_load,
)
