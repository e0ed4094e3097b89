"""The journal of the open document, kept without ever being in the way.

It begins with the first edit after opening or saving. When the disk does not take it, editing goes on, the user is
told once, and it is tried again with the next edit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from nndesigner.base.atomic import WriteError
from nndesigner.base.observer import Event
from nndesigner.base.text import tr
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.project import journal
from nndesigner.project.journal import Journal


class Autosave:
    """What a crash would leave of the open document."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.failed: Event[[str]] = Event()
        """with a sentence, when edits can no longer be kept; once until it works again"""
        self._clock = clock
        self._journal: Journal | None = None
        self._replaces: list[Path] = []
        self._base: tuple[Document, Path | None, str] | None = None
        self._waiting: list[tuple[str, Diff]] = []
        self._ailing = False

    def begin(self, document: Document, path: Path | None, sha256: str) -> None:
        """The document is as in the file (or new): edits from here on are kept, earlier ones not needed any more."""
        self.discard()
        self._base = (document, path, sha256)

    def take_over(self, document: Document, path: Path | None, sha256: str, replaces: Path) -> None:
        """The document was recovered from the journal `replaces`: that one stays until an edit is kept in a new one."""
        self.discard()
        self._base = (document, path, sha256)
        self._replaces.append(replaces)

    def edited(self, name: str, diff: Diff) -> None:
        """An edit was made."""
        if self._base is None:
            return
        self._waiting.append((name, diff))
        try:
            if self._journal is None:
                self._journal = Journal.start(*self._base, self._clock)
            while self._waiting:  # the log itself forgets nothing that it was given
                self._journal.record(*self._waiting.pop(0))
            if self._replaces:
                self._journal.sync()
                self._drop_replaced()
        except WriteError as error:
            self._ail(error)
        else:
            self._ailing = False

    def tick(self) -> None:
        """To be called about once a second."""
        self._guarded(lambda kept: kept.tick())

    def sync(self) -> None:
        """Before work that may bring the machine down: everything onto the disk now."""
        self._guarded(lambda kept: kept.sync())

    def discard(self) -> None:
        """The edits are saved, or not wanted."""
        if self._journal is not None:
            self._journal.discard()
        self._journal = None
        self._drop_replaced()
        self._waiting.clear()
        self._base = None
        self._ailing = False

    def leave(self) -> None:
        """Ends without a word on what becomes of the edits: they are offered at the next start."""
        self._guarded(lambda kept: kept.close())
        self._journal = None

    def _drop_replaced(self) -> None:
        for folder in self._replaces:
            journal.drop(folder)
        self._replaces.clear()

    def _guarded(self, act: Callable[[Journal], None]) -> None:
        if self._journal is None:
            return
        try:
            act(self._journal)
        except WriteError as error:
            self._ail(error)

    def _ail(self, error: WriteError) -> None:
        if not self._ailing:
            self._ailing = True
            self.failed.tell(tr("Your edits are not being kept for a crash: {reason}", reason=error))
