"""Where a network ends: the target it is compared with and the loss that judges it."""

from __future__ import annotations

from nndesigner.base.fields import ChoiceField, DataFieldField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.declaration import Layer, Lowering, Port, Ref, Sample, Use
from nndesigner.layers.losses import labels


def _infer(use: Use) -> dict[str, TensorType]:
    return {"y": use.x}


OUTPUT = Layer(
    type="Output",
    label="Output",
    group="Input and output",
    stem="output",
    role="output",
    summary="The network's answer, with the target and the loss that it learns from.",
    help="Compares what arrives with a field of the data. With “automatic” the loss follows from the target:"
    " cross-entropy for classes, squared error for numbers. A softmax or sigmoid drawn before it is understood and"
    " computed in the stable way.",
    synonyms=("loss", "target", "classificationLayer", "regressionLayer", "result"),
    inputs=(Port("x", help="the network's answer"),),
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
    ),
    infer=_infer,
    lower=lambda use: Lowering(outputs={"y": Ref("x")}),
    card=lambda values: "" if values["loss"] == "auto" else labels()[values["loss"]],
    samples=(Sample(inputs={"x": tensor(feature=3)}),),
)
