"""The user's files on the way in: where a path points, and one clear sentence for whatever is wrong with it.

Only what a source was told to read is touched, and nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr


def chosen_file(text: str, folder: Path, what: str, largest: int) -> Path:
    """The file that `text` names, relative paths from `folder`. `what` names it in sentences ("the CSV file").

    Raises `Refusal` where nothing is chosen, nothing is there, it is no ordinary file, or it has more than `largest`
    bytes. An absolute path is taken as it is: the user chose it.
    """
    path = _resolve(text, folder, what)
    with readable(path):
        if path.is_dir():
            raise Refusal(tr("{path} is a folder; choose {what} itself.", path=path, what=what))
        if not path.is_file():
            raise Refusal(tr("{path} is not an ordinary file.", path=path))
        size = path.stat().st_size
    if size > largest:
        raise Refusal(
            tr(
                "{path} has {size:,} MB; at most {largest:,} MB are read into memory.",
                path=path,
                size=size >> 20,
                largest=largest >> 20,
            )
        )
    if size == 0:
        raise Refusal(tr("{path} is empty.", path=path))
    return path


def chosen_folder(text: str, folder: Path, what: str) -> Path:
    """The folder that `text` names. Raises `Refusal` like `chosen_file`."""
    path = _resolve(text, folder, what)
    if not path.is_dir():
        raise Refusal(tr("{path} is a file; choose {what}.", path=path, what=what))
    return path


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what the operating system says against reading `path` into a `Refusal`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Refusal(tr("{path} cannot be read: {reason}.", path=path, reason=reason)) from error


def _resolve(text: str, folder: Path, what: str) -> Path:
    text = text.strip()
    if not text:
        raise Refusal(tr("No file is chosen yet: choose {what}.", what=what))
    if "\0" in text:
        raise Refusal(tr("The path of {what} holds a character that no path can hold.", what=what))
    if "://" in text:
        raise Refusal(
            tr("“{text}” is an address in the net; download it first and choose the file.", text=text[:80])
        )
    path = folder / text
    with readable(path):
        if not path.exists() and os.sep == "/" and "\\" in text:
            path = folder / text.replace("\\", "/")  # a project that was saved on Windows
        if not path.exists():
            raise Refusal(
                tr("{path} is not there: put it back, or choose {what} anew.", path=path, what=what)
            )
    return path
