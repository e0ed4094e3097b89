"""A view of something that is found out on demand: a button that starts it, its progress, and what the result means.

The result is that of the shown run (kept in its folder), or of the network as it is drawn while no run is shown. What
is drawn, and the words, are each view's own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.plain import Elided, allow, icon_button, label, set_tip
from nndesigner.protocol.messages import Frame

if TYPE_CHECKING:
    from nndesigner.session.session import Session

BESIDE = 520
"""pixels of width from which on the words stand beside the picture"""
WORDS_WIDE = 230
WIDEST = (1 << 24) - 1
LOWEST = 150
"""pixels of height of the picture; with less room picture and words scroll together"""


class Explorer(Monitor):
    """`exploration` names what is found out. Subclasses give a `picture` and tell `show_found` what to do with it."""

    def __init__(self, view: View, exploration: str, picture: QWidget) -> None:
        super().__init__(view)
        self.exploration = exploration
        self.options_given: dict[str, Any] = {}
        """settings of the exploration that are not their defaults"""
        self._session: Session | None = None
        self._leave: list[Callable[[], None]] = []
        self._said = ""
        """why it could not be started"""
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 8, 10, 8)
        box.setSpacing(6)
        self.line = QHBoxLayout()
        self.line.setSpacing(6)
        self.button = QPushButton(icon("run", role="text"), tr("Start"))
        self.button.clicked.connect(self.start_or_cancel)
        self.line.addWidget(self.button)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(6)
        self.bar.setAccessibleName(tr("How far it is"))
        self.state = Elided(role="muted")
        self.line.addWidget(self.bar, 2)
        self.line.addWidget(self.state, 3)
        self.settings_button = icon_button("settings", tr("Settings of this exploration"))
        self.settings_button.clicked.connect(self.open_settings)
        self.line.addWidget(self.settings_button)
        box.addLayout(self.line)
        self.warning = label(role="warning", wrap=True)
        self.warning.hide()
        box.addWidget(self.warning)
        self._split = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._split.setSpacing(8)
        picture.setMinimumHeight(LOWEST)
        self._split.addWidget(picture, 3)
        self.picture = picture
        self._side = self._make_side()
        self._split.addWidget(self._side, 0)
        self._before = self._make_before(view)
        holder = QWidget()
        self._pages = QStackedLayout(holder)
        self._pages.addWidget(self._before)
        found = QWidget()
        found.setLayout(self._split)
        self._split.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self.scrolled(found))
        box.addWidget(holder, 1)
        self.set_content(content)
        self.show_content()

    def _make_side(self) -> QWidget:
        side = QWidget()
        box = QVBoxLayout(side)
        box.setContentsMargins(0, 0, 2, 0)
        box.setSpacing(4)
        self.verdict = label(role="strong", wrap=True, selectable=True)
        self.words = label(role="muted", wrap=True)
        box.addWidget(self.verdict)
        self.choices = QVBoxLayout()
        self.choices.setSpacing(4)
        self.choices.setAlignment(Qt.AlignmentFlag.AlignLeft)
        box.addLayout(self.choices)
        box.addWidget(self.words)
        box.addStretch(1)
        return side

    def _make_before(self, view: View) -> QScrollArea:
        """What will be here, while nothing has been found out yet."""
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(12, 8, 12, 8)
        box.addStretch(1)
        self.before = label(tr(view.help), "muted", wrap=True)
        self.before.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        box.addWidget(self.before)
        box.addStretch(1)
        return self.scrolled(page)

    # -- whose -------------------------------------------------------------------------------------------------------
    def join(self, session: Session) -> None:
        self._session = session
        self._leave = [
            session.exploring.changed.connect(self._changed),
            session.checked_changed.connect(self._changed),
        ]
        allow(
            self.button,
            "" if session.exploring.possible else tr("There is no worker here that could do this."),
        )

    def close_down(self) -> None:
        for leave in self._leave:
            leave()
        self._leave = []

    @property
    def place(self) -> Path | None:
        """The run that it is about; None for the network as it is drawn."""
        return self.run.path if self.run is not None and not self.run.preview else None

    def found(self) -> Frame | None:
        """The newest result, which may still grow."""
        if self._session is None:
            return None
        here = self._session.exploring.found(self.place, self.exploration)
        if here is None and self.place is not None and self.run is not None:
            return self.run.history.explored.get(self.exploration)
        return here

    @property
    def busy(self) -> bool:
        """Whether this is what is explored now."""
        exploring = self._session.exploring if self._session is not None else None
        return exploring is not None and exploring.going_on == (self.place, self.exploration)

    @property
    def is_empty(self) -> bool:
        return self.found() is None

    def looks(self) -> tuple[int, ...]:
        return ()

    # -- doing -------------------------------------------------------------------------------------------------------
    def start_or_cancel(self) -> None:
        if self._session is None:
            return
        if self.busy:
            self._session.exploring.cancel()
            return
        self._said = ""
        try:
            self.begin(self._session)
        except Refusal as refusal:
            self._said = str(refusal)
        self._changed()

    def begin(self, session: Session) -> None:
        """Starts it with the settings. Raises Refusal."""
        session.exploring.start(self.exploration, self.place, self.options_given)

    def set_option(self, name: str, value: Any) -> None:
        """Another setting, for the next time; None for its default."""
        if value is None:
            self.options_given.pop(name, None)
        else:
            self.options_given[name] = value

    def open_settings(self) -> None:
        from nndesigner.gui.monitors.explorer_settings import ExplorerSettings

        dialog = ExplorerSettings(self, self.exploration, self.options_given, self.set_option)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def set_plan(self, name: str, value: float, step: str) -> None:
        """One setting of the training plan, as one step that can be undone."""
        if self._session is not None:
            self._session.edit(step, "set_plan", values={name: value})
            self._changed()

    def plan(self) -> dict[str, Any]:
        """The settings of the training plan as they are now."""
        from nndesigner.document.plan import plan_values

        return plan_values(self._session.document)[0] if self._session is not None else {}

    # -- showing -----------------------------------------------------------------------------------------------------
    def _changed(self) -> None:
        self.stale = True
        if self.isVisible():
            self.refresh()

    def draw(self) -> None:
        self.show_content()
        self._show_state()
        frame = self.found()
        self._pages.setCurrentIndex(0 if frame is None else 1)
        if frame is not None:
            self.show_found(frame)

    def show_found(self, frame: Frame) -> None:
        """Draws a result. Views override it."""

    def tell(self, verdict: str, words: str) -> None:
        """What the numbers say, and what they mean."""
        self.verdict.setText(verdict)
        self.verdict.setVisible(bool(verdict))
        self.words.setText(words)

    def _show_state(self) -> None:
        busy, session = self.busy, self._session
        self.button.setText(tr("Cancel") if busy else tr("Start"))
        self.button.setIcon(icon("stop" if busy else "run", role="text"))
        self.bar.setVisible(busy)
        self.settings_button.setEnabled(not busy)
        warning = ""
        if session is not None:
            progress = session.exploring.progress
            if busy and progress is not None:
                self.bar.setValue(round(1000 * progress.fraction))
                self.state.setText(progress.sentence)
            else:
                self.state.setText(self.about())
            warning = self._said or session.exploring.failure(self.place, self.exploration)
            if (
                not warning
                and not busy
                and self.place is None
                and session.exploring.outdated(self.exploration)
            ):
                warning = tr("The network was edited since: start again to explore it as it is now.")
        self.warning.setText(warning)
        self.warning.setVisible(bool(warning))

    def about(self) -> str:
        """Which weights the result is of, or which would be explored."""
        frame = self.found()
        if self.place is None:
            return tr("Fresh weights of the network as it is drawn")
        name = self.run.name if self.run is not None else ""
        if frame is None:
            return tr("Newest weights of {run}", run=name)
        return tr("{run} at step {n}", run=name, n=f"{frame.step:,}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= BESIDE
        self._split.setDirection(
            QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        )
        self._side.setMinimumWidth(WORDS_WIDE if beside else 0)
        self._side.setMaximumWidth(WORDS_WIDE if beside else WIDEST)


def choice_button(words: str, done: Callable[[], object]) -> QPushButton:
    """A button for what a result suggests; its text comes with the result."""
    made = QPushButton()
    made.setAutoDefault(False)
    made.setStatusTip(words)
    set_tip(made, words)
    made.clicked.connect(lambda: done())
    return made
