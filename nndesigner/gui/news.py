"""News of the session, and who in the window is told: what is on the screen follows the document, the check, the runs.

It shows and decides nothing else; what a person asks for comes by the actions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nndesigner.base.text import count, tr
from nndesigner.document.blocks import place_words, uses
from nndesigner.document.diff import Diff
from nndesigner.document.records import Network
from nndesigner.gui.block_list import blocks_listed
from nndesigner.gui.canvas.hit import with_inside
from nndesigner.gui.commands import trusting
from nndesigner.gui.icons import icon
from nndesigner.gui.inspector.facts import learned
from nndesigner.gui.problems import as_shown, run_words
from nndesigner.protocol.messages import Done, Failed

if TYPE_CHECKING:
    from nndesigner.gui.main_window import MainWindow


class News:
    """One window's."""

    def __init__(self, window: MainWindow) -> None:
        self._window, self._session = window, window.session
        self._told_end: Done | Failed | None = None
        """how the last run ended that was spoken of"""

    def follow(self) -> list[Callable[[], None]]:
        """Listens from now on; what is given ends it."""
        window, session = self._window, self._session
        return [
            session.changed.connect(self._changed),
            session.editing.replaced.connect(self._replaced),
            session.editing.shown.connect(self._shown),
            session.checked_changed.connect(self._checked),
            session.alarms.changed.connect(self._show_problems),
            session.refused.connect(window.say),
            session.files.changed.connect(self._file_changed),
            session.autosave.failed.connect(window.say),
            session.data.changed.connect(window.data_page.show_progress),
            session.data.changed.connect(window.actions_.refresh),
            session.trust.asked.connect(self._trust_asked),
            session.extensions.changed.connect(window.palette_panel.refresh),
            session.training.changed.connect(self._training_changed),
            session.training.listed.connect(self._runs_listed),
            session.training.refused.connect(window.say),
        ]

    def _trust_asked(self, node: str) -> None:
        trusting.read_and_trust(self._window.desk, node)

    def _changed(self, diff: Diff) -> None:
        self._window.data_page.show_document()
        if any(isinstance(r, Network) or getattr(r, "block", "") for r in diff.records):
            self.show_blocks()
        self._show_path()
        self._show_hint()
        self._window.retitle()
        self._window.actions_.refresh()

    def _show_hint(self) -> None:
        empty = not self._session.document.nodes(self._session.network)
        if empty or self._window.made("hint") is not None:
            self._window.hint.setVisible(empty)

    def _shown(self) -> None:
        """Another network is looked at: a block was entered or left."""
        self._window.kept_looks.keep(self._window.canvas)
        if self._window.canvas.arrays.network != self._session.network:
            self._window.canvas.reload()
        self._window.kept_looks.show(self._window.canvas)
        self._show_path()
        canvas = self._window.canvas
        self._window.inspector.show_selection(with_inside(canvas.arrays, canvas.selection))
        self._show_hint()
        self.show_blocks()
        self._window.actions_.refresh()

    def _show_path(self) -> None:
        path = self._session.editing.path
        names = [name for name, _ in path]
        note = ""
        if len(path) > 1:
            used = uses(self._session.document, self._session.network)
            note = (
                tr("used at {places}", places=count(len(used), "place", "places"))
                if used
                else tr("not used yet")
            )
        self._window.breadcrumb.show_path(names, note)

    def show_blocks(self) -> None:
        """The blocks of the project and of the library, as the palette lists them; not before the first paint."""
        if self._window.painted:
            self._window.palette_panel.show_blocks(
                *blocks_listed(self._session.document, self._session.network)
            )

    def _replaced(self) -> None:
        self._window.kept_looks.network = self._session.network
        self._show_path()
        self.show_blocks()
        self._window.canvas.reload()
        self._window.inspector.show_selection(())
        self._window.data_page.show_document()
        self._show_hint()
        self._runs_listed()

    def _checked(self) -> None:
        whole = self._session.whole
        self._window.status.show_weights(learned(whole) if whole is not None and whole.nodes else None)
        self._show_problems()
        self._window.actions_.refresh()

    def _show_problems(self) -> None:
        """What the check found in the network, then what the alarms say of the run that is shown."""
        drawn, alarms = as_shown(self._session.problems), self._session.alarms
        ways = [place_words(self._session.document, p.where) for p in drawn]
        ways += [run_words(self._session.document, alarms.run, p) for p in alarms.problems]
        self._window.problems_panel.show_problems((*drawn, *alarms.problems), ways)
        self._window.status.show_check((*drawn, *alarms.problems))
        number = len(drawn) + len(alarms.problems)
        dock = self._window.docks.get("problems")
        if dock is not None:
            dock.setWindowTitle(f"{tr('Problems')} ({number})" if number else tr("Problems"))

    def _file_changed(self) -> None:
        self._window.retitle()
        self._runs_listed()
        if self._session.files.read_only:
            self._window.say(
                tr(
                    "This project is open in another window: it can be looked at, and saved under another name."
                )
            )

    def _runs_listed(self) -> None:
        self._window.desk.list_runs()
        if (marks := self._window.made("fitting_marks")) is not None:
            marks.refresh()
        self._window.actions_.refresh()

    def _training_changed(self) -> None:
        training = self._session.training
        made = self._window.actions_.made["pause"]
        made.setIcon(icon("run" if training.paused else "pause"))
        if training.outcome is not self._told_end:
            self._told_end = training.outcome
            if isinstance(training.outcome, Failed) and training.outcome.code != "cancelled":
                self._window.say(training.outcome.sentence)
                self._window.raise_panel("training")  # where it can be resumed
        self._window.actions_.refresh()
