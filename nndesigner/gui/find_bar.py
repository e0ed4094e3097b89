"""Finding layers: a bar over the canvas. What is typed is looked for in all networks of the project.

Enter goes to the next layer that was found, into the block where it is; Shift+Enter to the one before; Esc closes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit

from nndesigner.base.text import tr
from nndesigner.document.records import Network
from nndesigner.gui.canvas.spotlight import Spotlight
from nndesigner.gui.plain import Elided, icon_button, lead_with_search
from nndesigner.session.finding import Finder, Match

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

WIDTH, INSET = 560, 12
PAUSE_MS = 120
"""after an edit, before what was found is looked for anew"""
_OURS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class FindBar(QFrame):
    """Stays at the top of the canvas; hidden until `open`."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.canvas)
        self._desk, self._canvas, self._finder = desk, desk.canvas, Finder()
        self._matches: tuple[Match, ...] = ()
        self._at = -1
        self._spotlight: Spotlight | None = None
        self.setProperty("role", "popup")
        self.setAccessibleName(tr("Find layers"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 6, 6)
        row.setSpacing(4)
        self.words = QLineEdit()
        self.words.setPlaceholderText(tr("Name, type, kernel_size=3, a problem …"))
        self.words.setAccessibleName(tr("Find layers by name, type, setting or problem"))
        lead_with_search(self.words)
        self.words.textChanged.connect(lambda _: self._look(go=True))
        row.addWidget(self.words, 1)
        self.count = Elided(role="muted")
        self.count.setContentsMargins(6, 0, 6, 0)
        row.addWidget(self.count, 1)
        self.before = icon_button("arrow-up", tr("Previous (Shift+Enter)"))
        self.before.clicked.connect(lambda: self.step(-1))
        self.after = icon_button("arrow-down", tr("Next (Enter)"))
        self.after.clicked.connect(lambda: self.step(1))
        self.close_button = icon_button("close", tr("Close (Esc)"))
        self.close_button.clicked.connect(self.shut)
        for button in (self.before, self.after, self.close_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(lambda: self._look(go=False))
        self._canvas.contentChanged.connect(self._changed)
        self._canvas.installEventFilter(self)
        self.hide()

    @property
    def matches(self) -> tuple[Match, ...]:
        return self._matches

    @property
    def current(self) -> Match | None:
        return self._matches[self._at] if 0 <= self._at < len(self._matches) else None

    # -- coming and going --------------------------------------------------------------------------------------------
    def open(self) -> None:
        if self._spotlight is None:
            self._spotlight = Spotlight(self._canvas)
            self._canvas.scene().addItem(self._spotlight)
        self._place()
        self.show()
        self.raise_()
        self.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.words.selectAll()
        self._look(go=False)

    def shut(self) -> None:
        """What is shown now stays selected, and the keyboard goes to the canvas."""
        found = self.current
        self.hide()
        if found is not None and found.network == self._desk.session.network:
            self._canvas.select([found.node])
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pause.stop()
        if self._spotlight is not None:
            self._spotlight.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._canvas and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        room = self._canvas.width()
        self.resize(min(WIDTH, max(240, room - 2 * INSET)), self.sizeHint().height())
        self.move(room - self.width() - INSET, INSET)

    # -- searching ---------------------------------------------------------------------------------------------------
    def step(self, way: int) -> None:
        """Goes to the next layer (1) or the one before (-1), round the ends."""
        if self._matches:
            if self._at < 0:
                here = self._here()
                self._at = (here if way > 0 else here - 1) % len(self._matches)
            else:
                self._at = (self._at + way) % len(self._matches)
            self._go()

    def _here(self) -> int:
        """The first match of the network that is looked at, else of the networks behind it."""
        order = [network.id for network in self._desk.session.document.networks]
        now = order.index(self._desk.session.network)
        return next((at for at, found in enumerate(self._matches) if order.index(found.network) >= now), 0)

    def _changed(self) -> None:
        """An edit, or another network: found anew once it is quiet; the layers that stand out are others at once."""
        if self.isVisible():
            self._light()
            self._pause.start()

    def _look(self, go: bool) -> None:
        session, before = self._desk.session, self.current
        self._matches = self._finder.find(session.document, self.words.text(), session.problems)
        self._at = self._matches.index(before) if before in self._matches else -1
        # While it is typed nobody is taken into another network.
        if go and before is not None and before.network != session.network:
            self._at = -1
        if go and self._at < 0 and self._matches:
            here = self._here()
            self._at = here if self._matches[here].network == session.network else -1
        if go and self.current is not None:
            self._go()
        else:
            self._light()
            self._tell()

    def _go(self) -> None:
        found = self.current
        assert found is not None
        editing, canvas = self._desk.session.editing, self._canvas
        if canvas is not self._desk.canvas:  # of two canvases side by side, the one below this bar
            canvas.setFocus(Qt.FocusReason.OtherFocusReason)
            self.words.setFocus(Qt.FocusReason.OtherFocusReason)
        if found.network != editing.network:
            editing.show_network(found.network)
        canvas.bring_into_sight(found.node)
        canvas.select([found.node])
        self._light()
        self._tell()

    def _light(self) -> None:
        if self._spotlight is not None:
            here, found = self._canvas.editor.network, self.current
            lit = [match.node for match in self._matches if match.network == here]
            current = found.node if found is not None and found.network == here else ""
            self._spotlight.show_nodes(lit, current)
            self._spotlight.setVisible(bool(self._matches) and self.isVisible())

    def _tell(self) -> None:
        if not self.words.text().strip():
            words = ""
        elif not self._matches:
            words = tr("not found")
        else:
            total = len(self._matches)
            words = (
                tr("{here} of {total}", here=self._at + 1, total=total)
                if self._at >= 0
                else tr("{total} found", total=total)
            )
            place = self._where()
            words = f"{words} {place}" if place else words
        self.count.setText(words)
        for button in (self.before, self.after):
            button.setEnabled(bool(self._matches))

    def _where(self) -> str:
        """In which block the current one stands, or where all of them do: "in block stage2"."""
        document = self._desk.session.document
        found = self.current or self._matches[0]
        record = document.get(found.network)
        if not isinstance(record, Network) or found.network == document.main.id:
            return ""
        return tr("in block {name}", name=record.name)

    def event(self, event: QEvent) -> bool:
        """Enter and Esc are for the search while the keyboard is in it, and not for the canvas below."""
        override = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if override and event.key() in _OURS:  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.shut()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            super().keyPressEvent(event)
