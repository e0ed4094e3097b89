"""Convolutions over one to three spatial axes. Channels of the input follow from what is wired in."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from nndesigner.base.fields import BoolField, ChoiceField, Field, IntField, SizesField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    fixed,
    module,
    plain,
)
from nndesigner.layers.spatial import (
    MAPS,
    NAMES,
    SIDES,
    Borders,
    check_border,
    check_room,
    expect_spatial,
    pad_widths,
    slide,
    small,
    small_free,
)

USUAL = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True, "padding_mode": "zeros"}
"""What torch.nn.Conv*d takes when nothing is said."""


def _borders(use: Use) -> Borders:
    """The border along each axis. "same" splits what it needs as torch does: the odd one comes at the end."""
    spans = [d * (k - 1) for k, d in zip(use["kernel_size"], use["dilation"], strict=True)]
    match use["padding"]:
        case "same":
            return tuple((span // 2, span - span // 2) for span in spans)
        case "causal":
            return tuple((span, 0) for span in spans)
        case "custom":
            return tuple((pad, pad) for pad in use["pad"])
        case "sides":
            return tuple(zip(use["sides"][::2], use["sides"][1::2], strict=True))
    return tuple((0, 0) for _ in spans)


REFERENCES = {
    1: "Waibel et al., Phoneme recognition using time-delay neural networks, 1989",
    2: "LeCun et al., Gradient-based learning applied to document recognition, 1998",
    3: "Tran et al., Learning spatiotemporal features with 3D convolutional networks, 2015",
}
MORE = {
    1: ("temporal", "causal", "dilated", "WaveNet", "TCN"),
    2: ("depthwise", "grouped", "pointwise", "dilated", "atrous"),
    3: ("volume", "video", "C3D"),
}
"""Further words by which people look for a convolution."""


def _declare(dimensions: int) -> Layer:
    name = f"Conv{dimensions}d"

    def infer(use: Use) -> dict[str, TensorType]:
        x = expect_spatial(use, name, dimensions)
        channels = fixed(x.axes[1], name)
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
        if use["padding"] == "same" and any(s != 1 for s in use["stride"]):
            raise ShapeError(
                tr("Padding “same” keeps the size and works only with stride 1."),
                parameter="padding",
                suggestions=(
                    SetParameter("stride", [1] * dimensions, tr("Set the stride to 1")),
                    SetParameter("padding", "custom", tr("Type the padding instead")),
                ),
            )
        axes = []
        for i, (axis, border) in enumerate(zip(x.axes[2:], _borders(use), strict=True)):
            kernel, stride, dilation = use["kernel_size"][i], use["stride"][i], use["dilation"][i]
            same = use["padding"] == "same"
            out = axis.size if same else slide(axis.size + sum(border), kernel, stride, 0, dilation)
            check_room(name, axis, out, dilation * (kernel - 1) + 1, dilation)
            check_border(use["padding_mode"], axis, max(border), "padding_mode")
            axes.append(Axis(axis.meaning, out))
        return {"y": x.with_axes(x.axes[0], Axis("channel", Size.of(use["out_channels"])), *axes)}

    def lower(use: Use) -> Lowering:
        borders, mode = _borders(use), use["padding_mode"]
        uneven = use["padding"] != "same" and any(start != end for start, end in borders)
        options: dict[str, Any] = {
            "in_channels": fixed(use.x.axes[1], name),
            "out_channels": use["out_channels"],
            "kernel_size": use["kernel_size"],
            "stride": use["stride"],
            "padding": "same" if use["padding"] == "same" else tuple(start for start, _ in borders),
            "dilation": use["dilation"],
            "groups": use["groups"],
            "bias": use["bias"],
            "padding_mode": mode,
        }
        if not uneven:
            return module(f"torch.nn.{name}", USUAL, **options)
        pad = Call(
            target="torch.nn.functional.pad",
            args=(Ref("x"), pad_widths(borders)),
            keywords={} if mode == "zeros" else {"mode": mode},
            step="padded",
        )
        options |= {"padding": 0, "padding_mode": "zeros"}
        slid = Call(
            target=f"torch.nn.{name}",
            construct=plain(options, USUAL),
            usual=dict(USUAL),
            args=(Ref("padded"),),
        )
        return Lowering(calls=(pad, slid))

    def weights(use: Use) -> int:
        fan_in = fixed(use.x.axes[1], name) // use["groups"] * prod(use["kernel_size"])
        return int((fan_in + use["bias"]) * use["out_channels"])

    def macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
        taps = fixed(use.x.axes[1], name) // int(use["groups"]) * prod(use["kernel_size"])
        return outputs["y"].numel() * int(taps)

    one = (1,) * dimensions
    parameters: tuple[Field, ...] = (
        IntField(
            name="out_channels",
            label="Filters",
            default=32,
            minimum=1,
            maximum=1_000_000,
            help="Feature maps that come out; one per filter.",
        ),
        SizesField(
            name="kernel_size",
            label="Kernel size",
            default=(3,) * dimensions,
            dimensions=dimensions,
            minimum=1,
            help="Size of the window that each filter looks at.",
        ),
        SizesField(
            name="stride",
            label="Stride",
            default=one,
            dimensions=dimensions,
            minimum=1,
            help="Step of the window; 2 halves the size.",
        ),
        ChoiceField(
            name="padding",
            label="Padding",
            default="valid" if dimensions == 1 else "same",
            choices={
                "same": "same (keep the size)",
                "valid": "none (valid)",
                "custom": "custom",
                "sides": "custom, each side",
                **({"causal": "causal (before the start only)"} if dimensions == 1 else {}),
            },
            help="Border of zeros around the input.",
        ),
        SizesField(
            name="pad",
            label="Padding width",
            default=one,
            dimensions=dimensions,
            help="Border on each side.",
            shown_when=lambda values: bool(values["padding"] == "custom"),
        ),
        SizesField(
            name="sides",
            label="Padding of sides",
            default=(0, 1) * dimensions,
            dimensions=2 * dimensions,
            help=f"Border at each side: {SIDES[dimensions]}.",
            shown_when=lambda values: bool(values["padding"] == "sides"),
        ),
        SizesField(
            name="dilation",
            label="Dilation",
            default=one,
            dimensions=dimensions,
            minimum=1,
            advanced=True,
            help="Distance between the taps of the kernel; 2 skips every other position.",
        ),
        IntField(
            name="groups",
            label="Groups",
            default=1,
            minimum=1,
            advanced=True,
            help="Split the channels into groups that do not mix; as many as channels is a depthwise convolution.",
        ),
        BoolField(
            name="bias",
            label="Bias",
            default=True,
            advanced=True,
            help="Add a learnable constant per filter.",
        ),
        ChoiceField(
            name="padding_mode",
            label="Padding values",
            default="zeros",
            advanced=True,
            choices={
                "zeros": "zeros",
                "reflect": "reflect",
                "replicate": "replicate",
                "circular": "circular",
            },
            help="What the border is filled with.",
        ),
    )
    shape, uneven = small(dimensions), {"padding": "causal"} if dimensions == 1 else {"padding": "sides"}
    return Layer(
        type=name,
        label=f"Conv {dimensions}-D",
        group="Convolution",
        stem="conv",
        summary="Slides learned filters over " + MAPS[dimensions] + " and reports where each one matches.",
        help="Each filter is a small window of weights; sliding it over the input gives one feature map."
        " The weights are shared by all positions, so a pattern is found wherever it appears.",
        formula="y[o, p] = b[o] + Σ_c Σ_k W[o, c, k] · x[c, s·p + d·k − pad]",
        reference=REFERENCES[dimensions],
        common=dimensions < 3,
        synonyms=(
            "convolution",
            f"conv{dimensions}d",
            f"convolution{dimensions}dLayer",
            "filter",
            *MORE[dimensions],
        ),
        parameters=parameters,
        linear=True,
        width="out_channels",
        infer=infer,
        lower=lower,
        weights=weights,
        macs=macs,
        card=lambda v: (
            f"{v['out_channels']} · "
            + "×".join(str(k) for k in v["kernel_size"])
            + ("" if set(v["stride"]) == {1} else f" · /{v['stride'][0]}")
        ),
        samples=(
            Sample(inputs={"x": tensor(channel=4, **shape)}),
            Sample(
                values={
                    "out_channels": 6,
                    "stride": [2] * dimensions,
                    "padding": "custom",
                    "pad": [1] * dimensions,
                    "groups": 2,
                    "dilation": [2] * dimensions,
                    "bias": False,
                },
                inputs={"x": tensor(channel=4, **shape)},
            ),
            Sample(
                values={"out_channels": 3, **uneven, "dilation": [2] + [1] * (dimensions - 1)},
                inputs={"x": tensor(channel=2, **small_free(dimensions))},
                names=NAMES,
            ),
        ),
    )


CONV_1D = _declare(1)
CONV_2D = _declare(2)
CONV_3D = _declare(3)
