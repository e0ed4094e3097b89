"""A recorded run of the digits CNN in a window, and its slider moved through it: `scrub_side.py FOLDER`.

Prints one line of JSON: {"alone": [CPU milliseconds of each move and its paint], "compared": […], "frames": how many}.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

LOOKS, EVERY = 240, 40
"""looks that were recorded, and the steps between two"""
SIZE = 1600, 1000


def recorded(document: Any, folder: Path) -> Any:
    """A run of 9,600 steps of which everything that the open views draw was looked at 240 times."""
    from nndesigner.check.check import check
    from nndesigner.protocol.messages import Frame, ScalarRow
    from nndesigner.runs.store import create_at

    generator = np.random.default_rng(0)
    nodes = [n for n in document.nodes() if n.type != "Output"]
    conv = next(n for n in nodes if n.type == "Conv2d")
    run = create_at(folder, document)
    run.append_rows(
        ScalarRow(step, step / EVERY, split, name, 1 / step + 0.01 * float(generator.random()), step * 0.005)
        for step in range(1, LOOKS * EVERY + 1)
        for split, name in (("train", "loss"), ("validation", "loss"), ("validation", "accuracy"))
        if split == "train" or step % EVERY == 0
    )
    ids, names = [n.id for n in nodes], [n.name for n in nodes]
    frames = []
    for look in range(1, LOOKS + 1):
        step, epoch = look * EVERY, float(look)

        def add(measurement: str, node: str, arrays: Any, meta: Any, at=(step, epoch)) -> None:
            frames.append(Frame(measurement, node, *at, arrays, meta))

        numbers = {
            key: generator.random(len(ids)).astype(np.float32)
            for key in ("gradient_norm", "weight_norm", "mean", "std", "active", "dead", "saturated")
        }
        add("health", "", numbers, {"nodes": ids, "names": names})
        counts, edges = np.histogram(generator.normal(scale=1 + look / 60, size=4096), 48)
        spread = {"counts": counts.astype(np.int64), "edges": edges.astype(np.float32)}
        add("activation_histogram", conv.id, spread, {"mean": 0.0, "std": 1.0, "zero_share": 0.0})
        maps = generator.integers(0, 255, (16, 8, 8)).astype(np.uint8)
        ends = {"low": np.zeros(16, np.float32), "high": np.ones(16, np.float32)}
        about = {"sample": 0, "index": 7, "channels": 16, "shape": [8, 8]}
        add("feature_maps", conv.id, {"maps": maps, **ends}, about)
        matrix = generator.integers(0, 4, (10, 10)) + 20 * np.eye(10, dtype=np.int64)
        add("confusion_matrix", "", {"counts": matrix}, {"classes": list("0123456789")})
    newest = {(frame.node, frame.measurement): frame for frame in frames}
    run.save_frames(newest.values(), frames)
    run.save_record(state="finished")
    run.close()
    assert check(document).heads
    return run, conv.id


def main(folder: Path) -> dict[str, Any]:
    from PySide6.QtWidgets import QApplication

    from nndesigner.gui.main_window import MainWindow
    from nndesigner.gui.theme import choose_theme
    from nndesigner.session.session import Session
    from tests.networks import digits_cnn

    app = QApplication([])
    choose_theme(app, "light")
    session = Session()
    session.files.new(digits_cnn())
    session.files.save_as(folder / "digits.nnd")
    run, conv = recorded(session.document, session.training.folder / "recorded")
    window = MainWindow(session)
    window.resize(*SIZE)
    window.show()
    window.show_project()
    app.processEvents()
    window.show_monitors()
    for _ in range(20):  # parts of the window are made one after another
        time.sleep(0.02)
        app.processEvents()
    panel = window.docks["monitors"].content
    panel.show_runs([run.path])
    window.canvas.select([conv])
    for _ in range(20):
        time.sleep(0.05)
        app.processEvents()
    panel.time.show_bar(True)
    panel.settle()
    app.processEvents()
    shown = [name for name, monitor in panel.monitors.items() if monitor.isVisible() and not monitor.is_empty]
    line = panel.time.bar.line

    def moves() -> list[float]:
        taken = []
        for place in range(LOOKS):
            began = time.process_time()
            line.setValue(place)
            panel.time.bar.go(panel.time.bar.moment)
            app.processEvents()
            taken.append((time.process_time() - began) * 1000)
            assert panel.monitors["curves"].moment == (place + 1) * EVERY
        return taken[5:]

    alone = moves()
    line.show_mark(EVERY)
    found = {"alone": alone, "compared": moves(), "frames": len(line.steps), "views": shown}
    window.close_down()
    window.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
