from __future__ import annotations

import json
import logging

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QImage, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from nndesigner.document.document import Document
from nndesigner.document.records import Network, Node
from nndesigner.gui import theme
from nndesigner.gui.canvas import content
from nndesigner.gui.canvas.state import Overlay
from nndesigner.gui.canvas.view import CanvasView
from nndesigner.gui.theme import DARK, LIGHT


def test_double_clicks(editor, view, hand):
    nodes, notes, places = [], [], []
    view.nodeActivated.connect(nodes.append)
    view.noteActivated.connect(notes.append)
    view.addRequested.connect(places.append)
    editor.edit("Note", "add_note", text="hello", x=420, y=200)
    for x, y in ((270, 15), (500, 240), (100, 300)):
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=hand.at(x, y))
    assert nodes == [editor.named("conv1")]
    assert len(notes) == 1
    assert places[0].toTuple() == pytest.approx((100, 300), abs=1)


def test_the_selection_loses_what_is_removed(editor, view):
    told = []
    conv, relu = editor.named("conv1"), editor.named("relu1")
    view.select([conv, relu, "no such thing"])
    view.selectionChanged.connect(told.append)
    editor.edit("Remove", "remove", ids=[conv])
    assert view.selection == {relu} and told == [{relu}]
    editor.undo()
    assert view.selection == {relu}


def test_edits_undo_and_checks_show(editor, view):
    conv = editor.named("conv1")
    before = view.grab().toImage()
    editor.edit("Set", "set_parameter", node=conv, parameter="out_channels", value=7)
    assert view.faces.face(conv).card == "7 · 3×3"
    assert view.faces.face(editor.named("relu1")).shape == "7×28×28"
    assert view.grab().toImage() != before
    editor.undo()
    assert view.grab().toImage() == before


def test_another_network(editor, view):
    other = Network(id="other", name="block", order=1)
    node = Node(id="n", network="other", type="ReLU", name="relu1")
    editor.document = Document([*editor.document, other, node])
    view.select([editor.named("conv1")])
    editor.network = "other"
    view.reload()
    assert view.arrays.node_ids == ["n"] and view.selection == frozenset()


def test_fit_shows_everything_and_fit_selection_the_selection(editor, view):
    view.fit()
    left, top, right, bottom = view.visible_bounds()
    assert left < 0 and top < 0 and right > 540 and bottom > 250
    view.select([editor.named("flatten1")])
    view.fit_selection()
    x, y = view.visible_rect().center().toTuple()
    assert (x, y) == pytest.approx((270, 222), abs=2)
    assert view.scale_now <= 1.25


def test_what_was_fitted_stays_in_sight_when_the_canvas_shrinks_until_it_is_moved(view):
    view.fit()
    view.resize(view.width(), 150)
    assert view.shows_all()
    view.resize(view.width(), 600)
    grown = view.scale_now
    assert view.shows_all()
    view.pan_by(60, 0)
    view.resize(view.width(), 150)
    assert view.scale_now == grown, "it stays where the user has put it"


def test_center_on_and_flash(editor, view, qtbot):
    view.set_zoom(0.2)
    relu = editor.named("relu1")
    view.center_on(relu)
    assert view.visible_rect().center().x() == pytest.approx(470, abs=2) and view.scale_now == 1.0
    calm = view.grab().toImage()
    view.flash(relu)
    view.flash(relu)
    assert 0 < view.state.flashes[relu] <= 1
    assert view.grab().toImage() != calm
    qtbot.waitUntil(lambda: not view.state.flashes, timeout=3000)
    assert view.grab().toImage() == calm


def test_what_is_cut_off_is_brought_into_sight_with_the_whole_where_that_stays_readable(editor, view):
    conv = editor.named("conv1")
    left, top, right, bottom = view.arrays.bounds_of([conv])
    view.set_zoom(1.0)
    view.centerOn(
        right + view.visible_rect().width() / 2 - 20, (top + bottom) / 2
    )  # its left part is outside
    view.bring_into_sight(conv)
    shown = view.visible_rect()
    assert shown.left() < left and shown.right() > right and view.scale_now >= 0.7
    held = view.view_state()
    view.bring_into_sight(conv)
    assert view.view_state() == held  # what is in sight stays where it is


def test_overlays_show_and_go(editor, view):
    calm = view.grab().toImage()
    view.set_overlays({editor.named("conv1"): Overlay("0.31", (1, 2, float("nan"), 1.5), "good")})
    shown = view.grab().toImage()
    view.set_overlays({editor.named("conv1"): Overlay(muted=True), "gone": Overlay("x")})
    muted = view.grab().toImage()
    view.set_overlays({})
    assert calm != shown != muted != calm
    assert view.grab().toImage() == calm


