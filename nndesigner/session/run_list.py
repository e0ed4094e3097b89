"""The runs of a project as last listed. Listing reads every run's folder, so it is done elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nndesigner.base.observer import Event
from nndesigner.runs.listing import RunSummary, list_runs
from nndesigner.session.elsewhere import Elsewhere, Latest, at_once


class RunList:
    """`folder` says where the project's runs lie now."""

    def __init__(self, elsewhere: Elsewhere, folder: Callable[[], Path]) -> None:
        self.changed: Event[[]] = Event()
        """there is a new list"""
        self.told: Event[[]] = Event()
        """a listing goes on, or has ended"""
        self.fraction: float | None = None
        """how far a listing that takes a while is; None while there is none"""
        self._at_once = elsewhere is at_once
        self._latest = Latest(elsewhere)
        self._folder = folder
        self._listed: tuple[Path, tuple[RunSummary, ...]] = Path(), ()

    def runs(self) -> tuple[RunSummary, ...]:
        """As last listed, oldest first; listed anew where there is nobody who could have done it before."""
        folder = self._folder()
        if self._at_once:
            self._listed = folder, list_runs(folder)
        return self._listed[1] if self._listed[0] == folder else ()

    def look(self) -> None:
        """Lists anew; `changed` is told when that is done."""
        folder = self._folder()

        def arrived(found: tuple[RunSummary, ...]) -> None:
            self._listed = folder, found
            self._tell(None)
            self.changed.tell()

        self._latest.ask(
            lambda progress: list_runs(folder, progress),
            arrived,
            lambda error: arrived(()),
            lambda fraction, sentence: self._tell(fraction),
        )

    def cancel(self) -> None:
        """What was listed before stays."""
        self._latest.cancel()
        self._tell(None)

    def _tell(self, fraction: float | None) -> None:
        if fraction != self.fraction:
            self.fraction = fraction
            self.told.tell()
