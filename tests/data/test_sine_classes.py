from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nndesigner.data.dataset import Dataset

Load = Callable[..., Dataset]


def test_the_class_is_in_the_spectrum(load: Load, learns: Callable[[Dataset], list[float]]) -> None:
    data = load("sine_classes", samples=90, length=128, classes=3, noise=0.1)
    signals, codes = data.arrays["signal"], data.arrays["mixture"]
    assert signals.shape == (90, 128, 1) and signals.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(signals[:, :, 0], axis=1))[:, 1:]
    centre = np.stack([spectrum[:45][codes[:45] == k].mean(axis=0) for k in range(3)])
    cosine = spectrum[45:] @ centre.T / np.linalg.norm(centre, axis=1)
    assert np.mean(cosine.argmax(axis=1) == codes[45:]) > 0.95
    assert np.abs(signals.mean(axis=1)).max() < 0.5, "single values tell nothing"
    learns(data)


def test_too_much_is_refused(refused: Callable[..., str]) -> None:
    assert "take fewer" in refused("sine_classes", samples=1_000_000, length=100_000)
