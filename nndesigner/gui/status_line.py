"""The status bar: a passing sentence on the left; check, weights, device and the cost of watching on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QStatusBar, QWidget

from nndesigner.base.problem import Problem, Severity
from nndesigner.base.text import tr
from nndesigner.gui.icons import severity_icon_name
from nndesigner.gui.plain import Elided, IconLabel, label, set_tip
from nndesigner.gui.problems import summary
from nndesigner.protocol.messages import Clock, Done, Message

if TYPE_CHECKING:
    from nndesigner.session.running import Running

SECONDS = 8.0


class StatusPart(QWidget):
    """An icon and a few words; a click is told."""

    clicked = Signal()

    def __init__(self, name: str, icon_name: str) -> None:
        super().__init__()
        self.setObjectName(f"status:{name}")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(6)
        self._icon = IconLabel(icon_name, "muted", 16)
        self._text = label()
        row.addWidget(self._icon)
        row.addWidget(self._text)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str, tip: str = "", icon_name: str = "", role: str = "muted") -> None:
        self._text.setText(text)
        set_tip(self, tip)
        if icon_name:
            self._icon.show_icon(icon_name, role)
        self.setVisible(bool(text))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()


class StatusLine(QStatusBar):
    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self._sentence = Elided()
        self._sentence.setContentsMargins(12, 0, 0, 0)
        self.addWidget(self._sentence, 1)
        self.check = StatusPart("check", "ok")
        self.check.setCursor(Qt.CursorShape.PointingHandCursor)
        self.weights = StatusPart("weights", "weights")
        self.device = StatusPart("device", "device")
        self.cost = StatusPart("cost", "speed")
        self.cost.setCursor(Qt.CursorShape.PointingHandCursor)
        for part in (self.check, self.weights, self.device, self.cost):
            self.addPermanentWidget(part)
        self._clear = QTimer(self)
        self._clear.setSingleShot(True)
        self._clear.timeout.connect(lambda: self._sentence.setText(""))

    @property
    def sentence(self) -> str:
        return self._sentence.text()

    def say(self, sentence: str, seconds: float = SECONDS) -> None:
        """A sentence that goes away after a while."""
        self._sentence.setText(sentence)
        self._clear.start(round(1000 * seconds))

    def close_down(self) -> None:
        self._clear.stop()

    def show_check(self, problems: Sequence[Problem]) -> None:
        words = summary(problems)
        if not words:
            self.check.say(tr("No problems"), tr("The network fits together."), "ok", "good")
            return
        worst = next(s for s in Severity if any(p.severity is s for p in problems))
        name = severity_icon_name(worst)
        self.check.say(words, problems[0].message, name, name)

    def show_weights(self, number: int | None) -> None:
        if number is None:
            self.weights.say("")
        else:
            self.weights.say(tr("{n} weights", n=f"{number:,}"), tr("Numbers that the network learns."))

    def show_device(self, text: str, tip: str = "", wrong: bool = False) -> None:
        self.device.say(text, tip, "warning" if wrong else "device", "warning" if wrong else "muted")

    def follow(self, training: Running) -> list[Callable[[], None]]:
        """Shows what watching a run costs, while it goes on and after it; what it returns ends that."""

        def heard(message: Message) -> None:
            if isinstance(message, Clock):
                self.show_cost(message.monitoring, training.budget)

        def changed() -> None:
            outcome, clock = training.outcome, training.history.clock
            share = outcome.result.get("monitoring") if isinstance(outcome, Done) else None
            if training.busy and clock is not None:
                share = clock.monitoring
            self.show_cost(share if isinstance(share, float) else None, training.budget)

        changed()
        return [training.said.connect(heard), training.changed.connect(changed)]

    def show_cost(self, share: float | None, budget: float) -> None:
        """The share of the time of training that was measured, and the one that is allowed, 0 to 1; None for the first
        where nothing was measured."""
        if share is None:
            self.cost.say("")
            return
        text = tr("monitors {share} % of {budget} %", share=f"{100 * share:.1f}", budget=f"{100 * budget:g}")
        if text != self.cost.text:
            self.cost.say(
                text,
                tr("The share of training time that measuring for the monitors takes, and may take.")
                + " "
                + tr("Click to change how much that is."),
            )
