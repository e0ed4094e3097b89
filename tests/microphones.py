"""A microphone that a test speaks into, in the place of the system's."""

from __future__ import annotations

import threading

import numpy as np

from nndesigner.base.microphone import Heard
from nndesigner.base.problem import Refusal


class Spoken:
    """Stands for `nndesigner.base.microphone.open_microphone` and for the stream that it opens."""

    def __init__(self, rate: int = 8000) -> None:
        self.rate = rate
        self.refusal = ""
        self.opens = threading.Event()
        """cleared, opening blocks until it is set"""
        self.opens.set()
        self.started = threading.Event()
        self.alive = True
        self.opened = self.closed = 0
        self.threads: set[str] = set()
        self._heard: Heard | None = None

    def open(self, heard: Heard) -> Spoken:
        self.threads.add(threading.current_thread().name)
        assert self.opens.wait(20)
        if self.refusal:
            raise Refusal(self.refusal)
        self.opened += 1
        self._heard = heard
        return self

    def start(self) -> None:
        self.started.set()

    def close(self) -> None:
        self.threads.add(threading.current_thread().name)
        self.started.clear()
        self.closed += 1

    def say(self, seconds: float, loud: float = 0.5, torn: bool = False) -> None:
        """A tone, a piece at a time, as PortAudio gives it."""
        assert self.started.wait(10) and self._heard is not None
        sound = loud * np.sin(np.arange(round(seconds * self.rate), dtype=np.float32))
        for piece in np.split(sound, range(100, len(sound), 100)):
            self._heard(piece, torn)
