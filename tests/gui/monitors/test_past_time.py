"""Going back through a run whose every look is known: each view, the canvas and the head show that moment."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from nndesigner.gui import comfort
from nndesigner.gui.monitors import animation
from nndesigner.gui.monitors.animation import Animation
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.monitors.past_time import PastTime
from nndesigner.protocol.messages import Frame
from nndesigner.runs.store import create_at

STEPS = (30, 60, 90, 120)


def looks(conv: str, step: int) -> list[Frame]:
    """What is measured at a step: every number in it is made of the step."""
    epoch = step / 10
    edges = np.linspace(-step, step, 9).astype(np.float32)
    spread = {"counts": np.full(8, step, np.int64), "edges": edges}
    about = {"mean": float(step), "std": 1.0, "zero_share": 0.0, "not_finite": 0, "values": 8 * step}
    maps = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4)
    ends = {"low": np.zeros(2, np.float32), "high": np.full(2, step, np.float32)}
    matrix = np.diag(np.full(10, step, np.int64))
    matrix[0, 1] = 200 - step
    norms = {"gradient_norm": np.array([step / 1000], np.float32), "std": np.array([step], np.float32)}
    both = {f"weight.{key}": value for key, value in spread.items()}
    return [
        Frame("health", "", step, epoch, norms, {"nodes": [conv], "names": ["conv1"]}),
        Frame("activation_histogram", conv, step, epoch, spread, about),
        Frame(
            "feature_maps",
            conv,
            step,
            epoch,
            {"maps": maps, **ends},
            {"sample": 0, "index": 7, "channels": 2, "shape": [4, 4]},
        ),
        Frame("weight_histogram", conv, step, epoch, both, {"weights": {"weight": {"shape": [8], **about}}}),
        Frame("confusion_matrix", "", step, epoch, {"counts": matrix}, {"classes": list("0123456789")}),
    ]


@pytest.fixture
def conv(node: Callable[[str], str]) -> str:
    return node("Conv2d")


@pytest.fixture
def going(panel: MonitorsPanel, begun, scalars, conv: str):
    """A run that goes on, looked at four times; the convolution is selected. Gives its worker."""
    worker = begun()
    worker.say(scalars(120))
    for step in STEPS:
        for frame in looks(conv, step):
            worker.say(frame)
    panel.show_selection([conv])
    panel.settle()
    return worker


@pytest.fixture
def time(panel: MonitorsPanel, going, app) -> PastTime:
    panel._head.time_button.click()
    app.processEvents()
    return panel.time


def test_the_slider_is_made_with_its_first_use(panel, going, app) -> None:
    assert "time" not in vars(panel)
    panel._head.time_button.click()
    assert panel.time.bar.isVisible() and panel.time.bar.line.steps.tolist() == list(STEPS)
    assert panel.time.bar.moment is None
    panel._head.time_button.click()
    assert not panel.time.bar.isVisible()


@pytest.mark.parametrize("step", STEPS)
def test_every_view_shows_the_frame_of_the_moment(panel, time, conv, step) -> None:
    time.bar.go(step)
    activations, confusion = panel.monitors["activations"], panel.monitors["confusion"]
    assert activations.histogram.counts.tolist() == [step] * 8
    assert activations.maps.high.tolist() == [step, step]
    assert np.trace(confusion.matrix.counts) == 10 * step
    assert f"{10 * step:,} of" in confusion.words.text()
    panel.show_view("weights")
    panel.settle()
    assert panel.monitors["weights"].histograms[0].edges[-1] == step
    overlay = panel.on_canvas.overlays()[conv]
    assert overlay.text == f"∇ {step / 1000:.3g}"
    assert overlay.spark == pytest.approx([s / 1000 for s in STEPS if s <= step])
    assert panel.monitors["curves"].plots["loss"].cursors == (step,)
    assert f"back at step {step}, epoch {step / 10:.1f}" in panel.title.text()
    assert f"step {step}, epoch {step / 10:.1f}" in time.bar.words.text()


def test_the_curves_say_what_was_known_then(panel, time) -> None:
    time.bar.go(60)
    curves = panel.monitors["curves"]
    values = {e.text: e.value for e in curves.plots["loss"].legend.entries}
    assert values["validation"] == f"{2.2 / 60:.4f}"
    curves.set_along("epoch")
    assert curves.plots["loss"].cursors == (6.0,)
    time.bar.go(None)
    assert curves.plots["loss"].cursors == ()


def test_keys_go_through_the_looks_and_back_to_now(panel, time, qtbot) -> None:
    matrix = panel.monitors["confusion"].matrix
    line = time.bar.line

    def shown() -> int:
        return int(matrix.counts[0, 0])

    qtbot.keyClick(line, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: shown() == 30)
    qtbot.keyClick(line, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: shown() == 60)
    qtbot.keyClick(line, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: shown() == 120)
    assert time.bar.moment is None and "back at" not in panel.title.text()
    qtbot.keyClick(line, Qt.Key.Key_Left)
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert time.bar.moment is None


def test_the_past_stays_while_the_run_goes_on(panel, time, going, conv) -> None:
    time.bar.go(60)
    for frame in looks(conv, 150):
        going.say(frame)
    panel.draw_now()
    assert panel.monitors["confusion"].matrix.counts[0, 0] == 60
    assert panel.on_canvas.overlays()[conv].text == "∇ 0.06"
    assert time.bar.line.steps.tolist() == [*STEPS, 150]
    time.bar.go(None)
    assert panel.monitors["confusion"].matrix.counts[0, 0] == 150
    for frame in looks(conv, 180):
        going.say(frame)
    panel.draw_now()
    assert panel.monitors["confusion"].matrix.counts[0, 0] == 180


def test_before_the_first_look_of_a_view_it_says_so(panel, time, going, node) -> None:
    relu = node("ReLU")
    late = Frame(
        "activation_histogram", relu, 120, 12.0, looks(relu, 120)[1].arrays, looks(relu, 120)[1].meta
    )
    going.say(late)
    panel.show_selection([relu])
    panel.settle()
    activations = panel.monitors["activations"]
    assert not activations.is_empty
    time.bar.go(90)
    assert activations.is_empty and "up to step 90" in activations.empty.sentence.text()
    time.bar.go(120)
    assert not activations.is_empty


def test_two_moments_are_compared(panel, time, conv, qtbot) -> None:
    time.bar.go(30)
    time.bar.compare_button.click()
    time.bar.go(90)
    assert (panel.monitors["confusion"].moment, panel.monitors["confusion"].compared) == (90, 30)
    changes = panel.monitors["confusion"].matrix.changes
    assert np.diag(changes).tolist() == [60] * 10 and changes[0, 1] == -60
    assert "+600 right since step 30" in panel.monitors["confusion"].words.text()
    activations = panel.monitors["activations"]
    counts, edges = activations.histogram.before
    assert counts.tolist() == [30] * 8 and edges[-1] == 30
    assert "outline: step 30" in activations.histogram.words
    assert activations.maps.differ and activations.maps.high[1] == pytest.approx(31 / 255 * 60)
    assert panel.on_canvas.overlays()[conv].text == "∇ 0.03 → ∇ 0.09"
    assert panel.monitors["curves"].plots["loss"].cursors == (30, 90)
    assert "against step 30" in time.bar.words.text()
    time.bar.go(30)  # a moment has no difference to itself
    assert panel.monitors["confusion"].matrix.changes is None
    assert panel.on_canvas.overlays()[conv].text == "∇ 0.03"
    time.bar.compare_button.click()
    time.bar.go(90)
    assert panel.monitors["confusion"].compared is None and not activations.maps.differ


def test_closing_the_bar_is_now_again(panel, time) -> None:
    time.bar.go(30)
    panel._head.time_button.click()
    assert panel.monitors["confusion"].matrix.counts[0, 0] == 120
    assert "back at" not in panel.title.text()


def test_another_run_is_shown_as_it_is_now(panel, time, trained) -> None:
    time.bar.go(30)
    time.bar.compare_button.click()
    panel.show_runs([trained("0007-other").path])
    assert time.bar.moment is None and time.bar.compared is None
    assert panel.monitors["confusion"].moment is None
    assert time.bar.line.steps.tolist() == [30]
    assert not time.bar.play_button.isEnabled() and "only one picture" in time.bar.play_button.toolTip()


def test_a_run_from_its_folder_goes_back_too(panel, digits, conv, rows) -> None:
    run = create_at(digits.training.folder / "0009-kept", digits.document)
    run.append_rows(rows(120))
    run.save_frames(looks(conv, 120), [frame for step in STEPS for frame in looks(conv, step)])
    run.save_record(state="finished")
    run.close()
    panel.show_runs([run.path])
    panel.show_selection([conv])
    panel.settle()
    panel.time.show_bar(True)
    panel.time.bar.go(60)
    assert panel.monitors["confusion"].matrix.counts[0, 0] == 60
    assert panel.monitors["activations"].maps.high.tolist() == [60, 60]
    assert panel.time.bar.live_button.text() == "Newest"


def test_playing_goes_through_all_and_ends_at_the_newest(panel, time, qtbot) -> None:
    seen = []
    time.bar.line.moment_changed.connect(lambda: seen.append(time.bar.moment))
    time.bar.play(True)
    time.bar._beat.setInterval(30)
    qtbot.waitUntil(lambda: not time.bar.playing)
    assert seen == [30, 60, 90, None]
    time.bar.play(True)
    time.bar.hide()
    assert not time.bar.playing


def test_with_less_motion_it_plays_slowly(time, app) -> None:
    comfort.choose_less_motion(app, True)
    try:
        time.bar.play(True)
        assert time.bar._beat.interval() >= 1000
    finally:
        comfort.choose_less_motion(app, False)
    time.bar.play(False)


def test_a_view_becomes_an_animation(panel, time, qtbot, tmp_path: Path, monkeypatch) -> None:
    chosen = tmp_path / "matrix"
    monkeypatch.setattr(animation.QFileDialog, "getSaveFileName", lambda *_: (str(chosen), ""))
    confusion = panel.monitors["confusion"]
    time.bar.go(60)
    menu = confusion.menu()
    {action.text(): action for action in menu.actions()}[
        "Save the whole run as an animation (GIF)…"
    ].trigger()
    menu.deleteLater()
    assert time.animation is not None and time.animation.moments == list(STEPS)
    qtbot.waitUntil(lambda: time.animation is None)
    with Image.open(tmp_path / "matrix.gif") as found:
        assert found.n_frames == len(STEPS)
        pictures = []
        for number, step in enumerate(STEPS):
            found.seek(number)
            pictures.append(np.asarray(found.convert("RGB"), np.int64))
            time.bar.go(step)
            image = confusion.grab().toImage()
            place = confusion.matrix.mapTo(confusion, confusion.matrix.frame().center().toPoint())
            want = image.pixelColor(place)
            assert np.abs(pictures[-1][place.y(), place.x()] - [*want.getRgb()[:3]]).max() <= 24
    assert all((a != b).any() for a, b in itertools.pairwise(pictures))


def test_afterwards_the_moment_is_the_one_before(panel, time, qtbot, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(animation.QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.gif"), ""))
    time.bar.go(60)
    time.save_view(panel.monitors["confusion"])
    qtbot.waitUntil(lambda: time.animation is None)
    assert time.bar.moment == 60 and panel.monitors["confusion"].matrix.counts[0, 0] == 60


def test_an_animation_is_called_off(panel, time, qtbot, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(animation.QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.gif"), ""))
    time.save_view(panel.monitors["confusion"])
    time.animation.window.findChild(QPushButton).click()
    assert time.animation is None and time.bar.moment is None
    qtbot.wait(60)
    assert not list(tmp_path.glob("*.gif"))


def test_a_disk_that_refuses_an_animation_is_said(panel, time, qtbot, tmp_path: Path, monkeypatch) -> None:
    said: list[str] = []
    chosen = str(tmp_path / "no" / "a.gif")
    monkeypatch.setattr(animation.QFileDialog, "getSaveFileName", lambda *_: (chosen, ""))
    monkeypatch.setattr(animation, "tell", lambda parent, title, sentence: said.append(sentence))
    time.save_view(panel.monitors["confusion"])
    qtbot.waitUntil(lambda: bool(said))
    assert "was not written" in said[0] and time.animation is None


def test_nothing_is_saved_without_a_name(panel, time, monkeypatch) -> None:
    monkeypatch.setattr(animation.QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    time.save_view(panel.monitors["confusion"])
    assert time.animation is None


def test_a_long_run_has_a_picture_for_some_of_its_looks(
    panel, time, qtbot, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(animation, "MOST_PICTURES", 3)
    went: list[int] = []
    made = Animation(
        panel.monitors["confusion"],
        tmp_path / "a.gif",
        range(0, 1001, 10),
        went.append,
        str,
        panel._session.elsewhere,
        lambda: went.append(-1),
    )
    assert made.moments == [0, 500, 1000]
    qtbot.waitUntil(lambda: went[-1:] == [-1])
    assert went == [0, 500, 1000, -1]
