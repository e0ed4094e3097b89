"""A network drawn with blocks is seen as the same one drawn without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from nndesigner.base.problem import Problem
from nndesigner.check.analysis.table import Analysis, analyze
from nndesigner.check.analysis.writing import field_words
from nndesigner.check.check import check
from nndesigner.check.opened import Opened
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from tests.check.advice.drawings import NUMBER, THREE, YES_NO, advice, mended, rows
from tests.networks import DIGIT, DIGIT_IMAGE, chain

CONVS: list[Any] = [
    ("ImageInput", {}),
    ("Conv2d", {"out_channels": 6}),
    ("BatchNorm2d", {}),
    ("ReLU", {}),
    ("MaxPool2d", {}),
    ("Conv2d", {"out_channels": 8}),
    ("Tanh", {}),
    ("Dropout", {}),
    ("Flatten", {}),
    ("Linear", {"out_features": 10}),
    ("Output", {}),
]


def boxed(document: Document, *names: str, **values: Any) -> Document:
    """The document with these nodes made a block."""
    ids = [node.id for name in names if (node := document.node_named(name)) is not None]
    assert len(ids) == len(names)
    diff = edits.make_block(document, ids, "part")
    document = document.apply(diff)
    block = next(r for r in diff.added.values() if isinstance(r, Node) and r.type == "Block")
    for name, value in values.items():
        document = document.apply(edits.set_parameter(document, block.id, name, value))
    return document


def looked_at(document: Document) -> Analysis:
    checked = check(document)
    assert checked.ok, checked.errors
    return analyze(checked)


def named(problems: Sequence[Problem], document: Document) -> set[tuple[str, str]]:
    return {(p.code, document.node(p.where.node).name) for p in problems if p.where.node}


def test_counts_memory_and_field_are_the_same() -> None:
    plain = chain(CONVS, [DIGIT_IMAGE, DIGIT])
    one, other = looked_at(plain), looked_at(boxed(plain, "conv1", "norm1", "relu1", "pool1", "conv2"))
    assert (one.weights, one.macs, one.kept) == (other.weights, other.macs, other.kept)
    assert one.reaches == other.reaches and field_words(one.reaches) == "8 × 8"


def test_a_block_is_summed_and_its_rows_stand_below() -> None:
    analysis = looked_at(boxed(chain(CONVS, [DIGIT_IMAGE, DIGIT]), "conv1", "norm1", "relu1"))
    block = next(row for row in analysis.rows if row.block)
    inside = [row for row in analysis.rows if row.parent == block.key]
    assert [row.name for row in inside] == [f"{block.name}.{name}" for name in ("conv1", "norm1", "relu1")]
    assert block.weights == sum(row.weights for row in inside) == 60 + 12
    assert block.kept == sum(row.kept.value or 0 for row in inside) != 0
    assert field_words(block.reaches) == "3 × 3"
    assert block in analysis.top and not any(row in analysis.top for row in inside)


def test_a_repeated_block_counts_every_round() -> None:
    steps: list[Any] = [("ImageInput", {}), ("Conv2d", {"out_channels": 1}), ("ReLU", {})]
    document = chain(
        [*steps, ("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})], [DIGIT_IMAGE, DIGIT]
    )
    analysis = looked_at(boxed(document, "conv1", "relu1", repeat=3))
    assert field_words(analysis.reaches) == "7 × 7"
    assert analysis.weights == 3 * 10 + 650
    names = [row.name.partition(".")[2] for row in analysis.rows if row.depth]
    assert names == [f"{i}.{name}" for i in range(3) for name in ("conv1", "relu1")]


def test_frozen_shared_and_bypassed() -> None:
    document = rows(
        ("Linear", {"out_features": 5}),
        "ReLU",
        ("Linear", {"out_features": 5}),
        "ReLU",
        "Tanh",
        ("Linear", {"out_features": 3}),
    )
    ids = {node.name: node.id for node in document.nodes()}
    document = document.apply(edits.set_learning(document, [ids["linear3"]], {"frozen": True}))
    document = document.apply(edits.share_weights(document, [ids["linear2"]], ids["linear1"]))
    document = document.apply(edits.set_bypass(document, [ids["tanh1"]], True))
    analysis = looked_at(document)
    states = {row.name: row.state for row in analysis.rows}
    assert states["linear1"] == "trainable" and states["linear2"] == "shared"
    assert (states["linear3"], states["tanh1"]) == ("frozen", "bypassed")
    assert (analysis.weights, analysis.trainable) == (30 + 18, 30)
    frozen = looked_at(boxed(document, "relu2", "tanh1", "linear3"))
    assert (frozen.weights, frozen.trainable) == (48, 30)


def test_a_frozen_block_does_not_learn() -> None:
    document = boxed(chain(CONVS, [DIGIT_IMAGE, DIGIT]), "conv1", "norm1", "relu1")
    block = next(node for node in document.nodes() if node.type == "Block")
    document = document.apply(edits.set_learning(document, [block.id], {"frozen": True}))
    analysis = looked_at(document)
    assert analysis.weights - analysis.trainable == 72
    before = looked_at(boxed(chain(CONVS, [DIGIT_IMAGE, DIGIT]), "conv1", "norm1", "relu1"))
    assert (analysis.kept.value or 0) < (before.kept.value or 0), "nothing is kept where nothing learns"


def test_what_no_output_needs_counts_nothing_inside_either() -> None:
    document = boxed(chain(CONVS, [DIGIT_IMAGE, DIGIT]), "conv1", "norm1")
    before = looked_at(document)
    block = next(node for node in document.nodes() if node.type == "Block")
    image = document.node_named("image1")
    assert image is not None
    diff = edits.use_block(document, block.block)
    document = document.apply(diff)
    second = next(r.id for r in diff.added.values() if isinstance(r, Node))
    document = document.apply(edits.connect(document, image.id, "y", second, "x"))
    after = looked_at(document)
    assert (before.weights, before.kept) == (after.weights, after.kept)
    assert [row.used for row in after.rows if row.block] == [True, False]


FAULTY: dict[str, tuple[Document, list[str]]] = {
    "linear-stack": (
        rows("Linear", "Linear", "ReLU", ("Linear", {"out_features": 3}), target=THREE),
        ["linear2"],
    ),
    "dropout-last": (
        rows("Linear", "ReLU", ("Linear", {"out_features": 3}), "Dropout"),
        ["linear2", "dropout1"],
    ),
    "saturation": (
        rows(*["Linear", "Sigmoid"] * 6, ("Linear", {"out_features": 3})),
        ["linear1", "sigmoid1", "linear2"],
    ),
    "bottleneck": (
        rows("Linear", "ReLU", ("Linear", {"out_features": 1}), "ReLU", ("Linear", {"out_features": 3})),
        ["linear2", "relu2"],
    ),
    "step-gradient": (rows("Linear", "Step", ("Linear", {"out_features": 3})), ["linear1", "step1"]),
    "output-activation": (
        rows("Linear", "ReLU", ("Linear", {"out_features": 1}), "Sigmoid", target=NUMBER),
        ["linear2", "sigmoid1"],
    ),
    "no-normalization": (
        rows(*["Linear", "ReLU"] * 24, ("Linear", {"out_features": 3})),
        ["linear13", "relu13"],
    ),
    "softmax-inside": (
        rows("Linear", "ReLU", ("Linear", {"out_features": 3}), "Softmax", "Dropout"),
        ["softmax1", "dropout1"],
    ),
}


@pytest.mark.parametrize("code", FAULTY)
def test_advice_sees_into_blocks(code: str) -> None:
    document, names = FAULTY[code]
    inside = boxed(document, *names)
    outside = named(advice(document, code), document)
    assert outside and named(advice(inside, code), inside) == outside
    mended(inside, code)


def test_problems_inside_say_through_which_blocks() -> None:
    document, _ = FAULTY["linear-stack"]
    inside = boxed(document, "linear1", "linear2")
    block = next(node for node in inside.nodes() if node.type == "Block")
    (problem,) = advice(inside, "linear-stack")
    assert problem.where.path == (block.name,) and problem.where.network == block.block
    assert f"{block.name}.linear1 and {block.name}.linear2" in problem.message


def test_of_a_repeated_block_everything_is_said_once() -> None:
    document = rows(
        ("Linear", {"out_features": 5}),
        ("Linear", {"out_features": 5}),
        "ReLU",
        ("Linear", {"out_features": 1}),
        target=YES_NO,
    )
    assert len(advice(boxed(document, "linear1", "linear2", repeat=4), "linear-stack")) == 2
    assert len(advice(boxed(document, "linear1", "linear2", "relu1", repeat=4), "linear-stack")) == 1


def test_keys_and_names_are_those_of_walk() -> None:
    document = boxed(chain(CONVS, [DIGIT_IMAGE, DIGIT]), "conv1", "norm1", "relu1")
    checked = check(document)
    assert [(n.key, n.name) for n in Opened(checked).nodes if n.used] == [
        (n.key, n.name) for n in checked.walk()
    ]
