"""The network as last checked, brought up to date after every edit that matters to it.

A small network is checked at once. A large one is handed to a runner from outside, if there is one, and the last
result stands until the new one arrives.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from nndesigner.base.observer import Event
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import AnyRecord, DataSource, Edge, Network, Node

AT_ONCE = 400
"""nodes; up to so many a check takes less than the time between two frames"""

Work = Callable[[], CheckedNetwork]
Background = Callable[[Work, Callable[[CheckedNetwork], None]], None]
"""Runs the work elsewhere and hands its result over on this thread."""


class Checking:
    """Holds the last `CheckedNetwork` of the network that is looked at."""

    def __init__(self, background: Background | None = None) -> None:
        self.changed: Event[[]] = Event()
        self.checked: CheckedNetwork | None = None
        self._background = background
        self._wanted: tuple[Document, str] | None = None
        self._working = False

    @property
    def up_to_date(self) -> bool:
        """Whether `checked` is of the newest document."""
        return self._wanted is None

    def look(self, document: Document, network: str) -> None:
        """Checks the network, now or soon; `changed` is told when the result is there."""
        if self._background is None or len(document.nodes(network)) <= AT_ONCE:
            self._wanted = None
            self.checked = check(document, network)
            self.changed.tell()
            return
        self._wanted = (document, network)
        self._go_on()

    def finish(self) -> CheckedNetwork:
        """The check of the newest document, waited for: before training or exporting."""
        if self._wanted is not None:
            document, network = self._wanted
            self._wanted = None
            self.checked = check(document, network)
            self.changed.tell()
        assert self.checked is not None
        return self.checked

    def _go_on(self) -> None:
        if self._working or self._wanted is None or self._background is None:
            return
        wanted = self._wanted
        self._working = True

        def arrived(checked: CheckedNetwork) -> None:
            self._working = False
            if self._wanted is wanted:
                self._wanted = None
                self.checked = checked
                self.changed.tell()
            self._go_on()

        self._background(lambda: check(*wanted), arrived)


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
