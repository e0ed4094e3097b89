"""Which node the views of a node show: the one that is selected on the canvas, or one that they were told to stay with.

It knows no view: it gives the key by which a run knows the node, and why what the run has of it is not what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nndesigner.document.records import Node
from nndesigner.gui.monitors.looked_into import LookedInto
from nndesigner.gui.monitors.shown_runs import ShownRuns
from nndesigner.gui.monitors.source import changes_since, note_about, note_on_place

if TYPE_CHECKING:
    from nndesigner.session.session import Session


class ShownNode:
    """The node of one panel."""

    def __init__(self, session: Session, runs: ShownRuns) -> None:
        self._session, self._runs = session, runs
        self.place = LookedInto()
        self.selected = ""
        """id of the node that is shown; "" for none"""
        self._pinned = ""
        self._chosen: tuple[str, ...] = ()

    # -- choosing ----------------------------------------------------------------------------------------------------
    def select(self, ids: Iterable[str]) -> bool:
        """The selection of the canvas: it is followed while it is one node, and none is pinned. Returns whether
        another node is shown now."""
        document = self._session.document
        self._chosen = tuple(id for id in ids if isinstance(document.get(id), Node))
        return self.settle()

    def pin(self, node: str) -> bool:
        """Stays with this node, or follows the selection again where it did. Returns whether another one is shown."""
        self._pinned = node if node != self._pinned else ""
        return self.settle()

    def settle(self) -> bool:
        """Returns whether another node is shown now: the pinned one may be gone."""
        before = self.selected
        if not isinstance(self._session.document.get(self._pinned), Node):
            self._pinned = ""
        self.selected = self._pinned or (self._chosen[0] if len(self._chosen) == 1 else "")
        return self.selected != before

    def start_afresh(self) -> None:
        """Another project is open."""
        self.selected = self._pinned = ""
        self._chosen = ()

    @property
    def pinned(self) -> str:
        """Id of the node that is stayed with; "" while the selection is followed."""
        return self._pinned

    def name_of(self, id: str) -> str:
        """What the node is called on the canvas; "" where it is not there."""
        record = self._session.document.get(id)
        return record.name if isinstance(record, Node) else ""

    # -- in the run --------------------------------------------------------------------------------------------------
    @property
    def key(self) -> str:
        """The key of the shown node in what is shown; "" for none."""
        return self.place.key(self._session.editing.trail, self.selected, self._runs.network)

    @property
    def rounds(self) -> tuple[int, int]:
        """How often the block that is looked into follows itself, and which repetition is chosen."""
        return self.place.rounds(self._session.editing.trail, self._runs.network) if self.selected else (1, 0)

    def choose_round(self, number: int) -> None:
        self.place.choose(self._session.editing.trail, self._runs.network, number)

    def note(self, id: str, key: str) -> str:
        """Why what the run has of a node is not what is on the canvas; "" where it is."""
        document, whole = self._session.document, self._session.whole
        node, run = document.get(id), self._runs.first
        if run is None or not isinstance(node, Node):
            return ""
        if run.preview:
            return self._runs.preview.problem
        change = changes_since(run.document, document).get(id)
        moved = run.node(key) is None and whole is not None and whole.find(key) is not None
        if moved and change != "added":
            return note_on_place(node.name)
        return note_about(change, node.name) if change is not None else ""
