"""Text size and motion: chosen in the View menu, kept, and taken up by window and canvas."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QVariantAnimation
from PySide6.QtWidgets import QApplication, QLabel

from nndesigner.gui import comfort, window_state
from nndesigner.gui.main_window import MainWindow


@pytest.fixture(autouse=True)
def normal(app: QApplication) -> Iterator[None]:
    yield
    comfort.choose_text_size(app, comfort.NORMAL)
    comfort.choose_less_motion(app, False)


def test_the_window_and_the_canvas_take_another_text_size(window: MainWindow, app: QApplication) -> None:
    words = QLabel("Layers", window)
    words.ensurePolished()
    before, scale = words.fontMetrics().height(), window.canvas.scale_now
    window.actions_.run("text-largest")
    words.ensurePolished()
    assert words.fontMetrics().height() > 1.3 * before
    assert window.canvas.scale_now == pytest.approx(1.5 * scale)
    window.actions_.run("zoom-reset")
    assert window.canvas.scale_now == pytest.approx(1.5)
    assert "font-size: 27px" in app.styleSheet()
    assert window_state.read().text_size == "largest"
    assert window.actions_.made["text-largest"].isChecked()
    window.actions_.run("text-normal")
    words.ensurePolished()
    assert words.fontMetrics().height() == before and window.canvas.scale_now == pytest.approx(1.0)


def test_sizes_do_not_add_up(app: QApplication) -> None:
    before = app.font().pointSizeF()
    for size in ("larger", "largest", "larger", "smaller"):
        comfort.choose_text_size(app, size)
    assert app.font().pointSizeF() == pytest.approx(0.9 * before)
    comfort.choose_text_size(app, "no such size")
    assert app.font().pointSizeF() == pytest.approx(before)


@pytest.mark.parametrize("less", [False, True])
def test_with_less_motion_a_layer_lights_up_and_does_not_fade(window: MainWindow, less: bool) -> None:
    if less:
        window.actions_.run("less-motion")
    assert window_state.read().less_motion is less
    done = window.session.edit("", "add_node", type="ReLU", x=0, y=0)
    (node,) = done.added
    window.canvas.flash(node)
    (glow,) = window.canvas.findChildren(QVariantAnimation)
    glow.setCurrentTime(glow.duration() // 2)
    strength = window.canvas.state.flashes[node]
    assert (strength == 1.0) is less
    glow.setCurrentTime(glow.duration())
    assert node not in window.canvas.state.flashes


def test_every_panel_is_reached_by_its_key(window: MainWindow, qtbot) -> None:
    window.activateWindow()
    qtbot.waitActive(window)
    for name, dock in window.docks.items():
        window.actions_.run(f"go-{name}")

        def inside(dock=dock) -> bool:
            focused = QApplication.focusWidget()
            return focused is not None and dock.isAncestorOf(focused)

        qtbot.waitUntil(inside, timeout=4000)
