"""Views of what is found out on demand: started and cancelled by a click, drawn as it comes, one click to use it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.document.plan import plan_values
from nndesigner.gui.monitors import export
from nndesigner.gui.monitors.explorer import Explorer
from nndesigner.gui.monitors.explorer_settings import ExplorerSettings
from nndesigner.gui.monitors.gradient_noise import GradientNoise
from nndesigner.gui.monitors.loss_landscape import LossLandscape, contours, scaled
from nndesigner.gui.monitors.lr_finder import LRFinder
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.monitors.sharpness import Sharpness
from nndesigner.gui.theme import choose_theme
from nndesigner.protocol.jobs import Explore
from nndesigner.protocol.messages import Done, Failed, Frame, Progress
from nndesigner.session.session import Session
from tests.explorations.subjects import cnn, explore, subject_of, vectors

NAMES = ("lr_finder", "gradient_noise", "layer_costs", "sharpness", "loss_landscape")


@pytest.fixture(scope="module")
def results() -> dict[str, Frame]:
    """Of every exploration a real one, of a small network."""
    found = {}
    for name in NAMES:
        options = {"points": 7, "samples": 16} if name == "loss_landscape" else {}
        arrays, meta = explore(name, subject_of(cnn()), **options)
        found[name] = Frame(name, "", 30, 3.0, arrays, {**meta, "options": {"lowest": 1e-6, "highest": 10.0}})
    return found


@pytest.fixture
def open_view(panel: MonitorsPanel, app: QApplication) -> Callable[[str], Any]:
    def show(name: str) -> Any:
        panel.resize(1200, 420)
        panel.show_view(name)
        app.processEvents()
        panel.settle()
        view = panel.monitors[name]
        assert isinstance(view, Explorer) and view.isVisible()
        return view

    return show


def click(view: Explorer) -> None:
    QTest.mouseClick(view.button, Qt.MouseButton.LeftButton)


def found_out(view: Explorer, pool: Any, frame: Frame) -> None:
    click(view)
    pool.last.say(frame)
    pool.last.end(Done({"step": frame.step, "kept": False}))


@pytest.mark.parametrize("name", NAMES)
def test_a_click_starts_it_and_another_cancels(open_view, pool, name: str) -> None:
    view = open_view(name)
    assert view.is_empty and view.before.isVisible() and view.button.text() == "Start"
    saving = [action for action in view.menu().actions() if action.text().startswith(("Save", "Copy"))]
    assert len(saving) >= 4 and not any(action.isEnabled() for action in saving), "nothing to save yet"
    click(view)
    job = pool.last.job
    assert isinstance(job, Explore) and job.exploration == name and job.project and not job.run
    pool.last.say(Progress(0.4, "Step 4 of 10"))
    assert view.button.text() == "Cancel" and view.bar.isVisible() and view.bar.value() == 400
    assert view.state.text() == "Step 4 of 10"
    click(view)
    assert pool.last.cancelled
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    assert view.button.text() == "Start" and view.is_empty and not view.warning.isVisible()


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.long)])
@pytest.mark.parametrize("name", NAMES)
def test_a_result_is_drawn_with_what_it_means_and_can_be_saved(
    open_view, pool, results, app: QApplication, tmp_path: Path, name: str, theme: str
) -> None:
    view = open_view(name)
    choose_theme(app, theme)
    found_out(view, pool, results[name])
    app.processEvents()
    assert not view.is_empty and view.picture.isVisible() and view.picture.height() >= 100
    assert view.verdict.text() and view.words.text().endswith(".")
    image = view.picture.grab().toImage()
    assert len({image.pixel(x, y) for x in range(20, 200) for y in (34, 40)}) > 3, "there is a picture"
    header, rows = view.table()
    assert rows and all(len(row) == len(header) for row in rows)
    enabled = [action.text() for action in view.menu().actions() if action.isEnabled()]
    assert any("PNG" in text for text in enabled) and any("CSV" in text for text in enabled)
    assert not any("animation" in text for text in enabled)
    export.save_table(tmp_path / "numbers.csv", header, rows)
    assert len((tmp_path / "numbers.csv").read_text().splitlines()) == 1 + len(rows)
    export.save_picture(view, tmp_path / "picture.png")
    assert QImage(str(tmp_path / "picture.png")).width() == 2 * view.width()


def test_a_runs_result_is_read_from_its_folder(open_view, panel, trained, results, pool) -> None:
    run = trained("0001-digits")
    run.save_explored(results["sharpness"])
    panel.show_runs((run.path,))
    view = open_view("sharpness")
    assert isinstance(view, Sharpness) and view.place == run.path
    assert view.verdict.text().startswith("Sharpness") and "step 30" in view.state.text()
    click(view)
    assert pool.last.job.run == str(run.path) and not pool.last.job.project
    other = open_view("gradient_noise")
    assert other.is_empty and not other.busy
    click(other)
    assert other.warning.isVisible() and "being explored" in other.warning.text()


def test_a_failure_is_one_sentence_and_goes_with_the_next_start(open_view, pool) -> None:
    view = open_view("sharpness")
    click(view)
    pool.last.end(Failed("There is not enough memory.", "", "memory"))
    assert view.warning.isVisible() and view.warning.text() == "There is not enough memory."
    click(view)
    assert not view.warning.isVisible()


def test_an_edit_since_is_said(open_view, pool, results, digits: Session, node) -> None:
    view = open_view("sharpness")
    found_out(view, pool, results["sharpness"])
    assert not view.warning.isVisible()
    digits.edit("", "set_parameter", node=node("Conv2d"), parameter="out_channels", value=9)
    assert view.warning.isVisible() and "edited since" in view.warning.text()


# -- what each one offers ----------------------------------------------------------------------------------------------
def test_a_suggested_learning_rate_is_one_click_and_one_undo_away(
    open_view, pool, results, digits: Session
) -> None:
    view = open_view("lr_finder")
    assert isinstance(view, LRFinder)
    before = plan_values(digits.document)[0]["learning_rate"]
    found_out(view, pool, results["lr_finder"])
    suggested = view.suggested["steepest"]
    assert suggested != before and view.buttons["steepest"].text().startswith("Use ")
    assert [mark.words for mark in view.chart.marks] == ["steepest", "minimum / 10", "now"]
    QTest.mouseClick(view.buttons["steepest"], Qt.MouseButton.LeftButton)
    assert plan_values(digits.document)[0]["learning_rate"] == suggested
    assert not view.buttons["steepest"].isEnabled() and view.buttons["tenth"].isEnabled()
    assert not view.warning.isVisible(), "the network is the same"
    digits.undo()
    assert plan_values(digits.document)[0]["learning_rate"] == before


def test_a_run_may_lend_its_weights_to_the_lr_finder(open_view, panel, trained, pool) -> None:
    run = trained("0001-digits")
    panel.show_runs((run.path,))
    view = open_view("lr_finder")
    assert view.weights.isVisible() and view.place is None
    click(view)
    assert pool.last.job.project and not pool.last.job.run
    pool.last.end(Failed("Cancelled.", "", "cancelled"))
    view.weights.setCurrentIndex(1)
    click(view)
    assert pool.last.job.project and pool.last.job.run == str(run.path)


def test_nothing_is_suggested_where_the_loss_does_not_fall(open_view, pool, results) -> None:
    view = open_view("lr_finder")
    frame = results["lr_finder"]
    flat = {**frame.arrays, "loss": np.full_like(frame.arrays["loss"], 2.3)}
    meta = {**frame.meta, **dict.fromkeys(("steepest", "minimum", "tenth"), float("nan")), "diverged": False}
    found_out(view, pool, Frame("lr_finder", "", 0, 0.0, flat, meta))
    assert not any(button.isVisible() for button in view.buttons.values())
    assert "does not fall" in view.verdict.text()


@pytest.mark.parametrize(
    "batch,hint", [(1, "Larger batches"), (4096, "Smaller batches"), (None, "about right")]
)
def test_the_batch_size_hint(open_view, pool, results, digits: Session, batch, hint: str) -> None:
    frame = results["gradient_noise"]
    view = open_view("gradient_noise")
    assert isinstance(view, GradientNoise)
    digits.edit("", "set_plan", values={"batch_size": batch or round(frame.meta["scale"])})
    found_out(view, pool, frame)
    assert hint in view.words.text()
    assert view.use_button.isVisible() == (batch is not None)
    if batch is not None:
        QTest.mouseClick(view.use_button, Qt.MouseButton.LeftButton)
        size = plan_values(digits.document)[0]["batch_size"]
        assert size == view.suggested or frame.meta["scale"] / 2 < size < frame.meta["scale"] * 2
        assert "about right" in view.words.text()


def test_a_gradient_that_drowns_is_said(open_view, pool, app) -> None:
    import torch

    samples = torch.randn(500, 8, generator=torch.Generator().manual_seed(0))
    arrays, meta = explore("gradient_noise", vectors(samples - samples.mean(dim=0)), batches=16, samples=1)
    meta |= {"scale": float("nan"), "high": float("inf"), "low": float("nan")}
    view = open_view("gradient_noise")
    found_out(view, pool, Frame("gradient_noise", "", 0, 0.0, arrays, meta))
    assert "drowns" in view.verdict.text() and not view.use_button.isVisible()
    view.picture.grab()


@pytest.mark.parametrize(
    "sharpness,exact,words", [(10.0, True, "stable"), (19.0, True, "edge"), (40.0, False, "overshoot")]
)
def test_sharpness_is_held_against_the_limit(open_view, pool, sharpness, exact, words: str) -> None:
    view = open_view("sharpness")
    arrays = {"largest": np.array([1.0, sharpness]), "smallest": np.array([0.5, 0.1])}
    meta = {"sharpness": sharpness, "limit": 20.0, "exact": exact, "rate": 0.1, "error": 0.0, "samples": 16}
    found_out(view, pool, Frame("sharpness", "", 0, 0.0, arrays, meta))
    assert words in view.words.text() and ("Adam" in view.words.text()) == (not exact)
    if words == "overshoot":
        assert "0.05" in view.words.text(), "the rate that it would bear"


def test_the_landscape_as_a_plane_along_lines_and_with_the_way_in_it(
    open_view, panel, pool, results, trained, app
) -> None:
    run = trained("0001-digits")
    panel.show_runs((run.path,))
    view = open_view("loss_landscape")
    assert isinstance(view, LossLandscape)
    frame = results["loss_landscape"]
    path = {"path": np.array([[0.5, 0.5], [0.2, -0.1], [0.0, 0.0]])}
    words = {"path_labels": ["start", "step 20", "these weights"], "held": [0.02, 0.03, 1.0]}
    found_out(
        view, pool, Frame("loss_landscape", "", 30, 3.0, {**frame.arrays, **path}, {**frame.meta, **words})
    )
    app.processEvents()
    surface = view.surface
    assert surface.isVisible() and surface.words_at(surface.place(0.5, 0.5)) == "start"
    assert (
        "loss" in surface.words_at(surface.place(-0.9, 0.9))
        and surface.words_at(QPoint(0, 0).toPointF()) == ""
    )
    assert "Only 2 %" in view.words.text()
    view.kind.setCurrentIndex(1)
    assert view.chart.isVisible() and len(view.chart.strokes) == 2
    QTest.mouseClick(view.other_plane, Qt.MouseButton.LeftButton)
    assert pool.last.job.options["directions"] == "path"


def test_a_landscape_that_still_grows_is_blank_where_it_is_not_known(open_view, pool, results) -> None:
    view = open_view("loss_landscape")
    frame = results["loss_landscape"]
    loss = frame.arrays["loss"].copy()
    loss[3:] = np.nan
    click(view)
    pool.last.say(Frame("loss_landscape", "", 0, 0.0, {**frame.arrays, "loss": loss}, frame.meta))
    assert "blank" not in view.words.text()
    pool.last.end(Done({}))
    assert "At 28 points" in view.words.text()
    view.picture.grab()


def test_contours_are_where_the_height_is() -> None:
    x = np.tile(np.linspace(0, 1, 11), (11, 1))
    lines = contours(x, 1)
    assert len(lines) == 20 and all(abs(line.x1() - 5) < 1e-9 and abs(line.x2() - 5) < 1e-9 for line in lines)
    assert contours(np.full((3, 3), np.nan), 4) == []
    assert scaled(np.array([[0.0, 1.0], [np.nan, 9.0]]))[1, 1] == 1.0


def test_settings_hold_for_the_next_start(open_view, pool, app: QApplication) -> None:
    view = open_view("sharpness")
    QTest.mouseClick(view.settings_button, Qt.MouseButton.LeftButton)
    app.processEvents()
    dialog = view.findChild(ExplorerSettings)
    assert dialog is not None and set(dialog.form.rows) == {"products", "samples", "seed"}
    dialog.form.rows["products"].editor.entered.emit(7)
    dialog.accept()
    app.processEvents()
    click(view)
    assert pool.last.job.options == {"products": 7}


def test_a_damaged_result_is_said_instead_of_drawn(open_view, pool, results) -> None:
    view = open_view("loss_landscape")
    frame = results["loss_landscape"]
    odd = {**frame.arrays, "x": np.zeros(3)}
    found_out(view, pool, Frame("loss_landscape", "", 0, 0.0, odd, frame.meta))
    assert "cannot be read" in view.empty.sentence.text()


def test_in_little_room_picture_and_words_scroll_together(open_view, panel, pool, results, app) -> None:
    view = open_view("sharpness")
    found_out(view, pool, results["sharpness"])
    panel.resize(300, 260)
    app.processEvents()
    panel.show_view("sharpness")
    app.processEvents()
    assert view.picture.height() >= 100
    assert view.picture.geometry().bottom() < view.verdict.parentWidget().geometry().top() + 1
