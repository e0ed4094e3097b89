from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTabBar, QWidget

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Problem, Severity, Where
from nndesigner.check.check import check
from nndesigner.gui import window_state
from nndesigner.gui.commands import filing
from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.theme import choose_theme
from nndesigner.gui.welcome import templates
from nndesigner.session.session import Session
from tests.check.alarms.networks import sigmoids
from tests.check.alarms.runs import run

ROOT = Path(__file__).parents[2]
SET = {"div", "i", "sub", "sup", "br"}
"""What a formula is set with, and nothing else."""
HOSTILE = '<img src="http://127.0.0.1:9/x.png"><b>&amp;</b>'


def _add(window: MainWindow, type: str, x: float = 0.0, y: float = 0.0) -> str:
    done = window.session.edit("", "add_node", type=type, x=x, y=y)
    assert done is not None
    return next(iter(done.added))


def test_it_begins_with_the_welcome_page_alone(make_window, session) -> None:
    window = make_window(session)
    assert not window.shows_project and window.welcome.isVisible()
    assert not any(dock.isVisible() for dock in window.docks.values())
    assert window.windowTitle() == "nndesigner"
    QTest.mouseClick(window.welcome.findChild(QWidget, "welcome-new"), Qt.MouseButton.LeftButton)
    assert (
        window.shows_project and window.docks["palette"].isVisible() and window.docks["inspector"].isVisible()
    )


def test_a_template_starts_an_unsaved_project(make_window, session) -> None:
    window = make_window(session)
    card = next(card for card in window.welcome.cards if card.template.path.stem == "digits-mlp")
    QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    assert window.shows_project and session.files.path is None
    assert "digits-mlp" in window.windowTitle()
    assert len(session.document.nodes()) > 4


def test_template_pictures_come_after_the_page(make_window, session, qtbot) -> None:
    window = make_window(session)
    assert window.welcome.cards
    assert len(window.welcome.cards) < len(templates()), "what is out of sight comes later"
    qtbot.waitUntil(lambda: len(window.welcome.cards) == len(templates()), timeout=20_000)
    qtbot.waitUntil(
        lambda: all(card.picture._image is not None for card in window.welcome.cards), timeout=20_000
    )
    shipped = [*(ROOT / "examples").glob("*.nnd"), *(ROOT / "examples" / "architectures").glob("*.nnd")]
    assert {template.path for template in templates()} == set(shipped)
    assert all(template.summary for template in templates()), "each says in a line what it is"


def test_the_hint_goes_with_the_first_layer(window) -> None:
    assert window.hint.isVisible()
    _add(window, "Linear")
    assert not window.hint.isVisible()
    window.session.undo()
    assert window.hint.isVisible()


def test_a_project_that_has_just_begun_shows_no_error(window) -> None:
    window.session.editing.checking.finish()
    (row,) = window.problems_panel.rows
    assert row.problem.severity is Severity.HINT and "empty" in row.problem.message
    assert window.status.check.text == "1 hint"
    pixels = DataField(name="x", role="input", kind="table", element="float", axes=(("feature", 4),))
    window.session.edit("", "set_data", type="digits", parameters={})
    window.session.edit("", "set_found", fields=(pixels,), counts={"train": 9}, fingerprint="x", remarks=())
    window.session.editing.checking.finish()
    why = window.actions_.why_not("train")
    assert "empty" in why, "and still it cannot be trained"
    QTest.mouseClick(row.buttons[0], Qt.MouseButton.LeftButton)
    window.session.editing.checking.finish()
    assert "error" in window.status.check.text, "an input alone is a mistake to be mended"


def test_the_inspector_follows_the_canvas(window) -> None:
    id = _add(window, "Linear")
    window.canvas.select([id])
    assert window.inspector.widget().id == id


def test_another_project_while_a_layer_is_selected(window, tmp_path) -> None:
    window.canvas.select([_add(window, "Linear")])
    window.session.files.save_as(tmp_path / "before.nnd")
    filing.new(window.desk)
    assert window.canvas.selection == frozenset() and not window.session.document.nodes()
    assert "0 layers" in window.canvas.accessibleDescription()


