"""The desk: what an action can reach. The session, the parts of the window, and a way to say something.

It holds no state of its own beyond what is only on the screen; actions are plain functions of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nndesigner.base.observer import Event
from nndesigner.document.records import Node

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView
    from nndesigner.gui.inspector.inspector import Inspector
    from nndesigner.gui.main_window import MainWindow
    from nndesigner.runs.listing import RunSummary
    from nndesigner.session.session import Session


class Desk:
    """One window's desk."""

    def __init__(
        self, session: Session, window: MainWindow, canvas: CanvasView, inspector: Inspector
    ) -> None:
        self.session, self.window, self.canvas, self.inspector = session, window, canvas, inspector
        self.home_canvas = canvas
        """the canvas that is always there: of two side by side, `canvas` is the one in use, and what the other one says
        is said by this one too. So panels listen to this one and act on `canvas`."""
        self.canvases: tuple[CanvasView, ...] = (canvas,)
        """every canvas that is there, the home canvas first"""
        self.canvases_changed: Event[[]] = Event()
        self.pasted = 0
        """times that the clipboard was pasted since it was filled: each paste lands a little further"""
        self._order: list[str] = []
        self._selected: list[Node] = []
        self._selected_in: tuple[object, object] = (None, None)
        """the document and the selection that they are of"""
        self.runs: tuple[RunSummary, ...] = ()
        """the project's runs as last listed, oldest first"""

    def show_canvases(self, canvases: tuple[CanvasView, ...]) -> None:
        """A canvas came, or went."""
        self.canvases = canvases
        self.canvases_changed.tell()

    @property
    def has_project(self) -> bool:
        """Whether a project is on the screen, rather than the welcome page."""
        return self.window.shows_project

    def list_runs(self) -> None:
        """Looks for the project's runs anew."""
        self.runs = self.session.training.runs()

    def say(self, sentence: str) -> None:
        """A sentence in the status bar, for a few seconds."""
        self.window.say(sentence)

    def show_node(self, id: str) -> None:
        """Brings a node into sight where it is outside or cut off."""
        self.canvas.bring_into_sight(id)

    def selected_nodes(self) -> list[Node]:
        """The selected layers. Every rule of the actions asks for them, so they are looked up once."""
        document, selection = self.session.document, self.canvas.selection
        if self._selected_in[0] is not document or self._selected_in[1] is not selection:
            found = (document.get(id) for id in selection)
            self._selected = [record for record in found if isinstance(record, Node)]
            self._selected_in = document, selection
        return list(self._selected)

    def select(self, ids: Iterable[str]) -> None:
        """Remembers in which order layers were selected, one by one; several selected at once, with those that were
        selected before, stand from left to right."""
        chosen = set(ids)
        self._order = [id for id in self._order if id in chosen]
        new = chosen - set(self._order)
        fresh = [node for node in self.selected_nodes() if node.id in new]
        if len(fresh) > 1:
            self._order, fresh = [], self.selected_nodes()
        self._order += [node.id for node in sorted(fresh, key=lambda node: (node.x, node.y))]

    def in_order(self) -> list[str]:
        """Ids of the selected layers, the one selected first in front."""
        here = {node.id for node in self.selected_nodes()}
        return [id for id in self._order if id in here]

    def flush(self) -> None:
        """Enters what is being typed in a form: before saving, training or closing."""
        self.window.flush()
