"""A view stays with its layer, keeps a picture, is there twice, goes; in its place, in a window or docked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QToolButton

from nndesigner.gui import window_state
from nndesigner.gui.monitors.outside import OwnWindow, ViewDock
from nndesigner.gui.monitors.panel import MonitorsPanel
from nndesigner.gui.theme import choose_theme
from nndesigner.protocol.messages import Done


def wish(monitor, words: str, app) -> None:
    """Chooses it in the menu of the view."""
    menu = monitor.menu()
    actions = list(menu.actions())
    for inner in menu.findChildren(QMenu):
        actions += inner.actions()
    (action,) = (action for action in actions if action.text().startswith(words))
    assert action.isEnabled(), action.toolTip()
    action.trigger()
    menu.close()
    app.processEvents()


def asked(panel) -> set[tuple[str, str]]:
    panel.settle()
    return {(s.node, s.measurement) for s in panel.subscribed}


def names(panel) -> list[list[str]]:
    """Titles of the tabs, column by column."""
    return [[tab.tabText(i) for i in range(tab.count())] for tab in panel.tabs]


@pytest.fixture
def docked(digits, app) -> Iterator[MonitorsPanel]:
    """The panel in a main window that its views can be docked in."""
    window = QMainWindow()
    panel = MonitorsPanel(digits, window)
    window.setCentralWidget(panel)
    window.resize(1300, 700)
    window.show()
    app.processEvents()
    panel.settle()
    yield panel
    panel.close_down()
    window.close()
    window.deleteLater()
    app.processEvents()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


# -- pinned ---------------------------------------------------------------------------------------------------------
def test_a_pinned_view_stays_with_its_layer_while_the_others_follow(panel, begun, node, digits, app) -> None:
    begun()
    conv, flat = node("Conv2d"), node("Flatten")
    panel.show_selection([conv])
    panel.show_view("weights")
    activations, weights = panel.monitors["activations"], panel.monitors["weights"]
    name = digits.document.node(conv).name
    wish(activations, f"Stay with “{name}”", app)
    panel.show_selection([flat])
    assert activations.node == conv and weights.node == flat
    assert activations.title == f"Activations · {name}"
    assert f"Activations · {name}" in names(panel)[1]
    assert name in activations.strip.words.text() and activations.strip.isVisibleTo(activations)
    panel.show_view("activations")
    app.processEvents()
    assert (conv, "feature_maps") in asked(panel)
    QTest.mouseClick(activations.strip.pin_button, Qt.MouseButton.LeftButton)
    assert activations.node == flat and not activations.strip.isVisibleTo(activations)
    assert activations.title == "Activations"


def test_a_pinned_layer_that_is_removed_is_let_go(panel, begun, node, digits, app) -> None:
    begun()
    conv, flat = node("Conv2d"), node("Flatten")
    panel.show_selection([conv])
    activations = panel.monitors["activations"]
    wish(activations, "Stay with", app)
    panel.show_selection([flat])
    digits.edit("", "remove", ids=[conv])
    assert activations.pinned is None and activations.node == flat


def test_without_a_layer_there_is_nothing_to_stay_with(panel) -> None:
    menu = panel.monitors["activations"].menu()
    (action,) = (a for a in menu.actions() if a.text().startswith("Stay with"))
    assert not action.isEnabled() and "Select a layer" in action.toolTip()
    menu.close()


def test_two_of_a_kind_show_two_layers_side_by_side(panel, begun, frames, node, digits, app) -> None:
    worker = begun()
    conv, relu = node("Conv2d"), node("ReLU")
    panel.show_selection([conv])
    first = panel.monitors["activations"]
    wish(first, "Open another of this view", app)
    second = panel.monitors["activations:2"]
    panel.show_selection([relu])
    app.processEvents()
    assert (first.node, second.node) == (conv, relu)
    assert first.isVisible() and second.isVisible()
    assert {(conv, "feature_maps"), (relu, "feature_maps")} <= asked(panel)
    for frame in frames():
        worker.say(frame)
    panel.draw_now()
    assert not first.is_empty and not second.is_empty
    left, right = (m.mapTo(panel, QPoint()).x() for m in (first, second))
    assert right >= left + first.width()


def test_a_second_view_that_is_closed_is_gone_and_costs_nothing(panel, begun, node, app) -> None:
    begun()
    conv, relu = node("Conv2d"), node("ReLU")
    panel.show_selection([conv])
    wish(panel.monitors["activations"], "Open another of this view", app)
    panel.show_selection([relu])
    assert (relu, "feature_maps") in asked(panel)
    wish(panel.monitors["activations:2"], "Close this view", app)
    assert "activations:2" not in panel.monitors
    assert (relu, "feature_maps") not in asked(panel)


def test_a_closed_view_is_not_asked_for(panel, begun, node, app) -> None:
    begun()
    panel.show_selection([node("Conv2d")])
    panel.show_view("errors")
    app.processEvents()
    assert ("", "worst_samples") in asked(panel)
    wish(panel.monitors["errors"], "Close this view", app)
    assert ("", "worst_samples") not in asked(panel)
    assert not panel.monitors["errors"].isVisible()
    panel.ask_for_view("errors", True)
    app.processEvents()
    assert ("", "worst_samples") in asked(panel)


# -- frozen ---------------------------------------------------------------------------------------------------------
def test_a_frozen_view_keeps_its_picture_and_asks_for_nothing(
    panel, begun, scalars, frames, node, app
) -> None:
    worker = begun()
    conv, relu = node("Conv2d"), node("ReLU")
    panel.show_selection([conv])
    panel.settle()
    worker.say(scalars(30))
    sent = frames()
    kept = [frame for frame in sent if (frame.node, frame.measurement) == (conv, "feature_maps")]
    for frame in sent:
        worker.say(frame)
    panel.draw_now()
    activations = panel.monitors["activations"]
    wish(activations, "Freeze this picture", app)
    assert "frozen at step 30" in activations.strip.words.text()
    assert (conv, "feature_maps") not in asked(panel)
    later = kept[0].__class__(
        "feature_maps", conv, 90, 9.0, {**kept[0].arrays, "maps": 255 - kept[0].arrays["maps"]}, kept[0].meta
    )
    worker.say(later)
    panel.show_selection([relu])
    panel.draw_now()
    assert activations.node == conv and activations.frame("feature_maps", conv) is kept[0]
    choose_theme(app, "dark")
    choose_theme(app, "light")
    panel.draw_now()
    assert not activations.is_empty and not activations.stale
    QTest.mouseClick(activations.strip.freeze_button, Qt.MouseButton.LeftButton)
    assert activations.node == relu and (relu, "feature_maps") in asked(panel)
    panel.show_selection([conv])
    panel.draw_now()
    assert activations.frame("feature_maps", conv) is later


def test_frozen_curves_do_not_grow(panel, begun, scalars, app) -> None:
    worker = begun()
    worker.say(scalars(50))
    panel.draw_now()
    curves = panel.monitors["curves"]
    wish(curves, "Freeze this picture", app)
    worker.say(scalars(50, start=51))
    panel.draw_now()
    assert len(curves.run.history.series("train", "loss")) == 50
    wish(curves, "Go on", app)
    panel.draw_now()
    assert len(curves.run.history.series("train", "loss")) == 100


def test_another_project_keeps_no_picture_of_the_one_before(panel, begun, scalars, digits, app) -> None:
    worker = begun()
    worker.say(scalars(50))
    panel.draw_now()
    curves = panel.monitors["curves"]
    wish(curves, "Freeze this picture", app)
    worker.end(Done({}))
    digits.files.new()
    panel.settle()
    assert not curves.frozen and curves.is_empty and not curves.strip.isVisibleTo(curves)


# -- elsewhere ------------------------------------------------------------------------------------------------------
def test_a_view_in_its_own_window_goes_on_and_comes_back(panel, begun, frames, node, app) -> None:
    worker = begun()
    conv, relu = node("Conv2d"), node("ReLU")
    panel.show_selection([conv])
    activations = panel.monitors["activations"]
    wish(activations, "In a window of its own", app)
    frame = activations.window()
    assert isinstance(frame, OwnWindow) and frame.isVisible()
    assert "Activations" not in names(panel)[1]
    assert window_state.read().views == {"activations": "float"}
    panel.hide()
    app.processEvents()
    assert {node for node, _ in asked(panel)} == {conv}, "only what its window shows"
    panel.show()
    panel.show_selection([relu])
    for one in frames():
        worker.say(one)
    panel.draw_now()
    assert activations.node == relu and not activations.is_empty
    assert frame.windowTitle() == activations.title and panel._node.name_of(relu) in frame.windowTitle()
    choose_theme(app, "dark")
    assert not activations.stale or panel.watching.waiting
    choose_theme(app, "light")
    panel.show_moment(30, None)
    assert activations.moment == 30
    frame.close()
    app.processEvents()
    assert activations.window() is panel.window() and "Activations" in names(panel)[1]
    assert window_state.read().views == {}


def test_where_a_view_stands_is_remembered(panel, digits, app) -> None:
    activations = panel.monitors["activations"]
    wish(activations, "In a window of its own", app)
    activations.window().resize(421, 434)
    panel.close_down()
    again = MonitorsPanel(digits)
    again.resize(1200, 340)
    again.show()
    app.processEvents()
    try:
        frame = again.monitors["activations"].window()
        assert isinstance(frame, OwnWindow) and frame.isVisible()
        assert (frame.width(), frame.height()) == (421, 434)
        again.gather()
        assert again.monitors["activations"].window() is again
    finally:
        again.close_down()
        again.close()
        again.deleteLater()
        app.processEvents()


def test_a_floating_window_does_not_outlive_the_panel(digits, begun, node, app) -> None:
    panel = MonitorsPanel(digits)
    panel.show()
    worker = begun()
    panel.show_selection([node("Conv2d")])
    wish(panel.monitors["activations"], "In a window of its own", app)
    frame = panel.monitors["activations"].window()
    assert asked(panel)
    panel.close_down()
    assert not frame.isVisible() and worker.controls[-1].subscriptions == ()
    panel.close()
    panel.deleteLater()
    app.processEvents()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.mark.parametrize(
    ("words", "place", "area"),
    [
        ("On the left", "left", Qt.DockWidgetArea.LeftDockWidgetArea),
        ("On the right", "right", Qt.DockWidgetArea.RightDockWidgetArea),
        ("At the bottom", "bottom", Qt.DockWidgetArea.BottomDockWidgetArea),
    ],
)
def test_a_view_is_docked_beside_the_canvas(docked, begun, node, app, words, place, area) -> None:
    begun()
    docked.show_selection([node("Conv2d")])
    activations = docked.monitors["activations"]
    wish(activations, words, app)
    window = docked.window()
    (dock,) = window.findChildren(ViewDock)
    assert dock.isVisible() and activations.isVisible() and dock.isAncestorOf(activations)
    assert window.dockWidgetArea(dock) == area and window_state.read().views == {"activations": place}
    assert (node("Conv2d"), "feature_maps") in asked(docked)
    wish(activations, "Back into the panel", app)
    assert docked.isAncestorOf(activations) and not dock.isVisible()
    assert window_state.read().views == {}


def test_a_dock_that_is_moved_is_remembered_where_it_went(docked, app) -> None:
    wish(docked.monitors["curves"], "On the left", app)
    window = docked.window()
    (dock,) = window.findChildren(ViewDock)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    app.processEvents()
    assert window_state.read().views == {"curves": "right"}
    dock.close()
    app.processEvents()
    assert docked.isAncestorOf(docked.monitors["curves"])


def test_without_a_main_window_there_is_no_dock(panel) -> None:
    menu = panel.monitors["curves"].menu()
    assert "Beside the canvas" not in [action.text() for action in menu.actions()]
    menu.close()


def test_when_all_of_a_column_is_elsewhere_the_title_still_has_room(panel, app) -> None:
    wish(panel.monitors["curves"], "In a window of its own", app)
    assert not panel.tabs[0].isVisible() and panel._head.isVisible()
    assert panel._head.width() == panel.width()
    wish(panel.monitors["curves"], "Back into the panel", app)
    assert panel.tabs[0].isVisible() and panel.monitors["curves"].isVisible()


def test_the_buttons_beside_the_tabs_open_the_menus(panel, app) -> None:
    corner = panel.tabs[1].cornerWidget()
    for button in corner.findChildren(QToolButton):
        assert button.accessibleName() and button.isVisible()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        menu = app.activePopupWidget()
        assert isinstance(menu, QMenu) and menu.actions()
        menu.close()
        app.processEvents()


def test_views_beside_the_canvas_are_there_again_before_the_panel_is_seen(
    make_window, session, app, qtbot
) -> None:
    window_state.change(views={"curves": "right"})
    window = make_window(session)
    session.files.new()
    window.show_project()
    assert not window.docks["monitors"].content or window.docks["monitors"].isVisible()
    qtbot.waitUntil(lambda: bool(window.findChildren(ViewDock)))
    (dock,) = window.findChildren(ViewDock)
    assert dock.isVisible() and window.dockWidgetArea(dock) == Qt.DockWidgetArea.RightDockWidgetArea


# -- in the main window ---------------------------------------------------------------------------------------------
def test_views_beside_the_canvas_go_with_the_project_and_come_back(window, app) -> None:
    window.raise_panel("monitors")
    panel = window.docks["monitors"].fill()
    wish(panel.monitors["curves"], "On the right", app)
    (dock,) = window.findChildren(ViewDock)
    wish(panel.monitors["curves"], "In a window of its own", app)
    frame = panel.monitors["curves"].window()
    assert isinstance(frame, OwnWindow) and not dock.isVisible()
    window.show_welcome()
    assert not frame.isVisible()
    window.show_project()
    assert frame.isVisible()
    window.reset_layout()
    app.processEvents()
    assert panel.isAncestorOf(panel.monitors["curves"])
    assert [d for d in window.findChildren(QDockWidget) if isinstance(d, ViewDock) and d.isVisible()] == []
    assert any("Curves" in column for column in names(panel))
