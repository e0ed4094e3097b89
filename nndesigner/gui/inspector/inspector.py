"""The inspector: the settings of what is selected, one layer or several, or the totals of the network.

Every change goes through the editor's one door as one step that can be undone. What is shown for a selection stands in
its page; at the foot is what the field means that has the keyboard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QScrollArea

from nndesigner.base.fields import Field
from nndesigner.document.records import Node
from nndesigner.gui.canvas.editor import CanvasEditor
from nndesigner.gui.inspector.network_page import NetworkPage
from nndesigner.gui.inspector.page import Page, Steps

if TYPE_CHECKING:
    from nndesigner.gui.inspector.field_help import FieldHelp
    from nndesigner.gui.inspector.form import Form
    from nndesigner.gui.inspector.node_page import NodePage


class Inspector(QScrollArea):
    """Follows the selection (`show_selection`) and the document. `help_wanted` carries the layer to explain.

    Forms come with the first selection: a window that opens shows none.
    """

    help_wanted = Signal(object)
    read_wanted = Signal(str)
    """the id of a node whose code is to be shown, and asked about"""
    trusted = Signal(str)
    """a text of code that the user wrote and trusts"""

    def __init__(
        self, editor: CanvasEditor, steps: Steps, folder: Callable[[], Path | None] = lambda: None
    ) -> None:
        super().__init__()
        self._editor, self._steps, self._folder = editor, steps, folder
        self._ids: tuple[str, ...] = ()
        self._page: Page | None = None
        self._more_opened = False
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._disconnect = [
            editor.changed.connect(self._refresh),
            editor.checked_changed.connect(self._refresh),
        ]
        self.show_selection(())

    def close_down(self) -> None:
        """Stops listening: the document may outlive the window."""
        for disconnect in self._disconnect:
            disconnect()

    @property
    def form(self) -> Form | None:
        """The form of the node, or of the nodes, that is shown."""
        return self._page.form if self._page is not None else None

    def show_selection(self, ids: Iterable[str]) -> None:
        """Shows one node's settings, what several have together, or the network where nothing is selected."""
        self.flush()
        document = self._editor.document
        self._ids = tuple(id for id in ids if isinstance(document.get(id), Node))
        if self.form is not None:
            self._more_opened = self.form.more_opened
        if self._ids:
            page = self._settings_page()
            page.help_wanted.connect(self.help_wanted)
            page.read_wanted.connect(self.read_wanted)
            page.trusted.connect(self.trusted)
            page.field_focused.connect(self._explain)
            if page.form is not None:
                page.form.open_more(self._more_opened)
        elif isinstance(self._page, NetworkPage) and not self._page.outdated:
            self._page.refresh()
            return
        else:
            page = NetworkPage(self._editor)
        self._page = page
        self.setWidget(page)
        page.refresh()
        if "about" in vars(self):
            self.about.show_field(None)
            self._make_room()

    def _settings_page(self) -> Page:
        """A page for the nodes that are selected."""
        if len(self._ids) == 1:
            from nndesigner.gui.inspector.node_page import NodePage

            return NodePage(self._editor, self._steps, self._ids[0], self._folder)
        from nndesigner.gui.inspector.several_page import SeveralPage

        return SeveralPage(self._editor, self._steps, self._ids, self._folder)

    def _node_page(self) -> NodePage | None:
        """The page that is shown, where it is that of one node."""
        if len(self._ids) != 1:
            return None
        from nndesigner.gui.inspector.node_page import NodePage

        return self._page if isinstance(self._page, NodePage) else None

    def focus_field(self, name: str = "") -> None:
        """Puts the keyboard into a field, or into the first one."""
        form = self.form
        if form is not None and form.fields:
            form.focus(name or form.fields[0].name)

    def focus_name(self) -> None:
        """Puts the keyboard into the name; Return gives it back to where it was."""
        page = self._node_page()
        if page is not None:
            back = self.window().focusWidget()
            # Qt's stubs do not say that there may be none.
            if back is not None and not self.isAncestorOf(back):  # type: ignore[redundant-expr]
                page.name.returnPressed.connect(back.setFocus, Qt.ConnectionType.SingleShotConnection)
            page.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
            page.name.selectAll()

    def flush(self) -> None:
        """Enters what is being typed."""
        if self._page is not None:
            self._page.flush()

    # -- help beside the form ----------------------------------------------------------------------------------------
    def _explain(self, field: Field | None) -> None:
        """What the field that has the keyboard means, at the foot of the panel."""
        self.about.show_field(field, self._page is not None and self._page.layer is not None)
        self._make_room()

    @cached_property
    def about(self) -> FieldHelp:
        from nndesigner.gui.inspector.field_help import FieldHelp

        made = FieldHelp(self)
        made.help_wanted.connect(lambda: self.help_wanted.emit(self._page.layer if self._page else None))
        return made

    def _make_room(self) -> None:
        """The foot takes its height from the page above it."""
        height = self.about.height_for(self.width()) if self.form is not None else 0
        self.about.setVisible(height > 0)
        self.setViewportMargins(0, 0, 0, height)
        frame = self.frameWidth()
        self.about.setGeometry(frame, self.height() - height - frame, self.width() - 2 * frame, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if "about" in vars(self):
            self._make_room()

    def _refresh(self, *_: object) -> None:
        document = self._editor.document
        if any(not isinstance(document.get(id), Node) for id in self._ids):
            self.show_selection(self._ids)
        elif self._page is None:
            return
        elif not self._page.outdated:
            self._page.refresh()
        elif (page := self._node_page()) is not None and page.code_editor is not None:
            QTimer.singleShot(0, self, self._make_page_anew)  # not while one of its editors speaks
        else:
            self.show_selection(self._ids)

    def _make_page_anew(self) -> None:
        """What the node is has changed: another form for it, with the keyboard where it was."""
        page = self._node_page()
        if page is None or self._editor.document.get(page.id) is None or not page.outdated:
            return
        fields = page.form.rows.items() if page.form is not None else ()
        focused = next(
            (name for name, row in fields if row.editor.isAncestorOf(QApplication.focusWidget() or self)), ""
        )
        row = page.code_editor.text.textCursor().blockNumber() if page.code_editor is not None else 0
        place = self.verticalScrollBar().value()
        self.show_selection(self._ids)
        made = self._node_page()
        if made is not None and made.code_editor is not None:
            made.code_editor.text.go_to(row + 1)
        if focused and self.form is not None:
            self.form.focus(focused)
        self.verticalScrollBar().setValue(place)
