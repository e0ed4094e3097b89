"""The welcome page: start from a template, open a project, go on with a recent one.

Templates are the projects in `resources/templates/` (and the examples of a source checkout). Their pictures are drawn
after the page is on the screen, by the painter of the canvas. It opens nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.check.check import check
from nndesigner.document.document import Document
from nndesigner.gui.icons import icon, paint_icon
from nndesigner.gui.plain import Elided, IconLabel, label, set_tip
from nndesigner.gui.previews import shown_theme
from nndesigner.gui.theme import Theme, theme_changed
from nndesigner.project.reader import open_project

CARD = QSize(236, 176)
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
    "sine-lstm": ("Time series", "An LSTM continues a wave"),
    "characters-transformer": ("Write like a book", "A small transformer over characters"),
}


@lru_cache(maxsize=1)
def templates() -> tuple[Template, ...]:
    """The projects that ship, those with a title here first."""
    package = Path(str(files("nndesigner")))
    found: dict[str, Path] = {}
    for folder in (
        package / "resources" / "templates",
        package.parent / "resources" / "templates",
        package.parent / "examples",
    ):
        for path in sorted(folder.glob("*.nnd")):
            found.setdefault(path.stem, path)
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
        self._pictures = QTimer(self)
        self._pictures.setInterval(0)
        self._pictures.timeout.connect(self._next_picture)
        self._waiting: list[TemplateCard] = []
        self._leave = theme_changed.connect(self._theme_changed)
        self._filled = False

    def close_down(self) -> None:
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
        column.setMaximumWidth(1060)
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
        grid_holder = Flow()
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
            QTimer.singleShot(60, self._pictures.start)  # the page itself first

    def hideEvent(self, event: object) -> None:
        super().hideEvent(event)  # type: ignore[arg-type]
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


class _Clickable(QFrame):
    """A frame that is chosen with a click, Return or Space."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def choose(self) -> None:
        """What a click does."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.choose()
        else:
            super().keyPressEvent(event)


class TemplateCard(_Clickable):
    chosen = Signal(object)

    def __init__(self, template: Template) -> None:
        super().__init__()
        self.template = template
        self.setProperty("role", "choice")
        self.setFixedSize(CARD)
        self.setAccessibleName(template.title)
        self.setAccessibleDescription(template.summary)
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 10)
        box.setSpacing(4)
        self.picture = Picture()
        box.addWidget(self.picture)
        for widget in (label(template.title, "strong"), Elided(template.summary, "muted")):
            widget.setContentsMargins(0, 0, 0, 0)
            holder = QHBoxLayout()
            holder.setContentsMargins(14, 0, 14, 0)
            holder.addWidget(widget)
            box.addLayout(holder)
        set_tip(self, template.summary)

    def choose(self) -> None:
        self.chosen.emit(self.template.path)

    def draw(self, theme: Theme) -> None:
        """Draws the network of the template; one that cannot be read keeps a plain picture."""
        try:
            document = open_project(self.template.path).document
        except Refusal:
            return
        size = QSize(CARD.width() - 2, PICTURE_HEIGHT)
        self.picture.show_image(draw_network(document, theme, size, self.devicePixelRatioF()))


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


def draw_network(document: Document, theme: Theme, size: QSize, ratio: float) -> QImage:
    """The whole network of a document on one small picture."""
    from nndesigner.gui.canvas.arrays import NetworkArrays
    from nndesigner.gui.canvas.faces import Faces
    from nndesigner.gui.canvas.painter import paint

    made = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(theme.canvas))
    checked = check(document)
    arrays = NetworkArrays.rebuild(document, document.main.id)
    bounds = arrays.bounds()
    if bounds is None:
        return made
    left, top, right, bottom = bounds
    border = 12.0
    scale = min(
        (size.width() - 2 * border) / max(right - left, 1.0),
        (size.height() - 2 * border) / max(bottom - top, 1.0),
        0.8,
    )
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(size.width() / 2, size.height() / 2)
    painter.scale(scale, scale)
    painter.translate(-(left + right) / 2, -(top + bottom) / 2)
    half_width, half_height = size.width() / 2 / scale, size.height() / 2 / scale
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    rect = QRectF(middle_x - half_width, middle_y - half_height, 2 * half_width, 2 * half_height)
    paint(painter, arrays, Faces(document, document.main.id, checked), theme, rect, scale, ratio=ratio)
    painter.end()
    return made


class RecentRow(_Clickable):
    chosen = Signal(object)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.setProperty("role", "row")
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


class Flow(QWidget):
    """Cards of one size in as many columns as there is room for."""

    GAP = 14

    def __init__(self) -> None:
        super().__init__()
        self._cards: list[QWidget] = []
        self.setMinimumWidth(CARD.width())

    def add(self, card: QWidget) -> None:
        card.setParent(self)
        self._cards.append(card)
        self._place()

    def _columns(self) -> int:
        return max(1, (self.width() + self.GAP) // (CARD.width() + self.GAP))

    def _place(self) -> None:
        columns = self._columns()
        for number, card in enumerate(self._cards):
            x, y = number % columns, number // columns
            card.move(x * (CARD.width() + self.GAP), y * (CARD.height() + self.GAP))
        rows = -(-len(self._cards) // columns)
        self.setFixedHeight(max(rows * (CARD.height() + self.GAP) - self.GAP, 0))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._place()
