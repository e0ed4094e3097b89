"""The first tour: a few stations, each pointing at the real widget. Left at any time with Esc or a button.

The window stays usable all the while: a station that asks for something goes on by itself once it was done.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nndesigner.base.text import tr
from nndesigner.gui import window_state
from nndesigner.gui.desk import Desk
from nndesigner.gui.plain import label
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.tour_steps import STATIONS, Leave

WIDTH = 340
GAP = 14
"""Pixels between what is pointed at and what is said of it."""
VEIL = 0.38
_CORNER = 8.0
EXAMPLE = "digits-cnn"
"""The template that the tour walks through where no project is open."""


class Tour(QObject):
    """One walk through the stations, in one window; it is gone when it is over."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.window)
        self._desk, self._window = desk, desk.window
        self._leave: Leave = lambda: None
        self.number = 0
        self.veil = _Veil(self._window)
        self.bubble = Bubble(self._window)
        self.bubble.left.clicked.connect(self.end)
        self.bubble.back.clicked.connect(lambda: self.go_to(self.number - 1))
        self.bubble.next.clicked.connect(self._next)

    def begin(self) -> None:
        window_state.change(tour_seen=True)
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        self.go_to(0)
        self.bubble.next.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_to(self, number: int) -> None:
        """Shows a station; who uses the keyboard elsewhere keeps it there."""
        self._leave()
        self.number = number
        station = STATIONS[number]
        if station.panel:
            self._window.raise_panel(station.panel)
        self.bubble.say(station.title, station.text, number, len(STATIONS), station.asks)
        self._leave = station.wait(self._desk, self._done)
        self._place()
        self.veil.show()
        self.bubble.show()
        self.veil.raise_()
        self.bubble.raise_()

    def end(self) -> None:
        """The tour is over, or was left."""
        self._leave()
        self._leave = lambda: None
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        had_keyboard = self.bubble.isAncestorOf(QApplication.focusWidget() or self._window)
        for part in (self.veil, self.bubble):
            part.hide()
            part.deleteLater()
        if had_keyboard:
            self._desk.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self.deleteLater()

    def _next(self) -> None:
        if self.number + 1 < len(STATIONS):
            self.go_to(self.number + 1)
            self.bubble.next.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.end()

    def _done(self) -> None:
        """What the station asks for was done: on to the next, once all that came of it is over."""
        number = self.number

        def go_on() -> None:
            if self.number == number and number + 1 < len(STATIONS):
                self.go_to(number + 1)

        QTimer.singleShot(0, self, go_on)

    def _place(self) -> None:
        station = STATIONS[self.number]
        place = self._rect(station.target(self._desk))
        also = self._rect(station.also(self._desk)) if station.also is not None else QRect()
        self.veil.setGeometry(self._window.rect())
        self.veil.show_holes(place, also)
        self.bubble.fit()
        self.bubble.move(beside(place, self.bubble.size(), self._window.rect()))

    def _rect(self, target: QWidget) -> QRect:
        """Where a widget is in the window; nowhere while it is hidden."""
        return (
            QRect(target.mapTo(self._window, QPoint(0, 0)), target.size()) if target.isVisible() else QRect()
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._window and kind == QEvent.Type.Close:
            self.end()
        elif kind in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.Move):
            if watched in (self._window, STATIONS[self.number].target(self._desk)):
                self._place()
        elif isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self._is_ours(watched):
            if kind == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if kind == QEvent.Type.KeyPress:
                self.end()
                return True
        return False

    def _is_ours(self, watched: QObject) -> bool:
        """Whether Esc means the tour: what is open above it, and a gesture, are unwound first."""
        if QApplication.activePopupWidget() is not None or QApplication.activeModalWidget() is not None:
            return False
        if self._desk.canvas.gesture is not None:
            return False
        return isinstance(watched, QWidget) and watched.window() is self._window


