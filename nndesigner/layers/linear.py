"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Mapping

from nndesigner.base.fields import BoolField, IntField
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.computed_weights import GIVE_WEIGHT, giving_weight, weight_ports, weight_table
from nndesigner.layers.declaration import (
    SPATIAL,
    InsertBefore,
    Layer,
    Lowering,
    Sample,
    ShapeError,
    Use,
    expect_float,
    fixed,
    module,
)


def _in_features(use: Use) -> int:
    x = expect_float(use, "Linear")
    last = x.axes[-1]
    if last.meaning in (*SPATIAL, "channel") and x.rank > 2:
        raise ShapeError(
            tr(
                "Linear takes flat features, but {shape} arrives, whose last axis is {axis}.",
                shape=x,
                axis=last.meaning,
            ),
            port="x",
            suggestions=(InsertBefore("Flatten", "x", tr("Insert a Flatten before it")),),
        )
    if x.rank < 2:
        raise ShapeError(tr("Linear needs a feature axis, but only the batch axis arrives."), port="x")
    return fixed(last, "Linear")


def _infer(use: Use) -> dict[str, TensorType]:
    features, units = _in_features(use), int(use["out_features"])
    y = use.x.with_axes(*use.x.axes[:-1], Axis("feature", Size.of(units)))
    return {"y": y, "weight": weight_table(units, features)} if use["give_weight"] else {"y": y}


def _lower(use: Use) -> Lowering:
    options = {"in_features": _in_features(use), "out_features": use["out_features"], "bias": use["bias"]}
    return giving_weight(module("torch.nn.Linear", {"bias": True}, **options), use)


def _macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    return outputs["y"].numel() * _in_features(use)


LINEAR = Layer(
    type="Linear",
    label="Linear",
    group="Dense",
    stem="linear",
    summary="Every output is a weighted sum of all inputs plus a bias.",
    help="The classic fully connected (dense) layer. It works on the last axis; any axes before it are kept."
    " Put an activation between two of them: without one, two Linear layers compute no more than one.",
    formula="y = x Wᵀ + b",
    reference="Rosenblatt, The perceptron: a probabilistic model for information storage and organization in the"
    " brain, 1958",
    synonyms=(
        "dense",
        "fully connected",
        "fc",
        "perceptron",
        "fullyConnectedLayer",
        "affine",
        "inner product",
    ),
    outputs=weight_ports,
    parameters=(
        IntField(
            name="out_features",
            label="Units",
            default=64,
            minimum=1,
            maximum=10_000_000,
            help="Numbers that come out; one per neuron.",
        ),
        BoolField(
            name="bias",
            label="Bias",
            default=True,
            help="Add a learnable constant to every output.",
            advanced=True,
        ),
        GIVE_WEIGHT,
    ),
    linear=True,
    width="out_features",
    infer=_infer,
    lower=_lower,
    weights=lambda use: (_in_features(use) + use["bias"]) * use["out_features"],
    macs=_macs,
    card=lambda values: f"{values['out_features']}",
    samples=(
        Sample(inputs={"x": tensor(feature=5)}),
        Sample(values={"out_features": 3, "bias": False}, inputs={"x": tensor(time=4, feature=5)}),
        Sample(values={"out_features": 3, "give_weight": True}, inputs={"x": tensor(feature=5)}),
    ),
)
