"""Axes added, taken away, swapped, repeated and stacked; values keep their order along them."""

from __future__ import annotations

from nndesigner.base.fields import ChoiceField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import (
    MEANINGS,
    STEPS,
    axis_field,
    chosen_axis,
    position_of,
    renamed,
    resized,
    without,
)
from nndesigner.layers.declaration import (
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    function,
)
from nndesigner.layers.merging import INPUTS, merged_ports

NEW = ChoiceField(
    name="meaning",
    label="Means",
    default="time",
    choices=MEANINGS,
    help="What the new axis means to the layers that follow.",
)


def _new_place(use: Use, rank: int) -> int:
    """The position of a new axis in a type that has `rank` axes without it. Raises ShapeError."""
    number = int(use["position"])
    position = number if number > 0 else rank + 1 + number
    if not 1 <= position <= rank:
        raise ShapeError(
            tr(
                "A new axis stands at place 1 to {last} here, or −1 for the last, not {number}.",
                last=rank,
                number=number,
            ),
            parameter="position",
            suggestions=(SetParameter("position", 1, tr("Put it first")),),
        )
    return position


def _grown(x: TensorType, position: int, meaning: str, size: Size) -> TensorType:
    axes = list(x.axes)
    if x.rank == 2 and position == 1 and meaning == "channel":
        axes[1] = Axis("length", axes[1].size)  # a row with a channel is a signal
    elif x.rank == 2 and position == 2 and meaning == "feature":
        axes[1] = Axis("time", axes[1].size)  # a row of features becomes steps
    axes.insert(position, Axis(meaning, size))
    return TensorType(x.element, tuple(axes), x.values)


PLACE = IntField(
    name="position",
    label="Place",
    default=1,
    minimum=-8,
    maximum=8,
    help="Where the new axis stands: 1 is right behind the batch, −1 the last.",
)


# -- an axis of length 1 -----------------------------------------------------------------------------------------
UNSQUEEZE = Layer(
    type="Unsqueeze",
    label="Add an axis",
    group="Shape",
    stem="unsqueeze",
    summary="Puts in an axis of length 1.",
    help="A row becomes a sequence of one step, or a signal with one channel; a gate per channel gets the axes along"
    " which it is spread. The values stay as they are.",
    formula="N × a → N × 1 × a",
    reference="torch.unsqueeze, ONNX Unsqueeze",
    synonyms=("unsqueeze", "expand dims", "new axis", "ExpandDims"),
    parameters=(PLACE, NEW),
    common=False,
    linear=True,
    infer=lambda use: {
        "y": _grown(use.x, _new_place(use, use.x.rank), use["meaning"], Size.of(1)),
    },
    lower=lambda use: function("torch.unsqueeze", Ref("x"), _new_place(use, use.x.rank)),
    card=lambda values: f"{values['position']}",
    samples=(
        Sample(inputs={"x": tensor(feature=4)}),
        Sample(
            values={"position": -1, "meaning": "width"},
            inputs={"x": tensor(channel=3, length="L")},
            names={"N": 2, "L": 4},
        ),
    ),
)


def _squeezed(use: Use) -> int:
    """The axis of length 1 that goes. Raises ShapeError."""
    x = use.x
    if use["axis"] == "auto":
        ones = [i for i, size in enumerate(x.sizes) if i and size == 1]
        if not ones:
            raise ShapeError(
                tr("Squeeze drops an axis of length 1, but {shape} has none.", shape=x), port="x"
            )
        position = ones[0]
    else:
        position = chosen_axis(use, "Squeeze")
    if x.sizes[position] != 1:
        raise ShapeError(
            tr(
                "Squeeze drops an axis of length 1; the {axis} has {size}.",
                axis=x.meanings[position],
                size=x.sizes[position],
            ),
            port="x",
            parameter="axis",
        )
    if x.rank < 3:
        raise ShapeError(tr("Squeeze keeps at least one axis besides the batch; only one arrives."), port="x")
    return position


