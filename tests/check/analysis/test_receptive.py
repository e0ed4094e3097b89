"""Receptive fields against what gradients reach, and against published ones."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch

from nndesigner.base.data_field import DataField
from nndesigner.check.analysis.receptive import Reaches, receptive_fields
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.opened import Opened
from nndesigner.compiler.build import build, example_inputs
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from tests.networks import DIGIT, Step, chain


def picture(side: int, channels: int = 1) -> DataField:
    axes = (("channel", channels), ("height", side), ("width", side))
    return DataField(name="image", role="input", kind="image", element="float", axes=axes)


def fields(checked: CheckedNetwork) -> dict[str, Reaches]:
    return {checked.node(key).name: found for key, found in receptive_fields(Opened(checked)).items()}


def network(*steps: Step | str, side: int = 64) -> CheckedNetwork:
    middle = [(step, {}) if isinstance(step, str) else step for step in steps]
    middle += [("Flatten", {}), ("Linear", {"out_features": 10})]
    checked = check(chain([("ImageInput", {}), *middle, ("Output", {})], [picture(side), DIGIT]))
    return checked


def conv(kernel: int, stride: int = 1, pad: int | str = 0, dilation: int = 1) -> Step:
    padding: dict[str, Any] = (
        {"padding": "same"} if pad == "same" else {"padding": "custom", "pad": [pad, pad]}
    )
    values = {"kernel_size": [kernel] * 2, "stride": [stride] * 2, "dilation": [dilation] * 2}
    return ("Conv2d", {"out_channels": 1, "bias": False, **values, **padding})


def pool(kernel: int, stride: int, kind: str = "Avg", pad: int = 0) -> Step:
    return (f"{kind}Pool2d", {"kernel_size": [kernel] * 2, "stride": [stride] * 2, "padding": [pad] * 2})


STACKS: dict[str, list[Any]] = {
    "one window": [conv(3)],
    "dilated": [conv(3, dilation=2), conv(3, dilation=4)],
    "same": [conv(5, pad="same", dilation=2), conv(3, 2, 1)],
    "pooled": [conv(5, 1, 2), pool(3, 2, pad=1), conv(3, 1, 1), pool(2, 2)],
    "strided": [conv(7, 2, 3), pool(2, 2), conv(3, 2, 1), "LeakyReLU", conv(1)],
}


@pytest.mark.parametrize("name", STACKS)
def test_the_field_is_where_the_gradient_of_a_value_reaches(name: str) -> None:
    checked = network(*STACKS[name])
    assert checked.ok, checked.errors
    last = [node for node in checked.nodes if node.id in receptive_fields(Opened(checked))][-1]
    reach = fields(checked)[last.name]["height"]
    (x,) = example_inputs(checked, {"N": 1})
    x.requires_grad_(True)
    torch.manual_seed(0)
    model = build(checked)
    for weight in model.parameters():
        torch.nn.init.uniform_(weight, 0.5, 1.0)
    y = model.probe(x)[last.id, "y"]
    middle = y.shape[2] // 2
    y[0, 0, middle, middle].backward()
    assert x.grad is not None
    reached = torch.nonzero(x.grad[0, 0].abs().sum(1)).flatten()
    first, end = int(reached[0]), int(reached[-1]) + 1
    assert end - first == reach.size
    assert Fraction(first + end, 2) == reach.start + middle * reach.jump


def test_vgg_16_sees_212_pixels() -> None:
    """Araujo et al., table 1: VGG-16, 212, effective stride 32, effective padding 90 (middle at 106 − 90)."""
    steps: list[Any] = []
    for repeats in (2, 2, 3, 3, 3):
        steps += [conv(3, 1, 1), "ReLU"] * repeats + [pool(2, 2, "Max")]
    found = fields(network(*steps, side=224))["pool5"]
    assert {axis: reach.size for axis, reach in found.items()} == {"height": 212, "width": 212}
    assert (found["height"].jump, found["height"].start) == (32, 16)


def test_alexnet_sees_195_pixels() -> None:
    """Araujo et al., table 1: AlexNet (version 2), 195, effective stride 32."""
    steps = [conv(11, 4), pool(3, 2, "Max"), conv(5, 1, 2), pool(3, 2, "Max")]
    steps += [conv(3, 1, 1)] * 3 + [pool(3, 2, "Max")]
    reach = fields(network(*steps, side=224))["pool3"]["height"]
    assert (reach.size, reach.jump) == (195, 32)


def test_of_two_paths_the_larger_counts() -> None:
    document = chain([("ImageInput", {}), conv(3, pad="same"), conv(5, pad="same")], [picture(32), DIGIT])
    first, second = (n.id for n in document.nodes() if n.type == "Conv2d")
    diff = edits.append_node(document, "Add", second)
    document = document.apply(diff)
    added = next(r.id for r in diff.added.values() if isinstance(r, Node))
    document = document.apply(edits.connect(document, first, "y", added, "b"))
    document = document.apply(edits.append_node(document, "Output", added))
    assert fields(check(document))["add1"]["width"].size == 7


def test_what_mixes_all_positions_ends_the_path() -> None:
    found = fields(network(conv(3)))
    assert set(found) == {"conv1"}


def test_along_a_sequence() -> None:
    wave = DataField(
        name="wave", role="input", kind="series", element="float", axes=(("time", 50), ("feature", 2))
    )
    steps: list[Any] = [
        ("SequenceInput", {"length": "T"}),
        ("Permute", {"order": "2, 1"}),
        ("Conv1d", {"kernel_size": [3], "dilation": [2]}),
        ("Conv1d", {"kernel_size": [3], "dilation": [4]}),
        ("AdaptiveAvgPool1d", {}),
        ("Flatten", {}),
        ("Output", {}),
    ]
    document: Document = chain(steps, [wave, DIGIT])
    found = fields(check(document))
    assert found["conv2"]["length"].size == 13
    assert "pool1" not in found, "how far a global pooling looks depends on the length"
