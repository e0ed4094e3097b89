"""What a network hears: a waveform, its spectrogram on the mel scale, or its mel-frequency cepstral coefficients.

Mel scale: m = 2595 · log₁₀(1 + f / 700) (O'Shaughnessy 1987; as in HTK). Spectrogram: power of the Fourier transform of
windows weighted by Hann, summed by triangular filters evenly spaced in mel. Coefficients: the type-II cosine transform
of the logarithm of these (Davis, Mermelstein 1980). Everything is float64 inside.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

FLOOR = 1e-10
"""added before the logarithm, so that silence has one: -100 dB"""


def resample(wave: npt.NDArray[np.float32], rate: int, wanted: int) -> npt.NDArray[np.float32]:
    """A waveform (samples,) at another rate, by a polyphase filter that lets no higher frequency fold back."""
    if rate == wanted:
        return wave
    from scipy.signal import resample_poly

    # Odd rates have ratios of large numbers, whose filters are huge; one part in a million is no audible change.
    ratio = Fraction(wanted, rate).limit_denominator(2000)
    return np.asarray(resample_poly(wave, max(ratio.numerator, 1), ratio.denominator), np.float32)


def frames_of(samples: int, window: int, hop: int) -> int:
    """How many windows fit into so many samples; one at least (filled up with silence)."""
    return max((samples - window) // hop, 0) + 1


def mel_filters(rate: int, window: int, bands: int) -> Floats:
    """Triangular filters (bands, window // 2 + 1) from 0 to half the rate, their peaks at 1."""
    highest = 2595 * math.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, highest, bands + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(window, 1 / rate)
    low, peak, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise = (frequencies - low) / (peak - low)
    fall = (high - frequencies) / (high - peak)
    return np.asarray(np.maximum(0, np.minimum(rise, fall)), np.float64)


def log_mel(wave: npt.NDArray[np.float32], rate: int, window: int, hop: int, bands: int) -> Floats:
    """The spectrogram (frames, bands) in decibels: 10 · log₁₀(power + 10⁻¹⁰)."""
    number = frames_of(len(wave), window, hop)
    whole = np.zeros((number - 1) * hop + window)
    whole[: min(len(wave), len(whole))] = wave[: len(whole)]
    frames = np.lib.stride_tricks.sliding_window_view(whole, window)[::hop]
    # A window of Hann for the Fourier transform: periodic, not symmetric.
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    power = np.abs(np.fft.rfft(frames * hann, axis=1)) ** 2 / np.sum(hann) ** 2
    return np.asarray(10 * np.log10(power @ mel_filters(rate, window, bands).T + FLOOR), np.float64)


def cepstrum(spectrogram: Floats, coefficients: int) -> Floats:
    """Mel-frequency cepstral coefficients (frames, coefficients) of a spectrogram (frames, bands) in decibels.

    c_k = s_k · Σ_n x_n · cos(π k (2n + 1) / 2N), orthonormal: s_0 = √(1/N), s_k = √(2/N).
    """
    bands = spectrogram.shape[1]
    k, n = np.arange(coefficients)[:, None], np.arange(bands)[None]
    basis = np.cos(np.pi * k * (2 * n + 1) / (2 * bands)) * math.sqrt(2 / bands)
    basis[0] /= math.sqrt(2)
    return np.asarray(spectrogram @ basis.T, np.float64)


def envelope(wave: npt.ArrayLike, columns: int = 400) -> npt.NDArray[np.float32]:
    """The smallest and the largest amplitude of each of at most so many even stretches of a waveform: (columns, 2)."""
    flat = np.asarray(wave, np.float32).reshape(-1)
    if not len(flat):
        return np.zeros((0, 2), np.float32)
    starts = np.unique(np.linspace(0, len(flat), min(columns, len(flat)), endpoint=False).astype(np.int64))
    low, high = np.minimum.reduceat(flat, starts), np.maximum.reduceat(flat, starts)
    return np.stack((low, high), axis=1)
