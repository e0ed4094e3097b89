from __future__ import annotations

import torch

from tests.layers.shapes_of import model

IMAGE = ("ImageInput", {"channels": 64, "height": 4, "width": 4})
ONES = torch.ones(4, 64, 4, 4)


def test_nothing_is_dropped_outside_training() -> None:
    for type in ("Dropout", "Dropout2d"):
        assert torch.equal(model(IMAGE, (type, {}))(ONES), ONES)


def test_dropout_keeps_the_mean() -> None:
    y = model(IMAGE, ("Dropout", {"p": 0.25})).train()(ONES)
    assert 0.2 < (y == 0).float().mean() < 0.3
    assert abs(y.mean() - 1) < 0.05


def test_dropout_2d_drops_whole_maps() -> None:
    y = model(IMAGE, ("Dropout2d", {"p": 0.5})).train()(ONES)
    dropped = (y == 0).float().mean((2, 3))
    assert set(dropped.unique().tolist()) == {0.0, 1.0}
