"""Adaptive pooling in ONNX, which has no such operator: windows worked out from the size that arrives.

Window i of m over n values reaches from ⌊i·n/m⌋ to ⌈(i+1)·n/m⌉, as torch defines it. Along each axis the mean is one
matrix product with the windows' weights, the maximum one reduction over masked copies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def onnx_translations() -> Mapping[Any, Callable[..., Any]]:
    """For torch.onnx's `custom_translation_table`."""
    import torch

    aten = torch.ops.aten
    return {
        aten.adaptive_avg_pool1d.default: _translation(1, largest=False),
        aten.adaptive_avg_pool2d.default: _translation(2, largest=False),
        aten._adaptive_avg_pool2d.default: _translation(2, largest=False),
        aten.adaptive_avg_pool3d.default: _translation(3, largest=False),
        aten._adaptive_avg_pool3d.default: _translation(3, largest=False),
        aten.adaptive_max_pool1d.default: _translation(1, largest=True),
        aten.adaptive_max_pool2d.default: _translation(2, largest=True),
        aten.adaptive_max_pool3d.default: _translation(3, largest=True),
    }


def _translation(axes: int, *, largest: bool) -> Callable[..., Any]:
    from onnxscript import opset18

    op: Any = opset18

    def pool(input: Any, output_size: Sequence[int]) -> Any:
        if all(size == 1 for size in output_size):
            return op.GlobalMaxPool(input) if largest else op.GlobalAveragePool(input)
        result = input
        last = axes + 1
        for axis, size in zip(range(last, 1, -1), reversed(output_size), strict=True):
            swapped = [{axis: last, last: axis}.get(i, i) for i in range(axes + 2)]
            if axis != last:  # each axis in turn comes last, and goes back
                result = op.Transpose(result, perm=swapped)
            result = _along_last(op, result, int(size), largest)
            if axis != last:
                result = op.Transpose(result, perm=swapped)
        return result

    if not largest:
        return lambda self, output_size: pool(self, output_size)
    # torch's maximum also gives the places that it found, which no layer of ours hands on
    return lambda self, output_size: (pool(self, output_size), op.Shape(self))


def _along_last(op: Any, x: Any, count: int, largest: bool) -> Any:
    """x (…, n) → (…, count)."""
    import numpy as np
    from onnxscript import ir

    def constant(values: Any) -> Any:
        return op.Constant(value=ir.tensor(np.asarray(values, dtype=np.int64)))

    size = op.Shape(x, start=-1)  # (1,)
    number = np.arange(count)[:, None]
    start = op.Div(op.Mul(constant(number), size), constant([count]))
    end = op.Div(op.Add(op.Mul(constant(number + 1), size), constant([count - 1])), constant([count]))
    place = op.Range(constant(0), op.Squeeze(size), constant(1))  # (n,)
    inside = op.And(op.GreaterOrEqual(place, start), op.Less(place, end))  # (count, n)
    if largest:
        far = op.Mul(op.Cast(op.Not(inside), to=ir.DataType.FLOAT), op.Constant(value_float=-3.0e38))
        return op.ReduceMax(op.Add(op.Unsqueeze(x, constant([-2])), far), constant([-1]), keepdims=0)
    share = op.Div(op.Cast(inside, to=ir.DataType.FLOAT), op.Cast(op.Sub(end, start), to=ir.DataType.FLOAT))
    return op.MatMul(x, op.Transpose(share, perm=[1, 0]))
