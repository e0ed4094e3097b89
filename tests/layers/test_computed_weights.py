from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.source import source
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import use
from tests.networks import chain


def language_model() -> Document:
    """Tokens, an embedding, and the head that is tied to it by a wire."""
    steps = [
        ("TokensInput", {"length": "T", "vocabulary": 11}),
        ("Embedding", {"embedding_dim": 6, "give_weight": True}),
    ]
    document = chain([*steps, ("LayerNorm", {}), ("WeightedLinear", {}), ("Output", {})])
    embedding, head = (
        next(n for n in document.nodes() if n.type == t) for t in ("Embedding", "WeightedLinear")
    )
    return document.apply(edits.connect(document, embedding.id, "weight", head.id, "weight"))


def test_a_tied_head_shares_the_table_and_is_saved_once() -> None:
    checked = check(language_model())
    assert checked.ok, checked.errors
    model = build(checked)
    assert sorted(model.state_dict()) == ["embedding1.weight", "norm1.bias", "norm1.weight"]
    assert checked.weights == 11 * 6 + 12 == sum(p.numel() for p in model.parameters())
    logits = model(torch.randint(11, (2, 5)))
    assert logits.shape == (2, 5, 11)
    logits.sum().backward()
    assert model.get_parameter("embedding1.weight").grad is not None


def test_the_source_of_a_tied_head_reads_as_a_person_writes_it() -> None:
    assert "F.linear(x, self.embedding1.weight)" in source(check(language_model()))


def test_a_weight_is_shown_only_when_asked_for() -> None:
    for type in ("Linear", "Embedding"):
        ports = layers()[type].output_ports
        assert [p.name for p in ports({})] == ["y"]
        assert [p.name for p in ports({"give_weight": True})] == ["y", "weight"]


def test_a_table_of_weights_does_not_pass_for_samples() -> None:
    document = chain([("TableInput", {"features": 4}), ("Linear", {"give_weight": True}), ("Output", {})])
    linear = next(n for n in document.nodes() if n.type == "Linear")
    relu = edits.add_node(document, "ReLU")
    document = document.apply(relu)
    document = document.apply(edits.connect(document, linear.id, "weight", next(iter(relu.added)), "x"))
    assert "ReLU takes samples, but a table of weights arrives." in check(document).errors[0].message


def test_one_weight_for_each_sample_is_refused() -> None:
    with pytest.raises(ShapeError, match="one weight for all samples"):
        layers()["WeightedLinear"].infer(
            use("WeightedLinear", {}, x=tensor(feature=4), weight=tensor(unit=3, feature=4))
        )


def test_widths_that_do_not_fit_are_named_with_a_way_out() -> None:
    weight = tensor(unit=7, feature=4)
    one = type(weight)("float", weight.axes[1:])
    with pytest.raises(ShapeError, match="rows of 4 values, but 5 features arrive") as refused:
        layers()["WeightedLinear"].infer(use("WeightedLinear", {}, x=tensor(feature=5), weight=one))
    assert refused.value.suggestions
