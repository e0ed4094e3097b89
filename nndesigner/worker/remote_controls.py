"""Controls for a job that nobody holds by a pipe (any more): read from its run folder, delivered like all others."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from nndesigner.base.checked_log import LogFollower
from nndesigner.protocol.controls import read_control_line
from nndesigner.protocol.jobs import Train
from nndesigner.runs.attach import CONTROLS
from nndesigner.worker.link import Link

_SECONDS = 0.5

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def follow_controls(link: Link) -> Iterator[None]:
    """While the job of `link` runs, if it is one that can be detached, deliver what its run's `controls.log` gets."""
    if not isinstance(link.job, Train):
        yield
        return
    follower = LogFollower(Path(link.job.run) / CONTROLS)
    read_new(follower)  # what stands there was meant for an earlier process
    closed = threading.Event()

    def look() -> None:
        while not closed.wait(_SECONDS):
            for payload in read_new(follower):
                try:
                    link.deliver(read_control_line(payload))
                except msgspec.DecodeError as error:
                    _log.warning("%s: %s", follower.path, error)

    thread = threading.Thread(target=look, name="controls", daemon=True)
    thread.start()
    try:
        yield
    finally:
        closed.set()
        thread.join()


def read_new(follower: LogFollower) -> list[bytes]:
    """What was appended since the last call; nothing where the file cannot be read now."""
    try:
        return follower.read()
    except OSError as error:
        _log.warning("%s: %s", follower.path, error)
        return []
