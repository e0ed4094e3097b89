from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.document import edits
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import use
from tests.networks import chain


def merged(type: str, *arriving: TensorType, **values: object) -> TensorType:
    inputs = dict(zip("abcdefghijklmnop", arriving, strict=False))
    return layers()[type].infer(use(type, {"inputs": len(arriving), **values}, **inputs))["y"]


@pytest.mark.parametrize(("type", "result"), [("Add", 16.0), ("Multiply", 2.0**16)])
def test_sixteen_wires_come_together(type: str, result: float) -> None:
    document = chain([("TableInput", {"features": 3}), (type, {"inputs": 16}), ("Output", {})])
    table, merge = document.nodes()[0], document.nodes()[1]
    for port in "bcdefghijklmnop":
        document = document.apply(edits.connect(document, table.id, "y", merge.id, port))
    x = torch.full((2, 3), 2.0 if type == "Multiply" else 1.0)
    assert torch.equal(build(check(document))(x), torch.full((2, 3), result))


def test_fewer_inputs_let_go_of_their_wires() -> None:
    document = chain([("TableInput", {"features": 3}), ("Add", {"inputs": 3}), ("Output", {})])
    table, add = document.nodes()[0], document.nodes()[1]
    for port in "bc":
        document = document.apply(edits.connect(document, table.id, "y", add.id, port))
    document = document.apply(edits.set_parameter(document, add.id, "inputs", 2))
    assert document.wire_into(add.id, "c") is None and document.wire_into(add.id, "b") is not None


@pytest.mark.parametrize("type", ["Add", "Multiply"])
def test_unequal_shapes_are_refused(type: str) -> None:
    with pytest.raises(ShapeError, match="N × 4 and N × 3") as caught:
        merged(type, tensor(feature=4), tensor(feature=4), tensor(feature=3))
    assert caught.value.port == "c"
    with pytest.raises(ShapeError, match="N × T × 4 and N × 2 × 4"):
        merged(type, tensor(time="T", feature=4), tensor(time=2, feature=4))
    with pytest.raises(ShapeError, match="N × 2 × 4 and N × 4"):
        merged(type, tensor(time=2, feature=4), tensor(feature=4))


@pytest.mark.parametrize("type", ["Add", "Multiply"])
def test_an_axis_of_size_1_is_spread_along_the_others(type: str) -> None:
    maps, gate = tensor(channel=3, height="H", width=5), tensor(channel=3, height=1, width=1)
    assert merged(type, maps, gate) == maps
    assert merged(type, gate, maps) == maps
    assert merged(type, tensor(time=1, feature=4), tensor(time="T", feature=1)) == tensor(time="T", feature=4)


@pytest.mark.parametrize("ports", ["ab", "ba"])
def test_one_gate_per_channel_is_brought_to_maps_by_the_remedy(ports: str) -> None:
    document = chain(
        [
            ("ImageInput", {"channels": 3, "height": 8, "width": "W"}),
            ("Mean", {}),
            ("Linear", {"out_features": 3}),
            ("Sigmoid", {}),
            ("Multiply", {}),
            ("Output", {}),
        ]
    )
    image, gate, multiply = (document.nodes()[i] for i in (0, 3, 4))
    old = document.wire_into(multiply.id, "a")
    assert old is not None
    document = document.apply(edits.disconnect(document, old.id))
    for source, port in zip((image, gate), ports, strict=True):
        document = document.apply(edits.connect(document, source.id, "y", multiply.id, port))
    (problem,) = check(document).errors
    (remedy,) = problem.remedies
    document = document.apply(edits.VERBS[remedy.verb](document, **remedy.arguments))
    checked = check(document)
    assert checked.ok and checked.heads[0].arriving == tensor(channel=3, height=8, width="W")
    assert build(checked)(torch.rand(2, 3, 8, 6)).shape == (2, 3, 8, 6)


def test_the_batch_is_never_joined() -> None:
    with pytest.raises(ShapeError, match="only the batch arrives"):
        merged("Concatenate", tensor(), tensor())


def test_sizes_are_equal_however_they_came_about() -> None:
    assert merged("Add", tensor(feature="2*T + 2"), tensor(feature="T + T + 2")) == tensor(feature="2*T + 2")


def test_concatenate_grows_the_axis_that_it_joins() -> None:
    a, b = tensor(channel=3, height=4, width=5), tensor(channel=2, height=4, width=5)
    assert merged("Concatenate", a, b) == tensor(channel=5, height=4, width=5)
    series = tensor(time="T", feature=4)
    assert merged("Concatenate", series, series, axis="time") == tensor(time="2*T", feature=4)
    assert merged("Concatenate", series, series) == tensor(time="T", feature=8)


def test_concatenate_says_which_inputs_disagree() -> None:
    a, b = tensor(channel=3, height=4, width=5), tensor(channel=3, height=4, width=6)
    with pytest.raises(ShapeError, match="all other axes must agree") as caught:
        merged("Concatenate", a, a, b)
    assert caught.value.port == "c"
    with pytest.raises(ShapeError, match="no axis “time”"):
        merged("Concatenate", a, a, axis="time")


def test_joined_tokens_keep_the_larger_vocabulary() -> None:
    few, many = (TensorType("int", tensor(time=3).axes, values) for values in (5, 9))
    assert merged("Concatenate", few, many, axis="time").values == 9
