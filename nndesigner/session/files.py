"""The open document and its file: new, open, save, save as, recover, close.

One writer per file: a second designer opens it read-only. A save never overwrites what somebody else wrote in between
without being told to, keeps the version before, and is done only when the disk says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from nndesigner.base.atomic import WriteError, Written, sweep_litter, write_atomically
from nndesigner.base.disk import reason
from nndesigner.base.lock import HeldBy, Lock, acquire
from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.backups import back_up
from nndesigner.project.format import SUFFIX
from nndesigner.project.journal import Recovered, drop, left_behind
from nndesigner.project.reader import Opened, open_project, read_bytes
from nndesigner.project.writer import check_reads_back, encode
from nndesigner.session.autosave import Autosave
from nndesigner.session.data_paths import inside_paths, inside_settings
from nndesigner.session.editing import Editing
from nndesigner.session.elsewhere import Aside, here
from nndesigner.session.templates import files_below, is_templates_folder

T = TypeVar("T")
MOST_TRIES = 3


class Changed(Refusal):
    """The file on the disk is not the one that was opened or saved last; `save(overwrite=True)` replaces it."""


class Files:
    """Where the document of an `Editing` comes from and goes to."""

    def __init__(self, editing: Editing, autosave: Autosave, aside: Aside = here) -> None:
        """`aside` does what touches the disk or takes long."""
        self._aside = aside
        self.waiting = False
        """whether that goes on now: nothing may be closed meanwhile"""
        self.changed: Event[[]] = Event()
        """another path, read-only or not, another document"""
        self.path: Path | None = None
        self.held_by: HeldBy | None = None
        """who has the file open for writing, where that is somebody else"""
        self.warnings: tuple[str, ...] = ()
        """what had to be mended when the file was opened"""
        self.suggested_name = tr("untitled") + SUFFIX
        self._editing = editing
        self._autosave = autosave
        self._lock: Lock | None = None
        self._folder = Path.home()
        self._sha256 = ""
        self._upgraded: tuple[int, bytes] | None = None
        editing.stepped.connect(autosave.edited)
        autosave.begin(editing.document, None, "")

    @property
    def dirty(self) -> bool:
        """Whether closing now would lose something."""
        return not self._editing.history.is_saved

    @property
    def read_only(self) -> bool:
        return self.held_by is not None

    @property
    def name(self) -> str:
        """What to call the document in titles and dialogs."""
        return self.path.name if self.path is not None else self.suggested_name

    @property
    def folder(self) -> Path:
        """Where relative paths in the project start."""
        return self.path.parent if self.path is not None else self._folder

    # -- opening ---------------------------------------------------------------------------------------------------
    def new(self, document: Document | None = None, name: str = "", folder: Path | None = None) -> None:
        """An empty project, or an unsaved one that starts as `document` (a template, whose files lie in `folder`)."""
        self._let_go()
        self._folder = folder or Path.home()
        fresh = document or edits.new_document()
        self.suggested_name = (name or tr("untitled")) + SUFFIX
        self._editing.replace(fresh, saved=True)
        self._autosave.begin(fresh, None, "")
        self.changed.tell()

    def open(self, path: Path) -> tuple[str, ...]:
        """Opens a project file; what was mended, as sentences. Raises Refusal, and everything stays as it was."""
        path = path.absolute()
        if self.path is not None and _same(path, self.path):
            opened, lock, held_by = self._wait(lambda: open_project(path)), self._lock, self.held_by
            self._lock = None
        else:
            opened = self._wait(lambda: open_project(path))
            lock, held_by = _locked(path)
        self._let_go()
        sweep_litter(path.parent)
        self.path, self._lock, self.held_by = path, lock, held_by
        self.warnings = opened.warnings
        self._sha256 = opened.sha256
        self._upgraded = _old_version(opened, path)
        self._editing.replace(opened.document, saved=True)
        self._autosave.begin(opened.document, path, opened.sha256)
        self.changed.tell()
        return opened.warnings

    # -- saving ----------------------------------------------------------------------------------------------------
    def save(self, *, overwrite: bool = False) -> Written:
        """Puts the document into its file. Raises Refusal or WriteError; the old file then stands, and it stays dirty.

        `Changed` where somebody else wrote the file in between: `overwrite` replaces it all the same, keeping a copy.
        """
        if self.path is None:
            raise Refusal(tr("The project has no file yet: use Save As."))
        if self.held_by is not None:
            raise Refusal(
                tr(
                    "{name} is open in another window{where}: use Save As.",
                    name=self.path.name,
                    where=_where(self.held_by),
                )
            )
        path = self.path
        if not overwrite and self._wait(lambda: self._on_disk(path)) not in ("", self._sha256):
            raise Changed(
                tr(
                    "{name} was changed by another program since it was opened. Save under another name to keep both.",
                    name=path.name,
                )
            )
        return self._write(path)

    def save_as(self, path: Path) -> Written:
        """Puts the document into another file, which is its file from then on. Raises Refusal or WriteError."""
        path = path.absolute()
        if path.suffix != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        if self.path is not None and _same(path, self.path) and self.held_by is None:
            return self.save(overwrite=True)
        lock, held_by = _locked(path)
        if held_by is not None:
            raise Refusal(
                tr(
                    "{name} is open in another window{where}. Choose another name.",
                    name=path.name,
                    where=_where(held_by),
                )
            )
        before, folder = self.path, self.folder
        try:
            self._bring_along(folder, path.parent)
            self.path = path
            written = self._write(path)
        except BaseException:
            self.path = before
            if lock is not None:
                lock.release()
            raise
        if self._lock is not None:
            self._lock.release()
        self._lock, self.held_by = lock, None
        self.changed.tell()
        return written

    def _write(self, path: Path) -> Written:
        for _ in range(MOST_TRIES):
            document = self._editing.document
            written, self._sha256 = self._wait(partial(self._put, document, path))
            if self._editing.document is document:
                break  # else a worker's news changed it meanwhile: once more
        self._upgraded = None
        self.warnings = ()
        if self._editing.document is document:
            self._editing.history.saved()
        self._autosave.begin(document, path, self._sha256)
        self.changed.tell()
        return written

    def _put(self, document: Document, path: Path) -> tuple[Written, str]:
        """The document as the content of the file, and its SHA-256; the version before is kept. Raises WriteError."""
        if self._upgraded is not None:
            version, original = self._upgraded
            copy = path.with_name(f"{path.stem}.version-{version}{SUFFIX}")
            if not copy.exists():
                write_atomically(copy, original)
        back_up(path)
        data = encode(document)
        check_reads_back(data, path)
        return write_atomically(path, data), hashlib.sha256(data).hexdigest()

    def _wait(self, work: Callable[[], T]) -> T:
        self.waiting = True
        try:
            return self._aside(work)
        finally:
            self.waiting = False

    def _bring_along(self, before: Path, after: Path) -> None:
        """The files that data and plan name, when the project goes to another folder: those of a template are copied
        beside it, the user's own stay where they are and are named from there. Raises WriteError."""
        if before.resolve() == after.resolve():
            return
        moved = {}
        for name, path in inside_paths(self._editing.document.data).items():
            if origin := self._brought(before, after, path):
                moved[name] = origin
        if moved:
            self._editing.amend("relocate_data", parameters=moved)
        settings = {
            name: origin
            for name, path in inside_settings(self._editing.document).items()
            if (origin := self._brought(before, after, path))
        }
        if settings:
            self._editing.amend("set_plan", values=settings)

    def _brought(self, before: Path, after: Path, path: str) -> str:
        """Where a file or folder stays that is not copied; "" for one that was, or that is there already."""
        origin, copy = before / path, after / path
        if copy.exists() or not origin.exists():
            return ""
        # A folder may be of any size: only the small ones that ship are copied.
        if self.path is not None or (origin.is_dir() and not is_templates_folder(before)):
            return str(origin)
        for file in files_below(before, path):
            try:
                (after / file).parent.mkdir(parents=True, exist_ok=True)
                write_atomically(after / file, read_bytes(before / file))
            except OSError as error:
                raise WriteError(after / file, reason(error)) from error
        return ""

    # -- recovering ------------------------------------------------------------------------------------------------
    def recoverable(self) -> tuple[Recovered, ...]:
        """Unsaved work of designers that ended without saying so, the newest first."""
        return left_behind()

    def recover(self, recovered: Recovered) -> None:
        """Goes on with unsaved work. Where its file was changed in between it gets no path: both are kept."""
        self._let_go()
        self._editing.replace(recovered.document, saved=False)
        path = recovered.path
        self.suggested_name = tr("untitled") + SUFFIX
        if path is not None and recovered.conflict:
            self.suggested_name = f"{path.stem}-{tr('recovered')}{SUFFIX}"
            path = None
        if path is not None:
            self._lock, self.held_by = _locked(path)
            self.path = path
            self._sha256 = self._on_disk(path)
        self._autosave.take_over(recovered.document, path, self._sha256, recovered.folder)
        self.changed.tell()

    def discard(self, recovered: Recovered) -> None:
        """Nobody wants that work."""
        drop(recovered.folder)

    def close(self) -> None:
        """The document is saved, or the user does not want what is not: nothing will be offered at the next start."""
        self._let_go()

    def _let_go(self) -> None:
        self._autosave.discard()
        if self._lock is not None:
            self._lock.release()
        self.path, self._lock, self.held_by = None, None, None
        self.warnings, self._sha256, self._upgraded = (), "", None

    @staticmethod
    def _on_disk(path: Path) -> str:
        """SHA-256 of the file as it is; "" where there is none."""
        try:
            return hashlib.sha256(read_bytes(path)).hexdigest()
        except Refusal:
            return ""


def _locked(path: Path) -> tuple[Lock | None, HeldBy | None]:
    try:
        got = acquire(path)
    except WriteError:
        return None, None  # without a state folder nobody can say who has it open
    return (got, None) if isinstance(got, Lock) else (None, got)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one == other


def _old_version(opened: Opened, path: Path) -> tuple[int, bytes] | None:
    """The bytes to keep a copy of before the first save in the present version."""
    if opened.upgraded_from is None:
        return None
    return opened.upgraded_from, read_bytes(path)


def _where(held_by: HeldBy) -> str:
    return f" ({held_by.host})" if held_by.host else ""
