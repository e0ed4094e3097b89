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
        return tuple(found)

    return make


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
