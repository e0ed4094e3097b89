from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import answers, infer, use

SEQUENCE = tensor(time=3, feature=4)


def test_an_axis_comes_and_goes() -> None:
    x = torch.randn(2, 3, 4)
    assert answers("Unsqueeze", {"position": 2, "meaning": "width"}, (SEQUENCE, x))[0].equal(x[:, :, None])
    assert infer("Unsqueeze", tensor(feature=4), meaning="channel") == tensor(channel=1, length=4)
    assert infer("Unsqueeze", tensor(feature=4), position=-1, meaning="feature") == tensor(time=4, feature=1)
    assert infer("Squeeze", tensor(channel=1, height=3, width=4)) == tensor(height=3, width=4)
    with pytest.raises(ShapeError, match="has none"):
        infer("Squeeze", SEQUENCE)
    with pytest.raises(ShapeError, match="place 1 to 3"):
        infer("Unsqueeze", SEQUENCE, position=5)


def test_two_axes_swap_their_places_and_meanings() -> None:
    x = torch.randn(2, 3, 4)
    assert answers("Transpose", {}, (SEQUENCE, x))[0].equal(x.transpose(1, 2))
    assert infer("Transpose", SEQUENCE) == tensor(channel=4, time=3)
    assert infer("Transpose", tensor(channel=4, time=3)) == SEQUENCE
    assert infer("Transpose", tensor(channel=4, length=3)) == SEQUENCE


def test_one_step_is_spread_over_many() -> None:
    one = tensor(time=1, feature=4)
    x = torch.randn(2, 1, 4)
    assert answers("Expand", {}, (one, x), (SEQUENCE, torch.zeros(2, 3, 4)))[0].equal(x.expand(2, 3, 4))
    with pytest.raises(ShapeError, match="does not fit"):
        layers()["Expand"].infer(use("Expand", {}, x=SEQUENCE, like=one))


def test_repetition_of_the_whole_or_of_each() -> None:
    x = torch.arange(2.0).reshape(1, 2, 1)
    pair = tensor(time=2, feature=1)
    assert answers("Repeat", {}, (pair, x))[0].flatten().tolist() == [0, 1, 0, 1]
    assert answers("Repeat", {"order": "each"}, (pair, x))[0].flatten().tolist() == [0, 0, 1, 1]


def test_rows_become_the_steps_of_a_sequence() -> None:
    a, b = torch.randn(2, 4), torch.randn(2, 4)
    row = tensor(feature=4)
    assert answers("Stack", {}, (row, a), (row, b))[0].equal(torch.stack((a, b), 1))
    assert layers()["Stack"].infer(use("Stack", {}, a=row, b=row))["y"] == tensor(time=2, feature=4)
    with pytest.raises(ShapeError, match="inputs of one shape"):
        layers()["Stack"].infer(use("Stack", {}, a=row, b=tensor(feature=5)))
