"""The stations of the first tour, in order: what each says, what it points at, and the real action that it waits for.

A table; how it is shown stands in `gui/tour.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtWidgets import QWidget

from nndesigner.base.text import tr
from nndesigner.document.diff import Diff
from nndesigner.document.records import Node

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

Leave = Callable[[], object]


def _nothing(desk: Desk, go_on: Callable[[], None]) -> Leave:
    return lambda: None


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """One station. `target` is the widget to point at, `also` another that is needed and not dimmed; `panel` is brought
    to the front first. `wait` calls the function
    it is given once the user has done what the station asks for, and returns what ends the waiting."""

    title: str
    text: str
    target: Callable[[Desk], QWidget]
    also: Callable[[Desk], QWidget] | None = None
    panel: str = ""
    wait: Callable[[Desk, Callable[[], None]], Leave] = _nothing
    asks: bool = False
    """whether it waits; who does not want to do it goes on with the button"""


# -- what is waited for --------------------------------------------------------------------------------------------
def _layer_added(desk: Desk, go_on: Callable[[], None]) -> Leave:
    def changed(diff: Diff) -> None:
        if any(isinstance(record, Node) for record in diff.added.values()):
            go_on()

    return desk.session.changed.connect(changed)


def _layer_selected(desk: Desk, go_on: Callable[[], None]) -> Leave:
    def selected(_: object) -> None:
        if desk.selected_nodes():
            go_on()

    desk.canvas.selectionChanged.connect(selected)
    return lambda: desk.canvas.selectionChanged.disconnect(selected)


def _training_begun(desk: Desk, go_on: Callable[[], None]) -> Leave:
    training = desk.session.training
    return training.changed.connect(lambda: go_on() if training.busy else None)


# -- what is pointed at --------------------------------------------------------------------------------------------
def _dock(id: str) -> Callable[[Desk], QWidget]:
    return lambda desk: desk.window.docks[id]


def _canvas(desk: Desk) -> QWidget:
    return desk.canvas


def _button(id: str) -> Callable[[Desk], QWidget]:
    return lambda desk: desk.window.toolbar.widgetForAction(desk.window.actions_.made[id])


STATIONS: tuple[Station, ...] = (
    Station(
        title=tr("This is a network"),
        text=tr(
            "Data flows from left to right. Each card is a layer. The wheel zooms: from near, the small numbers on the"
            " wires are the shapes that flow there. The right or the middle mouse button moves the canvas."
        ),
        target=_canvas,
    ),
    Station(
        title=tr("Add a layer"),
        text=tr(
            "Double-click a layer here to put it behind the selected one, or drag it onto the canvas or onto a wire."
            " A click on its star keeps it at the top. Try it: add a Dropout."
        ),
        target=_dock("palette"),
        also=_canvas,
        panel="palette",
        wait=_layer_added,
        asks=True,
    ),
    Station(
        title=tr("Set it up"),
        text=tr(
            "Click a layer on the canvas: its settings appear here, with what each of them means. With several"
            " selected you change all of them at once."
        ),
        target=_dock("inspector"),
        also=_canvas,
        panel="inspector",
        wait=_layer_selected,
        asks=True,
    ),
    Station(
        title=tr("Nothing can go wrong unseen"),
        text=tr(
            "Every change is checked at once. What does not fit turns red and is listed under Problems, mostly with a"
            " button that mends it. Ctrl+Z takes back everything that you do."
        ),
        target=_dock("problems"),
        panel="problems",
    ),
    Station(
        title=tr("Train it"),
        text=tr(
            "Press Train. The curves appear below while it learns; you can pause it, stop it, and go on later."
        ),
        target=_button("train"),
        wait=_training_begun,
        asks=True,
    ),
    Station(
        title=tr("Take it with you"),
        text=tr(
            "Under “Try it” you feed the trained model. Export writes it for PyTorch, ONNX and others, and every file"
            " is tested before you get it. This tour stays in the Help menu."
        ),
        target=_button("export"),
    ),
)
