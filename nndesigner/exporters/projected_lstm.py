"""LSTM with a projected state in ONNX, whose own operator has no projection.

A step of torch's LSTM reads h = P o (o: the gated memory, P: the projection). ONNX's reads o itself, so its recurrent
weights are R P and what comes out is projected afterwards. A first state h₀ is read by the first step only; it enters
beside x, as zeros in all other steps, with R as its weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def onnx_translations() -> Mapping[Any, Callable[..., Any]]:
    """For torch.onnx's `custom_translation_table`."""
    import torch
    from onnxscript import opset18
    from onnxscript.function_libs.torch_lib.ops.core import aten_lstm

    op: Any = opset18
    unprojected: Any = aten_lstm

    def translate(
        input: Any, hx: Sequence[Any], params: Sequence[Any], has_biases: bool, num_layers: int, dropout: float,
        train: bool, bidirectional: bool, batch_first: bool,
    ) -> Any:  # fmt: skip
        """aten::lstm.input → (output, hidden, cell)."""
        ways = 2 if bidirectional else 1
        per_way = len(params) // (num_layers * ways)
        if per_way == (4 if has_biases else 2):
            return unprojected(
                input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
            )
        x = op.Transpose(input, perm=[1, 0, 2]) if batch_first else input
        hidden: list[Any] = []
        cells: list[Any] = []
        for number in range(num_layers):
            given = []
            for way in range(ways):
                place = number * ways + way
                weights = params[place * per_way :][:per_way]
                first = [op.Slice(state, [place], [place + 1], [0]) for state in hx]  # 1 × batch × numbers
                y, cell = _one_way(op, x, first[0], first[1], weights, has_biases, backwards=way == 1)
                given.append(y)
                # the last step of a way that reads backwards is the first one
                start, end = ([0], [1]) if way else ([-1], [2**62])
                hidden.append(op.Slice(y, start, end, [0]))
                cells.append(cell)
            x = op.Concat(*given, axis=2) if ways == 2 else given[0]
        output = op.Transpose(x, perm=[1, 0, 2]) if batch_first else x
        return output, _joined(op, hidden), _joined(op, cells)

    return {torch.ops.aten.lstm.input: translate}


def _one_way(
    op: Any, x: Any, state: Any, cell: Any, weights: Sequence[Any], has_biases: bool, *, backwards: bool
) -> tuple[Any, Any]:
    """One layer in one direction: x (time, batch, features) → (time, batch, projected) and the last memory."""
    of_x, of_state, projection = weights[0], weights[1], weights[-1]
    hidden_size = projection.shape[1]
    steps = op.Shape(x, start=0, end=1)
    others = op.Sub(steps, op.Constant(value_ints=[1]))
    none = op.Constant(value_ints=[0, 0])
    zeros = op.Constant(value_ints=[0])
    # beside x: the first state at the step that is read first, zeros elsewhere
    pads = (
        op.Concat(others, none, zeros, none, axis=0)
        if backwards
        else op.Concat(zeros, none, others, none, axis=0)
    )
    wide = op.Concat(x, op.Pad(state, pads), axis=2)
    entering = op.Concat(of_x, of_state, axis=1)  # (4 · hidden, features + projected)
    recurrent = op.MatMul(of_state, projection)  # (4 · hidden, hidden)
    bias = None
    if has_biases:
        bias = op.Unsqueeze(op.Concat(*(_gates(op, each, hidden_size) for each in weights[2:4]), axis=0), [0])
    y, _, last = op.LSTM(
        wide,
        op.Unsqueeze(_gates(op, entering, hidden_size), [0]),
        op.Unsqueeze(_gates(op, recurrent, hidden_size), [0]),
        bias,
        None,
        None,
        cell,
        hidden_size=hidden_size,
        direction="reverse" if backwards else "forward",
    )
    gated = op.Squeeze(y, [1])  # (time, way, batch, hidden) → (time, batch, hidden)
    return op.MatMul(gated, op.Transpose(projection, perm=[1, 0])), last


def _gates(op: Any, rows: Any, hidden_size: int) -> Any:
    """Rows in torch's order of gates (input, forget, cell, output) in ONNX's (input, output, forget, cell)."""
    return op.Concat(
        *(op.Slice(rows, [g * hidden_size], [(g + 1) * hidden_size], [0]) for g in (0, 3, 1, 2)), axis=0
    )


def _joined(op: Any, states: Sequence[Any]) -> Any:
    return op.Concat(*states, axis=0) if len(states) > 1 else states[0]
