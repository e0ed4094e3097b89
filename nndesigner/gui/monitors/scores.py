"""How well probabilities tell classes apart: ROC curves, precision against recall, and whether they can be believed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.chart import Chart, Stroke
from nndesigner.gui.monitors.legend import Entry, Legend
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.plain import Elided
from nndesigner.measurements.measurement import measurements, no_network
from nndesigner.measurements.score_curves import precision_recall, roc
from nndesigner.protocol.messages import Frame

COLORED = 6
"""classes that have a colour of their own: those that are told apart worst"""
KINDS = ("roc", "precision", "calibration")


class Scores(Monitor):
    """The curves of the newest evaluation."""

    def __init__(self) -> None:
        super().__init__(SCORES)
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 6)
        box.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        self.kind = QComboBox()
        self.kind.addItems([tr("ROC"), tr("Precision – recall"), tr("Calibration")])
        self.kind.setAccessibleName(tr("Which curve"))
        self.kind.currentIndexChanged.connect(lambda _: self.refresh())
        row.addWidget(self.kind)
        box.addLayout(row)
        self.legend = Legend()
        self.legend.toggled.connect(self._toggled)
        box.addWidget(self.legend)
        self.chart = Chart(square=True)
        box.addWidget(self.chart, 1)
        self.set_content(content)
        self._hidden: set[str] = set()
        self._rows: list[tuple[object, ...]] = []

    def _toggled(self, key: str) -> None:
        self._hidden ^= {key}
        self.refresh()

    def draw(self) -> None:
        frame = self.frame("score_curves")
        if not isinstance(frame, Frame):
            self.show_empty(
                tr("ROC, precision and calibration"),
                tr("How well classes are told apart: drawn after the first epoch with validation data."),
            )
            return
        self.show_content()
        kind = KINDS[self.kind.currentIndex()]
        if kind == "calibration":
            self._draw_calibration(frame)
        else:
            self._draw_curves(frame, kind)

    def _draw_curves(self, frame: Frame, kind: str) -> None:
        of_class, others = frame.arrays["with"], frame.arrays["without"]
        if of_class.ndim != 2 or of_class.shape != others.shape:
            raise ValueError("counts are (classes, bins)")
        names = [str(name) for name in frame.meta.get("classes", ())]
        quality = [float(v) for v in frame.meta["auc" if kind == "roc" else "precision"]]
        shown = [c for c in range(len(of_class)) if of_class[c].any() and c < len(quality)]
        if len(of_class) == 2:
            shown = [c for c in shown if c == 1] or shown  # the curves of two classes mirror each other
        ranked = sorted(shown, key=lambda c: quality[c] if math.isfinite(quality[c]) else 2.0)
        strokes, entries = [], []
        self._rows = []
        for c in shown:
            x, y = roc(of_class[c], others[c]) if kind == "roc" else precision_recall(of_class[c], others[c])
            name = names[c] if c < len(names) else str(c)
            self._rows += [(name, float(a), float(b)) for a, b in zip(x, y, strict=True)]
            place = ranked.index(c)
            if str(c) not in self._hidden:
                color = self.theme.plot(place) if place < COLORED else self.theme.muted
                strokes.append(Stroke(x, y, color, faint=place >= COLORED))
        for c in ranked[:COLORED]:
            name = names[c] if c < len(names) else str(c)
            color = self.theme.plot(ranked.index(c))
            entries.append(Entry(str(c), name, color, f"{quality[c]:.3f}", str(c) in self._hidden))
        self.legend.show_entries(entries)
        known = [quality[c] for c in shown if math.isfinite(quality[c])]
        mean = float(np.mean(known)) if known else math.nan
        if kind == "roc":
            labels, guide = (tr("false positive rate"), tr("true positive rate")), ((0.0, 0.0), (1.0, 1.0))
            words = tr("AUC {value}", value=f"{mean:.3f}")
        else:
            labels, guide = (tr("recall"), tr("precision")), None
            words = tr("AP {value}", value=f"{mean:.3f}")
        more = "" if len(shown) == 1 else tr(" · mean of {n} classes", n=len(shown))
        self.words.setText(words + more)
        self.chart.show_chart(strokes, None, (0, 1, 0, 1.005), labels, guide)

    def _draw_calibration(self, frame: Frame) -> None:
        answers, right, claimed = (frame.arrays[key] for key in ("certain", "right", "claimed"))
        some = answers > 0
        x, y = claimed[some] / answers[some], right[some] / answers[some]
        number = int(answers.sum())
        self._rows = [(float(a), float(b), int(n)) for a, b, n in zip(x, y, answers[some], strict=True)]
        bars = [
            Stroke(np.array([a, a]), np.array([a, b]), self.theme.plot(1), faint=True)
            for a, b in zip(x.tolist(), y.tolist(), strict=True)
        ]
        line = Stroke(x.astype(float), y.astype(float), self.theme.plot(0))
        self.legend.show_entries(())
        error = float(frame.meta["calibration_error"])
        over = float((claimed.sum() - right.sum()) / max(number, 1))
        verdict = (
            tr("too sure of itself")
            if over > 0.02
            else tr("too modest")
            if over < -0.02
            else tr("well calibrated")
        )
        self.words.setText(tr("off by {error} %", error=f"{100 * error:.1f}") + " · " + verdict)
        labels = (tr("probability claimed"), tr("share that is right"))
        self.chart.show_chart([*bars, line], None, (0, 1, 0, 1.005), labels, ((0.0, 0.0), (1.0, 1.0)))

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        headers = {
            "roc": ("class", "false positive rate", "true positive rate"),
            "precision": ("class", "recall", "precision"),
            "calibration": ("claimed", "right", "answers"),
        }
        return headers[KINDS[self.kind.currentIndex()]], self._rows


def _applies(checked: CheckedNetwork) -> bool:
    return measurements()["score_curves"].applies_to(checked)


SCORES = View(
    name="scores",
    label="Scores",
    icon="chart",
    help="How well each class is told from the rest (ROC, precision and recall), and whether the probabilities can be"
    " believed (calibration).",
    place="network",
    measurements=("score_curves",),
    applies=_applies,
    make=Scores,
    order=27,
    opens=no_network,
)