SQUEEZE = Layer(
    type="Squeeze",
    label="Drop an axis",
    group="Shape",
    stem="squeeze",
    summary="Leaves an axis of length 1 out.",
    help="What Reduce, Slice or a convolution left with length 1 need not be carried on. The values stay as they are.",
    formula="N × 1 × a → N × a",
    reference="torch.squeeze, ONNX Squeeze",
    synonyms=("squeeze", "remove axis", "drop dimension"),
    parameters=(axis_field("the first of length 1"),),
    common=False,
    linear=True,
    infer=lambda use: {"y": without(use.x, (_squeezed(use),))},
    lower=lambda use: function("torch.squeeze", Ref("x"), _squeezed(use)),
    samples=(
        Sample(inputs={"x": tensor(channel=1, height="H", width=4)}, names={"N": 2, "H": 3}),
        Sample(values={"axis": "-1"}, inputs={"x": tensor(time=1, feature=1)}),
    ),
)


# -- two axes swapped ----------------------------------------------------------------------------------------------
def _swapped(use: Use) -> tuple[int, int]:
    x = use.x
    if x.rank < 3:
        raise ShapeError(
            tr("Transpose needs at least two axes besides the batch, but {shape} arrives.", shape=x), port="x"
        )
    first = position_of(x, use["first"], "Transpose", parameter="first")
    second = position_of(x, use["second"], "Transpose", parameter="second")
    return first, second


def _transpose(use: Use) -> dict[str, TensorType]:
    x, (first, second) = use.x, _swapped(use)
    axes = list(x.axes)
    axes[first], axes[second] = axes[second], axes[first]
    if first != second:
        count = x.rank - 1
        axes[1:] = [Axis(_turned(a.meaning, i, count), a.size) for i, a in enumerate(axes[1:])]
    return {"y": TensorType(x.element, tuple(axes), x.values)}


def _turned(meaning: str, position: int, count: int) -> str:
    """What a swapped axis means. Steps stay steps, so that a Linear layer may mix them where they come last."""
    return meaning if meaning == "time" else renamed(meaning, position, count)


TRANSPOSE = Layer(
    type="Transpose",
    label="Transpose",
    group="Shape",
    stem="transpose",
    summary="Swaps two axes.",
    help="Rows become columns: keys before a matrix product with queries, heads and steps of attention, steps before a"
    " Linear layer that mixes them (MLP-Mixer). Permute brings all axes into a new order at once.",
    formula="y[n, j, i] = x[n, i, j]",
    reference="torch.transpose, ONNX Transpose",
    synonyms=("swap axes", "permute", "T", "swapaxes", "matrix transpose"),
    parameters=(
        axis_field("", name="first", label="Swap", default="1"),
        axis_field("", name="second", label="With", default="-1"),
    ),
    common=False,
    linear=True,
    infer=_transpose,
    lower=lambda use: function("torch.transpose", Ref("x"), *_swapped(use)),
    card=lambda values: f"{values['first']} ↔ {values['second']}",
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(
            values={"first": "height", "second": "width"}, inputs={"x": tensor(channel=3, height=4, width=5)}
        ),
    ),
)


# -- longer axes -------------------------------------------------------------------------------------------------
def _expanded(use: Use) -> dict[str, TensorType]:
    x, like = use.x, use.inputs["like"]
    if x.rank != like.rank or any(a != b and a != 1 for a, b in zip(x.sizes, like.sizes, strict=True)):
        raise ShapeError(
            tr(
                "Expand spreads axes of length 1 to the size of “like”; {x} does not fit {like}.",
                x=x,
                like=like,
            ),
            port="like",
        )
    axes = [b if a.size != b.size else a for a, b in zip(x.axes, like.axes, strict=True)]
    return {"y": TensorType(x.element, tuple(axes), x.values)}


EXPAND = Layer(
    type="Expand",
    label="Expand",
    group="Shape",
    stem="expand",
    summary="Spreads axes of length 1 to the size of another wire.",
    help="One condition is given to every step, one token to every sample. Nothing is copied in memory. Add and"
    " Multiply spread by themselves and need no Expand.",
    formula="y[n, t] = x[n, 0] for every t",
    reference="torch.Tensor.expand_as, ONNX Expand",
    synonyms=("broadcast", "expand_as", "spread", "RepeatVector", "tile"),
    inputs=(Port("x"), Port("like", label="like", help="what has the size that is wanted")),
    common=False,
    linear=True,
    spreads=True,
    infer=_expanded,
    lower=lambda use: function(".expand_as", Ref("x"), Ref("like")),
    samples=(
        Sample(
            inputs={"x": tensor(time=1, feature=4), "like": tensor(time="T", feature=4)},
            names={"N": 2, "T": 3},
        ),
        Sample(
            inputs={"x": tensor(channel=3, height=1, width=1), "like": tensor(channel=3, height=4, width=5)}
        ),
    ),
)


