from __future__ import annotations

import torch

from nndesigner.base.shapes import tensor
from tests.layers.shapes_of import alone


def test_it_is_the_formula_and_leaves_padding_out() -> None:
    q, k = torch.randn(2, 3, 4), torch.randn(2, 5, 6)
    padding = torch.tensor([[False, False, False, True, True], [False] * 5])
    layer = alone(
        "AdditiveAttention",
        {"units": 7, "bias": True, "weights": True},
        query=tensor(time=3, feature=4),
        key=tensor(time="S", feature=6),
        padding=tensor("bool", time="S"),
    )
    layer.tested_bias.data.normal_()
    state = {key.removeprefix("tested_"): value for key, value in layer.state_dict().items()}
    for n, length in ((0, 3), (1, 5)):
        for t in range(3):
            scores = torch.stack(
                [
                    state["score_weight"][0]
                    @ torch.tanh(
                        state["query_weight"] @ q[n, t] + state["key_weight"] @ k[n, s] + state["bias"]
                    )
                    for s in range(length)
                ]
            )
            y, weights = layer(q, k, padding)
            torch.testing.assert_close(weights[n, t, :length], scores.softmax(0))
            torch.testing.assert_close(y[n, t], scores.softmax(0) @ k[n, :length])
            assert weights[n, t, length:].abs().sum() == 0
