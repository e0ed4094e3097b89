"""Order on the canvas: when things can be arranged, aligned, distributed and straightened; and colours.

What works out places stands in `placing` and is imported with the first of these commands.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from nndesigner.base.text import count, tr
from nndesigner.document.records import Frame, Node, Note

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

RIGHT, DOWN, LINES = "right", "down", "lines"
"""from left to right, from top to bottom, from left to right in several lines one below the other"""


# -- when ------------------------------------------------------------------------------------------------------------
def several_things(desk: Desk) -> str:
    return _at_least(desk, 2, tr("Select two or more layers, notes or frames on the canvas first."))


def three_things(desk: Desk) -> str:
    return _at_least(desk, 3, tr("Select three or more layers, notes or frames on the canvas first."))


def something_to_color(desk: Desk) -> str:
    return _at_least(desk, 1, tr("Select a layer, a note or a frame on the canvas first."))


def _at_least(desk: Desk, number: int, sentence: str) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    arrays = desk.canvas.arrays
    things = (
        id for id in desk.canvas.selection if id in arrays.index or id in arrays.notes or id in arrays.frames
    )
    return "" if sum(1 for _ in islice(things, number)) == number else sentence


# -- places ------------------------------------------------------------------------------------------------------------
def arrange(desk: Desk, direction: str = RIGHT) -> None:
    """Places the layers anew in data order; several selected ones only, where they are."""
    from nndesigner.gui.commands import placing

    placing.arrange(desk, direction)


def align(desk: Desk, side: str) -> None:
    from nndesigner.gui.commands import placing

    placing.align(desk, side)


def distribute(desk: Desk, axis: str) -> None:
    from nndesigner.gui.commands import placing

    placing.distribute(desk, axis)


def straighten(desk: Desk) -> None:
    """Makes the wires between the selected layers run level."""
    from nndesigner.gui.commands import placing

    placing.straighten(desk)


# -- looks -----------------------------------------------------------------------------------------------------------
def set_color(desk: Desk, color: str) -> None:
    """Colours what is selected; "" gives back the usual colour."""
    ids = sorted(desk.canvas.selection)
    things = [desk.session.document.get(id) for id in ids]
    number = sum(isinstance(thing, Node | Note | Frame) for thing in things)
    what = count(number, "item", "items")
    name = tr("Colour {what}", what=what) if color else tr("Usual colour of {what}", what=what)
    desk.session.edit(name, "set_look", ids=ids, color=color)


def has_color(desk: Desk, color: str) -> bool:
    """Whether everything that is selected has this colour."""
    if not desk.has_project:
        return False
    any_thing = False
    for id in desk.canvas.selection:
        thing = desk.session.document.get(id)
        if isinstance(thing, Node | Note | Frame):
            any_thing = True
            if thing.color != color:  # of thousands the first that differs says it
                return False
    return any_thing
