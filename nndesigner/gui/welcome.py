"""The welcome page: start from a template, open a project, go on with a recent one, take the tour.

Templates are the projects that ship, in a gallery by group. The page comes first; then, one per turn of the event loop,
what stands further down and the pictures, which the canvas's painter draws from the projects. It opens nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui import window_state
from nndesigner.gui.cards import Choosable, Flow
from nndesigner.gui.icons import icon, paint_icon
from nndesigner.gui.miniature import miniature
from nndesigner.gui.plain import Elided, IconLabel, label
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.template_words import GROUPS, KNOWN
from nndesigner.gui.theme import Theme, theme_changed
from nndesigner.project.reader import open_project
from nndesigner.session.templates import architectures
from nndesigner.session.templates import templates as projects

CARD = QSize(290, 194)
PICTURE_HEIGHT = 126
COLUMNS = 3
OTHERS = "More"
AT_ONCE = 9
"""Cards that are made with the page: about as many as are in sight."""


@dataclass(frozen=True)
class Template:
    """A project to start from: its file, a title and one line of what it teaches."""

    path: Path
    title: str
    summary: str


@lru_cache(maxsize=1)
def gallery() -> dict[str, tuple[Template, ...]]:
    """The projects that ship, by group, in the order in which they are told of."""
    found = {KNOWN: architectures(), OTHERS: projects()}
    made: dict[str, tuple[Template, ...]] = {}
    told: set[str] = set()
    for group, words in GROUPS.items():
        files = found[KNOWN if group == KNOWN else OTHERS]
        here = [Template(files[n], tr(title), tr(said)) for n, (title, said) in words.items() if n in files]
        told |= words.keys()
        if here:
            made[group] = tuple(here)
    others = [(name, path) for files in found.values() for name, path in files.items() if name not in told]
    if others:
        made[OTHERS] = tuple(Template(path, name.replace("-", " ").capitalize(), "") for name, path in others)
    return made


def templates() -> tuple[Template, ...]:
    """All of them."""
    return tuple(template for group in gallery().values() for template in group)


class Welcome(QScrollArea):
    """Signals: `new_wanted`, `open_wanted`, `template_chosen(path)`, `recent_chosen(path)`, `tour_wanted`."""

    new_wanted = Signal()
    open_wanted = Signal()
    template_chosen = Signal(object)
    recent_chosen = Signal(object)
    tour_wanted = Signal()

    def __init__(self, recent: Callable[[], tuple[Path, ...]]) -> None:
        super().__init__()
        self._recent = recent
        self.setWidgetResizable(True)
        self.cards: list[TemplateCard] = []
        self._begin = QTimer(self)  # the page itself first
        self._begin.setSingleShot(True)
        self._begin.setInterval(60)
        self._pictures = QTimer(self)
        self._begin.timeout.connect(self._pictures.start)
        self._pictures.setInterval(0)
        self._pictures.timeout.connect(self._next_picture)
        self._waiting: list[TemplateCard] = []
        self._groups: list[tuple[str, tuple[Template, ...]]] = []
        """of the gallery, still to be made"""
        self._leave = theme_changed.connect(self._theme_changed)
        self._filled = False

    def close_down(self) -> None:
        self._begin.stop()
        self._pictures.stop()
        self._leave()

    def refresh(self) -> None:
        """Lists templates and recent files anew."""
        self._filled = True
        page = QWidget()
        outer = QHBoxLayout(page)
        outer.setContentsMargins(40, 36, 40, 36)
        outer.addStretch(1)
        column = QWidget()
        column.setMaximumWidth(COLUMNS * CARD.width() + (COLUMNS - 1) * Flow.GAP)
        outer.addWidget(column, 20)
        outer.addStretch(1)
        box = QVBoxLayout(column)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(14)
        box.addLayout(self._top())
        if not window_state.read().tour_seen:
            box.addWidget(self._invitation())
        recent = self._recent()
        if recent:
            box.addSpacing(10)
            box.addWidget(label(tr("Recent projects"), "subtitle"))
            grid = QGridLayout()
            grid.setHorizontalSpacing(12)
            grid.setVerticalSpacing(2)
            for number, path in enumerate(recent[:6]):
                row = RecentRow(path)
                row.chosen.connect(self.recent_chosen)
                grid.addWidget(row, number // 2, number % 2)
            box.addLayout(grid)
        box.addSpacing(10)
        box.addWidget(label(tr("Start from a template"), "subtitle"))
        self.cards = []
        self._waiting = []
        self._groups = list(gallery().items())
        self._gallery = QVBoxLayout()
        self._gallery.setSpacing(10)
        box.addLayout(self._gallery)
        box.addStretch(1)
        while self._groups and len(self.cards) < AT_ONCE:
            self._add_group()
        self.setWidget(page)
        if self.isVisible():
            self._pictures.start()

    def _add_group(self) -> None:
        """The next group of the gallery."""
        name, members = self._groups.pop(0)
        heading = label(tr(name), "strong")
        heading.setContentsMargins(0, 6, 0, 0)
        self._gallery.addWidget(heading)
        flow = Flow(CARD)
        for template in members:
            card = TemplateCard(template)
            card.chosen.connect(self.template_chosen)
            flow.add(card)
            self.cards.append(card)
            self._waiting.append(card)
        self._gallery.addWidget(flow)

    def _top(self) -> QHBoxLayout:
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(IconLabel("app", size=56))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(tr("Draw a neural network and watch it learn"), "title"))
        words.addWidget(
            label(
                tr("Wire layers on the canvas, press Train, and export a model that runs elsewhere."), "muted"
            )
        )
        top.addLayout(words, 1)
        new = QPushButton(icon("new", role="accent_text"), tr("New project"))
        new.setProperty("role", "primary")
        new.setObjectName("welcome-new")
        new.clicked.connect(self.new_wanted)
        top.addWidget(new)
        opened = QPushButton(icon("open"), tr("Open…"))
        opened.setObjectName("welcome-open")
        opened.clicked.connect(self.open_wanted)
        top.addWidget(opened)
        return top

    def _invitation(self) -> QWidget:
        """The offer of the tour, until it was taken or declined."""
        offer = QFrame()
        offer.setObjectName("tour-offer")
        offer.setProperty("role", "card")
        row = QHBoxLayout(offer)
        row.setContentsMargins(16, 10, 10, 10)
        row.setSpacing(10)
        row.addWidget(IconLabel("hint", "accent", 22))
        row.addWidget(label(tr("New here? Six stations show you around, with an example that trains.")), 1)
        decline = QPushButton(tr("No, thanks"))
        decline.setProperty("role", "flat")
        decline.setObjectName("tour-decline")

        def declined() -> None:
            window_state.change(tour_seen=True)
            offer.hide()

        decline.clicked.connect(declined)
        row.addWidget(decline)
        take = QPushButton(tr("Take the tour"))
        take.setObjectName("tour-take")
        take.clicked.connect(self.tour_wanted)
        row.addWidget(take)
        return offer

    # -- pictures, one per turn of the event loop ---------------------------------------------------------------------
    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        if not self._filled:
            self.refresh()
        if self._waiting:
            self._begin.start()

    def hideEvent(self, event: object) -> None:
        super().hideEvent(event)  # type: ignore[arg-type]
        self._begin.stop()
        self._pictures.stop()

    def _next_picture(self) -> None:
        if not self.isVisible() or not (self._waiting or self._groups):
            self._pictures.stop()
        elif self._waiting:
            self._waiting.pop(0).draw(shown_theme())
        else:
            self._add_group()

    def _theme_changed(self, _: Theme) -> None:
        self._waiting = list(self.cards)
        if self.isVisible():
            self._pictures.start()


class TemplateCard(Choosable):
    chosen = Signal(object)

    def __init__(self, template: Template) -> None:
        super().__init__("choice")
        self.template = template
        self.setAccessibleName(template.title)
        self.setAccessibleDescription(template.summary)
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSpacing(0)
        self.picture = Picture()
        box.addWidget(self.picture)
        words = QVBoxLayout()
        words.setContentsMargins(14, 9, 14, 10)
        words.setSpacing(2)
        words.addWidget(label(template.title, "strong"))
        summary = label(template.summary, "muted", wrap=True)
        summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.addWidget(summary, 1)
        box.addLayout(words, 1)

    def choose(self) -> None:
        self.chosen.emit(self.template.path)

    def draw(self, theme: Theme) -> None:
        """Draws the network of the template; one that cannot be read keeps a plain picture."""
        try:
            document = open_project(self.template.path).document
        except Refusal:
            return
        size = QSize(max(self.picture.width(), CARD.width() - 2), PICTURE_HEIGHT)
        self.picture.show_image(miniature(document, theme, size, self.devicePixelRatioF()))


class Picture(QWidget):
    """A drawing of a network, or an icon until there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(PICTURE_HEIGHT)
        self._image: QImage | None = None

    def show_image(self, image: QImage | None) -> None:
        self._image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = shown_theme()
        if self._image is not None:
            painter.drawImage(QRectF(self.rect()), self._image)
        else:
            painter.fillRect(self.rect(), QColor(theme.canvas))
            paint_icon(painter, "network", QRectF(self.rect()).adjusted(0, 34, 0, -34), theme.border)
        painter.end()


class RecentRow(Choosable):
    chosen = Signal(object)

    def __init__(self, path: Path) -> None:
        super().__init__("row")
        self.path = path
        self.setAccessibleName(path.name)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(10)
        row.addWidget(IconLabel("file", "muted", 20))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Elided(path.name))
        words.addWidget(Elided(str(path.parent), "muted"))
        row.addLayout(words, 1)

    def choose(self) -> None:
        self.chosen.emit(self.path)
