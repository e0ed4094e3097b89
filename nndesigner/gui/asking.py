"""What is asked at a place of the canvas: for a layer to add, for one of several on offer, for a port to wire to.

The lists are made when they are first needed, and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF

from nndesigner.gui.block_list import BlockEntry, blocks_listed
from nndesigner.gui.canvas.hit import Hit
from nndesigner.gui.commands import adding

if TYPE_CHECKING:
    from nndesigner.gui.add_popup import AddPopup
    from nndesigner.gui.commands.wiring import Target
    from nndesigner.gui.desk import Desk
    from nndesigner.gui.target_popup import TargetPopup
    from nndesigner.layers.fitting import Offer


class Asking:
    """The lists of one window."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._on_popup: Callable[[str], object] = lambda type: None

    @cached_property
    def popup(self) -> AddPopup:
        from nndesigner.gui.add_popup import AddPopup

        made = AddPopup(self._desk.window, self._desk.window.palette_panel.usual)
        made.chosen.connect(lambda type: self._on_popup(type))
        return made

    @cached_property
    def target_popup(self) -> TargetPopup:
        from nndesigner.gui.target_popup import TargetPopup

        return TargetPopup(self._desk.window)

    def for_layer(self, place: QPointF, text: str = "") -> None:
        """Opens the search for a layer to add at a scene point."""
        self._on_popup = lambda type: adding.add_chosen(self._desk, type, place)
        self.popup.ask(self._on_screen(place), text=text, blocks=self._blocks())

    def for_offer(
        self,
        place: QPointF,
        offered: Sequence[Offer],
        hint: str,
        take: Callable[[Offer], object],
        use: Callable[[str], object] | None = None,
    ) -> None:
        """Opens the search for one of the layers that the catalogue offers for a place; for a block too where `use`
        says what becomes of one."""
        by_type = {offer.layer.type: offer for offer in offered}
        self._on_popup = lambda type: take(by_type[type]) if type in by_type or use is None else use(type)
        blocks = self._blocks() if use is not None else []
        self.popup.ask(self._on_screen(place), offered, hint, blocks=blocks)

    def for_target(
        self, at: Hit, targets: Sequence[Target], hint: str, take: Callable[[Target], object]
    ) -> None:
        """Opens the list of ports that a port can be wired to, beside it."""
        x, y = self._desk.canvas.arrays.port_place(at.id, at.side, at.port)
        self.target_popup.ask(self._on_screen(QPointF(x + 12, y + 12)), targets, hint, take)

    def _blocks(self) -> list[BlockEntry]:
        """Blocks of the project and of the library that may stand in the network that is looked at."""
        listed = blocks_listed(self._desk.session.document, self._desk.session.network)
        return [entry for _, group in listed for entry in group]

    def _on_screen(self, place: QPointF) -> QPoint:
        return self._desk.canvas.viewport().mapToGlobal(self._desk.canvas.mapFromScene(place))

    def close_down(self) -> None:
        for part in ("popup", "target_popup"):
            if (popup := vars(self).get(part)) is not None:
                popup.hide()
