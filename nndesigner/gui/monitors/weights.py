"""How the weights of the selected node are spread: one histogram for each of its weight tensors."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.gui.monitors.monitor import Monitor, View
from nndesigner.gui.monitors.pictures import HistogramPicture, histogram_of, listed, moments_words
from nndesigner.protocol.messages import Frame

MOST = 12
"""tensors of one node that are shown"""


class Weights(Monitor):
    """The selected node's weights."""

    def __init__(self) -> None:
        super().__init__(WEIGHTS)
        content = QWidget()
        self._box = QVBoxLayout(content)
        self._box.setContentsMargins(10, 6, 10, 8)
        self._box.setSpacing(6)
        self.histograms: list[HistogramPicture] = []
        self.set_content(self.scrolled(content))

    def draw(self) -> None:
        run = self.run
        node = run.node(self.node) if run is not None and self.node else None
        if not self.node:
            self.show_empty(
                tr("No layer selected"),
                tr("Click a layer with weights on the canvas to see how they are spread."),
            )
            return
        if run is None or node is None:
            self.show_empty(
                tr("Weights"),
                tr("Press Train: the weights of this layer are shown here while they change.")
                if run is None
                else self.note or tr("No output depends on this layer, so it is not trained."),
            )
            return
        frame = self.frame("weight_histogram", self.node)
        if not isinstance(frame, Frame):
            if not node.weights:
                words = tr("This layer has no weights: there is nothing in it to learn.")
            elif run.live:
                words = tr("The first picture arrives in a moment.")
            else:
                words = tr(
                    "Nobody looked at this layer while the run was going on. Select it and train again to see it."
                )
            self.show_empty(node.name, words)
            return
        self.show_content()
        before = self.compared_frame("weight_histogram", self.node)
        tensors = frame.meta.get("weights", {})
        names = [name for name in tensors if f"{name}.counts" in frame.arrays][:MOST]
        self._make(len(names))
        for number, (picture, name) in enumerate(zip(self.histograms, names, strict=True)):
            meta = tensors[name]
            mean = meta.get("mean")
            picture.show_histogram(
                f"{node.name}.{name}   {listed(meta.get('shape', ()))}",
                moments_words(meta, before),
                frame.arrays[f"{name}.counts"],
                frame.arrays[f"{name}.edges"],
                float(mean) if isinstance(mean, int | float) else None,
                self.theme.plot(number),
                histogram_of(before, name),
            )

    def _make(self, number: int) -> None:
        while len(self.histograms) > number:
            picture = self.histograms.pop()
            self._box.removeWidget(picture)
            picture.hide()
            picture.deleteLater()
        while len(self.histograms) < number:
            picture = HistogramPicture()
            self._box.addWidget(picture, 1)
            self.histograms.append(picture)

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        rows: list[tuple[object, ...]] = []
        for picture in self.histograms:
            name = picture.title.partition("   ")[0]
            rows += [
                (name, float(a), float(b), int(n))
                for a, b, n in zip(picture.edges[:-1], picture.edges[1:], picture.counts, strict=True)
            ]
        return ("weights", "from", "to", "values"), rows


def _applies(checked: CheckedNetwork) -> bool:
    return True


WEIGHTS = View(
    name="weights",
    label="Weights",
    icon="weights",
    help="How the weights of the selected layer are spread, one histogram for each of its tensors.",
    place="node",
    measurements=("weight_histogram",),
    applies=_applies,
    make=Weights,
    before_training=True,
    order=20,
)
