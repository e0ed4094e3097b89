from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import infer, model

IMAGE = ("ImageInput", {"channels": 3, "height": 8, "width": 12})


def test_fold_puts_together_what_unfold_took_apart() -> None:
    layer = model(IMAGE, ("Unfold", {}), ("Fold", {"output_size": [8, 12]}))
    x = torch.randn(2, 3, 8, 12)
    assert torch.equal(layer(x), x)


def test_patches_become_a_sequence_for_attention() -> None:
    patches = infer("Unfold", tensor(channel=3, height=8, width=12))
    assert infer("Permute", patches) == tensor(time=6, feature=48)


def test_fold_counts_its_patches() -> None:
    with pytest.raises(ShapeError, match="has 6 such patches, but 5 arrive"):
        infer("Fold", tensor(channel=48, length=5), output_size=[8, 12])
    with pytest.raises(ShapeError, match="split into patches of 4 × 4"):
        infer("Fold", tensor(channel=10, length=6), output_size=[8, 12])
