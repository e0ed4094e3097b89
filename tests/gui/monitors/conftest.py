"""A session on the digits network whose one worker is spoken for by the test, and a panel of live views on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.protocol.messages import Clock, Frame, Message, ScalarRow, Scalars, State
from nndesigner.runs.store import RunFolder, create_at
from nndesigner.session.session import Session
from tests.networks import digits_cnn


class Worker(Protocol):
    """The last job that was handed in, as the test speaks for it."""

    job: Any
    controls: list[Any]

    def say(self, message: Message) -> None: ...
    def end(self, outcome: Any) -> None: ...


class Staff(Protocol):
    last: Worker


@pytest.fixture
def digits(app: QApplication, pool: Staff, tmp_path: Path) -> Session:
    """A saved project: digits, a small convolutional network."""
    session = Session(pool)  # type: ignore[arg-type]
    session.files.new(digits_cnn())
    session.files.save_as(tmp_path / "digits.nnd")
    return session


@pytest.fixture
def node(digits: Session) -> Callable[[str], str]:
    """The id of the first node of a type."""
    return lambda type: next(n.id for n in digits.document.nodes() if n.type == type)


@pytest.fixture
def panel(digits: Session, app: QApplication) -> Iterator[MonitorsPanel]:
    """The panel, wide, in sight."""
    made = MonitorsPanel(digits)
    made.resize(1200, 340)
    made.show()
    app.processEvents()
    made.settle()
    yield made
    made.close_down()
    made.close()
    made.deleteLater()
    app.processEvents()


@pytest.fixture
def rows() -> Callable[..., tuple[ScalarRow, ...]]:
    """Numbers of a run: the loss of every step, losses and accuracies of every tenth."""

    def make(steps: int = 300, start: int = 1) -> tuple[ScalarRow, ...]:
        found: list[ScalarRow] = []
        for step in range(start, start + steps):
            epoch = step / 10
            found.append(ScalarRow(step, epoch, "train", "loss", 2.0 / step + 0.01 * (step % 3), step * 0.01))
            if step % 10 == 0:
                found.append(ScalarRow(step, epoch, "train", "accuracy", 1 - 1 / step, step * 0.01))
                found.append(ScalarRow(step, epoch, "validation", "loss", 2.2 / step, step * 0.01))
                found.append(ScalarRow(step, epoch, "validation", "accuracy", 1 - 1.5 / step, step * 0.01))
        return tuple(found)

    return make


@pytest.fixture
def frames(digits: Session) -> Callable[[], tuple[Frame, ...]]:
    """A picture of every measurement at every node that has it."""

    def make() -> tuple[Frame, ...]:
        generator = np.random.default_rng(0)
        found: list[Frame] = []
        nodes = digits.document.nodes()
        for n in nodes:
            counts, edges = np.histogram(generator.normal(size=500), 48)
            meta = {"mean": 0.5, "std": 1.0, "zero_share": 0.25, "not_finite": 0, "values": 500}
            arrays = {"counts": counts.astype(np.int64), "edges": edges.astype(np.float32)}
            found.append(Frame("activation_histogram", n.id, 30, 3.0, arrays, meta))
            if n.type in ("Conv2d", "ReLU"):
                maps = generator.integers(0, 255, (4, 8, 8)).astype(np.uint8)
                ends = {"low": np.zeros(4, np.float32), "high": np.ones(4, np.float32)}
                about = {"sample": 0, "index": 7, "channels": 4, "shape": [8, 8]}
                found.append(Frame("feature_maps", n.id, 30, 3.0, {"maps": maps, **ends}, about))
            if n.type in ("Conv2d", "Linear"):
                both = {
                    f"{name}.{key}": value for name in ("weight", "bias") for key, value in arrays.items()
                }
                about = {"weights": {name: {**meta, "shape": [4, 3]} for name in ("weight", "bias")}}
                found.append(Frame("weight_histogram", n.id, 30, 3.0, both, about))
        ids = [n.id for n in nodes[:-1]]
        norms = np.array([0.5 if n.type in ("Conv2d", "Linear") else np.nan for n in nodes[:-1]], np.float32)
        plain = np.linspace(0.1, 1, len(ids)).astype(np.float32)
        health = {"gradient_norm": norms, "weight_norm": norms, "mean": plain, "std": plain, "active": plain}
        found.append(Frame("health", "", 30, 3.0, health, {"nodes": ids}))
        counts = np.diag(np.arange(1, 11))
        counts[3, 5] = 2
        found.append(
            Frame("confusion_matrix", "", 30, 3.0, {"counts": counts}, {"classes": list("0123456789")})
        )
        found += more_frames(nodes)
        return tuple(found)

    return make


def more_frames(nodes) -> list[Frame]:
    """Those of the views that wait to be asked for."""
    generator = np.random.default_rng(1)
    found: list[Frame] = []
    sizes = generator.integers(0, 50, 64).astype(np.int32)
    about = {"zero": 5, "not_finite": 0, "sampled": int(sizes.sum()) + 5}
    for n in nodes[:-1]:
        found.append(Frame("activation_magnitudes", n.id, 30, 3.0, {"counts": sizes}, about))
        points = generator.normal(size=(20, 2)).astype(np.float32)
        arrays = {"points": points, "index": np.arange(20), "codes": np.arange(20, dtype=np.int32) % 10}
        words = {"explained": [0.6, 0.2], "features": 9, "classes": list("0123456789"), "target": "digit"}
        found.append(Frame("projection", n.id, 30, 3.0, arrays, words))
        if n.type in ("Conv2d", "Linear"):
            found.append(Frame("gradient_magnitudes", n.id, 30, 3.0, {"counts": sizes}, about))
        if n.type == "Conv2d":
            weights = generator.normal(size=(4, 3, 3)).astype(np.float16)
            found += unit_frames(n.id)
            found.append(
                Frame("filters", n.id, 30, 3.0, {"filters": weights}, {"input": 0, "inputs": 1, "all": 4})
            )
    ids = {"nodes": [n.id for n in nodes[:-1]], "names": [n.name for n in nodes[:-1]]}
    ratios = np.full(len(nodes) - 1, 1e-3, np.float32)
    arrays = {"ratio": ratios, "update_norm": ratios, "weight_norm": ratios * 1e3}
    found.append(Frame("update_ratio", "", 30, 3.0, arrays, ids))
    spreads = {"signal": np.ones(len(nodes) - 1, np.float32), "gradient": ratios}
    about = {**ids, "ports": ["y"] * (len(nodes) - 1), "samples": 16}
    found.append(Frame("signal_gradient", "", 30, 3.0, spreads, about))
    worst = {name: np.arange(6, dtype=np.float32) for name in ("loss", "answer", "truth", "certain")}
    worst["index"] = np.arange(6)
    words = {"kind": "class", "classes": list("0123456789"), "samples": 57, "wrong": 2, "previews": []}
    found.append(Frame("worst_samples", "", 30, 3.0, worst, words))
    numbers = generator.normal(size=(2, 30)).astype(np.float32)
    arrays = {"truth": numbers[0], "answer": numbers[1], "index": np.arange(30)}
    words = {"mae": 1.0, "rmse": 1.0, "r2": 0.5, "bias": 0.0, "column": 0, "columns": 1, "samples": 30}
    found.append(Frame("regression", "", 30, 3.0, arrays, {**words, "name": "y"}))
    counts = generator.integers(0, 9, (2, 10, 200)).astype(np.int32)
    arrays = {"with": counts[0], "without": counts[1]}
    arrays |= {name: np.full(15, 4, np.int32) for name in ("certain", "right")}
    arrays["claimed"] = np.linspace(0, 4, 15).astype(np.float32)
    words = {"auc": [0.9] * 10, "precision": [0.8] * 10, "calibration_error": 0.1}
    found.append(Frame("score_curves", "", 30, 3.0, arrays, {**words, "classes": list("0123456789")}))
    heads = {"weights": np.full((2, 5, 5), 9, np.uint8), "strongest": np.ones(2, np.float32)}
    words = {"sample": 0, "index": 4, "heads": 2, "queries": 5, "keys": 5, "tokens": list("abcde")}
    found += [Frame("attention_maps", n.id, 30, 3.0, heads, words) for n in nodes[:-1]]
    return found


def unit_frames(node: str) -> list[Frame]:
    """Two filters of 2 × 2 over one channel at the first place of a map of 3 × 3; the sums add up."""
    weight = np.array([[[1.0, -2.0, 0.5, 0.0]], [[0.25, 0.0, 0.0, 0.0]]], np.float32)
    inputs = np.array([[[1.0, 0.5, 2.0, 1.0]]] * 2, np.float32)
    total = (weight * inputs).sum(axis=2) + 0.5
    arrays = {
        "units": np.arange(2),
        "places": np.zeros(2, np.int64),
        "weight": weight,
        "inputs": inputs,
        "gradient": weight / 10,
        "bias": np.full((2, 1), 0.5, np.float32),
        "sum": total,
        "output": total[:, 0],
        "output_gradient": np.full(2, -0.125, np.float32),
        "after": np.maximum(total, 0),
        "values": np.linspace(-1, 1, 18).reshape(2, 3, 3).astype(np.float16),
        "map": np.linspace(-1, 1, 9).reshape(3, 3).astype(np.float32),
    }
    meta = {"kind": "sum", "unit": 0, "all": 2, "index": 7, "offered": 7, "source": "image1", "frozen": False}
    meta |= {"parts": [""], "shape": [1, 2, 2], "split": 0, "cut": 0, "names": [], "size": [3, 3]}
    meta |= {"functions": [["relu1", "ReLU"]], "tokens": [], "preview": {}}
    meta["window"] = {"stride": [1, 1], "padding": [1, 1], "dilation": [1, 1]}
    ends = {"most": np.array([[4, 7], [1, 2]]), "least": np.array([[9, 8], [3, 5]])}
    ends |= {f"{end}_value": np.array([[2.0, 1.0], [4.0, 3.0]], np.float32) for end in ("most", "least")}
    ends |= {"units": np.arange(2), "active": np.array([0.75, 0.0], np.float32)}
    about = {"unit": 0, "all": 2, "samples": 270, "rectified": True, "previews": []}
    return [Frame("unit", node, 30, 3.0, arrays, meta), Frame("unit_samples", node, 30, 3.0, ends, about)]


@pytest.fixture
def begun(digits: Session, pool: Staff) -> Callable[[], Worker]:
    """Starts a run; the worker says that it runs."""

    def begin() -> Worker:
        digits.training.train()
        pool.last.say(State("running"))
        return pool.last

    return begin


@pytest.fixture
def trained(
    digits: Session, rows: Callable[..., tuple[ScalarRow, ...]], frames: Callable[[], tuple[Frame, ...]]
) -> Callable[..., RunFolder]:
    """A finished run in its folder, with numbers and pictures."""

    def make(name: str, steps: int = 300, **changes: Any) -> RunFolder:
        run = create_at(digits.training.folder / name, digits.document)
        run.append_rows(rows(steps))
        run.save_frames(frames())
        result = {"epochs": steps // 10, "metrics": {"validation": {"loss": 0.1, "accuracy": 0.974}}}
        run.save_record(**{"state": "finished", "result": result, **changes})
        run.close()
        return run

    return make


@pytest.fixture
def clock() -> Clock:
    return Clock(300, 1000, 30.0, 100, 5000.0, 7.0)


@pytest.fixture
def scalars(rows: Callable[..., tuple[ScalarRow, ...]]) -> Callable[..., Scalars]:
    return lambda *args, **more: Scalars(rows(*args, **more))
