"""Networks whose answer is known, run by the real trainer, and what the views show of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nndesigner.gui.monitors.activations import ACTIVATIONS, Activations
from nndesigner.gui.monitors.boundary import BOUNDARY, Boundary
from nndesigner.gui.monitors.confusion import CONFUSION, Confusion
from nndesigner.gui.monitors.curves import CURVES, Curves
from nndesigner.gui.monitors.health import HEALTH_VIEW, Health
from nndesigner.gui.monitors.source import ShownRun
from nndesigner.gui.monitors.weights import WEIGHTS, Weights
from nndesigner.training.loop import Trainer
from tests.check.alarms.networks import rectified, sigmoids
from tests.check.alarms.runs import run as whole_run
from tests.gui.monitors.known import key_of, watched
from tests.training.small import chain


def shown(view, kind: type, run: ShownRun, qtbot, node: str = ""):
    monitor = view.make()
    assert isinstance(monitor, kind)
    qtbot.addWidget(monitor)
    monitor.resize(500, 360)
    monitor.show_runs([run])
    if node:
        monitor.show_node(key_of(run, node))
    monitor.show()
    monitor.refresh()
    assert not monitor.is_empty
    return monitor


def kill(it: Trainer) -> None:
    """No sample gets through the first ReLU."""
    with torch.no_grad():
        it.compiled.get_submodule("linear1").bias.fill_(-100.0)


def constant(it: Trainer) -> None:
    with torch.no_grad():
        it.compiled.get_submodule("linear1").weight.fill_(0.5)


def always_the_second(it: Trainer) -> None:
    with torch.no_grad():
        last = it.compiled.get_submodule("linear3")
        last.weight.zero_()
        last.bias.copy_(torch.tensor([0.0, 50.0]))


def by_the_sign(it: Trainer) -> None:
    """The second class where the first prepared column is above zero."""
    with torch.no_grad():
        only = it.compiled.get_submodule("linear1")
        only.weight.copy_(torch.tensor([[-9.0, 0.0], [9.0, 0.0]]))
        only.bias.zero_()


def test_what_leaves_a_dead_layer_is_all_zero(app, qtbot, tmp_path: Path) -> None:
    run = watched(rectified(), tmp_path, ("relu1", "activation_histogram"), steps=1, prepare=kill)
    view = shown(ACTIVATIONS, Activations, run, qtbot, "relu1")
    assert "100 %" in view.histogram.words or "100.0 %" in view.histogram.words
    assert view.histogram.mean == 0.0
    counts, edges = view.histogram.counts, view.histogram.edges
    place = int(counts.argmax())
    assert counts[place] == counts.sum() > 0 and edges[place] <= 0.0 <= edges[place + 1]


def test_what_is_not_finite_is_told_beside_the_values(app, qtbot, tmp_path: Path) -> None:
    def broken(it: Trainer) -> None:
        with torch.no_grad():
            it.compiled.get_submodule("linear1").bias[0] = float("nan")

    wanted = (("linear1", "activation_histogram"), ("linear1", "node_output"))
    run = watched(rectified(), tmp_path, *wanted, steps=1, prepare=broken)
    view = shown(ACTIVATIONS, Activations, run, qtbot, "linear1")
    lost = run.history.frames[key_of(run, "linear1"), "activation_histogram"].meta["not_finite"]
    assert lost == 64, "one unit of every probe sample"
    assert view.badge.isVisible() and "values not finite" in view.badge.text()


def test_weights_that_are_all_alike_are_one_bar(app, qtbot, tmp_path: Path) -> None:
    run = watched(rectified(), tmp_path, ("linear1", "weight_histogram"), steps=1, prepare=constant)
    view = shown(WEIGHTS, Weights, run, qtbot, "linear1")
    picture = next(p for p in view.histograms if p.title.startswith("linear1.weight"))
    assert picture.mean == pytest.approx(0.5)
    assert picture.counts.max() == picture.counts.sum() == 32
    place = int(picture.counts.argmax())
    assert picture.edges[place] <= 0.5 <= picture.edges[place + 1]


def test_a_network_that_always_answers_alike_is_one_column(app, qtbot, tmp_path: Path) -> None:
    run = watched(rectified(), tmp_path, ("", "confusion_matrix"), steps=0, prepare=always_the_second)
    view = shown(CONFUSION, Confusion, run, qtbot)
    counts = view.matrix.counts
    assert (counts[:, 0] == 0).all() and (counts[:, 1] > 0).all()
    assert view.words.text().startswith(f"{counts[1, 1]} of {counts.sum()} right")


def test_the_plane_is_cut_where_the_weights_say(app, qtbot, tmp_path: Path) -> None:
    document = chain("moons", [("TableInput", {}), ("Linear", {"out_features": 2}), ("Output", {})])
    run = watched(document, tmp_path, ("", "decision_boundary"), steps=1, prepare=by_the_sign)
    view = shown(BOUNDARY, Boundary, run, qtbot)
    left, right, low, high = view.plane.extent
    middle, inside = (low + high) / 2, 0.05 * (right - left)

    def said(x: float) -> str:
        return view.plane.words_at(view.plane.place(view.plane.frame(), x, middle)).partition(": ")[2]

    first, second = view.plane.classes
    assert said(left + inside).startswith(first) and said(right - inside).startswith(second)


def test_gradients_of_thirty_sigmoids_have_ever_shorter_bars(app, qtbot, tmp_path: Path) -> None:
    run = watched(sigmoids(30), tmp_path, ("", "health"))
    table = shown(HEALTH_VIEW, Health, run, qtbot).numbers
    norms = {row.name: row.numbers["gradient_norm"] for row in table.rows}
    assert norms["linear1"] < 1e-12 and norms["linear1"] < 1e-9 * norms["linear31"]
    shares = [table.share("gradient_norm", norms[f"linear{i}"]) for i in (31, 28, 26)]
    assert shares[0] > shares[1] > shares[2]


def test_a_dead_layer_has_its_share_in_the_table(app, qtbot, tmp_path: Path) -> None:
    run = watched(rectified(), tmp_path, ("", "health"), prepare=kill)
    table = shown(HEALTH_VIEW, Health, run, qtbot).numbers
    dead = {row.name: row.numbers["dead"] for row in table.rows}
    assert dead["relu1"] == 1.0 and np.isnan(dead["linear1"])


def test_curves_are_the_losses_that_the_run_had(app, qtbot, tmp_path: Path) -> None:
    document = rectified(epochs=3)
    history, result = whole_run(document, tmp_path)
    view = shown(CURVES, Curves, ShownRun("known", None, history, document, False, "finished"), qtbot)
    lines = {line.text: line for line in view.lines("loss") if line.in_legend}
    assert lines["validation"].y[-1] == pytest.approx(result["metrics"]["validation"]["loss"])
    assert len(lines["validation"].y) == 3 and lines["validation"].x[-1] == result["steps"]
