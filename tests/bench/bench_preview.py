"""From an edit of a convolutional network of 50 layers until the panel has drawn the preview of what was edited.

The panel is the real one, off the screen, with a real warm worker; what is in sight are the pictures of the edited
convolution and the numbers on the canvas.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from harness import Part, Result

LAYERS = 50
EDITS = 25
WARM_UP = 5


def network(layers: int) -> Any:
    """Digits through convolutions, each with normalization and ReLU."""
    from tests.networks import DIGIT, DIGIT_IMAGE, chain

    stage = (
        ("Conv2d", {"out_channels": 16, "kernel_size": 3, "padding": "same"}),
        ("BatchNorm2d", {}),
        ("ReLU", {}),
    )
    body = [stage[i % len(stage)] for i in range(layers - 5)]
    end = [("MaxPool2d", {}), ("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})]
    return chain([("ImageInput", {}), *body, *end], [DIGIT_IMAGE, DIGIT])


def run(absent: list[str]) -> Sequence[Result]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from nndesigner.gui.monitors.panel import MonitorsPanel
    from nndesigner.gui.theme import choose_theme
    from nndesigner.gui.worker_driver import QtDriver
    from nndesigner.runs.pool import WorkerPool
    from nndesigner.session.session import Session

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    choose_theme(app, "light")
    driver = QtDriver()
    pool = WorkerPool(driver)
    pool.open()
    session = Session(pool)

    def wait(over: Callable[[], bool], seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while not over():
            app.processEvents()
            time.sleep(0.0005)
            if time.monotonic() > until:
                raise RuntimeError("the preview did not arrive")

    session.files.new(network(LAYERS))
    session.data.inspect()
    wait(lambda: pool.warm and not session.data.busy)
    panel = MonitorsPanel(session)
    panel.resize(1200, 340)
    panel.show()
    conv = next(n for n in session.document.nodes() if n.type == "Conv2d")
    panel.show_selection([conv.id])
    activations = panel.monitors["activations"]
    took = []
    try:
        wait(lambda: not activations.is_empty)
        for number in range(WARM_UP + EDITS):
            channels = 17 + number % 7
            began = time.perf_counter()
            session.edit("", "set_parameter", node=conv.id, parameter="out_channels", value=channels)
            wait(lambda channels=channels: len(activations.maps.maps) == channels)
            if number >= WARM_UP:
                took.append(1000 * (time.perf_counter() - began))
            wait(lambda: not session.previewing.busy)
    finally:
        panel.close_down()
        panel.close()
        session.close()
        pool.close()
        driver.close()
    return [
        Result(
            f"from an edit to its preview, {LAYERS} layers, warm worker",
            statistics.median(took),
            "ms (wall)",
            bar=150,
            better="lower",
        )
    ]


PART = Part("preview", run)