def test_the_view_is_remembered(editor, view, qtbot):
    view.set_zoom(0.5)
    view.centerOn(120, 80)
    state = json.loads(json.dumps(view.view_state()))
    view.fit()
    assert view.restore_view_state(state)
    assert view.scale_now == 0.5
    assert view.visible_rect().center().toTuple() == pytest.approx((120, 80), abs=3)
    assert not editor.history.done


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"scale": "x", "center": [0, 0]},
        {"scale": 1, "center": 3},
        {"scale": float("nan"), "center": [0, 0]},
    ],
)
def test_a_spoilt_view_state_changes_nothing(view, state):
    before = view.view_state()
    assert not view.restore_view_state(state)
    assert view.view_state() == before


def test_the_theme_changes_with_the_application(editor, view):
    assert view.theme == LIGHT
    light = view.grab().toImage()
    theme.theme_changed.tell(DARK)
    assert view.theme == DARK
    dark = view.grab().toImage()
    assert light.pixelColor(5, 5).lightness() > 200 and dark.pixelColor(5, 5).lightness() < 60


def test_a_screen_reader_hears_what_is_there(editor, view):
    assert view.accessibleName()
    assert "4 layers" in view.accessibleDescription() and "2 wires" in view.accessibleDescription()
    view.select([editor.named("conv1")])
    assert "conv1" in view.accessibleDescription()


def test_a_pause_of_the_pointer_explains(editor, view, hand):
    linear = editor.add("Linear", 560, 200)
    editor.wire(editor.named("relu1"), linear)
    for (x, y), words in (((630, 215), "flat features"), ((370, 22), "channel 32")):
        place = hand.at(x, y)
        event = QHelpEvent(QEvent.Type.ToolTip, place, view.viewport().mapToGlobal(place))
        QApplication.sendEvent(view.viewport(), event)
        assert words in QToolTip.text()
    QToolTip.hideText()


def test_a_failing_paint_is_said_once_and_goes_no_further(editor, view, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise RuntimeError("no ink")

    monkeypatch.setattr(content, "paint", broken)
    view.grab()
    view.grab()
    assert [r.message for r in caplog.records if r.levelno >= logging.ERROR] == [
        "the canvas could not be painted"
    ]
    caplog.clear()
    monkeypatch.undo()
    view.viewport().update()
    assert view.grab().toImage().pixelColor(hand_point(view)) != LIGHT.canvas


def hand_point(view) -> QPoint:
    return view.mapFromScene(270.0, 15.0)


def test_a_closed_canvas_hears_nothing_more(qtbot, editor):
    view = CanvasView(editor, LIGHT)
    view.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    editor.edit("Remove", "remove", ids=[editor.named("conv1")])
    theme.theme_changed.tell(LIGHT)


def test_a_slow_frame_drops_antialiasing_in_motion_and_settles(view, qtbot):
    view._content.milliseconds = 50.0
    view.pan_by(10, 0)
    assert view.state.fast
    qtbot.waitUntil(lambda: not view.state.fast, timeout=2000)
    view._content.milliseconds = 1.0
    view.pan_by(10, 0)
    assert not view.state.fast


def test_hiding_ends_the_gesture_and_every_timer(editor, view, hand):
    view._content.milliseconds = 50.0
    view.pan_by(10, 0)
    hand.drag((270, 15), (330, 75), let_go=False)
    view.hide()
    assert view.gesture is None and not view._settle.isActive() and not view.state.fast
    assert not editor.history.done


# -- in parts ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scale", [0.3, 0.7, 1.0, 1.6])
def test_what_a_pan_uncovers_is_painted_as_the_whole_would_be(qtbot, editor, view, scale):
    editor.edit("", "add_frame", title="stem", x=-60, y=-60, width=520, height=400, id="frame")
    editor.edit("", "add_note", text="a note", x=240, y=90)
    view.set_zoom(scale)
    view.centerOn(300, 150)
    strips = QRegion(0, 0, 800, 37) + QRegion(0, 37, 53, 563)
    pictures = []
    for region in (QRegion(view.viewport().rect()), strips):
        image = QImage(800, 600, QImage.Format.Format_RGB32)
        image.fill(0)
        view.viewport().render(image, QPoint(), region, QWidget.RenderFlag(0))
        pictures.append(image)
    whole, parts = pictures
    for x in range(0, 800, 3):
        for y in range(0, 600, 3):
            inside = strips.contains(QPoint(x, y))
            assert parts.pixel(x, y) == (whole.pixel(x, y) if inside else 0xFF000000), (x, y)


def test_a_place_with_content_and_whether_all_of_it_is_in_sight(editor, view):
    editor.edit("Note", "add_note", text="hello", x=420, y=200)
    view.fit()
    assert view.shows_all()
    note = view.mapFromScene(430, 210)
    assert view.covered_in(QRect(note, QSize(4, 4))) > 0
    assert view.covered_in(QRect(note, QSize(8, 4))) > view.covered_in(QRect(note, QSize(4, 4)))
    assert view.covered_in(QRect(QPoint(0, 0), QSize(4, 4))) == 0
    view.set_zoom(4.0)
    assert not view.shows_all()
