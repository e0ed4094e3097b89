"""Recurrent layers that stay whole on the way out, so that one file takes every length of series.

Left alone, torch.export finds the shape of an LSTM by stepping through time, which fixes the number of steps; and the
ONNX translation knows LSTM and GRU but not the plain RNN. Both are mended here, for the time of one export.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@contextmanager
def shapes_without_stepping() -> Iterator[None]:
    """While open, tracing asks the four recurrent operators for their output shapes instead of stepping in time."""
    import torch
    from torch._decomp import decomposition_table

    aten = torch.ops.aten
    rules: list[tuple[Any, Callable[..., Any]]] = [
        (aten.lstm.input, _lstm_shapes),
        (aten.gru.input, _rnn_shapes),
        (aten.rnn_tanh.input, _rnn_shapes),
        (aten.rnn_relu.input, _rnn_shapes),
    ]
    before = [(operator, dict(operator.py_kernels)) for operator, _ in rules]
    steps = {operator: decomposition_table[operator] for operator, _ in rules}
    try:
        for operator, rule in rules:
            operator.py_kernels.update(dict.fromkeys(operator.py_kernels, rule))
            decomposition_table[operator] = rule  # asked when a traced program is taken apart further
            operator._dispatch_cache.clear()
        yield
    finally:
        decomposition_table.update(steps)
        for operator, kernels in before:
            operator.py_kernels.update(kernels)
            operator._dispatch_cache.clear()


def _lstm_shapes(
    input: Tensor, hx: Sequence[Tensor], params: Sequence[Tensor], has_biases: bool, num_layers: int, dropout: float,
    train: bool, bidirectional: bool, batch_first: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    hidden, cell = hx
    return _sequence(input, hidden, bidirectional), hidden.new_empty(hidden.shape), cell.new_empty(cell.shape)


def _rnn_shapes(
    input: Tensor, hx: Tensor, params: Sequence[Tensor], has_biases: bool, num_layers: int, dropout: float, train: bool,
    bidirectional: bool, batch_first: bool,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    return _sequence(input, hx, bidirectional), hx.new_empty(hx.shape)


def _sequence(input: Tensor, hidden: Tensor, bidirectional: bool) -> Tensor:
    return input.new_empty(input.shape[0], input.shape[1], hidden.shape[2] * (2 if bidirectional else 1))


def onnx_translations() -> Mapping[Any, Callable[..., Any]]:
    """The plain RNN for torch.onnx's `custom_translation_table`, as ONNX's own RNN operator."""
    import torch

    aten = torch.ops.aten
    return {aten.rnn_tanh.input: _plain_rnn("Tanh"), aten.rnn_relu.input: _plain_rnn("Relu")}


def _plain_rnn(activation: str) -> Callable[..., Any]:
    from onnxscript import opset18

    op: Any = opset18

    def translate(
        input: Any, hx: Any, params: Sequence[Any], has_biases: bool, num_layers: int, dropout: float, train: bool,
        bidirectional: bool, batch_first: bool,
    ) -> Any:  # fmt: skip
        """aten::rnn_*.input → (output, hidden); `params` holds w_ih, w_hh (and b_ih, b_hh) per layer and way."""
        ways = 2 if bidirectional else 1
        per_way = 4 if has_biases else 2
        hidden_size = params[1].shape[0]
        x = op.Transpose(input, perm=[1, 0, 2]) if batch_first else input
        last = []
        for number in range(num_layers):
            sets = [params[(number * ways + way) * per_way :][:per_way] for way in range(ways)]
            stacked = [_stack(op, [each[position] for each in sets]) for position in range(2)]
            bias = _stack(op, [op.Concat(each[2], each[3], axis=0) for each in sets]) if has_biases else None
            start = op.Slice(hx, [number * ways], [(number + 1) * ways], [0])
            y, state = op.RNN(
                x, stacked[0], stacked[1], bias, None, start,
                activations=[activation] * ways, hidden_size=hidden_size,
                direction="bidirectional" if bidirectional else "forward",
            )  # fmt: skip
            # (time, way, batch, hidden) → (time, batch, way · hidden)
            x = op.Reshape(op.Transpose(y, perm=[0, 2, 1, 3]), [0, 0, -1])
            last.append(state)
        output = op.Transpose(x, perm=[1, 0, 2]) if batch_first else x
        return output, op.Concat(*last, axis=0) if len(last) > 1 else last[0]

    return translate


def _stack(op: Any, tensors: Sequence[Any]) -> Any:
    rows = [op.Unsqueeze(tensor, [0]) for tensor in tensors]
    return op.Concat(*rows, axis=0) if len(rows) > 1 else rows[0]
