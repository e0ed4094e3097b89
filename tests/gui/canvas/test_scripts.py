"""Random scripts of mouse and key events: whatever a hand does, the canvas shows the document, and nothing is lost.

Python's collector runs at almost every chance, so that an object of Qt's that is held by nobody is found out.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.theme import LIGHT

from .conftest import Hand, PlainEditor, small_network
from .test_arrays import rebuilt, same

EVENTS = 200
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
HELD = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
)
KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down),
    *(Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Shift, Qt.Key.Key_X),
)


@pytest.fixture
def eager_collector() -> Iterator[None]:
    """What is here already is left alone, or every collection would walk all of it."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(1)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def furnished() -> PlainEditor:
    """A small network with everything that a canvas shows."""
    editor = small_network()
    add = editor.add("Add", 620, 60, inputs=3)
    editor.wire(editor.named("relu1"), add, in_port="a")
    bent = editor.wire(editor.named("conv1"), add, in_port="c")
    editor.edit("", "set_bends", edge=bent, bends=[(420, 140), (540, 140)])
    editor.edit("", "set_look", ids=[editor.named("conv1")], color="teal", collapsed=True)
    editor.edit("", "add_frame", title="stem", x=-40, y=-60, width=420, height=200, id="frame")
    editor.edit("", "add_note", text="a note", x=40, y=320)
    editor.history.saved()
    return editor


class Script:
    """A hand that does not know what it does."""

    def __init__(self, editor: PlainEditor, view: CanvasView, seed: int) -> None:
        self.editor, self.view, self.hand = editor, view, Hand(view)
        self.chance = random.Random(seed)
        self.button: Qt.MouseButton | None = None
        self.saved = editor.document
        self.said = f"script {seed}:"
        view.wireDropped.connect(self._add_at)
        view.noteActivated.connect(lambda id: editor.edit("", "set_note", note=id, text=self.said[-9:]))
        for keys, action in (
            ("Ctrl+Z", editor.undo),
            ("Ctrl+Shift+Z", editor.redo),
            ("Ctrl+A", lambda: view.select([*view.arrays.node_ids, *view.arrays.edge_ids])),
            ("Del", lambda: editor.edit("", "remove", ids=sorted(view.selection))),
            ("Ctrl+S", self._save),
        ):
            QShortcut(QKeySequence(keys), view, action, context=Qt.ShortcutContext.WidgetShortcut)  # type: ignore[call-overload]

    def event(self) -> None:
        chance = self.chance
        doing: Callable[[], object] = chance.choices(
            (
                self._press,
                self._move,
                self._release,
                self._twice,
                self._key,
                self._shortcut,
                self._wheel,
                self._paint,
            ),
            (18, 34, 20, 3, 10, 10, 3, 2),
        )[0]
        self.said += f" {doing.__name__[1:]}"
        doing()

    def hold(self) -> None:
        """Whatever the last event did."""
        a = self.view._base
        same(a, rebuilt(self.editor))
        if self.view.gesture is None:
            assert self.view.arrays is a, self.said
        document = self.editor.document
        assert set(a.node_ids) == {node.id for node in document.nodes()}, self.said
        assert set(a.edge_ids) == {edge.id for edge in document.edges}, self.said
        assert all(id in document for id in self.view.selection), self.said
        if self.editor.history.is_saved:
            assert document == self.saved, self.said

    # -- what it does ----------------------------------------------------------------------------------------------
    def _somewhere(self) -> tuple[float, float]:
        """Mostly at a port, a node, a bend or a corner of what is selected; else anywhere."""
        a, chance = self.view.arrays, self.chance
        kind = chance.random()
        if kind < 0.4 and len(a.ports[0]):
            node, _, _, offset = a.ports
            port = chance.randrange(len(node))
            x, y = (a.place[node[port]] + offset[port]).tolist()
        elif kind < 0.7 and a.node_ids:
            row = chance.randrange(len(a.node_ids))
            x, y = (a.place[row] + a.size[row] * (chance.random(), chance.random())).tolist()
        elif kind < 0.8 and a.bent:
            x, y = chance.choice(a.bends[chance.choice(sorted(a.bent))])
        elif kind < 0.88 and (a.frames or a.notes):
            area = chance.choice([*a.frames.values(), *a.notes.values()])
            x, y = area.x + area.width * chance.randint(0, 1), area.y + area.height * chance.randint(0, 1)
        else:
            left, top, right, bottom = self.view.visible_bounds()
            x, y = chance.uniform(left, right), chance.uniform(top, bottom)
        return x + chance.uniform(-3, 3), y + chance.uniform(-3, 3)

    def _press(self) -> None:
        button = self.chance.choice((LEFT, LEFT, LEFT, LEFT, MIDDLE, RIGHT))
        if self.button is None:
            self.button = button
        self.hand.press(*self._somewhere(), button, self.chance.choice(HELD))

    def _move(self) -> None:
        self.hand.to(*self._somewhere(), self.button or Qt.MouseButton.NoButton, self.chance.choice(HELD))

    def _release(self) -> None:
        if self.button is not None:
            button, self.button = self.button, None
            self.hand.release(*self._somewhere(), button, self.chance.choice(HELD))

    def _twice(self) -> None:
        place = self.hand.at(*self._somewhere())
        QTest.mouseDClick(self.view.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)

    def _key(self) -> None:
        QTest.keyClick(self.view, self.chance.choice(KEYS), self.chance.choice(HELD[:4]))

    def _shortcut(self) -> None:
        ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
        key, modifiers = self.chance.choice(
            (
                (Qt.Key.Key_Z, ctrl),
                (Qt.Key.Key_Z, ctrl),
                (Qt.Key.Key_Z, ctrl),
                (Qt.Key.Key_Z, ctrl | shift),
                (Qt.Key.Key_A, ctrl),
                (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
                (Qt.Key.Key_S, ctrl),
            )
        )
        QTest.keyClick(self.view, key, modifiers)

    def _wheel(self) -> None:
        place = QPointF(self.hand.at(*self._somewhere()))
        turn = QPoint(0, self.chance.choice((-240, -120, 120, 240)))
        event = QWheelEvent(
            place,
            QPointF(self.view.viewport().mapToGlobal(place.toPoint())),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view.viewport(), event)
        if not 0.3 < self.view.scale_now < 2:
            self.view.set_zoom(1.0)

    def _paint(self) -> None:
        self.view.viewport().repaint()

    def _add_at(self, node: str, port: str, place: QPointF) -> None:
        type = self.chance.choice(("ReLU", "Conv2d", "Add", "Flatten"))
        self.editor.edit("", "add_node", type=type, x=place.x(), y=place.y())

    def _save(self) -> None:
        self.saved = self.editor.document
        self.editor.history.saved()


def play(qtbot, seed: int) -> None:
    editor = furnished()
    view = CanvasView(editor, LIGHT)
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    qtbot.waitExposed(view)
    view.setFocus()
    view.centerOn(300, 150)
    script = Script(editor, view, seed)
    for _ in range(EVENTS):
        script.event()
        script.hold()
    view.cancel_gesture()
    while editor.history.done:
        editor.undo()
    script.hold()
    while editor.history.undone:
        editor.redo()
    script.hold()
    view.close()


@pytest.mark.parametrize("seed", range(5))
def test_scripts_of_events_keep_canvas_and_document_equal(qtbot, eager_collector, seed):
    play(qtbot, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5, 100))