def beside(target: QRect, size: QSize, window: QRect) -> QPoint:
    """Where something of a size stands beside a target, inside the window: to the right, to the left, below, above; in
    the lower middle of a target that leaves no room around it."""
    width, height = size.width(), size.height()
    inside = window.adjusted(GAP, GAP, -GAP, -GAP)
    if target.isEmpty():
        return QPoint(inside.center().x() - width // 2, inside.center().y() - height // 2)
    top = min(max(target.top(), inside.top()), inside.bottom() - height)
    left = min(max(target.left(), inside.left()), inside.right() - width)
    tall = target.height() > 3 * target.width() // 4
    sides = [
        (target.right() + GAP + width <= inside.right() and tall, QPoint(target.right() + GAP, top)),
        (target.left() - GAP - width >= inside.left() and tall, QPoint(target.left() - GAP - width, top)),
        (target.bottom() + GAP + height <= inside.bottom(), QPoint(left, target.bottom() + GAP)),
        (target.top() - GAP - height >= inside.top(), QPoint(left, target.top() - GAP - height)),
    ]
    for fits, place in sides:
        if fits:
            return place
    return QPoint(target.center().x() - width // 2, target.bottom() - height - 2 * GAP)


class _Veil(QWidget):
    """Dims the window around what is pointed at. The mouse goes through it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hole = self._other = QRectF()

    def show_holes(self, place: QRect, also: QRect) -> None:
        """Leaves out what is pointed at, and what else is needed."""
        self._hole = QRectF(place).adjusted(-4, -4, 4, 4) if not place.isEmpty() else QRectF()
        self._other = QRectF(also)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = shown_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        around = QPainterPath()
        around.addRect(QRectF(self.rect()))
        hole = QPainterPath()
        if not self._hole.isEmpty():
            hole.addRoundedRect(self._hole, _CORNER, _CORNER)
        shade = QColor("#000000")
        shade.setAlphaF(VEIL + (0.15 if theme.dark else 0.0))
        other = QPainterPath()
        other.addRect(self._other)
        painter.fillPath(around.subtracted(hole).subtracted(other), shade)
        if not self._hole.isEmpty():
            painter.setPen(QPen(QColor(theme.accent), 2.5))
            painter.drawPath(hole)
        painter.end()


class Bubble(QFrame):
    """What is said at a station, and the buttons: leave, back, on."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("role", "bubble")
        self.setObjectName("tour")
        self.setFixedWidth(WIDTH)
        box = QVBoxLayout(self)
        box.setContentsMargins(18, 16, 18, 14)
        box.setSpacing(8)
        self.title = label(role="subtitle", wrap=True)
        box.addWidget(self.title)
        self.text = label(wrap=True)
        box.addWidget(self.text)
        box.addSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.left = QPushButton(tr("Leave"))
        self.left.setObjectName("tour-leave")
        self.left.setProperty("role", "flat")
        self.left.setToolTip(tr("Leaves the tour (Esc)"))
        row.addWidget(self.left)
        self.count = label(role="muted")
        row.addStretch(1)
        row.addWidget(self.count)
        row.addStretch(1)
        self.back = QPushButton(tr("Back"))
        self.back.setObjectName("tour-back")
        row.addWidget(self.back)
        self.next = QPushButton()
        self.next.setObjectName("tour-next")
        self.next.setProperty("role", "primary")
        row.addWidget(self.next)
        box.addLayout(row)

    def say(self, title: str, text: str, number: int, of: int, asks: bool) -> None:
        self.title.setText(title)
        self.text.setText(text)
        self.count.setText(tr("{number} of {of}", number=number + 1, of=of))
        self.back.setVisible(number > 0)
        last = number + 1 == of
        self.next.setText(tr("Done") if last else tr("Skip") if asks else tr("Next"))
        self.setAccessibleName(title)
        self.next.setAccessibleDescription(f"{title}. {text}")

    def fit(self) -> None:
        """As tall as what it says at its width."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(WIDTH, layout.totalHeightForWidth(WIDTH))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QPushButton):
            focused.click()
        else:
            super().keyPressEvent(event)


def show_tour(desk: Desk) -> Tour:
    """Begins the tour, or begins it again: in the project that is open, else in a template."""
    for running in desk.window.findChildren(Tour):
        running.end()
    if not desk.window.shows_project:
        from nndesigner.gui.commands import filing
        from nndesigner.session.templates import template

        filing.open_template(desk, template(EXAMPLE))
    desk.window.show_page("network")
    tour = Tour(desk)
    tour.begin()
    return tour
