"""Where a diffusion model spoils its data: noise is added, more or less of it by the time, which is told as well.

The schedule is the cosine one in continuous time: noisy = cos(½πt) · x + sin(½πt) · ε, with t from 0 (clean) to 1
(noise alone). Nichol and Dhariwal, Improved denoising diffusion probabilistic models, 2021.
"""

from __future__ import annotations

import math

from nndesigner.base.fields import FloatField
from nndesigner.base.shapes import BATCH, Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Attribute,
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    expect_float,
)
from nndesigner.layers.losses.loss import call


def _infer(use: Use) -> dict[str, TensorType]:
    x = expect_float(use, "Diffusion noise")
    if x.rank < 2:
        raise ShapeError(tr("Diffusion noise needs samples with at least one axis, but {x} arrives.", x=x))
    if use["high"] <= use["low"]:
        raise ShapeError(
            tr("The largest value of the data is larger than the smallest."),
            parameter="high",
            suggestions=(SetParameter("high", use["low"] + 1.0, tr("Make it larger")),),
        )
    return {"noisy": x, "time": TensorType("float", (BATCH, Axis("feature", Size.of(1))))}


def scaling(low: float, high: float) -> tuple[float, float]:
    """(factor, offset) that map the data's ends to −1 and 1."""
    factor = 2.0 / (high - low)
    return factor, -1.0 - low * factor


def _lower(use: Use) -> Lowering:
    factor, offset = scaling(use["low"], use["high"])
    wide = (-1, *(1 for _ in range(use.x.rank - 1)))
    return Lowering(
        calls=(
            Call(target="torch.nn.Identity", construct={}, args=(Ref("x"),), step="value"),
            call("torch.flatten", Ref("value"), 1, step="flat"),
            call("torch.narrow", Ref("flat"), 1, 0, 1, step="first"),
            call("torch.rand_like", Ref("first"), step="drawn"),
            call("operator.sub", Ref("drawn"), 0.5, step="off"),
            call("operator.mul", Ref("off"), Attribute("training"), step="moved"),
            call("operator.add", Ref("moved"), 0.5, step="time"),
            call("operator.mul", Ref("time"), math.pi / 2, step="angle"),
            call("torch.cos", Ref("angle"), step="share"),
            call("torch.reshape", Ref("share"), wide, step="of_data"),
            call("torch.sin", Ref("angle"), step="rest"),
            call("torch.reshape", Ref("rest"), wide, step="of_noise"),
            call("torch.randn_like", Ref("value"), step="random"),
            call("operator.mul", Ref("random"), Attribute("training"), step="noise"),
            call("operator.mul", Ref("value"), factor, step="stretched"),
            call("operator.add", Ref("stretched"), offset, step="scaled"),
            call("operator.mul", Ref("scaled"), Ref("of_data"), step="kept"),
            call("operator.mul", Ref("noise"), Ref("of_noise"), step="added"),
            call("operator.add", Ref("kept"), Ref("added"), step="noisy"),
        ),
        outputs={"noisy": Ref("noisy"), "time": Ref("time")},
    )


DIFFUSION_NOISE = Layer(
    type="DiffusionNoise",
    label="Diffusion noise",
    group="Regularization",
    stem="add_noise",
    summary="Adds noise to the data for a diffusion model, and tells how much.",
    help="Each sample is spoiled at a time of its own between 0 (clean) and 1 (noise alone). Wire what is noisy and the"
    " time to a network that gives something of the same shape: with “Diffusion” as the way of learning it learns which"
    " noise was added, and samples are made by taking it away step by step. Outside training nothing is random: the"
    " time is one half, and no noise is added.",
    formula="noisy = cos(½πt) · x + sin(½πt) · ε, with x scaled to −1 … 1, ε ~ N(0, 1), t ~ U(0, 1)",
    reference="Nichol and Dhariwal, Improved denoising diffusion probabilistic models, 2021",
    synonyms=("DDPM", "denoising diffusion", "score", "noise schedule", "generative"),
    common=False,
    outputs=(
        Port("noisy", help="the data with noise"),
        Port("time", help="how much noise: batch × 1, from 0 to 1"),
    ),
    parameters=(
        FloatField(
            name="low", label="Smallest value", default=0.0, help="What becomes −1, as the data arrives here."
        ),
        FloatField(
            name="high", label="Largest value", default=1.0, help="What becomes 1, as the data arrives here."
        ),
    ),
    infer=_infer,
    lower=_lower,
    samples=(
        Sample(inputs={"x": tensor(feature=4)}),
        Sample(inputs={"x": tensor(channel=3, height="H", width=4)}, names={"N": 2, "H": 3}),
    ),
)
