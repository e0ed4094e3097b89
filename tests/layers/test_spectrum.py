from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import answers, infer

SIGNAL = tensor(channel=2, length=8)


def test_a_wave_shows_at_its_frequency() -> None:
    wave = torch.sin(torch.arange(8) * 2 * torch.pi * 3 / 8).expand(1, 2, 8)
    (y,) = answers("FFT", {}, (SIGNAL, wave))
    assert y.shape == (1, 2, 5) and y[0].argmax(1).tolist() == [3, 3]


def test_the_parts_keep_everything() -> None:
    x = torch.randn(3, 2, 8)
    (y,) = answers("FFT", {"gives": "parts"}, (SIGNAL, x))
    back = torch.fft.irfft(torch.complex(*y.chunk(2, 1)), n=8)
    torch.testing.assert_close(back, x)


def test_parts_need_an_axis_for_themselves() -> None:
    with pytest.raises(ShapeError, match="along another axis"):
        infer("FFT", SIGNAL, gives="parts", axis="channel")
