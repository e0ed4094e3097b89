"""What everybody draws first is right: no rule raises its voice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nndesigner.base.data_field import DataField
from nndesigner.check.check import check
from nndesigner.document.document import Document
from nndesigner.project.reader import open_project
from tests.check.advice.drawings import with_counts
from tests.networks import DIGIT, DIGIT_IMAGE, Step, chain

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").rglob("*.nnd"))


def table(features: int) -> DataField:
    return DataField(name="row", role="input", kind="table", element="float", axes=(("feature", features),))


def classes(count: int) -> DataField:
    return DataField(
        name="kind", role="target", kind="class", element="int", classes=tuple(map(str, range(count)))
    )


def number(low: float, high: float) -> DataField:
    return DataField(
        name="value",
        role="target",
        kind="number",
        element="float",
        axes=(("feature", 1),),
        statistics={"minimum": low, "maximum": high},
    )


WAVE = DataField(
    name="wave", role="input", kind="series", element="float", axes=(("time", 40), ("feature", 1))
)
TEXT = DataField(
    name="text",
    role="input",
    kind="tokens",
    element="int",
    axes=(("time", 64),),
    tokens=tuple(map(str, range(60))),
)
NEXT = DataField(
    name="next", role="target", kind="tokens", element="int", axes=(("time", 64),), tokens=TEXT.tokens
)


def linear(units: int) -> Step:
    return ("Linear", {"out_features": units})


def layers(*steps: Step | str) -> list[Step]:
    return [(step, {}) if isinstance(step, str) else step for step in steps]


NETWORKS: dict[str, tuple[list[Any], list[DataField], int]] = {
    "perceptron": (layers("TableInput", linear(1), "Step", "Output"), [table(2), classes(2)], 4),
    "xor": (
        layers("TableInput", linear(4), "Tanh", linear(1), "Sigmoid", "Output"),
        [table(2), classes(2)],
        4,
    ),
    "one hidden layer": (
        layers("ImageInput", "Flatten", linear(128), "ReLU", linear(10), "Softmax", "Output"),
        [DIGIT_IMAGE, DIGIT],
        1078,
    ),
    "keras classifier": (
        layers("TableInput", linear(64), "ReLU", linear(64), "ReLU", linear(10), "Softmax", "Output"),
        [table(100), classes(10)],
        1000,
    ),
    "breast cancer": (
        layers("TableInput", linear(16), "ReLU", linear(1), "Sigmoid", "Output"),
        [table(30), classes(2)],
        341,
    ),
    "digits mlp": (
        layers("ImageInput", "Flatten", linear(128), "ReLU", linear(64), "ReLU", linear(10), "Output"),
        [DIGIT_IMAGE, DIGIT],
        1078,
    ),
    "digits cnn": (
        layers(
            "ImageInput",
            ("Conv2d", {"out_channels": 16}),
            "BatchNorm2d",
            "ReLU",
            "MaxPool2d",
            ("Conv2d", {"out_channels": 32}),
            "ReLU",
            "MaxPool2d",
            "Flatten",
            ("Dropout", {"p": 0.25}),
            linear(10),
            "Softmax",
            "Output",
        ),
        [DIGIT_IMAGE, DIGIT],
        1078,
    ),
    "iris": (layers("TableInput", linear(16), "ReLU", linear(3), "Output"), [table(4), classes(3)], 90),
    "moons": (
        layers("TableInput", linear(16), "Tanh", linear(16), "Tanh", linear(2), "Softmax", "Output"),
        [table(2), classes(2)],
        200,
    ),
    "diabetes": (
        layers("TableInput", linear(32), "ReLU", linear(1), "Output"),
        [table(10), number(-1.5, 2.5)],
        265,
    ),
    "sine": (
        layers("SequenceInput", ("LSTM", {"hidden_size": 32}), linear(1), "Output"),
        [WAVE, number(-1, 1)],
        500,
    ),
    "characters": (
        layers(
            "TokensInput",
            "Embedding",
            ("PositionalEncoding", {"kind": "learned"}),
            ("TransformerEncoderLayer", {"causal": True}),
            ("TransformerEncoderLayer", {"causal": True}),
            linear(60),
            "Output",
        ),
        [TEXT, NEXT],
        100,
    ),
    "lenet": (
        layers(
            "ImageInput",
            ("Conv2d", {"out_channels": 6}),
            "Sigmoid",
            "AvgPool2d",
            ("Conv2d", {"out_channels": 16}),
            "Sigmoid",
            "AvgPool2d",
            "Flatten",
            linear(120),
            "Sigmoid",
            linear(84),
            "Sigmoid",
            linear(10),
            "Output",
        ),
        [DIGIT_IMAGE, DIGIT],
        1078,
    ),
    "softmax regression": (
        layers("ImageInput", "Flatten", linear(10), "Softmax", "Output"),
        [DIGIT_IMAGE, DIGIT],
        1078,
    ),
    "depthwise separable": (
        layers(
            "ImageInput",
            ("Conv2d", {"out_channels": 8}),
            "ReLU",
            ("Conv2d", {"out_channels": 8, "groups": 8}),
            ("Conv2d", {"out_channels": 16, "kernel_size": [1, 1]}),
            "BatchNorm2d",
            "ReLU",
            "AdaptiveAvgPool2d",
            "Flatten",
            linear(10),
            "Output",
        ),
        [DIGIT_IMAGE, DIGIT],
        1078,
    ),
}


def drawn(name: str) -> Document:
    steps, fields, train = NETWORKS[name]
    return with_counts(chain(steps, fields), train)


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_said_of_a_textbook_network(name: str) -> None:
    assert [p.message for p in check(drawn(name)).problems] == []


def expected(path: Path) -> set[str]:
    """Published architectures and some networks come without data, and some of the latter learn from few pictures;
    nothing else is said of any example."""
    return {"architectures": {"no-data"}, "networks": {"no-data", "many-weights"}}.get(
        path.parent.name, set()
    )


def test_nothing_is_said_of_the_examples() -> None:
    assert EXAMPLES, "there are no examples to look at"
    said = {
        path.name: [
            p.message for p in check(open_project(path).document).problems if p.code not in expected(path)
        ]
        for path in EXAMPLES
    }
    assert said == {path.name: [] for path in EXAMPLES}
