"""One side of the canvas benchmark, in a process of its own: `canvas_side.py ours|many|bare|lag|saving NODES`.

Prints one line of JSON: {"name": [CPU milliseconds, …] or a number}. CPU time of this process, all its threads.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

from canvas_network import HIGH, WIDE, network  # noqa: E402

SIZE = 1600, 1000
FRAMES = 60
Found = dict[str, Any]


def resident() -> float:
    """MB of this process that are in memory now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def timed(action: Callable[[], object]) -> float:
    """CPU milliseconds."""
    began = time.process_time()
    action()
    return (time.process_time() - began) * 1000


def frames(steps: Callable[[int], object], after: Callable[[], object], count: int = FRAMES) -> list[float]:
    """CPU milliseconds of each step and what is painted after it; the first few only warm up."""

    def one(number: int) -> None:
        steps(number)
        after()

    return [timed(lambda n=number: one(n)) for number in range(count + 5)][5:]  # type: ignore[misc]


class _Moves:
    """What both sides are asked to do, on a QGraphicsView."""

    def __init__(self, app: Any, view: Any) -> None:
        self.app, self.view = app, view

    def pan(self, number: int) -> None:
        step = 7 if number % 20 < 10 else -7
        for bar in (self.view.horizontalScrollBar(), self.view.verticalScrollBar()):
            bar.setValue(bar.value() + step)

    def full(self, number: int) -> None:
        self.pan(number)
        self.view.viewport().repaint()

    def shown(self) -> None:
        self.app.processEvents()


# -- nndesigner ------------------------------------------------------------------------------------------------------
def ours(nodes: int, only_pan: bool = False) -> Found:
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    from nndesigner.app.window import collect_on_gui_thread
    from nndesigner.document.layout import layout
    from nndesigner.gui.background import Background, checks_beside
    from nndesigner.gui.canvas.view import CanvasView
    from nndesigner.gui.theme import LIGHT
    from nndesigner.project.writer import encode
    from nndesigner.session.session import Session

    app = QApplication([])
    found: Found = {}
    collector = collect_on_gui_thread(app)
    background = Background()
    session = Session(background=checks_beside(background))
    view = CanvasView(session, LIGHT)
    view.resize(*SIZE)
    view.show()
    app.processEvents()
    moves = _Moves(app, view)

    def settle() -> None:
        """Checks that run beside are over, and what waits for the event loop is done."""
        until = time.monotonic() + 30
        while (not session.editing.checking.up_to_date or background.busy) and time.monotonic() < until:
            app.processEvents()
            time.sleep(0.005)
        app.processEvents()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.nnd"
        path.write_bytes(encode(network(nodes)))
        gc.collect()
        before = resident()

        def opened() -> None:
            session.files.open(path)
            view.reload()
            view.fit()
            view.viewport().repaint()

        began = time.thread_time()
        wall = time.monotonic()
        opened()
        found["open"] = time.thread_time() - began
        found["open wall"] = time.monotonic() - wall
        settle()
        found["checked wall"] = time.monotonic() - wall
    # -- painting
    fit = view.scale_now
    if only_pan:
        for name, scale in (("fit", fit), ("1:1", 1.0)):
            view.set_zoom(scale)
            view.centerOn(*_middle(nodes))
            settle()
            found[f"pan {name}"] = frames(
                lambda n: view.pan_by(*((7, 5) if n % 20 < 10 else (-7, -5))), moves.shown
            )
        return found
    for name, scale in _scales(fit):
        view.set_zoom(scale)
        view.centerOn(*_middle(nodes))
        settle()
        time.sleep(0.15)
        app.processEvents()
        found[f"repaint {name}"] = frames(
            lambda n: view.viewport().update(), lambda: view.viewport().repaint()
        )
        found[f"full pan {name}"] = frames(moves.full, lambda: None)
        if name in ("fit", "1:1", "titles", "bodies", "text"):
            found[f"pan {name}"] = frames(
                lambda n: view.pan_by(*((7, 5) if n % 20 < 10 else (-7, -5))), moves.shown
            )
            found[f"long pan {name}"] = frames(lambda n: view.pan_by(-60, -35), moves.shown)
            view.centerOn(*_middle(nodes))
    # -- zooming, all the way in and out
    view.set_zoom(fit)
    settle()
    steps = 30
    factor = (1.0 / fit) ** (1 / steps)
    at = QPointF(SIZE[0] * 0.4, SIZE[1] * 0.4)
    found["zoom"] = frames(
        lambda n: view.zoom_by(factor if n % (2 * steps) < steps else 1 / factor, at), moves.shown, 4 * steps
    )
    # -- dragging one layer
    for name, scale in (("fit", fit), ("1:1", 1.0)):
        view.set_zoom(scale)
        view.centerOn(*_middle(nodes))
        settle()
        time.sleep(0.15)
        app.processEvents()
        id = _nearest(view, *_middle(nodes))
        row = view.arrays.index[id]
        x, y = (view.arrays.place[row] + view.arrays.size[row] / 2).tolist()

        def mouse(kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton) -> None:
            place = QPointF(view.mapFromScene(QPointF(x, y)))
            held = (
                Qt.MouseButton.NoButton
                if kind == QEvent.Type.MouseButtonRelease
                else Qt.MouseButton.LeftButton
            )
            event = QMouseEvent(
                kind, place, view.viewport().mapToGlobal(place), button, held, Qt.KeyboardModifier.AltModifier
            )
            app.sendEvent(view.viewport(), event)

        mouse(QEvent.Type.MouseButtonPress, x, y, Qt.MouseButton.LeftButton)
        found[f"drag {name}"] = frames(
            lambda n, x=x, y=y, by=1 / scale, mouse=mouse: mouse(  # type: ignore[misc]
                QEvent.Type.MouseMove, x + (n % 40) * by, y + (n % 27) * by, Qt.MouseButton.NoButton
            ),
            moves.shown,
        )
        view.cancel_gesture()
        settle()
    # -- all of it
    view.set_zoom(fit)
    view.fit()
    settle()

    def at_once(action: Callable[[], object]) -> float:
        """CPU milliseconds of this thread until the change is on the screen; checks go on beside."""
        began = time.thread_time()
        action()
        view.viewport().repaint()
        spent = (time.thread_time() - began) * 1000
        settle()
        return spent

    rounds = 5
    everything = [*view.arrays.node_ids, *view.arrays.edge_ids]
    for _ in range(rounds):
        found.setdefault("select all", []).append(at_once(lambda: view.select(everything)))
        found.setdefault("delete all", []).append(
            at_once(lambda: session.edit("Delete", "remove", ids=sorted(view.selection)))
        )
        found.setdefault("undo", []).append(at_once(session.undo))
        found.setdefault("redo", []).append(at_once(session.redo))
        at_once(session.undo)
        found.setdefault("select none", []).append(at_once(lambda: view.select([])))
    found["layout"] = [timed(lambda: layout(session.document)) / 1000 for _ in range(3)]
    gc.collect()
    found["memory"] = resident() - before
    background.close()
    collector.stop()
    return found


