"""Widgets in lines, as many as the width asks for."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from nndesigner.gui.flow import Flow


def made(qtbot, number: int, width: int) -> tuple[QWidget, Flow, list[QLabel]]:
    holder = QWidget()
    qtbot.addWidget(holder)
    outer = QVBoxLayout(holder)
    outer.setContentsMargins(0, 0, 0, 0)
    flow = Flow(10)
    labels = [QLabel(str(i)) for i in range(number)]
    for label in labels:
        label.setFixedSize(QSize(90, 20))
        flow.addWidget(label)
    outer.addLayout(flow)
    outer.addStretch(1)
    holder.resize(width, 300)
    holder.show()
    return holder, flow, labels


def test_what_has_no_room_goes_into_a_further_line(app, qtbot) -> None:
    holder, flow, labels = made(qtbot, 3, 290)
    assert [(label.x(), label.y()) for label in labels] == [(0, 0), (100, 0), (200, 0)]
    assert (flow.heightForWidth(290), flow.heightForWidth(289), flow.heightForWidth(100)) == (20, 50, 80)
    holder.resize(200, 300)
    assert [(label.x(), label.y()) for label in labels] == [(0, 0), (100, 0), (0, 30)]
    assert flow.minimumSize().width() == 90 and flow.sizeHint().width() == 290


def test_without_anything_it_takes_no_room(app, qtbot) -> None:
    holder, flow, _ = made(qtbot, 0, 100)
    assert holder.isVisible()
    assert flow.heightForWidth(100) == 0 and flow.itemAt(0) is None and flow.takeAt(3) is None
