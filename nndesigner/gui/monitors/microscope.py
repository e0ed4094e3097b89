"""One unit of the selected layer under the microscope: its equation with the numbers of a sample, its weights and their
gradient, where it answers, and the samples that excite it most and least."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSpinBox, QToolButton, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.gui.monitors.equation import (
    function_lines,
    gate_lines,
    head_lines,
    place_name,
    subscript,
    sum_lines,
    written,
)
from nndesigner.gui.monitors.errors import Sample, looks
from nndesigner.gui.monitors.monitor import View
from nndesigner.gui.monitors.node_view import NodeView
from nndesigner.gui.monitors.pictures import Picture
from nndesigner.gui.monitors.samples import SampleRow
from nndesigner.gui.monitors.unit_pictures import (
    Excited,
    Floats,
    PlaceMap,
    SamplePicture,
    SignedTiles,
    UnitStrip,
)
from nndesigner.gui.plain import Elided, label, set_tip
from nndesigner.gui.theme import Theme
from nndesigner.measurements.health import DEAD_BELOW
from nndesigner.measurements.incoming import of_unit
from nndesigner.measurements.measurement import measurements
from nndesigner.protocol.controls import Subscription
from nndesigner.protocol.messages import Frame

if TYPE_CHECKING:
    from nndesigner.gui.monitors.panel import MonitorsPanel

WIDE = 98
"""pixels that each picture wants"""
STRONGEST = -1
WALKED = 512
"""samples of which the most exciting are looked for: enough to find them, few enough to look often"""


class Equation(QWidget):
    """Lines, each a paragraph of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[str, ...] = ()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 2, 0, 2)
        self._box.setSpacing(4)
        self._labels: list[QLabel] = []

    def show_lines(self, lines: Sequence[str]) -> None:
        if tuple(lines) == self.lines:
            return
        self.lines = tuple(lines)
        while len(self._labels) < len(lines):
            made = label(wrap=True, selectable=True)
            self._box.addWidget(made)
            self._labels.append(made)
        for i, one in enumerate(self._labels):
            one.setVisible(i < len(lines))
            one.setText(lines[i] if i < len(lines) else "")


