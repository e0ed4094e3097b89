from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolTip

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT

START = {("image1", "y", "conv1", "x"), ("conv1", "y", "relu1", "x")}


def test_from_an_output_to_an_input(editor, view, hand, port):
    hand.drag(port("relu1", OUTPUT), port("flatten1", INPUT))
    assert editor.edges() == START | {("relu1", "y", "flatten1", "x")}
    assert len(editor.history.done) == 1
    editor.undo()
    assert editor.edges() == START


def test_from_a_free_input_back_to_an_output(editor, hand, port):
    hand.drag(port("flatten1", INPUT), port("relu1", OUTPUT))
    assert editor.edges() == START | {("relu1", "y", "flatten1", "x")}


def test_near_is_near_enough(editor, hand, port):
    x, y = port("flatten1", INPUT)
    hand.drag(port("relu1", OUTPUT), (x - 15, y + 9))
    assert ("relu1", "y", "flatten1", "x") in editor.edges()


def test_dropped_on_a_node_it_takes_the_first_free_port(editor, view, hand, port):
    add = editor.add("Add", 560, 200)
    editor.wire(editor.named("relu1"), add, in_port="a")
    before = len(editor.history.done)
    hand.drag(port("conv1", OUTPUT), (620, 220))
    assert ("conv1", "y", "add1", "b") in editor.edges()
    assert len(editor.history.done) == before + 1


