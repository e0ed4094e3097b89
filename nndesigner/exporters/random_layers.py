"""Layers that draw random numbers while they learn, on the way out: a file only predicts, and then they are fixed.

torch.onnx knows neither the randomized leaky ReLU nor fractional pooling, and torch.export fixes the batch of the
latter in three dimensions. Both are mended here, for the time of one export.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def shapes_of_fractional_pools() -> Iterator[None]:
    """While open, tracing takes the output shape of torch's 3-D operator from the sizes that are asked for."""
    import torch
    from torch._subclasses.fake_impls import op_implementations_dict as rules

    operator = torch.ops.aten.fractional_max_pool3d.default

    def shapes(mode: Any, func: Any, input: Any, kernel: Any, output: Sequence[int], samples: Any) -> Any:
        shape = (*input.shape[:2], *output)
        with mode:
            return input.new_empty(shape), input.new_empty(shape, dtype=torch.int64)

    before = rules.get(operator)
    rules[operator] = shapes
    try:
        yield
    finally:
        if before is None:
            del rules[operator]
        else:
            rules[operator] = before


def onnx_translations() -> Mapping[Any, Callable[..., Any]]:
    """For torch.onnx's `custom_translation_table`."""
    import torch

    aten = torch.ops.aten
    return {
        aten.rrelu_with_noise_functional.default: _randomized_leaky_relu(),
        aten.fractional_max_pool2d.default: _fractional_pool((1, 0)),
        aten.fractional_max_pool3d.default: _fractional_pool((0, 1, 2)),
    }


def _randomized_leaky_relu() -> Callable[..., Any]:
    from onnxscript import opset18

    op: Any = opset18

    def translate(
        self: Any, noise: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None
    ) -> Any:  # fmt: skip
        """aten::rrelu_with_noise_functional → (result, noise): outside training the slope is the middle one."""
        return op.LeakyRelu(self, alpha=(lower + upper) / 2), noise

    return translate


def _fractional_pool(sample_of: tuple[int, ...]) -> Callable[..., Any]:
    """For the spatial axes in order, `sample_of` says which of the random samples places their windows."""
    import numpy as np
    from onnxscript import ir, opset18

    op: Any = opset18

    def whole(values: Any) -> Any:
        return op.Constant(value=ir.tensor(np.asarray(values, dtype=np.int64)))

    def real(values: Any) -> Any:
        return op.Constant(value=ir.tensor(np.asarray(values, dtype=np.float32)))

    def translate(
        self: Any, kernel_size: Sequence[int], output_size: Sequence[int], random_samples: Any
    ) -> Any:
        """aten::fractional_max_pool*d → (maxima, places), places being read by nobody. The samples of the first map
        stand for all: outside training they are all the same."""
        result = self
        shared = op.Reshape(random_samples, whole([-1]))
        for number, (kernel, count) in enumerate(zip(kernel_size, output_size, strict=True)):
            axis = 2 + number
            size = op.Shape(result, start=axis, end=axis + 1)  # (1,)
            last = op.Sub(size, whole([kernel]))
            start = last
            if count > 1:
                step = op.Div(op.Cast(last, to=ir.DataType.FLOAT), real([count - 1]))
                sample = op.Gather(shared, whole([sample_of[number]]))
                at = op.Floor(op.Mul(op.Add(real(np.arange(count - 1)), sample), step))
                begin = op.Sub(at, op.Floor(op.Mul(sample, step)))
                start = op.Concat(op.Cast(begin, to=ir.DataType.INT64), last, axis=0)  # (count,)
            places = op.Add(op.Unsqueeze(start, whole([1])), whole(np.arange(kernel)[None, :]))
            windows = op.Gather(result, places, axis=axis)  # (…, count, kernel, …)
            result = op.ReduceMax(windows, whole([axis + 1]), keepdims=0)
        return result, op.Shape(self)

    return translate
