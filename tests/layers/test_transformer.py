from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import alone, use

TARGET, SOURCE = tensor(time="T", feature=6), tensor(time="S", feature=6)
VALUES = {"num_heads": 2, "dim_feedforward": 8}


def test_a_decoder_sees_its_past_and_the_whole_memory() -> None:
    layer = alone("TransformerDecoderLayer", VALUES, x=TARGET, memory=SOURCE)
    x, memory = torch.randn(2, 5, 6), torch.randn(2, 4, 6)
    later = x.clone()
    later[:, 3:] += 1.0
    moved = (layer(x, memory) - layer(later, memory)).abs().amax((0, 2))
    assert moved[:3].max() < 1e-6 and moved[3:].min() > 1e-4
    other = memory.clone()
    other[:, -1] += 1.0
    assert (layer(x, memory) - layer(x, other)).abs().amax((0, 2)).min() > 1e-4


def test_padding_of_the_memory_is_as_if_it_were_not_there() -> None:
    ports = {"x": TARGET, "memory": SOURCE}
    padded = alone("TransformerDecoderLayer", VALUES, **ports, memory_padding=tensor("bool", time="S"))
    short = alone("TransformerDecoderLayer", VALUES, **ports)
    x, memory = torch.randn(1, 5, 6), torch.randn(1, 4, 6)
    padding = torch.tensor([[False, False, True, True]])
    torch.testing.assert_close(padded(x, memory, padding), short(x, memory[:, :2]))
    assert padded(x, memory, torch.ones_like(padding)).isfinite().all()


def test_memory_and_target_have_the_same_features() -> None:
    wrong = use("TransformerDecoderLayer", VALUES, x=TARGET, memory=tensor(time=3, feature=8))
    with pytest.raises(ShapeError, match="6, not 8") as caught:
        layers()["TransformerDecoderLayer"].infer(wrong)
    assert caught.value.port == "memory"


def _count(type: str, width: int, **values: object) -> int:
    inputs = {"x": tensor(time="T", feature=width)}
    if "Decoder" in type:
        inputs["memory"] = inputs["x"]
    return layers()[type].weights(use(type, dict(values), **inputs))


def test_layers_of_the_published_transformers_have_their_weights() -> None:
    """Per layer: 12 d² + 13 d for an encoder of width d with 4 d hidden units, 16 d² + 19 d for a decoder."""
    base = {"num_heads": 8, "dim_feedforward": 2048}
    assert _count("TransformerEncoderLayer", 512, **base) == 3_152_384
    assert _count("TransformerDecoderLayer", 512, **base) == 4_204_032
    wide = {"num_heads": 12, "dim_feedforward": 3072}
    # BERT-base: 12 layers, embeddings of 30,522 words, 512 positions and 2 segments, two norms' worth, and the pooler
    embeddings = (30_522 + 512 + 2 + 2) * 768
    assert 12 * _count("TransformerEncoderLayer", 768, **wide) + embeddings + 768 * 769 == 109_482_240
    # GPT-2 small: 12 layers, 50,257 tokens (tied with the output), 1,024 positions, a last norm
    assert 12 * _count("TransformerEncoderLayer", 768, **wide) + (50_257 + 1_024 + 2) * 768 == 124_439_808
    # ViT-B/16: patches of 16 × 16 × 3, a class token, 197 positions, a last norm, 1,000 classes
    patches = 768 * (16 * 16 * 3 + 1) + 768 + 197 * 768 + 2 * 768 + 1000 * 769
    assert 12 * _count("TransformerEncoderLayer", 768, **wide) + patches == 86_567_656
