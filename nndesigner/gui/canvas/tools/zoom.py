"""The wheel zooms at the pointer; two fingers on a touchpad scroll, and zoom with Ctrl."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QInputDevice, QWheelEvent

from nndesigner.gui.canvas.tools.tool import CTRL, SHIFT

STEP = 1.0 / 5.0
"""Of a doubling, per notch of the wheel: five notches double the size."""


def wheel(view, event: QWheelEvent) -> None:
    pixels, notches = event.pixelDelta(), event.angleDelta()
    touchpad = event.phase() != Qt.ScrollPhase.NoScrollPhase or (
        event.device() is not None and event.device().type() == QInputDevice.DeviceType.TouchPad
    )
    if touchpad and not pixels.isNull() and not event.modifiers() & CTRL:
        view.pan_by(pixels.x(), pixels.y())
    elif event.modifiers() & SHIFT:
        view.pan_by((notches.x() or notches.y()) / 2, 0)
    else:
        turned = notches.y() / 120.0
        if turned:
            view.zoom_by(2.0 ** (turned * STEP), event.position())
