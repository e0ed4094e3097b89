"""The actions of the menu Help: help on layers, keys, about."""

from __future__ import annotations

from nndesigner.gui.actions import Action
from nndesigner.gui.commands import keying, viewing

HELP: tuple[Action, ...] = (
    Action(
        id="shortcuts",
        text="Keys and gestures",
        icon="keyboard",
        keys=("F1", "Ctrl+/"),
        menu="Help",
        section=1,
        run=keying.show_shortcuts,
        help="The keys that work right now, and what the mouse does on the canvas.",
    ),
    Action(
        id="layer-help",
        text="Help on the layer",
        icon="help",
        keys=("Shift+F1",),
        menu="Help",
        section=1,
        run=viewing.show_layer_help,
        enabled=viewing.why_no_help,
        words=viewing.help_words,
        help="What a layer does, its formula and its settings.",
    ),
    Action(
        id="tour",
        text="Guided tour",
        icon="pin",
        menu="Help",
        section=1,
        run=viewing.show_tour,
        help="Six stations through the window, with your project or with an example; Esc leaves.",
        also="tutorial introduction",
    ),
    Action(id="about", text="About nndesigner", icon="info", menu="Help", section=2, run=viewing.show_about),
)
