"""How each network of a project was looked at last: zoom and place, while it is open and for the next time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from nndesigner.project.sidecar import keep_view, read_view

if TYPE_CHECKING:
    from nndesigner.gui.canvas.view import CanvasView
    from nndesigner.session.session import Session


class KeptLooks:
    """Of the canvas that is in use, which it is told of each time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._views: dict[str, Any] = {}
        """network → zoom and place"""
        self.network = session.network
        """the one that is looked at"""

    def read(self) -> None:
        """A project was opened: as it was looked at the last time."""
        path = self._session.files.path
        view = read_view(path) if path is not None else {}
        inside = view.get("blocks")
        self._views = {self._session.document.main.id: view.get("canvas", {})}
        self._views |= inside if isinstance(inside, dict) else {}

    def write(self, canvas: CanvasView) -> None:
        """Remembers how the project was looked at, for the next time it is opened."""
        path = self._session.files.path
        if path is not None:
            self.keep(canvas)
            document = self._session.document
            main = self._views.get(document.main.id, {})
            inside = {n.id: self._views[n.id] for n in document.networks[1:] if n.id in self._views}
            keep_view(path, {"canvas": main, "blocks": inside} if inside else {"canvas": main})

    def keep(self, canvas: CanvasView) -> None:
        """Another network will be looked at: how this one was."""
        self._views[self.network] = canvas.view_state()

    def show(self, canvas: CanvasView) -> None:
        """The network that is looked at, as it was looked at last; one that is new, with everything in sight."""
        self.network = self._session.network
        if not canvas.restore_view_state(self._views.get(self.network, {})):
            QTimer.singleShot(0, canvas, canvas.fit)
