"""Two canvases side by side, of two networks or of one, each with its own zoom, place and selection.

The one that has the keyboard is the canvas that all commands are about: it looks at what the session looks at, and
the other one stays where it was. Both show every edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from nndesigner.base.observer import Event
from nndesigner.base.text import tr
from nndesigner.check.check import look_into
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.trial import Join
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import Network
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.plain import Elided, close_button
from nndesigner.session.checking import Place

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk
    from nndesigner.session.session import Session


HEAD = 30
"""Pixels for the name above each canvas."""


_RELAYED = tuple(
    name for name, value in vars(CanvasView).items() if isinstance(value, Signal) and name != "contentChanged"
)
"""what the second canvas says through the first one; each tells its own overlays of its own content and zoom"""


class Look:
    """What one of the two canvases edits: the session's document, at a place of its own while it is kept there."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: Place | None = None
        self._known: tuple[Document, CheckedNetwork, Place, CheckedNetwork] | None = None
        """document, check of the main network and place, and the check of the place that follows from them"""

    def follow(self) -> None:
        """Looks at what the session looks at."""
        self._kept = None

    def keep(self, place: Place) -> None:
        self._kept = place

    @property
    def place(self) -> Place:
        if self._kept is None:
            return Place(self._session.editing.network, self._session.editing.trail)
        here = self._kept.network in self._session.document
        return self._kept if here else Place(self._session.document.main.id)

    # -- as a CanvasEditor -------------------------------------------------------------------------------------------
    @property
    def document(self) -> Document:
        return self._session.document

    @property
    def network(self) -> str:
        return self.place.network

    @property
    def checked(self) -> CheckedNetwork | None:
        session, place = self._session, self.place
        if place == Place(session.editing.network, session.editing.trail):
            return session.checked
        whole = session.whole
        if whole is None or place.network == session.document.main.id:
            return whole
        if not session.editing.checking.up_to_date:  # until it is, what was found last stands
            return self._known[3] if self._known is not None and self._known[2] == place else None
        known = self._known
        if known is None or known[0] is not session.document or known[1] is not whole or known[2] != place:
            found = look_into(session.document, whole, place.network, place.trail)
            self._known = known = (session.document, whole, place, found)
        return known[3]

    @property
    def changed(self) -> Event[[Diff]]:
        return self._session.changed

    @property
    def checked_changed(self) -> Event[[]]:
        return self._session.checked_changed

    @property
    def refused(self) -> Event[[str]]:
        return self._session.refused

    def edit(self, name: str, verb: str, /, **arguments: Any) -> Diff | None:
        return self._session.edit(name, verb, **arguments)

    def why_not(self, source: str, out_port: str, target: str, in_port: str) -> str:
        return self._session.why_not(source, out_port, target, in_port)

    def misfit(self, source: str, out_port: str, target: str, in_port: str) -> str:
        return self._session.misfit(source, out_port, target, in_port)

    def joins(self, source: str, out_port: str, target: str, in_port: str) -> tuple[Join, ...]:
        return self._session.joins(source, out_port, target, in_port)

    def suiting(self, type: str, source: str, out_port: str) -> dict[str, Any]:
        return self._session.suiting(type, source, out_port)


class Pane(QWidget):
    """A canvas below the name of what it shows."""

    def __init__(self, canvas: CanvasView, look: Look) -> None:
        super().__init__()
        self.canvas, self.look = canvas, look
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        head = QFrame()
        head.setProperty("role", "breadcrumb")
        head.setFixedHeight(HEAD)
        self.row = QHBoxLayout(head)
        self.row.setContentsMargins(12, 0, 6, 1)
        self.name = Elided()
        self.row.addWidget(self.name, 1)
        box.addWidget(head)
        box.addWidget(canvas, 1)

    def show_name(self, active: bool) -> None:
        record = self.look.document.get(self.look.network)
        self.name.setText(record.name if isinstance(record, Network) else "")
        role = "strong" if active else "muted"
        if self.name.property("role") != role:
            self.name.setProperty("role", role)
            self.name.style().unpolish(self.name)
            self.name.style().polish(self.name)


