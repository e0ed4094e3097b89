from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import SetParameter, ShapeError
from tests.layers.shapes_of import answers, infer, use

IMAGE = tensor(channel=3, height=4, width=6)


def test_an_image_and_its_sequence() -> None:
    x = torch.randn(2, 3, 4, 6)
    (steps,) = answers("ImageToSequence", {}, (IMAGE, x))
    assert steps.equal(x.flatten(2).transpose(1, 2))
    (back,) = answers("SequenceToImage", {"height": 4}, (tensor(time=24, feature=3), steps))
    assert back.equal(x)


def test_steps_that_fill_no_image_offer_a_height_that_does() -> None:
    with pytest.raises(ShapeError, match="24 steps") as refused:
        infer("SequenceToImage", tensor(time=24, feature=3))
    assert refused.value.suggestions == (SetParameter("height", 4, "Take the height 4"),)
    assert infer("SequenceToImage", tensor(time=16, feature=3)) == tensor(channel=3, height=4, width=4)


def test_windows_are_cut_as_swin_cuts_them_and_put_together_again() -> None:
    x = torch.randn(2, 3, 4, 6)
    (windows,) = answers("WindowPartition", {"window": 2}, (IMAGE, x))
    assert windows.shape == (2, 6, 4, 3)
    assert windows[1, 4].equal(x[1, :, 2:4, 2:4].flatten(1).T), "the second window of the second row"
    kept = tensor(window=6, time=4, feature=3)
    assert answers("WindowReverse", {"window": 2}, (kept, windows), (IMAGE, x))[0].equal(x)


def test_windows_that_do_not_fill_the_image_offer_some_that_do() -> None:
    with pytest.raises(ShapeError, match="do not fill an image of 4 × 6") as refused:
        layers()["WindowPartition"].infer(use("WindowPartition", {}, x=IMAGE))
    assert refused.value.suggestions == (SetParameter("window", 2, "Take windows of 2"),)
