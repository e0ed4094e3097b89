"""Looking around: pages, panels, zoom, theme, help. Nothing here changes a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from nndesigner.base.text import tr
from nndesigner.document.blocks import declared, trail_of
from nndesigner.gui import comfort, dialogs, window_state
from nndesigner.gui.commands import editing
from nndesigner.gui.commands.training import last_run
from nndesigner.gui.dialogs import Choice
from nndesigner.gui.panels import make_room
from nndesigner.gui.theme import choose_theme, theme_choice

if TYPE_CHECKING:
    from nndesigner.base.problem import Problem
    from nndesigner.gui.desk import Desk
    from nndesigner.layers.declaration import Layer


def undo(desk: Desk) -> None:
    desk.flush()
    desk.session.undo()


def redo(desk: Desk) -> None:
    desk.session.redo()


# -- pages and panels ----------------------------------------------------------------------------------------------
def show_welcome(desk: Desk) -> None:
    desk.window.show_welcome()


def show_network(desk: Desk) -> None:
    desk.window.show_page("network")
    desk.canvas.setFocus()


def show_data(desk: Desk) -> None:
    desk.window.show_page("data")
    page = desk.window.data_page.view
    QTimer.singleShot(0, page, lambda: _enter(page))


def focus_palette(desk: Desk) -> None:
    desk.window.raise_panel("palette")
    desk.window.palette_panel.focus_search()


def reset_layout(desk: Desk) -> None:
    desk.window.reset_layout()


def show_analyzer(desk: Desk) -> None:
    """What every layer costs, with room to be read."""
    _show_with_room(desk, "analyzer")


def show_code(desk: Desk) -> None:
    """The network as Python source, with room to be read."""
    _show_with_room(desk, "code")


def _show_with_room(desk: Desk, name: str) -> None:
    dock = desk.window.docks.get(name)
    if dock is not None:
        desk.window.raise_panel(name)
        dock.fill()
        make_room(desk.window, dock)


def mark_heavy(desk: Desk) -> None:
    """Heavy layers are marked on the canvas, or no longer."""
    panel = desk.window.docks["analyzer"].fill()
    panel.mark_button.toggle()  # type: ignore[attr-defined]


def marks_heavy(desk: Desk) -> bool:
    """Whether heavy layers are marked; asked before the panel was ever seen, too."""
    docks: dict = getattr(desk.window, "docks", {})
    panel = docks["analyzer"].content if "analyzer" in docks else None
    return panel is not None and panel.mark_button.isChecked()


def mark_fitting(desk: Desk) -> None:
    """What each layer keeps of the last run's weights is marked on the canvas, or no longer."""
    desk.window.fitting_marks.toggle()


def marks_fitting(desk: Desk) -> bool:
    """Whether what is kept is marked; asked before anything was ever marked, too."""
    marks = vars(desk.window).get("fitting_marks")
    return marks is not None and marks.on