def test_a_problem_leads_to_its_place_and_its_remedy_mends_it(window) -> None:
    image = _add(window, "ImageInput")
    window.session.edit("", "set_parameters", node=image, values={"channels": 1, "height": 8, "width": 8})
    done = window.session.edit("", "append_node", type="Linear", after=image)
    linear = next(id for id in done.added if window.session.document.get(id).kind == "node")
    row = next(row for row in window.problems_panel.rows if row.problem.where.node == linear and row.buttons)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert window.canvas.selection == {linear}
    assert window.canvas.state.flashes, "the layer lights up"
    before = window.session.editing.history.depth
    QTest.mouseClick(row.buttons[0], Qt.MouseButton.LeftButton)
    assert "Flatten" in [node.type for node in window.session.document.nodes()]
    assert window.session.editing.history.depth == before + 1
    assert window.canvas.hasFocus()  # the button is gone; keys must not land in a field
    assert not any(
        r.problem.where.node == linear and r.problem.severity == "error" for r in window.problems_panel.rows
    )


def test_the_status_line_says_how_things_stand(window) -> None:
    assert window.status.check.text == "1 hint"
    table = _add(window, "TableInput")
    window.session.edit("", "set_parameter", node=table, parameter="features", value=4)
    window.session.edit("", "append_node", type="Linear", after=table)
    assert window.status.weights.text == "320 weights"


def test_what_an_alarm_says_counts_in_the_status_line_as_in_the_tab(window) -> None:
    alarm = Problem(Severity.WARNING, "run-plateau", Where(), "The loss no longer falls.")
    window.session.alarms.problems = (alarm,)
    window.session.alarms.changed.tell()
    assert window.status.check.text == "1 warning and 1 hint"
    assert window.docks["problems"].windowTitle() == "Problems (2)"
    window.session.alarms.problems = ()
    window.session.alarms.changed.tell()
    assert window.status.check.text == "1 hint"
    assert window.docks["problems"].windowTitle() == "Problems (1)"


def test_names_of_panels_are_whole_however_narrow_it_is(window, app) -> None:
    window.resize(700, 600)
    app.processEvents()
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    names = [bar.tabText(i) for bar in bars for i in range(bar.count())]
    assert {"Monitors", "Evaluation", "Analyzer"} <= set(names)
    for bar in bars:
        assert bar.elideMode() is Qt.TextElideMode.ElideNone and bar.usesScrollButtons()


# -- adding by gesture ---------------------------------------------------------------------------------------------
def test_a_tap_of_space_searches_at_the_cursor(window) -> None:
    window.activateWindow()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Space)
    assert window.asking.popup.isVisible()
    QTest.keyClicks(window.asking.popup.search_field, "linear")
    QTest.keyClick(window.asking.popup.search_field, Qt.Key.Key_Return)
    assert [node.type for node in window.session.document.nodes()] == ["Linear"]


def test_letters_typed_on_the_canvas_search(window) -> None:
    window.canvas.setFocus()
    QTest.keyClicks(window.canvas, "e")
    assert window.asking.popup.isVisible() and window.asking.popup.search_field.text() == "e"
    QTest.keyClicks(window.asking.popup.search_field, "mbed")
    QTest.keyClick(window.asking.popup.search_field, Qt.Key.Key_Return)
    assert [node.type for node in window.session.document.nodes()] == ["Embedding"]


def test_a_double_click_adds_where_it_was(window) -> None:
    place = window.canvas.viewport().rect().center()
    QTest.mouseDClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.keyClicks(window.asking.popup.search_field, "relu")
    QTest.keyClick(window.asking.popup.search_field, Qt.Key.Key_Return)
    node = window.session.document.nodes()[0]
    wanted = window.canvas.mapToScene(place)
    assert abs(node.x + 74 - wanted.x()) <= 20 and abs(node.y + 22 - wanted.y()) <= 20


def test_a_wire_let_go_over_nothing_offers_what_takes_it(window) -> None:
    table = _add(window, "TableInput")
    window.session.edit("", "set_parameter", node=table, parameter="features", value=4)
    window.canvas.wireDropped.emit(table, "y", QPointF(260, 0))
    offered = [window.asking.popup.list.item(i).text() for i in range(window.asking.popup.list.count())]
    assert "Linear" in offered and "Conv 2-D" not in offered
    QTest.keyClicks(window.asking.popup.search_field, "linear")
    QTest.keyClick(window.asking.popup.search_field, Qt.Key.Key_Return)
    assert len(window.session.document.edges) == 1
    window.session.undo()
    assert len(window.session.document.nodes()) == 1


