from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import SERIES, infer, model

X = torch.randn(3, 7, 6)
on_each = pytest.mark.parametrize("type", ["RNN", "LSTM", "GRU"])


@on_each
def test_one_direction_ends_in_its_last_step(type: str) -> None:
    every = model(SERIES, (type, {"hidden_size": 4, "num_layers": 2, "returns": "sequence"}))(X)
    for returns in ("last", "hidden"):
        end = model(SERIES, (type, {"hidden_size": 4, "num_layers": 2, "returns": returns}))(X)
        torch.testing.assert_close(end, every[:, -1])


@on_each
def test_the_final_state_of_both_directions_has_read_everything(type: str) -> None:
    """The backward half of the last step has read one step only; that of the final state has read all."""
    values = {"hidden_size": 4, "bidirectional": True}
    every = model(SERIES, (type, {**values, "returns": "sequence"}))(X)
    last = model(SERIES, (type, {**values, "returns": "last"}))(X)
    final = model(SERIES, (type, {**values, "returns": "hidden"}))(X)
    torch.testing.assert_close(last, every[:, -1])
    torch.testing.assert_close(final, torch.cat([every[:, -1, :4], every[:, 0, 4:]], dim=1))


def test_axes_of_what_comes_out() -> None:
    x = tensor(time="T", feature=6)
    assert infer("GRU", x, hidden_size=4, returns="sequence") == tensor(time="T", feature=4)
    assert infer("GRU", x, hidden_size=4, bidirectional=True) == tensor(feature=8)


@pytest.mark.parametrize(
    ("arriving", "remedy"),
    [
        (tensor(channel=2, length="L"), "Permute"),
        (tensor(feature=9), "Reshape"),
        (tensor("int", time=9), "Embedding"),
    ],
)
def test_what_is_no_sequence_is_made_one(arriving, remedy: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ShapeError) as caught:
        infer("LSTM", arriving)
    assert [s.type for s in caught.value.suggestions] == [remedy]  # type: ignore[union-attr]


def test_pictures_are_refused_without_a_guess() -> None:
    with pytest.raises(ShapeError, match="takes sequences") as caught:
        infer("LSTM", tensor(channel=1, height=8, width=8))
    assert caught.value.suggestions == ()
