"""Reading and writing a child's pipes without waiting: where the system can, by asking; elsewhere, by threads.

The one place that knows that Windows cannot wait for a pipe together with other things.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import IO

THREADED = os.name == "nt"

_CHUNK = 1 << 18
_MOST_WAITING = 64  # chunks that a thread reads ahead


class SelectablePipes:
    """Both ends ask the system; `selectors` or a socket notifier says when to call again."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._streams = incoming, outgoing
        self.incoming, self.outgoing = incoming.fileno(), outgoing.fileno()
        os.set_blocking(self.incoming, False)
        os.set_blocking(self.outgoing, False)

    def read(self) -> bytes | None:
        """What has come; None where nothing has; empty at the end."""
        try:
            return os.read(self.incoming, _CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def rest(self) -> bytes:
        """What a child that has ended left to read."""
        pieces = []
        while data := self.read():
            pieces.append(data)
        return b"".join(pieces)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """How many bytes were taken. Raises OSError where nobody reads any more."""
        try:
            return os.write(self.outgoing, data)
        except BlockingIOError:
            return 0

    def close_output(self) -> None:
        """The end of the child's input."""
        with contextlib.suppress(OSError):
            self._streams[1].close()

    def close(self) -> None:
        """Both ends."""
        self.close_output()
        self._streams[0].close()


class ThreadedPipes:
    """A thread waits on each end; `arrived` is called, from that thread, when there is something to read."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes], arrived: Callable[[], None]) -> None:
        self._streams = incoming, outgoing
        self._arrived = arrived
        self._came: deque[bytes] = deque()
        self._room = threading.Semaphore(_MOST_WAITING)
        self._to_write: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._broken = False
        self._threads = [
            threading.Thread(target=self._read_on, name="pipe-in", daemon=True),
            threading.Thread(target=self._write_on, name="pipe-out", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def read(self) -> bytes | None:
        if not self._came:
            return None
        if not (data := self._came[0]):
            return b""  # the end stays the end
        self._came.popleft()
        self._room.release()
        return data

    def rest(self) -> bytes:
        pieces = []
        deadline = time.monotonic() + 1.0  # somebody else may hold the other end open
        while (data := self.read()) != b"" and time.monotonic() < deadline:
            if data is None:
                time.sleep(0.002)
            else:
                pieces.append(data)
        return b"".join(pieces)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        if self._broken:
            raise BrokenPipeError
        self._to_write.put(bytes(data))
        return len(data)

    def close_output(self) -> None:
        """The end of the child's input, once everything that was given to `write` is written."""
        self._to_write.put(None)

    def close(self) -> None:
        """End both threads; the child must have ended, or they may wait for it a moment longer."""
        self._to_write.put(None)
        self._room.release(_MOST_WAITING)
        for thread in self._threads:
            thread.join(1.0)
        if not self._threads[0].is_alive():
            self._streams[0].close()

    def _read_on(self) -> None:
        data = b"begin"
        while data:
            self._room.acquire()
            try:
                data = os.read(self._streams[0].fileno(), _CHUNK)
            except (OSError, ValueError):
                data = b""
            self._came.append(data)
            self._arrived()

    def _write_on(self) -> None:
        try:
            while (data := self._to_write.get()) is not None:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(self._streams[1].fileno(), rest) :]
        except OSError:
            pass
        self._broken = True
        with contextlib.suppress(OSError):
            self._streams[1].close()


Pipes = SelectablePipes | ThreadedPipes
