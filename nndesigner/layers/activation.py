"""Activations: functions applied to every value, which make a network more than one linear map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nndesigner.base.fields import Field, FloatField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.declaration import Layer, Lowering, Sample, Use, expect_float, module


def elementwise(
    type: str,
    label: str,
    stem: str,
    summary: str,
    formula: str,
    *,
    help: str,
    reference: str = "",
    parameters: tuple[Field, ...] = (),
    synonyms: tuple[str, ...] = (),
    lower: Callable[[Use], Lowering] | None = None,
    samples: tuple[Mapping[str, Any], ...] = ({},),
    common: bool = True,
) -> Layer:
    """An activation that keeps the shape; by default the module torch.nn.`type` built with the parameters by name."""

    def infer(use: Use) -> dict[str, TensorType]:
        return {"y": expect_float(use, label)}

    return Layer(
        type=type,
        label=label,
        group="Activation",
        stem=stem,
        summary=summary,
        formula=formula,
        help=help,
        reference=reference,
        parameters=parameters,
        synonyms=("activation", *synonyms),
        activation=True,
        common=common,
        infer=infer,
        lower=lower or (lambda use: module(f"torch.nn.{type}", **{p.name: use[p.name] for p in parameters})),
        card=lambda values: ", ".join(p.describe(values[p.name]) for p in parameters if not p.advanced),
        samples=tuple(
            Sample(values=values, inputs={"x": tensor(channel=3, height=4, width=5)}) for values in samples
        ),
    )


RELU = elementwise(
    "ReLU",
    "ReLU",
    "relu",
    "Keeps positive values and sets negative ones to zero.",
    "y = max(0, x)",
    help="The usual activation of hidden layers: cheap, and its gradient does not shrink for positive values."
    " A unit whose input is always negative gets no gradient and is “dead”.",
    reference="Nair & Hinton, Rectified linear units improve restricted Boltzmann machines, 2010",
    synonyms=("rectifier", "reluLayer"),
)
LEAKY_RELU = elementwise(
    "LeakyReLU",
    "Leaky ReLU",
    "leaky_relu",
    "Like ReLU, but lets a small part of negative values through.",
    "y = x for x ≥ 0, slope · x otherwise",
    help="The small slope keeps a gradient alive for negative inputs, so units do not die.",
    reference="Maas et al., Rectifier nonlinearities improve neural network acoustic models, 2013",
    parameters=(
        FloatField(
            name="negative_slope",
            label="Slope",
            default=0.01,
            minimum=0.0,
            maximum=10.0,
            help="Slope for negative values.",
        ),
    ),
    samples=({}, {"negative_slope": 0.2}),
    synonyms=("lrelu",),
)
