"""The legend of a plot: what has no room is counted, and nothing is written over anything."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from nndesigner.base.text import tr
from nndesigner.gui.monitors.legend import Entry, Legend


@pytest.mark.parametrize("width", [90, 130, 160, 200, 600])
def test_what_has_no_room_is_counted_beside_what_has(app: QApplication, qtbot, width: int) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.resize(width, 60)
    legend.show()
    legend.show_entries([Entry(f"{i}", f"validation {i}", "#336699", "0.7450") for i in range(7)], "Accuracy")
    app.processEvents()
    shown = [place for place, _ in legend._places]
    assert len(shown) + legend._left_out == 7
    assert not any(a.intersects(b) for i, a in enumerate(shown) for b in shown[:i])
    if legend._left_out:
        words = legend.fontMetrics().horizontalAdvance(tr("and {n} more", n=legend._left_out))
        last = legend.height() - 1
        assert all(place.right() <= legend.width() - words for place in shown if place.bottom() >= last)