def many(nodes: int) -> Found:
    return ours(nodes, only_pan=True)


def _scales(fit: float) -> list[tuple[str, float]]:
    """Zooms from everything to one to one, just above each level of detail too: where a frame holds most."""
    from nndesigner.gui.canvas.drawing import ALL_TEXT, BODIES, TITLES

    levels = [("bodies", BODIES), ("titles", TITLES), ("text", ALL_TEXT)]
    return [
        ("fit", fit),
        ("0.2", 0.2),
        *((name, level * 1.001) for name, level in levels if level > fit),
        ("0.5", 0.5),
        ("0.8", 0.8),
        ("1:1", 1.0),
    ]


def _middle(nodes: int) -> tuple[float, float]:
    columns = round((nodes * 1.2) ** 0.5)
    return columns * WIDE / 2, nodes / columns * HIGH / 2


def _nearest(view: Any, x: float, y: float) -> str:
    arrays = view.arrays
    off = ((arrays.place - (x, y)) ** 2).sum(1)
    return str(arrays.node_ids[int(off.argmin())])


# -- how long the window is deaf ------------------------------------------------------------------------------------
class _Window:
    """The whole window with a network of `nodes` layers open, and a timer that fires as often as it can.

    `walls` are the milliseconds between its calls; `busy` those in which this process worked, whichever thread: what
    the wait would be on a machine that does nothing else.
    """

    def __init__(self, nodes: int, folder: str) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtTest import QTest

        from nndesigner.app.window import SWITCH_SECONDS, collect_on_gui_thread, make_application
        from nndesigner.gui.background import Background, checks_beside
        from nndesigner.gui.main_window import MainWindow
        from nndesigner.project.writer import encode
        from nndesigner.session.session import Session

        app = make_application()
        sys.setswitchinterval(SWITCH_SECONDS)
        self._collector = collect_on_gui_thread(app)
        background = Background(app)
        self.session = Session(
            background=checks_beside(background), elsewhere=background, aside=background.wait
        )
        self.window = MainWindow(self.session)
        self.window.resize(1440, 900)
        self.window.show()
        path = Path(folder) / "large.nnd"
        path.write_bytes(encode(network(nodes)))
        self.session.files.open(path)
        QTest.qWait(1500)  # panels that are made once it is quiet
        self.window.canvas.fit()
        self.walls: list[float] = []
        self.busy: list[float] = []
        self._last = [0.0, 0.0]
        self._probe = QTimer()
        self._probe.timeout.connect(self._beat)

    def begin(self) -> None:
        self._last[:] = time.perf_counter(), time.process_time()
        self._probe.start(1)

    def end(self) -> Found:
        self._probe.stop()
        self._collector.stop()
        return {"walls": self.walls, "busy": self.busy}

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.process_time()
        self.walls.append((now - self._last[0]) * 1000)
        self.busy.append(min(self.walls[-1], (worked - self._last[1]) * 1000))
        self._last[:] = now, worked


