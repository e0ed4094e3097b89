"""The page of the augmentation: the steps on the left, samples before and after on the right.

Steps are edited through the session, so that each change can be undone; the samples are asked of a worker for as long
as the page is in sight, also while a slider is held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nndesigner.augmentations.augmentation import Augmentation
from nndesigner.augmentations.catalogue import augmentations, label_of, settings_of, steps
from nndesigner.augmentations.recipe import caution, misfit
from nndesigner.base.problem import Severity
from nndesigner.base.text import tr
from nndesigner.gui.augmentation.draws_grid import DrawsGrid
from nndesigner.gui.augmentation.step_card import StepCard
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import allow, empty, icon_button, label, menu_text, set_tip, tip
from nndesigner.session.session import Session

SIDE_WIDTH = 404
NARROW = 700
"""below so many pixels the samples stand above the steps"""
NARROWEST = 340
STEPS_HEIGHT = 420
PATIENCE = 400
"""milliseconds after which it is said that samples are on their way"""

Entry = Mapping[str, Any]


class AugmentationView(QWidget):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.cards: list[StepCard] = []
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        whole, content = QScrollArea(), QWidget()
        whole.setWidgetResizable(True)
        whole.setWidget(content)
        outer.addWidget(whole)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight, content)
        self._halves.setContentsMargins(0, 0, 0, 0)
        self._halves.setSpacing(0)
        self._steps_side = self._side()
        self._halves.addWidget(self._steps_side)
        self._halves.addWidget(self._samples(), 1)
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(PATIENCE)
        self._waiting.timeout.connect(self._show_waiting)
        shown = session.augmenting
        self._leave: list[Callable[[], None]] = [
            session.changed.connect(lambda diff: self.refresh()),
            session.checked_changed.connect(self.refresh),
            session.editing.replaced.connect(self.refresh),
            shown.changed.connect(self._show_samples),
        ]
        self.grid.room_changed.connect(shown.show_as_many)
        self.refresh()
        self._show_samples()

    def close_down(self) -> None:
        for leave in self._leave:
            leave()
        self._leave = []
        self._waiting.stop()
        self._session.augmenting.look(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side, or where that is too narrow the samples above the steps."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._halves.setDirection(
            QBoxLayout.Direction.BottomToTop if narrow else QBoxLayout.Direction.LeftToRight
        )
        self._steps_side.setFixedWidth(max(self.width() - 32, NARROWEST) if narrow else SIDE_WIDTH)
        self._steps_side.setMinimumHeight(STEPS_HEIGHT if narrow else 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._session.augmenting.look(True)
        self._waiting.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._leave:
            self._session.augmenting.look(False)

    def flush(self) -> None:
        """Enters what is being typed."""
        for card in self.cards:
            card.flush()

    # -- building ----------------------------------------------------------------------------------------------------
    def _side(self) -> QWidget:
        side = QFrame()
        side.setProperty("role", "side")
        box = QVBoxLayout(side)
        box.setContentsMargins(16, 16, 16, 16)
        box.setSpacing(12)
        box.addWidget(label(tr("What happens to training samples"), "subtitle"))
        box.addWidget(
            label(
                tr(
                    "One step after the other, at random, anew for every batch. Validation and test samples stay as"
                    " they are."
                ),
                "muted",
                wrap=True,
            )
        )
        self.add_button = QPushButton(icon("add", role="accent_text"), tr("Add a step"))
        self.add_button.setProperty("role", "primary")
        self.add_button.setObjectName("add-augmentation")
        self.add_button.clicked.connect(self._offer)
        box.addWidget(self.add_button)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.setSpacing(10)
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        inner.addLayout(self._list)
        inner.addStretch(1)
        area.setWidget(holder)
        self._area = area
        box.addWidget(area, 1)
        return side

    def _samples(self) -> QWidget:
        made = QWidget()
        box = QVBoxLayout(made)
        box.setContentsMargins(24, 16, 16, 12)
        box.setSpacing(10)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.before = icon_button("chevron-right", tr("Earlier samples"))
        self.before.setArrowType(Qt.ArrowType.LeftArrow)
        self.after = icon_button("chevron-right", tr("Further samples"))
        self.after.setArrowType(Qt.ArrowType.RightArrow)
        self.before.clicked.connect(lambda: self._turn(-1))
        self.after.clicked.connect(lambda: self._turn(1))
        self.which = label(role="muted")
        self.again = QPushButton(icon("refresh"), tr("Draw again"))
        self.again.setObjectName("draw-again")
        set_tip(self.again, tr("Other random numbers, as another batch has them"))
        self.again.clicked.connect(self._draw_again)
        row.addWidget(self.before)
        row.addWidget(self.after)
        row.addWidget(self.which, 1)
        row.addWidget(self.again)
        box.addLayout(row)
        self.sentence = label(role="muted", wrap=True)
        box.addWidget(self.sentence)
        self.grid = DrawsGrid()
        box.addWidget(self.grid, 1)
        return made

    # -- the steps ---------------------------------------------------------------------------------------------------
    @property
    def _entries(self) -> list[Entry]:
        plan = self._session.document.plan
        return list(plan.augmentation) if plan is not None else []

    def refresh(self) -> None:
        """Shows the document's steps, and what is wrong with them."""
        entries = self._entries
        if [card.type for card in self.cards] != [str(entry.get("type")) for entry in entries]:
            self._build_cards(entries)
        told = self._told()
        for position, (card, entry) in enumerate(zip(self.cards, entries, strict=True)):
            card.show_entry(entry)
            card.show_place(position == 0, position == len(entries) - 1)
            card.show_problem(*told.get(position, ("", Severity.ERROR)))
        allow(self.add_button, self._why_nothing_to_add())
        self._show_which()

    def _build_cards(self, entries: list[Entry]) -> None:
        had_keyboard = self.focusWidget() is not None and self._area.isAncestorOf(self.focusWidget())
        empty(self._list)
        self.cards = []
        for position, entry in enumerate(entries):
            card = StepCard(entry)
            card.entered.connect(lambda name, value, at=position: self._enter(at, name, value))
            card.reset.connect(lambda name, at=position: self._enter(at, name, None))
            card.tried.connect(lambda name, value, at=position: self._try_out(at, name, value))
            card.switched.connect(lambda on, at=position: self._switch(at, on))
            card.moved.connect(lambda by, at=position: self._move(at, by))
            card.removed.connect(lambda at=position: self._remove(at))
            self.cards.append(card)
            self._list.addWidget(card)
            card.show()
        if not entries:
            words = tr(
                "Nothing yet: the network sees every training sample as it is. Changed samples show it more variety"
                " than there is data."
            )
            self._list.addWidget(label(words, "muted", wrap=True))
        if had_keyboard:
            self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _told(self) -> dict[int, tuple[str, Severity]]:
        """By position, what is wrong with a step or to be thought of."""
        good, bad = steps(self._session.document)
        found = {position: (sentence, Severity.ERROR) for position, sentence in bad.items()}
        inputs, targets = self._session.augmenting.fields
        for step in good if inputs else ():
            if sentence := misfit(step.kind, inputs, targets, self._session.augmenting.mixes):
                found[step.position] = sentence, Severity.ERROR
            elif sentence := caution(step.kind, targets):
                found[step.position] = sentence, Severity.WARNING
        return found

    def offered(self) -> list[Augmentation]:
        """What can be added: the kinds that fit the data that the network reads, and its targets."""
        inputs, targets = self._session.augmenting.fields
        mixes = self._session.augmenting.mixes
        return [kind for kind in augmentations().values() if not misfit(kind, inputs, targets, mixes)]

    def _why_nothing_to_add(self) -> str:
        if not self._session.augmenting.fields[0]:
            return tr("First have the data read: what can be done depends on it.")
        if not self.offered():
            return tr("There is no step for this kind of data: pictures, series and sounds can be changed.")
        return ""

    def _offer(self) -> None:
        menu = self.menu()
        menu.exec(self.add_button.mapToGlobal(self.add_button.rect().bottomLeft()))
        menu.deleteLater()

    def menu(self) -> QMenu:
        """What can be added, by groups."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        group = ""
        for kind in self.offered():
            if kind.group != group:
                group = kind.group
                menu.addSection(menu_text(tr(group)))
            action = menu.addAction(menu_text(tr(kind.label)))
            action.setToolTip(tip(tr(kind.help)))
            action.triggered.connect(lambda _=False, type=kind.type: self.add(type))
        return menu

    def add(self, type: str) -> None:
        self._edit(tr("Add {name}", name=label_of({"type": type})), [*self._entries, {"type": type}])
        QTimer.singleShot(0, self, self._show_last)

    def _show_last(self) -> None:
        if self.cards:
            self._area.ensureWidgetVisible(self.cards[-1])

    def _with(self, at: int, name: str, value: object) -> list[Entry]:
        entries = self._entries
        settings = {**settings_of(entries[at]), name: value}
        kept = {key: each for key, each in settings.items() if each is not None}
        entries[at] = {**entries[at], "parameters": kept}
        return entries

    def _enter(self, at: int, name: str, value: object) -> None:
        words = tr("Set {name}", name=label_of(self._entries[at]))
        self._edit(words, self._with(at, name, value))

    def _try_out(self, at: int, name: str, value: object) -> None:
        self._session.augmenting.try_out(self._with(at, name, value))
        self._waiting.start()

    def _switch(self, at: int, on: bool) -> None:
        entries = self._entries
        entries[at] = {
            **{k: v for k, v in entries[at].items() if k != "off"},
            **({} if on else {"off": True}),
        }
        words = tr("Switch {name} on") if on else tr("Switch {name} off")
        self._edit(words.format(name=label_of(entries[at])), entries)

    def _move(self, at: int, by: int) -> None:
        entries = self._entries
        to = at + by
        if not 0 <= to < len(entries):
            return
        entries.insert(to, entries.pop(at))
        self._edit(tr("Move {name}", name=label_of(entries[to])), entries)
        card = self.cards[to]
        (
            card.up if by < 0 and card.up.isEnabled() else card.down if card.down.isEnabled() else card.up
        ).setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove(self, at: int) -> None:
        entries = self._entries
        gone = entries.pop(at)
        self._edit(tr("Remove {name}", name=label_of(gone)), entries)

    def _edit(self, name: str, entries: list[Entry]) -> None:
        self._session.edit(name, "set_augmentation", steps=entries)
        self._waiting.start()

    # -- the samples -------------------------------------------------------------------------------------------------
    def _draw_again(self) -> None:
        self._session.augmenting.draw_again()
        self._waiting.start()

    def _turn(self, by: int) -> None:
        shown = self._session.augmenting
        shown.choose(shown.first + by * max(self.grid.shape[0], 1))
        self._show_which()
        self._waiting.start()

    def _show_which(self) -> None:
        shown = self._session.augmenting
        rows, count = self.grid.shape[0], shown.samples
        last = shown.first + rows
        self.which.setText(
            tr(
                "Training samples {first:,} to {last:,} of {n:,}",
                first=shown.first + 1,
                last=min(last, count),
                n=count,
            )
            if rows
            else ""
        )
        for button in (self.before, self.after, self.again):
            button.setEnabled(rows > 0)

    def _show_samples(self) -> None:
        shown = self._session.augmenting
        self._waiting.stop()
        self.sentence.setText(shown.problem)
        self.sentence.setVisible(bool(shown.problem))
        self.grid.show_result({} if shown.problem else shown.result)
        self._show_which()
        if shown.busy:
            self._waiting.start()

    def _show_waiting(self) -> None:
        if self._session.augmenting.busy and not self.sentence.text():
            self.sentence.setText(tr("Drawing samples…"))
            self.sentence.setVisible(True)
