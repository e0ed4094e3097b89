"""A plain editor on a document, a small network, and a canvas that shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from nndesigner.base.observer import Event
from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.trial import Join
from nndesigner.document import edits
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.history import History
from nndesigner.document.records import Edge, Node
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.theme import LIGHT
from nndesigner.session import wiring


class PlainEditor:
    """Document, history and check, and nothing else."""

    def __init__(self, document: Document) -> None:
        self.document, self.history = document, History()
        self.network = document.main.id
        self.changed: Event[[Diff]] = Event()
        self.checked_changed: Event[[]] = Event()
        self.refused: Event[[str]] = Event()
        self.checked: CheckedNetwork | None = check(document)

    def edit(self, name: str, verb: str, /, **arguments: Any) -> Diff | None:
        try:
            diff = edits.VERBS[verb](self.document, **arguments)
        except Refusal as refusal:
            self.refused.tell(str(refusal))
            return None
        if diff:
            self._apply(diff)
            self.history.push(name, diff)
        return diff

    def undo(self) -> None:
        step = self.history.undo()
        if step is not None:
            self._apply(step.diff.inverse())

    def redo(self) -> None:
        step = self.history.redo()
        if step is not None:
            self._apply(step.diff)

    def why_not(self, source: str, out_port: str, target: str, in_port: str) -> str:
        return edits.why_not(self.document, source, out_port, target, in_port)

    def misfit(self, *ends: str) -> str:
        return wiring.misfit(self.document, self.checked, *ends)

    def joins(self, *ends: str) -> tuple[Join, ...]:
        return wiring.joins(self.document, self.checked, *ends)

    def suiting(self, type: str, source: str, out_port: str) -> dict[str, Any]:
        return wiring.suiting(self.checked, type, source, out_port)

    def _apply(self, diff: Diff) -> None:
        self.document = self.document.apply(diff)
        self.changed.tell(diff)
        self.checked = check(self.document)
        self.checked_changed.tell()

    # -- for tests -------------------------------------------------------------------------------------------------
    def add(self, type: str, x: float, y: float, **parameters: Any) -> str:
        diff = self.edit(f"Add {type}", "add_node", type=type, x=x, y=y, parameters=parameters)
        assert diff is not None
        return next(iter(diff.added))

    def wire(self, source: str, target: str, out_port: str = "y", in_port: str = "x") -> str:
        diff = self.edit(
            "Connect", "connect", source=source, out_port=out_port, target=target, in_port=in_port
        )
        assert diff is not None
        return next(iter(diff.added))

    def place(self, id: str) -> tuple[float, float]:
        node = self.document.node(id)
        return node.x, node.y

    def named(self, name: str) -> str:
        node = self.document.node_named(name)
        assert node is not None, name
        return node.id

    def edges(self) -> set[tuple[str, str, str, str]]:
        """Wires as (source name, port, target name, port)."""
        names = {node.id: node.name for node in self.document.nodes()}
        return {(names[e.source], e.out_port, names[e.target], e.in_port) for e in self.document.edges}


def small_network() -> PlainEditor:
    """image1 → conv1 → relu1, wired; flatten1 below, not wired. Nodes 200 apart."""
    editor = PlainEditor(edits.new_document())
    image = editor.add("ImageInput", 0, 0, channels=1, height=28, width=28)
    conv = editor.add("Conv2d", 200, 0)
    relu = editor.add("ReLU", 400, 0)
    editor.add("Flatten", 200, 200)
    editor.wire(image, conv)
    editor.wire(conv, relu)
    editor.history = History()
    return editor


@pytest.fixture
def editor() -> PlainEditor:
    return small_network()


@pytest.fixture
def make_editor() -> Callable[[Document], PlainEditor]:
    return PlainEditor


@pytest.fixture
def view(qtbot: Any, editor: PlainEditor) -> CanvasView:
    """The canvas, shown, 800 × 600, at scale 1 with scene (300, 150) in the middle."""
    return show(qtbot, CanvasView(editor, LIGHT))


def show(qtbot: Any, view: CanvasView) -> CanvasView:
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    qtbot.waitExposed(view)
    view.centerOn(300, 150)
    view.setFocus()
    return view


class Hand:
    """Real mouse events at scene points of a canvas."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view

    def at(self, x: float, y: float) -> QPoint:
        return self.view.mapFromScene(QPointF(x, y))

    def press(
        self, x: float, y: float, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier
    ):
        QTest.mousePress(self.view.viewport(), button, keys, self.at(x, y))

    def to(self, x: float, y: float, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier):
        """A move with the button held: QTest's own moves hold none."""
        from PySide6.QtCore import QEvent
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QApplication

        place = self.at(x, y)
        viewport = self.view.viewport()
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(place),
            QPointF(viewport.mapToGlobal(place)),
            Qt.MouseButton.NoButton,
            button,
            keys,
        )
        QApplication.sendEvent(viewport, event)

    def release(
        self, x: float, y: float, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier
    ):
        QTest.mouseRelease(self.view.viewport(), button, keys, self.at(x, y))

    def click(
        self, x: float, y: float, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier
    ):
        self.press(x, y, button, keys)
        self.release(x, y, button, keys)

    def drag(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        button=Qt.MouseButton.LeftButton,
        keys=Qt.KeyboardModifier.NoModifier,
        let_go: bool = True,
    ) -> None:
        self.press(*start, button, keys)
        for share in (0.2, 0.6, 1.0):
            self.to(
                start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share, button, keys
            )
        if let_go:
            self.release(*end, button, keys)


@pytest.fixture
def hand(view: CanvasView) -> Hand:
    return Hand(view)


@pytest.fixture
def port(editor: PlainEditor, view: CanvasView) -> Callable[..., tuple[float, float]]:
    """`port("conv1", OUTPUT, "y")`: the scene point of a port."""

    def place(name: str, side: int, port_name: str = "") -> tuple[float, float]:
        return view.arrays.port_place(editor.named(name), side, port_name or ("y" if side else "x"))

    return place


@pytest.fixture
def records() -> tuple[type[Node], type[Edge]]:
    return Node, Edge