# -- leaving -------------------------------------------------------------------------------------------------------
def test_closing_asks_about_unsaved_changes(window, answers, tmp_path, monkeypatch) -> None:
    _add(window, "Linear")
    assert window.isWindowModified()
    answers.give("")
    assert not window.close() and window.isVisible()
    monkeypatch.setattr(filing.QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "mine.nnd"), ""))
    answers.give("save")
    assert window.close()
    assert (tmp_path / "mine.nnd").is_file()
    assert [title for title, _, _ in answers.asked] == ["Save the changes to “untitled.nnd”?"] * 2


def test_closing_without_changes_asks_nothing(window, answers) -> None:
    assert window.close() and answers.asked == []


def test_a_value_being_typed_counts_as_a_change(window, answers) -> None:
    id = _add(window, "Linear")
    window.session.editing.history.saved()
    window.canvas.select([id])
    window.inspector.focus_field("out_features")
    box = window.inspector.form.rows["out_features"].editor.box
    box.selectAll()
    QTest.keyClicks(box, "77")
    answers.give("")
    assert not window.close()
    assert window.session.document.node(id).parameters == {"out_features": 77}


def _ready_to_train(window, pool) -> None:
    from nndesigner.protocol.messages import DataFound, Done

    field = DataField(name="x", role="input", kind="table", element="float", axes=(("feature", 4),))
    target = DataField(name="y", role="target", kind="class", element="int", classes=("a", "b", "c"))
    window.data_page.view.chosen.emit("iris")
    pool.last.say(DataFound((field, target), {"all": 150, "train": 100, "validation": 25, "test": 25}, "f"))
    pool.last.end(Done())
    for type in ("TableInput", "Linear", "Output"):
        from nndesigner.gui.commands import editing

        editing.append(window.desk, type)
    linear = next(n.id for n in window.session.document.nodes() if n.type == "Linear")
    window.session.edit("", "set_parameter", node=linear, parameter="out_features", value=3)


def test_training_is_started_steered_and_asked_about(staffed, pool, answers) -> None:
    from nndesigner.protocol.controls import Pause, Resume, StepBatch, Stop
    from nndesigner.protocol.jobs import Train
    from nndesigner.protocol.messages import Done, State

    _ready_to_train(staffed, pool)
    made = staffed.actions_.made
    assert made["train"].isEnabled(), staffed.actions_.why_not("train")
    made["train"].trigger()
    run = pool.last
    assert isinstance(run.job, Train) and run.job.start == "fresh"
    assert not made["train"].isEnabled() and made["pause"].isEnabled() and made["stop"].isEnabled()
    run.say(State("running"))
    made["pause"].trigger()
    run.say(State("paused"))
    assert made["pause"].text() == "Go on" and made["pause"].isChecked()
    made["step"].trigger()
    made["pause"].trigger()
    run.say(State("running"))
    assert [type(c) for c in run.controls] == [Pause, StepBatch, Resume]
    staffed.session.editing.history.saved()
    answers.give("")
    assert not staffed.close(), "training goes on: closing asks first"
    assert "Training is still running" in answers.asked[-1][0]
    made["stop"].trigger()
    assert type(run.controls[-1]) is Stop
    run.end(Done({"state": "stopped"}))
    assert made["train"].isEnabled() and not made["stop"].isEnabled()


def test_what_watching_costs_is_shown_while_training_and_afterwards(staffed, pool) -> None:
    from nndesigner.protocol.messages import Clock, Done, State

    _ready_to_train(staffed, pool)
    cost = staffed.status.cost
    assert cost.text == ""
    staffed.actions_.run("train")
    assert cost.text == "" and not cost.isVisible()
    pool.last.say(State("running"))
    pool.last.say(Clock(5, 100, 0.5, 10, 10.0, 9.0, 0.0234))
    assert cost.text == "monitors 2.3 % of 2 %" and cost.isVisible()
    pool.last.say(Clock(6, 100, 0.6, 10, 10.0, 9.0, 0.031))
    assert cost.text == "monitors 3.1 % of 2 %"
    staffed.session.edit("", "set_plan", values={"monitor_budget": 4.5})
    pool.last.say(Clock(7, 100, 0.7, 10, 10.0, 9.0, 0.031))
    assert cost.text == "monitors 3.1 % of 4.5 %"
    pool.last.end(Done({"state": "finished", "monitoring": 0.021}))
    assert cost.text == "monitors 2.1 % of 4.5 %"
    staffed.actions_.run("train")
    assert cost.text == "", "a new run has measured nothing yet"


