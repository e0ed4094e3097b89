"""A recording from the microphone, as a WAV file in memory.

A thread of its own opens the stream, waits for the end and closes it. Nobody is called back: whoever shows the
recording looks at it now and then.
"""

from __future__ import annotations

import math
import threading
import time

import numpy as np
import numpy.typing as npt

from nndesigner.base import microphone
from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr
from nndesigner.data.wav import wav_file

COLUMNS = 400
"""of the picture, for the whole length"""
FREE_SECONDS = 30.0
"""where nobody says how long a sound is wanted"""
MOST_SECONDS = 120.0
"""a recording is sent to a worker in one piece"""
FAINTEST = 2.0**-15
"""one step of 16 bits: what stays below is no sound"""
PATIENCE = 5.0
"""seconds without a sample before the device counts as gone"""
_LOOK = 0.05


class Recording:
    """Begins when it is made, and ends by itself after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.length = seconds
        self.running = False
        """whether the microphone hears: opening it may take a while"""
        self.ended = False
        self.file = b""
        """what was heard, once it has ended; nothing where it was stopped before, or dropped"""
        self.problem = ""
        """why nothing was heard, as a sentence"""
        self.remark = ""
        """what there is to say of `file`: whether all of it is there"""
        self._torn = False
        self._buffer = np.zeros(0, np.float32)
        self._filled = 0
        self._rate = 1
        self._wave = np.zeros((0, 2), np.float32)
        self._end = threading.Event()
        self._dropped = False
        # No daemon: the program waits for the stream to be closed, or PortAudio would be taken away under it.
        threading.Thread(target=self._record, name="microphone").start()

    def stop(self) -> None:
        """What was heard so far is the recording."""
        self._end.set()

    def drop(self) -> None:
        """Nothing is wanted of it any more."""
        self._dropped = True
        self._end.set()

    @property
    def seconds(self) -> float:
        """How much has been heard."""
        return self._filled / self._rate

    def wave(self) -> npt.NDArray[np.float32]:
        """(columns, 2): the smallest and the largest amplitude of what was heard so far; the whole has `COLUMNS`."""
        buffer = self._buffer
        step = max(math.ceil(len(buffer) / COLUMNS), 1)
        new = buffer[len(self._wave) * step : self._filled // step * step].reshape(-1, step)
        if len(new):
            ends = np.stack((new.min(axis=1), new.max(axis=1)), axis=1)
            self._wave = np.concatenate((self._wave, ends))
        return self._wave

    # -- on threads of its own ---------------------------------------------------------------------------------------
    def _heard(self, samples: npt.NDArray[np.float32], torn: bool) -> None:
        start = self._filled
        part = samples[: len(self._buffer) - start]
        self._buffer[start : start + len(part)] = part
        self._filled = start + len(part)
        self._torn |= torn
        if self._filled == len(self._buffer):
            self._end.set()

    def _record(self) -> None:
        try:
            self._listen()
            if not self._dropped:
                self.file = self._made()
        except Refusal as refusal:
            self.problem = str(refusal)
        finally:
            self.ended = True

    def _listen(self) -> None:
        stream = microphone.open_microphone(self._heard)
        try:
            self._rate = stream.rate
            self._buffer = np.zeros(max(round(self.length * stream.rate), 1), np.float32)
            if self._end.is_set():
                return
            stream.start()
            self.running = True
            seen, since = 0, time.monotonic()
            while not self._end.wait(_LOOK) and stream.alive:
                if self._filled != seen:
                    seen, since = self._filled, time.monotonic()
                elif time.monotonic() - since > PATIENCE:
                    return
        finally:
            stream.close()

    def _made(self) -> bytes:
        """The WAV file. Raises Refusal where there is nothing in it."""
        heard = self._buffer[: self._filled]
        if len(heard) and float(np.abs(heard).max()) >= FAINTEST:
            if not self._end.is_set():
                self.remark = tr("The microphone was gone before the end: this is what it heard until then.")
            elif self._torn:
                self.remark = tr("Parts of the recording are missing: the computer was too busy.")
            return wav_file(heard, self._rate)
        if not len(heard) and self._end.is_set():
            return b""  # stopped before it began
        raise Refusal(
            tr(
                "The microphone gave nothing but silence: it may be muted, or this program may not be allowed to use"
                " it. Look into the sound and privacy settings of the system, then record again."
            )
        )


def length_of(seconds: object) -> float:
    """How long is recorded for an input that takes so many seconds; None and 0 where that is not known."""
    known = float(seconds) if isinstance(seconds, int | float) else 0.0
    return min(known, MOST_SECONDS) if known > 0 else FREE_SECONDS
