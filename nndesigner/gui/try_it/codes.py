"""From a code: sliders for its numbers, and at once what a decoder or a generator makes of them; the way from one code
to another; samples saved as a data set.

Codes are numbers that are handled here; what is made of them, a worker says.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QPushButton, QSlider, QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.latent import Latent
from nndesigner.gui.plain import allow, empty, label, set_tip
from nndesigner.gui.sample_widget import SamplePicture, image_from, sample_widget
from nndesigner.protocol.messages import Done, Failed

if TYPE_CHECKING:
    from nndesigner.session.session import Session

MOST_SLIDERS = 16
FINE = 300
"""steps of a slider to each side of its middle"""
REACH = 3.0
"""standard deviations to each side that a slider goes"""
SOON = 25
"""milliseconds after a slider moved, before it is asked for"""
Floats = npt.NDArray[np.float32]


class Codes(QWidget):
    """`encode_wanted` is told when the code of the sample above is wanted: whoever holds the sample asks (`encode`)."""

    encode_wanted = Signal()

    def __init__(self, latent: Latent, session: Session, run: Path) -> None:
        super().__init__()
        self.latent = latent
        self._session, self._run = session, run
        self._open = True
        self._random = np.random.default_rng()
        self.code: Floats = np.zeros(latent.numbers, np.float32)
        self._middle: Floats = np.zeros(latent.numbers, np.float32)
        self._reach: Floats = np.full(latent.numbers, 1.0 if latent.prior == "uniform" else REACH, np.float32)
        self._from_data: Floats | None = None
        """codes of some samples, where the prior is not known"""
        self.ends: dict[str, Floats] = {}
        """the codes that were kept, "a" and "b" """
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SOON)
        self._timer.timeout.connect(self._ask)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(label(tr("From a code"), "subtitle"))
        self._shown = QVBoxLayout()
        self.picture: SamplePicture | None = None
        box.addLayout(self._shown)
        if latent.classes:
            row = QHBoxLayout()
            row.addWidget(label(tr("Class"), role="muted"))
            self.wanted = QComboBox()
            self.wanted.addItems(latent.classes)
            self.wanted.setAccessibleName(tr("Class that is made"))
            self.wanted.currentIndexChanged.connect(lambda _: self._timer.start())
            row.addWidget(self.wanted, 1)
            box.addLayout(row)
        box.addLayout(self._sliders())
        box.addLayout(self._buttons())
        box.addLayout(self._way())
        box.addWidget(self.save_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.problem = label(role="warning", wrap=True)
        self.problem.setVisible(False)
        box.addWidget(self.problem)
        self._show_state()

    # -- building ----------------------------------------------------------------------------------------------------
    def _sliders(self) -> QGridLayout:
        """Two columns of them, down first."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        self.sliders: list[QSlider] = []
        number = min(self.latent.numbers, MOST_SLIDERS)
        rows = number if number <= 4 else -(-number // 2)
        for i in range(number):
            slider = QSlider(Qt.Orientation.Horizontal)
            slider.setRange(-FINE, FINE)
            slider.setPageStep(FINE // 6)
            slider.setMinimumWidth(50)
            slider.valueChanged.connect(partial(self._moved, i))
            column = 2 * (i // rows)
            grid.addWidget(label(str(i + 1), role="muted"), i % rows, column)
            grid.addWidget(slider, i % rows, column + 1)
            grid.setColumnStretch(column + 1, 1)
            self.sliders.append(slider)
        if self.latent.numbers > number:
            words = tr(
                "The first {n} of {all} numbers; “Draw again” draws all.", n=number, all=self.latent.numbers
            )
            grid.addWidget(label(words, role="muted", wrap=True), rows, 0, 1, 4)
        return grid

    def _button(self, words: str, help: str, act: Any) -> QPushButton:
        made = QPushButton(words)
        made.setAutoDefault(False)
        set_tip(made, help)
        made.clicked.connect(lambda: act())
        return made

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        drawn = {
            "normal": tr("Another code, drawn from a normal distribution"),
            "uniform": tr("Another code, drawn evenly from −1 to 1"),
            "": tr("The code of a training sample, drawn at random"),
        }[self.latent.prior]
        self.draw_button = self._button(tr("Draw again"), drawn, self.draw_again)
        row.addWidget(self.draw_button)
        self.sample_button = self._button(
            tr("From the sample"),
            tr("The code that the encoder gives for the sample above"),
            self.encode_wanted.emit,
        )
        self.sample_button.setVisible(self.latent.encodes)
        row.addWidget(self.sample_button)
        self.save_button = self._button(
            tr("Save samples…"),
            tr("Samples from drawn codes, as pictures or arrays to learn from"),
            self.save,
        )
        self.save_button.setVisible(bool(self.latent.prior))
        row.addStretch(1)
        return row

    def _way(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        help = tr("Keeps this code as an end of the way from A to B")
        self.keep = {end: self._button(end.upper(), help, partial(self._keep, end)) for end in ("a", "b")}
        for button in self.keep.values():
            button.setCheckable(True)
            button.setMaximumWidth(36)
        self.way = QSlider(Qt.Orientation.Horizontal)
        self.way.setRange(0, 100)
        self.way.setAccessibleName(tr("From code A to code B"))
        self.way.valueChanged.connect(self._walk)
        row.addWidget(self.keep["a"])
        row.addWidget(self.way, 1)
        row.addWidget(self.keep["b"])
        return row

    # -- the code ----------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Begins: with a drawn code, where it is known from what to draw."""
        if self.latent.prior:
            self.draw_again()
            return
        try:
            self._session.trying.encode(self._run, self._learned, split="train")
        except Refusal as refusal:
            self._say(str(refusal))

    def _learned(self, outcome: Done | Failed) -> None:
        """The codes of some samples: how far the sliders go."""
        if not self._open:
            return
        if isinstance(outcome, Failed):
            self._say("" if outcome.code == "cancelled" else outcome.sentence)
            return
        codes = np.asarray(outcome.result["codes"], np.float32)
        if codes.ndim != 2 or codes.shape[1] != self.latent.numbers or not len(codes):
            self._say(tr("The codes cannot be read: this run was made by another version."))
            return
        self._from_data = codes
        self._middle = codes.mean(axis=0)
        self._reach = np.maximum(REACH * codes.std(axis=0), 1e-3).astype(np.float32)
        self._show_state()
        self.draw_again()

    def draw_again(self) -> None:
        """Another code, out of the prior or that of a sample."""
        if self._from_data is not None:
            self.show_code(self._from_data[self._random.integers(len(self._from_data))])
        elif self.latent.prior == "uniform":
            self.show_code(self._random.uniform(-1.0, 1.0, self.latent.numbers))
        elif self.latent.prior:
            self.show_code(self._random.standard_normal(self.latent.numbers))

    def show_code(self, code: npt.ArrayLike) -> None:
        """A code, and soon what is made of it."""
        self.code = np.array(code, np.float32).reshape(self.latent.numbers)
        for i, slider in enumerate(self.sliders):
            with QSignalBlocker(slider):
                share = (self.code[i] - self._middle[i]) / self._reach[i]
                slider.setValue(int(np.clip(round(float(share) * FINE), -FINE, FINE)))
            self._name(i)
        self._timer.start()

    def _moved(self, i: int, value: int) -> None:
        self.code[i] = self._middle[i] + self._reach[i] * value / FINE
        self._name(i)
        if not self._timer.isActive():
            self._timer.start()

    def _name(self, i: int) -> None:
        words = tr("Number {n} of the code: {value}", n=i + 1, value=f"{self.code[i]:.2f}")
        self.sliders[i].setAccessibleName(words)
        set_tip(self.sliders[i], words)

    def encode(self, inputs: Mapping[str, npt.NDArray[Any]]) -> None:
        """The code of a raw sample by data field."""
        try:
            given = {name: np.asarray(value)[None] for name, value in inputs.items()}
            self._session.trying.encode(self._run, self._encoded, inputs=given)
        except Refusal as refusal:
            self._say(str(refusal))

    def _encoded(self, outcome: Done | Failed) -> None:
        if not self._open:
            return
        if isinstance(outcome, Failed):
            self._say("" if outcome.code == "cancelled" else outcome.sentence)
            return
        codes = np.asarray(outcome.result["codes"], np.float32)
        if codes.shape == (1, self.latent.numbers):
            self.show_code(codes[0])

    # -- from one to another -----------------------------------------------------------------------------------------
    def _keep(self, end: str) -> None:
        self.ends[end] = self.code.copy()
        with QSignalBlocker(self.way):
            self.way.setValue(0 if end == "a" else 100)
        self._show_state()

    def _walk(self, value: int) -> None:
        """Straight from one code to the other."""
        if len(self.ends) == 2:
            share = value / 100
            self.show_code((1 - share) * self.ends["a"] + share * self.ends["b"])

    def ask_again(self) -> None:
        """The same code, of the newest checkpoint; where nothing is known yet, from the start."""
        if self.latent.prior or self._from_data is not None:
            self._timer.start()
        else:
            self.start()

    # -- what is made of it ------------------------------------------------------------------------------------------
    def _ask(self) -> None:
        if not self._open:
            return
        classes = (self.wanted.currentIndex(),) if self.latent.classes else ()
        try:
            self._session.trying.decode(
                self._run, self._decoded, codes=self.code[None].copy(), classes=classes
            )
        except Refusal as refusal:
            self._say(str(refusal))

    def _decoded(self, outcome: Done | Failed) -> None:
        if not self._open:
            return
        if isinstance(outcome, Failed):
            self._say("" if outcome.code == "cancelled" else outcome.sentence)
            return
        try:
            self.show_values(np.asarray(outcome.result["values"], np.float32)[0])
        except (KeyError, IndexError, TypeError, ValueError):
            self._say(tr("The answer cannot be read: this run was made by another version."))
            return
        self._say("")

    def show_values(self, values: Floats) -> None:
        """One made sample, in the units of the data."""
        field = self.latent.field
        if values.ndim == 3:
            known = field if field is not None and field.kind == "image" else None
            image = image_from(known or _FIELD, values)
            self._show_image(image)
        elif field is not None and field.kind in ("series", "table"):
            self._show_widget(sample_widget(field, values))
        else:
            self._show_widget(sample_widget(_FIELD_OF_NUMBERS, values.reshape(-1)))

    def _show_image(self, image: QImage) -> None:
        if self.picture is None:
            self.picture = SamplePicture(image)
            self._show_widget(self.picture)
        else:
            self.picture.show_image(image)

    def _show_widget(self, widget: QWidget) -> None:
        empty(self._shown)
        self._shown.addWidget(widget)

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _show_state(self) -> None:
        """What can be done now."""
        known = bool(self.latent.prior) or self._from_data is not None
        reason = "" if known else tr("The codes of the data are being read.")
        for slider in self.sliders:
            slider.setEnabled(known)
        for button in (self.draw_button, *self.keep.values()):
            allow(button, reason, button.toolTip())
        for end, button in self.keep.items():
            button.setChecked(end in self.ends)
        both = len(self.ends) == 2
        self.way.setEnabled(both)
        set_tip(
            self.way,
            tr("From code A to code B")
            if both
            else tr("Keep one code as A and another as B, then go from A to B."),
        )

    # -- a data set --------------------------------------------------------------------------------------------------
    def save(self) -> None:
        """The dialog that has samples saved."""
        from nndesigner.gui.try_it.samples_dialog import SamplesDialog

        SamplesDialog(self.window(), self._session, self._run, self.latent).open()

    def close_down(self) -> None:
        """Nothing more is heard."""
        self._open = False
        self._timer.stop()
        self._session.trying.decodings.drop()
        self._session.trying.encodings.drop()


_FIELD = DataField(name="made", role="target", kind="image", element="float")
_FIELD_OF_NUMBERS = DataField(name="made", role="target", kind="number", element="float")
