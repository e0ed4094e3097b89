from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nndesigner.base.problem import Refusal
from nndesigner.data.dataset import Dataset
from nndesigner.data.inputs import read_like, read_recorded
from tests.data.test_wav import pcm

Load = Callable[..., Dataset]


def tone(frequency: float, seconds: float, rate: int = 8000) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)[:, None]


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    for i in range(10):
        for name, frequency in (("low", 300), ("high", 2500)):
            path = tmp_path / "sounds" / name / f"{i}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            rate = 16000 if i == 4 else 8000
            path.write_bytes(pcm(tone(frequency + 10 * i, 0.1 + 0.01 * i, rate), rate))
    (tmp_path / "sounds" / "low" / "notes.txt").write_text("not a sound")
    return tmp_path / "sounds"


@pytest.mark.parametrize("hears", ["waveform", "spectrogram", "mfcc"])
def test_every_way_of_hearing_trains(
    hears: str, sounds: Path, load: Load, learns: Callable[[Dataset], list[float]]
) -> None:
    data = load("audio_folder", path="sounds", hears=hears, bands=20)
    field = data.fields[hears]
    frames = (int(0.19 * 8000) - 200) // 80 + 1
    shape = {"waveform": (1520, 1), "spectrogram": (1, 20, frames), "mfcc": (frames, 13)}[hears]
    assert data.arrays[hears].shape == (20, *shape) and field.sizes == shape
    assert field.statistics["seconds"] == 0.19 and field.statistics["samples"] == len(data.indices["train"])
    assert data.fields["class"].classes == ("high", "low")
    assert "2 of 20 sounds had another sampling rate and are brought to 8,000 Hz" in " ".join(data.remarks)
    learns(data)


def test_high_tones_stand_above(sounds: Path, load: Load) -> None:
    data = load("audio_folder", path="sounds", seconds=0.1, bands=20)
    loudest = data.arrays["spectrogram"][:, 0].mean(axis=2).argmax(axis=1)
    high, low = (loudest[data.arrays["class"] == code] for code in (0, 1))
    assert high.max() < low.min()
    assert "are cut to 0.10 s" in " ".join(data.remarks)


def test_sound_and_silence(sounds: Path, load: Load) -> None:
    data = load("audio_folder", path="sounds", hears="waveform", rate=4000)
    wave = data.arrays["waveform"][10, :, 0]
    assert np.abs(wave[:380]).max() > 0.45 and np.abs(wave[420:]).max() == 0, "what is short ends in silence"


def test_refusals(sounds: Path, load: Load, refused: Callable[..., str]) -> None:
    assert "fewer than 40 mel bands" in refused("audio_folder", path="sounds", window=5.0)
    assert "has no sub-folders with WAV files" in refused("audio_folder", path="sounds/low")
    (sounds / "low" / "3.wav").write_bytes(b"RIFF nonsense")
    assert "3.wav cannot be read as a sound (it is not a WAV file)" in refused("audio_folder", path="sounds")
    data = load("audio_folder", path="sounds", bad_files="leave_out")
    assert data.counts["all"] == 19 and "3.wav (it is not a WAV file)" in " ".join(data.remarks)
    for path in sounds.rglob("*.wav"):
        path.write_bytes(b"")
    assert "None of the sounds can be read" in refused("audio_folder", path="sounds", bad_files="leave_out")


@pytest.mark.parametrize("hears", ["waveform", "spectrogram", "mfcc"])
@pytest.mark.parametrize("given", [{}, {"rate": 8000, "seconds": 0.15}])
def test_a_file_of_the_users_is_heard_as_those_of_the_data(
    hears: str, given: dict[str, float], sounds: Path, load: Load
) -> None:
    data = load("audio_folder", path="sounds", hears=hears, bands=20, **given)
    record = SimpleNamespace(
        type="audio_folder", parameters={"path": "sounds", "hears": hears, "bands": 20, **given}
    )
    order = [(name, i) for name in ("high", "low") for i in range(10)]
    for name, i in (("high", 0), ("low", 4), ("low", 9)):
        found = read_like(sounds / name / f"{i}.wav", record, sounds.parent)
        assert found is not None and found.arrays[hears].shape[0] == 1
        assert np.array_equal(found.arrays[hears][0], data.arrays[hears][order.index((name, i))])
        wave = found.waves[hears]
        assert wave.shape[1] == 2 and 0.4 < wave[:, 1].max() < 0.55
        assert ("Brought from 16,000 to 8,000 Hz." in found.remarks) == (i == 4)
    longest = [remark for remark in found.remarks if remark.startswith("Cut from")]
    assert longest == (["Cut from 0.19 to 0.15 s."] if given else [])


def test_what_is_no_sound_is_left_to_others_or_refused(sounds: Path, tmp_path: Path) -> None:
    record = SimpleNamespace(type="audio_folder", parameters={"path": "sounds"})
    assert read_like(tmp_path / "a.npy", record, tmp_path) is None
    digits = SimpleNamespace(type="digits", parameters={})
    assert read_like(tmp_path / "a.wav", digits, tmp_path) is None
    with pytest.raises(Refusal, match="hears no sounds"):
        read_recorded(pcm(tone(300, 0.1)), digits, tmp_path)
    (tmp_path / "a.wav").write_bytes(b"RIFF nonsense")
    with pytest.raises(Refusal, match=r"a\.wav cannot be read as a sound"):
        read_like(tmp_path / "a.wav", record, tmp_path)
    for path in sounds.rglob("*.wav"):
        path.write_bytes(b"")
    with pytest.raises(Refusal, match="its length is not known"):
        read_like(tmp_path / "a.wav", record, tmp_path)
