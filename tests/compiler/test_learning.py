from __future__ import annotations

from typing import Any

import pytest
import torch

from nndesigner.check.check import check
from nndesigner.compiler.build import CompiledNetwork, build
from nndesigner.compiler.learning import hidden_matrices, spared
from nndesigner.document import edits
from tests.networks import chain, digits_cnn


def built(name: str, **values: Any) -> CompiledNetwork:
    document = digits_cnn()
    node = document.node_named(name)
    assert node is not None
    torch.manual_seed(0)
    return build(check(document.apply(edits.set_learning(document, [node.id], values))))


@pytest.mark.parametrize(
    ("scheme", "holds"),
    [
        ("zeros", lambda w: not w.any()),
        ("ones", lambda w: bool((w == 1).all())),
        ("orthogonal", lambda w: torch.allclose(w @ w.T, torch.eye(len(w)), atol=1e-5)),
        ("xavier_uniform", lambda w: float(w.abs().max()) <= (6 / (w.shape[0] + w.shape[1])) ** 0.5),
        ("kaiming_normal", lambda w: abs(float(w.std()) / (2 / w.shape[1]) ** 0.5 - 1) < 0.2),
        ("normal", lambda w: abs(float(w.std()) / 0.3 - 1) < 0.2),
        ("truncated_normal", lambda w: float(w.abs().max()) <= 0.6),
        ("uniform", lambda w: 0.2 < float(w.abs().max()) <= 0.3),
    ],
)
def test_weights_begin_as_chosen(scheme: str, holds: Any) -> None:
    model = built("linear1", weight=scheme, scale=0.3, bias="ones")
    assert holds(model.linear1.weight.detach())
    assert bool((model.linear1.bias == 1).all())
    assert not torch.equal(model.conv1.bias, torch.ones(4))


def test_a_frozen_layer_keeps_its_weights_and_stays_in_evaluation_mode() -> None:
    model = built("conv1", frozen=True)
    assert [n for n, p in model.named_parameters() if not p.requires_grad] == ["conv1.weight", "conv1.bias"]
    model.train()
    assert model.training and not model.conv1.training and model.linear1.training


def test_numbers_of_a_layers_own_are_frozen_too() -> None:
    document = chain([("TableInput", {"features": 3}), ("ChannelScale", {}), ("Output", {})])
    node = document.node_named("scale1")
    assert node is not None
    model = build(check(document.apply(edits.set_learning(document, [node.id], {"frozen": True}))))
    model.train()
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_a_learning_rate_of_its_own_is_known_by_parameter() -> None:
    assert built("conv1", rate=0.1).learning.rates == {"conv1.weight": 0.1, "conv1.bias": 0.1}


def test_what_a_block_says_counts_inside() -> None:
    document = digits_cnn()
    ids = [node.id for node in document.nodes() if node.name in ("conv1", "relu1")]
    document = document.apply(edits.make_block(document, ids, "part"))
    block = document.node_named("part1")
    assert block is not None
    document = document.apply(edits.set_learning(document, [block.id], {"frozen": True, "rate": 0.5}))
    model = build(check(document))
    assert model.learning.frozen == {"part1.conv1.weight", "part1.conv1.bias"}
    conv = next(node for node in document.nodes(block.block) if node.name == "conv1")
    document = document.apply(edits.set_learning(document, [conv.id], {"frozen": False}))
    model = build(check(document))
    assert not model.learning.frozen and set(model.learning.rates.values()) == {0.5}


def test_matrices_of_hidden_layers_are_told_from_the_rest() -> None:
    layers = [
        ("TokensInput", {"vocabulary": 11, "length": 6}),
        ("Embedding", {"embedding_dim": 8}),
        ("Linear", {"out_features": 8}),
        ("LayerNorm", {}),
        ("LSTM", {"hidden_size": 8}),
        ("Linear", {"out_features": 11}),
        ("Dropout", {}),
        ("Output", {}),
    ]
    model = build(check(chain(layers)))
    assert hidden_matrices(model) == {"linear1.weight", "lstm1.weight_ih_l0", "lstm1.weight_hh_l0"}
    cnn = build(check(digits_cnn()))
    last = [name for name, weight in cnn.named_parameters() if weight.ndim == 2][-1]
    assert last not in hidden_matrices(cnn) and "conv1.weight" not in hidden_matrices(cnn)


def test_biases_and_normalizations_are_told_from_matrices_and_kernels() -> None:
    layers = [
        ("ImageInput", {"channels": 2, "height": 6, "width": 6}),
        ("Conv2d", {"out_channels": 4}),
        ("BatchNorm2d", {}),
        ("LayerNorm", {"axes": 3}),
        ("Flatten", {}),
        ("Linear", {"out_features": 3}),
        ("Output", {}),
    ]
    model = build(check(chain(layers)))
    left = {name for name, _ in model.named_parameters()} - spared(model)
    assert left == {"conv1.weight", "linear1.weight"}
    assert any(model.get_parameter(name).ndim > 1 for name in spared(model)), "a norm over several axes"
