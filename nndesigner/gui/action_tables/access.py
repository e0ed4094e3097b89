"""Rows of the table of actions that are made from lists: one for each panel, one for each size of text, motion."""

from __future__ import annotations

from nndesigner.gui.actions import Action
from nndesigner.gui.comfort import TEXT_SIZES
from nndesigner.gui.commands import viewing
from nndesigner.gui.panel_table import PANELS

_WORDS = {
    "smaller": "Smaller text",
    "normal": "Normal text",
    "larger": "Larger text",
    "largest": "Largest text",
}


SUBMENUS = ("Panels", "Text size")
"""of the View menu"""


_NUMBERED = sorted(PANELS, key=lambda panel: panel.hidden)
"""Those that are in sight from the first have the first keys."""


def _panel(number: int, name: str, title: str) -> Action:
    return Action(
        id=f"go-{name}",
        text=f"Go to: {title}",
        keys=(f"Alt+{number % 10}",) if number <= 10 else (),
        menu="Panels",
        section=1,
        run=lambda desk: viewing.go_to_panel(desk, name),
        enabled=viewing.why_no_panels,
        help="Brings the panel to the front and puts the keyboard into it.",
    )


def _text(size: str) -> Action:
    return Action(
        id=f"text-{size}",
        text=_WORDS[size],
        menu="Text size",
        run=lambda desk: viewing.choose_text(desk, size),
        checked=lambda desk: viewing.chosen_text() == size,
    )


ACCESS: tuple[Action, ...] = (
    *(_panel(number, panel.id, panel.title) for number, panel in enumerate(_NUMBERED, 1)),
    *(_text(size) for size in TEXT_SIZES),
    Action(
        id="less-motion",
        text="Less motion",
        menu="View",
        section=8,
        run=viewing.switch_motion,
        checked=lambda desk: viewing.has_less_motion(),
        help="What lights up for a moment stands still instead of fading.",
    ),
)
