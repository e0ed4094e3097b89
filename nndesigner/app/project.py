"""A project file as the commands take it: opened, what was mended said, its data known, its plan set by options."""

from __future__ import annotations

from pathlib import Path

from nndesigner.app.command import wrong
from nndesigner.app.terminal import note
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.project.reader import Opened, open_project


def open_file(path: Path) -> Opened:
    """The project in a file; what was mended on the way is noted. Raises CommandError."""
    try:
        opened = open_project(path)
    except Refusal as refusal:
        raise wrong(str(refusal)) from None
    for warning in opened.warnings:
        note(tr("{name}: {warning}", name=path.name, warning=warning))
    if not opened.document.networks:
        raise wrong(tr("{name} holds no network.", name=path.name))
    return opened
