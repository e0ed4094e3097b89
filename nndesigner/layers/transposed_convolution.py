"""Transposed convolutions: the way back from small maps to large ones, with learned filters."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from nndesigner.base.fields import BoolField, Field, IntField, SizesField
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
from nndesigner.layers.spatial import MAPS, NAMES, expect_spatial, small, small_free

USUAL = {"stride": 1, "padding": 0, "output_padding": 0, "groups": 1, "bias": True, "dilation": 1}
"""What torch.nn.ConvTranspose*d takes when nothing is said."""


def _declare(dimensions: int) -> Layer:
    name, label = f"ConvTranspose{dimensions}d", f"Transposed conv {dimensions}-D"

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_spatial(use, label, dimensions)
        channels = fixed(x.axes[1], label)
        for key, count in (("in", channels), ("out", use["out_channels"])):
            if count % use["groups"]:
                raise ShapeError(
                    tr(
                        "{count} {key}put channels cannot be split into {groups} equal groups.",
                        count=count,
                        key=key,
                        groups=use["groups"],
                    ),
                    parameter="groups",
                    suggestions=(SetParameter("groups", 1, tr("Use one group")),),
                )
        axes = [_grown(use, i, axis) for i, axis in enumerate(x.axes[2:])]
        return {"y": x.with_axes(x.axes[0], Axis("channel", Size.of(use["out_channels"])), *axes)}

    def _grown(use: Use, i: int, axis: Axis) -> Axis:
        """(n − 1)·s − 2p + d·(k − 1) + extra + 1 (torch.nn.ConvTranspose2d)."""
        kernel, stride, dilation = use["kernel_size"][i], use["stride"][i], use["dilation"][i]
        padding, extra = use["padding"][i], use["output_padding"][i]
        if extra and extra >= max(stride, dilation):
            raise ShapeError(
                tr(
                    "The extra size of {layer} ({extra}) must be smaller than its stride ({stride}) or its dilation"
                    " ({dilation}).",
                    layer=label,
                    extra=extra,
                    stride=stride,
                    dilation=dilation,
                ),
                parameter="output_padding",
                suggestions=(SetParameter("output_padding", [0] * dimensions, tr("No extra size")),),
            )
        out = (axis.size - 1) * stride + (dilation * (kernel - 1) + extra + 1 - 2 * padding)
        if out.value is not None and out.value < 1:
            raise ShapeError(
                tr(
                    "The padding of {layer} ({padding}) cuts away all of the {axis}.",
                    layer=label,
                    padding=padding,
                    axis=axis.meaning,
                ),
                parameter="padding",
                suggestions=(SetParameter("padding", [0] * dimensions, tr("Cut nothing away")),),
            )
        return Axis(axis.meaning, out)

    def lower(use: Use) -> Lowering:
        options: dict[str, Any] = {
            "in_channels": fixed(use.x.axes[1], label),
            **{key: use[key] for key in ("out_channels", "kernel_size", *USUAL)},
        }
        return module(f"torch.nn.{name}", USUAL, **options)

    def weights(use: Use) -> int:
        taps = fixed(use.x.axes[1], label) * prod(use["kernel_size"])
        return int((taps // use["groups"] + use["bias"]) * use["out_channels"])

    def macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
        return use.x.numel() * int(use["out_channels"] // use["groups"] * prod(use["kernel_size"]))

    def sizes(
        name: str, label: str, default: int, help: str, minimum: int = 0, advanced: bool = False
    ) -> Field:
        return SizesField(
            name=name,
            label=label,
            default=(default,) * dimensions,
            dimensions=dimensions,
            minimum=minimum,
            help=help,
            advanced=advanced,
        )

    return Layer(
        type=name,
        label=label,
        group="Convolution",
        stem="deconv",
        summary=f"Makes {MAPS[dimensions]} larger: each value paints a learned pattern into the result.",
        help="The reverse of a convolution in its sizes: with stride 2 and kernel 2 it doubles them. Used where small"
        " maps become images again, as in U-Net, autoencoders and generators; where the kernel is no multiple of the"
        " stride, its overlaps show as a chequered pattern.",
        formula="n → (n − 1)·s − 2p + d·(k − 1) + e + 1;  y[o, s·p + d·k] += Σ_c W[c, o, k] · x[c, p]",
        reference="Zeiler et al., Deconvolutional networks, 2010; Dumoulin & Visin, A guide to convolution arithmetic"
        " for deep learning, 2016",
        synonyms=(
            "deconvolution",
            "upconvolution",
            "upsampling",
            f"Conv{dimensions}DTranspose",
            f"transposedConv{dimensions}dLayer",
            "fractionally strided convolution",
        ),
        parameters=(
            IntField(
                name="out_channels",
                label="Filters",
                default=32,
                minimum=1,
                maximum=1_000_000,
                help="Feature maps that come out; one per filter.",
            ),
            sizes("kernel_size", "Kernel size", 2, "Size of the pattern that each value paints.", 1),
            sizes("stride", "Stride", 2, "Distance between two patterns; 2 doubles the size.", 1),
            sizes("padding", "Cut", 0, "Taken away from the result at each side.", 0, True),
            sizes(
                "output_padding",
                "Extra size",
                0,
                "Added to the result at the end, smaller than the stride: it"
                " settles which of several sizes comes back.",
                0,
                True,
            ),
            IntField(
                name="groups",
                label="Groups",
                default=1,
                minimum=1,
                advanced=True,
                help="Split the channels into groups that do not mix.",
            ),
            BoolField(
                name="bias",
                label="Bias",
                default=True,
                advanced=True,
                help="Add a learnable constant per filter.",
            ),
            sizes("dilation", "Dilation", 1, "Distance between the taps of the kernel.", 1, True),
        ),
        linear=True,
        width="out_channels",
        common=dimensions == 2,
        infer=infer,
        lower=lower,
        weights=weights,
        macs=macs,
        card=lambda v: (
            f"{v['out_channels']} · "
            + "×".join(str(k) for k in v["kernel_size"])
            + ("" if set(v["stride"]) == {1} else f" · ×{v['stride'][0]}")
        ),
        samples=(
            Sample(
                values={"out_channels": 3},
                inputs={"x": tensor(channel=4, **small_free(dimensions))},
                names=NAMES,
            ),
            Sample(
                values={
                    "out_channels": 6,
                    "kernel_size": [3] * dimensions,
                    "padding": [1] * dimensions,
                    "output_padding": [1] * dimensions,
                    "groups": 2,
                    "dilation": [2] * dimensions,
                    "bias": False,
                },
                inputs={"x": tensor(channel=4, **small(dimensions))},
            ),
        ),
    )


CONV_TRANSPOSE_1D = _declare(1)
CONV_TRANSPOSE_2D = _declare(2)
CONV_TRANSPOSE_3D = _declare(3)
