"""A scale of colours from small to large, for what a run has measured: blue, grey in the middle, orange.

Blue and orange stay apart for people who see no red or no green, and from light to dark in both themes. A position on
the scale is a number from 0 (smallest) to 1, or None.
"""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtGui import QColor

from nndesigner.gui.stylesheet import mixed
from nndesigner.gui.theme import Theme

STEPS = 16
"""colours that are told apart: so few that neighbouring values are painted together"""
_LIGHT = ("#1f4e9c", "#6d9fd1", "#a3aebb", "#e39a3d", "#a64b00")
_DARK = ("#3f7fe0", "#7fa8d8", "#6f7b8c", "#bd9a68", "#ff8c1f")


def step_of(position: float | None) -> int:
    """The number of the colour, 0 to 16; -1 for none."""
    return round(STEPS * min(max(position, 0.0), 1.0)) if position is not None else -1


def heat(theme: Theme, position: float | None) -> QColor:
    """The colour of a position; that of an ordinary wire where there is none."""
    step = step_of(position)
    return QColor(_named(theme.dark, step) if step >= 0 else theme.wire)


@lru_cache(maxsize=64)
def _named(dark: bool, step: int) -> str:
    anchors = _DARK if dark else _LIGHT
    at = step / STEPS * (len(anchors) - 1)
    low = min(int(at), len(anchors) - 2)
    return mixed(anchors[low], anchors[low + 1], at - low)


def on_log_scale(value: float, low: float, high: float) -> float | None:
    """Where a size lies between two powers of ten (`low` and `high` are exponents); None for NaN, 0 for zero."""
    if math.isnan(value):
        return None
    if value <= 0:
        return 0.0
    if math.isinf(value):
        return 1.0
    return min(max((math.log10(value) - low) / (high - low), 0.0), 1.0)
