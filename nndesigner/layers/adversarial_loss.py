"""Where two networks meet that learn against each other: the scores that a discriminator gives to data and to samples.

The node's value is the discriminator's loss; what the generator learns from follows from the same choice. Formulas of
the discriminator: Goodfellow et al., 2014; Mao et al., 2017; Arjovsky et al., 2017; Lim and Ye, 2017.
"""

from __future__ import annotations

from nndesigner.base.fields import ChoiceField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.layers.declaration import Call, Layer, Lowering, Port, Ref, Sample, Use, expect_float
from nndesigner.layers.losses.loss import call
from nndesigner.layers.penalties import WEIGHT, weight_card

KINDS = {
    "standard": "Standard (cross-entropy)",
    "least_squares": "Least squares",
    "wasserstein": "Wasserstein",
    "hinge": "Hinge",
}


def _each(kind: str) -> tuple[tuple[Call, ...], tuple[Call, ...]]:
    """What the scores of data and of samples cost, value by value, in steps that end in `of_real` and `of_fake`."""
    if kind == "wasserstein":
        return (call("torch.neg", Ref("real"), step="of_real"),), (
            call("torch.clone", Ref("fake"), step="of_fake"),
        )
    if kind == "least_squares":
        return (
            call("operator.sub", Ref("real"), 1.0, step="off"),
            call("torch.square", Ref("off"), step="off_squared"),
            call("operator.mul", Ref("off_squared"), 0.5, step="of_real"),
        ), (
            call("torch.square", Ref("fake"), step="fake_squared"),
            call("operator.mul", Ref("fake_squared"), 0.5, step="of_fake"),
        )
    if kind == "hinge":
        return (
            call("operator.sub", 1.0, Ref("real"), step="short"),
            call("torch.relu", Ref("short"), step="of_real"),
        ), (
            call("operator.add", 1.0, Ref("fake"), step="over"),
            call("torch.relu", Ref("over"), step="of_fake"),
        )
    return (
        call("torch.neg", Ref("real"), step="against"),
        call("torch.nn.functional.softplus", Ref("against"), step="of_real"),
    ), (call("torch.nn.functional.softplus", Ref("fake"), step="of_fake"),)


def _lower(use: Use) -> Lowering:
    of_real, of_fake = _each(use["kind"])
    return Lowering(
        calls=(
            *of_real,
            *of_fake,
            call("torch.mean", Ref("of_real"), step="mean_real"),
            call("torch.mean", Ref("of_fake"), step="mean_fake"),
            call("operator.add", Ref("mean_real"), Ref("mean_fake")),
        )
    )


def _infer(use: Use) -> dict[str, TensorType]:
    expect_float(use, "Adversarial loss", "real")
    expect_float(use, "Adversarial loss", "fake")
    return {}


ADVERSARIAL_LOSS = Layer(
    type="AdversarialLoss",
    label="Adversarial loss",
    group="Loss",
    stem="adversarial",
    role="penalty",
    summary="A discriminator learns to tell data from samples here, and a generator to deceive it.",
    help="Wire the scores that the discriminator gives to data to “real”, and those of made samples to “fake”: the same"
    " block used twice, with shared weights, without a sigmoid at its end. Then choose “Adversarial (GAN)” as the way"
    " of learning: both networks take turns, each with an optimizer of its own. Wasserstein needs a gradient penalty,"
    " which is a setting of the training.",
    formula="Standard: L = mean log(1 + exp(−r)) + mean log(1 + exp(f)). Least squares: ½ mean (r − 1)² + ½ mean f²."
    " Wasserstein: mean f − mean r. Hinge: mean max(0, 1 − r) + mean max(0, 1 + f).",
    reference="Goodfellow et al., Generative adversarial nets, 2014",
    synonyms=("GAN", "discriminator", "generator", "WGAN", "LSGAN", "adversarial", "critic"),
    inputs=(
        Port("real", help="scores of samples from the data"),
        Port("fake", help="scores of samples that the generator made"),
    ),
    outputs=(),
    parameters=(
        ChoiceField(
            name="kind",
            label="Kind",
            default="standard",
            choices=KINDS,
            help="Standard is cross-entropy, with the generator's loss that does not fade (mean log(1 + exp(−f)))."
            " Least squares and hinge are steadier; Wasserstein measures a distance and needs a gradient penalty.",
        ),
        WEIGHT,
    ),
    infer=_infer,
    lower=_lower,
    card=lambda values: f"{KINDS[values['kind']]} {weight_card(values)}".strip(),
    samples=tuple(
        Sample(values={"kind": kind}, inputs={"real": tensor(feature=1), "fake": tensor(feature=1)})
        for kind in KINDS
    ),
)
