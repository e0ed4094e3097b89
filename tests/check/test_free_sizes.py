"""Free sizes: checked at the lengths that the data has, and given values with which the network can be tried."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from nndesigner.base.data_field import DataField
from nndesigner.check.check import check
from nndesigner.compiler.build import build, example_inputs
from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.networks import Step, chain

THREE = DataField(name="kind", role="target", kind="class", element="int", classes=("a", "b", "c"))


def series(time: int) -> tuple[DataField, ...]:
    axes = (("time", time), ("feature", 2))
    return (DataField(name="wave", role="input", kind="series", element="float", axes=axes), THREE)


def images(height: int, width: int) -> tuple[DataField, ...]:
    axes = (("channel", 1), ("height", height), ("width", width))
    return (DataField(name="image", role="input", kind="image", element="float", axes=axes), THREE)


def network(steps: Sequence[Step], fields: Sequence[DataField] = (), length: object = "T") -> Document:
    start: Step = ("SequenceInput", {"length": length, **({} if fields else {"features": 2})})
    return chain([start, *steps, ("Linear", {"out_features": 3}), ("Output", {})], fields)


def after_remedies(document: Document) -> Document:
    for _ in range(6):
        errors = check(document).errors
        if not errors:
            return document
        remedy = errors[0].remedies[0]
        document = document.apply(edits.VERBS[remedy.verb](document, **remedy.arguments))
    raise AssertionError("the remedies do not mend it")


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (
            [("PositionalEncoding", {"kind": "learned", "max_length": 4}), ("Select", {})],
            "Positions are learned for 4",
        ),
        ([("Select", {"step": 9})], "There is no step 9"),
        (
            [("Permute", {}), ("Conv1d", {"kernel_size": [9]}), ("Permute", {}), ("Mean", {})],
            "is larger than the length",
        ),
    ],
)
def test_a_layer_that_cannot_take_the_datas_length_is_told(steps: Sequence[Step], says: str) -> None:
    document = network(steps, series(8))
    (problem,) = check(document).errors
    assert problem.code == "data-size"
    assert problem.message.startswith("With T = 8, as in the data: ") and says in problem.message
    mended = check(after_remedies(document))
    build(mended)(torch.rand(3, 8, 2))
    assert check(network(steps, series(40))).ok or "Positions" in says


def test_one_name_for_two_lengths_is_refused_where_the_data_disagrees() -> None:
    steps: list[Step] = [
        ("ImageInput", {"height": "S", "width": "S"}),
        ("Mean", {}),
        ("Linear", {"out_features": 3}),
    ]
    document = chain([*steps, ("Output", {})], images(8, 6))
    (problem,) = check(document).errors
    assert problem.code == "size-twice" and "8 and 6" in problem.message and problem.where.field == "width"
    mended = check(after_remedies(document))
    assert mended.ok and mended.inputs[0].outputs["y"].shape({"N": 2, "S": 8}) == (2, 1, 8, 6)
    assert check(chain([*steps, ("Output", {})], images(8, 8))).ok


def test_classes_are_not_counted_by_a_free_size() -> None:
    steps: list[Step] = [("SequenceInput", {"length": "T"}), ("Mean", {"over": "features"}), ("Output", {})]
    document = chain(steps, series(3))
    (problem,) = check(document).errors
    assert problem.code == "output-free"
    assert check(after_remedies(document)).ok


@pytest.mark.parametrize(
    "steps",
    [
        [("Select", {})],
        [("PositionalEncoding", {"kind": "learned", "max_length": 4}), ("Select", {})],
        [("Select", {"step": 700})],
        [("Permute", {}), ("Conv1d", {"kernel_size": [8]}), ("Permute", {}), ("Mean", {})],
    ],
)
def test_the_example_is_taken_by_every_layer_and_nowhere_1(steps: Sequence[Step]) -> None:
    checked = check(network(steps))
    assert checked.ok, checked.errors
    assert all(
        size.at(checked.example) >= 2
        for type in checked.types.values()
        for size in type.sizes
        if size.value is None
    )
    build(checked)(*example_inputs(checked, {"N": 2}))


def test_two_free_sizes_may_need_different_values() -> None:
    document = chain(
        [
            ("ImageInput", {"channels": 1, "height": "H", "width": "W"}),
            ("Mean", {"over": "features"}),
            ("PositionalEncoding", {}),
            ("Output", {}),
        ]
    )
    assert not check(document).ok  # the features of a sequence are fixed
    steps: list[Step] = [
        ("Conv2d", {"kernel_size": [40, 1], "padding": "valid"}),
        ("Mean", {}),
        ("Output", {}),
    ]
    checked = check(chain([("ImageInput", {"channels": 1, "height": "H", "width": "W"}), *steps]))
    assert checked.ok and checked.example["H"] > 40


def test_a_length_that_nothing_can_have_is_an_error() -> None:
    steps: list[Step] = [
        ("PositionalEncoding", {"kind": "learned", "max_length": 4}),
        ("Select", {"step": 6}),
    ]
    (problem,) = check(network(steps)).errors
    assert problem.code == "free-size" and problem.message.startswith("No lengths for T were found")
