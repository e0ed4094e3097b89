from __future__ import annotations

from nndesigner.base.data_field import DataField
from nndesigner.check.check import check
from tests.check.advice.drawings import NUMBER, THREE, YES_NO, advice, after_remedy, mended, names, rows
from tests.networks import DIGIT, DIGIT_IMAGE, chain

CODE = "bottleneck"


def linear(width: int) -> tuple[str, dict[str, int]]:
    return ("Linear", {"out_features": width})


def test_ten_classes_through_two_values() -> None:
    document = rows(linear(32), "ReLU", linear(2), "ReLU", linear(10), target=DIGIT)
    (problem,) = advice(document, CODE)
    assert names(document, [problem]) == ["linear2"]
    assert "the 10 classes of “digit” apart passes through the 2 values that linear2 gives" in problem.message
    after = after_remedy(document, problem)
    assert advice(after, CODE) == []
    assert after.node_named("linear2").parameters["out_features"] == 10  # type: ignore[union-attr]


def test_three_classes_through_one_value() -> None:
    document = rows(linear(1), "Tanh", linear(3), target=THREE)
    assert "through the one value that linear1 gives" in advice(document, CODE)[0].message
    assert advice(rows(linear(2), "Tanh", linear(3), target=THREE), CODE) == []


def test_the_width_is_set_where_it_is_decided() -> None:
    steps = [
        ("ImageInput", {}),
        ("Conv2d", {"out_channels": 2}),
        ("ReLU", {}),
        ("AdaptiveAvgPool2d", {}),
        ("Flatten", {}),
        linear(10),
        ("Output", {}),
    ]
    document = chain(steps, [DIGIT_IMAGE, DIGIT])
    (problem,) = advice(document, CODE)
    assert names(document, [problem]) == ["pool1"]
    assert mended(document, CODE).node_named("conv1").parameters["out_channels"] == 10  # type: ignore[union-attr]


def test_two_classes_and_amounts_need_no_more_than_one_value() -> None:
    assert advice(rows(linear(1), "ReLU", linear(1), target=YES_NO), CODE) == []
    assert advice(rows(linear(1), "ReLU", linear(1), target=NUMBER), CODE) == []


def test_narrow_data_is_nobodys_fault() -> None:
    one = DataField(name="row", role="input", kind="table", element="float", axes=(("feature", 1),))
    steps = [("TableInput", {}), ("Dropout", {}), linear(16), ("ReLU", {}), linear(10), ("Output", {})]
    assert advice(chain(steps, [one, DIGIT]), CODE) == []


def test_a_wide_way_around_is_enough() -> None:
    from nndesigner.document import edits

    document = rows(linear(32), linear(1), linear(32), linear(10), target=DIGIT)
    last = document.node_named("linear3")
    first = document.node_named("linear1")
    assert last is not None and first is not None
    wire = next(edge for edge in document.edges_of(last.id) if edge.source == last.id)
    diff = edits.insert_on_wire(document, wire.id, "Add")
    added = next(r.id for r in diff.added.values() if getattr(r, "type", "") == "Add")
    assert advice(document, CODE)
    document = document.apply(diff)
    document = document.apply(edits.connect(document, first.id, "y", added, "b"))
    assert check(document).ok and advice(document, CODE) == []
