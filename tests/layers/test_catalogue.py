from __future__ import annotations

import pytest

from nndesigner.layers import catalogue
from nndesigner.layers.catalogue import GROUPS, grouped, layer, layers, search


def test_every_layer_is_in_one_group() -> None:
    groups = grouped()
    assert [g for g in groups if g in GROUPS] == [g for g in GROUPS if g in groups]
    assert sorted(e.type for entries in groups.values() for e in entries) == sorted(layers())


def test_an_unknown_type_is_none() -> None:
    assert layer("Quantum") is None


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("relu", "ReLU"),
        ("dense", "Linear"),
        ("fully", "Linear"),
        ("conv 2", "Conv2d"),
        ("conv2d", "Conv2d"),
        ("global average", "AdaptiveAvgPool1d"),
        ("lstm", "LSTM"),
        ("swish", "SiLU"),
        ("residual", "Add"),
        ("concat", "Concatenate"),
        ("transpose", "Transpose"),
        ("layer norm", "LayerNorm"),
        ("self attention", "MultiheadAttention"),
        ("word vectors", "Embedding"),
        ("unflatten", "Reshape"),
        ("convolution2dLayer", "Conv2d"),
        ("fc", "Linear"),
        ("fully-connected", "Linear"),
        ("skip", "Add"),
        ("global pooling", "AdaptiveAvgPool1d"),
        ("GlobalAveragePooling2D", "AdaptiveAvgPool2d"),
        ("MaxPooling2D", "MaxPool2d"),
        ("BatchNormalization", "BatchNorm1d"),
        ("SpatialDropout2D", "Dropout2d"),
        ("SimpleRNN", "RNN"),
        ("bilstmLayer", "LSTM"),
        ("log_softmax", "LogSoftmax"),
        ("deconvolution", "ConvTranspose2d"),
        ("UpSampling2D", "Upsample"),
        ("pixel shuffle", "PixelShuffle"),
        ("stochastic depth", "DropPath"),
        ("crop", "Slice"),
        ("groupNormalizationLayer", "GroupNorm"),
    ],
)
def test_people_find_a_layer_by_the_word_they_know(typed: str, first: str) -> None:
    assert search(typed)[0].type == first


def test_what_matches_nothing_finds_nothing() -> None:
    assert search("zzz") == ()
    assert len(search("")) == len(layers())


def test_two_declarations_of_one_type_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = (*layers().values(), layers()["ReLU"])
    monkeypatch.setattr(catalogue, "discover", lambda package, kind: twice)
    with pytest.raises(ValueError, match="two declarations of the layer type ReLU"):
        catalogue.own_layers.__wrapped__()
