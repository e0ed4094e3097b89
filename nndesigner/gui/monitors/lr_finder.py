"""LR finder: the loss while the learning rate grows, and the rates that suggest themselves, one click away."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QComboBox

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.chart import Stroke
from nndesigner.gui.monitors.explorer import Explorer, choice_button
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.pictures import short
from nndesigner.gui.monitors.power_chart import Mark, PowerChart
from nndesigner.gui.plain import allow, set_tip
from nndesigner.measurements.measurement import no_network
from nndesigner.protocol.messages import Frame
from nndesigner.session.session import Session

FRESH, KEPT = 0, 1


class LRFinder(Explorer):
    """It is always about the network and the plan as they are now; a run may lend its weights."""

    def __init__(self) -> None:
        self.chart = PowerChart((True, False))
        super().__init__(LR_FINDER, "lr_finder", self.chart)
        self.weights = QComboBox()
        self.weights.addItems([tr("Fresh"), tr("Of the run")])
        self.weights.setAccessibleName(tr("Which weights it begins with"))
        set_tip(self.weights, tr("Begin as training would, or with the newest weights of the shown run"))
        self.line.insertWidget(1, self.weights)
        self.suggested: dict[str, float] = {}
        """"steepest" and "tenth" as they would be set; empty where the result suggests nothing"""
        self.buttons = {
            "steepest": choice_button(
                tr("The learning rate at which the loss falls fastest"), lambda: self.use("steepest")
            ),
            "tenth": choice_button(
                tr("A tenth of the learning rate at which the loss was smallest: more careful"),
                lambda: self.use("tenth"),
            ),
        }
        for button in self.buttons.values():
            self.choices.addWidget(button)

    @property
    def place(self) -> None:
        return None

    def begin(self, session: Session) -> None:
        lent = self.run.path if self.run is not None and self.weights.currentIndex() == KEPT else None
        session.exploring.start(self.exploration, None, self.options_given, weights=lent)

    def use(self, name: str) -> None:
        """Sets a suggestion as the plan's learning rate."""
        if name in self.suggested:
            self.set_plan("learning_rate", self.suggested[name], tr("Set {what}", what=tr("Learning rate")))

    def about(self) -> str:
        plan = self.plan()
        return tr("Learning rate now: {rate}", rate=short(float(plan["learning_rate"]))) if plan else ""

    def _show_state(self) -> None:
        super()._show_state()
        lends = self.run is not None and self.run.path is not None and not self.run.preview
        self.weights.setVisible(lends and not self.busy)
        if not lends:
            self.weights.setCurrentIndex(FRESH)

    def show_found(self, frame: Frame) -> None:
        rate, loss, smooth = (np.asarray(frame.arrays[key], np.float64) for key in ("rate", "loss", "smooth"))
        if not len(rate) == len(loss) == len(smooth):
            raise ValueError("a loss for each learning rate")
        powers = np.log10(rate)
        first = float(frame.meta["first"])
        known = np.append(smooth[np.isfinite(smooth)], first)
        low, high = float(known.min()), float(known.max())
        room = 0.12 * ((high - low) or max(abs(high), 1.0))
        options = frame.meta.get("options", {})
        ends = (
            float(options.get("lowest", rate[0] if len(rate) else 1e-6)),
            float(options.get("highest", 10.0)),
        )
        strokes = [
            Stroke(powers, np.clip(loss, low - room, high + room), self.theme.plot(0), faint=True),
            Stroke(powers, smooth, self.theme.plot(0)),
        ]
        extent = (math.log10(ends[0]), math.log10(ends[1]), low - room, high + room)
        self.chart.show_chart(strokes, None, extent, (tr("learning rate"), tr("loss")))
        found = {key: float(frame.meta[key]) for key in ("steepest", "tenth")}
        self.suggested = {key: rounded(value) for key, value in found.items() if math.isfinite(value)}
        plan = self.plan()
        marks = [
            Mark(math.log10(self.suggested[key]), words, self.theme.plot(2 + i))
            for i, (key, words) in enumerate((("steepest", tr("steepest")), ("tenth", tr("minimum / 10"))))
            if key in self.suggested
        ]
        if plan:
            marks.append(Mark(math.log10(plan["learning_rate"]), tr("now"), self.theme.muted))
        self.chart.show_marks(marks)
        self._offer(plan)
        self.tell(*self._words(frame))

    def _offer(self, plan: dict[str, object]) -> None:
        for name, button in self.buttons.items():
            value = self.suggested.get(name)
            button.setVisible(value is not None and not self.busy)
            if value is None:
                continue
            what = tr("steepest") if name == "steepest" else tr("minimum / 10")
            button.setText(tr("Use {rate} ({what})", rate=short(value), what=what))
            same = plan.get("learning_rate") == value
            allow(
                button,
                tr("The plan has this learning rate.") if same else "",
                button.toolTip() if same else "",
            )

    def _words(self, frame: Frame) -> tuple[str, str]:
        if self.busy:
            return "", tr(
                "The learning rate grows with every step, on a copy: your weights stay as they are."
            )
        if not self.suggested:
            return tr("The loss does not fall at any of these learning rates."), tr(
                "It stays within its own noise: look at the data and the loss, try more steps, or a larger batch size."
            )
        verdict = tr(
            "The loss falls fastest near {steepest}, and is smallest at {minimum}.",
            steepest=short(self.suggested["steepest"]),
            minimum=short(float(frame.meta["minimum"])),
        )
        if frame.meta.get("diverged"):
            more = tr(
                "To the right it blows up: stay well below. Where the curve falls most steeply training is fastest; a"
                " tenth of the minimum is the safer choice."
            )
        else:
            more = tr(
                "It never blew up: let it run to a larger learning rate in the settings to see where that happens."
            )
        return verdict, more

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        frame = self.found()
        if frame is None:
            return (), ()
        columns = [frame.arrays[key].tolist() for key in ("rate", "loss", "smooth")]
        return ("learning rate", "loss", "smoothed loss"), list(zip(*columns, strict=True))


def rounded(value: float) -> float:
    """Two significant digits: more would say more than is known."""
    return float(f"{value:.1e}")


def learns(checked: CheckedNetwork) -> bool:
    """Whether a network has anything to learn, and something to learn from."""
    return any(node.weights for node in checked.compiled) and any(
        head.loss is not None and head.target is not None for head in checked.heads
    )


LR_FINDER = View(
    name="lr_finder",
    label="LR finder",
    icon="speed",
    help="Which learning rate suits this network: a copy takes a few steps while the rate grows, until the loss blows"
    " up. Start it to see the curve and a suggestion.",
    place="network",
    measurements=(),
    applies=learns,
    make=LRFinder,
    order=60,
    opens=no_network,
    before_training=True,
)
