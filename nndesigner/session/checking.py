"""The networks as last checked, brought up to date after every edit that matters to them: the main one, which is what
is trained and exported, and the one that is looked at.

A small network is checked at once. A large one is handed to a runner from outside, if there is one, and the last
result stands until the new one arrives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from nndesigner.base.observer import Event
from nndesigner.check.check import check, look_into
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import AnyRecord, DataSource, Edge, Network, Node

AT_ONCE = 400
"""nodes; up to so many a check takes less than the time between two frames"""


@dataclass(frozen=True)
class Checked:
    """The check of the main network, and of the one that is looked at; the same where that is the main one."""

    whole: CheckedNetwork
    shown: CheckedNetwork


@dataclass(frozen=True)
class Place:
    """What is looked at: a network, in the use that a trail of block ids from the main network leads to."""

    network: str
    trail: tuple[str, ...] = ()


Work = Callable[[], Checked]
Background = Callable[[Work, Callable[[Checked], None]], None]
"""Runs the work elsewhere and hands its result over on this thread."""


class Checking:
    """Holds the last checks: `whole` of the main network, `checked` of the network that is looked at."""

    def __init__(self, background: Background | None = None) -> None:
        self.changed: Event[[]] = Event()
        self.whole: CheckedNetwork | None = None
        self.checked: CheckedNetwork | None = None
        self._background = background
        self._wanted: tuple[Document, Place] | None = None
        self._working = False

    @property
    def up_to_date(self) -> bool:
        """Whether `whole` and `checked` are of the newest document."""
        return self._wanted is None

    def look(self, document: Document, place: Place) -> None:
        """Checks the main network and the one at the place, now or soon; `changed` is told when the result is there."""
        if self._background is None or _size(document, place) <= AT_ONCE:
            self._wanted = None
            self._take(_check(document, place))
            return
        self._wanted = (document, place)
        self._go_on()

    def look_at(self, document: Document, place: Place) -> None:
        """Another network of the same document is looked at."""
        if self._wanted is not None or self.whole is None:
            self.look(document, place)
        else:
            self._take(_shown(document, self.whole, place))

    def finish(self) -> CheckedNetwork:
        """The check of the newest document's main network, waited for: before training or exporting."""
        if self._wanted is not None:
            document, place = self._wanted
            self._wanted = None
            self._take(_check(document, place))
        assert self.whole is not None
        return self.whole

    def _take(self, found: Checked) -> None:
        self.whole, self.checked = found.whole, found.shown
        self.changed.tell()

    def _go_on(self) -> None:
        if self._working or self._wanted is None or self._background is None:
            return
        wanted = self._wanted
        self._working = True

        def arrived(found: Checked) -> None:
            self._working = False
            if self._wanted is wanted:
                self._wanted = None
                self._take(found)
            self._go_on()

        self._background(lambda: _check(*wanted), arrived)


def _check(document: Document, place: Place) -> Checked:
    return _shown(document, check(document), place)


def _shown(document: Document, whole: CheckedNetwork, place: Place) -> Checked:
    if place.network == document.main.id:
        return Checked(whole, whole)
    return Checked(whole, look_into(document, whole, place.network, place.trail))


def _size(document: Document, place: Place) -> int:
    return max(len(document.nodes()), len(document.nodes(place.network)))


def matters(diff: Diff) -> bool:
    """Whether an edit can change the result of a check: positions, comments and notes cannot."""
    if any(map(_counts, diff.added.values())) or any(map(_counts, diff.removed.values())):
        return True
    return any(_counts(before) and _bare(before) != _bare(after) for before, after in diff.changed.values())


def _counts(record: AnyRecord) -> bool:
    return isinstance(record, Node | Edge | DataSource | Network)


def _bare(record: AnyRecord) -> AnyRecord:
    if isinstance(record, Node):
        return msgspec.structs.replace(record, x=0.0, y=0.0, comment="")
    return record
