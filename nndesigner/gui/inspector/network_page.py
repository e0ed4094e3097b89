"""The inspector where nothing is selected: the network as a whole, or the block that is looked into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndesigner.base.text import tr
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.inspector import facts
from nndesigner.gui.inspector.page import FactTable, Page
from nndesigner.gui.plain import Elided, label

if TYPE_CHECKING:
    from nndesigner.gui.inspector.block_form import BlockForm


class NetworkPage(Page):
    """Nothing is selected: the network as a whole."""

    def __init__(self, editor: CanvasEditor) -> None:
        super().__init__()
        self._editor = editor
        self.network = editor.network
        self._title = Elided(role="subtitle")
        self.box.addWidget(self._title)
        self.block: BlockForm | None = None
        if self.network != editor.document.main.id:
            from nndesigner.gui.inspector.block_form import BlockForm

            self.block = BlockForm(editor)
            self.box.addWidget(self.block)
        self._facts = FactTable()
        self.box.addWidget(self._facts)
        self._hint = label(role="muted", wrap=True)
        self.box.addWidget(self._hint)
        self.box.addStretch(1)

    @property
    def outdated(self) -> bool:
        return self.network != self._editor.network

    def refresh(self) -> None:
        checked = self._editor.checked
        if self.block is not None:
            self.block.refresh()
        self._title.setText(tr("The network") if self.block is None else tr("The block"))
        empty = checked is None or not checked.nodes
        self._facts.show_facts(() if empty or checked is None else facts.network_facts(checked))
        self._hint.setText(
            tr("Drag a layer from the palette onto the canvas, or double-click the canvas to search for one.")
            if empty
            else tr("Select a layer to see and change its settings.")
        )

    def flush(self) -> None:
        if self.block is not None:
            self.block.flush()
