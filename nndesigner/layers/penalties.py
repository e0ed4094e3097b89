"""Penalties: further terms of the training loss, drawn as nodes. They have no outputs and are in no exported model.

The value of a penalty is a mean over the batch; times its weight it is added to the losses of the outputs.
"""

from __future__ import annotations

from nndesigner.base.fields import ChoiceField, FloatField, Values
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    ShapeError,
    Use,
    expect_float,
)
from nndesigner.layers.losses.loss import call

WEIGHT = FloatField(
    name="weight",
    label="Weight",
    default=1.0,
    minimum=-1e6,
    maximum=1e6,
    help="How much the value counts in the sum of all losses. Below 0 it is a reward.",
)


def weight_card(values: Values) -> str:
    return "" if values["weight"] == 1.0 else f"× {values['weight']:g}"


# -- shape rules: a penalty gives nothing to other nodes -----------------------------------------------------------
def alike(use: Use, label: str, *ports: str) -> dict[str, TensorType]:
    """All ports carry real numbers of one shape. Raises ShapeError where they do not."""
    first = expect_float(use, label, ports[0])
    for port in ports[1:]:
        arrived = expect_float(use, label, port)
        if arrived.sizes != first.sizes:
            raise ShapeError(
                tr(
                    "{layer} compares values of one shape, but {first} arrives at “{a}” and {second} at “{b}”.",
                    layer=label,
                    first=first,
                    second=arrived,
                    a=ports[0],
                    b=port,
                ),
                port=port,
            )
    return {}


def rows(use: Use, label: str, *ports: str) -> dict[str, TensorType]:
    """As `alike`, and a sample has at least one axis to measure a distance along."""
    alike(use, label, *ports)
    if use.inputs[ports[0]].rank < 2:
        raise ShapeError(
            tr("{layer} compares vectors, but a single number per sample arrives.", layer=label),
            port=ports[0],
        )
    return {}


# -- lowerings -----------------------------------------------------------------------------------------------------
def _penalty(use: Use) -> Lowering:
    return Lowering(calls=(call("torch.mean", Ref("x")),))


def _activity(use: Use) -> Lowering:
    size = "torch.abs" if use["norm"] == "l1" else "torch.square"
    calls = [call(size, Ref("x"), step="sizes")]
    if use.x.rank == 1:
        return Lowering(calls=(*calls, call("torch.mean", Ref("sizes"))))
    axes = tuple(range(1, use.x.rank))
    return Lowering(
        calls=(
            *calls,
            call("torch.sum", Ref("sizes"), axes, step="of_sample"),
            call("torch.mean", Ref("of_sample")),
        )
    )


def _kl(use: Use) -> Lowering:
    axes = tuple(range(1, use.inputs["mean"].rank))
    return Lowering(
        calls=(
            call("torch.square", Ref("mean"), step="squared"),
            call("torch.exp", Ref("log_var"), step="variance"),
            call("operator.add", Ref("squared"), Ref("variance"), step="spread"),
            call("operator.sub", Ref("spread"), Ref("log_var"), step="less_log"),
            call("operator.sub", Ref("less_log"), 1, step="twice"),
            call("torch.sum", Ref("twice"), axes, step="of_sample"),
            call("torch.mean", Ref("of_sample"), step="of_batch"),
            call("operator.mul", Ref("of_batch"), 0.5),
        )
    )


def _critic(use: Use) -> Lowering:
    return Lowering(
        calls=(
            call("torch.mean", Ref("fake"), step="of_fake"),
            call("torch.mean", Ref("real"), step="of_real"),
            call("operator.sub", Ref("of_fake"), Ref("of_real")),
        )
    )


def _infer_penalty(use: Use) -> dict[str, TensorType]:
    expect_float(use, "Penalty")
    return {}


def _infer_activity(use: Use) -> dict[str, TensorType]:
    expect_float(use, "Activity regularizer")
    return {}


def _infer_critic(use: Use) -> dict[str, TensorType]:
    expect_float(use, "Wasserstein critic", "real")
    expect_float(use, "Wasserstein critic", "fake")
    return {}


