"""Linear layer and convolution whose weight is computed: another layer's table, or the outcome of a calculation.

The weight arrives at a port: as a table without a batch axis (the `weight` of an Embedding), or with a batch of one
(a Parameter and what was made of it).
"""

from __future__ import annotations

from collections.abc import Mapping

from nndesigner.base.fields import BoolField, IntField, SizesField, Values
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import product
from nndesigner.layers.declaration import (
    SPATIAL,
    Attribute,
    Call,
    InsertBefore,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    ShapeError,
    Use,
    expect_float,
    fixed,
)

WEIGHT_TABLE = TensorType("float", (Axis("unit", Size.of(7)), Axis("feature", Size.of(4))))
"""Of the samples: a table of 7 rows."""


def weight_table(units: int, features: int) -> TensorType:
    """What leaves a port `weight`: a table with a row per unit, without a batch axis."""
    return TensorType("float", (Axis("unit", Size.of(units)), Axis("feature", Size.of(features))))


GIVE_WEIGHT = BoolField(
    name="give_weight",
    label="Give out the weight",
    default=False,
    help="Show a second output with the weight itself, to share it with a layer that takes a computed weight.",
    advanced=True,
)


def weight_ports(values: Values) -> tuple[Port, ...]:
    """The port `y`, and `weight` where it is asked for."""
    weight = Port("weight", label="weight", help="the table of weights, the same for all samples")
    return (Port("y"), weight) if values.get("give_weight") is True else (Port("y"),)


def giving_weight(lowering: Lowering, use: Use) -> Lowering:
    """The lowering of a module, with its weight on the port `weight` where it is asked for."""
    if not use["give_weight"]:
        return lowering
    return Lowering(calls=lowering.calls, outputs={"y": Ref(""), "weight": Attribute("weight")})


def _table(use: Use, layer: str, port: str, axes: int) -> tuple[int, ...]:
    """The sizes of the weights that arrive, of which there are `axes` axes. Raises ShapeError."""
    arrived = expect_float(use, layer, port)
    if arrived.axes and arrived.axes[0].meaning == "batch" and arrived.sizes[0] != 1:
        raise ShapeError(
            tr(
                "{layer} has one {port} for all samples, but one for each sample arrives: wire it to a Parameter or to"
                " the weight of another layer.",
                layer=layer,
                port=port,
            ),
            port=port,
        )
    found = arrived.axes[1:] if arrived.axes and arrived.axes[0].meaning == "batch" else arrived.axes
    if len(found) != axes:
        raise ShapeError(
            tr(
                "The {port} of {layer} has {want} axes, but {have} arrive: {shape}.",
                port=port,
                layer=layer,
                want=axes,
                have=len(found),
                shape=" × ".join(str(axis.size) for axis in found),
            ),
            port=port,
        )
    return tuple(fixed(axis, layer, port) for axis in found)


def _plain(use: Use, port: str) -> Ref:
    """The weights, without the batch of one."""
    return Ref(port, (0,)) if use.inputs[port].axes[0].meaning == "batch" else Ref(port)


def _bias(use: Use, layer: str, units: int) -> None:
    if "bias" not in use.inputs:
        return
    (have,) = _table(use, layer, "bias", 1)
    if have != units:
        raise ShapeError(
            tr("{layer} has {want} outputs, but {have} biases arrive.", layer=layer, want=units, have=have),
            port="bias",
        )


def _operands(use: Use) -> tuple[Ref, ...]:
    return tuple(_plain(use, port) for port in ("weight", "bias") if port in use.inputs)


WEIGHT = Port("weight", label="weight", help="one row per output, the same for all samples", table=True)
BIAS = Port("bias", label="bias", help="one number per output", optional=True, table=True)


