"""The whole way of a newcomer, with real mouse and key events only: from an empty canvas to an exported model.

No verb, no session call and no signal is used to act: everything is clicked, dragged or typed. What came of it is then
looked at through the session and on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QTabBar, QWidget

from nndesigner.document.records import Node
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.data_cards import SourceCard
from nndesigner.gui.export_dialog import ExportDialog
from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.theme import choose_theme
from nndesigner.gui.worker_driver import QtDriver
from nndesigner.runs.pool import WorkerPool
from nndesigner.session.session import Session

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 60_000
"""milliseconds that a worker may take on a busy machine"""


class User:
    """A hand and a keyboard."""

    def __init__(self, window: MainWindow, app: QApplication) -> None:
        self.window, self.app = window, app

    # -- with the mouse ------------------------------------------------------------------------------------------
    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        assert widget.isVisible() and widget.isEnabled(), widget
        QTest.mouseClick(widget, LEFT, pos=at if at is not None else widget.rect().center())
        self.app.processEvents()

    def click_tool(self, id: str) -> None:
        button = self.window.toolbar.widgetForAction(self.action(id))
        assert button is not None
        self.click(button)

    def action(self, id: str) -> QAction:
        return self.window.actions_.made[id]

    def drag_from_palette(self, words: str, to: QPointF) -> str:
        """Searches a layer, presses it in the list, drags it over the canvas and lets go; the new node's id.

        The system runs the drag itself in a loop that no test can feed, so from the moment at which the list starts
        it, the events that it would send are sent: enter, move, drop, with the data of the list.
        """
        palette = self.window.palette_panel
        self.click(palette.search_field)
        palette.search_field.selectAll()
        QTest.keyClicks(palette.search_field, words)
        self.app.processEvents()
        tree = palette.tree
        item = tree.topLevelItem(0)
        before = {node.id for node in self.window.session.document.nodes()}
        started: list[bool] = []
        canvas = self.window.canvas
        place = canvas.mapFromScene(to)

        def dragged(actions: object) -> None:
            started.append(True)
            data = tree.mimeData(tree.selectedItems())
            copy, buttons, none = Qt.DropAction.CopyAction, LEFT, Qt.KeyboardModifier.NoModifier
            target = canvas.viewport()
            self.app.sendEvent(target, QDragEnterEvent(place, copy, data, buttons, none))
            self.app.sendEvent(target, QDragMoveEvent(place, copy, data, buttons, none))
            self.app.sendEvent(target, QDropEvent(QPointF(place), copy, data, buttons, none))

        tree.startDrag = dragged  # type: ignore[method-assign]
        start = tree.visualItemRect(item).center()
        viewport = tree.viewport()
        QTest.mousePress(viewport, LEFT, pos=start)
        for step in (4, 12, 30):
            QTest.mouseMove(viewport, start + QPoint(step, step // 2))
            self._move(viewport, start + QPoint(step, step // 2))
        QTest.mouseRelease(viewport, LEFT, pos=start + QPoint(30, 15))
        del tree.startDrag
        self.app.processEvents()
        assert started, "the list began a drag"
        new = {node.id for node in self.window.session.document.nodes()} - before
        assert len(new) == 1
        return new.pop()

    def _move(self, widget: QWidget, to: QPoint) -> None:
        """A move with the button held: QTest's own moves carry no button on every platform."""
        at, screen = QPointF(to), QPointF(widget.mapToGlobal(to))
        none = Qt.KeyboardModifier.NoModifier
        self.app.sendEvent(
            widget, QMouseEvent(QEvent.Type.MouseMove, at, screen, Qt.MouseButton.NoButton, LEFT, none)
        )

    def wire(self, source: str, target: str, out_port: str = "y", in_port: str = "x") -> None:
        """Drags from an output port to an input port."""
        canvas = self.window.canvas
        start = canvas.mapFromScene(QPointF(*canvas.arrays.port_place(source, OUTPUT, out_port)))
        end = canvas.mapFromScene(QPointF(*canvas.arrays.port_place(target, INPUT, in_port)))
        viewport = canvas.viewport()
        QTest.mousePress(viewport, LEFT, pos=start)
        for part in (0.3, 0.7, 1.0):
            self._move(
                viewport, start + QPoint(round((end - start).x() * part), round((end - start).y() * part))
            )
        QTest.mouseRelease(viewport, LEFT, pos=end)
        self.app.processEvents()

    def select(self, node: str) -> None:
        canvas = self.window.canvas
        record = self.window.session.document.node(node)
        self.click(canvas.viewport(), canvas.mapFromScene(QPointF(record.x + 74, record.y + 12)))
        assert canvas.selection == {node}

    def click_tab(self, text: str) -> None:
        """One of the tabs in which panels share a place."""
        for bar in self.window.findChildren(QTabBar):
            for i in range(bar.count()):
                if bar.tabText(i) == text and bar.isVisible():
                    self.click(bar, bar.tabRect(i).center())
                    return
        raise AssertionError(f"there is no tab “{text}”")

    # -- with the keyboard ---------------------------------------------------------------------------------------
    def type_into(self, field: str, text: str) -> None:
        self.type_number(self.window.inspector.findChild(QWidget, f"field:{field}"), text)

    def type_number(self, line: QWidget, text: str) -> None:
        """Replaces what a number field holds, and presses Return."""
        self.click(line, QPoint(20, line.height() // 2))
        box = line.focusProxy() or line
        QTest.keyClick(box, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(box, text)
        QTest.keyClick(box, Qt.Key.Key_Return)
        self.app.processEvents()

    def add_by_search(self, words: str, at: QPointF) -> str:
        """Double-clicks empty canvas, types, Return; the new node's id."""
        before = {node.id for node in self.window.session.document.nodes()}
        canvas = self.window.canvas
        QTest.mouseDClick(canvas.viewport(), LEFT, pos=canvas.mapFromScene(at))
        popup = self.window.asking.popup
        assert popup.isVisible()
        QTest.keyClicks(popup.search_field, words)
        QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
        self.app.processEvents()
        return ({node.id for node in self.window.session.document.nodes()} - before).pop()


@pytest.fixture
def user(qapp: QApplication) -> Iterator[User]:
    choose_theme(qapp, "light")
    driver = QtDriver()
    pool = WorkerPool(driver)
    window = MainWindow(Session(pool), devices=lambda: pool.devices)
    window.resize(1440, 900)
    window.show()
    pool.open()
    qapp.processEvents()
    yield User(window, qapp)
    window.session.editing.history.saved()  # nobody is there to answer
    window.close()
    window.close_down()
    pool.close()
    driver.close()
    driver.deleteLater()
    window.deleteLater()
    qapp.processEvents()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _until(qtbot, what: Callable[[], bool], milliseconds: int = PATIENCE) -> None:
    qtbot.waitUntil(what, timeout=milliseconds)


def _reach(window: MainWindow) -> float:
    """The last step to which a learning curve on the screen reaches; axes of other views are no steps."""
    from pyqtgraph import PlotCurveItem, PlotWidget

    from nndesigner.gui.monitors.curves import Curves

    farthest = 0.0
    for curves in window.docks["monitors"].findChildren(Curves):
        for plot in curves.findChildren(PlotWidget):
            if not plot.isVisible():
                continue
            for item in plot.getPlotItem().items:
                xs = item.getData()[0] if isinstance(item, PlotCurveItem) else None
                farthest = max(farthest, float(xs[-1]) if xs is not None and len(xs) else 0.0)
    return farthest


def test_digits_from_an_empty_canvas_to_a_file_that_runs(
    user: User, qtbot, tmp_path: Path, monkeypatch
) -> None:
    window, session = user.window, user.window.session
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    user.click(window.welcome.findChild(QPushButton, "welcome-new"))
    assert window.shows_project and session.document.nodes() == ()

    # -- the network, by three ways to add a layer and wires drawn by hand
    image = user.drag_from_palette("image input", QPointF(-300, -100))
    flatten = user.drag_from_palette("flatten", QPointF(-100, -100))
    hidden = user.drag_from_palette("linear", QPointF(100, -100))
    relu = user.add_by_search("relu", QPointF(-300, 60))
    answer = user.add_by_search("linear", QPointF(-100, 60))
    output = user.add_by_search("output", QPointF(100, 60))
    for source, target in (
        (image, flatten),
        (flatten, hidden),
        (hidden, relu),
        (relu, answer),
        (answer, output),
    ):
        user.wire(source, target)
    document = session.document
    assert [document.node(id).type for id in (image, flatten, hidden, relu, answer, output)] == [
        "ImageInput", "Flatten", "Linear", "ReLU", "Linear", "Output",
    ]  # fmt: skip
    assert len(document.edges) == 5

    # -- typed settings: a value that cannot be is refused, then the right ones
    user.select(hidden)
    user.type_into("out_features", "none")
    assert session.document.node(hidden).parameters == {}
    assert window.inspector.form.rows["out_features"].sentence.isVisible()
    user.type_into("out_features", "128")
    user.select(answer)
    user.type_into("out_features", "10")
    assert session.document.node(hidden).parameters == {"out_features": 128}

    # -- training needs data, and the button says so
    assert not user.action("train").isEnabled() and "data" in window.actions_.why_not("train")
    user.click(window.pages.tabBar(), window.pages.tabBar().tabRect(1).center())
    card = next(c for c in window.data_page.view.findChildren(SourceCard) if c.type == "digits")
    window.data_page.view._results.ensureWidgetVisible(card)
    user.app.processEvents()
    user.click(card)
    _until(qtbot, lambda: session.data.known)
    assert session.document.data.counts["all"] == 1797
    user.click(window.pages.tabBar(), window.pages.tabBar().tabRect(0).center())
    assert [p for p in session.problems if p.severity == "error"] == []

    # -- a longer training than usual, set on the training panel
    user.click_tab("Training")
    training = window.docks["training"]
    _until(qtbot, lambda: training.content is not None and training.content.isVisible())
    epochs = training.findChild(QWidget, "field:epochs")
    _until(qtbot, lambda: epochs.isVisible() and epochs.height() < 60)
    user.type_number(epochs, "150")
    assert session.document.plan.parameters == {"epochs": 150}

    # -- train, and watch the curve
    assert user.action("train").isEnabled(), window.actions_.why_not("train")
    user.click_tool("train")
    assert session.training.busy
    assert window.docks["monitors"].isVisible() and window.docks["training"].isVisible()
    reached: list[float] = []

    def curves_are_complete() -> bool:
        reached.append(_reach(window))
        return not session.training.busy

    _until(qtbot, curves_are_complete)
    assert len(set(reached)) >= 3 and reached == sorted(reached), "the curve moved while it learned"
    assert len(session.training.history.series("validation", "loss")) == 150
    losses = session.training.history.series("validation", "loss").values
    assert losses[-1] < 0.5 * losses[0], losses
    accuracy = session.training.history.last("validation", "accuracy")
    assert accuracy is not None and accuracy > 0.9

    # -- export: the gate opens the file in a fresh process
    assert user.action("export").isEnabled()
    user.click_tool("export")
    dialog = next(w for w in user.app.topLevelWidgets() if isinstance(w, ExportDialog) and w.isVisible())
    out = tmp_path / "digits.onnx"
    user.click(dialog.path)
    QTest.keyClick(dialog.path, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(dialog.path, str(out))
    user.click(dialog.export_button)
    _until(qtbot, lambda: not session.exporting.busy)
    assert session.exporting.failure == ""
    assert out.is_file() and str(out) in dialog.result_text.text()
    assert session.exporting.result["max_abs_difference"] < 1e-3
    user.click(dialog.close_button)

    # -- all of it can be taken back with the keyboard
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, 5000)
    window.canvas.setFocus()
    for _ in range(session.editing.history.depth):
        QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not any(isinstance(record, Node) for record in session.document)