def test_a_click_on_the_cost_shows_where_it_is_set(staffed, pool, app, qtbot) -> None:
    from nndesigner.protocol.messages import Clock, State

    _ready_to_train(staffed, pool)
    staffed.actions_.run("train")
    pool.last.say(State("running"))
    pool.last.say(Clock(5, 100, 0.5, 10, 10.0, 9.0, 0.0234))
    QTest.mouseClick(staffed.status.cost, Qt.MouseButton.LeftButton)
    app.processEvents()
    row = staffed.docks["training"].content.form.rows["monitor_budget"]
    assert row.isVisible() and row.editor.isAncestorOf(app.focusWidget())
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty())


def test_closing_can_leave_a_run_behind(staffed, pool, answers) -> None:
    _ready_to_train(staffed, pool)
    staffed.actions_.run("train")
    staffed.session.editing.history.saved()
    answers.give("detach")
    assert staffed.close()
    assert pool.last.detached


def test_closing_can_stop_a_run_and_waits_for_it(staffed, pool, answers, qtbot) -> None:
    from PySide6.QtCore import QTimer

    from nndesigner.protocol.messages import Done

    _ready_to_train(staffed, pool)
    staffed.actions_.run("train")
    staffed.session.editing.history.saved()
    answers.give("stop")
    run = pool.last
    QTimer.singleShot(80, lambda: run.end(Done({"state": "stopped"})))
    assert staffed.close()
    assert not run.detached and not run.killed and run.controls


def test_twenty_windows_leave_nothing_behind(make_window, app: QApplication) -> None:
    def widgets() -> int:
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        return len(app.allWidgets())

    counts = []
    for number in range(20):
        window = MainWindow(Session())
        window.show()
        if number % 2:
            window.session.files.new()
            window.show_project()
            _add(window, "Linear")
            window.session.editing.history.saved()
        if number % 3 == 0:
            window.actions_.run("shortcuts")
        app.processEvents()
        assert window.close()
        window.deleteLater()
        del window
        counts.append(widgets())
    assert max(counts[10:]) <= max(counts[:4]), counts


# -- what is remembered --------------------------------------------------------------------------------------------
def test_the_layout_is_the_users_and_not_the_projects(make_window, tmp_path, answers) -> None:
    window = make_window(Session())
    window.session.files.new()
    window.show_project()
    _add(window, "Linear")
    window.session.files.save_as(tmp_path / "a.nnd")
    content = (tmp_path / "a.nnd").read_bytes()
    window.docks["problems"].hide()
    window.canvas.set_zoom(0.5)
    assert window.close()
    assert (tmp_path / "a.nnd").read_bytes() == content
    again = make_window(Session())
    assert filing.open_file(again.desk, tmp_path / "a.nnd")
    assert not again.docks["problems"].isVisible() and again.docks["palette"].isVisible()
    assert again.canvas.scale_now == pytest.approx(0.5, rel=0.01)
    again.reset_layout()
    assert again.docks["problems"].isVisible()


def test_a_damaged_state_file_is_as_if_it_had_never_been(make_window, session) -> None:
    from nndesigner.base.folders import state_folder

    (state_folder() / "window.json").write_bytes(b'{"geometry": "%%%", "docks": 5, "recent": ["')
    assert window_state.read() == window_state.WindowState()
    window_state.keep(window_state.WindowState(geometry="bm9uc2Vuc2U=", docks="bm9uc2Vuc2U="))
    assert make_window(session).isVisible()


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)])
def test_at_usual_sizes_everything_has_room(window, app, size) -> None:
    window.resize(*size)
    app.processEvents()
    window.reset_layout()
    app.processEvents()
    assert (window.width(), window.height()) == size, "no panel makes the window larger"
    assert window.canvas.width() >= 0.45 * size[0] and window.canvas.height() >= 0.4 * size[1]
    assert window.docks["palette"].width() >= 180 and window.docks["inspector"].width() >= 290


