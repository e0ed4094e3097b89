from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from nndesigner.gui import window_state
from nndesigner.gui.main_window import MainWindow
from nndesigner.gui.tour import Tour, beside
from nndesigner.gui.tour_steps import STATIONS


@pytest.fixture
def tour(window: MainWindow, app) -> Tour:
    window.actions_.made["tour"].trigger()
    app.processEvents()
    (found,) = window.findChildren(Tour)
    yield found
    for running in window.findChildren(Tour):
        running.end()


def _tours(window: MainWindow, app) -> list[Tour]:
    app.sendPostedEvents(None, 52)  # what was to be deleted later
    app.processEvents()
    return window.findChildren(Tour)


def test_it_has_six_stations_or_fewer_and_each_points_at_something(window, tour, app) -> None:
    assert 1 < len(STATIONS) <= 6
    for number in range(len(STATIONS)):
        tour.go_to(number)
        app.processEvents()
        target = STATIONS[number].target(window.desk)
        assert target.isVisible(), STATIONS[number].title
        assert not tour.veil._hole.isEmpty()
        assert window.rect().contains(tour.bubble.geometry())
        assert tour.bubble.text.height() >= tour.bubble.text.heightForWidth(tour.bubble.text.width())


def test_next_and_back_and_done_by_keyboard(window, tour, app) -> None:
    for number in range(len(STATIONS)):
        assert tour.number == number and window.focusWidget() is tour.bubble.next
        QTest.keyClick(tour.bubble.next, Qt.Key.Key_Return)
        if number == 1:
            QTest.mouseClick(tour.bubble.back, Qt.MouseButton.LeftButton)
            assert tour.number == 1
            QTest.mouseClick(tour.bubble.next, Qt.MouseButton.LeftButton)
    assert _tours(window, app) == []
    assert window.focusWidget() is window.canvas


def test_escape_leaves_wherever_the_keyboard_is(window, tour, app) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert _tours(window, app) == []
    assert not window.findChild(QWidget, "tour")


def test_the_button_leaves(window, tour, app) -> None:
    QTest.mouseClick(tour.bubble.left, Qt.MouseButton.LeftButton)
    assert _tours(window, app) == []


def test_a_station_that_asks_for_something_goes_on_once_it_was_done(window, tour, app) -> None:
    QTest.mouseClick(tour.bubble.next, Qt.MouseButton.LeftButton)
    assert tour.number == 1 and tour.bubble.next.text() == "Skip"
    window.canvas.setFocus()
    window.palette_panel.chosen.emit("Dropout")
    app.processEvents()
    assert tour.number == 2 and window.focusWidget() is window.canvas, "the keyboard stays with the user"
    (node,) = window.session.document.nodes()
    window.canvas.select([])
    app.processEvents()
    assert tour.number == 2
    x, y = node.x + 70, node.y + 12
    place = window.canvas.mapFromScene(x, y)
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    app.processEvents()
    assert tour.number == 3, "the window is usable under the tour"


def test_the_bubble_stays_where_it_belongs_when_the_window_changes(window, tour, app) -> None:
    tour.go_to(len(STATIONS) - 1)
    before = tour.bubble.geometry()
    window.resize(1100, 700)
    app.processEvents()
    assert tour.veil.size() == window.size() and window.rect().contains(tour.bubble.geometry())
    assert before.size() == tour.bubble.size()


@pytest.mark.parametrize(
    "target",
    [
        QRect(),
        QRect(0, 80, 220, 700),
        QRect(1100, 80, 300, 700),
        QRect(230, 80, 860, 560),
        QRect(10, 30, 90, 40),
    ],
)
def test_what_is_said_stands_inside_the_window_and_not_on_a_small_target(target: QRect) -> None:
    window, size = QRect(0, 0, 1440, 900), QSize(340, 190)
    place = QRect(beside(target, size, window), size)
    assert window.contains(place)
    if target.width() < 400:
        assert not place.intersects(target)


def test_it_is_offered_once(make_window, session, app) -> None:
    window = make_window(session)
    take = window.welcome.findChild(QPushButton, "tour-take")
    assert take is not None and take.isVisible()
    QTest.mouseClick(take, Qt.MouseButton.LeftButton)
    app.processEvents()
    (tour,) = window.findChildren(Tour)
    assert window.shows_project and session.document.nodes(), "with an example"
    assert window_state.read().tour_seen
    tour.end()
    window.show_welcome()
    assert window.welcome.findChild(QWidget, "tour-offer") is None


def test_who_declines_is_not_asked_again(make_window, session) -> None:
    window = make_window(session)
    QTest.mouseClick(window.welcome.findChild(QPushButton, "tour-decline"), Qt.MouseButton.LeftButton)
    assert not window.welcome.findChild(QWidget, "tour-offer").isVisible()
    assert window_state.read().tour_seen
    window.welcome.refresh()
    assert window.welcome.widget().findChild(QWidget, "tour-offer") is None
