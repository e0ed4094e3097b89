"""One test or more for every row and rule of the canvas's gestures and keys, with real events on a whole window.

Tests are named after their row; those of keyboard walking and of order stand in files of their own beside this one.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nndesigner.document.records import Frame, Note
from nndesigner.gui.action_table import TABLE
from nndesigner.gui.canvas.words import WordsField
from nndesigner.gui.command_popup import CommandPopup
from nndesigner.gui.shortcuts import Shortcuts
from nndesigner.protocol.controls import Pause, Stop
from nndesigner.protocol.messages import State
from nndesigner.session.session import Session
from tests.gui.canvas.bench_window import ALT, CTRL, NONE, SHIFT, Bench
from tests.gui.canvas.tools.test_place import Dragged, mime_for
from tests.gui.canvas.tools.test_zoom import turn
from tests.gui.test_actions import _ready

ROWS = {
    "Add-node search at cursor": "search_at_cursor",
    "Drag wire, drop on empty": "drop_wire_on_empty",
    "Add from palette": "add_from_palette",
    "Insert node on wire": "insert_on_wire",
    "Remove node but keep flow": "remove_and_keep_flow",
    "Delete": "delete",
    "Duplicate": "duplicate",
    "Copy/paste; paste with wires": "copy_and_paste",
    "Pan": "pan",
    "Zoom": "zoom",
    "Fit all / fit selection": "fit",
    "Box select": "box_select",
    "Multi-select click": "multi_select_click",
    "Select all / none / linked": "select_all_none_linked",
    "Nudge / walk by keys": "nudge",
    "Cut wires": "cut_wires",
    "Move existing wire end": "move_wire_end",
    "Reroute point": "reroute_point",
    "Connect by key": "connect_by_key",
    "Mute/bypass": "bypass",
    "Collapse node": "collapse",
    "Group into block / enter / leave / ungroup": "group",
    "Frame/comment": "frame",
    "Align/straighten/auto-layout": "straighten_and_arrange",
    "Rename / properties": "rename_and_properties",
    "Find in graph": "commands",
    "Undo/redo": "undo_and_redo",
    "Run / stop": "run_and_stop",
    "Preview this node": "preview",
    "Minimap / shortcuts list": "shortcuts_list",
    "Swap node type keeping wires": "swap",
}
RULES = {
    "b": "one_wire_per_input",
    "d": "right_click_stays",
    "e": "alt_is_free",
    "f": "letters_need_a_selection",
    "g": "tab_is_traversal",
    "h": "esc_unwinds",
    "i": "keyboard_moves_are_edits",
    "j": "view_state_is_kept",
    "k": "undo_covers",
}
"""Rules a and c, of ports while a wire is dragged, are tested with the wire."""
HERE = Path(__file__).parent


def test_every_row_and_rule_is_named_by_a_test() -> None:
    written = "\n".join(path.read_text("utf-8") for path in sorted(HERE.glob("test_gestures*.py")))
    names = re.findall(r"^def test_(\w+)", written, flags=re.MULTILINE)
    for row, name in {**ROWS, **RULES}.items():
        assert any(found.startswith(name) for found in names), row


@pytest.fixture
def bench(window) -> Bench:
    return Bench(window)


def _choose(bench: Bench, letters: str) -> None:
    popup = bench.window.asking.popup
    assert popup.isVisible()
    QTest.keyClicks(popup.search_field, letters)
    QTest.keyClick(popup.search_field, Qt.Key.Key_Return)


# -- adding --------------------------------------------------------------------------------------------------------
def test_search_at_cursor(bench) -> None:
    popup = bench.window.asking.popup
    for ask in (
        lambda: bench.double_click(300, 320),
        lambda: bench.key(Qt.Key.Key_Space),
        lambda: bench.key(Qt.Key.Key_A, SHIFT),
        lambda: QTest.keyClicks(bench.canvas, "t"),
    ):
        ask()
        assert popup.isVisible()
        popup.hide()
        bench.canvas.setFocus()
    bench.double_click(300, 320)
    _choose(bench, "tanh")
    assert "tanh1" in bench.names and abs(bench.node("tanh1").x + 70 - 300) <= 20
    bench.one_step()
    bench.hand.click(300, 320, Qt.MouseButton.RightButton)
    assert bench.menu()[0] == "Add a layer…"


def test_drop_wire_on_empty(bench) -> None:
    bench.hand.drag(bench.output("relu1"), (620, 150))
    _choose(bench, "linear")
    assert ("relu1", "linear2") in bench.wires
    bench.one_step()


def test_add_from_palette(bench) -> None:
    held = Dragged(bench.canvas, bench.hand, mime_for("Tanh"))
    held.enter(500, 300)
    held.drop(500, 300)
    assert "tanh1" in bench.names
    bench.one_step()
    held = Dragged(bench.canvas, bench.hand, mime_for("Tanh"))
    held.enter(370, 22)
    held.drop(370, 22)
    assert {("linear1", "tanh1"), ("tanh1", "relu1")} <= bench.wires
    bench.one_step()
    bench.select("relu1")
    palette = bench.window.palette_panel
    palette.search_field.setText("tanh")
    palette.chosen.emit("Tanh")  # what a double-click on its row tells: see the palette's own tests
    assert ("relu1", "tanh1") in bench.wires


def test_insert_on_wire(bench) -> None:
    bench.hand.drag((270, 215), (370, 22), keys=ALT)
    assert ("linear1", "dropout1") not in bench.wires, "Alt suppresses it"
    bench.one_step()
    bench.hand.drag((270, 215), (370, 22))
    assert {("linear1", "dropout1"), ("dropout1", "relu1")} <= bench.wires
    assert bench.node("dropout1").x == 400 and bench.node("relu1").x == 600, "neighbours make room"
    bench.one_step()


# -- removing, copying -----------------------------------------------------------------------------------------------
def test_remove_and_keep_flow(bench) -> None:
    bench.select("linear1")
    bench.key(Qt.Key.Key_X, CTRL)
    assert bench.wires == set() and "linear1" not in bench.names, "Ctrl+X stays Cut"
    bench.one_step()
    bench.select("linear1")
    bench.key(Qt.Key.Key_Delete, CTRL)
    assert bench.wires == {("table1", "relu1")} and "linear1" not in bench.names
    bench.one_step()
    bench.select("linear1")
    bench.key(Qt.Key.Key_X, CTRL | SHIFT)
    assert bench.wires == {("table1", "relu1")} and bench.node("linear1").y == 100
    bench.one_step()


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete(bench, key) -> None:
    bench.select("linear1")
    bench.key(key)
    assert "linear1" not in bench.names and bench.wires == set()
    bench.one_step()


def test_duplicate(bench) -> None:
    for key, modifiers in ((Qt.Key.Key_D, CTRL), (Qt.Key.Key_D, SHIFT)):
        bench.select("linear1")
        bench.key(key, modifiers)
        assert bench.selected == {"linear2"} and ("table1", "linear2") not in bench.wires
        bench.one_step()
    bench.select("linear1")
    bench.key(Qt.Key.Key_D, CTRL | SHIFT)
    assert bench.selected == {"linear2"} and ("table1", "linear2") in bench.wires
    bench.one_step()


@pytest.mark.parametrize("before", [("dropout1",), ("linear1",), ("linear1", "relu1")])
def test_duplicate_by_ctrl_and_a_drag(bench, before) -> None:
    """Of the selection, where the layer that is dragged is in it."""
    bench.select(*before)
    bench.hand.drag((270, 15), (270, 315), keys=CTRL)
    copied = before if "linear1" in before else ("linear1",)
    copies = {name.replace("1", "2") for name in copied}
    assert bench.selected == copies
    assert (bench.node("linear1").y, bench.node("linear2").y) == (0, 300)
    assert (("linear2", "relu2") in bench.wires) == (len(copies) == 2)
    bench.one_step()


def test_copy_and_paste(bench) -> None:
    bench.select("linear1", "relu1")
    bench.key(Qt.Key.Key_C, CTRL)
    bench.key(Qt.Key.Key_V, CTRL)
    assert bench.selected == {"linear2", "relu2"} and ("linear2", "relu2") in bench.wires
    bench.one_step()
    bench.key(Qt.Key.Key_V, CTRL | SHIFT)
    assert ("table1", "linear2") in bench.wires, "with incoming wires"
    bench.one_step()


def test_copy_and_paste_across_windows(bench, make_window, tmp_path) -> None:
    bench.session.files.save_as(tmp_path / "one.nnd")
    bench.select("linear1", "relu1")
    bench.key(Qt.Key.Key_C, CTRL)
    session = Session()
    other = make_window(session)
    session.files.new()
    other.show_project()
    other.activateWindow()
    other.canvas.setFocus()
    QTest.keyClick(other.canvas, Qt.Key.Key_V, CTRL)
    assert sorted(node.name for node in session.document.nodes()) == ["linear1", "relu1"]
    assert len(session.document.edges) == 1
    QTest.keyClick(other.canvas, Qt.Key.Key_V, CTRL | SHIFT)
    assert len(session.document.edges) == 2, "what fed them is in the other project: nothing feeds them here"


# -- looking ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["middle", "right", "space"])
def test_pan(bench, way) -> None:
    before = bench.canvas.visible_rect().center()
    if way == "space":
        QTest.keyPress(bench.canvas, Qt.Key.Key_Space)
    button = {"middle": Qt.MouseButton.MiddleButton, "right": Qt.MouseButton.RightButton}.get(
        way, Qt.MouseButton.LeftButton
    )
    place = QPointF(bench.hand.at(300, 250))
    bench.hand.press(300, 250, button)
    for step in (3, 20, 60):
        bench.hand.to(*bench.canvas.mapToScene(place.toPoint() + QPoint(step, 0)).toTuple(), button=button)
    bench.hand.release(*bench.canvas.mapToScene(place.toPoint() + QPoint(60, 0)).toTuple(), button=button)
    if way == "space":
        QTest.keyRelease(bench.canvas, Qt.Key.Key_Space)
    moved = before.x() - bench.canvas.visible_rect().center().x()
    assert 50 <= moved <= 60, "right-click drags begin after 4 pixels"
    assert QApplication.activePopupWidget() is None and not bench.window.asking.popup.isVisible()
    assert bench.steps == 0


def test_pan_by_two_fingers(bench) -> None:
    before = bench.canvas.visible_rect().center()
    turn(bench.canvas, bench.hand.at(300, 250), 0.5, pixels=QPoint(0, 40), phase=Qt.ScrollPhase.ScrollUpdate)
    assert bench.canvas.visible_rect().center().y() == before.y() - 40 and bench.canvas.scale_now == 1.0


def test_zoom(bench) -> None:
    canvas = bench.canvas
    turn(canvas, bench.hand.at(470, 40), 5)
    assert canvas.scale_now == pytest.approx(2.0)
    bench.key(Qt.Key.Key_0, CTRL)
    assert canvas.scale_now == 1.0
    bench.key(Qt.Key.Key_Plus, CTRL)
    assert canvas.scale_now == 1.25
    bench.key(Qt.Key.Key_Minus, CTRL)
    assert canvas.scale_now == 1.0
    place = QPointF(bench.hand.at(300, 150))
    pinch = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        place,
        place,
        place,
        0.5,
        QPointF(),
    )
    QApplication.sendEvent(canvas.viewport(), pinch)
    assert canvas.scale_now == 1.5


def test_fit(bench) -> None:
    canvas = bench.canvas
    canvas.centerOn(5000, 5000)
    bench.key(Qt.Key.Key_Home)
    assert canvas.visible_rect().contains(70, 22) and canvas.visible_rect().contains(270, 222)
    for key in (Qt.Key.Key_F, Qt.Key.Key_Period):
        bench.select("dropout1")
        canvas.centerOn(5000, 5000)
        bench.key(key)
        assert canvas.visible_rect().center().toTuple() == pytest.approx((270, 230), abs=15)


# -- selecting -------------------------------------------------------------------------------------------------------
def test_box_select(bench) -> None:
    bench.hand.drag((-30, -40), (360, 80))
    assert bench.selected == {"table1", "linear1"}
    bench.hand.drag((380, -40), (560, 80), keys=SHIFT)
    assert bench.selected == {"table1", "linear1", "relu1"}
    bench.hand.drag((180, 280), (360, -30), keys=CTRL)
    assert bench.selected == {"table1", "relu1", "dropout1"}
    bench.hand.drag((180, 280), (360, 180))
    assert bench.selected == {"dropout1"}


@pytest.mark.parametrize("keys", [SHIFT, CTRL])
def test_multi_select_click(bench, keys) -> None:
    bench.hand.click(270, 15)
    bench.hand.click(470, 15, keys=keys)
    assert bench.selected == {"linear1", "relu1"}
    bench.hand.click(270, 15, keys=keys)
    assert bench.selected == {"relu1"}


def test_select_all_none_linked(bench) -> None:
    bench.key(Qt.Key.Key_A, CTRL)
    assert bench.selected == bench.names
    bench.key(Qt.Key.Key_Escape)
    assert bench.selected == set()
    bench.select("linear1")
    bench.key(Qt.Key.Key_L)
    assert bench.selected == {"linear1", "relu1"}
    bench.select("linear1")
    bench.key(Qt.Key.Key_L, SHIFT)
    assert bench.selected == {"linear1", "table1"}


def test_nudge(bench) -> None:
    bench.select("dropout1")
    bench.key(Qt.Key.Key_Right)
    assert bench.node("dropout1").x == 220
    bench.one_step()
    bench.key(Qt.Key.Key_Down, SHIFT)
    assert bench.node("dropout1").y == 300
    bench.one_step()


# -- what layers are ---------------------------------------------------------------------------------------------------
def test_connect_by_key(bench) -> None:
    bench.select("relu1", "dropout1")
    bench.key(Qt.Key.Key_C)
    assert ("dropout1", "relu1") in bench.wires
    bench.one_step()


def test_bypass(bench) -> None:
    bench.select("relu1")
    bench.key(Qt.Key.Key_M)
    assert bench.node("relu1").bypass is True
    assert bench.canvas.faces.mark(bench.id("relu1")).bypassed, "with a badge"
    bench.one_step()


def test_collapse(bench) -> None:
    bench.select("linear1", "relu1")
    bench.key(Qt.Key.Key_H)
    assert bench.node("linear1").collapsed and bench.node("relu1").collapsed
    assert bench.window.actions_.made["collapse"].isChecked()
    bench.key(Qt.Key.Key_H)
    assert not bench.node("linear1").collapsed
    assert bench.steps == 2


def test_group(bench) -> None:
    main = bench.session.network
    bench.select("linear1", "relu1")
    bench.key(Qt.Key.Key_G, CTRL)
    (block,) = bench.selected
    assert ("table1", block) in bench.wires
    for enter, leave in (
        (lambda: bench.double_click(bench.node(block).x + 70, bench.node(block).y + 15), "esc"),
        (lambda: bench.key(Qt.Key.Key_Return), "page"),
        (lambda: bench.key(Qt.Key.Key_PageDown), "bread"),
    ):
        enter()
        assert bench.session.network != main
        if leave == "esc":
            bench.canvas.select([])
            bench.key(Qt.Key.Key_Escape)
        elif leave == "page":
            bench.key(Qt.Key.Key_PageUp)
        else:
            bench.window.breadcrumb.chosen.emit(0)
        assert bench.session.network == main
        bench.select(block)
        bench.canvas.setFocus()
    bench.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert bench.wires == {("table1", "linear1"), ("linear1", "relu1")}


def _field(bench: Bench) -> WordsField:
    (found,) = [field for field in bench.canvas.findChildren(WordsField) if field.isVisible()]
    return found


def _frames(bench: Bench) -> list[Frame]:
    return [record for record in bench.session.document if isinstance(record, Frame)]


def test_frame(bench) -> None:
    bench.select("linear1", "relu1")
    bench.key(Qt.Key.Key_J, CTRL)
    QTest.keyClicks(_field(bench), "head")
    QTest.keyClick(_field(bench), Qt.Key.Key_Return)
    (frame,) = _frames(bench)
    assert frame.title == "head" and frame.x < 200 and frame.x + frame.width > 540
    assert bench.canvas.selection == {frame.id}
    bench.one_step()
    bench.key(Qt.Key.Key_Z, CTRL | SHIFT)
    bench.hand.drag((frame.x + 100, frame.y + 10), (frame.x + 100, frame.y + 110))
    assert (bench.node("linear1").y, bench.node("dropout1").y) == (100, 200), "it carries what lies in it"
    (frame,) = _frames(bench)
    bench.double_click(frame.x + 100, frame.y + 10)
    QTest.keyClicks(_field(bench), "tail")
    QTest.keyClick(_field(bench), Qt.Key.Key_Return)
    assert _frames(bench)[0].title == "tail"
    corner = frame.x + frame.width, frame.y + frame.height
    bench.canvas.select([frame.id])
    bench.hand.drag(corner, (corner[0] + 60, corner[1] + 40))
    (after,) = _frames(bench)
    assert (after.width, after.height) == (frame.width + 60, frame.height + 40)
    assert bench.steps == 4


def test_frame_and_note_words_are_left_by_esc(bench) -> None:
    bench.select("linear1")
    bench.key(Qt.Key.Key_N)
    QTest.keyClicks(_field(bench), "no")
    QTest.keyClick(_field(bench), Qt.Key.Key_Escape)
    assert bench.steps == 0 and bench.canvas.hasFocus()
    bench.select("linear1")
    bench.key(Qt.Key.Key_N)
    QTest.keyClicks(_field(bench), "why")
    QTest.keyClick(_field(bench), Qt.Key.Key_Return, CTRL)
    (note,) = [record for record in bench.session.document if isinstance(record, Note)]
    assert note.text == "why" and bench.canvas.selection == {note.id}
    bench.key(Qt.Key.Key_F2)
    QTest.keyClicks(_field(bench), "!")
    bench.window.inspector.setFocus()
    bench.canvas.viewport().setFocus()
    bench.hand.click(600, 350)
    notes = [record.text for record in bench.session.document if isinstance(record, Note)]
    assert notes == ["why!"]


def test_frame_and_note_words_are_taken_by_another_shortcut_which_then_works(bench) -> None:
    bench.select("linear1")
    bench.key(Qt.Key.Key_N)
    field = _field(bench)
    QTest.keyClicks(field, "fl")  # letters of other actions
    bench.canvas.set_zoom(2.0)
    QTest.keyClick(field, Qt.Key.Key_0, CTRL)
    assert [record.text for record in bench.session.document if isinstance(record, Note)] == ["fl"]
    assert bench.canvas.scale_now == 1.0 and bench.steps == 1


def test_straighten_and_arrange(bench) -> None:
    bench.edit("move", places={bench.id("relu1"): (400, 60)})
    bench.select("linear1", "relu1")
    bench.key(Qt.Key.Key_Q)
    assert bench.node("linear1").y == bench.node("relu1").y
    before = bench.depth
    bench.canvas.select([])
    bench.key(Qt.Key.Key_L, CTRL)
    assert bench.depth == before + 1
    assert bench.node("table1").x < bench.node("linear1").x < bench.node("relu1").x


def test_rename_and_properties(bench) -> None:
    bench.select("linear1")
    bench.key(Qt.Key.Key_F2)
    assert bench.window.inspector.isAncestorOf(QApplication.focusWidget())
    for ask in (lambda: bench.key(Qt.Key.Key_Return), lambda: bench.double_click(270, 15)):
        bench.canvas.setFocus()
        ask()
        assert bench.window.inspector.isAncestorOf(QApplication.focusWidget())


def test_swap(bench) -> None:
    bench.select("relu1")
    bench.key(Qt.Key.Key_S, SHIFT)
    _choose(bench, "tanh")
    assert ("linear1", "tanh1") in bench.wires and "relu1" not in bench.names
    bench.one_step()


# -- the whole ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("key", "modifiers"), [(Qt.Key.Key_K, CTRL), (Qt.Key.Key_P, CTRL | SHIFT)])
def test_commands(bench, key, modifiers) -> None:
    bench.select("linear1")
    bench.key(key, modifiers)
    popup = bench.window.findChild(CommandPopup)
    assert popup.isVisible()
    QTest.keyClicks(popup.search_field, "fold")
    QTest.keyClick(popup.search_field, Qt.Key.Key_Return)
    assert not popup.isVisible() and bench.node("linear1").collapsed


def test_undo_and_redo(bench) -> None:
    bench.select("linear1")
    bench.key(Qt.Key.Key_Delete)
    for redo, modifiers in ((Qt.Key.Key_Z, CTRL | SHIFT), (Qt.Key.Key_Y, CTRL)):
        bench.key(Qt.Key.Key_Z, CTRL)
        assert "linear1" in bench.names
        bench.key(redo, modifiers)
        assert "linear1" not in bench.names


@pytest.mark.parametrize(
    ("key", "modifiers"), [(Qt.Key.Key_F5, NONE), (Qt.Key.Key_Return, CTRL), (Qt.Key.Key_Enter, CTRL)]
)
def test_run_and_stop(staffed, pool, key, modifiers) -> None:
    _ready(staffed, pool)
    staffed.activateWindow()
    canvas = staffed.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_F7)
    assert staffed.docks["problems"].isVisible()
    canvas.setFocus()
    QTest.keyClick(canvas, key, modifiers)
    run = pool.last
    run.say(State("running"))
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_F6)
    run.say(State("paused"))
    QTest.keyClick(canvas, Qt.Key.Key_F5, SHIFT)
    assert [type(control) for control in run.controls] == [Pause, Stop]


def test_preview(bench) -> None:
    bench.hand.click(270, 15, keys=CTRL | SHIFT)
    panel = bench.window.docks["monitors"].content
    assert panel.pinned == bench.id("linear1") and bench.window.docks["monitors"].isVisible()
    bench.select("relu1")
    assert panel.monitors["activations"].node == bench.id("linear1"), "it stays on show"
    bench.hand.click(270, 15, keys=CTRL | SHIFT)
    assert panel.pinned == "" and panel.monitors["activations"].node == bench.id("relu1")
    assert bench.steps == 0


@pytest.mark.parametrize(("key", "modifiers"), [(Qt.Key.Key_F1, NONE), (Qt.Key.Key_Slash, CTRL)])
def test_shortcuts_list(bench, key, modifiers) -> None:
    bench.key(key, modifiers)
    dialog = bench.window.findChild(Shortcuts)
    assert dialog.isVisible()
    assert "Fold up" not in dialog.shown and "Show everything" in dialog.shown
    bench.select("linear1")
    assert "Fold up" in dialog.shown, "it lists what works right now"
    dialog.close()


# -- rules -------------------------------------------------------------------------------------------------------------
def test_one_wire_per_input(bench) -> None:
    bench.hand.drag(bench.output("dropout1"), bench.input("relu1"))
    into = [wire for wire in bench.wires if wire[1] == "relu1"]
    assert len(into) == 1


def test_right_click_stays_and_opens_the_menu(bench) -> None:
    for keys in (NONE, CTRL, SHIFT):
        bench.hand.press(270, 15, Qt.MouseButton.RightButton, keys)
        bench.hand.release(270, 15, Qt.MouseButton.RightButton, keys)
        assert "Rename" in bench.menu()


def test_alt_is_free(bench) -> None:
    bench.hand.drag((270, 215), (363, 29), keys=ALT)
    assert (bench.node("dropout1").x, bench.node("dropout1").y) == (293, 14)
    assert bench.wires == {("table1", "linear1"), ("linear1", "relu1")}


@pytest.mark.parametrize("letter", ["f", "h", "l", "m", "n", "q", "c"])
def test_letters_need_a_selection(bench, letter) -> None:
    QTest.keyClicks(bench.canvas, letter)
    assert bench.window.asking.popup.isVisible() and bench.window.asking.popup.search_field.text() == letter
    assert bench.steps == 0
    bench.window.asking.popup.hide()
    bench.canvas.setFocus()
    bench.select("linear1", "relu1")
    QTest.keyClicks(bench.canvas, letter)
    assert not bench.window.asking.popup.isVisible()


def test_tab_is_traversal_but_in_presets() -> None:
    assert not any(key in ("Tab", "Shift+Tab") for action in TABLE for key in action.keys)


def test_esc_unwinds_one_level_at_a_time(bench) -> None:
    bench.select("linear1", "relu1")
    bench.key(Qt.Key.Key_G, CTRL)
    bench.key(Qt.Key.Key_PageDown)
    inside = bench.session.network
    bench.key(Qt.Key.Key_A, CTRL)
    at = bench.node("linear1")
    bench.canvas.centerOn(at.x, at.y)
    bench.hand.drag((at.x + 70, at.y + 15), (at.x + 130, at.y + 75), let_go=False)
    assert bench.canvas.gesture is not None
    bench.key(Qt.Key.Key_Escape)
    assert bench.canvas.gesture is None and bench.canvas.selection
    QTest.mouseRelease(bench.canvas.viewport(), Qt.MouseButton.LeftButton)
    bench.key(Qt.Key.Key_Space)
    assert bench.window.asking.popup.isVisible()
    QTest.keyClick(bench.window.asking.popup.search_field, Qt.Key.Key_Escape)
    assert not bench.window.asking.popup.isVisible() and bench.canvas.selection
    bench.canvas.setFocus()
    bench.key(Qt.Key.Key_Escape)
    assert not bench.canvas.selection and bench.session.network == inside
    bench.key(Qt.Key.Key_Escape)
    assert bench.session.network != inside


def test_keyboard_moves_are_edits_like_those_of_the_mouse(bench) -> None:
    told: list[object] = []
    leave = bench.session.editing.stepped.connect(lambda name, diff: told.append(diff))
    bench.select("dropout1")
    bench.key(Qt.Key.Key_Right)
    bench.hand.drag((290, 215), (310, 215))
    leave()
    assert len(told) == 2 and bench.steps == 2
    assert [diff.changed.keys() for diff in told] == [{bench.id("dropout1")}] * 2


def test_view_state_is_kept_beside_the_project_and_not_in_it(bench, make_window, tmp_path) -> None:
    path = tmp_path / "kept.nnd"
    bench.session.files.save_as(path)
    written = path.read_bytes()
    bench.canvas.set_zoom(2.0)
    bench.canvas.centerOn(420, 40)
    bench.window.keep_view()
    bench.session.files.new()
    session = Session()
    other = make_window(session)
    session.files.open(path)
    other.show_project()
    assert other.canvas.scale_now == 2.0
    assert other.canvas.visible_rect().center().toTuple() == pytest.approx((420, 40), abs=2)
    assert path.read_bytes() == written


def test_undo_covers_moves_wires_parameters_renames_groups_and_paste(bench) -> None:
    linear = bench.id("linear1")
    bench.edit("move", places={linear: (220, 40)})
    bench.hand.drag(bench.output("dropout1"), bench.input("relu1"))
    bench.edit("set_parameter", node=linear, parameter="out_features", value=7)
    bench.edit("reset_parameter", node=linear, parameter="out_features")
    bench.edit("rename", node=linear, name="hidden")
    bench.select("hidden")
    bench.key(Qt.Key.Key_C, CTRL)
    bench.key(Qt.Key.Key_V, CTRL)
    bench.select("relu1", "dropout1")
    bench.key(Qt.Key.Key_G, CTRL)
    assert bench.steps == 7, "one entry each"
    for _ in range(7):
        bench.key(Qt.Key.Key_Z, CTRL)
    assert bench.steps == 0 and bench.names == {"table1", "linear1", "relu1", "dropout1"}
    assert bench.wires == {("table1", "linear1"), ("linear1", "relu1")}


# -- Esc takes every gesture back --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("button", "keys", "start"),
    [
        (Qt.MouseButton.LeftButton, NONE, (270, 215)),
        (Qt.MouseButton.LeftButton, CTRL, (270, 215)),
        (Qt.MouseButton.LeftButton, NONE, (340, 22)),
        (Qt.MouseButton.LeftButton, CTRL, (340, 22)),
        (Qt.MouseButton.LeftButton, ALT | SHIFT, (370, -60)),
        (Qt.MouseButton.RightButton, CTRL, (370, -60)),
        (Qt.MouseButton.RightButton, SHIFT, (370, -60)),
    ],
)
def test_every_drag_is_cancelled_by_esc(bench, button, keys, start) -> None:
    before = bench.session.document
    bench.hand.drag(start, (370, 90), button, keys, let_go=False)
    assert bench.canvas.gesture is not None
    bench.key(Qt.Key.Key_Escape)
    assert bench.canvas.gesture is None
    bench.hand.release(370, 90, button, keys)
    assert bench.session.document == before and bench.steps == 0
    hidden = [bench.canvas._sketch, bench.canvas._wire, bench.canvas._band]
    assert not any(item is not None and item.isVisible() for item in hidden)
