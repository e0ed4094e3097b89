"""What a screen reader is told of the network, and that no interface outlives what it speaks of."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtGui import QAccessible

from nndesigner.gui.canvas import spoken
from nndesigner.gui.canvas.geometry import OUTPUT
from nndesigner.gui.canvas.hit import Hit

NAME, MORE = QAccessible.Text.Name, QAccessible.Text.Description


@pytest.fixture
def top(view):
    made = spoken.top_of(view)
    assert made is not None
    yield made
    made.forget()


def _children(part):
    return [part.child(i) for i in range(part.childCount())]


def test_nodes_are_children_in_data_order_with_name_type_shape_and_wires(editor, top):
    names = [part.text(NAME) for part in _children(top)]
    assert names[0].startswith("image1, Image input, gives channel 1 × height 28 × width 28")
    assert names[1].startswith("conv1, Conv 2-D")
    assert names[2].startswith("relu1, ReLU")
    conv = top.child(1)
    assert "Input x from image1" in conv.text(MORE) and "Output y to relu1" in conv.text(MORE)
    assert conv.role() == QAccessible.Role.TreeItem and conv.parent() is top
    assert top.indexOfChild(conv) == 1


def test_a_problem_is_said_with_its_sentence(editor, top):
    loose = next(part for part in _children(top) if part.text(NAME).startswith("flatten1"))
    assert editor.checked is not None
    problem = next(p for p in editor.checked.problems if p.where.node == editor.named("flatten1"))
    assert problem.severity in loose.text(NAME) and problem.message in loose.text(MORE)
    assert "Input x, not wired yet" in loose.text(MORE)


def test_ports_and_wires_hang_below_their_node(editor, top):
    conv = top.child(1)
    source, sink = _children(conv)
    assert source.text(NAME) == "Input x from image1, channel 1 × height 28 × width 28"
    assert sink.text(NAME).startswith("Output y to relu1, channel 32")
    (wire,) = _children(source)
    assert wire.text(NAME) == "Wire from image1 to conv1, channel 1 × height 28 × width 28"
    assert wire.parent() is source and source.parent() is conv


def test_selection_focus_and_place_are_told(editor, view, top, qtbot):
    conv = editor.named("conv1")
    view.select([conv])
    assert [part.state().selected for part in _children(top)][:3] == [False, True, False]
    view.show_focus(Hit("port", conv, OUTPUT, "y"))
    assert top.focusChild().text(NAME).startswith("Output y")
    place = view.mapFromScene(230, 20)
    at = view.viewport().mapToGlobal(place)
    assert top.childAt(at.x(), at.y()).text(NAME).startswith("conv1")


def test_what_is_gone_is_forgotten_and_undo_brings_it_back(editor, view, top):
    for part in _children(top):
        for port in _children(part):
            _children(port)
    held = top.held
    conv = editor.named("conv1")
    editor.edit("Remove", "remove", ids=[conv])
    assert top.held < held
    assert all("conv1" not in part.text(NAME) for part in _children(top))
    editor.undo()
    assert any(part.text(NAME).startswith("conv1") for part in _children(top))


def test_another_network_leaves_nothing_of_the_old_one(editor, view, top):
    _children(top)
    view.reload()
    assert top.held == 0


_LIVES = """
import gc, random, sys
sys.path.insert(0, {tests!r})
from PySide6.QtCore import QEvent
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
from nndesigner.gui.canvas import spoken
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.theme import LIGHT
from conftest import small_network
gc.set_threshold(1)
QAccessible.setActive(True)
random.seed(1)

def walk(part):
    part.text(QAccessible.Text.Name); part.rect(); part.state()
    return 1 + sum(walk(part.child(i)) for i in range(part.childCount()) if part.child(i) is not None)

read = 0
for _ in range(12):
    editor = small_network()
    window = QMainWindow()
    view = CanvasView(editor, LIGHT)
    window.setCentralWidget(view)
    window.show()
    for turn in range(30):
        read += walk(QAccessible.queryAccessibleInterface(window))
        names = [node.id for node in editor.document.nodes()]
        if turn % 3 == 0 and names:
            editor.edit("Remove", "remove", ids=random.sample(names, min(2, len(names))))
        elif turn % 3 == 1:
            editor.add("Linear", 20 * turn, 300)
        else:
            editor.undo()
        for index in range(spoken.top_of(view).childCount()):
            event = QAccessibleEvent(view, QAccessible.Event.Focus)
            event.setChild(index)
            QAccessible.updateAccessibility(event)  # Qt itself asks for the child
            event.accessibleInterface()
        if turn % 10 == 9:
            view.reload()
    window.close()
    window.deleteLater()
    del window, view, editor, event
    app.processEvents()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
print("read", read)
"""


def test_thousands_of_interfaces_live_and_die_without_a_crash(request):
    """In a process of its own: what this guards against ends the process."""
    code = _LIVES.format(tests=str(request.path.parent))
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code],
        capture_output=True,
        text=True,
        timeout=280,
        env={**__import__("os").environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert int(done.stdout.split()[-1]) > 2000
