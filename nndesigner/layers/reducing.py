"""Layers that leave an axis out, without weights: one step of a sequence, or the mean over an axis."""

from __future__ import annotations

from nndesigner.base.fields import ChoiceField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
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


def _position(use: Use, layer: str, meanings: tuple[str, ...]) -> int:
    """The first axis with one of the meanings. Raises ShapeError."""
    for i, meaning in enumerate(use.x.meanings):
        if meaning in meanings:
            return i
    raise ShapeError(
        tr(
            "{layer} works along {what}, but {axes} arrives.",
            layer=layer,
            what=tr("time"),
            axes=" × ".join(use.x.meanings),
        ),
        port="x",
    )


TIME = ("time", "length")


def _without(x: TensorType, positions: tuple[int, ...]) -> TensorType:
    """The type without some axes; a single axis that is left holds features."""
    axes = [axis for i, axis in enumerate(x.axes) if i not in positions]
    if len(axes) == 2:
        axes[1] = Axis("feature", axes[1].size)
    return TensorType(x.element, tuple(axes), x.values)


def _select(use: Use) -> dict[str, TensorType]:
    position = _position(use, "Select step", TIME)
    steps, step = use.x.sizes[position].value, int(use["step"])
    if steps is not None and not -steps <= step < steps:
        raise ShapeError(
            tr("There is no step {step}: {steps} arrive, counted from 0.", step=step, steps=steps),
            parameter="step",
            suggestions=(SetParameter("step", -1, tr("Take the last step")),),
        )
    return {"y": _without(use.x, (position,))}


SELECT = Layer(
    type="Select",
    label="Select step",
    group="Shape",
    stem="select",
    summary="Takes one step of a sequence, such as the last one.",
    help="What comes out of the last step of a recurrent layer knows the whole sequence; a transformer classifies by"
    " its first or last step.",
    formula="y = x[:, step]",
    synonyms=("last step", "first step", "index", "slice", "indexing1dLayer"),
    parameters=(
        IntField(
            name="step",
            label="Step",
            default=-1,
            minimum=-1_000_000,
            maximum=1_000_000,
            help="0 is the first step, 1 the second; −1 is the last, −2 the one before.",
        ),
    ),
    linear=True,
    infer=_select,
    lower=lambda use: function("torch.select", Ref("x"), _position(use, "Select step", TIME), use["step"]),
    card=lambda values: {0: tr("first"), -1: tr("last")}.get(values["step"], str(values["step"])),
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"step": 0}, inputs={"x": tensor(channel=3, length=4)}),
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
    return {"y": _without(x, over)}


def _lower_mean(use: Use) -> Lowering:
    over = _averaged(use)
    if len(over) < use.x.rank - 1:
        return Lowering(calls=(Call(target="torch.mean", keywords={"dim": over}),))
    mean = Call(target="torch.mean", keywords={"dim": over}, step="mean")
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
