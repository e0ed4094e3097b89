"""Fewer messages for a view, and none that matters less: newest pictures win, numbers are gathered, the rest stays.

A worker already does so for what it sends; this bounds what a slow view is given, whoever sends. It knows no clock:
whoever uses it decides how often to `take`.
"""

from __future__ import annotations

from collections.abc import Hashable

from nndesigner.protocol.messages import Clock, Frame, Heartbeat, Message, Progress, ScalarRow, Scalars, State


class Coalescer:
    """Takes messages in order and gives them back in order, less those that a newer one replaces."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, Message] = {}
        self._rows: list[ScalarRow] = []
        self._number = 0
        self._state: State | None = None
        """the last one, said or waiting"""

    def put(self, message: Message) -> bool:
        """Keep a message; whether it is one that should not wait (an end, a change of state)."""
        if isinstance(message, Scalars):
            self._rows.extend(message.rows)
            return False
        key: Hashable
        if isinstance(message, Frame):
            key = (message.node, message.measurement)
        elif isinstance(message, Clock | Progress | Heartbeat):
            key = type(message)
        elif isinstance(message, State) and message == self._state:
            return False  # said already
        else:
            self._gather_rows()  # what was measured before a change comes before it
            self._waiting[self._next_number()] = message
            if isinstance(message, State):
                self._state = message
            return True
        self._waiting.pop(key, None)
        self._waiting[key] = message
        return False

    def take(self) -> list[Message]:
        """Everything that was kept; then nothing is."""
        self._gather_rows()
        waiting, self._waiting = self._waiting, {}
        return list(waiting.values())

    def _gather_rows(self) -> None:
        if self._rows:
            self._waiting[self._next_number()] = Scalars(tuple(self._rows))
            self._rows = []

    def _next_number(self) -> int:
        self._number += 1
        return self._number