def _menu() -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def _words(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_a_second_wire_replaces_the_first_where_nothing_could_join_them(editor, hand, port):
    hand.drag(port("image1", OUTPUT), port("flatten1", INPUT))
    dense = editor.add("Linear", 400, 200)
    editor.wire(editor.named("flatten1"), dense)
    depth = len(editor.history.done)
    hand.drag(port("conv1", OUTPUT), port("linear1", INPUT))
    assert QApplication.activePopupWidget() is None
    assert ("conv1", "y", "linear1", "x") in editor.edges()
    assert ("flatten1", "y", "linear1", "x") not in editor.edges()
    assert len(editor.history.done) == depth + 1


def test_a_second_wire_asks_where_both_could_be_joined(editor, view, hand, port):
    hand.drag(port("image1", OUTPUT), port("relu1", INPUT))
    menu = _menu()
    assert editor.edges() == START, "nothing is done before the answer"
    assert view._wire.isVisible(), "what is asked about is in sight"
    assert _words(menu) == ["Replace the wire from conv1", "Join by Concatenate\t33×28×28"]
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None and not view._wire.isVisible()
    assert editor.edges() == START and not editor.history.done


def test_the_second_wire_replaces_the_first_with_return(editor, hand, port):
    hand.drag(port("image1", OUTPUT), port("relu1", INPUT))
    QTest.keyClick(_menu(), Qt.Key.Key_Return)
    assert editor.edges() == {("image1", "y", "conv1", "x"), ("image1", "y", "relu1", "x")}
    assert len(editor.history.done) == 1


def test_two_wires_are_added_in_one_step(editor, view, hand, port):
    other = editor.add("Conv2d", 200, 100)
    editor.wire(editor.named("image1"), other)
    depth = len(editor.history.done)
    hand.drag(port("conv2", OUTPUT), port("relu1", INPUT))
    menu = _menu()
    QTest.keyClick(menu, Qt.Key.Key_Down)
    assert menu.activeAction().text().startswith("Join by Add")
    QTest.keyClick(menu, Qt.Key.Key_Return)
    joined = {("conv1", "y", "add1", "a"), ("conv2", "y", "add1", "b"), ("add1", "y", "relu1", "x")}
    assert joined <= editor.edges() and ("conv1", "y", "relu1", "x") not in editor.edges()
    assert len(editor.history.done) == depth + 1
    assert view.selection == {editor.named("add1")}
    assert not editor.checked.errors or all(p.code != "shape" for p in editor.checked.problems)
    editor.undo()
    assert editor.edges() >= START and editor.document.node_named("add1") is None


def test_the_moved_end_of_a_wire_can_be_joined_too(editor, hand, port):
    other, tanh = editor.add("Conv2d", 200, 100), editor.add("Tanh", 400, 100)
    editor.wire(editor.named("image1"), other)
    wire = editor.wire(other, tanh)
    hand.drag(port("tanh1", INPUT), port("relu1", INPUT))
    menu = _menu()
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert ("conv2", "y", "add1", "b") in editor.edges()
    assert not any(target == "tanh1" for _, _, target, _ in editor.edges()), "the end has moved"
    assert wire not in editor.document


def test_an_end_is_moved_to_another_input_in_one_step(editor, view, hand, port):
    wire = editor.document.wire_into(editor.named("relu1"), "x").id
    hand.drag(port("relu1", INPUT), port("flatten1", INPUT))
    assert editor.edges() == {("image1", "y", "conv1", "x"), ("conv1", "y", "flatten1", "x")}
    assert wire in editor.document
    assert len(editor.history.done) == 1
    editor.undo()
    assert editor.edges() == START


def test_an_end_let_go_over_nothing_takes_the_wire_away(editor, view, hand, port):
    dropped = []
    view.wireDropped.connect(lambda *what: dropped.append(what))
    hand.drag(port("relu1", INPUT), (500, 300))
    assert editor.edges() == {("image1", "y", "conv1", "x")}
    assert len(editor.history.done) == 1 and not dropped


def test_an_end_put_back_changes_nothing(editor, hand, port):
    x, y = port("relu1", INPUT)
    hand.press(x, y)
    hand.to(x - 60, y + 60)
    hand.to(x, y)
    hand.release(x, y)
    assert editor.edges() == START and not editor.history.done


def test_while_an_end_moves_the_old_wire_is_not_drawn(editor, view, hand, port):
    wire = editor.document.wire_into(editor.named("relu1"), "x").id
    hand.drag(port("relu1", INPUT), (500, 300), let_go=False)
    assert view.state.hidden_edge == wire and view._wire.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.state.hidden_edge == "" and not view._wire.isVisible()
    hand.release(500, 300)
    assert editor.edges() == START and not editor.history.done


def test_a_new_wire_over_nothing_asks_what_to_add(editor, view, hand, port):
    outs, ins = [], []
    view.wireDropped.connect(lambda *what: outs.append(what))
    view.inputWireDropped.connect(lambda *what: ins.append(what))
    hand.drag(port("relu1", OUTPUT), (600, 300))
    hand.drag(port("flatten1", INPUT), (120, 300))
    ((node, name, place),) = outs
    assert (node, name) == (editor.named("relu1"), "y")
    assert isinstance(place, QPointF) and place.toTuple() == pytest.approx((600, 300), abs=1)
    assert ins[0][:2] == (editor.named("flatten1"), "x")
    assert not editor.history.done


def test_ports_it_cannot_go_to_are_dimmed(editor, view, hand, port):
    hand.drag(port("relu1", OUTPUT), (500, 300), let_go=False)
    dimmed = {(editor.document.node(id).name, side, name) for id, side, name in view.state.dimmed}
    assert dimmed == {("conv1", INPUT, "x"), ("relu1", INPUT, "x")}  # a loop, and itself
    hand.release(500, 300)
    assert view.state.dimmed == frozenset()


def test_ports_that_take_what_arrives_light_up_and_others_are_dimmed(editor, view, hand, port):
    editor.add("Embedding", 400, 200)
    editor.add("Conv1d", 400, 300)
    editor.add("MaxPool2d", 200, 320)
    plain = view.grab().toImage()
    hand.drag(port("conv1", OUTPUT), (560, 330), let_go=False)

    def named(keys):
        return {(editor.document.node(id).name, name) for id, _, name in keys}

    assert named(view.state.lit) == {("relu1", "x"), ("flatten1", "x"), ("pool1", "x")}
    assert named(view.state.dimmed) == {("conv1", "x"), ("embedding1", "x"), ("conv2", "x")}
    lit = view.grab().toImage()
    place = hand.at(*port("pool1", INPUT))
    assert lit.pixelColor(place + QPoint(-8, 0)) != plain.pixelColor(place + QPoint(-8, 0))
    hand.release(560, 330)
    assert view.state.lit == frozenset()


def test_a_shape_that_does_not_fit_is_said_and_may_be_wired_all_the_same(editor, view, hand, port):
    editor.add("Conv1d", 400, 300)
    x, y = port("conv2", INPUT)
    hand.drag(port("conv1", OUTPUT), (x, y), let_go=False)
    words = QToolTip.text()
    assert "Wire it all the same" in words and words.splitlines()[0]
    assert view.state.target.id == editor.named("conv2"), "it would land there"
    hand.release(x, y)
    assert ("conv1", "y", "conv2", "x") in editor.edges()
    said = [p.message for p in editor.checked.problems if p.where.node == editor.named("conv2")]
    assert words.splitlines()[0] in said, "the same sentence as the check's"


def test_the_reason_shows_on_hover_and_the_drop_is_refused(editor, view, hand, port):
    refused = []
    editor.refused.connect(refused.append)
    x, y = port("conv1", INPUT)
    hand.drag(port("relu1", OUTPUT), (x, y), let_go=False)
    assert "loop" in QToolTip.text()
    assert not view.state.target
    hand.release(x, y)
    assert editor.edges() == START and not editor.history.done
    assert len(refused) == 1 and "loop" in refused[0]


def test_many_ports_are_asked_about_in_slices(editor, view, hand, port, qtbot, monkeypatch):
    """A slow answer holds up one slice of the drag, not the drag."""
    for i in range(12):
        editor.add("ReLU", -60, -140 + i * 45)
    import time

    slow = editor.why_not
    monkeypatch.setattr(editor, "why_not", lambda *ends: time.sleep(0.003) or slow(*ends))
    view.centerOn(300, 100)
    hand.drag(port("relu1", OUTPUT), (500, 300), let_go=False)
    qtbot.waitUntil(lambda: len(view.state.dimmed) >= 2, timeout=2000)
    hand.release(500, 300)


def test_a_click_on_a_port_selects(editor, view, hand, port):
    hand.click(*port("flatten1", OUTPUT))
    assert view.selection == {editor.named("flatten1")}
    hand.click(*port("conv1", INPUT))
    assert view.selection == {editor.document.wire_into(editor.named("conv1"), "x").id}
    assert not editor.history.done


def test_hovering_a_port_lights_its_wires(editor, view, hand, port):
    plain = view.grab().toImage()
    hand.to(*port("conv1", OUTPUT), button=Qt.MouseButton.NoButton)
    assert view.state.hovered.kind == "port"
    lit = view.grab().toImage()
    middle = hand.at(370, 22)
    assert plain.pixelColor(middle) != lit.pixelColor(middle)
    assert lit.pixelColor(middle).name() == view.theme.accent


def test_moving_an_end_is_a_verb_of_its_own(editor):
    document = editor.document
    wire = document.wire_into(editor.named("relu1"), "x")
    with pytest.raises(Refusal):
        edits.rewire(document, "gone", wire.source, "y", wire.target, "x")
    with pytest.raises(Refusal, match="itself"):
        edits.rewire(document, wire.id, wire.source, "y", wire.source, "x")
    onto = edits.rewire(document, wire.id, editor.named("image1"), "y", editor.named("conv1"), "x")
    after = document.apply(onto)
    assert len(after.edges) == 1 and after.edges[0].id == wire.id
    assert after.apply(onto.inverse()).records == document.records
