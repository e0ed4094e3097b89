"""Questions and messages in plain words: one dialog with a title, a sentence and buttons that say what they do.

It decides nothing: it gives back which button was pressed. The dialog itself is imported with the first question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from nndesigner.base.text import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class Choice(NamedTuple):
    """A button: the word that comes back, its text, and whether it is the one that Return presses."""

    word: str
    text: str
    main: bool = False
    danger: bool = False


def ask(parent: QWidget | None, title: str, sentence: str, choices: Sequence[Choice], **more: str) -> str:
    """Shows a question and waits; the word of the button, or "" where it was left."""
    from nndesigner.gui.question import Question

    question = Question(parent, title, sentence, choices, **more)  # type: ignore[arg-type]
    try:
        question.exec()
        return question.answer
    finally:
        question.deleteLater()


def tell(parent: QWidget | None, title: str, sentence: str, detail: str = "") -> None:
    """Something could not be done: says so and waits until it was read."""
    close = (Choice("ok", tr("OK"), main=True),)
    ask(parent, title, sentence, close, icon_name="warning", icon_role="warning", detail=detail)


# -- the questions that the window asks ---------------------------------------------------------------------------
def ask_unsaved(parent: QWidget | None, name: str) -> str:
    """ "save", "discard", or "" to go on editing."""
    return ask(
        parent,
        tr("Save the changes to “{name}”?", name=name),
        tr("If you do not save, the changes since the last save are lost."),
        (
            Choice("discard", tr("Do not save"), danger=True),
            Choice("", tr("Cancel")),
            Choice("save", tr("Save"), main=True),
        ),
        icon_name="save",
    )


def ask_running(parent: QWidget | None, runs: str) -> str:
    """What becomes of training when the window closes: "detach", "stop", or "" to stay."""
    return ask(
        parent,
        tr("Training is still running"),
        tr(
            "{runs} can go on without the window, and you can watch it again when you open the project next time."
            " Or it can stop now: a checkpoint is written first, so that it can be continued later.",
            runs=runs,
        ),
        (
            Choice("stop", tr("Stop and close")),
            Choice("", tr("Cancel")),
            Choice("detach", tr("Go on without the window"), main=True),
        ),
        icon_name="training",
    )


def ask_recovered(parent: QWidget | None, name: str, edits: str) -> str:
    """A journal with unsaved edits was found: "restore", "discard", or "" for later."""
    return ask(
        parent,
        tr("Restore unsaved work?"),
        tr(
            "nndesigner was not closed properly. {edits} of “{name}” had not been saved.",
            edits=edits,
            name=name,
        ),
        (
            Choice("discard", tr("Discard"), danger=True),
            Choice("", tr("Decide later")),
            Choice("restore", tr("Restore"), main=True),
        ),
        icon_name="history",
    )
