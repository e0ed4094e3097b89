"""The actions of the menu Help: help on layers, keys, about."""

from __future__ import annotations

from nndesigner.gui.actions import Action
from nndesigner.gui.commands import viewing

HELP: tuple[Action, ...] = (
    Action(
        id="layer-help",
        text="Help on the layer",
        icon="help",
        keys=("F1",),
        menu="Help",
        section=1,
        run=viewing.show_layer_help,
        words=viewing.help_words,
        help="What a layer does, its formula and its settings; without a selection, the keys and gestures.",
    ),
    Action(
        id="shortcuts",
        text="Keys and gestures",
        icon="keyboard",
        keys=("Ctrl+/",),
        menu="Help",
        section=1,
        run=viewing.show_shortcuts,
    ),
    Action(id="about", text="About nndesigner", icon="info", menu="Help", section=2, run=viewing.show_about),
)
