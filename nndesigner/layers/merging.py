"""Merging: several wires become one, value by value or side by side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from string import ascii_lowercase

from nndesigner.base.fields import ChoiceField, IntField, Values
from nndesigner.base.shapes import Axis, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    InsertBefore,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    class_axis,
    expect_float,
)

FEWEST, MOST = 2, 16
INPUTS = IntField(
    name="inputs",
    label="Inputs",
    default=2,
    minimum=FEWEST,
    maximum=MOST,
    help="How many wires come together.",
)


def merged_ports(values: Values) -> tuple[Port, ...]:
    """Ports a, b, c …; a count that the field refuses (from a damaged file) stands for two."""
    count = values.get("inputs", FEWEST)
    if isinstance(count, bool) or not isinstance(count, int) or not FEWEST <= count <= MOST:
        count = FEWEST
    return tuple(Port(name) for name in ascii_lowercase[:count])


def spread(layer: str, arriving: Mapping[str, TensorType]) -> TensorType:
    """The type of inputs taken value by value: along each axis one length, or 1, which is spread over the others.

    Raises ShapeError.
    """
    first, whole = next(iter(arriving.items()))
    for port, other in arriving.items():
        pairs = list(zip(whole.axes, other.axes, strict=False))
        if whole.rank != other.rank or any(a.size != b.size and 1 not in (a.size, b.size) for a, b in pairs):
            raise ShapeError(
                tr(
                    "{layer} works value by value: along each axis its inputs have the same size, or size 1. Here are"
                    " {first} and {other}.",
                    layer=layer,
                    first=whole,
                    other=other,
                ),
                port=port,
                suggestions=_as_maps(port, other, whole) or _as_maps(first, whole, other),
            )
        whole = whole.with_axes(*(b if a.size == 1 else a for a, b in pairs))
    return whole


def _as_maps(port: str, row: TensorType, maps: TensorType) -> tuple[InsertBefore, ...]:
    """A Reshape of one value per channel to maps of one position, where that is what stands in the way."""
    forms = {3: ("signal", ", 1"), 4: ("image", ", 1, 1")}
    count = row.axes[-1].size.value
    if row.rank != 2 or maps.rank not in forms or count is None or maps.sizes[1] != count:
        return ()
    to, ones = forms[maps.rank]
    values = {"to": to, "sizes": f"{count}{ones}"}
    return (InsertBefore("Reshape", port, tr("Insert a Reshape to one value per channel"), values),)


def _elementwise(
    type: str,
    stem: str,
    operator: str,
    sign: str,
    summary: str,
    *,
    help: str,
    reference: str,
    synonyms: tuple[str, ...],
    formula: str = "",
    several: bool = True,
    common: bool = True,
) -> Layer:
    """A layer that takes its inputs value by value: two of them, or `several`, one after the other."""

    def infer(use: Use) -> dict[str, TensorType]:
        return {"y": spread(type, {port: expect_float(use, type, port) for port in use.inputs})}

    def lower(use: Use) -> Lowering:
        first, *others = (Ref(port) for port in use.inputs)
        calls = []
        for position, other in enumerate(others):
            step = "" if other is others[-1] else f"{type.lower()}_{position + 1}"
            calls.append(Call(target=operator, args=(first, other), step=step))
            first = Ref(step)
        return Lowering(calls=tuple(calls))

    image = tensor(channel=3, height=4, width="W")
    three = (
        Sample(values={"inputs": 3}, inputs={port: tensor(feature=4) for port in "abc"}),
        Sample(
            values={"inputs": 3},
            inputs={
                "a": tensor(time=1, feature=4),
                "b": tensor(time="T", feature=1),
                "c": tensor(time="T", feature=4),
            },
            names={"N": 2, "T": 3},
        ),
    )
    return Layer(
        type=type,
        label=type,
        group="Merge",
        stem=stem,
        summary=summary,
        help=help,
        formula=formula or f"y = a {sign} b {sign} …",
        reference=reference,
        synonyms=("merge", "combine", *synonyms),
        inputs=merged_ports if several else (Port("a"), Port("b")),
        parameters=(INPUTS,) if several else (),
        linear=type in ("Add", "Subtract"),
        spreads=True,
        common=common,
        infer=infer,
        lower=lower,
        card=lambda values: sign,
        samples=(
            Sample(inputs={"a": image, "b": image}, names={"N": 2, "W": 5}),
            Sample(
                inputs={
                    "a": tensor(channel=3, height="H", width=5),
                    "b": tensor(channel=3, height=1, width=1),
                },
                names={"N": 2, "H": 4},
            ),
            *(three if several else ()),
        ),
    )


ADD = _elementwise(
    "Add",
    "add",
    "operator.add",
    "+",
    "Adds its inputs value by value.",
    help="What a shortcut ends in: the block between learns only the difference, and the gradient passes it"
    " unhindered. All inputs have one shape; an axis of size 1 is spread along the others.",
    reference="He et al., Deep residual learning for image recognition, 2015",
    synonyms=("residual", "shortcut", "skip", "sum", "plus", "additionLayer"),
)
MULTIPLY = _elementwise(
    "Multiply",
    "multiply",
    "operator.mul",
    "×",
    "Multiplies its inputs value by value.",
    help="With a sigmoid on one input it is a gate: what is near 0 there shuts the other off. All inputs have one"
    " shape; an axis of size 1 is spread along the others, as in squeeze-and-excitation, where one gate per channel"
    " weighs whole maps.",
    reference="Hochreiter & Schmidhuber, Long short-term memory, 1997 (gates)",
    synonyms=("gate", "product", "scale", "times", "multiplicationLayer"),
)

SUBTRACT = _elementwise(
    "Subtract",
    "subtract",
    "operator.sub",
    "−",
    "Takes its second input from its first, value by value.",
    help="The difference of two towers of a siamese network, or of a value and its mean. Both inputs have one shape; an"
    " axis of size 1 is spread along the other.",
    formula="y = a − b",
    reference="Bromley et al., Signature verification using a siamese time delay neural network, 1993",
    synonyms=("difference", "minus", "sub", "subtraction"),
    several=False,
)
DIVIDE = _elementwise(
    "Divide",
    "divide",
    "operator.truediv",
    "÷",
    "Divides its first input by its second, value by value.",
    help="Normalizes by a sum, a norm or a count. Both inputs have one shape, an axis of size 1 is spread along the"
    " other; where the second input is 0 the answer is infinite, so add a small constant to it first.",
    formula="y = a / b",
    reference="Elementary arithmetic; torch.div, ONNX Div",
    synonyms=("quotient", "ratio", "div", "true_divide"),
    several=False,
    common=False,
)
MAXIMUM = _elementwise(
    "Maximum",
    "maximum",
    "torch.maximum",
    "max",
    "Keeps the larger of its inputs, value by value.",
    help="A maxout unit: each of its inputs is one linear piece, and together they make any convex activation. The"
    " gradient goes to the larger input only.",
    formula="y = max(a, b, …)",
    reference="Goodfellow et al., Maxout networks, 2013",
    synonyms=("maxout", "larger", "max of two", "MaxLayer"),
    common=False,
)
MINIMUM = _elementwise(
    "Minimum",
    "minimum",
    "torch.minimum",
    "min",
    "Keeps the smaller of its inputs, value by value.",
    help="The counterpart of Maximum: an and of degrees between 0 and 1, or a limit that another part of the network"
    " sets. The gradient goes to the smaller input only.",
    formula="y = min(a, b, …)",
    reference="Zadeh, Fuzzy sets, 1965",
    synonyms=("smaller", "min of two", "MinLayer"),
    common=False,
)

AXES = {
    "auto": "channels or features",
    "channel": "channels",
    "feature": "features",
    "time": "time",
    "length": "length",
    "depth": "depth",
    "height": "height",
    "width": "width",
}


def _joined(use: Use) -> tuple[int, TensorType]:
    """The position of the axis along which the inputs are joined, and the type that comes out. Raises ShapeError."""
    first = use.inputs["a"]
    wanted = use["axis"]
    if wanted != "auto" and wanted not in first.meanings:
        raise ShapeError(
            tr(
                "There is no axis “{axis}” to join along: {axes} arrives.",
                axis=AXES[wanted],
                axes=" × ".join(first.meanings),
            ),
            port="a",
            parameter="axis",
            suggestions=(SetParameter("axis", "auto", tr("Join the channels or features")),),
        )
    if first.rank < 2:
        raise ShapeError(
            tr("Concatenate needs an axis besides the batch, but only the batch arrives."), port="a"
        )
    position = class_axis(first) if wanted == "auto" else first.meanings.index(wanted)
    total = first.sizes[position]
    for port, other in list(use.inputs.items())[1:]:
        same_kind = other.element == first.element and other.rank == first.rank
        if not same_kind or any(
            i != position and a != b and not (i == 0 and 1 in (a, b))
            for i, (a, b) in enumerate(zip(first.sizes, other.sizes, strict=True))
        ):
            raise ShapeError(
                tr(
                    "Concatenate joins along {axis}, so all other axes must agree; here are {first} and {other}.",
                    axis=first.axes[position].meaning,
                    first=first,
                    other=other,
                ),
                port=port,
            )
        total = total + other.sizes[position]
    batch = _batch(use)[1]
    axes = (batch, *(Axis(a.meaning, total) if i == position else a for i, a in enumerate(first.axes) if i))
    known = [type.values for type in use.inputs.values()]
    values = None if None in known else reduce(max, (v for v in known if v is not None))
    return position, TensorType(first.element, axes, values)


def _batch(use: Use) -> tuple[str, Axis]:
    """A port at which a whole batch arrives, and its axis; other inputs may hold one value for all samples."""
    for port, type in use.inputs.items():
        if type.sizes[0] != 1:
            return port, type.axes[0]
    port, type = next(iter(use.inputs.items()))
    return port, type.axes[0]


def _concatenate(use: Use) -> dict[str, TensorType]:
    return {"y": _joined(use)[1]}


def _lower_concatenate(use: Use) -> Lowering:
    position, type = _joined(use)
    dim = position if position < type.rank - 1 else -1
    whole, batch = _batch(use)
    alone = {port for port, arrived in use.inputs.items() if arrived.sizes[0] != batch.size}
    calls = [Call(target=".size", args=(Ref(whole), 0), step="batch")] if alone else []
    for port in sorted(alone):  # a learned token, say, stands once and belongs to every sample
        kept = (-1,) * (type.rank - 1)
        calls.append(Call(target=".expand", args=(Ref(port), Ref("batch"), *kept), step=f"{port}_each"))
    wires = tuple(Ref(f"{port}_each" if port in alone else port) for port in use.inputs)
    return Lowering(calls=(*calls, Call(target="torch.cat", args=(wires,), keywords={"dim": dim})))


CONCATENATE = Layer(
    type="Concatenate",
    label="Concatenate",
    group="Merge",
    stem="concat",
    summary="Puts its inputs side by side along one axis.",
    help="Keeps everything that arrives and leaves it to the next layer what to do with it, as U-Net and DenseNet"
    " do. All other axes must agree.",
    formula="y = [a, b, …] along the axis",
    reference="Szegedy et al., Going deeper with convolutions, 2014",
    synonyms=("merge", "concat", "cat", "join", "stack", "concatenationLayer", "depthConcatenationLayer"),
    inputs=merged_ports,
    parameters=(
        INPUTS,
        ChoiceField(
            name="axis",
            label="Along",
            default="auto",
            choices=AXES,
            help="The axis that grows: by default the channels of images and signals, else the features.",
        ),
    ),
    linear=True,
    spreads=True,
    infer=_concatenate,
    lower=_lower_concatenate,
    card=lambda values: "" if values["axis"] == "auto" else AXES[values["axis"]],
    samples=(
        Sample(
            inputs={"a": tensor(channel=3, height="H", width=5), "b": tensor(channel=2, height="H", width=5)},
            names={"N": 2, "H": 4},
        ),
        Sample(
            values={"inputs": 3, "axis": "time"},
            inputs={
                "a": tensor(time="T", feature=4),
                "b": tensor(time=2, feature=4),
                "c": tensor(time=1, feature=4),
            },
            names={"N": 2, "T": 3},
        ),
        Sample(inputs={"a": tensor(feature=4), "b": tensor(feature=3)}),
    ),
)
