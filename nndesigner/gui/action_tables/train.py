"""The actions of the menu Train: starting, pausing and stopping a run."""

from __future__ import annotations

from nndesigner.base.text import tr
from nndesigner.gui.actions import Action
from nndesigner.gui.commands import training

TRAIN: tuple[Action, ...] = (
    Action(
        id="train",
        text="Train",
        icon="run",
        keys=("F5", "Ctrl+Return", "Ctrl+Enter"),
        menu="Train",
        section=1,
        toolbar=1,
        toolbar_text=True,
        primary=True,
        run=training.train,
        enabled=training.why_not_train,
        help="Start a new run from the seed.",
    ),
    Action(
        id="continue",
        text="Continue the last run",
        icon="arrow-right",
        keys=("Ctrl+F5",),
        menu="Train",
        section=1,
        run=training.continue_run,
        enabled=training.why_not_continue,
        help="Go on training from the newest checkpoint.",
    ),
    Action(
        id="pause",
        text="Pause",
        icon="pause",
        keys=("F6",),
        menu="Train",
        section=2,
        toolbar=1,
        run=training.pause,
        enabled=training.why_not_pause,
        checked=training.is_paused,
        words=lambda desk: tr("Go on") if training.is_paused(desk) else tr("Pause"),
    ),
    Action(
        id="step",
        text="One batch",
        icon="step",
        keys=("F10",),
        menu="Train",
        section=2,
        toolbar=1,
        run=training.step,
        enabled=training.why_not_step,
        help="Train one batch, then stand still.",
    ),
    Action(
        id="stop",
        text="Stop",
        icon="stop",
        keys=("Shift+F5",),
        menu="Train",
        section=2,
        toolbar=1,
        run=training.stop,
        enabled=training.why_not_stop,
        help="Stop training; a checkpoint is written first.",
    ),
)
