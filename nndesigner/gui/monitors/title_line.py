"""Where the line above the live views stands, and what it says of the runs that are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from nndesigner.gui.monitors.head import HEAD, Head, describe
from nndesigner.gui.monitors.shown_runs import ShownRuns

if TYPE_CHECKING:
    from nndesigner.session.session import Session


class TitleLine:
    """A line of its own above the columns, or beside the first one's `tabs` where there is room."""

    def __init__(
        self, head: Head, outer: QVBoxLayout, tabs: Sequence[QTabWidget], session: Session, runs: ShownRuns
    ) -> None:
        self._head, self._outer, self._tabs = head, outer, tabs
        self._session, self._runs = session, runs
        self._own = True
        outer.addWidget(head)

    def place(self, beside: bool) -> None:
        """Beside the first column's tabs, or in a line of its own."""
        self._own = not beside
        if self._own:
            self._outer.insertWidget(0, self._head)
        else:
            self._outer.removeWidget(self._head)
            self.settle()
        self._head.show()

    def settle(self, *_: object) -> None:
        """Beside the tabs as they are now."""
        if self._own or not self._tabs:
            return
        tab = self._tabs[0]
        left = tab.tabBar().sizeHint().width()
        right = tab.cornerWidget().sizeHint().width()
        self._head.setGeometry(left, 0, max(tab.width() - left - right, 0), HEAD)
        self._head.raise_()

    def show(self, moment: tuple[int, float] | None) -> None:
        """What is shown; `moment` is the step and epoch of an earlier picture."""
        head, runs, training = self._head, self._runs, self._session.training
        reader, preview, previewed = runs.reader, runs.preview, runs.previewed
        if previewed and not reader.waiting:
            head.title.setText(preview.describe())
        else:
            head.title.setText(describe(runs.runs, reader.waiting, reader.fraction, moment))
        shown = runs.first.path if runs.first is not None else None
        head.follow_button.setVisible(runs.chosen and training.run is not None and training.run != shown)
        head.overlay_button.setVisible(bool(runs.runs))
        head.time_button.setVisible(bool(runs.runs) and not previewed)
        others = runs.runs if not previewed else training.runs()
        head.show_preview(previewed, preview.possible and bool(others))
        head.cancel_button.setVisible(bool(reader.waiting))
