"""The button that says which samples the live views watch, and its menu to choose others.

The choice is a setting of the training plan: it can be undone, is saved with the project, and a run that goes on
follows it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton

from nndesigner.base.text import count, tr
from nndesigner.document.plan import plan_values
from nndesigner.gui.icons import icon
from nndesigner.gui.plain import allow, menu_text, set_tip
from nndesigner.protocol.controls import Watch
from nndesigner.protocol.watched import MOST, sample_numbers, watch_of

if TYPE_CHECKING:
    from nndesigner.session.session import Session

COUNTS = (16, 32, 48, 64)
MOST_CLASSES = 40
"""that a menu can hold"""


class Watched:
    """Which samples are watched, as the plan of a session says."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def now(self) -> Watch:
        return watch_of(plan_values(self._session.document)[0])

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes that the network is to tell apart; () where it is to tell none."""
        whole = self._session.whole
        targets = [head.target for head in whole.heads] if whole is not None else []
        return next((t.classes for t in targets if t is not None and t.classes), ())

    def evenly(self) -> None:
        self._set(watched=None, watched_class=None, watched_samples=None)

    def of_class(self, name: str) -> None:
        self._set(watched="class", watched_class=name, watched_samples=None)

    def samples(self, numbers: Sequence[int]) -> None:
        """These, by their numbers in the data; none for those that stand for the whole."""
        if numbers:
            text = ", ".join(str(n) for n in numbers[:MOST])
            self._set(watched="samples", watched_samples=text, watched_class=None)
        else:
            self.evenly()

    def add(self, number: int) -> None:
        """One more of them; the first one where they were not chosen one by one."""
        now = self.now
        before = [n for n in now.samples if n != number] if now.how == "samples" else []
        self.samples([number, *before])

    def most(self, number: int) -> None:
        self._set(watched_count=number if number != MOST else None)

    def _set(self, **values: Any) -> None:
        self._session.edit(tr("Choose the watched samples"), "set_plan", values=values)

    def describe(self) -> str:
        """In a few words; "" for those that stand for the whole."""
        now = self.now
        if now.how == "class" and now.label:
            return tr("Class {name}", name=now.label)
        if now.how == "samples" and now.samples:
            if len(now.samples) == 1:
                return tr("Sample {n}", n=f"{now.samples[0]:,}")
            return count(len(now.samples), "sample", "samples")
        return ""


class WatchedButton(QToolButton):
    """Its words say what is special about the choice; the menu is made when it is opened."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.watched = Watched(session)
        self.setIcon(icon("image", role="muted"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: fill(menu, self.watched, self._ask))
        self.setMenu(menu)
        self.show_choice()

    def show_choice(self) -> None:
        words = self.watched.describe()
        self.setText(menu_text(words))
        style = (
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if words else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        self.setToolButtonStyle(style)
        self.setIcon(icon("image", role="accent" if words else "muted"))
        self.setAccessibleName(tr("Watched samples: {what}", what=words or tr("some of every kind")))
        set_tip(self, tr("Which samples the views show on their way through the network"))

    def _ask(self) -> None:
        now = self.watched.now
        text, entered = QInputDialog.getText(
            self,
            tr("Watch these samples"),
            tr("Numbers of samples in the data, such as 5, 17, 230; at most {n}:", n=MOST),
            text=", ".join(str(n) for n in now.samples),
        )
        if entered:
            self.watched.samples(sample_numbers(text))


def fill(menu: QMenu, watched: Watched, ask: Any) -> None:
    """What can be chosen, with what is chosen marked."""
    menu.clear()
    now, classes = watched.now, watched.classes
    group = QActionGroup(menu)

    def choice(to: QMenu, words: str, chosen: bool, act: Any, tip: str = "") -> None:
        action = to.addAction(menu_text(words))
        action.setCheckable(True)
        action.setChecked(chosen)
        action.triggered.connect(lambda _=False: act())
        allow(action, "", tip)
        group.addAction(action)

    choice(
        menu,
        tr("Some of every kind"),
        not watched.describe(),
        watched.evenly,
        tr("Of every class in turn, or spread over the validation part"),
    )
    one = menu.addMenu(tr("Of one class"))
    one.menuAction().setEnabled(bool(classes))
    for name in classes[:MOST_CLASSES]:
        chosen = now.how == "class" and now.label == name
        choice(one, name, chosen, lambda name=name: watched.of_class(name))
    choice(menu, tr("These samples…"), now.how == "samples" and bool(now.samples), ask)
    menu.addSeparator()
    number = menu.addMenu(tr("How many"))
    number.menuAction().setEnabled(now.how != "samples")
    numbers = QActionGroup(menu)
    for n in COUNTS:
        action = number.addAction(count(n, "sample", "samples"))
        action.setCheckable(True)
        action.setChecked(now.most == n)
        action.triggered.connect(lambda _=False, n=n: watched.most(n))
        numbers.addAction(action)
