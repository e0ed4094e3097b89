from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.tools.place import MIME, layer_type

NONE = Qt.KeyboardModifier.NoModifier


def mime_for(type: str) -> QMimeData:
    mime = QMimeData()
    mime.setData(MIME, type.encode())
    return mime


class Dragged:
    """A drag from elsewhere, as the window system reports it."""

    def __init__(self, view, hand, mime: QMimeData) -> None:
        self.view, self.hand, self.mime = view, hand, mime

    def _send(self, kind, x, y, keys):
        place = self.hand.at(x, y)
        place = QPointF(place) if kind is QDropEvent else place
        event = kind(place, Qt.DropAction.CopyAction, self.mime, Qt.MouseButton.LeftButton, keys)
        QApplication.sendEvent(self.view.viewport(), event)
        return event.isAccepted()

    def enter(self, x, y):
        return self._send(QDragEnterEvent, x, y, NONE)

    def move(self, x, y, keys=NONE):
        return self._send(QDragMoveEvent, x, y, keys)

    def drop(self, x, y, keys=NONE):
        return self._send(QDropEvent, x, y, keys)

    def leave(self):
        QApplication.sendEvent(self.view.viewport(), QDragLeaveEvent())


@pytest.fixture
def drag(view, hand):
    return lambda type: Dragged(view, hand, mime_for(type))


def test_on_empty_canvas_it_is_added_on_the_grid_and_selected(editor, view, drag):
    held = drag("Linear")
    assert held.enter(500, 300) and held.move(503, 311)
    assert view._ghost.isVisible()
    assert held.drop(503, 311)
    (node,) = (n for n in editor.document.nodes() if n.type == "Linear")
    assert node.x % 20 == 0 and node.y % 20 == 0
    assert abs(node.x + 70 - 503) <= 10 and abs(node.y + 22 - 311) <= 10
    assert view.selection == {node.id}
    assert len(editor.history.done) == 1 and not view._ghost.isVisible()


def test_on_a_wire_it_goes_in_between(editor, view, drag):
    held = drag("BatchNorm2d")
    held.enter(500, 300)
    held.move(370, 22)
    assert view.state.target.kind == "edge"
    held.drop(370, 22)
    (name,) = (n.name for n in editor.document.nodes() if n.type == "BatchNorm2d")
    assert {("conv1", "y", name, "x"), (name, "y", "relu1", "x")} <= editor.edges()
    assert len(editor.history.done) == 1
    editor.undo()
    assert editor.edges() == {("image1", "y", "conv1", "x"), ("conv1", "y", "relu1", "x")}


def test_alt_adds_on_top_of_a_wire_and_off_the_grid(editor, drag):
    held = drag("BatchNorm2d")
    held.enter(371, 23)
    held.move(371, 23, Qt.KeyboardModifier.AltModifier)
    held.drop(371, 23, Qt.KeyboardModifier.AltModifier)
    (node,) = (n for n in editor.document.nodes() if n.type == "BatchNorm2d")
    assert not editor.document.edges_of(node.id)
    assert node.x == pytest.approx(301, abs=1)


def test_what_has_no_way_through_is_added_beside(editor, drag):
    held = drag("Output")
    held.enter(370, 22)
    held.drop(370, 22)
    assert any(n.type == "Output" for n in editor.document.nodes())
    assert len(editor.edges()) == 2


def test_leaving_adds_nothing(editor, view, drag):
    held = drag("Linear")
    held.enter(370, 22)
    held.leave()
    assert not view._ghost.isVisible() and not view.state.target
    assert not editor.history.done


@pytest.mark.parametrize("content", ["NoSuchLayer", "", "\udcff"])
def test_other_things_are_not_taken(editor, view, hand, content):
    mime = QMimeData()
    mime.setData(MIME, content.encode("utf-8", "surrogateescape"))
    assert layer_type(mime) == ""
    held = Dragged(view, hand, mime)
    assert not held.enter(370, 22)
    assert not editor.history.done


def test_text_is_not_taken(view, hand):
    mime = QMimeData()
    mime.setText("Linear")
    assert not Dragged(view, hand, mime).enter(370, 22)


def test_dropped_on_a_wire_it_gets_settings_that_suit_what_flows_there(editor, drag, view, port):
    conv = editor.named("conv1")
    editor.edit("", "set_parameter", node=conv, parameter="out_channels", value=35)
    (x, y), (end, _) = port("conv1", OUTPUT), port("relu1", INPUT)
    held = drag("GroupNorm")
    held.enter((x + end) / 2, y)
    assert held.drop((x + end) / 2, y)
    (norm,) = (n for n in editor.document.nodes() if n.type == "GroupNorm")
    assert 35 % norm.parameters["num_groups"] == 0, "the default does not divide 35 channels"
    assert not [p for p in editor.checked.problems if p.where.node == norm.id and p.code == "shape"]
