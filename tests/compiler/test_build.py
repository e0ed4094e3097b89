from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build, example_inputs, raw_inputs, with_preparation
from nndesigner.data.preparation import prepare
from nndesigner.document import edits
from tests.networks import DIGIT, DIGIT_IMAGE, MIXED_TABLE, PRICE, chain, digits_cnn


def test_modules_and_weights_are_named_as_the_nodes() -> None:
    model = build(check(digits_cnn()))
    assert set(model.state_dict()) == {"conv1.weight", "conv1.bias", "linear1.weight", "linear1.bias"}
    assert {name for name, _ in model.named_children()} == {"conv1", "relu1", "pool1", "flatten1", "linear1"}


def test_forward_equals_the_same_layers_by_hand() -> None:
    torch.manual_seed(3)
    model = build(check(digits_cnn()))
    x = torch.rand(5, 1, 8, 8)
    by_hand = F.max_pool2d(F.relu(F.conv2d(x, model.conv1.weight, model.conv1.bias, padding=1)), 2).flatten(1)
    by_hand = F.linear(by_hand, model.linear1.weight, model.linear1.bias)
    assert torch.equal(model(x), by_hand)


def test_the_same_seed_gives_the_same_weights() -> None:
    checked = check(digits_cnn())
    torch.manual_seed(1)
    first = build(checked).state_dict()
    torch.manual_seed(1)
    second = build(checked).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_probe_gives_every_node_and_shares_the_weights() -> None:
    checked = check(digits_cnn())
    model = build(checked)
    x = example_inputs(checked, {"N": 3})
    values = model.probe(*x)
    assert {checked.node(id).name for id, _ in values} == {
        "image1", "conv1", "relu1", "pool1", "flatten1", "linear1",
    }  # fmt: skip
    for place, value in values.items():
        assert tuple(value.shape) == checked.types[place].shape({"N": 3})
    with torch.no_grad():
        model.linear1.bias += 1.0
    after = model.probe(*x)
    assert torch.equal(after[checked.heads[0].source], model(*x))
    assert not torch.equal(after[checked.heads[0].source], values[checked.heads[0].source])


def test_a_network_with_errors_is_refused_with_the_first_sentence() -> None:
    document = chain([("ImageInput", {}), ("Linear", {}), ("Output", {})], [DIGIT_IMAGE, DIGIT])
    checked = check(document)
    with pytest.raises(Refusal, match="Linear takes flat features"):
        build(checked)


def test_a_layer_that_leads_nowhere_is_left_out() -> None:
    document = digits_cnn()
    conv = document.node_named("conv1")
    assert conv is not None
    document = document.apply(edits.append_node(document, "Conv2d", conv.id))
    checked = check(document)
    assert [p.code for p in checked.problems] == ["dead-branch"]
    assert "conv2.weight" not in build(checked).state_dict()


@pytest.mark.parametrize("head", ["Softmax", "LogSoftmax", None])
def test_a_drawn_softmax_trains_through_the_same_stable_loss(head: str | None) -> None:
    steps = [("ImageInput", {}), ("Flatten", {}), ("Linear", {"out_features": 10})]
    document = chain([*steps, *([(head, {})] if head else []), ("Output", {})], [DIGIT_IMAGE, DIGIT])
    checked = check(document)
    torch.manual_seed(0)
    model = build(checked)
    x, target = torch.rand(6, 1, 8, 8), torch.randint(10, (6,))
    logits = model.linear1(x.flatten(1))
    expected = F.cross_entropy(logits, target)
    (loss,) = model.losses(model.for_loss(x), [target])
    assert torch.equal(loss, expected)
    if head == "Softmax":
        assert torch.allclose(model(x).sum(1), torch.ones(6))
        assert torch.allclose(model(x), logits.softmax(1))


def test_preparation_inside_the_model_is_the_one_that_the_data_defines() -> None:
    document = chain(
        [("TableInput", {}), ("Linear", {"out_features": 1}), ("Output", {})], [MIXED_TABLE, PRICE]
    )
    checked = check(document)
    model = build(checked)
    raw = np.array([[180, 2, 80], [np.nan, 0, 61], [150, np.nan, np.nan], [150, 7, 50]], dtype=np.float32)
    prepared = torch.from_numpy(prepare(MIXED_TABLE, raw))
    assert prepared.shape == (4, 5)
    deployed = with_preparation(model, checked)
    expected = model(prepared) * 77.0 + 150.0
    assert torch.allclose(deployed(torch.from_numpy(raw)), expected, atol=1e-4)


def test_raw_inputs_lie_in_the_range_of_the_data() -> None:
    (x,) = raw_inputs(check(digits_cnn()), {"N": 50}, torch.Generator().manual_seed(0))
    assert x.shape == (50, 1, 8, 8)
    assert 15 < float(x.max()) <= 16 and float(x.min()) >= 0


def test_one_convnet_takes_two_image_sizes() -> None:
    document = chain(
        [
            ("ImageInput", {"channels": 1, "height": "H", "width": "W"}),
            ("Conv2d", {"out_channels": 3, "padding": "valid"}),
            ("AdaptiveAvgPool2d", {}),
            ("Flatten", {}),
            ("Linear", {"out_features": 10}),
            ("Output", {}),
        ]
    )
    checked = check(document)
    assert checked.ok
    model = build(checked)
    assert model(torch.rand(2, 1, 8, 8)).shape == (2, 10)
    assert model(torch.rand(2, 1, 31, 12)).shape == (2, 10)
