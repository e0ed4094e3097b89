"""A recording: what was heard becomes a WAV file, however it ends, and the stream is closed."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Callable

import numpy as np
import pytest

from nndesigner.base import microphone
from nndesigner.session import recording
from nndesigner.session.recording import COLUMNS, FREE_SECONDS, MOST_SECONDS, Recording, length_of
from tests.microphones import Spoken


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> Spoken:
    made = Spoken()
    monkeypatch.setattr(microphone, "open_microphone", made.open)
    return made


def until(over: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not over():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.005)


def read(file: bytes) -> tuple[int, np.ndarray]:
    with wave.open(io.BytesIO(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth()) == (1, 2)
        return opened.getframerate(), np.frombuffer(opened.readframes(opened.getnframes()), "<i2")


def test_it_ends_by_itself_at_its_length(spoken: Spoken) -> None:
    it = Recording(0.5)
    spoken.say(2.0)
    until(lambda: it.ended)
    rate, sound = read(it.file)
    assert rate == 8000 and len(sound) == 4000 and it.problem == ""
    assert np.abs(sound / 32768 - 0.5 * np.sin(np.arange(4000))).max() < 1e-4
    assert it.seconds == 0.5 and spoken.closed == 1 and it.remark == ""
    assert spoken.threads == {"microphone"}, "the device is asked on a thread of its own alone"


def test_stopped_before_it_is_as_long_as_what_was_heard(spoken: Spoken) -> None:
    it = Recording(4.0)
    spoken.say(1.0)
    until(lambda: it.seconds == 1.0)
    assert not it.ended and it.running
    it.stop()
    until(lambda: it.ended)
    assert len(read(it.file)[1]) == 8000 and spoken.closed == 1


def test_its_picture_grows_to_the_whole_width(spoken: Spoken) -> None:
    it = Recording(1.0)
    assert it.wave().shape == (0, 2)
    spoken.say(0.25)
    part = it.wave().copy()
    assert len(part) == COLUMNS / 4 and part[:, 1].max() == pytest.approx(0.5, abs=0.01)
    spoken.say(0.75, loud=0.25)
    until(lambda: it.ended)
    whole = it.wave()
    assert whole.shape == (COLUMNS, 2) and (whole[: len(part)] == part).all()
    assert whole[len(part) :].max() == pytest.approx(0.25, abs=0.01)


def test_dropped_it_leaves_nothing_and_closes_the_stream(spoken: Spoken) -> None:
    it = Recording(4.0)
    spoken.say(1.0)
    it.drop()
    until(lambda: it.ended)
    assert (it.file, it.problem, spoken.closed) == (b"", "", 1)


def test_dropped_while_it_is_opened_it_never_begins(spoken: Spoken) -> None:
    spoken.opens.clear()
    it = Recording(4.0)
    assert not it.running and not it.ended, "making one does not wait for the device"
    it.drop()
    spoken.opens.set()
    until(lambda: it.ended)
    assert (spoken.opened, spoken.closed, it.running, it.file) == (1, 1, False, b"")


def test_why_there_is_no_microphone(spoken: Spoken) -> None:
    spoken.refusal = "No microphone was found."
    it = Recording(4.0)
    until(lambda: it.ended)
    assert (it.problem, it.file, spoken.closed) == ("No microphone was found.", b"", 0)


def test_silence_is_no_sound(spoken: Spoken) -> None:
    it = Recording(0.5)
    spoken.say(0.5, loud=0.0)
    until(lambda: it.ended)
    assert it.file == b"" and "nothing but silence" in it.problem and "muted" in it.problem


def test_stopped_before_anything_was_heard(spoken: Spoken) -> None:
    it = Recording(0.5)
    assert spoken.started.wait(10)
    it.stop()
    until(lambda: it.ended)
    assert (it.file, it.problem, spoken.closed) == (b"", "", 1)


def test_a_device_that_is_pulled_out_leaves_what_it_heard(spoken: Spoken) -> None:
    it = Recording(4.0)
    spoken.say(0.5)
    spoken.alive = False
    until(lambda: it.ended)
    assert len(read(it.file)[1]) == 4000 and spoken.closed == 1
    assert it.remark.startswith("The microphone was gone before the end")


def test_a_device_that_gives_nothing_is_given_up(spoken: Spoken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "PATIENCE", 0.1)
    it = Recording(4.0)
    until(lambda: it.ended)
    assert it.file == b"" and "nothing but silence" in it.problem and spoken.closed == 1


def test_what_was_lost_on_the_way_is_noticed(spoken: Spoken) -> None:
    it = Recording(0.5)
    spoken.say(0.25, torn=True)
    spoken.say(0.25)
    until(lambda: it.ended)
    assert it.file and it.remark.startswith("Parts of the recording are missing")


@pytest.mark.parametrize(
    ("seconds", "length"),
    [(1.5, 1.5), (None, FREE_SECONDS), (0, FREE_SECONDS), (3600.0, MOST_SECONDS), ("", FREE_SECONDS)],
)
def test_how_long_is_recorded(seconds: object, length: float) -> None:
    assert length_of(seconds) == length
