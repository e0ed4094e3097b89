"""Autoencoders: every output gives back what entered the network, through a code that is smaller.

A denoising autoencoder sees a distorted input and is compared with the clean one. Vincent et al., Extracting and
composing robust features with denoising autoencoders, 2008.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from nndesigner.base.fields import ChoiceField, FloatField, Values
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.sections import reconstructs
from nndesigner.objectives import supervised
from nndesigner.objectives.objective import Compiled, Objective, Outcome, Turn, Way

if TYPE_CHECKING:
    from torch import Tensor

Distort = Callable[[Sequence["Tensor"]], list["Tensor"]]


def why_not(checked: CheckedNetwork) -> str:
    """As for supervised learning; and an output that is compared with something else than an input."""
    if reason := supervised.why_not(checked):
        return reason
    for head in checked.heads:
        if not reconstructs(checked, head):
            names = [node.field.name for node in checked.inputs if node.field is not None]
            return tr(
                "An autoencoder gives back what enters: choose “{name}” as the target of {output}.",
                name=names[0] if names else tr("an input"),
                output=head.node.name,
            )
    return ""


def distortion(values: Values) -> Distort | None:
    """What is done to the inputs; None for nothing. Whole numbers (classes, tokens) stay as they are."""
    import torch

    kind, amount = values["corruption"], float(values["corruption_amount"])
    if kind == "none" or amount == 0:
        return None

    def distort(inputs: Sequence[Tensor]) -> list[Tensor]:
        def one(x: Tensor) -> Tensor:
            if not x.is_floating_point():
                return x
            if kind == "gaussian":
                return x + amount * torch.randn_like(x)
            return x * (torch.rand_like(x) >= amount)

        return [one(x) for x in inputs]

    return distort


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    distort = distortion(values)
    judge = partial(supervised.judge, compiled)

    def denoise(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        return judge(distort(inputs) if distort is not None else inputs, targets)

    return Way(turns=(Turn(judge=denoise),), judge=denoise, parts=compiled.parts, distort=distort)


AUTOENCODER = Objective(
    type="autoencoder",
    label="Autoencoder",
    help="Learns to give back its input through a narrow code. With a distortion it is a denoising autoencoder: it sees"
    " a spoiled input and is compared with the clean one. Choose the input as the target of the output.",
    reference="Vincent et al., Extracting and composing robust features with denoising autoencoders, 2008",
    why_not=why_not,
    targets=supervised.targets,
    begin=_begin,
    scores=supervised.scores,
    order=20,
    scripted=lambda values: values["corruption"] == "none" or values["corruption_amount"] == 0,
    parameters=(
        ChoiceField(
            name="corruption",
            label="Distortion",
            default="none",
            choices={"none": "none", "gaussian": "Gaussian noise", "masking": "masking"},
            help="What is done to the input before the network sees it. Gaussian noise is added; masking sets values to"
            " 0. The answer is compared with the clean input.",
        ),
        FloatField(
            name="corruption_amount",
            label="Amount",
            default=0.3,
            minimum=0.0,
            maximum=10.0,
            shown_when=lambda values: values.get("corruption", "none") != "none",
            help="Standard deviation of the noise, in the prepared values that the network sees; or the share of the"
            " values that is masked.",
        ),
    ),
)