# -- linear ------------------------------------------------------------------------------------------------------
def _linear_sizes(use: Use) -> tuple[int, int]:
    """(outputs, inputs). Raises ShapeError."""
    x = expect_float(use, "Linear, computed weight")
    last = x.axes[-1]
    if x.rank < 2 or (last.meaning in (*SPATIAL, "channel") and x.rank > 2):
        raise ShapeError(
            tr("Linear takes flat features on the last axis, but {shape} arrives.", shape=x),
            port="x",
            suggestions=(InsertBefore("Flatten", "x", tr("Insert a Flatten before it")),)
            if x.rank > 2
            else (),
        )
    units, features = _table(use, "Linear, computed weight", "weight", 2)
    have = fixed(last, "Linear, computed weight")
    if have != features:
        raise ShapeError(
            tr(
                "The weight has rows of {want} values, but {have} features arrive.",
                want=features,
                have=have,
            ),
            port="x",
            suggestions=(
                InsertBefore(
                    "Linear",
                    "x",
                    tr("Insert a Linear layer with {want} units", want=features),
                    {"out_features": features},
                ),
            ),
        )
    _bias(use, "Linear, computed weight", units)
    return units, features


def _linear(use: Use) -> dict[str, TensorType]:
    units, _ = _linear_sizes(use)
    return {"y": use.x.with_axes(*use.x.axes[:-1], Axis("feature", Size.of(units)))}


def _linear_macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    return outputs["y"].numel() * _linear_sizes(use)[1]


WEIGHTED_LINEAR = Layer(
    type="WeightedLinear",
    label="Linear, computed weight",
    group="Dense",
    stem="head",
    summary="A linear layer whose weight arrives on a wire.",
    help="Wired to the weight of an Embedding it is the tied output layer of a language model: both share one table,"
    " which is saved once. Wired to a Parameter, the weight can be masked or normalized on the way.",
    formula="y = x Wᵀ + b, W and b from their wires",
    reference="Press & Wolf, Using the output embedding to improve language models, 2017",
    synonyms=(
        "tied weights",
        "F.linear",
        "shared embedding",
        "language model head",
        "masked linear",
        "hypernetwork",
    ),
    inputs=(Port("x"), WEIGHT, BIAS),
    common=False,
    linear=True,
    infer=_linear,
    lower=lambda use: Lowering(
        calls=(Call(target="torch.nn.functional.linear", args=(Ref("x"), *_operands(use))),)
    ),
    macs=_linear_macs,
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4), "weight": WEIGHT_TABLE}, names={"N": 2, "T": 3}),
        Sample(
            inputs={
                "x": tensor(feature=4),
                "weight": TensorType("float", (Axis("batch", Size.of(1)), *WEIGHT_TABLE.axes)),
                "bias": TensorType("float", (Axis("batch", Size.of(1)), Axis("feature", Size.of(7)))),
            }
        ),
    ),
)


# -- convolution -----------------------------------------------------------------------------------------------
_CONV = "Convolution, computed weight"


def _conv_sizes(use: Use) -> tuple[int, ...]:
    """(outputs, inputs of a group, kernel height, kernel width). Raises ShapeError."""
    x = expect_float(use, _CONV)
    if x.meanings[1:] != ("channel", "height", "width"):
        raise ShapeError(
            tr("{layer} takes images (channel × height × width), but {shape} arrives.", layer=_CONV, shape=x),
            port="x",
        )
    sizes = _table(use, _CONV, "weight", 4)
    channels = fixed(x.axes[1], _CONV)
    if channels != sizes[1] * use["groups"] or sizes[0] % use["groups"]:
        raise ShapeError(
            tr(
                "The weight is for {want} channels in {groups} groups, with {units} outputs; {have} channels arrive.",
                want=sizes[1] * use["groups"],
                groups=use["groups"],
                units=sizes[0],
                have=channels,
            ),
            port="x",
            parameter="groups",
        )
    _bias(use, _CONV, sizes[0])
    return sizes


