from __future__ import annotations

from typing import Any

from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.check.advice.drawings import advice, mended, names, rows, types
from tests.networks import DIGIT, DIGIT_IMAGE, chain

CODE = "no-normalization"
END = ("Linear", {"out_features": 3})


def plain(count: int, *between: str) -> list[Any]:
    return ["Linear", *between, "ReLU"] * count


def test_more_than_nineteen_layers_in_a_row() -> None:
    document = rows(*plain(20), END)
    (problem,) = advice(document, CODE)
    assert "From linear1 to linear21, 21 layers" in problem.message
    assert names(document, [problem]) == ["linear11"]


def test_as_deep_as_vgg_19_is_fine() -> None:
    assert advice(rows(*plain(18), END), CODE) == []


def test_the_remedy_halves_the_stretch() -> None:
    document = mended(rows(*plain(30), END), CODE)
    assert types(document).count("BatchNorm1d") == 1
    assert types(mended(rows(*plain(50), END), CODE)).count("BatchNorm1d") >= 2


def test_images_get_the_batch_norm_of_images() -> None:
    steps: list[Any] = [("ImageInput", {}), *[("Conv2d", {"out_channels": 4}), ("ReLU", {})] * 24]
    steps += [("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})]
    assert "BatchNorm2d" in types(mended(chain(steps, [DIGIT_IMAGE, DIGIT]), CODE))


def test_normalized_networks_may_be_deep() -> None:
    assert advice(rows(*plain(40, "LayerNorm"), END), CODE) == []


def with_shortcuts(document: Document, every: int) -> Document:
    """The same network with an addition around each `every` Linear layers."""
    linears = [node.id for node in document.nodes() if node.type == "Linear"][:-1]
    for first, last in zip(linears[::every], linears[every - 1 :: every], strict=False):
        wire = next(edge for edge in document.edges_of(last) if edge.source == last)
        diff = edits.insert_on_wire(document, wire.id, "Add")
        document = document.apply(diff)
        added = next(r.id for r in diff.added.values() if getattr(r, "type", "") == "Add")
        document = document.apply(edits.connect(document, first, "y", added, "b"))
    return document


def test_shortcuts_make_it_shallow() -> None:
    deep = rows(*plain(40), END)
    assert advice(deep, CODE)
    assert advice(with_shortcuts(deep, every=4), CODE) == []