def lag(nodes: int, rounds: int = 30) -> Found:
    """Edits of every kind in the whole window, and how long the event loop is away each time."""
    from PySide6.QtCore import QTimer
    from PySide6.QtTest import QTest

    from nndesigner.base.names import new_id

    with tempfile.TemporaryDirectory() as folder:
        shown = _Window(nodes, folder)
        session, canvas = shown.session, shown.window.canvas
        shown.begin()
        for number in range(rounds):
            node, other = f"n{7 + 5 * number}", f"n{20 + 5 * number}"
            added = new_id()
            steps: list[Callable[[], object]] = [
                lambda node=node: canvas.select([node]),
                lambda node=node: session.edit("", "move", places={node: (30.0, 50.0)}),
                lambda id=added: session.edit("", "add_node", type="Add", x=5.0, y=9.0, id=id),
                lambda node=node, id=added: session.edit(
                    "", "connect", source=node, out_port="y", target=id, in_port="a"
                ),
                lambda number=number: session.edit(
                    "", "set_parameter", node=f"n{1 + 5 * number}", parameter="out_channels", value=32
                ),
                lambda other=other: session.edit("", "remove", ids=[other]),
                session.undo,
                session.redo,
                lambda: canvas.zoom_by(1.2),
                lambda: canvas.pan_by(40, 30),
                session.undo,
                lambda: canvas.zoom_by(1 / 1.2),
            ]
            for action in steps:
                QTimer.singleShot(0, action)
                QTest.qWait(25)
        return shown.end()


def saving(nodes: int, rounds: int = 5) -> Found:
    """An edit and a save, again and again, and how long the event loop is away."""
    from PySide6.QtTest import QTest

    with tempfile.TemporaryDirectory() as folder:
        shown = _Window(nodes, folder)
        session = shown.session
        for number in range(rounds):
            session.edit("", "move", places={f"n{7 + 5 * number}": (30.0, 50.0)})
            QTest.qWait(1000)  # what follows an edit is over
            shown.begin()
            session.files.save()
            QTest.qWait(100)
            shown.end()
        return {**shown.end(), "saved": [float(not session.files.dirty)]}