def _repeated(use: Use) -> tuple[int, int]:
    return chosen_axis(use, "Repeat", STEPS), int(use["times"])


def _repeat(use: Use) -> dict[str, TensorType]:
    position, times = _repeated(use)
    return {"y": resized(use.x, position, use.x.sizes[position] * times)}


def _lower_repeat(use: Use) -> Lowering:
    position, times = _repeated(use)
    if use["order"] == "each":
        return function("torch.repeat_interleave", Ref("x"), times, dim=position)
    return function("torch.tile", Ref("x"), tuple(times if i == position else 1 for i in range(use.x.rank)))


REPEAT = Layer(
    type="Repeat",
    label="Repeat",
    group="Shape",
    stem="repeat",
    summary="Gives the values along an axis several times.",
    help="The whole several times over (a b a b), or each value several times before the next (a a b b), as"
    " grouped-query attention shares keys among heads. An axis of length 1 becomes as long as is asked for.",
    formula="whole: y[i] = x[i mod n];  each: y[i] = x[⌊i / times⌋]",
    reference="torch.tile, torch.repeat_interleave; ONNX Tile",
    synonyms=("tile", "repeat_interleave", "RepeatVector", "UpSampling1D", "copy", "duplicate"),
    parameters=(
        axis_field("time or positions, else channels or features"),
        IntField(
            name="times",
            label="Times",
            default=2,
            minimum=1,
            maximum=100_000,
            help="How often the values come.",
        ),
        ChoiceField(
            name="order",
            label="Order",
            default="whole",
            choices={"whole": "the whole, again and again", "each": "each value several times"},
            help="In which order the copies stand.",
        ),
    ),
    common=False,
    linear=True,
    infer=_repeat,
    lower=_lower_repeat,
    card=lambda values: f"{values['times']} ×",
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(
            values={"times": 3, "order": "each", "axis": "1"},
            inputs={"x": tensor(channel=2, length="L")},
            names={"N": 2, "L": 3},
        ),
    ),
)


# -- stack -------------------------------------------------------------------------------------------------------
def _stacked(use: Use) -> dict[str, TensorType]:
    first, *others = use.inputs.values()
    for port, other in zip(list(use.inputs)[1:], others, strict=True):
        if other.sizes != first.sizes or other.element != first.element:
            raise ShapeError(
                tr(
                    "Stack puts inputs of one shape on each other; here are {first} and {other}.",
                    first=first,
                    other=other,
                ),
                port=port,
            )
    known = [type.values for type in use.inputs.values()]
    values = None if None in known else max(v for v in known if v is not None)
    whole = TensorType(first.element, first.axes, values)
    return {"y": _grown(whole, _new_place(use, first.rank), use["meaning"], Size.of(len(use.inputs)))}


STACK = Layer(
    type="Stack",
    label="Stack",
    group="Merge",
    stem="stack",
    summary="Puts inputs of one shape on each other along a new axis.",
    help="Several rows become the steps of a sequence, so that attention or a mean can run over them. Concatenate"
    " joins along an axis that is already there.",
    formula="y[n, i] = i-th input [n]",
    reference="torch.stack, ONNX SequenceConstruct and ConcatFromSequence",
    synonyms=("merge", "pack", "new axis", "combine"),
    inputs=merged_ports,
    parameters=(INPUTS, PLACE, NEW),
    common=False,
    linear=True,
    infer=_stacked,
    lower=lambda use: function(
        "torch.stack", tuple(Ref(port) for port in use.inputs), dim=_new_place(use, use.inputs["a"].rank)
    ),
    card=lambda values: f"{values['position']}",
    samples=(
        Sample(inputs={"a": tensor(feature=4), "b": tensor(feature=4)}),
        Sample(
            values={"inputs": 3, "position": -1, "meaning": "depth"},
            inputs={port: tensor(channel=2, length="L") for port in "abc"},
            names={"N": 2, "L": 3},
        ),
    ),
)