PENALTY = Layer(
    type="Penalty",
    label="Penalty",
    group="Loss",
    stem="penalty",
    role="penalty",
    summary="Adds the mean of whatever arrives to the loss.",
    help="For a term of the loss of your own: compute it from the layers' values with other nodes and wire it here. A"
    " weight below 0 makes what arrives larger instead of smaller.",
    formula="L = weight · mean x",
    synonyms=("add_loss", "extra loss", "auxiliary loss", "regularization"),
    inputs=(Port("x", help="what shall be small"),),
    outputs=(),
    parameters=(WEIGHT,),
    infer=_infer_penalty,
    lower=_penalty,
    card=weight_card,
    samples=(
        Sample(inputs={"x": tensor(feature=3)}),
        Sample(inputs={"x": tensor(channel=2, height="H", width=4)}),
        Sample(inputs={"x": tensor()}),
    ),
)
ACTIVITY_REGULARIZER = Layer(
    type="ActivityRegularizer",
    label="Activity regularizer",
    group="Loss",
    stem="activity",
    role="penalty",
    summary="Adds the size of the activations that arrive to the loss, so that they stay small or sparse.",
    help="L1 drives most activations to 0, as in a sparse autoencoder; L2 keeps large ones down. The sizes are summed"
    " over the values of a sample and averaged over the batch: start with a weight around 0.0001.",
    formula="L = weight · mean over the batch of Σ |x| (L1) or Σ x² (L2)",
    synonyms=("activity_regularizer", "L1", "L2", "sparse", "sparsity", "regularization"),
    inputs=(Port("x", help="activations to keep small"),),
    outputs=(),
    parameters=(
        ChoiceField(
            name="norm",
            label="Norm",
            default="l1",
            choices={"l1": "L1 (sum of sizes)", "l2": "L2 (sum of squares)"},
            help="L1 makes activations sparse, L2 makes them small.",
        ),
        WEIGHT,
    ),
    infer=_infer_activity,
    lower=_activity,
    card=lambda values: f"{values['norm'].upper()} {weight_card(values)}".strip(),
    samples=(
        Sample(inputs={"x": tensor(feature=3)}),
        Sample(values={"norm": "l2"}, inputs={"x": tensor(channel=2, height="H", width=4)}),
        Sample(inputs={"x": tensor()}),
    ),
)
KL_DIVERGENCE = Layer(
    type="KLDivergence",
    label="KL divergence",
    group="Loss",
    stem="kl",
    role="penalty",
    summary="The term of a variational autoencoder that keeps its codes close to a standard normal distribution.",
    help="Takes the mean and the logarithm of the variance that the encoder gives for each sample. Summed over the"
    " features and averaged over the batch; a weight β other than 1 makes a β-VAE.",
    formula="L = weight · mean over the batch of −½ Σ (1 + log σ² − μ² − σ²)",
    reference="Kingma and Welling, Auto-encoding variational Bayes, 2013",
    synonyms=("VAE", "variational autoencoder", "Kullback-Leibler", "beta-VAE", "latent"),
    inputs=(
        Port("mean", help="mean of the code, μ"),
        Port("log_var", label="log variance", help="logarithm of the code's variance, log σ²"),
    ),
    outputs=(),
    parameters=(WEIGHT,),
    infer=lambda use: rows(use, "KL divergence", "mean", "log_var"),
    lower=_kl,
    card=weight_card,
    samples=(
        Sample(inputs={"mean": tensor(feature=3), "log_var": tensor(feature=3)}),
        Sample(
            inputs={
                "mean": tensor(channel=2, height="H", width=4),
                "log_var": tensor(channel=2, height="H", width=4),
            }
        ),
    ),
)
WASSERSTEIN_CRITIC = Layer(
    type="WassersteinCritic",
    label="Wasserstein critic",
    group="Loss",
    stem="critic",
    role="penalty",
    summary="The loss of a critic that gives real samples high and made-up samples low scores.",
    help="The difference of the two means, as in a Wasserstein GAN. The critic must not change too fast: keep its"
    " weights small or its gradient near 1. The generator's part is a Penalty on its scores with weight −1.",
    formula="L = weight · (mean fake − mean real)",
    reference="Arjovsky et al., Wasserstein GAN, 2017",
    synonyms=("WGAN", "GAN", "adversarial", "earth mover", "discriminator"),
    inputs=(
        Port("real", help="scores of samples from the data"),
        Port("fake", help="scores of samples that were made"),
    ),
    outputs=(),
    parameters=(WEIGHT,),
    common=False,
    infer=_infer_critic,
    lower=_critic,
    card=weight_card,
    samples=(Sample(inputs={"real": tensor(feature=1), "fake": tensor(feature=1)}),),
)
