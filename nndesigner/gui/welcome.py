"""The welcome page: start from a template, open a project, go on with a recent one.

Templates are the projects that ship. Their pictures are drawn
after the page is on the screen, one after the other. It opens nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.gui.cards import Choosable, Flow
from nndesigner.gui.icons import icon, paint_icon
from nndesigner.gui.pictogram import pictogram
from nndesigner.gui.plain import Elided, IconLabel, label
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme, theme_changed
from nndesigner.project.reader import open_project
from nndesigner.session.templates import templates as projects

CARD = QSize(236, 178)
PICTURE_HEIGHT = 104


@dataclass(frozen=True)
class Template:
    """A project to start from: its file, a title and one line of what it teaches."""

    path: Path
    title: str
    summary: str


TITLES = {
    "digits-mlp": ("Digits, fully connected", "Ten classes of 8 × 8 images with two dense layers"),
    "digits-cnn": ("Digits, convolutional", "Small images, filters and pooling"),
    "moons-mlp": ("Two moons", "Watch a decision boundary bend"),
    "iris-mlp": ("Iris flowers", "A first table with three classes"),
    "breast-cancer-binary": ("Yes or no", "One sigmoid unit on a medical table"),
    "diabetes-regression": ("Predict a number", "Regression on ten measurements"),
    "one-hidden-layer": ("One hidden layer", "ReLU, softmax and plain gradient descent"),
    "keras-classifier": ("Classic classifier", "64-64-10 with softmax"),
    "perceptron": ("Perceptron", "One step unit learns AND and OR"),
    "perceptron-xor": ("Where one unit fails", "XOR cannot be cut by one straight line"),
    "xor-hidden-layer": ("XOR solved", "One hidden layer bends the line"),
    "sine-lstm": ("Time series", "An LSTM continues a wave"),
    "characters-transformer": ("Write like a book", "A small transformer over characters"),
}


@lru_cache(maxsize=1)
def templates() -> tuple[Template, ...]:
    """The projects that ship, those with a title here first."""
    found = projects()
    order = [name for name in TITLES if name in found] + [name for name in found if name not in TITLES]
    made = []
    for name in order:
        title, summary = TITLES.get(name, (name.replace("-", " ").capitalize(), ""))
        made.append(Template(found[name], tr(title), tr(summary) if summary else ""))
    return tuple(made)


class Welcome(QScrollArea):
    """Signals: `new_wanted`, `open_wanted`, `template_chosen(path)`, `recent_chosen(path)`."""

    new_wanted = Signal()
    open_wanted = Signal()
    template_chosen = Signal(object)
    recent_chosen = Signal(object)

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
        column.setMaximumWidth(4 * CARD.width() + 3 * Flow.GAP)
        outer.addWidget(column, 20)
        outer.addStretch(1)
        box = QVBoxLayout(column)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(14)
        box.addLayout(self._top())
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
        grid_holder = Flow(CARD)
        for template in templates():
            card = TemplateCard(template)
            card.chosen.connect(self.template_chosen)
            grid_holder.add(card)
            self.cards.append(card)
        box.addWidget(grid_holder)
        box.addStretch(1)
        self.setWidget(page)
        self._waiting = list(self.cards)
        if self.isVisible():
            self._pictures.start()

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
        if not self._waiting or not self.isVisible():
            self._pictures.stop()
            return
        self._waiting.pop(0).draw(shown_theme())

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
        self.picture.show_image(pictogram(document, theme, size, self.devicePixelRatioF()))


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
