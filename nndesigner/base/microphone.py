"""The microphone, by way of PortAudio: a stream of what it hears, or one clear sentence why there is none.

The package that speaks to PortAudio is optional and imported when a stream is opened. Whatever is asked of a stream may
block for as long as the system's sound likes: all of it is for one thread that has nothing else to do. It does not know
what becomes of the sound.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

from nndesigner.base.problem import Refusal
from nndesigner.base.text import tr

PACKAGE = "sounddevice"
MOST_RATE = 48_000
"""samples per second: of a device that would give more, no more is asked"""
LATENCY = 0.2
"""seconds that the system may keep before it hands them over: nothing is lost while the window is busy"""
PATIENCE = 5.0
"""seconds to wait for a stream that is still being closed"""

Heard = Callable[[Any, bool], None]
"""told (samples,) float32 between -1 and 1, which it has to copy, and whether some before them were lost; on a thread
of PortAudio's"""

_in_use = threading.Lock()
"""held from before a stream is opened until it is closed: there is one at a time"""


class Microphone(Protocol):
    """A stream that was opened. `close` must be called, whatever happened."""

    rate: int
    """samples per second"""

    def start(self) -> None:
        """From now on it hears. Raises Refusal where it cannot."""

    @property
    def alive(self) -> bool:
        """Whether more is to come: False once the device is gone."""

    def close(self) -> None:
        """Nothing is told any more when it returns."""


def open_microphone(heard: Heard) -> Microphone:
    """The input that the system's settings name, mixed into one channel. Raises Refusal where there is none."""
    if not _in_use.acquire(timeout=PATIENCE):
        raise Refusal(
            tr("The microphone is still busy with the recording before: wait a moment, then record again.")
        )
    try:
        return _Stream(heard)
    except BaseException:
        _in_use.release()
        raise


class _Stream:
    """PortAudio runs only as long as the stream: it lists the devices when it starts, so that each stream sees those
    that were plugged in since the one before."""

    def __init__(self, heard: Heard) -> None:
        self._sound = _started()
        try:
            self._name, self.rate = _device(self._sound)
            self._stream = self._asked(
                lambda: self._sound.InputStream(
                    samplerate=self.rate,
                    channels=1,
                    dtype="float32",
                    latency=LATENCY,
                    callback=lambda data, frames, time, status: heard(
                        data[:, 0], bool(status.input_overflow)
                    ),
                )
            )
        except BaseException:
            _ended(self._sound)
            raise

    def start(self) -> None:
        self._asked(self._stream.start)

    @property
    def alive(self) -> bool:
        try:
            return bool(self._stream.active)
        except self._sound.PortAudioError:
            return False

    def close(self) -> None:
        try:
            self._stream.stop()  # some versions of PortAudio never come back from closing a stream that runs
            self._stream.close()
        finally:
            _ended(self._sound)
            _in_use.release()

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except self._sound.PortAudioError as error:
            raise Refusal(
                tr(
                    "The microphone “{name}” cannot be opened ({reason}): close what else may be using it, or choose"
                    " another input in the sound settings of the system, then record again.",
                    name=self._name,
                    reason=_reason(error),
                )
            ) from error


def _started() -> ModuleType:
    """The package, with PortAudio running. Raises Refusal where one of the two is missing."""
    was_there = PACKAGE in sys.modules
    try:
        importlib.invalidate_caches()  # it may have been installed since
        sound = importlib.import_module(PACKAGE)
        if was_there:
            sound._initialize()  # importing it does so too
        return sound
    except ImportError as error:
        raise Refusal(
            tr(
                "Recording needs the package {package}, which is not installed: install it with “pip install {package}”"
                " and record again.",
                package=PACKAGE,
            )
        ) from error
    except OSError as error:
        raise Refusal(
            tr(
                "Recording needs the system library PortAudio, which was not found: install it (Debian and Ubuntu:"
                " “sudo apt-get install libportaudio2”) and record again."
            )
        ) from error
    except (
        Exception
    ) as error:  # the package's own kind of error, which cannot be named where importing it fails
        raise Refusal(
            tr(
                "The sound of this computer cannot be used ({reason}): look into the sound settings of the system, then"
                " record again.",
                reason=_reason(error),
            )
        ) from error


def _ended(sound: ModuleType) -> None:
    with contextlib.suppress(sound.PortAudioError):  # it is at its end all the same
        sound._terminate()


def _device(sound: ModuleType) -> tuple[str, int]:
    """Name and samples per second of the system's input. Raises Refusal where there is none."""
    try:
        found = sound.query_devices(kind="input")
    except (sound.PortAudioError, ValueError) as error:
        raise Refusal(
            tr(
                "No microphone was found: connect one, or choose an input in the sound settings of the system, then"
                " record again."
            )
        ) from error
    return str(found["name"]), min(round(found["default_samplerate"]), MOST_RATE)


def _reason(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__
