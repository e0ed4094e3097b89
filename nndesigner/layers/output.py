"""Where a network ends: the target it is compared with and the loss that judges it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from nndesigner.base.fields import ChoiceField, DataFieldField, FloatField, Values
from nndesigner.base.own_functions import OWN
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers import own_metrics
from nndesigner.layers.declaration import Layer, Lowering, Port, Ref, Sample, ShapeError, Use
from nndesigner.layers.losses import own
from nndesigner.layers.losses.catalogue import NONE, labels, option_fields, ports_beside


def _infer(use: Use) -> dict[str, TensorType]:
    for port in ports_beside(use.values):
        if use.inputs[port.name].sizes != use.x.sizes:
            raise ShapeError(
                tr(
                    "The {port} must have the shape of the answer, {want}; {have} arrives.",
                    port=tr(port.label),
                    want=use.x,
                    have=use.inputs[port.name],
                ),
                port=port.name,
            )
    return {"y": use.x}


def _card(values: Values) -> str:
    loss = "" if values["loss"] in ("auto", NONE) else labels()[values["loss"]]
    if values["loss"] == OWN:
        loss = own.called(values)
    return loss if values["weight"] == 1.0 else f"{loss} × {values['weight']:g}".strip()


OUTPUT = Layer(
    type="Output",
    label="Output",
    group="Input and output",
    stem="output",
    role="output",
    summary="The network's answer, with the target and the loss that it learns from.",
    help="Compares what arrives with a field of the data. With “automatic” the loss follows from the target:"
    " cross-entropy for classes, squared error for numbers. A softmax or sigmoid drawn before it is understood and"
    " computed in the stable way. With several outputs the weighted losses add up. Without a loss it only shows what is"
    " learned elsewhere, such as the samples of an adversarial pair.",
    synonyms=("loss", "target", "classificationLayer", "regressionLayer", "result"),
    inputs=lambda values: (Port("x", help="the network's answer"), *ports_beside(values)),
    outputs=(),
    parameters=(
        ChoiceField(
            name="loss", label="Loss", default="auto", choices=labels(), help="How an answer is judged."
        ),
        DataFieldField(
            name="target",
            label="Target",
            role="target",
            help="Field of the data to compare with; empty takes the first target.",
        ),
        *option_fields(),
        FloatField(
            name="weight",
            label="Weight of the loss",
            default=1.0,
            minimum=0.0,
            advanced=True,
            help="How much this loss counts in the sum, where there are several outputs or penalties.",
        ),
        *own_metrics.FIELDS,
    ),
    infer=_infer,
    lower=lambda use: Lowering(outputs={"y": Ref("x")}),
    card=_card,
    samples=(
        Sample(inputs={"x": tensor(feature=3)}),
        Sample(
            values={"loss": "gaussian_nll"}, inputs={"x": tensor(feature=1), "log_var": tensor(feature=1)}
        ),
    ),
)


def output(parameters: Mapping[str, Any]) -> Layer:
    """The declaration of an output with these parameters: a loss of the user's own brings settings along."""
    return _with_settings(own.code_of(parameters)) if parameters.get("loss") == OWN else OUTPUT


@lru_cache(maxsize=64)
def _with_settings(code: str) -> Layer:
    known = list(OUTPUT.parameters)
    place = known.index(next(field for field in known if field.name == own.CODE.name)) + 1
    known[place:place] = own.own_loss(code).options[1:]
    return msgspec.structs.replace(OUTPUT, parameters=tuple(known))
