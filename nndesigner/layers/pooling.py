"""Pooling: summing up neighbourhoods by their largest or mean value."""

from __future__ import annotations

from collections.abc import Mapping

from nndesigner.base.fields import BoolField, Field, SizesField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.convolution import check_room, expect_spatial, slide
from nndesigner.layers.declaration import Layer, Lowering, Ref, Sample, SetParameter, ShapeError, Use, module


def _declare(kind: str, dimensions: int) -> Layer:
    name, label = f"{kind}Pool{dimensions}d", f"{'Max' if kind == 'Max' else 'Average'} pool {dimensions}-D"

    def strides(use: Use) -> tuple[int, ...]:
        return tuple(s or k for s, k in zip(use["stride"], use["kernel_size"], strict=True))

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_spatial(use, label, dimensions)
        axes = []
        for i, axis in enumerate(x.axes[2:]):
            kernel, pad = use["kernel_size"][i], use["padding"][i]
            if 2 * pad > kernel:
                raise ShapeError(
                    tr(
                        "The padding of {layer} is at most half its window ({kernel}).",
                        layer=label,
                        kernel=kernel,
                    ),
                    parameter="padding",
                    suggestions=(
                        SetParameter(
                            "padding", [k // 2 for k in use["kernel_size"]], tr("Use half the window")
                        ),
                    ),
                )
            stride = strides(use)[i]
            if use["ceil_mode"] and axis.size.value is None and stride > kernel - pad:
                # then torch drops a last window that lies in the padding for some sizes and not for others
                raise ShapeError(
                    tr(
                        "How many partial windows {layer} keeps cannot be said while the {axis} ({size}) is free.",
                        layer=label,
                        axis=axis.meaning,
                        size=axis.size,
                    ),
                    parameter="ceil_mode",
                    suggestions=(SetParameter("ceil_mode", False, tr("Leave out partial windows")),),
                )
            out = slide(axis.size, kernel, stride, pad, 1, use["ceil_mode"])
            check_room(label, axis, out, kernel)
            axes.append(Axis(axis.meaning, out))
        return {"y": x.with_axes(*x.axes[:2], *axes)}

    def lower(use: Use) -> Lowering:
        window = use["kernel_size"]
        step = {} if strides(use) == window else {"stride": strides(use)}
        usual = {"padding": 0, "ceil_mode": False}
        options = {
            "kernel_size": window,
            **step,
            "padding": use["padding"],
            "ceil_mode": use["ceil_mode"],
        }
        if name == "MaxPool1d" and use.x.axes[2].size.value is None:
            # torch.export freezes the length in max_pool1d, but not where the places of the maxima are asked for too
            run = module("torch.nn.MaxPool1d", usual, **options, return_indices=True)
            return Lowering(calls=run.calls, outputs={"y": Ref("", (0,))})
        return module(f"torch.nn.{name}", usual, **options)

    zeros = (0,) * dimensions
    shape: Mapping[str, int] = {"length": 9} if dimensions == 1 else {"height": 9, "width": 8}
    parameters: tuple[Field, ...] = (
        SizesField(
            name="kernel_size",
            label="Window",
            default=(2,) * dimensions,
            dimensions=dimensions,
            minimum=1,
            help="Size of the neighbourhood.",
        ),
        SizesField(
            name="stride",
            label="Stride",
            default=zeros,
            dimensions=dimensions,
            help="Step of the window; 0 takes the window's own size.",
        ),
        SizesField(
            name="padding",
            label="Padding",
            default=zeros,
            dimensions=dimensions,
            advanced=True,
            help="Border on each side, at most half the window.",
        ),
        BoolField(
            name="ceil_mode",
            label="Keep partial windows",
            default=False,
            advanced=True,
            help="Round the output size up instead of down.",
        ),
    )
    value = "largest" if kind == "Max" else "mean"
    return Layer(
        type=name,
        label=label,
        group="Pooling",
        stem="pool",
        summary=f"Replaces each window by its {value} value.",
        help="Makes the maps smaller, so that later layers see more of the picture at once and cost less."
        + (" The largest value answers “is the pattern here at all?”." if kind == "Max" else ""),
        formula=f"y[c, p] = {'max' if kind == 'Max' else 'mean'} over k of x[c, s·p + k − pad]",
        synonyms=(
            "pooling",
            "downsample",
            f"{'max' if kind == 'Max' else 'average'}Pooling{dimensions}dLayer",
            "subsampling",
        ),
        reference="Scherer, Müller & Behnke, Evaluation of pooling operations in convolutional architectures for"
        " object recognition, 2010",
        parameters=parameters,
        linear=kind == "Avg",
        infer=infer,
        lower=lower,
        card=lambda v: "×".join(str(k) for k in v["kernel_size"]),
        samples=(
            Sample(inputs={"x": tensor(channel=3, **shape)}),
            Sample(
                values={
                    "kernel_size": [3] * dimensions,
                    "stride": [2] * dimensions,
                    "padding": [1] * dimensions,
                    "ceil_mode": True,
                },
                inputs={"x": tensor(channel=3, **shape)},
            ),
            Sample(
                values={"kernel_size": [3] * dimensions},
                inputs={"x": tensor(channel=2, **{key: key[0].upper() for key in shape})},
                names={"N": 2, "L": 11, "H": 7, "W": 10},
            ),
        ),
    )


def _adaptive(kind: str, dimensions: int) -> Layer:
    word = "max" if kind == "Max" else "average"
    name, label = f"Adaptive{kind}Pool{dimensions}d", f"Adaptive {word} pool {dimensions}-D"

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_spatial(use, label, dimensions)
        axes = (
            Axis(axis.meaning, Size.of(size))
            for axis, size in zip(x.axes[2:], use["output_size"], strict=True)
        )
        return {"y": x.with_axes(*x.axes[:2], *axes)}

    shape: Mapping[str, int] = {"length": 9} if dimensions == 1 else {"height": 9, "width": 8}
    return Layer(
        type=name,
        label=label,
        group="Pooling",
        stem="pool",
        summary=(
            "Reduces each map to its largest values on" if kind == "Max" else "Averages each map down to"
        )
        + " a fixed size, whatever size arrives.",
        help=f"With size 1 this is global {word} pooling. It is what lets one network take images of any"
        " size: everything after it has fixed sizes.",
        formula=f"y[c, i] = {'max' if kind == 'Max' else 'mean'} of x[c, ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ − 1]",
        reference="Lin et al., Network in network, 2013",
        synonyms=(f"global {word} pooling", "pooling", f"global{word.title()}Pooling{dimensions}dLayer"),
        linear=kind == "Avg",
        common=kind == "Avg",
        parameters=(
            SizesField(
                name="output_size",
                label="Output size",
                default=(1,) * dimensions,
                dimensions=dimensions,
                minimum=1,
                help="Size of each map that comes out.",
            ),
        ),
        infer=infer,
        lower=lambda use: module(
            f"torch.nn.{name}", output_size=use["output_size"] if dimensions > 1 else use["output_size"][0]
        ),
        card=lambda v: "→ " + "×".join(str(k) for k in v["output_size"]),
        samples=(
            Sample(inputs={"x": tensor(channel=3, **shape)}),
            Sample(values={"output_size": [2] * dimensions}, inputs={"x": tensor(channel=3, **shape)}),
            Sample(
                values={"output_size": [3] * dimensions},
                inputs={"x": tensor(channel=2, **{key: key[0].upper() for key in shape})},
                names={"N": 2, "L": 11, "H": 7, "W": 10},
            ),
        ),
    )


MAX_POOL_1D = _declare("Max", 1)
MAX_POOL_2D = _declare("Max", 2)
AVG_POOL_1D = _declare("Avg", 1)
AVG_POOL_2D = _declare("Avg", 2)
ADAPTIVE_AVG_POOL_1D = _adaptive("Avg", 1)
ADAPTIVE_AVG_POOL_2D = _adaptive("Avg", 2)
ADAPTIVE_MAX_POOL_1D = _adaptive("Max", 1)
ADAPTIVE_MAX_POOL_2D = _adaptive("Max", 2)
