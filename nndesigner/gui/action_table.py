"""All actions of the window in one table: menus, toolbar, keys, tooltips and the list of shortcuts are made from it.

What an action does stands in `gui/commands/`; this file only says when it can be done and where it is found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.base.text import tr
from nndesigner.gui.actions import Action
from nndesigner.gui.commands import adding, editing, filing, training, viewing

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

MENUS = ("File", "Edit", "Network", "Train", "View", "Help")


# -- when something can be done: "" or the sentence why not ------------------------------------------------------
def a_project(desk: Desk) -> str:
    return "" if desk.has_project else tr("Open or start a project first.")


def a_selection(desk: Desk) -> str:
    return a_project(desk) or ("" if desk.canvas.selection else tr("Select something on the canvas first."))


def a_node(desk: Desk) -> str:
    return a_project(desk) or ("" if desk.selected_nodes() else tr("Select a layer on the canvas first."))


def one_node(desk: Desk) -> str:
    many = len(desk.selected_nodes()) > 1
    return a_node(desk) or (tr("Several layers are selected: select only one of them.") if many else "")


def several_nodes(desk: Desk) -> str:
    few = len(desk.selected_nodes()) < 2
    return a_project(desk) or (tr("Select two or more layers on the canvas first.") if few else "")


def some_nodes(desk: Desk) -> str:
    empty = not desk.session.document.nodes(desk.session.network)
    return a_project(desk) or (tr("There is nothing on the canvas yet: add a layer first.") if empty else "")


def a_piece(desk: Desk) -> str:
    return a_project(desk) or ("" if editing.clipboard_holds_piece() else tr("Copy some layers first."))


def something_to_undo(desk: Desk) -> str:
    return "" if desk.session.editing.undo_name else tr("There is nothing to undo: edit something first.")


def something_to_redo(desk: Desk) -> str:
    return "" if desk.session.editing.redo_name else tr("There is nothing to redo: undo an edit first.")


TABLE: tuple[Action, ...] = (
    # -- File
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
    # -- Edit
    Action(
        id="undo",
        text="Undo",
        icon="undo",
        keys=("Ctrl+Z",),
        menu="Edit",
        section=1,
        toolbar=2,
        run=viewing.undo,
        enabled=something_to_undo,
        words=lambda desk: (
            tr("Undo {name}", name=desk.session.editing.undo_name)
            if desk.session.editing.undo_name
            else tr("Undo")
        ),
    ),
    Action(
        id="redo",
        text="Redo",
        icon="redo",
        keys=("Ctrl+Shift+Z", "Ctrl+Y"),
        menu="Edit",
        section=1,
        toolbar=2,
        run=viewing.redo,
        enabled=something_to_redo,
        words=lambda desk: (
            tr("Redo {name}", name=desk.session.editing.redo_name)
            if desk.session.editing.redo_name
            else tr("Redo")
        ),
    ),
    Action(
        id="cut",
        text="Cut",
        icon="cut",
        keys=("Ctrl+X",),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.cut_selection,
        enabled=a_node,
    ),
    Action(
        id="copy",
        text="Copy",
        icon="copy",
        keys=("Ctrl+C",),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.copy_selection,
        enabled=a_node,
    ),
    Action(
        id="paste",
        text="Paste",
        icon="paste",
        keys=("Ctrl+V",),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.paste,
        enabled=a_piece,
    ),
    Action(
        id="duplicate",
        text="Duplicate",
        icon="duplicate",
        keys=("Ctrl+D", "Shift+D"),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.duplicate,
        enabled=a_node,
    ),
    Action(
        id="duplicate-wired",
        text="Duplicate with input wires",
        keys=("Ctrl+Shift+D",),
        menu="Edit",
        section=2,
        where="canvas",
        run=editing.duplicate_with_inputs,
        enabled=a_node,
    ),
    Action(
        id="delete",
        text="Delete",
        icon="delete",
        keys=("Del", "Backspace"),
        menu="Edit",
        section=3,
        where="canvas",
        run=editing.delete_selection,
        enabled=a_selection,
    ),
    Action(
        id="delete-reconnect",
        text="Delete and reconnect",
        keys=("Ctrl+Del",),
        menu="Edit",
        section=3,
        where="canvas",
        run=editing.delete_and_reconnect,
        enabled=a_node,
        help="Removes the selected layers and joins what was before them with what was after.",
    ),
    Action(
        id="select-all",
        text="Select all",
        icon="select-all",
        keys=("Ctrl+A",),
        menu="Edit",
        section=4,
        where="canvas",
        run=editing.select_all,
        enabled=some_nodes,
    ),
    Action(
        id="select-downstream",
        text="Select what follows",
        keys=("L",),
        menu="Edit",
        section=4,
        where="canvas",
        run=lambda desk: editing.select_linked(desk, True),
        enabled=a_node,
    ),
    Action(
        id="select-upstream",
        text="Select what leads here",
        keys=("Shift+L",),
        menu="Edit",
        section=4,
        where="canvas",
        run=lambda desk: editing.select_linked(desk, False),
        enabled=a_node,
    ),
    # -- Network
    Action(
        id="add",
        text="Add a layer…",
        icon="add",
        keys=("Shift+A",),
        menu="Network",
        section=1,
        run=viewing.ask_for_layer,
        enabled=a_project,
    ),
    Action(
        id="connect",
        text="Connect the selected layers",
        icon="wire",
        keys=("C",),
        menu="Network",
        section=1,
        where="canvas",
        run=editing.connect_selected,
        enabled=several_nodes,
        help="Wires the selected layers one after the other, from left to right.",
    ),
    Action(
        id="rename",
        text="Rename",
        icon="rename",
        keys=("F2",),
        menu="Network",
        section=2,
        where="canvas",
        run=viewing.rename,
        enabled=a_node,
    ),
    Action(
        id="properties",
        text="Settings of the layer",
        icon="settings",
        keys=("Return", "Enter"),
        menu="Network",
        section=2,
        where="canvas",
        run=viewing.show_settings,
        enabled=a_node,
    ),
    Action(
        id="swap",
        text="Replace by another layer…",
        keys=("Shift+S",),
        menu="Network",
        section=2,
        where="canvas",
        run=adding.swap,
        enabled=one_node,
        help="Offers the layers that fit in the place of the selected one; wires and equal settings stay.",
    ),
    Action(
        id="note",
        text="Add a note",
        icon="text",
        keys=("N",),
        menu="Network",
        section=2,
        where="canvas",
        run=editing.add_note,
        enabled=a_project,
    ),
    Action(
        id="arrange",
        text="Arrange",
        icon="layout",
        keys=("Ctrl+L",),
        menu="Network",
        section=3,
        toolbar=3,
        run=editing.arrange,
        enabled=some_nodes,
        help="Places the layers from left to right, in the order of the data.",
    ),
    Action(
        id="straighten",
        text="Straighten",
        keys=("Q",),
        menu="Network",
        section=3,
        where="canvas",
        run=editing.straighten,
        enabled=several_nodes,
    ),
    Action(
        id="check",
        text="Go to the first problem",
        icon="warning",
        keys=("F7",),
        menu="Network",
        section=4,
        run=viewing.show_first_problem,
        enabled=a_project,
    ),
    Action(
        id="analyzer",
        text="Show what every layer costs",
        icon="table",
        keys=("F8",),
        menu="Network",
        section=5,
        run=viewing.show_analyzer,
        enabled=a_project,
        help="Parameters, operations and memory of every layer, receptive fields and totals.",
    ),
    Action(
        id="mark-heavy",
        text="Mark heavy layers",
        icon="speed",
        keys=("Shift+F8",),
        menu="Network",
        section=5,
        run=viewing.mark_heavy,
        enabled=a_project,
        checked=viewing.marks_heavy,
        help="Tints the layers that have most of the parameters or operations.",
    ),
    # -- Train
    Action(
        id="train",
        text="Train",
        icon="run",
        keys=("F5", "Ctrl+Return"),
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
    # -- View
    Action(
        id="fit",
        text="Show everything",
        icon="fit",
        keys=("Home",),
        menu="View",
        section=1,
        toolbar=3,
        run=viewing.fit,
        enabled=a_project,
    ),
    Action(
        id="fit-selection",
        text="Show the selection",
        keys=("F", "."),
        menu="View",
        section=1,
        where="canvas",
        run=viewing.fit_selection,
        enabled=a_selection,
    ),
    Action(
        id="zoom-in",
        text="Zoom in",
        icon="zoom-in",
        keys=("Ctrl++", "Ctrl+="),
        menu="View",
        section=1,
        run=lambda desk: desk.canvas.zoom_by(1.25),
        enabled=a_project,
    ),
    Action(
        id="zoom-out",
        text="Zoom out",
        icon="zoom-out",
        keys=("Ctrl+-",),
        menu="View",
        section=1,
        run=lambda desk: desk.canvas.zoom_by(0.8),
        enabled=a_project,
    ),
    Action(
        id="zoom-reset",
        text="Actual size",
        icon="actual-size",
        keys=("Ctrl+0",),
        menu="View",
        section=1,
        run=lambda desk: desk.canvas.reset_zoom(),
        enabled=a_project,
    ),
    Action(
        id="find-layer",
        text="Search the palette",
        icon="search",
        keys=("Ctrl+K",),
        menu="View",
        section=2,
        run=viewing.focus_palette,
        enabled=a_project,
    ),
    Action(
        id="show-network",
        text="Network",
        icon="network",
        keys=("Ctrl+1",),
        menu="View",
        section=2,
        run=viewing.show_network,
        enabled=a_project,
    ),
    Action(
        id="show-data",
        text="Data",
        icon="data",
        keys=("Ctrl+2",),
        menu="View",
        section=2,
        run=viewing.show_data,
        enabled=a_project,
    ),
    Action(
        id="theme-system",
        text="Colours as the desktop",
        icon="theme",
        menu="View",
        section=8,
        run=lambda desk: viewing.choose(desk, "system"),
        checked=lambda desk: viewing.chosen() == "system",
    ),
    Action(
        id="theme-light",
        text="Light colours",
        icon="sun",
        menu="View",
        section=8,
        run=lambda desk: viewing.choose(desk, "light"),
        checked=lambda desk: viewing.chosen() == "light",
    ),
    Action(
        id="theme-dark",
        text="Dark colours",
        icon="moon",
        menu="View",
        section=8,
        run=lambda desk: viewing.choose(desk, "dark"),
        checked=lambda desk: viewing.chosen() == "dark",
    ),
    Action(id="reset-layout", text="Put all panels back", menu="View", section=9, run=viewing.reset_layout),
    # -- Help
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
