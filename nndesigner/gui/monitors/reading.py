"""Runs that are read from their folders for the panel of live views, elsewhere, and kept while they are looked at.

It knows no widget. What cannot be read, or was called off, is not read again before `try_again` or `forget`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from nndesigner.base.observer import Event
from nndesigner.gui.monitors.source import ShownRun, run_from_folder
from nndesigner.session.elsewhere import Elsewhere


class RunReader:
    def __init__(self, elsewhere: Elsewhere) -> None:
        self.arrived: Event[[]] = Event()
        """a run was read, or could not be, some time after it was asked for"""
        self.told: Event[[]] = Event()
        """how far a reading is has changed"""
        self._elsewhere = elsewhere
        self._read: dict[Path, ShownRun] = {}
        self._refused: set[Path] = set()
        self._going_on: dict[Path, Callable[[], None]] = {}
        self._fractions: dict[Path, float] = {}

    @property
    def waiting(self) -> tuple[Path, ...]:
        """What is being read."""
        return tuple(self._going_on)

    @property
    def fraction(self) -> float:
        """How far the reading is, 0 to 1."""
        known = [self._fractions.get(path, 0.0) for path in self._going_on]
        return sum(known) / len(known) if known else 1.0

    def run(self, path: Path) -> ShownRun | None:
        """The run if it has been read; else None, and it is being read from now on unless it cannot be."""
        if path not in self._read and path not in self._refused and path not in self._going_on:
            self._begin(path)
        return self._read.get(path)

    def _begin(self, path: Path) -> None:
        now = True

        def ended() -> None:
            self._going_on.pop(path, None)
            self._fractions.pop(path, None)
            if not now:
                self.arrived.tell()

        def arrived(run: ShownRun) -> None:
            self._read[path] = run
            ended()

        def failed(error: Exception) -> None:
            self._refused.add(path)
            ended()

        def told(fraction: float, sentence: str) -> None:
            self._fractions[path] = fraction
            self.told.tell()

        self._going_on[path] = lambda: None
        call_off = self._elsewhere(lambda progress: run_from_folder(path, progress), arrived, failed, told)
        now = False
        if path in self._going_on:
            self._going_on[path] = call_off

    def keep(self, paths: Iterable[Path]) -> None:
        """Lets go of every other run, those that are still being read among them."""
        wanted = set(paths)
        for path in [path for path in self._going_on if path not in wanted]:
            self._call_off(path)
        self._read = {path: run for path, run in self._read.items() if path in wanted}

    def cancel(self) -> None:
        """Nothing is read any more; what was asked for is not asked for again."""
        for path in tuple(self._going_on):
            self._call_off(path)
            self._refused.add(path)

    def try_again(self, paths: Iterable[Path]) -> None:
        """Somebody asks for these themselves: whatever stood in the way before, they are read."""
        self._refused.difference_update(paths)

    def forget(self, path: Path | None = None) -> None:
        """One run, or all of them, may be another one when it is asked for again."""
        if path is None:
            self.keep(())
            self._refused.clear()
        else:
            self._read.pop(path, None)
            self._refused.discard(path)

    def _call_off(self, path: Path) -> None:
        self._going_on.pop(path)()
        self._fractions.pop(path, None)
