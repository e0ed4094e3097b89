from __future__ import annotations

import pytest
import torch

from nndesigner.base.shapes import tensor
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import ShapeError
from tests.layers.shapes_of import alone, infer, use

ROW, STATE = tensor(feature=3), tensor(feature=4)


@pytest.mark.parametrize("type", ["RNN", "GRU", "LSTM"])
def test_cells_one_after_the_other_are_the_layer(type: str) -> None:
    x = torch.randn(2, 5, 3)
    layer = alone(type, {"hidden_size": 4, "returns": "sequence"}, x=tensor(time="T", feature=3))
    states = {"state": STATE, **({"cell": STATE} if type == "LSTM" else {})}
    cell = alone(f"{type}Cell", {"hidden_size": 4}, x=ROW, **states)
    cell.load_state_dict({k.replace("_l0", ""): v for k, v in layer.state_dict().items()})
    state = tuple(torch.zeros(2, 4) for _ in states)
    for t in range(5):
        given = cell(x[:, t], *state)
        state = given if isinstance(given, tuple) else (given,)
        torch.testing.assert_close(state[0], layer(x)[:, t])


def test_without_a_state_a_cell_begins_with_zeros() -> None:
    x, zeros = torch.randn(2, 3), torch.zeros(2, 4)
    begins = alone("LSTMCell", {"hidden_size": 4}, x=ROW)
    for port in ("state", "cell"):
        given = alone("LSTMCell", {"hidden_size": 4}, x=ROW, **{port: STATE})
        for have, want in zip(given(x, zeros), begins(x), strict=True):
            torch.testing.assert_close(have, want)


def test_the_state_of_a_layer_fits_a_cell() -> None:
    wide = use("GRUCell", {"hidden_size": 4}, x=ROW, state=tensor(time=1, feature=4))
    assert layers()["GRUCell"].infer(wide) == {"y": STATE}


def test_a_cell_reads_one_step() -> None:
    with pytest.raises(ShapeError, match="reads one step"):
        infer("RNNCell", tensor(time=3, feature=2))
