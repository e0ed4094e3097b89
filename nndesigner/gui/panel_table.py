"""The panels of the window, in the order in which they stand as tabs. What each shows is in its own file."""

from __future__ import annotations

from nndesigner.gui.panels import BOTTOM, LEFT, RIGHT, Panel

PANELS: tuple[Panel, ...] = (
    Panel(id="palette", title="Layers", area=LEFT, make=lambda desk: desk.window.palette_panel),
    Panel(id="inspector", title="Inspector", area=RIGHT, make=lambda desk: desk.inspector),
    Panel(id="problems", title="Problems", area=BOTTOM, make=lambda desk: desk.window.problems_panel),
)
