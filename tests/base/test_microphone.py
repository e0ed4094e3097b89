"""The microphone: one clear sentence where there is none, and PortAudio runs only as long as a stream."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nndesigner.base import microphone
from nndesigner.base.microphone import PACKAGE, open_microphone
from nndesigner.base.problem import Refusal

ROOT = Path(__file__).parents[2]


class PortAudioError(Exception):
    pass


class PortAudio(ModuleType):
    """Stands for the package: what is asked of it, and what it refuses."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        super().__init__(PACKAGE)
        self.running = 1
        self.devices: list[dict[str, Any]] = [{"name": "Desk microphone", "default_samplerate": 44100.0}]
        self.plugged_in: list[dict[str, Any]] = []
        self.asked: dict[str, Any] = {}
        self.told: list[str] = []
        self.refuses = ""
        self.active = True

    def _initialize(self) -> None:
        self.running += 1
        self.devices += self.plugged_in
        self.plugged_in = []

    def _terminate(self) -> None:
        self.running -= 1

    def query_devices(self, kind: str) -> dict[str, Any]:
        assert self.running and kind == "input"
        if not self.devices:
            raise PortAudioError("Error querying device -1")
        return self.devices[0]

    def InputStream(self, **asked: Any) -> PortAudio:
        self.asked = asked
        self._say("open")
        return self

    def start(self) -> None:
        self._say("start")

    def stop(self) -> None:
        self.told.append("stop")

    def close(self) -> None:
        self.told.append("close")

    def _say(self, what: str) -> None:
        self.told.append(what)
        if self.refuses == what:
            raise PortAudioError("Device unavailable", -9985)


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> Iterator[PortAudio]:
    made = PortAudio()
    made.running = 0  # as a stream before left it
    monkeypatch.setitem(sys.modules, PACKAGE, made)
    yield made
    assert made.running == 0, "PortAudio was left running"
    assert not microphone._in_use.locked()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes what stands for the package of the system, which is not there before."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)

    def install(text: str) -> None:
        (tmp_path / f"{PACKAGE}.py").write_text(text)

    yield install
    sys.modules.pop(PACKAGE, None)


def quiet(samples: Any, lost: bool) -> None:
    pass


def refused() -> str:
    with pytest.raises(Refusal) as caught:
        open_microphone(quiet)
    assert not microphone._in_use.locked()
    return str(caught.value)


def test_it_is_told_what_the_stream_hears(portaudio: PortAudio) -> None:
    heard: list[tuple[list[float], bool]] = []
    stream = open_microphone(lambda samples, lost: heard.append((samples.tolist(), lost)))
    assert stream.rate == 44100 and portaudio.told == ["open"]
    stream.start()
    assert stream.alive
    for lost in (False, True):
        portaudio.asked["callback"](
            np.array([[0.5], [-0.5]], np.float32), 2, None, SimpleNamespace(input_overflow=lost)
        )
    assert heard == [([0.5, -0.5], False), ([0.5, -0.5], True)]
    portaudio.active = False
    assert not stream.alive
    stream.close()
    assert portaudio.told == ["open", "start", "stop", "close"]
    assert (portaudio.asked["channels"], portaudio.asked["dtype"]) == (1, "float32")


def test_no_more_samples_are_asked_for_than_anybody_hears(portaudio: PortAudio) -> None:
    portaudio.devices[0]["default_samplerate"] = 192000.0
    stream = open_microphone(quiet)
    stream.close()
    assert stream.rate == portaudio.asked["samplerate"] == 48000


def test_without_a_device_it_says_so_and_sees_one_that_is_plugged_in(portaudio: PortAudio) -> None:
    there, portaudio.devices = portaudio.devices, []
    assert refused().startswith("No microphone was found: connect one")
    portaudio.plugged_in = there
    open_microphone(quiet).close()


@pytest.mark.parametrize("where", ["open", "start"])
def test_a_device_that_somebody_else_holds_is_named(portaudio: PortAudio, where: str) -> None:
    portaudio.refuses = where
    if where == "open":
        sentence = refused()
    else:
        stream = open_microphone(quiet)
        with pytest.raises(Refusal) as caught:
            stream.start()
        stream.close()
        sentence = str(caught.value)
    assert "“Desk microphone” cannot be opened (Device unavailable)" in sentence
    assert "record again" in sentence


def test_one_at_a_time(portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(microphone, "PATIENCE", 0.05)
    first = open_microphone(quiet)
    with pytest.raises(Refusal, match="still busy with the recording before"):
        open_microphone(quiet)
    first.close()
    open_microphone(quiet).close()


def test_without_the_package_it_says_what_to_install_and_takes_it_at_once(
    installed: Callable[[str], None],
) -> None:
    assert "pip install sounddevice" in refused()
    installed("raise OSError('PortAudio library not found')")
    sentence = refused()
    assert "system library PortAudio" in sentence and "sudo apt-get install libportaudio2" in sentence


def test_a_sound_system_that_does_not_come_up(installed: Callable[[str], None]) -> None:
    installed("class PortAudioError(Exception): pass\nraise PortAudioError('Host error', -9999)")
    assert "The sound of this computer cannot be used (Host error)" in refused()


# -- the real one ------------------------------------------------------------------------------------------------------
RECORD = """
import io, time, wave
import numpy as np
from nndesigner.session.recording import Recording

it = Recording(1.0)
while not it.ended:
    time.sleep(0.01)
if it.problem:
    print(it.problem)
else:
    with wave.open(io.BytesIO(it.file)) as file:
        rate, sound = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    loudest = np.abs(np.fft.rfft(sound)).argmax() * rate / len(sound)
    print(len(sound) / rate, round(loudest), round(float(np.abs(sound).max()) / 32768, 2))
"""
# A device of ALSA that hears what a file says, as fast as it is read.
HEARS_A_FILE = 'pcm.!default {{ type file slave.pcm null file /dev/null infile "{file}" format raw }}\n'


def why_not() -> str:
    if not sys.platform.startswith("linux"):
        return "its device is one of ALSA, which is Linux's"
    if importlib.util.find_spec(PACKAGE) is None:
        return "the package sounddevice is not installed"
    done = subprocess.run([sys.executable, "-c", f"import {PACKAGE}"], capture_output=True, timeout=60)
    return "the system library PortAudio is not installed" if done.returncode else ""


def record_for_real(folder: Path, devices: str) -> str:
    """What a process of its own says that recorded from these devices of ALSA."""
    (folder / ".asoundrc").write_text(devices)
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", RECORD], env=os.environ | home, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_portaudio_records_what_the_device_hears(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    file = tmp_path / "tone.raw"
    time = np.arange(44100 * 4) / 44100
    (0.5 * np.sin(2 * np.pi * 440 * time)).astype("<f4").tofile(file)
    assert record_for_real(tmp_path, HEARS_A_FILE.format(file=file)) == "1.0 440 0.5"


def test_portaudio_without_a_device(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    said = record_for_real(tmp_path, "pcm.!default { type hw card 31 }\n")
    assert said.startswith(("No microphone was found", "The microphone"))
