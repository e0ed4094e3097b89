"""Variational autoencoders: the code is drawn from a distribution that is kept close to a standard normal one.

Kingma and Welling, Auto-encoding variational Bayes, 2013. Sample and KL divergence are drawn as layers.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nndesigner.base.fields import Values
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.sections import SAMPLE, sections
from nndesigner.objectives import autoencoder, supervised
from nndesigner.objectives.objective import Compiled, Objective, Samples, Turn, Way

if TYPE_CHECKING:
    from torch import Tensor, device

PRIOR_SEED = 3


def _why_not(checked: CheckedNetwork) -> str:
    if reason := autoencoder.why_not(checked):
        return reason
    if not any(node.record.type == SAMPLE for node in checked.compiled):
        return tr(
            "A variational autoencoder draws its code: put a Sample layer behind the mean and the log-variance that the"
            " encoder gives."
        )
    if not any(inner.node.record.type == "KLDivergence" for inner in checked.penalties):
        return tr(
            "Nothing keeps the codes close to a normal distribution: wire the mean and the log-variance to a KL"
            " divergence."
        )
    return ""


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    judge = partial(supervised.judge, compiled)
    decoder = sections(checked)["decoder"].checked
    (code,) = decoder.inputs
    decode = compiled.within(decoder)

    def sample(number: int) -> Samples:
        z, columns = prior(number, [axis.size.value or 1 for axis in code.outputs["y"].axes[1:]])
        return Samples(decode(z.to(_device(compiled)))[0], columns=columns)

    return Way(turns=(Turn(judge=judge),), judge=judge, parts=compiled.parts, sample=sample)


def prior(number: int, sizes: list[int]) -> tuple[Tensor, int]:
    """Codes to make samples from, always the same, and in how many columns they lie. A code of two numbers is walked
    through in a square, evenly by the share of the normal distribution on either side; others are drawn."""
    import torch

    if sizes == [2]:
        side = max(int(number**0.5), 2)
        shares = (torch.arange(side) + 0.5) / side
        places = torch.special.ndtri(shares.double()).float()
        down, across = torch.meshgrid(-places, places, indexing="ij")
        return torch.stack((across.reshape(-1), down.reshape(-1)), dim=1), side
    return torch.randn(number, *sizes, generator=torch.Generator().manual_seed(PRIOR_SEED)), 0


def _device(compiled: Compiled) -> device:
    found: device = next(iter(compiled.parameters())).device  # type: ignore[attr-defined]
    return found


VARIATIONAL = Objective(
    type="variational",
    label="Variational autoencoder",
    help="Learns to give back its input from a code that is drawn at random around what the encoder says. The KL"
    " divergence, a layer of the drawing, keeps the codes close to a standard normal distribution, so that new samples"
    " can be made from random codes. A weight of the divergence other than the usual one makes a β-VAE.",
    reference="Kingma and Welling, Auto-encoding variational Bayes, 2013",
    why_not=_why_not,
    targets=supervised.targets,
    begin=_begin,
    scores=supervised.scores,
    order=21,
    scripted=lambda values: False,
)
