"""A whole window on a small chain, with a hand on its canvas and keys that go where the keyboard is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from nndesigner.document.records import Edge, Node
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.main_window import MainWindow
from tests.gui.canvas.conftest import Hand

NONE, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


class Bench:
    """table1 → linear1 → relu1 at 200 units from one another, dropout1 below without wires; nothing selected."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.canvas = window, window.canvas
        self.session = window.session
        ids = [self.add(type, 200.0 * at, 0.0) for at, type in enumerate(("TableInput", "Linear", "ReLU"))]
        self.add("Dropout", 200.0, 200.0)
        for source, target in pairwise(ids):
            self.edit("connect", source=source, out_port="y", target=target, in_port="x")
        self.canvas.set_zoom(1.0)
        self.canvas.centerOn(300, 150)
        window.activateWindow()
        self.canvas.setFocus()
        self.hand = Hand(self.canvas)
        self.began = self.depth

    # -- doing -----------------------------------------------------------------------------------------------------
    def edit(self, verb: str, **arguments: Any) -> Any:
        return self.session.edit("", verb, **arguments)

    def add(self, type: str, x: float, y: float) -> str:
        return next(iter(self.edit("add_node", type=type, x=x, y=y).added))

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.canvas, key, modifiers)

    def select(self, *names: str) -> None:
        self.canvas.select([self.id(name) for name in names])

    def double_click(self, x: float, y: float) -> None:
        QTest.mouseDClick(self.canvas.viewport(), Qt.MouseButton.LeftButton, pos=self.hand.at(x, y))

    # -- asking ----------------------------------------------------------------------------------------------------
    def id(self, name: str) -> str:
        return next(
            node.id for node in self.session.document.nodes(self.session.network) if node.name == name
        )

    def node(self, name: str) -> Node:
        return self.session.document.node(self.id(name))

    @property
    def names(self) -> set[str]:
        return {node.name for node in self.session.document.nodes(self.session.network)}

    @property
    def selected(self) -> set[str]:
        return {node.name for node in self.window.desk.selected_nodes()}

    @property
    def wires(self) -> set[tuple[str, str]]:
        document = self.session.document
        edges = document.edges_in(self.session.network)
        return {(document.node(e.source).name, document.node(e.target).name) for e in edges}

    def wire(self, source: str, target: str) -> Edge:
        document = self.session.document
        ends = self.id(source), self.id(target)
        return next(edge for edge in document.edges if (edge.source, edge.target) == ends)

    def output(self, name: str) -> tuple[float, float]:
        return self.canvas.arrays.port_place(self.id(name), OUTPUT, "y")

    def input(self, name: str) -> tuple[float, float]:
        return self.canvas.arrays.port_place(self.id(name), INPUT, "x")

    @property
    def depth(self) -> int:
        return self.session.editing.history.depth

    @property
    def steps(self) -> int:
        """Entries in the history since the beginning."""
        return self.depth - self.began

    def one_step(self) -> None:
        """What was done was one step, and is taken back by one Ctrl+Z."""
        assert self.steps == 1
        self.canvas.setFocus()
        self.key(Qt.Key.Key_Z, CTRL)
        assert self.steps == 0

    def menu(self) -> list[str]:
        """The texts of the menu that is open; it is closed."""
        found = QApplication.activePopupWidget()
        assert isinstance(found, QMenu)
        texts = [action.text() for action in found.actions() if not action.isSeparator()]
        found.close()
        return texts
