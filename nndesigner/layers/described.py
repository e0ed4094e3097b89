"""What workers have said of code that only they may run: asked once for a text, its parameters and what arrives.

In memory, and in one small file per answer in the user's cache folder. The checker only looks here; whoever has
workers takes what is `waiting`, has it answered and tells it with `learn`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from nndesigner.base.atomic import WriteError, write_atomically
from nndesigner.base.description import Description, Question
from nndesigner.base.folders import cache_folder

FOLDER = "described"
MOST_KEPT = 2_000
"""files; the oldest go first"""

_lock = threading.Lock()
_answers: dict[str, Description] = {}
_waiting: dict[str, Question] = {}
_learnt = 0
_answer_here: Callable[[Question], Description] | None = None


def answer(question: Question) -> Description | None:
    """What is known; None while nothing is, and the question then waits to be taken to a worker."""
    key = question.key()
    with _lock:
        found = _answers.get(key)
    if found is None:
        found = _read(key)
        if found is None and _answer_here is not None:
            learn(question, _answer_here(question))
            return _answers[key]
        with _lock:
            if found is None:
                _waiting[key] = question
            else:
                _answers[key] = found
    return found


def waiting() -> tuple[Question, ...]:
    """Takes the questions that came up since the last call."""
    with _lock:
        found = tuple(_waiting.values())
        _waiting.clear()
    return found


def learn(question: Question, found: Description, *, keep: bool = True) -> None:
    """An answer has come. With `keep` other processes and later ones know it too."""
    global _learnt
    key = question.key()
    with _lock:
        _answers[key] = found
        _waiting.pop(key, None)
        _learnt += 1
    if keep:
        with contextlib.suppress(WriteError, OSError):  # it can be asked again
            folder = _folder()
            _sweep(folder)
            write_atomically(folder / f"{key}.json", msgspec.json.encode(found))


def version() -> int:
    """A number that changes with every answer."""
    return _learnt


def answer_here(how: Callable[[Question], Description] | None) -> None:
    """From now on this process answers what comes up itself, at once: a worker, where such code may run."""
    global _answer_here
    _answer_here = how


def forget() -> None:
    """Forgets what is in memory; the files stay."""
    global _learnt
    with _lock:
        _answers.clear()
        _waiting.clear()
        _learnt += 1


def _folder() -> Path:
    folder = cache_folder() / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _read(key: str) -> Description | None:
    try:
        found = msgspec.json.decode((_folder() / f"{key}.json").read_bytes(), type=Description)
        for port in found.outputs.values():
            port.type()
    except (OSError, WriteError, msgspec.MsgspecError, ValueError):
        return None
    return found


def _sweep(folder: Path) -> None:
    kept = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in kept[: max(0, len(kept) - MOST_KEPT + 1)]:
        with contextlib.suppress(OSError):
            path.unlink()
