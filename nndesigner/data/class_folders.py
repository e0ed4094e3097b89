"""Folders whose names say the class of the files in them, and around them folders that say the part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.files import readable
from nndesigner.data.source import TEST, TRAIN, VALIDATION

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
"""Folder names that say to which part their files belong."""


@dataclass(frozen=True)
class Sample:
    """A file, the number of its class, and the code of its part."""

    path: Path
    label: int
    part: int


def find_classes(
    root: Path, files_in: Callable[[Path], list[Path]], what: str
) -> tuple[list[Sample], tuple[str, ...], bool]:
    """All files in a stable order, the class names, and whether the folders say the parts.

    `files_in` gives the files of a class's folder; `what` names them in sentences. Raises `Refusal` where there are no
    two classes.
    """
    top = _folders(root)
    by_part = {name: PART_FOLDERS[name.casefold()] for name in top if name.casefold() in PART_FOLDERS}
    # Only where no other folder stands beside them: "test" may also be the name of a class.
    has_parts = bool(top) and len(by_part) == len(top) and TRAIN in by_part.values()
    roots = [(root / name, part) for name, part in by_part.items()] if has_parts else [(root, TRAIN)]
    classes = sorted({name for folder, _ in roots for name in _folders(folder)}, key=_natural)
    samples = [
        Sample(path, label, part)
        for folder, part in roots
        for label, name in enumerate(classes)
        for path in files_in(folder / name)
    ]
    filled = {sample.label for sample in samples}
    if len(filled) < len(classes):  # a folder without files is no class
        place = {label: position for position, label in enumerate(sorted(filled))}
        samples = [Sample(p.path, place[p.label], p.part) for p in samples]
        classes = [classes[label] for label in sorted(filled)]
    if not samples:
        raise Refusal(
            tr(
                "{folder} has no sub-folders with {what}: make one folder per class inside it.",
                folder=root,
                what=what,
            )
        )
    if len(classes) < 2:
        raise Refusal(
            tr(
                "{folder} has {what} in one sub-folder only (“{name}”): two classes are the least to tell apart.",
                folder=root,
                what=what,
                name=classes[0],
            )
        )
    if len(samples) > MOST_FILES:
        raise Refusal(tr("{folder} has more than {most:,} {what}.", folder=root, most=MOST_FILES, what=what))
    return samples, tuple(classes), has_parts


def _folders(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    with readable(folder):
        return sorted(
            entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] not in "._"
        )


def _natural(name: str) -> tuple[int, int, str]:
    """Folders named by numbers in the order of the numbers: 2 before 10."""
    return (0, int(name), name) if name.isascii() and name.isdigit() and len(name) < 16 else (1, 0, name)