def _conv(use: Use) -> dict[str, TensorType]:
    sizes, x = _conv_sizes(use), use.x
    axes = []
    for i in (0, 1):
        spread = use["dilation"][i] * (sizes[2 + i] - 1) + 1
        room = x.sizes[2 + i] + 2 * use["padding"][i]
        if room.value is not None and room.value < spread:
            raise ShapeError(
                tr(
                    "The kernel covers {kernel} values along the {axis}, but only {room} arrive with the padding.",
                    kernel=spread,
                    axis=x.meanings[2 + i],
                    room=room,
                ),
                port="weight",
                parameter="padding",
            )
        axes.append(Axis(x.meanings[2 + i], (room - spread) // use["stride"][i] + 1))
    return {"y": x.with_axes(x.axes[0], Axis("channel", Size.of(sizes[0])), *axes)}


def _lower_conv(use: Use) -> Lowering:
    _conv_sizes(use)
    usual = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}
    options = {key: use[key] for key, value in usual.items() if use[key] != value}
    short = {key: v[0] if isinstance(v, tuple) and len(set(v)) == 1 else v for key, v in options.items()}
    return Lowering(
        calls=(Call(target="torch.nn.functional.conv2d", args=(Ref("x"), *_operands(use)), keywords=short),)
    )


def _conv_macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    return outputs["y"].numel() * product([Size.of(size) for size in _conv_sizes(use)[1:]])


def _pair(name: str, label: str, default: int, least: int, help: str) -> SizesField:
    return SizesField(
        name=name,
        label=label,
        default=(default, default),
        dimensions=2,
        minimum=least,
        maximum=4096,
        help=help,
    )


WEIGHTED_CONV = Layer(
    type="WeightedConv2d",
    label="Convolution 2-D, computed weight",
    group="Convolution",
    stem="conv",
    summary="A convolution over images whose kernels arrive on a wire.",
    help="Wired to a Parameter, the kernels can be standardized, masked or made by a small network on the way, as"
    " weight standardization and PixelCNN do. The weight is outputs × inputs × height × width.",
    formula="y[o] = Σ_i W[o, i] ∗ x[i] + b[o], W and b from their wires",
    reference="Qiao et al., Micro-batch training with batch-channel normalization and weight standardization, 2019",
    synonyms=("F.conv2d", "weight standardization", "masked convolution", "hypernetwork", "StdConv2d"),
    inputs=(Port("x"), WEIGHT, BIAS),
    parameters=(
        _pair("stride", "Stride", 1, 1, "Step of the kernel, height × width."),
        _pair("padding", "Padding", 0, 0, "Zeros around the image, height × width."),
        _pair("dilation", "Dilation", 1, 1, "Distance between the points of the kernel."),
        IntField(
            name="groups",
            label="Groups",
            default=1,
            minimum=1,
            maximum=65_536,
            help="Channels are split into this many groups, each with kernels of its own.",
            advanced=True,
        ),
    ),
    common=False,
    linear=True,
    infer=_conv,
    lower=_lower_conv,
    macs=_conv_macs,
    samples=(
        Sample(
            inputs={
                "x": tensor(channel=3, height="H", width=6),
                "weight": TensorType(
                    "float",
                    (
                        Axis("batch", Size.of(1)),
                        *(
                            Axis(m, Size.of(s))
                            for m, s in (("unit", 4), ("channel", 3), ("height", 3), ("width", 2))
                        ),
                    ),
                ),
            },
            names={"N": 2, "H": 5},
        ),
        Sample(
            values={"stride": [2, 1], "padding": [1, 1], "groups": 2},
            inputs={
                "x": tensor(channel=4, height=5, width=6),
                "weight": TensorType(
                    "float",
                    tuple(
                        Axis(m, Size.of(s))
                        for m, s in (("unit", 6), ("channel", 2), ("height", 3), ("width", 3))
                    ),
                ),
                "bias": TensorType("float", (Axis("batch", Size.of(1)), Axis("feature", Size.of(6)))),
            },
        ),
    ),
)
