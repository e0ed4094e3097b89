"""The program's window with real workers, in this process; and what the tests of faults do with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.gui.commands import filing
from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.training_panel import TrainingPanel
from nndesigner.gui.worker_driver import QtDriver
from nndesigner.runs.pool import WorkerPool
from nndesigner.runs.store import open_run
from nndesigner.session.session import Session

PATIENCE = 90.0
"""seconds that a worker may take on a busy machine"""


class Desk:
    """A window, its session and its workers."""

    def __init__(self, window: MainWindow, pool: WorkerPool, app: QApplication) -> None:
        self.window, self.pool, self.app = window, pool, app
        self.session: Session = window.session

    def wait(self, over: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Runs the event loop until then."""
        deadline = time.monotonic() + seconds
        while not over():
            assert time.monotonic() < deadline, "it took too long"
            QTest.qWait(5)

    def open(self, path: Path) -> None:
        assert filing.open_file(self.window.desk, path)
        self.app.processEvents()

    @property
    def training_panel(self) -> TrainingPanel:
        panel = self.window.docks["training"].fill()
        assert isinstance(panel, TrainingPanel)
        return panel

    def click(self, button: QWidget) -> None:
        assert button.isVisible() and button.isEnabled(), button
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.app.processEvents()


@contextmanager
def real_window(app: QApplication, *, workers: bool = True, delay: float = 0.0) -> Iterator[Desk]:
    driver = QtDriver()
    pool = WorkerPool(driver, replacement_delay=delay)
    window = MainWindow(Session(pool), devices=lambda: pool.devices)
    window.resize(1440, 900)
    window.show()
    if workers:
        pool.open()
    app.processEvents()
    desk = Desk(window, pool, app)
    try:
        yield desk
    finally:
        window.session.editing.history.saved()  # nobody is there to answer
        window.close_down()
        window.close()
        pool.close()
        driver.close()
        driver.deleteLater()
        window.deleteLater()
        app.processEvents()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def dropout_project(**plan: Any) -> Document:
    """A tiny network with dropout and batch normalization on two moons, its data read."""
    from nndesigner.data.dataset import read

    document = edits.new_document()
    document = document.apply(edits.set_data(document, "moons", {}))
    assert document.data is not None
    found = read(document.data, Path())
    document = document.apply(
        edits.set_found(
            document, tuple(found.fields.values()), found.counts, found.fingerprint, found.remarks
        )
    )
    document = document.apply(edits.set_plan(document, plan))
    before = ""
    for type, values in (
        ("TableInput", {}),
        ("Linear", {"out_features": 12}),
        ("BatchNorm1d", {}),
        ("ReLU", {}),
        ("Dropout", {"p": 0.3}),
        ("Linear", {"out_features": 2}),
        ("Output", {}),
    ):
        known = {node.id for node in document.nodes()}
        document = document.apply(edits.add_node(document, type, 40.0, 90.0 * len(known), parameters=values))
        new = next(node.id for node in document.nodes() if node.id not in known)
        if before:
            document = document.apply(edits.connect(document, before, "y", new, "x"))
        before = new
    return document


def weights(run: Path) -> bytes:
    """The bytes of the newest checkpoint's weights."""
    newest = open_run(run).latest_checkpoint()
    assert newest is not None
    return (newest.path / "model.safetensors").read_bytes()


def numbers(run: Path) -> list[tuple[Any, ...]]:
    """Every number that counts, but for the seconds."""
    return [tuple(row[:5]) for row in open_run(run).rows()]
