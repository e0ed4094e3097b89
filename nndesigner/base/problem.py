"""What can be wrong, said so that a person can mend it. A `Problem` is data: it runs nothing itself.

A remedy names a verb of `document/edits.py` and its arguments; `session` runs it as one undoable edit.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

READ_AND_TRUST = "read_and_trust"
"""The verb of the one remedy that is no edit: whoever shows the problem shows the code of the `node`, and asks."""
PENDING = "pending"
"""The code of a problem that will go away by itself: a worker has been asked. Until then nothing can be built."""


class Severity(StrEnum):
    """How much stands in the way: an error stops training, a warning and a hint do not."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


class Where(msgspec.Struct, frozen=True):
    """The place a problem speaks of; an empty string means "not that fine"."""

    network: str = ""
    node: str = ""
    """id of the node"""
    port: str = ""
    field: str = ""
    path: tuple[str, ...] = ()
    """names of the blocks entered, outermost first"""


class Remedy(msgspec.Struct, frozen=True):
    """A one-click mend: the edit verb, its arguments by name, and the sentence on the button."""

    verb: str
    arguments: dict[str, Any]
    sentence: str


class Problem(msgspec.Struct, frozen=True):
    """One thing to tell the user: a stable `code` for tests and links, one plain sentence for people."""

    severity: Severity
    code: str
    where: Where
    message: str
    remedies: tuple[Remedy, ...] = ()
    training: bool = False
    """it speaks of how the network is to be trained: even as an error it does not stop building or exporting it"""

    @property
    def in_the_way(self) -> bool:
        """Whether nothing can be built while it stands: an error, or an answer that is still awaited."""
        return self.severity is Severity.ERROR or self.code == PENDING


class Refusal(Exception):
    """Something the user asked for cannot be done; `str()` is the one clear sentence to show."""

    def __init__(self, message: str, remedies: tuple[Remedy, ...] = ()) -> None:
        super().__init__(message)
        self.remedies = remedies
