"""Layers and their wires: pulled out of a chain, freed of all wires."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nndesigner.base.text import count, tr
from nndesigner.document.records import Edge
from nndesigner.gui.canvas.geometry import GRID

if TYPE_CHECKING:
    from nndesigner.gui.desk import Desk

ASIDE = 5 * GRID
"""Scene units: so far down goes what is pulled out of a chain."""


def _chosen(desk: Desk) -> set[str]:
    return {node.id for node in desk.selected_nodes()}


def _wires(desk: Desk) -> Iterator[Edge]:
    """The wires between the selected layers and others."""
    chosen, document = _chosen(desk), desk.session.document
    for id in chosen:
        for edge in document.edges_of(id):
            if (edge.source in chosen) != (edge.target in chosen):
                yield edge


def _what(desk: Desk) -> str:
    nodes = desk.selected_nodes()
    return nodes[0].name if len(nodes) == 1 else count(len(nodes), "layer", "layers")


def why_no_wires(desk: Desk) -> str:
    if not desk.has_project:
        return tr("Open or start a project first.")
    if not desk.selected_nodes():
        return tr("Select a layer on the canvas first.")
    return "" if any(_wires(desk)) else tr("It is in no chain: select a layer that is wired to others.")


def pull_out(desk: Desk) -> None:
    """Takes the selected layers out of their chain, which closes behind them."""
    name = tr("Pull out {what}", what=_what(desk))
    desk.session.edit(name, "pull_out", ids=sorted(_chosen(desk)), dy=ASIDE)


def disconnect(desk: Desk) -> None:
    """Removes the wires between the selected layers and others."""
    desk.session.edit(tr("Disconnect {what}", what=_what(desk)), "remove", ids=[e.id for e in _wires(desk)])
