"""The sample of a variational autoencoder: random while training.

Outside training it is the mean, so that a trained model answers the same question twice alike.
"""

from __future__ import annotations

from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Attribute,
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    ShapeError,
    Use,
    expect_float,
)


def _noisy(value: Ref, spread: Ref | float) -> tuple[Call, ...]:
    """value + spread · ε, ε ~ N(0, 1) in training and 0 outside. The node's own Identity knows which it is."""
    return (
        Call(target="torch.nn.Identity", construct={}, args=(value,), step="value"),
        Call(target="torch.randn_like", args=(Ref("value"),), step="drawn"),
        Call(target="operator.mul", args=(Ref("drawn"), Attribute("training")), step="noise"),
        Call(target="operator.mul", args=(Ref("noise"), spread), step="scaled"),
        Call(target="operator.add", args=(Ref("value"), Ref("scaled"))),
    )


def _reparameterized(use: Use) -> dict[str, TensorType]:
    mean, log_var = (expect_float(use, "Sample", port) for port in ("mean", "log_var"))
    if mean.sizes != log_var.sizes:
        raise ShapeError(
            tr(
                "Mean and log-variance have one shape, but {mean} and {other} arrive.",
                mean=mean,
                other=log_var,
            ),
            port="log_var",
        )
    return {"y": mean}


REPARAMETERIZE = Layer(
    type="Reparameterize",
    label="Sample",
    group="Regularization",
    stem="sample",
    summary="Draws from the normal distribution whose mean and log-variance arrive.",
    help="The heart of a variational autoencoder: the noise is added from outside, so that the gradient reaches mean"
    " and variance. Outside training it gives the mean.",
    formula="y = mean + exp(½ · log_var) · ε, ε ~ N(0, 1) in training, 0 outside",
    reference="Kingma & Welling, Auto-encoding variational Bayes, 2014",
    synonyms=("reparameterization", "VAE", "sampling", "latent", "gaussian", "random"),
    inputs=(Port("mean", label="mean"), Port("log_var", label="log-variance")),
    common=False,
    infer=_reparameterized,
    lower=lambda use: Lowering(
        calls=(
            Call(target="operator.mul", args=(Ref("log_var"), 0.5), step="half"),
            Call(target="torch.exp", args=(Ref("half"),), step="deviation"),
            *_noisy(Ref("mean"), Ref("deviation")),
        )
    ),
    samples=(
        Sample(inputs={"mean": tensor(feature=4), "log_var": tensor(feature=4)}),
        Sample(
            inputs={
                "mean": tensor(channel=3, height="H", width=4),
                "log_var": tensor(channel=3, height="H", width=4),
            },
            names={"N": 2, "H": 3},
        ),
    ),
)
