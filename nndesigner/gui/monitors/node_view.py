"""A view of the selected node: what it says while no node is selected, while nothing is measured, and why."""

from __future__ import annotations

from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNode
from nndesigner.gui.monitors.monitor import Monitor, View


class NodeView(Monitor):
    """Views of a node draw in `draw_node` and return whether there was anything to draw."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self.unsuitable = tr("This layer gives nothing that can be drawn here. Select another one.")
        """what to say of a node that this view has nothing of"""

    def draw(self) -> None:
        run = self.run
        node = run.node(self.node) if run is not None and self.node else None
        if not self.node:
            self.show_empty(
                tr("No layer selected"),
                tr("Click a layer on the canvas to see it here.") + " " + tr(self.view.help),
            )
        elif run is None:
            self.show_empty(tr(self.view.label), tr("Press Train to see it.") + " " + tr(self.view.help))
        elif node is None:
            self.show_empty(
                tr(self.view.label),
                self.note or tr("No output depends on this layer, so it is not trained."),
            )
        elif not self.draw_node(node):
            self.show_empty(node.name, self._why_nothing())
        else:
            self.show_content()

    def draw_node(self, node: CheckedNode) -> bool:
        """Shows the newest of a node; False where there is nothing yet. Views override it."""
        return False

    def _why_nothing(self) -> str:
        if not self.subscriptions():
            return self.unsuitable
        if self.run is not None and self.run.live:
            return tr("The first picture arrives in a moment.")
        return tr(
            "Nobody looked at this layer while the run was going on. Select it and train again to see it."
        )
