"""Layers that leave axes out, without weights: one step of a sequence, a mean, a sum, a maximum over chosen axes."""

from __future__ import annotations

from nndesigner.base.fields import BoolField, ChoiceField, FloatField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import axes_field, axis_field, chosen_axes, chosen_axis, without
from nndesigner.layers.declaration import (
    SPATIAL,
    Call,
    Layer,
    Lowering,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    expect_float,
    function,
)

TIME = ("time", "length")


def _stepped(use: Use) -> int:
    """The axis of which one step is taken. Raises ShapeError."""
    x = use.x
    if use["axis"] == "auto" and not set(TIME) & set(x.meanings):
        last = SetParameter("axis", "-1", tr("Take one value of the last axis"))
        raise ShapeError(
            tr("Select works along time, but {axes} arrives.", axes=" × ".join(x.meanings)),
            port="x",
            parameter="axis",
            suggestions=(last,) if x.rank > 1 else (),
        )
    if x.rank == 2 and x.element == "float":
        raise ShapeError(
            tr("Select leaves the axis out, but it is the only one of a row: use Slice, which keeps it."),
            port="x",
        )
    return chosen_axis(use, "Select", TIME)


def _select(use: Use) -> dict[str, TensorType]:
    position = _stepped(use)
    steps, step = use.x.sizes[position].value, int(use["step"])
    if steps is not None and not -steps <= step < steps:
        raise ShapeError(
            tr("There is no step {step}: {steps} arrive, counted from 0.", step=step, steps=steps),
            parameter="step",
            suggestions=(SetParameter("step", -1, tr("Take the last step")),),
        )
    return {"y": without(use.x, (position,))}


SELECT = Layer(
    type="Select",
    label="Select",
    group="Shape",
    stem="select",
    summary="Takes one step of a sequence, such as the last one, or one place of any other axis.",
    help="What comes out of the last step of a recurrent layer knows the whole sequence; a transformer classifies by"
    " its first or last step. The axis is gone afterwards.",
    formula="y = x[:, step]",
    reference="torch.select, ONNX Gather",
    synonyms=("last step", "first step", "index", "slice", "indexing1dLayer", "class token", "select step"),
    parameters=(
        IntField(
            name="step",
            label="Step",
            default=-1,
            minimum=-1_000_000,
            maximum=1_000_000,
            help="0 is the first step, 1 the second; −1 is the last, −2 the one before.",
        ),
        axis_field("time or length"),
    ),
    linear=True,
    infer=_select,
    lower=lambda use: function("torch.select", Ref("x"), _stepped(use), use["step"]),
    card=lambda values: {0: tr("first"), -1: tr("last")}.get(values["step"], str(values["step"])),
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"step": 0}, inputs={"x": tensor(channel=3, length=4)}),
        Sample(values={"step": 1, "axis": "channel"}, inputs={"x": tensor(channel=3, height=4, width=5)}),
    ),
)


def _averaged(use: Use) -> tuple[int, ...]:
    """The positions of the axes that the mean runs over. Raises ShapeError."""
    x = expect_float(use, "Mean")
    wanted = ("time", *SPATIAL) if use["over"] == "positions" else ("feature", "channel")
    found = tuple(i for i, meaning in enumerate(x.meanings) if meaning in wanted)
    if not found:
        other = "features" if use["over"] == "positions" else "positions"
        raise ShapeError(
            tr("There is nothing to average over here: {axes} arrives.", axes=" × ".join(x.meanings)),
            port="x",
            parameter="over",
            suggestions=(SetParameter("over", other, tr("Average over {what}", what=OVER[other])),),
        )
    return found


def _mean(use: Use) -> dict[str, TensorType]:
    x, over = use.x, _averaged(use)
    if len(over) == x.rank - 1:  # of a row one value stays, on an axis of its own
        return {"y": x.with_axes(x.axes[0], Axis("feature", Size.of(1)))}
    return {"y": without(x, over)}


def _lower_mean(use: Use) -> Lowering:
    over = _averaged(use)
    options = {"dim": over if len(over) > 1 else over[0]}
    if len(over) < use.x.rank - 1:
        return Lowering(calls=(Call(target="torch.mean", keywords=options),))
    mean = Call(target="torch.mean", keywords=options, step="mean")
    return Lowering(calls=(mean, Call(target="torch.unsqueeze", args=(Ref("mean"), 1))))


OVER = {"positions": "time, or height and width", "features": "features or channels"}

MEAN = Layer(
    type="Mean",
    label="Mean",
    group="Shape",
    stem="mean",
    summary="Averages a sequence over its steps, or maps over all their positions.",
    help="One vector is left for each sample, whatever the length or size that arrives. Over the positions of an"
    " image it is global average pooling and a Flatten in one. Of a row one value is left.",
    formula="y[n, f] = 1/T · Σ_t x[n, t, f]",
    synonyms=("average", "reduce", "global average pooling", "globalAveragePooling1dLayer", "pooling"),
    parameters=(
        ChoiceField(
            name="over",
            label="Over",
            default="positions",
            choices=OVER,
            help="The axes that are averaged away.",
        ),
    ),
    linear=True,
    infer=_mean,
    lower=_lower_mean,
    card=lambda values: OVER[values["over"]] if values["over"] != "positions" else "",
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(inputs={"x": tensor(channel=3, height="H", width=4)}, names={"N": 2, "H": 5}),
        Sample(values={"over": "features"}, inputs={"x": tensor(channel=3, length=4)}),
        Sample(values={"over": "features"}, inputs={"x": tensor(feature=4)}),
    ),
)