def why_not_mark_fitting(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    return "" if last_run(desk) or marks_fitting(desk) else tr("No run has a checkpoint yet: train first.")


def pin_preview(desk: Desk, node: str = "") -> None:
    """The live views stay with a layer, the selected one if none is named, or follow the selection again."""
    chosen = node or desk.selected_nodes()[0].id
    desk.window.raise_panel("monitors")
    desk.window.docks["monitors"].fill().pin(chosen)  # type: ignore[attr-defined]


def pins_preview(desk: Desk) -> bool:
    """Whether the live views stay with the selected layer; asked before the panel was ever seen, too."""
    docks: dict = getattr(desk.window, "docks", {})
    panel = docks["monitors"].content if "monitors" in docks else None
    chosen = desk.selected_nodes()
    return panel is not None and len(chosen) == 1 and panel.pinned == chosen[0].id


def close_window(desk: Desk) -> None:
    desk.window.close()


# -- the canvas ----------------------------------------------------------------------------------------------------
def fit(desk: Desk) -> None:
    desk.canvas.fit()


def fit_selection(desk: Desk) -> None:
    desk.canvas.fit_selection()


def ask_for_layer(desk: Desk) -> None:
    show_network(desk)
    desk.window.asking.for_layer(place_by_key(desk))


def place_by_key(desk: Desk) -> QPointF:
    """Where a layer goes that is asked for by key: to the pointer; with the pointer elsewhere, near the middle of the
    view, where no other layer is."""
    canvas = desk.canvas
    place = canvas.cursor_point()
    middle = canvas.mapToScene(canvas.viewport().rect().center())
    return editing.free_middle(desk, place) if place == middle else place


def rename(desk: Desk) -> None:
    desk.window.raise_panel("inspector")
    desk.inspector.focus_name()


def open_node(desk: Desk, id: str) -> None:
    """A double-click: enters a block, shows the settings of any other layer."""
    if not desk.session.editing.enter(id):
        show_settings(desk)


def show_settings(desk: Desk) -> None:
    desk.window.raise_panel("inspector")
    desk.inspector.focus_field()


def show_plan_field(desk: Desk, name: str) -> None:
    """A setting of the training plan, with the keyboard in it."""
    desk.window.raise_panel("training")
    desk.window.docks["training"].fill().focus_field(name)  # type: ignore[attr-defined]


def show_problem(desk: Desk, problem: Problem) -> None:
    """Brings the place of a problem into sight and lets it light up."""
    where = problem.where
    document, editing = desk.session.document, desk.session.editing
    if where.node and where.node in document:
        desk.window.show_page("network")
        network = document.node(where.node).network
        if network != editing.network:
            editing.show_network(network, trail_of(document, where))
        desk.canvas.select([where.node])
        desk.show_node(where.node)
        desk.canvas.flash(where.node)
        if where.field:
            desk.window.raise_panel("inspector")
            desk.inspector.focus_field(where.field)
    elif problem.code in ("no-data", "data"):
        desk.window.show_page("data")


def show_first_problem(desk: Desk) -> None:
    desk.window.raise_panel("problems")
    problems = desk.session.problems
    if problems:
        show_problem(desk, problems[0])
    else:
        desk.say(tr("No problems: the network fits together."))


# -- theme and help ------------------------------------------------------------------------------------------------
def chosen() -> str:
    app = QApplication.instance()
    return theme_choice(app) if isinstance(app, QApplication) else "system"


def choose(desk: Desk, choice: str) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    choose_theme(app, choice)
    window_state.change(theme=choice)


def chosen_text() -> str:
    """The size of the window's text that was chosen."""
    app = QApplication.instance()
    return comfort.text_size(app) if isinstance(app, QApplication) else comfort.NORMAL


def choose_text(desk: Desk, size: str) -> None:
    """Another size of text, in the window and, through its actual size, on the canvas."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = comfort.text_scale(app)
    comfort.choose_text_size(app, size)
    window_state.change(text_size=size)
    desk.canvas.natural = comfort.text_scale(app)
    desk.canvas.zoom_by(desk.canvas.natural / before)


def has_less_motion() -> bool:
    return comfort.less_motion()


def switch_motion(desk: Desk) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    less = not comfort.less_motion()
    comfort.choose_less_motion(app, less)
    window_state.change(less_motion=less)


# -- panels by key -------------------------------------------------------------------------------------------------
def why_no_panels(desk: Desk) -> str:
    return "" if desk.has_project else tr("Open or start a project first.")


def go_to_panel(desk: Desk, name: str) -> None:
    """Brings a panel to the front and puts the keyboard into it."""
    window = desk.window
    window.raise_panel(name)
    dock = window.docks[name]
    content = dock.fill()
    QTimer.singleShot(0, content, lambda: _enter(content))  # a panel that was just made has no place yet


def _enter(content: QWidget) -> None:
    """The first thing in a panel that takes the keyboard."""
    reason = Qt.FocusReason.ShortcutFocusReason
    if content.focusProxy() is not None or content.focusPolicy() & Qt.FocusPolicy.TabFocus:
        content.setFocus(reason)
        return
    found = content.nextInFocusChain()
    while found is not None and found is not content:
        takes = bool(found.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes and content.isAncestorOf(found) and found.isVisible() and found.isEnabled():
            found.setFocus(reason)
            return
        found = found.nextInFocusChain()
    content.setFocus(reason)  # nothing in it can be used now: it is told by its name


def _explained(desk: Desk) -> Layer | None:
    """The layer that help is asked about: picked in the palette while that has the keyboard, else the selected one."""
    picked = desk.window.palette_panel.asked_about()
    if picked is not None:
        return picked
    chosen = desk.selected_nodes() if desk.has_project else []
    return declared(desk.session.document, chosen[0]) if len(chosen) == 1 else None


def help_words(desk: Desk) -> str:
    found = _explained(desk)
    return tr("Help on {layer}", layer=tr(found.label)) if found is not None else tr("Help on the layer")


def why_no_help(desk: Desk) -> str:
    return (
        "" if _explained(desk) is not None else tr("Select one layer on the canvas or in the palette first.")
    )


def show_layer_help(desk: Desk) -> None:
    """The page of the layer at hand."""
    found = _explained(desk)
    if found is not None:
        desk.window.help_page.show_layer(found)


def show_tour(desk: Desk) -> None:
    from nndesigner.gui.tour import show_tour

    show_tour(desk)


def show_about(desk: Desk) -> None:
    from importlib import metadata

    try:
        version = metadata.version("nndesigner")
    except metadata.PackageNotFoundError:
        version = "?"
    ready = desk.window.worker_versions()
    detail = "\n".join(f"{name} {number}" for name, number in sorted(ready.items()))
    dialogs.ask(
        desk.window,
        tr("nndesigner {version}", version=version),
        tr(
            "Draw a neural network, train it, watch it learn, and take the model elsewhere. Free software, MIT."
        ),
        (Choice("ok", tr("OK"), main=True),),
        icon_name="app",
        detail=detail,
    )
