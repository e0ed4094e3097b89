"""What can be done with a live view: its menu, and the line above it that says when it is pinned, frozen or elsewhere.

It only asks: what is done about it is the panel's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from nndesigner.base.text import tr
from nndesigner.gui.icons import icon
from nndesigner.gui.monitors import export
from nndesigner.gui.plain import Elided, allow, menu_text, set_tip

if TYPE_CHECKING:
    from nndesigner.gui.monitors.monitor import Monitor

PLACE_WORDS = {"left": "On the left", "right": "On the right", "bottom": "At the bottom"}


class Strip(QWidget):
    """The line above a view; not there while the view is like all others."""

    def __init__(self, monitor: Monitor) -> None:
        super().__init__()
        self._monitor = monitor
        self.setObjectName("strip")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 6, 0)
        row.setSpacing(2)
        self.words = Elided(role="muted")
        row.addWidget(self.words, 1)
        self.pin_button = self._button("pin", "accent", "pin")
        set_tip(self.pin_button, tr("Let this view follow the selection again"))
        self.pin_button.setAccessibleName(tr("Follow the selection"))
        self.freeze_button = self._button("run", "accent", "freeze")
        set_tip(self.freeze_button, tr("Go on: show what is newest again"))
        self.freeze_button.setAccessibleName(tr("Go on"))
        self.menu_button = QToolButton()
        self.menu_button.setIcon(icon("more", role="muted"))
        self.menu_button.setAutoRaise(True)
        self.menu_button.setAccessibleName(tr("More about this view"))
        set_tip(self.menu_button, tr("What can be done with this view"))
        self.menu_button.clicked.connect(
            lambda: monitor.open_menu(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))
        )
        for button in (self.pin_button, self.freeze_button, self.menu_button):
            row.addWidget(button)
        self.hide()

    def _button(self, name: str, role: str, wish: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name, role=role))
        button.setAutoRaise(True)
        button.clicked.connect(lambda: self._monitor.asked.emit(wish))
        return button

    def show_state(self) -> None:
        """What is special about the view now."""
        monitor = self._monitor
        pinned, outside = monitor.pinned is not None, monitor.standing != "panel"
        parts = []
        if monitor.view.place == "node" and (pinned or outside) and monitor.node_name:
            stays = tr("{name}, pinned", name=monitor.node_name)
            parts.append(stays if pinned else monitor.node_name)
        if monitor.frozen:
            step = monitor.moment if monitor.moment is not None else monitor.run and monitor.run.step
            parts.append(
                tr("frozen at step {n}", n=f"{step:,}") if step is not None else tr("frozen before training")
            )
        self.words.setText("  ·  ".join(parts))
        self.pin_button.setVisible(pinned)
        self.freeze_button.setVisible(monitor.frozen)
        self.menu_button.setVisible(outside)
        self.setVisible(pinned or monitor.frozen or outside)


def menu_of(monitor: Monitor, sample: int | None = None) -> QMenu:
    """Everything that can be done with a view, and with the sample under the pointer. The menu belongs to the view and
    goes when it closes."""
    menu = QMenu(monitor)
    menu.setToolTipsVisible(True)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def add(name: str, words: str, wish: str, reason: str = "", tip: str = "") -> None:
        action = menu.addAction(icon(name), menu_text(words))
        action.triggered.connect(lambda: monitor.asked.emit(wish))
        allow(action, reason, tip)

    if sample is not None:
        action = menu.addAction(icon("image"), tr("Watch sample {n}", n=f"{sample:,}"))
        action.triggered.connect(lambda: monitor.sample_asked.emit(sample))
        set_tip(action, tr("The views of a layer show this sample on its way through the network"))
        menu.addSeparator()
    if monitor.view.place == "node":
        if monitor.pinned is not None:
            add("pin", tr("Follow the selection again"), "pin")
        else:
            name = monitor.node_name
            stay = tr("Stay with “{name}”", name=name) if name else tr("Stay with the selected layer")
            reason = "" if monitor.node else tr("Select a layer first.")
            add(
                "pin",
                stay,
                "pin",
                reason,
                tr("This view keeps showing this layer while the selection moves on"),
            )
    if monitor.frozen:
        add("run", tr("Go on"), "freeze", "", tr("Show what is newest again"))
    else:
        reason = tr("There is nothing to see here yet: train first.") if monitor.is_empty else ""
        tip = tr("Keep the picture of this moment; nothing more is measured for this view")
        add("freeze", tr("Freeze this picture"), "freeze", reason, tip)
    tip = tr("Beside this one, to compare two layers or two moments")
    add("duplicate", tr("Open another of this view"), "another", "", tip)
    menu.addSeparator()
    if monitor.standing != "panel":
        add("chart", tr("Back into the panel"), "panel")
    if monitor.standing != "float":
        add("window", tr("In a window of its own"), "float")
    if monitor.docks:
        places = menu.addMenu(icon("layout"), tr("Beside the canvas"))
        for wish, words in PLACE_WORDS.items():
            action = places.addAction(tr(words))
            action.setCheckable(True)
            action.setChecked(monitor.standing == wish)
            action.triggered.connect(lambda _=False, wish=wish: monitor.asked.emit(wish))
    add("close", tr("Close this view"), "close", monitor.why_stays())
    menu.addSeparator()
    _add_exports(menu, monitor)
    return menu


def _add_exports(menu: QMenu, monitor: Monitor) -> None:
    name = monitor.view.name
    save = menu.addAction(icon("image"), tr("Save the picture as PNG…"))
    save.triggered.connect(lambda: export.ask_and_save_picture(monitor, name))
    vector = menu.addAction(icon("export"), tr("Save the drawing as SVG…"))
    vector.triggered.connect(lambda: export.ask_and_save_drawing(monitor, name))
    copy = menu.addAction(icon("copy"), tr("Copy the picture"))
    copy.triggered.connect(lambda: export.copy_picture(monitor))
    numbers = menu.addAction(icon("table"), tr("Save the numbers as CSV…"))
    numbers.triggered.connect(lambda: export.ask_and_save_table(monitor, name, *monitor.table()))
    for action in (save, vector, copy, numbers):
        allow(action, tr("There is nothing to see here yet: train first.") if monitor.is_empty else "")
    moving = menu.addAction(icon("history"), tr("Save the whole run as an animation (GIF)…"))
    moving.triggered.connect(monitor.animation_wanted)
    still = len(monitor.looks()) < 2
    frozen = tr("This picture is frozen: let it go on first.") if monitor.frozen else ""
    allow(moving, frozen or (tr("There is only one picture of this so far.") if still else ""))
