"""Press on a node, wire, note or frame: a click selects, a drag becomes a move, with Ctrl a copy."""

from __future__ import annotations

from nndesigner.gui.canvas.tools.move import Move
from nndesigner.gui.canvas.tools.tool import CTRL, SHIFT, Pointer, Tool


class Point(Tool):
    """Shift and Ctrl add to or take from the selection.

    A press on what is selected keeps the selection until it is clear that no drag follows, so that many nodes can be
    dragged by one.
    """

    def enter(self, at: Pointer) -> None:
        super().enter(at)
        self._was_selected = at.under.id in self.view.selection
        if at.held(SHIFT, CTRL):
            self._selection = self.view.selection ^ {at.under.id}
            self.view.select(self._selection)
        elif not self._was_selected:
            self.view.select([at.under.id])

    def move(self, at: Pointer) -> None:
        if self.start.under.kind in ("edge", "bend") or not self.went_far(at):
            return
        copies = self.start.held(CTRL) and not self.start.held(SHIFT)
        if copies and not self._was_selected:
            self.view.select([self.start.under.id])
        elif self.start.under.id not in self.view.selection:
            self.view.select(self.view.selection | {self.start.under.id})
        self.view.go_on_with(_copy(self.view) if copies else Move(self.view), self.start, at)

    def release(self, at: Pointer) -> None:
        if self._was_selected and not at.held(SHIFT, CTRL):
            self.view.select([self.start.under.id])


def _copy(view) -> Tool:
    from nndesigner.gui.canvas.tools.drag_copy import DragCopy  # not before the first copy

    return DragCopy(view)
