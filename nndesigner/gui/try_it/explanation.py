"""Why: which parts of the sample an answer rests on, by a method that is chosen, as colours over the sample.

It shows and says what is wanted; whoever holds it asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QVBoxLayout, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.text import tr
from nndesigner.check.asking import layers_with_maps
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.answer_bars import visible
from nndesigner.gui.plain import empty, label
from nndesigner.gui.sample_widget import image_from
from nndesigner.gui.try_it.heat import HeatPicture, HeatStrip, HeatWave, ShadedText, SignedBars, along_time
from nndesigner.protocol.messages import Progress

MOST_CLASSES = 200

METHODS = {
    "": ("Nothing", ""),
    "saliency": (
        "Gradient",
        "How strongly the score reacts to a small change at each place; without a sign.",
    ),
    "integrated_gradients": (
        "Integrated gradients",
        "Each place's share of the score, on the way from an empty input to this one. All shares together are the"
        " difference of the two scores.",
    ),
    "occlusion": (
        "Occlusion",
        "How much the score falls while a place is covered.",
    ),
    "grad_cam": (
        "Grad-CAM",
        "Where the maps of a layer speak for the answer. It is as coarse as those maps are.",
    ),
}


class Wish(NamedTuple):
    method: str
    output: str
    wanted: int
    node: str
    input: str = ""
    """data field of the input that is explained, "" for all of them"""


class Explanation(QWidget):
    """`changed` is told when something else is wanted."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(label(tr("Explanation"), "subtitle"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.method = self._combo(tr("Method"))
        self.wanted = self._combo(tr("Of the answer"))
        self.input = self._combo(tr("In the input"))
        self.layer = self._combo(tr("Layer"))
        self._labels = {}
        for row, combo in enumerate((self.method, self.wanted, self.input, self.layer)):
            self._labels[combo] = label(combo.accessibleName(), role="muted")
            grid.addWidget(self._labels[combo], row, 0)
            grid.addWidget(combo, row, 1)
            combo.activated.connect(lambda _: self._chosen())
        box.addLayout(grid)
        self.said = label(role="muted", wrap=True)
        box.addWidget(self.said)
        self.busy = label(role="muted", wrap=True)
        self.busy.setVisible(False)
        box.addWidget(self.busy)
        self._shown = QVBoxLayout()
        self._shown.setSpacing(6)
        box.addLayout(self._shown)
        self.method.addItem(tr(METHODS[""][0]), "")
        self._show_rows()

    @staticmethod
    def _combo(words: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(words)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.setMinimumContentsLength(8)
        return made

    # -- what is wanted ----------------------------------------------------------------------------------------------
    def show_network(self, checked: CheckedNetwork | None) -> None:
        """What applies to this network."""
        before = self.method.currentData()
        fields = [node.field for node in checked.inputs if node.field] if checked is not None else []
        maps = layers_with_maps(checked) if checked is not None else []
        pictures = any(field.kind == "image" for field in fields)
        combos = (self.method, self.wanted, self.input, self.layer)
        with ExitStack() as quiet:
            for combo in combos:
                quiet.enter_context(QSignalBlocker(combo))
            self.method.clear()
            for key, (name, _) in METHODS.items():
                if key == "grad_cam" and not (maps and pictures):
                    continue
                if key and not fields:
                    continue
                self.method.addItem(tr(name), key)
            self.method.setCurrentIndex(max(self.method.findData(before), 0))
            self.wanted.clear()
            for head in checked.heads if checked is not None else ():
                self._add_answers(head, several=len(checked.heads) > 1 if checked is not None else False)
            self._add_inputs(fields, self.input.currentData())
            self.layer.clear()
            for inner in maps:
                self.layer.addItem(inner.name, inner.key)
            # The last convolution: its maps are the finest that still know what the network has learned.
            kinds = [inner.node.record.type for inner in maps]
            last = max((i for i, kind in enumerate(kinds) if "Conv" in kind), default=len(kinds) - 1)
            self.layer.setCurrentIndex(last)
        self.clear()
        self._show_rows()

    def _add_inputs(self, fields: Sequence[DataField], before: object) -> None:
        """Where there are several: one of them, while the others stay as they are, or all together."""
        self.input.clear()
        names = list(dict.fromkeys(field.name for field in fields))
        if len(names) > 1:
            self.input.addItem(tr("all inputs"), "")
            for name in names:
                self.input.addItem(name, name)
            self.input.setCurrentIndex(max(self.input.findData(before), 0))

    def _add_answers(self, head, *, several: bool) -> None:
        name, target = head.node.name, head.told
        lead = f"{name}: " if several else ""
        if target is not None and target.kind in ("class", "tokens"):
            self.wanted.addItem(lead + tr("what is answered"), (name, -1))
            for i, word in enumerate((target.classes or target.tokens)[:MOST_CLASSES]):
                self.wanted.addItem(lead + visible(word), (name, i))
            return
        width = head.width or 1
        columns = target.columns if target is not None else ()
        if width == 1:
            self.wanted.addItem(lead + (target.name if target is not None else tr("the number")), (name, 0))
            return
        self.wanted.addItem(lead + tr("the mean of all numbers"), (name, -1))
        if head.arriving.rank == 2:
            for i in range(min(width, MOST_CLASSES)):
                word = columns[i] if i < len(columns) else tr("number {n}", n=i + 1)
                self.wanted.addItem(lead + word, (name, i))

    @property
    def wish(self) -> Wish | None:
        """What is to be explained, None for nothing."""
        method = self.method.currentData()
        if not method or self.wanted.currentData() is None:
            return None
        output, wanted = self.wanted.currentData()
        node = self.layer.currentData() if method == "grad_cam" else ""
        return Wish(method, output, wanted, node or "", self.input.currentData() or "")

    def _chosen(self) -> None:
        self._show_rows()
        if self.wish is None:
            self.clear()
        self.changed.emit()

    def _show_rows(self) -> None:
        method = self.method.currentData()
        for combo, seen in (
            (self.wanted, bool(method) and self.wanted.count() > 1),
            (self.input, bool(method) and self.input.count() > 1),
            (self.layer, method == "grad_cam"),
        ):
            combo.setVisible(seen)
            self._labels[combo].setVisible(seen)
        self.said.setText(tr(METHODS[method or ""][1]))
        self.said.setVisible(bool(method))

    # -- showing -----------------------------------------------------------------------------------------------------
    def clear(self) -> None:
        self.busy.setVisible(False)
        empty(self._shown)

    def show_progress(self, progress: Progress) -> None:
        """How far it is, where it takes a while."""
        if self.wish is not None and 0.0 < progress.fraction < 1.0:
            self.busy.setText(f"{progress.sentence} … {100 * progress.fraction:.0f} %")
            self.busy.setVisible(True)

    def say(self, sentence: str) -> None:
        """Instead of an explanation."""
        self.clear()
        self._shown.addWidget(label(sentence, role="muted", wrap=True))

    def show_result(
        self,
        result: Mapping[str, Any],
        inputs: Mapping[str, np.ndarray],
        fields: Mapping[str, DataField],
        length: int | None = None,
        waves: Mapping[str, np.ndarray] = {},
    ) -> None:
        """What the job "explain" gave for raw `inputs` (field → one sample); `length` tokens of a text were typed,
        `waves` are what sounds look like.
        Raises KeyError, TypeError or ValueError for what is no such result."""
        made: list[QWidget] = []
        shown = result["numbers"]
        for name, numbers in shown.items():
            field, numbers = fields[name], np.asarray(numbers, np.float64)
            if len(shown) > 1:
                made.append(label(name, role="muted"))
            wave = waves.get(name)
            if wave is not None and numbers.ndim == 2:
                made.append(HeatWave(wave, along_time(numbers, field)))
                if field.columns == ("amplitude",):
                    continue
            if field.kind == "image" and numbers.ndim == 2:
                made.append(HeatPicture(image_from(field, np.asarray(inputs[name])), numbers))
            elif field.kind == "tokens":
                codes = np.asarray(inputs[name]).reshape(-1)[:length]
                made.append(ShadedText([field.tokens[int(code)] for code in codes], numbers[: len(codes)]))
            elif field.kind == "series" and numbers.ndim == 2:
                made.append(HeatStrip(numbers))
            else:
                columns = field.columns or tuple(str(i + 1) for i in range(numbers.size))
                made.append(SignedBars(columns, numbers.reshape(-1).tolist()))
        self.clear()
        for widget in made:
            self._shown.addWidget(widget)
        self._shown.addWidget(label(self._sentence(result), role="muted", wrap=True))

    @staticmethod
    def _sentence(result: Mapping[str, Any]) -> str:
        """The number that is explained, before it becomes a probability."""
        score, baseline = float(result["score"]), result.get("baseline")
        colors = tr("Orange speaks for it, blue against it.")
        if baseline is None:
            return tr("Score {score:.3g}. The more orange, the more it counts.", score=score)
        return (
            tr("Score {score:.3g}, of an empty input {empty:.3g}.", score=score, empty=baseline)
            + " "
            + colors
        )
