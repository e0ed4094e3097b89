"""Blocks: made, used, entered, left, dissolved; and what a layer means to the model: bypassed, sharing, frozen.

Each is one step that can be undone. The rules say why something cannot be done now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nndesigner.base.atomic import WriteError
from nndesigner.base.expressions import is_expression
from nndesigner.base.names import new_id
from nndesigner.base.problem import Refusal
from nndesigner.base.text import count, tr
from nndesigner.document import edits
from nndesigner.document.blocks import BLOCK, declared, has_weights, uses
from nndesigner.document.records import Network, Node
from nndesigner.document.verbs import COLUMN
from nndesigner.document.wiring import ports
from nndesigner.gui import dialogs
from nndesigner.gui.canvas.geometry import HEADER, WIDTH, snapped
from nndesigner.gui.canvas.hit import with_inside
from nndesigner.gui.commands.editing import free_place, one_step, open_end
from nndesigner.gui.dialogs import Choice
from nndesigner.gui.plain import menu_text
from nndesigner.session import library

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

OWN, LIBRARY, NEW = "block:", "library:", "new-block"
"""What the palette calls a block of the project (its id follows), one of the library (its name follows), a new one."""
_MANY = 300
"""Of so many selected layers a rule is not tried beforehand."""


def is_block_type(type: str) -> bool:
    """Whether a palette's word stands for a block rather than for a layer type."""
    return type == NEW or type.startswith((OWN, LIBRARY))


# -- rules ---------------------------------------------------------------------------------------------------------
def _ids(desk: Desk) -> list[str]:
    return [node.id for node in desk.selected_nodes()]


