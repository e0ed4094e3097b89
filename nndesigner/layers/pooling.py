"""Pooling: summing up neighbourhoods by their largest or mean value."""

from __future__ import annotations

from math import prod

from nndesigner.base.fields import BoolField, Field, SizesField, Values
from nndesigner.base.shapes import Axis, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    module,
)
from nndesigner.layers.spatial import NAMES, check_room, expect_spatial, slide, small, small_free


def _asked_for_places(values: Values) -> bool:
    return values.get("return_indices") is True


def _ports(values: Values) -> tuple[Port, ...]:
    if _asked_for_places(values):
        return (
            Port("y"),
            Port("indices", label="places", help="Where in its map each largest value was found."),
        )
    return (Port("y"),)


def _declare(kind: str, dimensions: int) -> Layer:
    name, label = f"{kind}Pool{dimensions}d", f"{'Max' if kind == 'Max' else 'Average'} pool {dimensions}-D"

    volume_mean = name == "AvgPool3d"

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
            # torch wants the window of a 3-d mean to fit without the border
            check_room(label, axis, slide(axis.size, kernel, 1, 0, 1, False) if volume_mean else out, kernel)
            axes.append(Axis(axis.meaning, out))
        y = x.with_axes(*x.axes[:2], *axes)
        if not _asked_for_places(use.values):
            return {"y": y}
        places = prod(size.value or 0 for size in x.sizes[2:])
        return {"y": y, "indices": TensorType("int", y.axes, places)}

    def lower(use: Use) -> Lowering:
        window = use["kernel_size"]
        step = {} if strides(use) == window else {"stride": strides(use)}
        usual = {"padding": 0, "ceil_mode": False, "count_include_pad": True}
        options = {
            "kernel_size": window,
            **step,
            "padding": use["padding"],
            "ceil_mode": use["ceil_mode"],
            **({"count_include_pad": use["count_include_pad"]} if kind == "Avg" else {}),
        }
        if _asked_for_places(use.values):
            run = module(f"torch.nn.{name}", usual, **options, return_indices=True)
            return Lowering(calls=run.calls, outputs={"y": Ref("", (0,)), "indices": Ref("", (1,))})
        if name == "MaxPool1d" and use.x.axes[2].size.value is None:
            # torch.export freezes the length in max_pool1d, but not where the places of the maxima are asked for too
            run = module("torch.nn.MaxPool1d", usual, **options, return_indices=True)
            return Lowering(calls=run.calls, outputs={"y": Ref("", (0,))})
        return module(f"torch.nn.{name}", usual, **options)

    zeros = (0,) * dimensions
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
        BoolField(
            name="return_indices",
            label="Places too",
            default=False,
            advanced=True,
            help="A second output tells where each largest value was found, for a Max unpool later on.",
        )
        if kind == "Max"
        else BoolField(
            name="count_include_pad",
            label="Count the border",
            default=True,
            advanced=True,
            help="Take the zeros of the padding into the mean; switched off, the mean is over real values only.",
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
            f"{'Max' if kind == 'Max' else 'Average'}Pooling{dimensions}D",
        ),
        common=dimensions < 3,
        outputs=_ports if kind == "Max" else (Port("y"),),
        reference="Scherer, Müller & Behnke, Evaluation of pooling operations in convolutional architectures for"
        " object recognition, 2010",
        parameters=parameters,
        linear=kind == "Avg",
        infer=infer,
        lower=lower,
        card=lambda v: "×".join(str(k) for k in v["kernel_size"]),
        samples=(
            Sample(
                values={"return_indices": True} if kind == "Max" else {"count_include_pad": False},
                inputs={"x": tensor(channel=3, **small(dimensions))},
            ),
            Sample(
                values={
                    "kernel_size": [3] * dimensions,
                    "stride": [2] * dimensions,
                    "padding": [1] * dimensions,
                    "ceil_mode": True,
                },
                inputs={"x": tensor(channel=3, **small(dimensions))},
            ),
            Sample(
                values={"kernel_size": [3] * dimensions},
                inputs={"x": tensor(channel=2, **small_free(dimensions))},
                names=NAMES,
            ),
        ),
    )


MAX_POOL_1D = _declare("Max", 1)
MAX_POOL_2D = _declare("Max", 2)
MAX_POOL_3D = _declare("Max", 3)
AVG_POOL_1D = _declare("Avg", 1)
AVG_POOL_2D = _declare("Avg", 2)
AVG_POOL_3D = _declare("Avg", 3)
