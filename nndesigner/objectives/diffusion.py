"""Denoising diffusion: the network learns which noise was added, and samples are made by taking it away in steps.

Ho, Jain and Abbeel, Denoising diffusion probabilistic models, 2020, with the noise as what is learned; samples after
Song, Meng and Ermon, Denoising diffusion implicit models, 2021, without further noise on the way.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nndesigner.base.fields import IntField, Values
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, Head
from nndesigner.check.sections import cut, denoiser, diffusion_of
from nndesigner.layers.diffusion_noise import scaling
from nndesigner.objectives import supervised
from nndesigner.objectives.objective import Compiled, Objective, Outcome, Samples, Score, Turn, Way

if TYPE_CHECKING:
    from torch import Tensor

LATEST = 0.98
"""the time at which samples begin: at 1 nothing of the data is left to divide by"""
SAMPLE_SEED = 11


def _why_not(checked: CheckedNetwork) -> str:
    if checked.obstacles:
        return checked.obstacles[0].message
    noised = diffusion_of(checked)
    if noised is None:
        return tr(
            "A diffusion model learns which noise was added: put one Diffusion noise between the data and the network."
        )
    if len(checked.heads) != 1:
        return tr("A diffusion model has one output, the noise that it tells.")
    (head,) = checked.heads
    if not head.unjudged:
        return tr(
            "{name} is compared with the noise that was added: choose “none (learned elsewhere)” as its loss.",
            name=head.node.name,
        )
    if head.arriving.sizes != noised.outputs["noisy"].sizes:
        return tr(
            "{name} tells the noise of every value: it must have the shape of what is noisy, {want}, and has {have}.",
            name=head.node.name,
            want=noised.outputs["noisy"],
            have=head.arriving,
        )
    if head.target is None:
        return tr("{name} has no target: choose the data that samples are like.", name=head.node.name)
    if [node.name for node in denoiser(checked, noised).inputs] != ["noisy", "time"]:
        return tr(
            "The network behind Diffusion noise reads what is noisy and the time, both and nothing else."
        )
    return ""


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    import torch

    noised = diffusion_of(checked)
    assert noised is not None and noised.use is not None  # why_not refuses others
    factor, offset = scaling(noised.use["low"], noised.use["high"])
    clean = cut(checked, "clean", {"x": noised.sources["x"]})
    clean_of = compiled.within(clean)
    places = [compiled.input_names.index(node.name) for node in clean.inputs]
    told = compiled.within(denoiser(checked, noised))
    sizes = [axis.size.value for axis in noised.outputs["noisy"].axes[1:]]

    def judge(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        x = clean_of(*(inputs[i] for i in places))[0] * factor + offset
        time, noise = torch.rand(len(x), 1, device=x.device), torch.randn_like(x)
        answer = told(spoiled(x, time, noise), time)[0]
        loss = torch.mean((answer - noise) ** 2)
        return Outcome(loss, [loss], (answer,))

    def sample(number: int) -> Samples:
        drawn = torch.Generator().manual_seed(SAMPLE_SEED)
        start = torch.randn(number, *(size for size in sizes if size is not None), generator=drawn)
        device = next(iter(compiled.parameters())).device  # type: ignore[attr-defined]
        x = denoised(lambda noisy, time: told(noisy, time)[0], start.to(device), values["sampling_steps"])
        return Samples((x - offset) / factor)

    return Way(
        turns=(Turn(judge=judge),),
        judge=judge,
        parts=("noise",),
        sample=sample if all(sizes) else None,
    )


def schedule(time: Tensor) -> tuple[Tensor, Tensor]:
    """How much of the data and of the noise there is at times from 0 to 1: cosine and sine of a quarter turn."""
    import torch

    return torch.cos(time * (math.pi / 2)), torch.sin(time * (math.pi / 2))


def spoiled(x: Tensor, time: Tensor, noise: Tensor) -> Tensor:
    """The data at a time (batch × 1) with this noise."""
    of_data, of_noise = schedule(time.view(-1, *[1] * (x.ndim - 1)))
    return of_data * x + of_noise * noise


def denoised(told: Callable[[Tensor, Tensor], Tensor], x: Tensor, steps: int) -> Tensor:
    """From noise to samples: in each step the clean sample is told, kept between −1 and 1, and spoiled again with the
    noise that it leaves, a little less."""
    import torch

    times = torch.linspace(LATEST, 0.0, steps + 1, device=x.device)
    for now, then in itertools.pairwise(times):
        of_data, of_noise = schedule(now)
        noise = told(x, now.expand(len(x), 1))
        clean = ((x - of_noise * noise) / of_data).clamp(-1.0, 1.0)
        left = (x - of_data * clean) / of_noise
        of_data, of_noise = schedule(then)
        x = of_data * clean + of_noise * left
    return x


def _no_scores(heads: Sequence[Head]) -> tuple[Score, ...]:
    return ()


DIFFUSION = Objective(
    type="diffusion",
    label="Diffusion",
    help="Noise is added to the data, at a time of its own for each sample, and the network learns which noise it was."
    " Samples begin as noise alone, and the noise that the network tells is taken away in steps. Draw Diffusion noise"
    " before the network and give the output no loss of its own.",
    reference="Ho, Jain and Abbeel, Denoising diffusion probabilistic models, 2020",
    why_not=_why_not,
    targets=supervised.targets,
    begin=_begin,
    scores=_no_scores,
    order=35,
    parameters=(
        IntField(
            name="sampling_steps",
            label="Steps to a sample",
            default=50,
            minimum=1,
            maximum=10_000,
            help="In how many steps the noise is taken away when samples are shown. More are better and slower.",
        ),
    ),
)