def _a_node(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    return "" if desk.selected_nodes() else tr("Select a layer on the canvas first.")


def _refusal(desk: Desk, verb: str, **arguments: Any) -> str:
    """Why a verb would refuse; "" where it would not."""
    if len(desk.canvas.selection) > _MANY:
        return ""
    try:
        edits.VERBS[verb](desk.session.document, **arguments)
    except Refusal as refusal:
        return str(refusal)
    return ""


def why_not_make(desk: Desk) -> str:
    return _a_node(desk) or _refusal(desk, "make_block", ids=_ids(desk))


def why_no_block(desk: Desk) -> str:
    if reason := _a_node(desk):
        return reason
    nodes = desk.selected_nodes()
    if len(nodes) != 1 or nodes[0].type != BLOCK:
        return tr("Select one block on the canvas first.")
    if nodes[0].block not in desk.session.document:
        return tr("The network of that block is not in the project: remove the block.")
    return ""


def why_not_leave(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    inside = desk.session.network != desk.session.document.main.id
    return "" if inside else tr("This is the main network: there is nothing around it.")


def why_not_bypass(desk: Desk) -> str:
    return _a_node(desk) or _refusal(desk, "set_bypass", ids=_ids(desk), bypass=True)


def is_bypassed(desk: Desk) -> bool:
    nodes = desk.selected_nodes()
    return bool(nodes) and all(node.bypass for node in nodes)


def why_not_share(desk: Desk) -> str:
    if reason := _a_node(desk):
        return reason
    first, *others = desk.in_order()
    if not others:
        return tr("Select two or more layers of one type: the first one's weights are used by the others.")
    if not any(_learns(desk, node) for node in desk.selected_nodes()):
        return tr("The selected layers have no weights: select one that has some, such as a linear layer.")
    return _refusal(desk, "share_weights", ids=others, owner=first)


def why_not_unshare(desk: Desk) -> str:
    if reason := _a_node(desk):
        return reason
    shares = any(node.shares for node in desk.selected_nodes())
    return (
        ""
        if shares
        else tr("The selected layers have weights of their own: select one that uses those of another.")
    )


def why_not_freeze(desk: Desk) -> str:
    if not desk.has_project or not desk.canvas.selection:
        return _a_node(desk)
    found = any(_learns(desk, node) for node in _framed(desk))
    return (
        ""
        if found
        else tr("The selected layers have no weights: select one that has some, such as a linear layer.")
    )


def is_frozen(desk: Desk) -> bool:
    nodes = [node for node in _framed(desk) if _learns(desk, node)]
    return bool(nodes) and all(node.frozen for node in nodes)


def _framed(desk: Desk) -> list[Node]:
    """The selected layers, and those that lie in selected frames."""
    arrays, selection = desk.canvas.arrays, desk.canvas.selection
    if not selection & arrays.frames.keys():
        return desk.selected_nodes()
    found = (desk.session.document.get(id) for id in sorted(with_inside(arrays, selection)))
    return [record for record in found if isinstance(record, Node)]


def _learns(desk: Desk, node: Node) -> bool:
    """Whether a node has weights, or may have them."""
    return has_weights(declared(desk.session.document, node), node)


# -- making and dissolving -----------------------------------------------------------------------------------------
def make(desk: Desk) -> None:
    """The selected layers become a block, wired as they were."""
    id = new_id()
    if desk.session.edit(tr("Make a block"), "make_block", ids=_ids(desk), id=id) is not None:
        desk.canvas.select([id])
        desk.canvas.flash(id)


def dissolve(desk: Desk) -> None:
    """What is inside the selected block stands in its place, and is selected."""
    desk.flush()
    node = desk.selected_nodes()[0]
    done = desk.session.editing.dissolve(node.id)
    if done is not None:
        records = [*done.added.values(), *(after for _, after in done.changed.values())]
        here = [r.id for r in records if isinstance(r, Node) and r.network == desk.session.network]
        desk.canvas.select(here)


# -- entering and leaving ------------------------------------------------------------------------------------------
def enter(desk: Desk, node: str = "") -> bool:
    """Looks into a block, the selected one if none is named; whether it is one."""
    desk.flush()
    desk.window.show_page("network")
    id = node or next(iter(_ids(desk)), "")
    return desk.session.editing.enter(id)


def leave(desk: Desk) -> None:
    """Looks at the network around; the block that was left is selected there."""
    desk.flush()
    trail = desk.session.editing.trail
    if desk.session.editing.leave() and trail:
        desk.canvas.select([trail[-1]])
    desk.canvas.setFocus()


def go_to(desk: Desk, depth: int) -> None:
    """Goes back to a step of the path from the main network."""
    desk.flush()
    path, trail = desk.session.editing.path, desk.session.editing.trail
    place = path[depth][1]
    desk.session.editing.show_network(place.network, place.trail)
    if depth < len(trail):
        desk.canvas.select([trail[depth]])
    desk.canvas.setFocus()


# -- using ---------------------------------------------------------------------------------------------------------
def append(desk: Desk, type: str) -> str:
    """Uses a block after the selected layer (or the one open end), wired to it; else in the middle of the view.

    Returns the id of the new node, "" where it was refused.
    """
    after = open_end(desk)
    document = desk.session.document
    if after:
        node = document.node(after)
        place = (node.x + COLUMN, node.y)
        while any(
            abs(n.x - place[0]) < WIDTH and abs(n.y - place[1]) < HEADER for n in document.nodes(node.network)
        ):
            place = (place[0], place[1] + 2 * HEADER)
    else:
        middle = free_place(desk, desk.canvas.mapToScene(desk.canvas.viewport().rect().center()))
        place = (middle.x(), middle.y())
    return add(desk, type, *place, after=after)


def drop(desk: Desk, type: str, x: float, y: float, edge: str) -> None:
    """A block dragged from the palette was let go over the canvas, or over a wire of it."""
    add(desk, type, x, y, edge=edge)
    desk.canvas.setFocus()


def add(
    desk: Desk, type: str, x: float, y: float, *, after: str = "", out_port: str = "", edge: str = ""
) -> str:
    """Uses a block with its corner at a place: wired after a layer (its first output, or the one that is named), or put
    into a wire. One step."""
    id = new_id()
    session = desk.session
    with one_step(desk, tr("Add {layer}", layer=_called(desk, type))):
        if not _add(desk, type, snapped(x), snapped(y), id):
            return ""
        inputs, outputs = ports(session.document, session.document.node(id))
        if edge and inputs and outputs:
            session.edit("", "splice", node=id, edge=edge)
        elif after and inputs:
            source = ports(session.document, session.document.node(after))[1]
            leaves = out_port or source[0].name
            session.edit("", "connect", source=after, out_port=leaves, target=id, in_port=inputs[0].name)
    desk.canvas.select([id])
    desk.show_node(id)
    return id


def _add(desk: Desk, type: str, x: float, y: float, id: str) -> bool:
    session = desk.session
    if type.startswith(LIBRARY):
        name = type.removeprefix(LIBRARY)
        return library.use_library_block(session.editing, name, x, y, id=id) is not None
    block = type.removeprefix(OWN)
    if type == NEW:
        block = new_id()
        if session.edit("", "new_block", name=tr("block"), id=block) is None:
            return False
    return session.edit("", "use_block", block=block, x=x, y=y, network=session.network, id=id) is not None


def _called(desk: Desk, type: str) -> str:
    if type == NEW:
        return tr("a new block")
    graph = desk.session.document.get(type.removeprefix(OWN))
    return graph.name if isinstance(graph, Network) else type.removeprefix(LIBRARY)


# -- the blocks of the project and of the library ------------------------------------------------------------------
def open_block(desk: Desk, network: str) -> None:
    """Looks into a block of the project, wherever it is used."""
    desk.flush()
    desk.window.show_page("network")
    desk.session.editing.show_network(network)
    desk.canvas.setFocus()


def rename_block(desk: Desk, network: str) -> None:
    from PySide6.QtWidgets import QInputDialog

    graph = desk.session.document.get(network)
    if isinstance(graph, Network):
        text, ok = QInputDialog.getText(desk.window, tr("Rename"), tr("Name of the block"), text=graph.name)
        if ok and text.strip() != graph.name:
            desk.session.edit(tr("Rename {name}", name=graph.name), "set_network", network=network, name=text)


def remove_block(desk: Desk, network: str) -> None:
    """Removes a block that nothing uses."""
    graph = desk.session.document.get(network)
    if isinstance(graph, Network):
        desk.session.edit(tr("Remove {name}", name=graph.name), "remove_block", network=network)


def why_not_remove_block(desk: Desk, network: str) -> str:
    number = len(uses(desk.session.document, network))
    return tr("It is used at {places}.", places=count(number, "place", "places")) if number else ""


def save_to_library(desk: Desk, network: str) -> None:
    """Writes a block into the user's library; says what it replaces first."""
    graph = desk.session.document.get(network)
    if not isinstance(graph, Network):
        return
    desk.flush()
    path = library.file_of(graph.name)
    if path.exists():
        chosen = dialogs.ask(
            desk.window,
            tr("Replace the block in the library?"),
            tr("Your library has a file {name} already.", name=path.name),
            (Choice("replace", tr("Replace"), main=True), Choice("cancel", tr("Cancel"))),
        )
        if chosen != "replace":
            return
    try:
        library.save_block_to_library(desk.session.document, network)
    except (Refusal, WriteError) as error:
        desk.say(str(error))
        return
    desk.window.news.show_blocks()
    desk.say(tr("“{name}” is in your library now.", name=graph.name))


# -- what a layer means to the model ---------------------------------------------------------------------------------
def bypass(desk: Desk) -> None:
    """Takes the selected layers out of the way, or all back in."""
    on = not is_bypassed(desk)
    ids = [n.id for n in desk.selected_nodes() if not (on and is_expression(n.bypass))]
    desk.session.edit(tr("Bypass") if on else tr("Do not bypass"), "set_bypass", ids=ids, bypass=on)


def share(desk: Desk) -> None:
    """The layers selected later use the weights of the one selected first."""
    first, *others = desk.in_order()
    desk.session.edit(tr("Share weights"), "share_weights", ids=others, owner=first)


def unshare(desk: Desk) -> None:
    ids = [node.id for node in desk.selected_nodes() if node.shares]
    desk.session.edit(tr("Stop sharing weights"), "share_weights", ids=ids, owner="")


def freeze(desk: Desk) -> None:
    """Keeps the weights of the selected layers as they are while the others learn, or lets all learn again."""
    on = not is_frozen(desk)
    ids = [node.id for node in _framed(desk) if _learns(desk, node)]
    values = {"frozen": True if on else None}
    desk.session.edit(tr("Freeze") if on else tr("Unfreeze"), "set_learning", ids=ids, values=values)


# -- the menu of a block in the palette ------------------------------------------------------------------------------
def palette_menu(desk: Desk, type: str) -> list[tuple[str, str, Any]]:
    """What can be done with a block in the palette: words, why not, and what does it."""
    if type.startswith(LIBRARY):
        return [(tr("Use"), "", lambda: append(desk, type))]
    network = type.removeprefix(OWN)
    return [
        (tr("Use"), "", lambda: append(desk, type)),
        (tr("Enter"), "", lambda: open_block(desk, network)),
        (tr("Rename…"), "", lambda: rename_block(desk, network)),
        (menu_text(tr("Save to the library")), "", lambda: save_to_library(desk, network)),
        (tr("Remove"), why_not_remove_block(desk, network), lambda: remove_block(desk, network)),
    ]
