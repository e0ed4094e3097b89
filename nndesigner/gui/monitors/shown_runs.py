"""Which runs the live views show: the one that goes on, some that were chosen, the last one kept, or the preview.

It knows no view. It follows the session's training, and has runs read from their folders.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.preview import Preview
from nndesigner.gui.monitors.reading import RunReader
from nndesigner.gui.monitors.source import ShownRun, live_run

if TYPE_CHECKING:
    from nndesigner.session.session import Session

QUICKLY_READ = 2_000_000
"""bytes of numbers that are read unasked when a project is opened"""


class ShownRuns(QObject):
    """`runs` are shown, the first one's pictures and the curves of all. `followed(other, another)` says that they were
    looked for: whether they are others than before, and whether the first one is of another history; `told` that how
    far a reading is has changed."""

    followed = Signal(bool, bool)
    told = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._paths: tuple[Path, ...] = ()
        self.reader = RunReader(session.elsewhere)
        self.preview = Preview(session, self)
        self.runs: tuple[ShownRun, ...] = ()
        training = session.training
        self._leave = [
            training.changed.connect(self._training_changed),
            training.listed.connect(self._listed),
            self.reader.arrived.connect(self.follow),
            self.reader.told.connect(self.told.emit),
        ]

    def close_down(self) -> None:
        for leave in self._leave:
            leave()
        self._leave = []
        self.reader.cancel()

    # -- what is shown -----------------------------------------------------------------------------------------------
    @property
    def first(self) -> ShownRun | None:
        """The run that pictures come from."""
        return self.runs[0] if self.runs else None

    @property
    def chosen(self) -> bool:
        """Whether runs were chosen, rather than what goes on being followed."""
        return bool(self._paths)

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(run.path for run in self.runs if run.path is not None)

    @property
    def previewed(self) -> bool:
        """Whether what is shown is no run but the network as it is drawn."""
        return bool(self.runs) and self.runs[0].preview

    @property
    def goes_on(self) -> bool:
        """Whether the first one is the run of this session, which measures what is asked for."""
        live = live_run(self._session.training)
        return live is not None and bool(self.runs) and self.runs[0].history is live.history

    @property
    def network(self) -> CheckedNetwork | None:
        """The network of what is shown, or the one that is drawn before the first run."""
        return self.runs[0].checked if self.runs else self._session.whole

    # -- choosing ----------------------------------------------------------------------------------------------------
    def show(self, paths: Iterable[Path]) -> None:
        """Shows these; () follows the run that goes on. A run that cannot be read is left out."""
        self._paths = tuple(dict.fromkeys(paths))
        self.preview.asked_for = False
        self.reader.keep([*self._paths, *self.paths])
        self.reader.try_again(self._paths)
        self.follow()

    def show_preview(self, wanted: bool) -> None:
        """Shows the network as it is drawn, with a sample on its way through it, or the runs again."""
        self.preview.asked_for = wanted
        if wanted:
            self.preview.choose_weights()
        self.follow()

    def cancel_reading(self) -> None:
        self.reader.cancel()
        self._paths = self.paths if self._paths else ()
        self.follow()

    def start_afresh(self) -> None:
        """Another project is open: the runs of the one before are no longer looked at."""
        self._paths = ()
        self.reader.forget()
        self.preview.start_afresh()

    # -- following ---------------------------------------------------------------------------------------------------
    def follow(self) -> None:
        """Looks for what is to be shown now."""
        found: list[ShownRun] = []
        live = live_run(self._session.training)
        for path in self._paths:
            if live is not None and path == live.path:
                found.append(live)
                continue
            known = self.reader.run(path)
            if known is not None:
                found.append(known)
        if self._paths and self.reader.waiting:
            self.told.emit()
            return  # what is shown stays until all of what is wanted has been read
        if not found and live is not None:
            found = [live]
        elif not found and (kept := self._last_kept()) is not None:
            found = [kept]
        if self.preview.possible and (self.preview.asked_for or not (found or self.reader.waiting)):
            found = [self.preview.shown]
        self.reader.keep([run.path for run in found if run.path is not None] + list(self.reader.waiting))
        before, self.runs = self.runs, tuple(found)
        other = [(run.history, run.live) for run in before] != [(run.history, run.live) for run in found]
        another = [run.history for run in before[:1]] != [run.history for run in found[:1]]
        self.followed.emit(other, another)

    def follow_preview(self) -> None:
        """The network as it is drawn now; there may be data for it, or none any more."""
        self.preview.follow()
        shown = self.previewed
        if shown != self.preview.possible and (shown or not (self.runs or self.reader.waiting)):
            self.follow()

    def _last_kept(self) -> ShownRun | None:
        """The newest run of a project that was opened, where reading it takes no time that anybody notices."""
        for run in reversed(self._session.training.runs()):
            try:
                large = (run.path / "metrics.log").stat().st_size > QUICKLY_READ
            except OSError:
                continue
            known = None if large else self.reader.run(run.path)
            if known is not None or large or run.path in self.reader.waiting:
                return known
        return None

    def _training_changed(self) -> None:
        live = live_run(self._session.training)
        shown = self.first
        begun = live is not None and live.live and (shown is None or shown.history is not live.history)
        if begun and live is not None and live.path not in self._paths:
            self._paths = ()  # a run has begun: that is what the user wants to see now
            self.preview.asked_for = False
        self.follow()

    def _listed(self) -> None:
        """Runs came or went: one that is gone is no longer shown."""
        gone = [run for run in self.runs if run.path is not None and not run.live and not run.path.exists()]
        if gone:
            self._paths = tuple(path for path in self._paths if path.exists())
            for run in gone:
                assert run.path is not None
                self.reader.forget(run.path)
        if gone or not (self._paths or (self.runs and not self.previewed)):
            self.follow()