class Microscope(NodeView):
    """The chosen unit; each node has its own."""

    def __init__(self) -> None:
        super().__init__(MICROSCOPE)
        self.unsuitable = tr("This layer gives no numbers that belong to units. Select another one.")
        self.number, self.place = -1, STRONGEST
        """the sample, by its number in the data, and the place in the map; -1 for those that are offered"""
        self._units: dict[str, int] = {}
        self._offered = -1
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(10, 6, 10, 8)
        box.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(label(tr("Unit")))
        self.unit_box = QSpinBox()
        self.unit_box.setAccessibleName(tr("Unit"))
        self.unit_box.setKeyboardTracking(False)
        self.unit_box.lineEdit().setTextMargins(6, 0, 0, 0)
        self.unit_box.valueChanged.connect(self.show_unit)
        row.addWidget(self.unit_box)
        self.number_of_units = Elided(role="muted")
        row.addWidget(self.number_of_units, 1)
        self.strongest = QToolButton()
        self.strongest.setText(tr("Strongest place"))
        set_tip(self.strongest, tr("Look again where the unit is strongest, instead of at the place clicked"))
        self.strongest.clicked.connect(lambda: self.show_place(STRONGEST))
        row.addWidget(self.strongest)
        box.addLayout(row)
        self.samples = SampleRow()
        self.samples.changed.connect(self._stepped)
        box.addWidget(self.samples)
        self.units_strip = UnitStrip()
        self.units_strip.picked.connect(self.show_unit)
        box.addWidget(self.units_strip)
        self.warning = label(role="warning", wrap=True)
        box.addWidget(self.warning)
        self.equation = Equation()
        box.addWidget(self.equation)
        holder = QWidget()
        self._grid = QGridLayout(holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self.map = PlaceMap()
        self.map.picked.connect(self.show_place)
        self.weights, self.inputs, self.gradient = SignedTiles(), SignedTiles(), SignedTiles()
        self.sample = SamplePicture()
        self._tiles: tuple[Picture, ...] = (self.sample, self.map, self.inputs, self.weights, self.gradient)
        self._shown: tuple[Picture, ...] = ()
        box.addWidget(holder)
        self.excited: dict[str, Excited] = {}
        self.titles = {end: label(role="muted", wrap=True) for end in ("most", "least")}
        for end, title in self.titles.items():
            box.addWidget(title)
            gallery = self.excited[end] = Excited()
            gallery.picked.connect(lambda i, end=end: self._sample_picked(end, i))
            box.addWidget(gallery)
        box.addStretch(1)
        self.set_content(self.scrolled(content))

    # -- what is chosen ----------------------------------------------------------------------------------------------
    @property
    def unit(self) -> int:
        """The unit that is chosen at the node that is shown."""
        return self._units.get(self.node, 0)

    def show_unit(self, unit: int) -> None:
        """Another unit of the node: at once where it was measured, else from the next look on."""
        if unit != self.unit:
            self._units[self.node] = unit
            self.place = STRONGEST
            self._changed()

    def show_number(self, number: int) -> None:
        """Another sample, by its number in the data."""
        if number != self.number:
            self.number, self.place = number, STRONGEST
            self._changed()

    def show_place(self, place: int) -> None:
        """Another place in the map of the unit, -1 for where it is strongest."""
        if place != self.place:
            self.place = place
            self._changed()

    def _changed(self) -> None:
        self.stale = True
        self.subscription_changed.emit()
        self.refresh()

    def _stepped(self) -> None:
        self.number, self.place = -1, STRONGEST
        self._changed()

    def _sample_picked(self, end: str, place: int) -> None:
        self.show_number(self.excited[end].samples[place].index)

    def show_node(self, node: str, note: str = "", name: str = "") -> None:
        if node != self.node:
            self.place = STRONGEST
        super().show_node(node, note, name)

    # -- what is measured --------------------------------------------------------------------------------------------
    def options(self, measurement: str) -> dict[str, object]:
        if measurement == "unit_samples":
            return {"unit": self.unit, "samples": WALKED}
        return {"unit": self.unit, "sample": self.samples.sample, "number": self.number, "place": self.place}

    def subscriptions(self) -> tuple[Subscription, ...]:
        found, maps = super().subscriptions(), measurements()["unit_maps"]
        checked = self.run.checked if self.run is not None else None
        if found and checked is not None and maps.applies_to(checked):
            return (*found, Subscription("", maps.name))
        return found

    # -- drawing -----------------------------------------------------------------------------------------------------
    def draw_node(self, node: CheckedNode) -> bool:
        frame = self.frame("unit", self.node)
        if not isinstance(frame, Frame):
            return False
        meta, arrays = frame.meta, frame.arrays
        unit = self.unit if of_unit(arrays, self.unit) >= 0 else int(meta["unit"])
        if meta["kind"] == "head":
            unit = int(meta["unit"])
        row = of_unit(arrays, unit)
        live = self.run is not None and self.run.live
        self._follow_the_sample(int(meta.get("offered", -1)))
        with QSignalBlocker(self.unit_box):
            self.unit_box.setRange(0, max(int(meta["all"]) - 1, 0))
            self.unit_box.setValue(self.unit if live else unit)
        self.unit_box.setEnabled(live or len(arrays["units"]) > 1)
        self._say(meta, unit, live)
        self._show_strip(arrays, unit, root=meta["kind"] == "head")
        lines = self._lines(node, frame, unit, row)
        self.equation.show_lines(lines)
        self._show_pictures(meta, arrays, unit, row)
        self._show_samples(unit, int(meta["index"]))
        return True

    def _follow_the_sample(self, offered: int) -> None:
        """In a preview, another sample that was chosen above takes the place of one that was clicked here."""
        if offered != self._offered:
            previewed = self.run is not None and self.run.preview
            if previewed and self.number >= 0 and self._offered >= 0:
                self.number, self.place = -1, STRONGEST
                self.subscription_changed.emit()
            self._offered = offered

    def _say(self, meta: dict[str, Any], unit: int, live: bool) -> None:
        words = tr("of {n}", n=f"{int(meta['all']):,}")
        if unit != self.unit:
            later = tr("unit {n} until the next look", n=unit)
            words += " · " + (later if live else tr("unit {n} was looked at then", n=unit))
        self.number_of_units.setText(words)
        previewed = self.run is not None and self.run.preview
        self.samples.say(_sample_words(meta), live and not previewed)
        self.strongest.setVisible(live and self.place >= 0 and meta["kind"] != "head")

    def _show_strip(self, arrays: dict[str, Any], unit: int, *, root: bool) -> None:
        maps = self.frame("unit_maps")
        in_plane = isinstance(maps, Frame) and self.node in maps.arrays
        if isinstance(maps, Frame) and in_plane:
            codes = maps.arrays[self.node].astype(np.float32)
            self.units_strip.show_units(codes / 127.5 - 1, unit, upwards=True)
        else:
            self.units_strip.show_units(arrays["values"].astype(np.float32), unit, root=root)
        self.units_strip.setVisible(len(self.units_strip.values) > 1)

    def _lines(self, node: CheckedNode, frame: Frame, unit: int, row: int) -> list[str]:
        """The equation, line by line."""
        meta, arrays = frame.meta, frame.arrays
        kind = meta["kind"]
        if kind == "head":
            tokens = [str(t) for t in meta.get("tokens", ())]

            def step(i: int) -> str:
                return f"{i} “{_shown(tokens[i])}”" if i < len(tokens) else str(i)

            size = int(meta.get("head_size", 1))
            return head_lines(step(int(meta["query"])), arrays["scores"], arrays["shares"], step, size)
        functions = [(str(name), str(type)) for name, type in meta["functions"]]
        after = arrays["after"][row].tolist() if functions else []
        if kind == "plain":
            value = written(float(arrays["output"][row]))
            lines = [
                tr(
                    "unit {n} gives {value}{place}",
                    n=unit,
                    value=value,
                    place=self._where(meta, arrays, row),
                )
            ]
            return lines + self._slope(arrays, row) + function_lines(value, functions, after)
        name = _namer(meta, arrays, row)
        z = f"z{subscript(unit)}"
        if kind == "gates":
            gates = [str(g) for g in meta["parts"]]
            states: dict[str, float] = {
                k: float(arrays[k][row]) for k in ("hidden", "before", "cell", "cell_before") if k in arrays
            }
            lines = [tr("step {n}", n=int(arrays["step"][row]))]
            for g, gate in enumerate(gates):
                inputs = arrays["inputs"][row, min(g, arrays["inputs"].shape[1] - 1)]
                bias, total = float(arrays["bias"][row, g]), float(arrays["sum"][row, g])
                first, second, *_ = sum_lines(
                    f"z({gate})", arrays["weight"][row, g], inputs, bias, total, name, 2
                )
                lines.append(f"{first} {second}")
            lines += gate_lines(node.record.type, gates, arrays["sum"][row], arrays["gates"][row], states)
            return lines + self._slope(arrays, row)
        total = float(arrays["sum"][row, 0])
        lines = sum_lines(
            z, arrays["weight"][row, 0], arrays["inputs"][row, 0], float(arrays["bias"][row, 0]), total, name
        )
        lines[1] += self._where(meta, arrays, row)
        return lines + function_lines(z, functions, after) + self._slope(arrays, row)

    @staticmethod
    def _where(meta: dict[str, Any], arrays: dict[str, Any], row: int) -> str:
        """ " at (4, 5)", "" where a unit is one number."""
        size = [int(n) for n in meta["size"]]
        if not size:
            return ""
        at = [int(i) for i in np.unravel_index(int(arrays["places"][row]), size)]
        return " " + tr("at {place}", place=f"({', '.join(map(str, at))})" if len(at) > 1 else at[0])

    @staticmethod
    def _slope(arrays: dict[str, Any], row: int) -> list[str]:
        """What the loss says of the unit, with this sample."""
        words = []
        if "output_gradient" in arrays:
            words.append(tr("∂loss/∂output = {value}", value=written(float(arrays["output_gradient"][row]))))
        if "gradient" in arrays and row >= 0:
            norm = float(np.linalg.norm(arrays["gradient"][row].astype(np.float64)))
            words.append(tr("‖∂loss/∂weights‖ = {value}", value=written(norm)))
        return [" · ".join(words) + " " + tr("(this sample)")] if words else []

    def _show_pictures(self, meta: dict[str, Any], arrays: dict[str, Any], unit: int, row: int) -> None:
        shown: list[Picture] = []
        seen = looks(meta["preview"]) if meta.get("preview") else {}
        if "image" in seen or "points" in seen:
            self.sample.show_sample(tr("Sample {n}", n=f"{int(meta['index']):,}"), **seen)
            shown.append(self.sample)
        size = [int(n) for n in meta["size"]]
        chosen = int(meta["unit"]) == unit
        drawn = arrays["map"] if chosen else arrays["values"][unit : unit + 1].astype(np.float32)
        drawn = drawn if drawn.ndim == 2 else next(iter(drawn), None)
        if drawn is not None and len(size) in (1, 2) and int(np.prod(size)) > 1:
            across = size if len(size) == 2 else [1, size[0]]
            head = meta["kind"] == "head"
            title = tr("Attention") if head else tr("What it gives")
            self.map.show_values(title, drawn[None], _place_names(drawn.shape), root=head)
            self.map.show_place(across, -1 if head else int(arrays["places"][row]))
            shown.append(self.map)
        shape, plain = [int(n) for n in meta["shape"]], _namer(meta, arrays, row)
        for tiles, key, title in (
            (self.inputs, "inputs", tr("What comes in")),
            (self.weights, "weight", tr("Weights")),
            (self.gradient, "gradient", tr("Gradient of weights")),
        ):
            if key not in arrays or row < 0:
                continue
            values = arrays[key][row]
            sums = len(values)
            if key == "inputs" and meta["kind"] == "gates":
                continue  # of every gate the same but for the reset: it says little as a picture
            each = max(int(np.prod(shape)), 1)

            def name(i: int, each: int = each, sums: int = sums) -> str:
                parts = [str(p) for p in meta["parts"]]
                return f"{parts[i // each]} {plain(i % each)}" if sums > 1 else plain(i)

            tiles.show_values(title, tiled(values, shape), name)
            shown.append(tiles)
        if tuple(shown) != self._shown:
            self._shown = tuple(shown)
            self._lay_out()

    def _lay_out(self) -> None:
        columns = max((self.width() - 30) // WIDE, 1)
        for picture in self._tiles:
            self._grid.removeWidget(picture)
            picture.setVisible(picture in self._shown)
        for i, tile in enumerate(self._shown):
            self._grid.addWidget(tile, i // columns, i % columns)
        for i in range(len(self._tiles)):
            self._grid.setColumnStretch(i, 1 if i < min(columns, len(self._shown)) else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _show_samples(self, unit: int, chosen: int) -> None:
        frame = self.frame("unit_samples", self.node)
        row = of_unit(frame.arrays, unit) if isinstance(frame, Frame) else -1
        for widget in (*self.excited.values(), *self.titles.values(), self.warning):
            widget.setVisible(row >= 0 and widget is not self.warning)
        live = self.run is not None and self.run.live
        if not isinstance(frame, Frame) or row < 0:
            applies = any(s.measurement == "unit_samples" for s in self.subscriptions())
            self.titles["most"].setVisible(applies and not live)
            self.titles["most"].setText(
                tr(
                    "Which samples excite this unit was not measured in this run."
                    " Preview shows it with its weights."
                )
            )
            return
        meta, arrays = frame.meta, frame.arrays
        seen = {int(p["sample"]): looks(p) for p in meta.get("previews", ()) if "sample" in p}
        number = f"{int(meta['samples']):,}"
        active = float(arrays["active"][row])
        if bool(meta.get("rectified")) and active < DEAD_BELOW:
            self.warning.setText(
                tr(
                    "Dead: it is above zero for {share} % of {n} samples, so hardly anything goes on from here and no"
                    " gradient comes back.",
                    share=f"{100 * active:.1f}" if active else "0",
                    n=number,
                )
            )
            self.warning.show()
        share = tr("above zero for {share} % of {n} samples", share=f"{100 * active:.0f}", n=number)
        self.titles["most"].setText(tr("Excite it most") + " · " + share)
        self.titles["least"].setText(tr("Excite it least"))
        for end, gallery in self.excited.items():
            gallery.chosen = chosen
            columns = (arrays[end][row].tolist(), arrays[f"{end}_value"][row].tolist())
            gallery.show_samples(
                [
                    Sample(int(i), float(v), "", "", float("nan"), False, **seen.get(int(i), {}))
                    for i, v in zip(*columns, strict=True)
                ]
            )

    def theme_changed(self, theme: Theme) -> None:
        self.stale = True

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Every weight of the unit with what it is multiplied with and its gradient."""
        frame = self.frame("unit", self.node)
        row = of_unit(frame.arrays, self.unit) if isinstance(frame, Frame) else -1
        if not isinstance(frame, Frame) or row < 0 or "weight" not in frame.arrays:
            return (), ()
        meta, arrays = frame.meta, frame.arrays
        names = [n for n in ("weight", "inputs", "gradient") if n in arrays]
        rows: list[tuple[object, ...]] = []
        plain = _namer(meta, arrays, row)
        for part, _ in enumerate(arrays["weight"][row]):
            columns = [arrays[n][row, min(part, arrays[n].shape[1] - 1)].tolist() for n in names]
            gate = meta["parts"][part]
            rows += [
                (
                    gate,
                    plain(i),
                    *values,
                )
                for i, values in enumerate(zip(*columns, strict=True))
            ]
        return ("sum", "input", *names), rows


def tiled(values: Floats, shape: Sequence[int]) -> Floats:
    """(sums, inputs) of one unit as tiles (n, height, width): filters and pictures channel by channel, gates one row
    each, projections one tile each."""
    sizes = [int(n) for n in shape]
    if len(values) > 1:
        return values.reshape(len(values), *sizes) if len(sizes) == 2 else values[None]
    if len(sizes) == 2:
        return values.reshape(1, *sizes)
    return values.reshape(-1, *sizes[-2:]) if len(sizes) > 2 else values.reshape(1, 1, -1)


def _namer(meta: dict[str, Any], arrays: dict[str, Any], row: int) -> Callable[[int], str]:
    """What tells the name of an input of a unit by its number."""
    shape, names, split = meta["shape"], meta["names"], int(meta["split"])
    window = meta.get("window") or {}
    origin: list[int] = []
    if window:
        at = np.unravel_index(int(arrays["places"][row]), [int(n) for n in meta["size"]])
        origin = [int(i) * s - p for i, s, p in zip(at, window["stride"], window["padding"], strict=True)]
    return lambda i: place_name(i, shape, names, split, origin, window.get("dilation", ()))


def _place_names(size: Sequence[int]) -> Callable[[int], str]:
    """What tells row and column of a place, or the step of a sequence."""
    return lambda i: str(i) if size[0] == 1 else f"({', '.join(map(str, divmod(i, size[1])))})"


def _sample_words(meta: dict[str, Any]) -> str:
    """Which sample it is, and what it says where that can be written."""
    words = tr("sample {n}", n=f"{int(meta['index']):,}")
    preview = meta.get("preview")
    said = looks(preview).get("words", "") if isinstance(preview, dict) and preview else ""
    return f"{words}: {said}" if said else words


def _shown(token: str) -> str:
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(token, token)


def look_closely(panel: MonitorsPanel, unit: int) -> None:
    """Opens the microscope of a panel on a unit of the node that it shows."""
    panel.show_view("microscope")
    microscope = panel.monitors.get("microscope")
    if isinstance(microscope, Microscope):
        microscope.show_unit(unit)


def _applies(checked: CheckedNetwork) -> bool:
    unit = measurements()["unit"]
    return any(unit.applies(inner.node) for inner in checked.walk())


MICROSCOPE = View(
    name="microscope",
    label="Microscope",
    icon="search",
    help="One unit of the selected layer: its equation with the numbers of a sample, its weights and their gradient,"
    " and the samples that excite it most. A double-click on a unit in another view opens it here.",
    place="node",
    measurements=("unit", "unit_samples", "unit_maps"),
    applies=_applies,
    make=Microscope,
    before_training=True,
    order=12,
)