class SplitView(QSplitter):
    """Takes the place of the first canvas; `close_second` gives it back."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName("split-view")
        self.setChildrenCollapsible(False)
        self._desk, self._session = desk, desk.session
        first = desk.canvas
        home = first.parentWidget()
        layout = home.layout() if home is not None else None
        assert isinstance(layout, QBoxLayout)
        self._home = layout
        place = Place(desk.session.editing.network, desk.session.editing.trail)
        state, spot, whole = first.view_state(), self._home.indexOf(first), first.shows_all()
        first.editor = Look(desk.session)
        look = Look(desk.session)
        look.keep(place)
        second = CanvasView(look, first.theme)
        second.snapping = first.snapping
        self.panes = (Pane(first, first.editor), Pane(second, look))
        for pane in self.panes:
            self.addWidget(pane)
        self._home.insertWidget(spot, self, 1)
        self.setSizes([1, 1])
        close = close_button(tr("Close the second view"))
        close.clicked.connect(self.close_second)
        self.panes[1].row.addWidget(close)
        second.restore_view_state(state)
        self._join(first, second)
        self._closed = False
        self._leave = [
            desk.session.editing.shown.connect(self._shown),
            desk.session.editing.replaced.connect(self._replaced),
            desk.session.changed.connect(lambda _: self._show_names()),
        ]
        self._show_names()
        self.show()
        desk.show_canvases((first, second))
        first.setFocus(
            Qt.FocusReason.OtherFocusReason
        )  # it was lost when the canvas was taken from its place
        if whole:
            for pane in self.panes:
                QTimer.singleShot(0, pane.canvas, pane.canvas.fit)

    def _join(self, first: CanvasView, second: CanvasView) -> None:
        """Whoever listens to the first canvas hears the second one too; keys of the canvas work in both."""
        for name in _RELAYED:
            getattr(second, name).connect(getattr(first, name))
        second.addActions(first.actions())
        second.own_letters = first.own_letters
        first.selectionChanged.connect(self._say_selection)
        for canvas in (first, second):
            canvas.installEventFilter(self)

    # -- which one is in use -----------------------------------------------------------------------------------------
    @property
    def active(self) -> Pane:
        return self.panes[1] if self._desk.canvas is self.panes[1].canvas else self.panes[0]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and not self._closed:
            for pane in self.panes:
                if watched is pane.canvas:
                    self.activate(pane)
        return False

    def activate(self, pane: Pane) -> None:
        """All commands are about this canvas from now on."""
        if pane is self.active:
            return
        old, place = self.active, pane.look.place
        old.canvas.cancel_gesture()
        pane.canvas.own_letters = old.canvas.own_letters
        old.look.keep(old.look.place)
        self._desk.window.use_canvas(pane.canvas, place.network)
        self._session.editing.show_network(place.network, place.trail)
        pane.look.follow()
        self.panes[0].canvas.selectionChanged.emit(pane.canvas.selection)
        self._show_names()

    def _say_selection(self, ids: frozenset[str]) -> None:
        """A selection that changes in the canvas that is not in use is nobody's business: the other's is told again."""
        chosen = self.active.canvas.selection
        if ids != chosen:
            self.panes[0].canvas.selectionChanged.emit(chosen)

    def _shown(self) -> None:
        self._show_names()

    def _replaced(self) -> None:
        """Another project: the second view looks at its main network."""
        self.activate(self.panes[0])
        look = self.panes[1].look
        look.keep(Place(self._session.document.main.id))
        self.panes[1].canvas.reload()
        self.panes[1].canvas.fit()
        self._show_names()

    def _show_names(self) -> None:
        for pane in self.panes:
            if pane.canvas.arrays.network != pane.look.network:
                pane.canvas.reload()
            pane.show_name(pane is self.active)

    # -- the end -----------------------------------------------------------------------------------------------------
    def close_second(self) -> None:
        """One canvas again: what the second one showed is left."""
        if self._closed:
            return
        self.activate(self.panes[0])
        self._closed = True
        first, second = (pane.canvas for pane in self.panes)
        for leave in self._leave:
            leave()
        self._desk.show_canvases((first,))
        first.selectionChanged.disconnect(self._say_selection)
        second.removeEventFilter(self)
        first.removeEventFilter(self)
        self._home.insertWidget(self._home.indexOf(self), first, 1)
        first.show()
        self.hide()
        self.setParent(None)
        self.deleteLater()
        first.setFocus(Qt.FocusReason.OtherFocusReason)
