"""Every view of a run can be saved: as a drawing that any program reads, and as numbers."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel

from nndesigner.explorations.exploration import explorations
from nndesigner.gui.monitors import export
from nndesigner.gui.monitors.monitor import Monitor, views
from nndesigner.gui.monitors.overfitting import Overfitting
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.project.reader import open_project
from tests.gui.monitors.known import watched
from tests.gui.monitors.test_attention import network
from tests.gui.monitors.test_machine import shown as machine
from tests.gui.monitors.test_over_time import shown
from tests.gui.monitors.test_overfitting import shown as overfitting
from tests.gui.monitors.test_time_split import shown as time_split
from tests.training.small import mlp

EXAMPLES = Path(__file__).parents[3] / "examples"
SVG = "{http://www.w3.org/2000/svg}"
VIEWS = {view.name: view for view in views()}
ELSEWHERE = ("boundary", "regression", "attention", "unit_maps", "hidden_states", "spectrum")
"""views of other data than the run that is recorded here, or of what it was not asked for"""
MADE = ("generated", "discriminator_scores", "reconstructions", "latent_space", "written_text")
"""views of what other ways of learning make"""
LIVE = ("time_split", "machine", "overfitting")
"""views of what is only there while a run goes on, or of losses that this one does not have"""
DIGITS = [name for name in VIEWS if name not in (*ELSEWHERE, *MADE, *LIVE, *explorations())]


@pytest.fixture
def recorded(panel: MonitorsPanel, trained, node) -> MonitorsPanel:
    """A panel that shows a run from its folder."""
    panel.show_runs([trained("0001-kept").path])
    panel.show_selection([node("Conv2d")])
    panel.settle()
    return panel


def check(monitor: Monitor, folder: Path) -> None:
    """The drawing is XML with shapes in it and more than one colour, the numbers are rows."""
    assert not monitor.is_empty
    path = folder / "drawing.svg"
    export.save_drawing(monitor, path, monitor.view.name)
    root = ET.parse(path).getroot()
    assert root.tag == f"{SVG}svg" and root.get("viewBox") == f"0 0 {monitor.width()} {monitor.height()}"
    kinds = [f"{SVG}{kind}" for kind in ("path", "polyline", "polygon", "rect", "image", "ellipse", "circle")]
    assert sum(len(root.findall(f".//{kind}")) for kind in kinds) >= 2
    assert root.findall(f".//{SVG}text"), "words stay words"
    image = QImage(QSize(monitor.size()), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    renderer.render(painter)
    painter.end()
    seen = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(seen) > 4, "not blank"
    header, rows = monitor.table()
    assert rows and {len(row) for row in rows} == {len(header)}


@pytest.mark.parametrize("name", DIGITS)
def test_every_view_of_a_recorded_run_is_a_drawing(recorded, name: str, tmp_path: Path, app) -> None:
    recorded.show_view(name)
    app.processEvents()
    recorded.settle()
    app.processEvents()  # what was just made comes into sight
    check(recorded.monitors[name], tmp_path)


def plane(folder: Path) -> ShownRun:
    document = open_project(EXAMPLES / "moons-mlp.nnd").document
    return watched(document, folder, ("", "decision_boundary"))


def numbers(folder: Path) -> ShownRun:
    return watched(mlp("diabetes", classes=1), folder, ("", "regression"))


@pytest.mark.parametrize(("name", "make"), [("boundary", plane), ("regression", numbers)])
def test_views_of_other_data_are_drawings_too(name, make, tmp_path: Path, qtbot, app) -> None:
    check(shown(VIEWS[name], make(tmp_path), qtbot), tmp_path)


def test_attention_is_a_drawing_too(tmp_path: Path, qtbot, app) -> None:
    document = network(("MultiheadAttention", {"num_heads": 2}))
    run = watched(document, tmp_path, ("attention1", "attention_maps"))
    check(shown(VIEWS["attention"], run, qtbot, "attention1"), tmp_path)


def test_maps_and_states_of_units_are_drawings_too(tmp_path: Path, qtbot, app) -> None:
    maps = watched(mlp(), tmp_path / "plane", ("", "unit_maps"))
    check(shown(VIEWS["unit_maps"], maps, qtbot, "linear1"), tmp_path)
    document = open_project(EXAMPLES / "sine-lstm.nnd").document
    states = watched(document, tmp_path / "series", ("lstm1", "hidden_states"))
    check(shown(VIEWS["hidden_states"], states, qtbot, "lstm1"), tmp_path)


def split() -> Monitor:
    return time_split({"data": 0.006, "forward": 0.002, "backward": 0.0015, "optimizer": 0.0005})


def apart() -> Monitor:
    made = Overfitting()
    made.show_runs((overfitting([1.0, 0.5, 0.25, 0.1], [1.0, 0.6, 0.8, 0.9]),))
    made.resize(500, 400)
    made.show()
    made.refresh()
    return made


def busy() -> Monitor:
    return machine()


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("generated", "digits-gan"),
        ("discriminator_scores", "digits-gan"),
        ("reconstructions", "digits-vae"),
        ("latent_space", "digits-vae"),
    ],
)
def test_what_networks_make_is_a_drawing_too(name, example, tmp_path: Path, qtbot, app) -> None:
    document = open_project(EXAMPLES / f"{example}.nnd").document
    check(shown(VIEWS[name], watched(document, tmp_path, ("", name)), qtbot), tmp_path)


def test_singular_values_are_a_drawing_too(tmp_path: Path, qtbot, app) -> None:
    run = watched(mlp(), tmp_path, ("linear1", "spectrum"))
    check(shown(VIEWS["spectrum"], run, qtbot, "linear1"), tmp_path)


@pytest.mark.parametrize(("name", "make"), [("time_split", split), ("machine", busy), ("overfitting", apart)])
def test_what_is_there_while_a_run_goes_on_is_a_drawing_too(name, make, tmp_path: Path, qtbot, app) -> None:
    monitor = make()
    qtbot.addWidget(monitor)
    app.processEvents()
    check(monitor, tmp_path)


def test_a_plot_stays_lines(recorded, tmp_path: Path) -> None:
    export.save_drawing(recorded.monitors["curves"], tmp_path / "curves.svg")
    root = ET.parse(tmp_path / "curves.svg").getroot()
    lines = [*root.findall(f".//{SVG}path"), *root.findall(f".//{SVG}polyline")]
    corners = max(len((line.get("points") or line.get("d") or "").split()) for line in lines)
    assert corners > 50  # the curve of the loss itself, not a picture of it


def test_a_name_that_no_document_may_hold(qtbot, tmp_path: Path, app) -> None:
    label = QLabel("<b>&\x01\x0b name")
    label.setTextFormat(Qt.TextFormat.PlainText)
    qtbot.addWidget(label)
    label.resize(200, 40)
    export.save_drawing(label, tmp_path / "x.svg", "<&>")
    texts = ET.parse(tmp_path / "x.svg").getroot().iter(f"{SVG}text")
    assert any("<b>&" in (text.text or "") for text in texts)
