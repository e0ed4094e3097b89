"""Everything a user can do, as plain Python: the parts of a session, put together.

It decides nothing itself. The window and the command line hold one session; so does a script.

    session = Session()
    session.files.open(Path("digits.nnd"))
    session.edit("", "rename", node=session.document.nodes()[0].id, name="pixels")
    session.files.save()
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from nndesigner.base.observer import Event
from nndesigner.base.problem import READ_AND_TRUST, Problem, Remedy
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.trial import Join
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.session import wiring
from nndesigner.session.alarms import Alarms
from nndesigner.session.augmenting import Augmenting
from nndesigner.session.autosave import Autosave
from nndesigner.session.checking import Background
from nndesigner.session.cross_validating import CrossValidating
from nndesigner.session.describing import Describing
from nndesigner.session.editing import Editing
from nndesigner.session.elsewhere import Aside, Elsewhere, at_once, here
from nndesigner.session.evaluating import Evaluating
from nndesigner.session.exploring import Exploring
from nndesigner.session.exporting import Exporting
from nndesigner.session.extensions import Extensions
from nndesigner.session.files import Files
from nndesigner.session.inspecting import Inspecting
from nndesigner.session.live_plan import LivePlan
from nndesigner.session.matching import Matching
from nndesigner.session.previewing import Previewing
from nndesigner.session.printing import Printing
from nndesigner.session.reporting import Reporting
from nndesigner.session.running import Running
from nndesigner.session.trust import Trust
from nndesigner.session.trying import Trying
from nndesigner.session.workers import NoWorkers, Workers


class Session:
    """One open project. The workers and the clock are handed in; nothing here waits for either."""

    def __init__(
        self,
        workers: Workers | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        background: Background | None = None,
        elsewhere: Elsewhere = at_once,
        aside: Aside = here,
    ) -> None:
        """`background` takes checks of large networks, `elsewhere` the reading of run folders
        and the printing of source, `aside` the reading and writing of project files."""
        self.elsewhere = elsewhere
        workers = workers or NoWorkers()
        self.editing = Editing(background=background)
        self.autosave = Autosave(clock)
        self.files = Files(self.editing, self.autosave, aside)
        self.trust = Trust(self.editing)
        self.extensions = Extensions(self.editing)
        self.describing = Describing(self.editing, workers)
        self.data = Inspecting(self.editing, self.files, workers)
        self.training = Running(self.editing, self.files, self.autosave, workers, elsewhere)
        self.trust.changed.connect(self.data.code_trusted)
        self.cross_validating = CrossValidating(self.editing, self.training)
        self.matching = Matching(self.editing, self.files, workers)
        self.live_plan = LivePlan(self.editing, self.training)
        self.previewing = Previewing(self.editing, self.files, self.data, workers)
        self.augmenting = Augmenting(self.editing, self.files, self.data, workers)
        self.exploring = Exploring(self.editing, self.files, self.data, workers)
        self.alarms = Alarms(self.editing)
        self.printing = Printing(self.editing, elsewhere)
        self.exporting = Exporting(workers)
        self.trying = Trying(workers)
        self.evaluating = Evaluating(workers, elsewhere)
        self.reporting = Reporting(workers, elsewhere)

    # -- what the canvas asks of whoever holds the document ------------------------------------------------------------
    @property
    def document(self) -> Document:
        return self.editing.document

    @property
    def network(self) -> str:
        """Id of the network that is looked at."""
        return self.editing.network

    @property
    def checked(self) -> CheckedNetwork | None:
        """The network that is looked at, as last checked."""
        return self.editing.checked

    @property
    def whole(self) -> CheckedNetwork | None:
        """The main network, as last checked: what is trained and exported."""
        return self.editing.whole

    @property
    def changed(self) -> Event[[Diff]]:
        return self.editing.changed

    @property
    def checked_changed(self) -> Event[[]]:
        return self.editing.checking.changed

    @property
    def refused(self) -> Event[[str]]:
        return self.editing.refused

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the last check found in the whole project, worst first. A block that nothing uses stands in the way of
        nothing; what is wrong in it is told while it is looked at."""
        whole, shown = self.editing.whole, self.editing.checked
        if whole is None:
            return ()
        if shown is None or self.editing.trail or shown.network == whole.network:
            return whole.problems
        return (*whole.problems, *shown.problems)

    def edit(self, name: str, verb: str, /, **arguments: Any) -> Diff | None:
        """Runs one verb of `document/edits.py` as one undoable step; None where it was refused."""
        return self.editing.edit(name, verb, **arguments)

    def why_not(self, source: str, out_port: str, target: str, in_port: str) -> str:
        """Why this wire cannot be drawn, as a sentence; "" where it can."""
        return self.editing.why_not(source, out_port, target, in_port)

    def misfit(self, source: str, out_port: str, target: str, in_port: str) -> str:
        """Why what flows there would not suit the input, though the wire can be drawn; "" where it would."""
        return wiring.misfit(self.document, self._here, source, out_port, target, in_port)

    def joins(self, source: str, out_port: str, target: str, in_port: str) -> tuple[Join, ...]:
        """The layers that could take a further wire to an input together with the one that is there."""
        return wiring.joins(self.document, self._here, source, out_port, target, in_port)

    def suiting(self, type: str, source: str, out_port: str) -> dict[str, Any]:
        """Settings, other than the defaults, with which a layer takes what leaves an output."""
        return wiring.suiting(self._here, type, source, out_port)

    @property
    def _here(self) -> CheckedNetwork | None:
        """The last check, where it is of the network that is looked at."""
        checked = self.checked
        return checked if checked is not None and checked.network == self.network else None

    def undo(self) -> bool:
        return self.editing.undo()

    def redo(self) -> bool:
        return self.editing.redo()

    def run_remedy(self, remedy: Remedy) -> Diff | None:
        """Mends a problem the way its remedy says, as one undoable step; code is shown and asked about instead."""
        if remedy.verb == READ_AND_TRUST:
            self.trust.asked.tell(str(remedy.arguments["node"]))
            return None
        return self.editing.run_remedy(remedy)

    # -- the whole of it -----------------------------------------------------------------------------------------------
    def tick(self) -> None:
        """To be called about once a second: puts edits that wait onto the disk, hears runs that go on by themselves."""
        self.autosave.tick()
        self.training.tick()

    def close(self) -> None:
        """The user is done: what is not saved is not wanted, and a run that should go on was detached before."""
        self.data.cancel()
        self.describing.cancel()
        self.previewing.cancel()
        self.augmenting.cancel()
        self.exploring.cancel()
        self.exporting.cancel()
        self.evaluating.cancel()
        self.reporting.cancel()
        self.matching.cancel()
        self.training.close()
        self.files.close()
