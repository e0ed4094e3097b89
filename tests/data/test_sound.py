from __future__ import annotations

import numpy as np
import pytest
from scipy.fft import dct

from nndesigner.data.sound import cepstrum, envelope, frames_of, log_mel, mel_filters, resample

RATE = 8000


def tone(frequency: float, seconds: float = 0.5, rate: int = RATE) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate).astype(np.float32)


def test_a_tone_stands_in_its_band() -> None:
    filters = mel_filters(RATE, 400, 20)
    assert filters.shape == (20, 201) and filters.min() == 0 and filters.max() <= 1
    loudest = []
    for frequency in (200, 700, 1500, 3000):
        spectrogram = log_mel(tone(frequency), RATE, 400, 160, 20)
        assert spectrogram.shape == (frames_of(4000, 400, 160), 20)
        band = int(spectrogram.mean(axis=0).argmax())
        assert filters[band, round(frequency * 400 / RATE)] > 0.4
        loudest.append(band)
    assert loudest == sorted(loudest) and len(set(loudest)) == 4


def test_half_the_amplitude_is_six_decibels_less_and_silence_has_a_floor() -> None:
    loud, soft = (log_mel(tone(700) * a, RATE, 400, 160, 20).max() for a in (1.0, 0.5))
    assert loud - soft == pytest.approx(20 * np.log10(2), abs=0.01)
    assert log_mel(np.zeros(4000, np.float32), RATE, 400, 160, 20) == pytest.approx(-100)


def test_a_sound_shorter_than_a_window_is_filled_up() -> None:
    assert log_mel(tone(700, 0.01), RATE, 400, 160, 20).shape == (1, 20)


def test_the_cepstrum_is_the_orthonormal_cosine_transform() -> None:
    spectrogram = np.random.RandomState(0).normal(size=(7, 20))
    assert cepstrum(spectrogram, 13) == pytest.approx(dct(spectrogram, type=2, norm="ortho", axis=1)[:, :13])


@pytest.mark.parametrize("wanted", [4000, 11025, 16000, 7919])
def test_resampling_keeps_the_tone(wanted: int) -> None:
    made = resample(tone(500), RATE, wanted)
    assert len(made) == pytest.approx(0.5 * wanted, rel=1e-3)
    spectrum = np.abs(np.fft.rfft(made * np.hanning(len(made))))
    assert np.fft.rfftfreq(len(made), 1 / wanted)[spectrum.argmax()] == pytest.approx(500, abs=3)


def test_the_envelope_is_between_the_ends_of_each_stretch() -> None:
    wave = np.concatenate((np.zeros(500), np.linspace(0, 1, 250), -np.linspace(0, 1, 250)))
    found = envelope(wave, 4)
    assert found.tolist() == [[0, 0], [0, 0], [0, 1], [-1, 0]]
    assert envelope([0.5, -0.5]).tolist() == [[0.5, 0.5], [-0.5, -0.5]]
    assert envelope([]).shape == (0, 2)