# -- text and imports ----------------------------------------------------------------------------------------------
def test_no_label_reads_markup(window, app, answers, tmp_path) -> None:
    """Hostile names through every page; then every label there is must show plain text."""
    session = window.session
    id = _add(window, "Linear")
    session.edit("", "set_comment", node=id, comment=HOSTILE)
    session.edit("", "add_note", text=HOSTILE, x=0.0, y=200.0)
    session.edit("", "set_data", type="iris")
    session.edit(
        "",
        "set_found",
        fields=[
            DataField(
                name=HOSTILE,
                role="target",
                kind="class",
                element="int",
                classes=(HOSTILE, "b"),
                statistics={"counts": [1, 2]},
            )
        ],
        counts={"all": 3},
        fingerprint="x",
        remarks=[HOSTILE],
    )
    session.edit(HOSTILE, "set_parameter", node=id, parameter="out_features", value=3)
    window.canvas.select([id])
    window.say(HOSTILE)
    window.show_page("data")
    window.actions_.run("shortcuts")
    window.welcome.refresh()
    for theme in ("light", "dark"):
        choose_theme(app, theme)
        app.processEvents()
    labels = [w for w in app.allWidgets() if isinstance(w, QLabel)]
    assert len(labels) > 60
    rich = [
        part.text()
        for part in labels
        if part.textFormat() != Qt.TextFormat.PlainText
        and part.objectName() not in ("qt_rubberband", "qtooltip_label")
        and not (part.property("role") == "formula" and set(re.findall(r"</?(\w+)", part.text())) <= SET)
    ]
    assert rich == []
    assert any(HOSTILE in part.text() for part in labels)
    for widget in app.allWidgets():
        assert "<img" not in widget.toolTip(), widget
    for action in window.actions_.made.values():
        assert "<img" not in action.toolTip()


OPENS_EVERYTHING = """
import os, sys
sys.path.insert(0, sys.argv[1])
from nndesigner.app.window import make_application
app = make_application()
from nndesigner.gui.main_window import MainWindow
from nndesigner.session.session import Session
from nndesigner.gui.commands import filing
from pathlib import Path
window = MainWindow(Session())
window.show()
early = "pyqtgraph" in sys.modules
filing.open_file(window.desk, Path(sys.argv[2]))
app.processEvents()
for dock in window.docks.values():
    dock.show(); dock.raise_(); dock.fill()
    app.processEvents()
window.show_page("data"); app.processEvents()
window.actions_.run("shortcuts")
window.show_welcome(); app.processEvents()
from nndesigner.gui.export_dialog import ExportDialog
ExportDialog(window, window.session, ()).show()
app.processEvents()
heavy = [m for m in ("torch", "sklearn", "scipy", "onnx", "onnxruntime", "PIL", "pandas") if m in sys.modules]
print("heavy", heavy, "early pyqtgraph", early)
window.close_down()
os._exit(0)
"""


def test_the_process_of_the_window_never_has_torch(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPENS_EVERYTHING, str(ROOT), str(ROOT / "examples" / "digits-cnn.nnd")],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "heavy [] early pyqtgraph False", done.stderr


def test_an_alarm_is_a_problem_of_the_run_and_its_button_mends_it(
    make_window, session, qtbot, tmp_path
) -> None:
    document = sigmoids(24, epochs=1)
    history, _ = run(document, tmp_path)
    window = make_window(session)
    session.files.new(document)
    window.show_project()
    drawn = len(session.problems)
    session.alarms.look("0007-deep", document, check(document), history)
    assert len(window.problems_panel.rows) == drawn + 1
    assert window.docks["problems"].windowTitle() == f"Problems ({drawn + 1})"
    row = window.problems_panel.rows[-1]
    assert row.way == "Seen in the run 0007-deep" and row.message.text().startswith("The gradient vanishes")
    assert not session.alarms.problems[0].in_the_way
    window.raise_panel("problems")
    QTest.mouseClick(row.buttons[0], Qt.MouseButton.LeftButton)
    assert "LeakyReLU" in {node.type for node in session.document.nodes()}
    assert not any(row.problem.code.startswith("run-") for row in window.problems_panel.rows)
    session.undo()
    assert window.problems_panel.rows[-1].problem.code == "run-vanishing"