def test_a_hundred_scripts_of_events_keep_canvas_and_document_equal(qtbot, eager_collector, seed):
    play(qtbot, seed)


# -- lifetimes -------------------------------------------------------------------------------------------------------
def resident() -> float:
    """MB of this process that are in memory now; 0 where the system does not tell."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))
    except OSError:
        return 0.0


def add_delete_undo_redo(view: CanvasView, editor: PlainEditor, rounds: int) -> None:
    """Adds and deletes with everything that a canvas can hold on to pointing at what goes."""
    before = 0.0
    for number in range(rounds):
        if number == min(100, rounds // 4):  # what is made once has been made
            before = resident()
        id = editor.add("Conv2d", number % 700, number % 500, out_channels=8)
        wire = editor.wire(editor.named("image1"), id)
        view.select([id, wire])
        view.show_state(hovered=Hit("node", id))
        view.flash(id)
        editor.edit("", "remove", ids=[id])
        editor.undo()
        editor.redo()
        assert id not in view.selection and not view.state.hovered
        if number % 50 == 0:
            view.viewport().repaint()
            QApplication.processEvents()
            assert view._base.node_ids == [node.id for node in editor.document.nodes()]
        if number % 200 == 199:
            editor.history = type(editor.history)()  # its size is not what is looked at here
    same(view._base, rebuilt(editor))
    assert len(view.scene().items()) == 4, "one item for the network, three for gestures"
    assert resident() - before <= 50


def test_adding_and_deleting_leaves_nothing_behind(view, editor, eager_collector):
    add_delete_undo_redo(view, editor, 150)


@pytest.mark.long
def test_adding_and_deleting_ten_thousand_times_leaves_nothing_behind(view, editor, eager_collector):
    add_delete_undo_redo(view, editor, 2_500)  # of four steps each
