"""What each layer costs, of layers whose cost is known."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nndesigner.compiler.pieces import pieces
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.explorations import layer_costs
from nndesigner.explorations.exploration import Piece
from nndesigner.explorations.layer_costs import _cost
from tests.explorations.subjects import cnn, explore, subject_of
from tests.training.small import chain, compiled


def costs(document: Document, **options: Any) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Name of a layer → its numbers by name; and the words beside them."""
    arrays, meta = explore("layer_costs", subject_of(document), **{"repeats": 3, **options})
    rows = {
        name: {what: values[i].item() for what, values in arrays.items()}
        for i, name in enumerate(meta["names"])
    }
    return rows, meta


def test_a_large_layer_takes_most_of_the_time_and_of_the_weights() -> None:
    layers: list[tuple[str, dict[str, Any]]] = [("ImageInput", {}), ("Flatten", {})]
    layers += [("Linear", {"out_features": n}) for n in (2, 2500, 2500, 2, 10)]
    rows, meta = costs(chain("digits", [*layers, ("Output", {})], batch_size=256))
    times = {name: row["forward"] + row["backward"] for name, row in rows.items()}
    assert max(times, key=lambda name: times[name]) == "linear3"
    assert times["linear3"] > sum(time for name, time in times.items() if name != "linear3")
    assert rows["linear3"]["weights"] == 4 * (2500 * 2500 + 2500)
    assert rows["linear3"]["activations"] == 4 * 256 * 2500 and meta["samples"] == 256


def test_memory_is_what_is_kept_for_the_gradient() -> None:
    rows, _ = costs(cnn(), samples=16)
    map_of_four = 4 * 16 * 4 * 8 * 8
    assert rows["conv1"]["activations"] == map_of_four
    assert rows["flatten1"]["activations"] == 0, "another shape of what is there already"
    assert rows["norm1"]["activations"] == map_of_four + 2 * 4 * 4, (
        "besides mean and deviation of each channel"
    )
    assert rows["dropout1"]["activations"] >= map_of_four, "besides what was let through"
    assert rows["relu1"]["weights"] == 0 and rows["norm1"]["weights"] == 2 * 4 * 4


def test_where_nothing_learns_nothing_goes_back() -> None:
    document = cnn()
    first = [node.id for node in document.nodes() if node.type in ("Conv2d", "BatchNorm2d")]
    rows, _ = costs(document.apply(edits.set_learning(document, first, {"frozen": True})))
    assert rows["conv1"]["backward"] == rows["relu1"]["backward"] == 0
    assert rows["linear1"]["backward"] > 0


def test_a_block_is_the_sum_of_its_rounds_and_the_network_is_as_before() -> None:
    layers = [
        ("ImageInput", {}),
        ("Flatten", {}),
        ("Linear", {"out_features": 10}),
        ("Tanh", {}),
        ("Output", {}),
    ]
    document = chain("digits", layers)
    inside = [node.id for node in document.nodes() if node.type in ("Linear", "Tanh")]
    document = document.apply(edits.make_block(document, inside))
    block = next(node for node in document.nodes() if node.block)
    subject = subject_of(document)
    before = {name: weight.clone() for name, weight in subject.weights.items()}
    arrays, meta = explore("layer_costs", subject, repeats=1)
    assert meta["blocks"] == [block.id] and meta["names"][1:3] == [block.name, f"{block.name}.linear1"]
    for values in arrays.values():
        assert values[1] == pytest.approx(sum(values[2:]))
    assert all(torch.equal(before[name], weight) for name, weight in subject.weights.items())
    assert not any(module.training for module in subject.model.modules())


def test_pieces_one_after_the_other_are_the_network() -> None:
    model, checked = compiled(cnn())
    model.eval()  # dropout would draw anew
    x_BCHW = torch.rand(4, 1, 8, 8)
    value = x_BCHW
    for piece in pieces(model, checked, (x_BCHW,)):
        assert torch.equal(piece.arriving[0], value), piece.name
        (value,) = piece.module(value)
    assert torch.equal(value, model(x_BCHW))


def test_the_median_leaves_out_what_took_long_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = {"now": 0.0, "calls": 0}

    def now(tensors: object) -> float:
        ticks["calls"] += 1
        # Of four readings of the clock in a run, the second and the fourth end something.
        ticks["now"] += (9.0 if ticks["calls"] == 2 else 0.5) if ticks["calls"] % 2 == 0 else 0.0
        return ticks["now"]

    monkeypatch.setattr(layer_costs, "_now", now)
    module = torch.nn.Linear(2, 2)

    class Tupled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
            return (self.inner(x),)

    found = _cost(Piece("a", "a", Tupled(), (torch.rand(3, 2),), (False,)), 3)
    assert found[:2] == (0.5, 0.5)
