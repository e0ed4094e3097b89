from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import SERIES, alone, infer, model, use

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


SEQUENCE = tensor(time="T", feature=6)


@on_each
@pytest.mark.parametrize(("layers_", "both"), [(1, False), (2, True)])
def test_a_sequence_read_in_two_pieces_is_read_as_one(type: str, layers_: int, both: bool) -> None:
    """The state that comes out of the first piece goes into the second; backwards it cannot, so one way only there."""
    count = layers_ * (2 if both else 1)
    values = {
        "hidden_size": 4,
        "num_layers": layers_,
        "bidirectional": both,
        "returns": "sequence",
        "give_state": True,
    }
    state = {"state": tensor(time=count, feature=4)}
    if type == "LSTM":
        state["cell"] = tensor(time=count, feature=4)
    goes_on, begins = alone(type, values, x=SEQUENCE, **state), alone(type, values, x=SEQUENCE)
    zeros = [torch.zeros(3, count, 4) for _ in state]
    whole, *final = begins(X)
    torch.testing.assert_close(goes_on(X, *zeros)[0], whole)
    first, *between = begins(X[:, :3])
    second, *end = goes_on(X[:, 3:], *between)
    if not both:
        torch.testing.assert_close(torch.cat([first, second], dim=1), whole)
        for have, want in zip(end, final, strict=True):
            torch.testing.assert_close(have, want)
    else:
        assert (second - whole[:, 3:]).abs().max() > 1e-4


@on_each
def test_a_state_may_come_as_one_row(type: str) -> None:
    """What an encoder in both directions gives is what a decoder of the same kind begins with."""
    values = {"hidden_size": 4, "bidirectional": True}
    rows = alone(type, values, x=SEQUENCE, state=tensor(time=2, feature=4))
    one = alone(type, values, x=SEQUENCE, state=tensor(feature=8))
    state = torch.randn(3, 2, 4)
    assert torch.equal(rows(X, state), one(X, state.flatten(1)))


def test_final_states_are_those_of_every_layer() -> None:
    values = {"hidden_size": 4, "num_layers": 2, "give_state": True}
    y, state, cell = alone("LSTM", values, x=SEQUENCE)(X)
    assert state.shape == cell.shape == (3, 2, 4)
    assert torch.equal(state[:, -1], y)


def test_a_state_of_the_wrong_size_is_refused() -> None:
    wrong = use("GRU", {"hidden_size": 4}, x=SEQUENCE, state=tensor(feature=5))
    with pytest.raises(ShapeError, match="must be N × 4 here") as caught:
        layers()["GRU"].infer(wrong)
    assert caught.value.port == "state"


def test_a_projection_only_makes_smaller() -> None:
    with pytest.raises(ShapeError, match="below 4 units, not 4") as caught:
        infer("LSTM", SEQUENCE, hidden_size=4, proj_size=4)
    assert caught.value.suggestions[0].value == 0  # type: ignore[union-attr]
    assert infer("LSTM", SEQUENCE, hidden_size=4, proj_size=3) == tensor(feature=3)
