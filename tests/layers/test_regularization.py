from __future__ import annotations

import pytest
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


def test_drop_path_drops_whole_samples() -> None:
    layer, x = model(IMAGE, ("DropPath", {"p": 0.25})), torch.ones(400, 64, 4, 4)
    assert torch.equal(layer(x), x)
    y = layer.train()(x)
    kept = y.flatten(1)
    assert set(kept.unique().tolist()) == {0.0, kept.max().item()}
    assert kept.max().item() == pytest.approx(4 / 3)
    assert torch.equal(kept.amin(1), kept.amax(1))
    assert 0.15 < (kept[:, 0] == 0).float().mean() < 0.35


def test_noise_is_added_while_training_only() -> None:
    layer = model(IMAGE, ("GaussianNoise", {"std": 0.5}))
    assert torch.equal(layer(ONES), ONES)
    added = layer.train()(ONES) - ONES
    assert abs(added.mean()) < 0.05 and 0.45 < added.std() < 0.55


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    x = torch.randn(64, 64, 4, 4)
    for type in ("AlphaDropout", "FeatureAlphaDropout"):
        layer = model(IMAGE, (type, {"p": 0.3}))
        assert torch.equal(layer(x), x)
        y = layer.train()(x)
        assert abs(y.mean()) < 0.1 and abs(y.std() - 1) < 0.1
