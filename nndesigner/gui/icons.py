"""The icons: one family of SVG drawings in `resources/icons/`, coloured by the theme when they are painted.

An icon follows the theme by itself and is drawn anew for every size and pixel density. This module knows which files
there are; it does not know what they stand for, except that every layer group has one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from nndesigner.base.data_field import DataField
from nndesigner.base.problem import Severity
from nndesigner.base.resources import resource_folder
from nndesigner.gui.theme import Theme, current_theme

SIZE = 20
"""The usual edge of an icon in device-independent pixels."""


@lru_cache(maxsize=1)
def icon_folder() -> Path:
    """Where the drawings lie."""
    return resource_folder("icons")


def icon_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in icon_folder().glob("*.svg")))


@lru_cache(maxsize=256)
def drawing(name: str) -> str:
    """The SVG text of an icon. Raises KeyError for a name that has none."""
    try:
        return (icon_folder() / f"{name}.svg").read_text(encoding="utf-8")
    except OSError:
        raise KeyError(f"there is no icon “{name}”") from None


@lru_cache(maxsize=512)
def _renderer(name: str, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(drawing(name).replace("currentColor", color).encode()))


def paint_icon(painter: QPainter, name: str, rect: QRectF, color: str) -> None:
    """Draws an icon into a square as large as fits in the middle of `rect`."""
    edge = min(rect.width(), rect.height())
    square = QRectF(0, 0, edge, edge)
    square.moveCenter(QPointF(rect.center()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, color).render(painter, square)


def color_of(role: str, theme: Theme) -> str:
    """A colour by its role in the theme ("text", "accent" …), by "group:Name" or "tint:name", or as it is (#rrggbb)."""
    if role.startswith("#"):
        return role
    if role.startswith("group:"):
        return theme.group(role.removeprefix("group:"))
    if role.startswith("tint:"):
        return theme.tint(role.removeprefix("tint:"), theme.muted)
    return str(getattr(theme, role))


class _Engine(QIconEngine):
    """Paints one drawing in the colour that its role has in the theme of the moment."""

    def __init__(self, name: str, role: str, theme: Theme | None) -> None:
        super().__init__()
        self._name, self._role, self._theme = name, role, theme

    def _color(self, mode: QIcon.Mode) -> str:
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        theme = self._theme or current_theme(app)
        return color_of("muted" if mode == QIcon.Mode.Disabled else self._role, theme)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.save()
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(0.55)
        paint_icon(painter, self._name, QRectF(rect), self._color(mode))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        made = QPixmap(size * scale)
        if made.isNull():
            return made  # a button that has no room yet
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, made.rect(), mode, state)
        painter.end()
        made.setDevicePixelRatio(scale)
        return made

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._role, self._theme)


def icon(name: str, theme: Theme | None = None, role: str = "text") -> QIcon:
    """An icon in the colour of a role. Without a theme it follows the one that the application shows.

    Raises KeyError for a name that has no drawing.
    """
    drawing(name)
    return QIcon(_Engine(name, role, theme))


def pixmap(name: str, size: int = SIZE, role: str = "text", ratio: float = 1.0) -> QPixmap:
    """A picture of an icon for a label that is made anew when the theme changes."""
    return icon(name, role=role).pixmap(QSize(size, size), ratio)


def app_icon() -> QIcon:
    """The program's own icon, at the sizes that desktops ask for."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        picture = QPixmap(size, size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        paint_icon(painter, "app", QRectF(0, 0, size, size), "#ffffff")
        painter.end()
        made.addPixmap(picture)
    return made


# -- which icon stands for what ---------------------------------------------------------------------------------
def group_icon_name(group: str) -> str:
    """The icon of a layer group; one that nobody drew (a package's own group) gets a plain box."""
    name = "group-" + re.sub(r"[^a-z]+", "-", group.lower()).strip("-")
    return name if (icon_folder() / f"{name}.svg").is_file() else "group-other"


def group_icon(group: str) -> QIcon:
    return icon(group_icon_name(group), role=f"group:{group}")


def severity_icon_name(severity: Severity) -> str:
    return {Severity.ERROR: "error", Severity.WARNING: "warning"}.get(severity, "hint")


def field_icon_name(field: DataField) -> str:
    """The icon of a kind of data."""
    return {"tokens": "text"}.get(field.kind, field.kind if field.kind in _KINDS else "data")


_KINDS = ("image", "table", "series", "class", "number")
