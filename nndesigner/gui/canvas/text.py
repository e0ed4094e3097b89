"""The canvas's fonts, and texts made to fit: widths and elisions are worked out once and remembered.

Sizes are scene units: the painter's transform makes them larger or smaller, so fonts are unhinted and a text takes
the same room at every zoom.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication


class Style(msgspec.Struct, frozen=True):
    """A kind of text: pixel size in scene units and weight."""

    pixels: int
    weight: int = 400


TITLE = Style(12, 600)
LARGE_TITLES = (Style(16, 600), Style(14, 600))
"""for a title that stands alone because the rest could not be read, the first that has room"""
LARGE_CARD = Style(13)
SUBTITLE = Style(10)
SMALL = Style(10)
SHAPE = Style(9)
TIGHT_SHAPES = (SHAPE, Style(8), Style(7))
"""for a shape that has little room, the usual one first"""
HEADING = Style(14, 600)
NOTE = Style(11)
PLATE = Style(12, 600)
"""in pixels of the screen: frames from afar"""


@lru_cache(maxsize=256)
def _font(style: Style, family: str) -> QFont:
    font = QFont(family)
    font.setPixelSize(style.pixels)
    font.setWeight(QFont.Weight(style.weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    # Names are read, searched and copied letter by letter: “fl” in a PDF is to be found as f and l.
    font.setFeature(QFont.Tag("liga"), 0)
    return font


@lru_cache(maxsize=256)
def _metrics(style: Style, family: str) -> QFontMetricsF:
    return QFontMetricsF(_font(style, family))


@lru_cache(maxsize=20_000)
def _width(text: str, style: Style, family: str) -> float:
    return _metrics(style, family).horizontalAdvance(text)


@lru_cache(maxsize=20_000)
def _fitted(text: str, style: Style, room: float, family: str) -> str:
    if _width(text, style, family) <= room:
        return text
    return _metrics(style, family).elidedText(text, Qt.TextElideMode.ElideRight, room)


def _family() -> str:
    return QGuiApplication.font().family()


def font(style: Style) -> QFont:
    return _font(style, _family())


def width(text: str, style: Style) -> float:
    """Scene units that a text takes."""
    return _width(text, style, _family())


def fitted(text: str, style: Style, room: float) -> str:
    """The text, cut with “…” where it needs more than `room` scene units."""
    return _fitted(text, style, room, _family())


@lru_cache(maxsize=256)
def _half_capital(style: Style, family: str) -> float:
    return _metrics(style, family).capHeight() / 2


def baseline(style: Style, middle: float) -> float:
    """Where to draw a text so that its capitals stand around the height `middle`."""
    return middle + _half_capital(style, _family())


def line_height(style: Style) -> float:
    """From one line of a text to the next."""
    return _metrics(style, QGuiApplication.font().family()).lineSpacing()