# -- any reduction -------------------------------------------------------------------------------------------------
REDUCTIONS = {
    "mean": "mean",
    "sum": "sum",
    "max": "largest",
    "min": "smallest",
    "var": "variance",
    "std": "standard deviation",
    "logsumexp": "logarithm of the sum of exponentials",
    "norm": "norm",
    "prod": "product",
}
_TARGETS = {"max": "torch.amax", "min": "torch.amin", "norm": "torch.linalg.vector_norm"}
_POSITIONS = ("time", *SPATIAL)


def _reduced(use: Use) -> tuple[TensorType, tuple[int, ...]]:
    """What arrives and the axes that go. Raises ShapeError."""
    x = expect_float(use, "Reduce")
    over = chosen_axes(use, "Reduce", _POSITIONS)
    if use["function"] == "prod" and len(over) > 1:
        raise ShapeError(
            tr("A product runs over one axis; {count} are chosen.", count=len(over)),
            parameter="axes",
            suggestions=(SetParameter("axes", "-1", tr("Take the last axis")),),
        )
    if use["function"] in ("var", "std") and use["unbiased"] and all(x.sizes[i] == 1 for i in over):
        raise ShapeError(
            tr("One value has no spread: the unbiased variance divides by the count less 1."),
            parameter="unbiased",
            suggestions=(SetParameter("unbiased", False, tr("Divide by the count itself")),),
        )
    return x, over


def _reduce(use: Use) -> dict[str, TensorType]:
    x, over = _reduced(use)
    if use["keepdim"]:
        axes = [Axis(a.meaning, Size.of(1)) if i in over else a for i, a in enumerate(x.axes)]
        return {"y": x.with_axes(*axes)}
    if len(over) == x.rank - 1:  # of a sample one value stays, on an axis of its own
        return {"y": x.with_axes(x.axes[0], Axis("feature", Size.of(1)))}
    return {"y": without(x, over)}


def _lower_reduce(use: Use) -> Lowering:
    x, over = _reduced(use)
    name = use["function"]
    keywords: dict[str, object] = {"dim": over if len(over) > 1 and name != "prod" else over[0]}
    if use["keepdim"]:
        keywords["keepdim"] = True
    if name in ("var", "std") and not use["unbiased"]:
        keywords["correction"] = 0
    args: tuple[object, ...] = (Ref("x"), use["order"]) if name == "norm" else (Ref("x"),)
    whole = len(over) == x.rank - 1 and not use["keepdim"]
    target = _TARGETS.get(name, f"torch.{name}")
    call = Call(target=target, args=args, keywords=keywords, step="reduced" if whole else "")
    if not whole:
        return Lowering(calls=(call,))
    return Lowering(calls=(call, Call(target="torch.unsqueeze", args=(Ref("reduced"), 1))))


REDUCE = Layer(
    type="Reduce",
    label="Reduce",
    group="Arithmetic",
    stem="reduce",
    summary="Sums, averages or takes the largest value over axes of your choice.",
    help="Of all values along the chosen axes one is left: their sum, mean, maximum, variance, norm. The axes go, or"
    " stay with length 1, so that the outcome can be subtracted from or divided into what arrived.",
    formula="y[n, f] = Σ_t x[n, t, f], or mean, max, min, var, std, log Σ exp, (Σ |x|ᵖ)^(1/p)",
    reference="torch.sum and its siblings; ONNX ReduceSum, ReduceMean, ReduceMax …",
    synonyms=(
        "sum", "mean", "average", "max", "maximum", "min", "minimum", "variance", "standard deviation", "logsumexp",
        "norm", "prod", "global max pooling", "ReduceSum", "ReduceMean", "amax",
    ),
    parameters=(
        ChoiceField(
            name="function",
            label="Function",
            default="sum",
            choices=REDUCTIONS,
            help="What is left of the values along the axes.",
        ),
        axes_field("time or all positions, else channels or features"),
        BoolField(
            name="keepdim",
            label="Keep the axes",
            default=False,
            help="Leave the axes in place with length 1.",
        ),
        BoolField(
            name="unbiased",
            label="Unbiased",
            default=False,
            help="Divide by the count less 1, as for a sample, in place of the count.",
            shown_when=lambda values: values["function"] in ("var", "std"),
            advanced=True,
        ),
        FloatField(
            name="order",
            label="Order p",
            default=2.0,
            minimum=1.0,
            maximum=100.0,
            help="2 is the length of the vector, 1 the sum of absolute values.",
            shown_when=lambda values: bool(values["function"] == "norm"),
        ),
    ),
    infer=_reduce,
    lower=_lower_reduce,
    card=lambda values: REDUCTIONS[values["function"]],
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(
            values={"function": "var", "axes": "height, width", "keepdim": True},
            inputs={"x": tensor(channel=3, height="H", width=4)},
            names={"N": 2, "H": 5},
        ),
        Sample(values={"function": "norm", "axes": "all"}, inputs={"x": tensor(channel=3, length=4)}),
        Sample(values={"function": "max", "axes": "1"}, inputs={"x": tensor(time=3, feature=4)}),
    ),
)  # fmt: skip
