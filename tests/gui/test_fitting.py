from __future__ import annotations

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.gui.fitting import followers, preceders, takes
from nndesigner.layers.catalogue import layers

IMAGE = tensor(channel=1, height=8, width=8)
FEATURES = tensor(feature=64)
TOKENS = TensorType("int", tensor(time=12).axes, 30)


def _types(found) -> list[str]:
    return [entry.type for entry in found]


def test_only_layers_that_take_the_tensor_are_offered() -> None:
    after_image = _types(followers(IMAGE, "Input and output"))
    assert "Conv2d" in after_image and "Flatten" in after_image
    assert "Linear" not in after_image and "Conv1d" not in after_image
    after_features = _types(followers(FEATURES, "Dense"))
    assert "Linear" in after_features and "Conv2d" not in after_features
    assert "Embedding" in _types(followers(TOKENS)) and "Linear" not in _types(followers(TOKENS))


def test_inputs_never_follow_and_outputs_never_precede() -> None:
    assert not any(layers()[t].role == "input" for t in _types(followers(None)))
    assert not any(entry.role == "output" for entry in preceders())


def test_what_usually_comes_next_comes_first() -> None:
    assert followers(FEATURES, "Dense")[0].group == "Activation"
    assert followers(FEATURES, "Activation")[0].group == "Dense"


def test_layers_with_several_inputs_are_offered_and_decided_later() -> None:
    several = [
        e for e in layers().values() if len([p for p in e.input_ports(e.defaults()) if not p.optional]) > 1
    ]
    assert several
    assert all(takes(entry, IMAGE) for entry in several)