# -- what Qt gives: an item per layer and per wire -------------------------------------------------------------------
def bare(nodes: int) -> Found:
    from PySide6.QtCore import QPointF, QRectF, Qt
    from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen
    from PySide6.QtWidgets import (
        QApplication,
        QGraphicsItem,
        QGraphicsPathItem,
        QGraphicsScene,
        QGraphicsView,
    )

    from nndesigner.document.records import Node

    app = QApplication.instance() or QApplication([])
    font = QFont()
    font.setPixelSize(12)
    width, height = 140.0, 66.0

    class Card(QGraphicsItem):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name
            self.wires: list[tuple[QGraphicsPathItem, Card, Card]] = []
            """the item, its source and its target"""
            self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsMovable)
            self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)

        def boundingRect(self) -> QRectF:
            return QRectF(-6, -2, width + 12, height + 4)

        def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
            painter.setPen(QPen(QColor("#2f6be0" if self.isSelected() else "#cfd6df"), 1.5))
            painter.setBrush(QColor("#ffffff"))
            if painter.worldTransform().m11() < 0.3:
                painter.drawRect(QRectF(0, 0, width, height))
                return
            painter.drawRoundedRect(QRectF(0, 0, width, height), 9, 9)
            painter.setBrush(QColor("#8593a6"))
            for x, y in ((0, 22), (0, 44), (width, 22)):
                painter.drawEllipse(QPointF(x, y), 4.5, 4.5)
            painter.setFont(font)
            painter.setPen(QColor("#1b2430"))
            painter.drawText(QPointF(14, 26), self.name)

    scene = QGraphicsScene()
    view = QGraphicsView(scene)
    view.setRenderHint(QPainter.RenderHint.Antialiasing)
    view.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
    view.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.resize(*SIZE)
    view.show()
    app.processEvents()
    document = network(nodes)
    gc.collect()
    found: Found = {}
    before = resident()
    began = time.process_time()
    cards: dict[str, Card] = {}
    for record in document:
        if isinstance(record, Node):
            cards[record.id] = card = Card(record.name)
            card.setPos(record.x, record.y)
            scene.addItem(card)
    pen = QPen(QColor("#8593a6"), 2.0)

    def route(item: QGraphicsPathItem, source: Card, target: Card) -> None:
        start, end = source.pos() + QPointF(width, 22), target.pos() + QPointF(0, 22)
        path = QPainterPath(start)
        path.cubicTo(start + QPointF(60, 0), end - QPointF(60, 0), end)
        item.setPath(path)

    def move(card: Card, place: QPointF) -> None:
        card.setPos(place)
        for wire in card.wires:
            route(*wire)

    for edge in document.edges:
        item = QGraphicsPathItem()
        item.setPen(pen)
        item.setZValue(-1)
        ends = cards[edge.source], cards[edge.target]
        for card in ends:
            card.wires.append((item, *ends))
        route(item, *ends)
        scene.addItem(item)
    room = scene.itemsBoundingRect()
    scene.setSceneRect(room.adjusted(-9000, -9000, 9000, 9000))
    view.fitInView(room, Qt.AspectRatioMode.KeepAspectRatio)
    view.viewport().repaint()
    found["open"] = time.process_time() - began
    moves = _Moves(app, view)
    fit = view.transform().m11()
    for name, scale in (("fit", fit), ("1:1", 1.0)):
        view.resetTransform()
        view.scale(scale, scale)
        view.centerOn(*_middle(nodes))
        app.processEvents()
        found[f"repaint {name}"] = frames(
            lambda n: view.viewport().update(), lambda: view.viewport().repaint(), 20
        )
        found[f"pan {name}"] = frames(moves.pan, moves.shown, 20)
        card = min(
            cards.values(), key=lambda c: (c.x() - _middle(nodes)[0]) ** 2 + (c.y() - _middle(nodes)[1]) ** 2
        )
        home = card.pos()
        found[f"drag {name}"] = frames(
            lambda n, card=card, home=home, by=1 / scale: move(  # type: ignore[misc]
                card, home + QPointF((n % 40) * by, (n % 27) * by)
            ),
            moves.shown,
            40,
        )
        move(card, home)
    view.resetTransform()
    view.scale(fit, fit)
    view.centerOn(*_middle(nodes))
    factor = (1.0 / fit) ** (1 / 30)
    found["zoom"] = frames(
        lambda n: view.scale(*([factor if n % 60 < 30 else 1 / factor] * 2)), moves.shown, 120
    )

    def select_all() -> None:
        for card in cards.values():
            card.setSelected(True)
        view.viewport().repaint()

    def delete_all() -> None:
        for item in everything:
            scene.removeItem(item)
        view.viewport().repaint()

    def bring_back() -> None:
        for item in everything:
            scene.addItem(item)
        view.viewport().repaint()

    view.resetTransform()
    view.scale(fit, fit)
    everything = scene.items()
    found["select all"], found["delete all"], found["undo"] = (
        [timed(select_all)],
        [timed(delete_all)],
        [timed(bring_back)],
    )
    found["memory"] = resident() - before
    view.close()
    return found


if __name__ == "__main__":
    side = {"ours": ours, "many": many, "bare": bare, "lag": lag, "saving": saving}[sys.argv[1]]
    print(json.dumps(side(*map(int, sys.argv[2:]))), flush=True)
    os._exit(0)  # a window with edits would ask about them
