"""Patches: windows of an image laid out side by side, and put together again."""

from __future__ import annotations

from math import prod

from nndesigner.base.fields import Field, SizesField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Layer,
    Lowering,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    fixed,
    module,
)
from nndesigner.layers.spatial import check_room, expect_spatial, slide


def _windows(kernel: int, stride: int) -> tuple[Field, ...]:
    return (
        SizesField(
            name="kernel_size", label="Patch size", default=(kernel,) * 2, dimensions=2, minimum=1,
            help="Height and width of a patch.",
        ),
        SizesField(
            name="stride", label="Stride", default=(stride,) * 2, dimensions=2, minimum=1,
            help="Distance between two patches; as large as the patch they do not overlap.",
        ),
        SizesField(
            name="padding", label="Padding", default=(0, 0), dimensions=2, advanced=True,
            help="Border of zeros on each side of the image.",
        ),
        SizesField(
            name="dilation", label="Dilation", default=(1, 1), dimensions=2, minimum=1, advanced=True,
            help="Distance between neighbouring values of a patch.",
        ),
    )  # fmt: skip


USUAL = {"dilation": 1, "padding": 0, "stride": 1}


def _positions(use: Use, layer: str, axes: tuple[Axis, ...]) -> Size:
    """How many windows fit into an image. Raises ShapeError."""
    count = Size.of(1)
    for i, axis in enumerate(axes):
        kernel, dilation = use["kernel_size"][i], use["dilation"][i]
        out = slide(axis.size, kernel, use["stride"][i], use["padding"][i], dilation)
        check_room(layer, axis, out, dilation * (kernel - 1) + 1, dilation)
        count = count * out
    return count


def _unfold(use: Use) -> dict[str, TensorType]:
    x = expect_spatial(use, "Unfold", 2)
    values = x.sizes[1] * prod(use["kernel_size"])
    count = _positions(use, "Unfold", x.axes[2:])
    return {"y": x.with_axes(x.axes[0], Axis("channel", values), Axis("length", count))}


def _options(use: Use) -> dict[str, object]:
    return {key: use[key] for key in ("kernel_size", "dilation", "padding", "stride")}


UNFOLD = Layer(
    type="Unfold",
    label="Unfold (patches)",
    group="Shape",
    stem="unfold",
    summary="Lays every patch of an image out as one column of values.",
    help="What comes out is a signal with the values of a patch as channels and the patches, row by row, along its"
    " length. With a Permute (2, 1) it becomes a sequence of patches, as a vision transformer reads them.",
    formula="N × C × H × W → N × C·k·k × number of patches",
    reference="Chellapilla et al., High performance convolutional neural networks for document processing, 2006",
    synonyms=("im2col", "patches", "extract patches", "sliding window", "patch embedding"),
    parameters=_windows(4, 4),
    linear=True,
    common=False,
    infer=_unfold,
    lower=lambda use: module("torch.nn.Unfold", USUAL, **_options(use)),
    card=lambda v: "×".join(str(k) for k in v["kernel_size"]),
    samples=(
        Sample(
            values={"kernel_size": [2, 2], "stride": [2, 2]},
            inputs={"x": tensor(channel=3, height="H", width="W")},
            names={"N": 2, "H": 6, "W": 5},
        ),
        Sample(
            values={"kernel_size": [2, 3], "stride": [1, 2], "padding": [1, 0], "dilation": [2, 1]},
            inputs={"x": tensor(channel=2, height=5, width=7)},
        ),
    ),
)


def _fold(use: Use) -> dict[str, TensorType]:
    x = expect_spatial(use, "Fold", 1)
    axes = tuple(
        Axis(meaning, Size.of(size))
        for meaning, size in zip(("height", "width"), use["output_size"], strict=True)
    )
    taps, values = prod(use["kernel_size"]), fixed(x.axes[1], "Fold")
    if values % taps:
        raise ShapeError(
            tr(
                "{values} channels cannot be split into patches of {height} × {width}.",
                values=values,
                height=use["kernel_size"][0],
                width=use["kernel_size"][1],
            ),
            parameter="kernel_size",
            suggestions=(SetParameter("kernel_size", [1, 1], tr("Patches of one value")),),
        )
    count, have = _positions(use, "Fold", axes).value, fixed(x.axes[2], "Fold")
    if count != have:
        raise ShapeError(
            tr(
                "An image of {height} × {width} has {want} such patches, but {have} arrive.",
                height=use["output_size"][0],
                width=use["output_size"][1],
                want=count,
                have=have,
            ),
            parameter="output_size",
        )
    return {"y": x.with_axes(x.axes[0], Axis("channel", Size.of(values // taps)), *axes)}


def _lower_fold(use: Use) -> Lowering:
    return module("torch.nn.Fold", USUAL, output_size=use["output_size"], **_options(use))


FOLD = Layer(
    type="Fold",
    label="Fold (patches)",
    group="Shape",
    stem="fold",
    summary="Puts patches together to an image; where they overlap, they are added up.",
    help="The way back from Unfold with the same settings. Patches arrive as the columns of a signal, row by row of"
    " the image.",
    formula="N × C·k·k × number of patches → N × C × H × W",
    reference="Chellapilla et al., High performance convolutional neural networks for document processing, 2006",
    synonyms=("col2im", "patches", "overlap-add"),
    parameters=(
        SizesField(
            name="output_size", label="Image size", default=(28, 28), dimensions=2, minimum=1,
            help="Height and width of the image that comes out.",
        ),
        *_windows(4, 4),
    ),
    linear=True,
    common=False,
    infer=_fold,
    lower=_lower_fold,
    card=lambda v: "→ " + "×".join(str(k) for k in v["output_size"]),
    samples=(
        Sample(
            values={"output_size": [4, 6], "kernel_size": [2, 2], "stride": [2, 2]},
            inputs={"x": tensor(channel=12, length=6)},
        ),
        Sample(
            values={"output_size": [4, 5], "kernel_size": [2, 3], "stride": [1, 1], "padding": [1, 0]},
            inputs={"x": tensor(channel=6, length=15)},
        ),
    ),
)  # fmt: skip
