"""How large the window's text is, and whether things may move and fade on it: what a person chose.

Both are kept with the window (`window_state.py`) and live on the application while it runs. Qt tells a program which
contrast the desktop asks for, but not whether it asks for less motion: so that is a choice in the View menu.
"""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from nndesigner.gui.theme import TEXT_SCALE, apply_again

NORMAL = "normal"
TEXT_SIZES = {"smaller": 0.9, NORMAL: 1.0, "larger": 1.25, "largest": 1.5}
"""How many times as large as the desktop's text."""
_STILL = "nndesigner_still"
_BASE = "nndesigner_base_points"


def text_size(app: QApplication) -> str:
    """One of TEXT_SIZES."""
    scale = app.property(TEXT_SCALE) or 1.0
    return next((name for name, factor in TEXT_SIZES.items() if factor == scale), NORMAL)


def text_scale(app: QApplication) -> float:
    return float(app.property(TEXT_SCALE) or 1.0)


def choose_text_size(app: QApplication, size: str) -> None:
    """Takes effect at once, everywhere. A word that is none (from a file) means the normal size."""
    factor = TEXT_SIZES.get(size, 1.0)
    if factor == text_scale(app):
        return
    base = app.property(_BASE)
    if base is None:
        base = app.font().pointSizeF()
        app.setProperty(_BASE, base)
    font = QFont(app.font())
    font.setPointSizeF(float(base) * factor)
    app.setProperty(TEXT_SCALE, factor)
    app.setFont(font)
    apply_again(app)


def choose_less_motion(app: QApplication, less: bool) -> None:
    app.setProperty(_STILL, less)


def less_motion() -> bool:
    """Whether nothing may move or fade that need not."""
    app = QApplication.instance()
    return app is not None and bool(app.property(_STILL))
