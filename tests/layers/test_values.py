from __future__ import annotations

import pytest
import torch

from nndesigner.base.fields import BadValue
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.source import source
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import answers, infer, use
from tests.networks import MIXED_TABLE, PRICE, chain

ONE = Axis("batch", Size.of(1))


def with_token() -> Document:
    """A class token before a sequence of any length."""
    document = chain(
        [("SequenceInput", {"length": "T", "features": 6}), ("Concatenate", {"axis": "time"}), ("Output", {})]
    )
    sequence, join = document.nodes()[0], document.nodes()[1]
    wire = document.wire_into(join.id, "a")
    assert wire is not None
    document = document.apply(edits.remove(document, [wire.id]))
    token = edits.add_node(
        document, "Parameter", parameters={"to": "sequence", "sizes": "1, 6", "begin": "ones"}, name="token"
    )
    document = document.apply(token)
    document = document.apply(edits.connect(document, next(iter(token.added)), "y", join.id, "a"))
    return document.apply(edits.connect(document, sequence.id, "y", join.id, "b"))


def test_a_class_token_is_given_to_every_sample() -> None:
    checked = check(with_token())
    assert checked.ok, checked.errors
    model = build(checked)
    x = torch.randn(3, 4, 6)
    assert model(x).equal(torch.cat([torch.ones(3, 1, 6), x], 1))
    assert list(model.state_dict()) == ["token"] and model.state_dict()["token"].shape == (1, 1, 6)
    assert "torch.cat((self.token.expand(sequence1.size(0), -1, -1), sequence1), dim=1)" in source(checked)


def test_one_value_for_the_batch_does_not_pass_for_one_of_each_sample() -> None:
    document = chain([("TableInput", {"features": 3}), ("Output", {})])
    constant = edits.add_node(document, "Constant", parameters={"sizes": "3"})
    document = document.apply(constant)
    mean = edits.append_node(document, "Bilinear", next(iter(constant.added)))
    document = document.apply(mean)
    table = document.nodes()[0]
    bilinear = next(n for n in document.nodes() if n.type == "Bilinear")
    document = document.apply(edits.connect(document, table.id, "y", bilinear.id, "b"))
    assert any("One value for the whole batch" in p.message for p in check(document).errors)


@pytest.mark.parametrize(
    ("begin", "scale", "want"), [("zeros", 5.0, 0.0), ("ones", 5.0, 1.0), ("constant", -0.25, -0.25)]
)
def test_a_parameter_begins_as_it_is_told(begin: str, scale: float, want: float) -> None:
    (y,) = answers("Parameter", {"sizes": "3", "begin": begin, "scale": scale})
    assert y.tolist() == [[want] * 3]


def test_random_beginnings_have_the_given_scale() -> None:
    torch.manual_seed(0)
    (normal,) = answers("Parameter", {"sizes": "10000", "begin": "normal", "scale": 0.5})
    (uniform,) = answers("Parameter", {"sizes": "10000", "begin": "uniform", "scale": 0.5})
    assert float(normal.detach().std()) == pytest.approx(0.5, rel=0.05)
    assert float(uniform.detach().abs().max()) == pytest.approx(0.5, rel=0.01)


def test_a_constant_is_typed_or_filled() -> None:
    typed = {"to": "sequence", "sizes": "2, 3", "numbers": "1 2 3 4 5 6.5"}
    assert answers("Constant", typed)[0].tolist() == [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]]
    assert answers("Constant", {"sizes": "2", "numbers": "7"})[0].tolist() == [[7.0, 7.0]]
    with pytest.raises(ShapeError, match="holds 3 values"):
        layers()["Constant"].infer(use("Constant", {"sizes": "3", "numbers": "1, 2"}))
    field = layers()["Constant"].field("numbers")
    assert field is not None
    for text in ("one", "nan", "inf", ""):
        with pytest.raises(BadValue):
            field.check(text)


def test_positions_count_from_zero_for_an_embedding() -> None:
    assert answers("Positions", {}, (tensor(time=5, feature=2), torch.randn(3, 5, 2)))[0].tolist() == [
        [0, 1, 2, 3, 4]
    ]
    assert infer("Positions", tensor(time=5, feature=2)) == TensorType(
        "int", (ONE, Axis("time", Size.of(5))), 5
    )
    assert infer("Positions", tensor(time="T", feature=2)).values is None


def test_the_mask_marks_the_future_or_the_past() -> None:
    arriving = (tensor(time=4, feature=2), torch.randn(3, 4, 2))
    future = torch.ones(4, 4).triu(1).bool()
    assert answers("CausalMask", {}, arriving)[0].equal(future[None])
    assert answers("CausalMask", {"marks": "past", "heads": True}, arriving)[0].equal(~future[None, None])


def test_a_scale_for_every_channel() -> None:
    x = torch.randn(2, 3, 4, 5)
    (y,) = answers("ChannelScale", {"initial": 0.5}, (tensor(channel=3, height=4, width=5), x))
    torch.testing.assert_close(y, x * 0.5)


def test_an_answer_depends_on_the_sample() -> None:
    document = chain(
        [("TableInput", {}), ("Positions", {"element": "float"}), ("Output", {})], [MIXED_TABLE, PRICE]
    )
    assert [p.code for p in check(document).errors] == ["output-one"]
