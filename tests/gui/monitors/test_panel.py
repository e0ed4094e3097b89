"""The panel asks for what is in sight and for nothing else, follows run and selection, and leaves nothing running."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from nndesigner.check.alarms.alarms import alarms
from nndesigner.check.check import check
from nndesigner.gui.monitors.monitor import views
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.monitors.watching import DRAW_MILLISECONDS
from nndesigner.gui.theme import choose_theme
from nndesigner.project.reader import open_project
from nndesigner.protocol.controls import Subscribe
from nndesigner.protocol.messages import Clock, Done, Failed, Frame, State
from nndesigner.session.session import Session

EXAMPLES = Path(__file__).parents[3] / "examples"

IMAGES = {"curves", "activations", "microscope", "weights", "filters", "confusion", "errors", "health"}
"""the views that open by themselves for a small convolutional network"""


def asked(panel: MonitorsPanel) -> set[tuple[str, str]]:
    return {(s.node, s.measurement) for s in panel.subscribed}


def settle(panel: MonitorsPanel, app: QApplication) -> None:
    app.processEvents()
    panel.settle()


def test_every_view_is_found_by_walking_the_package() -> None:
    assert [view.name for view in views()] == [
        "curves",
        "unit_maps",
        "activations",
        "microscope",
        "hidden_states",
        "attention",
        "weights",
        "filters",
        "activation_history",
        "gradient_history",
        "projection",
        "spectrum",
        "generated",
        "discriminator_scores",
        "written_text",
        "reconstructions",
        "latent_space",
        "boundary",
        "regression",
        "confusion",
        "errors",
        "scores",
        "overfitting",
        "health",
        "layers_over_time",
        "updates",
        "signal_gradient",
        "lr_finder",
        "time_split",
        "layer_costs",
        "gradient_noise",
        "sharpness",
        "machine",
        "loss_landscape",
    ]


def test_views_that_mean_nothing_for_the_data_are_left_out(panel: MonitorsPanel) -> None:
    shown = {tab.widget(i).view.name for tab in panel.tabs for i in range(tab.count())}
    assert shown == IMAGES


def test_before_a_run_nothing_is_asked_for_and_every_view_says_what_to_do(panel: MonitorsPanel) -> None:
    assert panel.subscribed == ()
    for monitor in panel.monitors.values():
        if monitor.isVisible():
            assert monitor.is_empty
            assert monitor.empty.title.text() and monitor.empty.sentence.text()


def test_what_is_in_sight_is_asked_for(panel, begun, node, app) -> None:
    worker = begun()
    conv = node("Conv2d")
    panel.show_selection([conv])
    settle(panel, app)
    watched = {("", "health"), ("", "update_ratio")}  # for the canvas and for the alarms
    picture = {(conv, name) for name in ("activation_histogram", "feature_maps", "node_output")}
    assert asked(panel) == {*picture, ("", "confusion_matrix"), *watched}
    panel.show_view("weights")
    settle(panel, app)
    assert asked(panel) == {(conv, "weight_histogram"), ("", "confusion_matrix"), *watched}
    for alarm in alarms():
        panel._session.alarms.set_limit(alarm, "watch", False)
    panel.settle()
    assert asked(panel) == {(conv, "weight_histogram"), ("", "confusion_matrix"), ("", "health")}
    panel.overlay_button.click()
    settle(panel, app)
    assert asked(panel) == {(conv, "weight_histogram"), ("", "confusion_matrix")}
    last = [c for c in worker.controls if isinstance(c, Subscribe)][-1]
    assert last.subscriptions == panel.subscribed


def test_out_of_sight_nothing_is_asked_for(panel, begun, node, app) -> None:
    worker = begun()
    panel.show_selection([node("Conv2d")])
    settle(panel, app)
    assert asked(panel)
    panel.hide()
    settle(panel, app)
    assert worker.controls[-1] == Subscribe(())
    panel.show()
    settle(panel, app)
    assert asked(panel)


def test_a_layer_is_asked_only_for_what_it_has(panel, begun, node, app) -> None:
    begun()
    panel.show_selection([node("Flatten")])
    settle(panel, app)
    assert {m for n, m in asked(panel) if n} == {"activation_histogram", "node_output"}
    panel.show_selection([node("Output")])
    settle(panel, app)
    assert {m for n, m in asked(panel) if n} == set()
    panel.show_selection([node("Conv2d"), node("Flatten")])
    settle(panel, app)
    assert {m for n, m in asked(panel) if n} == set()


def test_another_sample_is_asked_for(panel, begun, node, frames, app) -> None:
    worker = begun()
    panel.show_selection([node("Conv2d")])
    for frame in frames():
        worker.say(frame)
    settle(panel, app)
    QTest.mouseClick(panel.monitors["activations"].samples.after, Qt.MouseButton.LeftButton)
    settle(panel, app)
    options = {s.measurement: s.options for s in panel.subscribed}
    assert options["feature_maps"] == {"sample": 1}
    assert options["activation_histogram"] == {}


def test_a_finished_run_from_its_folder_asks_for_nothing(panel, begun, node, trained, app) -> None:
    begun()
    panel.show_selection([node("Conv2d")])
    panel.show_runs([trained("0007-kept").path])
    settle(panel, app)
    assert panel.subscribed == ()
    assert not panel.monitors["activations"].is_empty
    assert not panel.monitors["confusion"].is_empty


def test_pictures_are_the_newest_ones(panel, begun, node, frames, app, qtbot) -> None:
    worker = begun()
    panel.show_selection([node("Conv2d")])
    settle(panel, app)
    for frame in frames():
        worker.say(frame)
    matrix = panel.monitors["confusion"].matrix
    qtbot.waitUntil(lambda: len(matrix.counts) == 10, timeout=2000)
    assert matrix.counts[3, 5] == 2
    assert panel.monitors["confusion"].words.text().startswith("55 of 57")


def test_drawing_rests_while_nothing_arrives_and_gathers_while_much_does(
    panel, begun, scalars, app, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = begun()
    settle(panel, app)
    drawn = []
    monkeypatch.setattr(panel.monitors["curves"], "draw", lambda: drawn.append(1))
    for start in range(1, 500):
        worker.say(scalars(1, start=start))
    QTest.qWait(2 * DRAW_MILLISECONDS)
    assert 1 <= len(drawn) <= 3
    drawn.clear()
    QTest.qWait(2 * DRAW_MILLISECONDS)
    assert drawn == []
    assert not panel.watching.waiting


def test_what_is_out_of_sight_is_not_drawn(panel, begun, frames, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = begun()
    drawn = []
    monkeypatch.setattr(panel.monitors["health"], "draw", lambda: drawn.append(1))
    for frame in frames():
        worker.say(frame)
    panel.draw_now()
    assert drawn == []
    panel.show_view("health")
    panel.settle()
    assert drawn == [1]


def test_the_title_says_which_run_and_which_step(panel, begun, scalars, clock) -> None:
    assert panel.title.text() == "Preview: not trained yet"
    worker = begun()
    worker.say(scalars(300))
    worker.say(clock)
    panel.draw_now()
    assert panel.title.text() == "0001-chain  ·  step 300  ·  epoch 31 of 100"
    worker.say(State("paused"))
    assert panel.title.text().endswith("paused")


def test_a_run_that_begins_takes_the_place_of_an_old_one(panel, begun, trained, digits) -> None:
    kept = trained("0001-kept")
    panel.show_runs([kept.path])
    assert panel.shown_paths == (kept.path,)
    begun()
    assert panel.shown_paths == (digits.training.run,)


def test_an_old_run_stays_in_sight_while_another_goes_on(panel, begun, trained, scalars, digits) -> None:
    worker = begun()
    kept = trained("0007-kept")
    panel.show_runs([kept.path])
    worker.say(scalars(20))
    worker.end(Done({}))
    assert panel.shown_paths == (kept.path,)
    assert not panel.follow_button.isHidden()
    QTest.mouseClick(panel.follow_button, Qt.MouseButton.LeftButton)
    assert panel.shown_paths == (digits.training.run,)


def test_the_runs_of_a_project_that_was_opened(panel, trained, digits: Session) -> None:
    kept = trained("0001-kept")
    digits.files.open(digits.files.path)
    panel.settle()
    assert panel.shown_paths == (kept.path,)
    panel.draw_now()
    assert not panel.monitors["curves"].is_empty


def test_a_run_that_is_gone_is_left_out(panel, trained, tmp_path, digits) -> None:
    kept = trained("0001-kept")
    panel.show_runs([tmp_path / "nowhere", kept.path])
    assert panel.shown_paths == (kept.path,)
    kept.path.rename(tmp_path / "elsewhere")
    digits.training.listed.tell()
    assert panel.shown_paths == ()


# -- the run is of the network as it was ---------------------------------------------------------------------------
def test_what_was_edited_or_added_since_is_not_in_this_run(panel, begun, node, frames, digits, app) -> None:
    worker = begun()
    for frame in frames():
        worker.say(frame)
    told: list[dict] = []
    panel.on_canvas.overlays_changed.connect(told.append)
    conv, linear = node("Conv2d"), node("Linear")
    assert panel.on_canvas.overlays()[conv].text == "∇ 0.5"
    digits.edit("", "set_parameter", node=conv, parameter="out_channels", value=8)
    added = digits.edit("", "add_node", type="ReLU", id="new")
    assert added is not None
    overlays = panel.on_canvas.overlays()
    assert {id for id, overlay in overlays.items() if overlay.muted} == {conv, "new"}
    assert overlays[conv].text == "edited since this run"
    assert overlays["new"].text == "not in this run"
    assert overlays[linear].text == "∇ 0.5"
    assert told[-1] == overlays
    panel.show_selection([conv])
    settle(panel, app)
    activations = panel.monitors["activations"]
    assert "changed after this run" in activations.remark.text()
    assert not activations.is_empty
    panel.show_selection(["new"])
    settle(panel, app)
    assert activations.is_empty
    assert "added after this run" in activations.empty.sentence.text()


def test_moving_and_naming_a_layer_changes_nothing_in_the_run(panel, begun, node, digits) -> None:
    begun()
    conv = node("Conv2d")
    digits.edit("", "move", places={conv: (500.0, 500.0)})
    digits.edit("", "rename", node=conv, name="eyes")
    assert panel.on_canvas.overlays() == {}


def test_undo_puts_a_layer_back_into_the_run(panel, begun, node, digits) -> None:
    begun()
    digits.edit("", "set_parameter", node=node("Conv2d"), parameter="out_channels", value=8)
    assert panel.on_canvas.overlays()
    digits.undo()
    assert panel.on_canvas.overlays() == {}


def test_a_wire_into_a_layer_is_part_of_it(panel, begun, node, digits) -> None:
    begun()
    wire = digits.document.wire_into(node("Linear"), "x")
    digits.edit("", "remove", ids=[wire.id])
    assert set(panel.on_canvas.overlays()) == {node("Linear")}


def test_a_line_of_the_health_view_selects_its_layer(panel, begun, frames, node, qtbot) -> None:
    worker = begun()
    for frame in frames():
        worker.say(frame)
    panel.show_view("health")
    panel.settle()
    table = panel.monitors["health"].numbers
    with qtbot.waitSignal(panel.node_activated) as told:
        QTest.mouseClick(table, Qt.MouseButton.LeftButton, pos=QPoint(10, 22 + 24 + 4))
    assert told.args == [node("Conv2d")]


# -- room -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("width", "height", "columns"), [(1200, 300, 3), (700, 300, 2), (320, 260, 1), (320, 800, 3)]
)
def test_columns_grow_together_where_there_is_less_room(panel, app, width, height, columns) -> None:
    panel.resize(width, height)
    app.processEvents()
    shown = [tab for tab in panel.tabs if tab.count()]
    assert len(shown) == columns
    assert sum(tab.count() for tab in shown) == len(IMAGES)
    upright = panel._columns.orientation() == Qt.Orientation.Vertical
    assert upright == (height > width)


def test_the_view_in_front_stays_in_front(panel, app) -> None:
    panel.show_view("health")
    panel.resize(320, 260)
    app.processEvents()
    panel.resize(1200, 300)
    app.processEvents()
    assert panel.monitors["health"].isVisible()


# -- ends -----------------------------------------------------------------------------------------------------------
def test_closing_while_data_arrives(digits, begun, scalars, frames, app) -> None:
    panel = MonitorsPanel(digits)
    panel.show()
    worker = begun()
    settle(panel, app)
    worker.say(scalars(100))
    for frame in frames():
        worker.say(frame)
    panel.close_down()
    assert worker.controls[-1] == Subscribe(())
    worker.say(scalars(100, start=101))
    for frame in frames():
        worker.say(frame)
    worker.end(Failed("The worker is gone.", "", "ended"))
    panel.close()
    panel.deleteLater()
    app.processEvents()


def test_another_project_shows_nothing_of_the_one_before(panel, begun, scalars, digits, app) -> None:
    worker = begun()
    worker.say(scalars(100))
    panel.draw_now()
    worker.end(Done({}))
    digits.files.new()
    settle(panel, app)
    assert panel.runs == ()
    assert panel.monitors["curves"].is_empty


def test_dark_and_light(panel, begun, scalars, frames, app) -> None:
    worker = begun()
    worker.say(scalars(100))
    for frame in frames():
        worker.say(frame)
    panel.draw_now()
    before = panel.monitors["curves"].plots["loss"].legend.entries[0].color
    choose_theme(app, "dark")
    panel.draw_now()
    assert panel.monitors["curves"].plots["loss"].legend.entries[0].color != before
    choose_theme(app, "light")


# -- names are text -------------------------------------------------------------------------------------------------
HOSTILE = ("<b>bold</b>", "<img src='http://127.0.0.1:1/x.png'>", "=1+1", "a&b\n<i>", "x" * 300, "‮gnp")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_a_file_are_shown_as_text(panel, begun, frames, node, name, app) -> None:
    worker = begun()
    for frame in frames():
        if frame.measurement == "confusion_matrix":
            frame.meta["classes"] = [name] * 10
        worker.say(frame)
    run = panel.runs[0]
    run.name = name
    panel.show_selection([node("Conv2d")])
    panel.draw_now()
    for label in panel.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
    for widget in panel.findChildren(QWidget):
        for text in (widget.toolTip(),):
            assert "<b>" not in text and "<img" not in text
    panel.grab()
    matrix = panel.monitors["confusion"].matrix
    assert name in matrix.words_at(matrix.frame().center()) or name in matrix.words_at(
        matrix.frame().topLeft() + QPointF(3, 3)
    )


def test_the_wheel_over_a_plot_looks_closer(panel, begun, scalars, app) -> None:
    begun().say(scalars(300))
    panel.draw_now()
    plot = panel.monitors["curves"].plots["loss"]
    viewport = plot._canvas.viewport()
    middle = QPointF(viewport.rect().center())
    event = QWheelEvent(
        middle,
        viewport.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    before = plot.ranges
    QApplication.sendEvent(viewport, event)
    assert plot.ranges[0][1] - plot.ranges[0][0] < before[0][1] - before[0][0]
    assert not plot.automatic


def test_the_clock_alone_moves_the_title(panel, begun) -> None:
    begun().say(Clock(5, 10, 0.5, 1, 0.0, -1.0))
    panel.draw_now()
    assert "step 5" in panel.title.text()


@pytest.mark.parametrize(
    ("name", "first"), [("digits-gan", "generated"), ("digits-autoencoder", "reconstructions")]
)
def test_what_a_network_makes_is_in_front_until_a_layer_is_selected(digits, pool, app, name, first) -> None:
    digits.files.new(open_project(EXAMPLES / f"{name}.nnd").document)
    panel = MonitorsPanel(digits)
    try:
        panel.resize(760, 300)
        panel.show()
        settle(panel, app)
        assert panel.monitors[first].isVisible()
    finally:
        panel.close_down()
        panel.close()
        panel.deleteLater()
        app.processEvents()


def test_two_dimensional_data_shows_its_boundary_first(digits, pool, app) -> None:
    document = open_project(EXAMPLES / "moons-mlp.nnd").document
    digits.files.new(document)
    panel = MonitorsPanel(digits)
    try:
        for width in (1200, 700):
            panel.resize(width, 300)
            panel.show()
            settle(panel, app)
            assert panel.monitors["boundary"].isVisible()
        panel.show_view("activations")
        panel.resize(720, 300)
        settle(panel, app)
        assert panel.monitors["activations"].isVisible()  # what the user chose stays
    finally:
        panel.close_down()
        panel.close()
        panel.deleteLater()
        app.processEvents()


@pytest.fixture
def entered(digits: Session, node) -> tuple[str, str]:
    """A block of convolution and activation, which follows itself, looked into; the block and the convolution."""
    conv, relu = node("Conv2d"), node("ReLU")
    digits.edit("", "make_block", ids=[conv, relu], name="stage")
    block = node("Block")
    digits.edit("", "set_parameter", node=block, parameter="repeat", value=3)
    return block, conv


def test_a_layer_inside_a_block_is_asked_for_in_the_use_that_was_entered(
    panel, begun, digits, entered, app
) -> None:
    block, conv = entered
    worker = begun()
    digits.editing.enter(block)
    panel.show_selection([conv])
    settle(panel, app)
    first = f"{block}/0/{conv}"
    assert {(first, "activation_histogram"), (first, "feature_maps")} <= asked(panel)
    chooser = panel._head.rounds
    assert chooser.isVisibleTo(panel) and chooser.count() == 3 and chooser.currentIndex() == 0
    QTest.keyClick(chooser, Qt.Key.Key_Down)
    settle(panel, app)
    assert panel._head.rounds.currentText() == "Repetition 2 of 3"
    second = f"{block}/1/{conv}"
    assert (second, "feature_maps") in asked(panel) and (first, "feature_maps") not in asked(panel)
    counts, edges = np.histogram(np.arange(9.0), 48)
    arrays = {"counts": counts.astype(np.int64), "edges": edges.astype(np.float32)}
    worker.say(Frame("activation_histogram", second, 3, 0.1, arrays, {"mean": 4.0, "values": 9}))
    panel.draw_now()
    activations = panel.monitors["activations"]
    assert not activations.is_empty and activations.histogram.counts.tolist() == counts.tolist()
    digits.editing.leave()
    panel.show_selection([])
    settle(panel, app)
    assert not chooser.isVisibleTo(panel) and not any(name for name, _ in asked(panel))


def test_a_layer_that_went_into_a_block_since_the_run_says_so(panel, begun, digits, node, app) -> None:
    begun()
    relu = node("ReLU")
    digits.edit("", "make_block", ids=[relu], name="stage")
    digits.editing.enter(node("Block"))
    panel.show_selection([relu])
    settle(panel, app)
    activations = panel.monitors["activations"]
    assert activations.is_empty and "train again" in activations.empty.sentence.text()


def test_a_pinned_node_stays_on_show_until_it_is_gone(panel, node) -> None:
    conv, flat = node("Conv2d"), node("Flatten")
    panel.show_selection([flat])
    panel.pin(conv)
    assert panel.monitors["activations"].node == conv
    button = panel._head.pin_button
    assert not button.isHidden() and button.text() == panel._session.document.node(conv).name
    panel.show_selection([flat])
    assert panel.monitors["activations"].node == conv
    button.click()
    assert panel.pinned == "" and panel.monitors["activations"].node == flat and button.isHidden()
    panel.pin(conv)
    panel._session.edit("", "remove", ids=[conv])
    assert panel.pinned == "" and panel.monitors["activations"].node == flat and button.isHidden()


def test_views_that_wait_to_be_asked_for_are_one_click_away(panel, begun, node, app) -> None:
    begun()
    panel.show_selection([node("Conv2d")])
    settle(panel, app)
    assert "activation_history" not in panel.monitors  # not even made
    tab = panel.tabs[1]
    menu = panel._columns.menu_of(tab)
    actions = {action.text(): action for action in menu.actions()}
    assert actions["Weights"].isChecked() and not actions["Activations over time"].isChecked()
    actions["Activations over time"].trigger()
    settle(panel, app)
    assert panel.monitors["activation_history"].isVisible()
    assert (node("Conv2d"), "activation_magnitudes") in asked(panel)
    menu.deleteLater()
    menu = panel._columns.menu_of(tab)
    next(action for action in menu.actions() if action.text() == "Activations over time").trigger()
    settle(panel, app)
    assert not panel.monitors["activation_history"].isVisible()
    assert (node("Conv2d"), "activation_magnitudes") not in asked(panel)
    menu.deleteLater()


def test_one_view_of_a_column_stays(panel, app) -> None:
    for name in ("weights", "activations"):
        menu = panel._columns.menu_of(panel.tabs[1])
        shown = [action for action in menu.actions() if action.isChecked()]
        if name == "activations":
            assert len(shown) == 1 and not shown[0].isEnabled()
        menu.deleteLater()
        if name == "weights":
            for view in [v for v in views() if v.place == "node" and v.name != "activations"]:
                panel.ask_for_view(view.name, False)


@pytest.mark.parametrize(
    ("example", "names"),
    [
        ("digits-cnn", "activations microscope weights filters confusion errors health layers_over_time"),
        ("iris-mlp", "activations microscope weights confusion health"),
        ("diabetes-regression", "activations microscope weights regression health"),
        ("moons-mlp", "unit_maps activations microscope weights boundary confusion health"),
        ("sine-lstm", "activations microscope hidden_states weights regression errors health"),
        ("characters-transformer", "activations microscope attention weights written_text errors health"),
        ("architectures/resnet18", "activations microscope weights filters health layers_over_time"),
    ],
)
def test_what_suits_the_task_opens_by_itself(example: str, names: str) -> None:
    checked = check(open_project(EXAMPLES / f"{example}.nnd").document)
    opened = [v.name for v in views() if v.place != "curves" and v.applies(checked) and v.opens(checked)]
    assert opened == names.split()


TASKS = {
    "digits-cnn": [
        "curves",
        "activations microscope weights filters",
        "confusion errors health layers_over_time",
    ],
    "iris-mlp": ["curves", "activations microscope weights", "confusion health"],
    "diabetes-regression": ["curves", "activations microscope weights", "regression health"],
    "sine-lstm": ["curves", "activations microscope hidden_states weights", "regression errors health"],
    "characters-transformer": [
        "curves",
        "activations microscope attention weights",
        "written_text errors health",
    ],
    "moons-mlp": ["curves", "unit_maps activations microscope weights", "boundary confusion health"],
}


@pytest.mark.parametrize("example", TASKS)
def test_few_views_open_for_a_task_and_the_others_are_one_click_away(example, digits, app) -> None:
    """Images, tables, numbers, sequences, words and points of the plane."""
    digits.files.new(open_project(EXAMPLES / f"{example}.nnd").document)
    panel = MonitorsPanel(digits)
    panel.resize(1200, 340)
    panel.show()
    settle(panel, app)
    try:
        columns = [[tab.widget(i).view.name for i in range(tab.count())] for tab in panel.tabs]
        assert columns == [names.split() for names in TASKS[example]]
        assert all(len(names) <= 4 for names in columns)
        checked = panel._session.whole
        assert checked is not None
        for place, tab, names in zip(("curves", "node", "network"), panel.tabs, columns, strict=True):
            meant = [v for v in views() if v.place == place and v.applies(checked)]
            menu = panel._columns.menu_of(tab)
            actions = {action.text(): action for action in menu.actions()}
            assert list(actions) == [view.label for view in meant]
            for view in meant:
                action = actions[view.label]
                assert (not action.icon().isNull() and view.help.split(".")[0][:20] in action.toolTip()) or (
                    not action.isEnabled()
                )
                assert action.isChecked() == (view.name in names)
            menu.deleteLater()
            away = next((view for view in meant if view.name not in names), None)
            if away is not None:
                panel.ask_for_view(away.name, True)
                app.processEvents()
                assert panel.monitors[away.name].isVisible()
    finally:
        panel.close_down()
        panel.close()
        panel.deleteLater()
        app.processEvents()
