"""The actions of the menu File: opening, saving, exporting."""

from __future__ import annotations

from nndesigner.gui.action_tables.rules import a_project, some_nodes
from nndesigner.gui.actions import Action
from nndesigner.gui.commands import filing, training, viewing

FILE: tuple[Action, ...] = (
    Action(
        id="new", text="New project", icon="new", keys=("Ctrl+N",), menu="File", section=1, run=filing.new
    ),
    Action(
        id="open",
        text="Open…",
        icon="open",
        keys=("Ctrl+O",),
        menu="File",
        section=1,
        run=filing.choose_and_open,
    ),
    Action(
        id="welcome",
        text="Templates and recent projects",
        icon="template",
        menu="File",
        section=1,
        run=viewing.show_welcome,
    ),
    Action(
        id="save",
        text="Save",
        icon="save",
        keys=("Ctrl+S",),
        menu="File",
        section=2,
        run=filing.save,
        enabled=a_project,
    ),
    Action(
        id="save-as",
        text="Save as…",
        keys=("Ctrl+Shift+S",),
        menu="File",
        section=2,
        run=filing.save_as,
        enabled=a_project,
    ),
    Action(
        id="save-picture",
        text="Save a picture of the network…",
        icon="image",
        menu="File",
        section=3,
        run=filing.save_picture,
        enabled=some_nodes,
        help="Draws the network into a PNG, SVG or PDF file.",
    ),
    Action(
        id="export",
        text="Export",
        icon="export",
        keys=("Ctrl+E",),
        menu="File",
        section=3,
        toolbar=4,
        toolbar_text=True,
        run=training.export,
        enabled=training.why_no_export,
        help="Write the trained model to a file that runs elsewhere.",
    ),
    Action(
        id="close-window",
        text="Close",
        keys=("Ctrl+W", "Ctrl+Q"),
        menu="File",
        section=4,
        run=viewing.close_window,
    ),
)
