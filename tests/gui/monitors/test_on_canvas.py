"""What of a run is on the canvas: the chosen number, alarms, the signal along the wires, and the legend for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QGraphicsView, QWidget

from nndesigner.gui import window_state
from nndesigner.gui.canvas.heat import STEPS, heat
from nndesigner.gui.monitors.canvas_legend import CanvasLegend
from nndesigner.gui.monitors.on_canvas import OnCanvas, Scale
from nndesigner.gui.monitors.overlays import times_of
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.previews import shown_theme
from nndesigner.protocol.jobs import Explore
from nndesigner.protocol.messages import Done, Failed, Frame
from nndesigner.session.session import Session
from tests.check.alarms.networks import sigmoids
from tests.gui.monitors.known import watched

NUMBERS = ("weight_norm", "gradient_norm", "mean", "std", "active", "dead", "saturated")


def health(nodes: list[str], step: int = 1, **numbers: list[float]) -> Frame:
    arrays = {name: np.full(len(nodes), np.nan, np.float32) for name in NUMBERS}
    arrays |= {name: np.array(values, np.float32) for name, values in numbers.items()}
    return Frame("health", "", step, step / 10, arrays, {"nodes": nodes, "names": nodes})


@pytest.fixture
def shown(panel: MonitorsPanel, begun, node) -> tuple[OnCanvas, str, str]:
    """A run of which convolution and ReLU were looked at: the parts on the canvas, and their ids."""
    worker = begun()
    conv, relu = node("Conv2d"), node("ReLU")
    worker.say(
        health(
            [conv, relu],
            gradient_norm=[1e-6, float("nan")],
            mean=[0.5, 2.0],
            std=[1.0, 1000.0],
            dead=[float("nan"), 0.25],
        )
    )
    panel.draw_now()
    return panel.on_canvas, conv, relu


def test_the_gradient_comes_first_with_its_colour_and_line(shown) -> None:
    on_canvas, conv, relu = shown
    overlays = on_canvas.overlays()
    assert overlays[conv].text == "∇ 1.0e-6" and overlays[conv].heat == 0.0
    assert overlays[conv].spark == (pytest.approx(1e-6),)
    assert relu not in overlays, "it has no weights"


def test_another_number_is_chosen_from_the_menu_and_kept(shown, panel) -> None:
    on_canvas, conv, relu = shown
    legends: list[tuple[Scale, ...]] = []
    on_canvas.legend_changed.connect(legends.append)
    on_canvas.choices["activation"].trigger()
    overlays = on_canvas.overlays()
    assert overlays[conv].text == "0.5 ± 1" and overlays[conv].heat == 0.5
    assert overlays[relu].text == "2 ± 1e+03" or overlays[relu].text.startswith("2 ± 1")
    assert overlays[relu].heat == 1.0
    on_canvas.choices["dead"].trigger()
    overlays = on_canvas.overlays()
    assert overlays[relu].text == "25 % dead" and conv not in overlays
    assert window_state.read().run_shown == "dead"
    assert [legend[0].label for legend in legends] == ["Spread of activations", "Dead or saturated"]


def test_wires_have_the_spread_of_their_source_until_that_is_sent_away(shown, digits) -> None:
    on_canvas, conv, relu = shown
    told: list[dict[str, float]] = []
    on_canvas.flows_changed.connect(told.append)
    on_canvas.tell_again()
    by_source = {edge.source: edge.id for edge in digits.document.edges}
    assert told[-1] == {by_source[conv]: 0.5, by_source[relu]: 1.0}
    on_canvas.wires.trigger()
    assert told[-1] == {} and not window_state.read().run_signal
    on_canvas.wires.trigger()
    assert len(told[-1]) == 2


def test_wires_of_what_was_edited_since_have_none(shown, digits) -> None:
    on_canvas, conv, _ = shown
    told: list[dict[str, float]] = []
    on_canvas.flows_changed.connect(told.append)
    digits.edit("", "set_parameter", node=conv, parameter="out_channels", value=8)
    assert {edge.id for edge in digits.document.edges if edge.source == conv}.isdisjoint(told[-1])


def test_the_button_takes_everything_away(shown, panel) -> None:
    on_canvas, *_ = shown
    told: list[object] = []
    for signal in (on_canvas.overlays_changed, on_canvas.flows_changed, on_canvas.legend_changed):
        signal.connect(told.append)
    panel.overlay_button.click()
    assert told == [{}, {}, ()]
    on_canvas.choose("activation")
    assert panel.overlay_button.isChecked(), "choosing a number shows it"


def test_an_alarm_is_on_its_node_with_its_words(app, qtbot, tmp_path: Path) -> None:
    session = Session()
    run = watched(sigmoids(20), tmp_path, ("", "health"), steps=5)
    session.files.new(run.document)
    panel = MonitorsPanel(session)
    qtbot.addWidget(panel)
    panel._shown.runs = (run,)
    panel.on_canvas.show_run(run)
    panel._look_for_alarms()
    first = next(node.id for node in session.document.nodes() if node.name == "linear1")
    overlay = panel.on_canvas.overlays()[first]
    assert overlay.alarm == "warning" and overlay.words.startswith("The gradient vanishes")
    assert len(overlay.spark) == 5, "what was measured before is in the line"
    assert [i for i, o in panel.on_canvas.overlays().items() if o.alarm] == [first]
    session.edit("", "set_learning", ids=[first], values={"weight": "orthogonal"})
    assert not any(o.alarm for o in panel.on_canvas.overlays().values()), "what it speaks of was changed"
    panel.close_down()


def test_a_block_has_the_alarm_of_what_is_inside_and_its_inside_its_own_numbers(
    app, qtbot, tmp_path: Path
) -> None:
    session = Session()
    session.files.new(sigmoids(20))
    inner = [node.id for node in session.document.nodes() if node.name in ("linear1", "sigmoid1")]
    session.edit("", "make_block", ids=inner)
    run = watched(session.document, tmp_path, ("", "health"), steps=5)
    panel = MonitorsPanel(session)
    qtbot.addWidget(panel)
    panel._shown.runs = (run,)
    panel.on_canvas.show_run(run)
    panel._look_for_alarms()
    block = next(node for node in session.document.nodes(session.document.main.id) if node.block)
    assert panel.on_canvas.overlays()[block.id].alarm == "warning"
    session.editing.enter(block.id)
    overlays = panel.on_canvas.overlays()
    linear = next(node.id for node in session.document.nodes(session.network) if node.type == "Linear")
    assert overlays[linear].text.startswith("∇ ") and overlays[linear].alarm == "warning"
    panel.close_down()


def test_the_legend_lies_in_the_corner_and_goes_with_the_run(app, qtbot) -> None:
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(600, 400)
    canvas.show()
    legend = CanvasLegend(canvas)
    assert not legend.isVisible()
    legend.show_scales([Scale("Gradient", ("10⁻⁶", "100")), Scale("Signal", ("0.001", "1000"), widths=True)])
    assert legend.isVisible() and "Gradient: 10⁻⁶ – 100" in legend.accessibleName()
    assert legend.geometry().bottom() < 400 and legend.x() == 10
    two = legend.height()
    image = legend.grab().toImage()
    found = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert {heat(shown_theme(), step / STEPS).name() for step in range(STEPS + 1)} <= found
    canvas.resize(600, 300)
    assert legend.geometry().bottom() < 300 and legend.isVisible()
    canvas.resize(600, 150)
    assert not legend.isVisible(), "the network comes first"
    canvas.resize(600, 300)
    assert legend.isVisible()
    legend.show_scales([Scale("Gradient", ("10⁻⁶", "100"))])
    assert legend.height() < two
    legend.show_scales(())
    assert not legend.isVisible()


def test_the_legend_takes_a_corner_that_is_free(app, qtbot) -> None:
    canvas, taken = QWidget(), [QRect(0, 200, 300, 200), QRect(300, 300, 300, 100)]
    qtbot.addWidget(canvas)
    canvas.resize(600, 400)
    canvas.show()
    legend = CanvasLegend(canvas, lambda place: any(place.intersects(rect) for rect in taken))
    legend.show_scales([Scale("Gradient", ("10⁻⁶", "100"))])
    assert (legend.x(), legend.y()) == (10, 10), "the lower corners are taken"
    taken.pop(0)
    legend.place_again()
    qtbot.waitUntil(lambda: legend.geometry().bottom() > 380)
    assert legend.x() == 10
    other = QWidget(canvas)
    other.setGeometry(0, 350, 50, 50)
    other.show()
    legend.place_again()
    qtbot.waitUntil(lambda: legend.y() == 10)  # the minimap, say, is there
    other.hide()
    assert not legend.folded
    whole = legend.size()
    taken[:] = [QRect(0, 0, 600, 400)]
    legend.place_again()
    qtbot.waitUntil(lambda: legend.folded)
    assert legend.x() == 10 and legend.geometry().bottom() > 380, "none is free: where it is looked for"
    assert legend.height() < whole.height() / 1.6 and legend.isVisible()
    taken.clear()
    legend.place_again()
    qtbot.waitUntil(lambda: legend.size() == whole)


def test_with_something_in_every_corner_the_legend_is_small_and_covers_least(app, qtbot) -> None:
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(600, 400)
    canvas.show()
    layers = [QRect(0, 0, 600, 60), QRect(0, 340, 300, 60), QRect(300, 380, 300, 20)]

    def covered(place: QRect) -> float:
        common = (place & layer for layer in layers)
        return sum(c.width() * c.height() for c in common if not c.isEmpty())

    legend = CanvasLegend(canvas, covered)
    legend.show_scales([Scale("Gradient", ("10⁻⁶", "100")), Scale("Signal", ("0.001", "1000"), widths=True)])
    assert legend.folded and legend.x() > 300 and legend.y() > 300
    image = legend.grab().toImage()
    found = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert {heat(shown_theme(), step / STEPS).name() for step in (0, STEPS)} <= found, "the colours are there"


def test_in_the_canvas_the_viewport_does_not_count_as_taken(app, qtbot) -> None:
    canvas, taken = QGraphicsView(), [QRect(0, 200, 300, 200)]
    qtbot.addWidget(canvas)
    canvas.resize(600, 400)
    canvas.show()
    legend = CanvasLegend(canvas, lambda place: any(place.intersects(rect) for rect in taken))
    legend.show_scales([Scale("Gradient", ("10⁻⁶", "100"))])
    assert legend.x() > 300 and legend.y() > 200


def test_the_gradient_against_the_wires_takes_the_place_of_the_signal(
    shown, digits, panel, begun, pool
) -> None:
    on_canvas, conv, relu = shown
    told: list[dict[str, float]] = []
    legends: list[tuple[Scale, ...]] = []
    on_canvas.flows_changed.connect(told.append)
    on_canvas.legend_changed.connect(legends.append)
    assert ("", "signal_gradient") not in {(s.node, s.measurement) for s in panel.subscribed}
    on_canvas.wires_back.trigger()
    panel.settle()
    assert ("", "signal_gradient") in {(s.node, s.measurement) for s in panel.subscribed}
    assert told[-1] == {} and not on_canvas.wires.isChecked()
    arrays = {"signal": np.ones(2, np.float32), "gradient": np.array([1e-6, 1e2], np.float32)}
    about = {"nodes": [conv, relu], "ports": ["y", "y"], "names": ["conv1", "relu1"], "samples": 16}
    pool.last.say(Frame("signal_gradient", "", 2, 0.2, arrays, about))
    panel.draw_now()
    by_source = {edge.source: edge.id for edge in digits.document.edges}
    assert told[-1] == {by_source[conv]: 0.0, by_source[relu]: 1.0}
    assert legends[-1][-1].label == "Gradient against the wires" and legends[-1][-1].widths
    assert window_state.read().run_backward and not window_state.read().run_signal
    on_canvas.wires.trigger()
    assert not on_canvas.wires_back.isChecked() and told[-1] == {by_source[conv]: 0.5, by_source[relu]: 1.0}


def costs(nodes: list[str], blocks: list[str], **seconds: list[float]) -> Frame:
    arrays = {name: np.array(values) for name, values in seconds.items()}
    arrays |= {name: np.full(len(nodes), 1000) for name in ("activations", "weights")}
    about = {"nodes": nodes, "names": nodes, "blocks": blocks, "samples": 32, "device": "cpu", "repeats": 10}
    return Frame("layer_costs", "", 0, 0.0, arrays, about)


def test_the_time_of_the_layers_is_measured_when_it_is_chosen(shown, pool, digits) -> None:
    on_canvas, conv, relu = shown
    legends: list[tuple[Scale, ...]] = []
    on_canvas.legend_changed.connect(legends.append)
    on_canvas.choices["time"].trigger()
    job = pool.last.job
    assert isinstance(job, Explore) and job.exploration == "layer_costs" and job.run
    assert legends[-1][0].bare and "measuring" in legends[-1][0].label and not on_canvas.overlays()
    pool.last.say(costs([conv, relu], [], forward=[0.003, 0.001], backward=[0.006, 0.0]))
    pool.last.end(Done({"step": 0, "kept": False}))
    overlays = on_canvas.overlays()
    assert overlays[conv].text == "90 % · 9 ms" and overlays[relu].text == "10 % · 1 ms"
    assert overlays[conv].heat > overlays[relu].heat > 0.5
    assert legends[-1][0] == Scale("Share of the time", ("0.1 %", "100 %"))
    assert window_state.read().run_shown == "time"
    on_canvas.choices["time"].trigger()
    assert pool.last.job is job, "it is known: nothing is measured again"


def test_where_it_cannot_be_measured_the_legend_says_where_to_look(shown, pool) -> None:
    on_canvas, *_ = shown
    on_canvas.choices["time"].trigger()
    pool.last.end(Failed("The run has no checkpoint yet.", "", "refused"))
    (note,) = on_canvas._legend_of({}, {})
    assert note.bare and "Layer costs" in note.label


def test_a_block_has_the_time_of_what_is_inside() -> None:
    frame = costs(
        ["a", "b", "b/0/c", "b/0/d"], ["b"], forward=[1.0, 3.0, 1.0, 2.0], backward=[0.0, 0.0, 0.0, 0.0]
    )
    shares = {key: numbers["time_share"] for key, numbers in times_of(frame).items()}
    assert shares == {"a": 0.25, "b": 0.75, "b/0/c": 0.25, "b/0/d": 0.5}
