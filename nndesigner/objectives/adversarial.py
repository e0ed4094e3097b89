"""Generative adversarial networks: a generator and a discriminator learn in turns, each with an optimizer of its own.

Both are drawn in one network, the discriminator as one block used twice with shared weights; where its two uses end in
an Adversarial loss, its part of the network is told from the generator's. Goodfellow et al., Generative adversarial
nets, 2014; gradient penalty: Gulrajani et al., Improved training of Wasserstein GANs, 2017.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nndesigner.base.fields import FloatField, IntField, Values
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head
from nndesigner.check.noise import noise_inputs
from nndesigner.check.sections import cut, discriminators
from nndesigner.objectives import supervised
from nndesigner.objectives.objective import Compiled, Objective, Outcome, Samples, Score, Turn, Way

if TYPE_CHECKING:
    from torch import Tensor

    Part = Callable[[Sequence[Tensor]], tuple[Tensor, ...]]

NAMES = ("discriminator", "generator")
SAMPLE_SEED = 5
MOST_CLASSES = 12
"""columns of samples, one for each class"""


def _why_not(checked: CheckedNetwork) -> str:
    if checked.obstacles:
        return checked.obstacles[0].message
    losses = [node for node in checked.compiled if node.record.type == "AdversarialLoss"]
    if len(losses) != 1:
        return tr(
            "Two networks learn against each other at an Adversarial loss: draw one, and wire the discriminator's"
            " scores of data and of samples to it."
        )
    if discriminators(checked) is None:
        return tr(
            "The discriminator is one block that is used twice: for the data, wired to “real”, and for the samples,"
            " wired to “fake”. Let one of them use the weights of the other."
        )
    if not noise_inputs(checked):
        return tr("The generator has nothing to make samples of: let it begin at a Noise input.")
    if not checked.heads:
        return tr("Nothing says what the samples are: wire what the generator makes to an Output as well.")
    return ""


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    import torch

    found = discriminators(checked)
    assert found is not None  # why_not refuses others
    loss_node, of_real, of_fake = found
    assert loss_node.use is not None
    kind, penalty, smooth = loss_node.use["kind"], values["gradient_penalty"], values["label_smoothing"]
    ports = list(of_real.sources)
    enters = {of_real.sources[port]: f"in{i}" for i, port in enumerate(ports)}
    real_of = _part(
        compiled, cut(checked, "real", {f"in{i}": of_real.sources[p] for i, p in enumerate(ports)})
    )
    made_of = _part(
        compiled, cut(checked, "made", {f"in{i}": of_fake.sources[p] for i, p in enumerate(ports)})
    )
    score = compiled.within(cut(checked, "score", {"score": loss_node.sources["real"]}, enters))
    order = sorted(int(name.removeprefix("in")) for name in enters.values())

    def scores_of(values: Sequence[Tensor]) -> Tensor:
        return score(*(values[i] for i in order))[0]

    def discriminator(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        with torch.no_grad():
            made = made_of(inputs)
        real = real_of(inputs)
        of_data, of_samples = scores_of(real), scores_of(made)
        loss = discriminator_loss(kind, of_data, of_samples, smooth)
        if penalty and torch.is_grad_enabled():
            loss = loss + penalty * gradient_penalty(scores_of, real, made)
        return Outcome(loss, [], (), (told(kind, of_data), told(kind, of_samples)))

    def generator(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        return Outcome(generator_loss(kind, scores_of(made_of(inputs))), [], ())

    def judge(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        first, second = discriminator(inputs, targets), generator(inputs, targets)
        answers = compiled.for_loss(*inputs)[: len(compiled.heads)]
        return Outcome(first.loss + second.loss, [first.loss, second.loss], answers, first.means)

    owner = checked.node(of_real.owner or of_real.id)
    assert owner is not None
    prefix = f"{owner.name}."
    return Way(
        turns=(
            Turn(
                name=NAMES[0],
                judge=discriminator,
                learns=lambda weight: weight.startswith(prefix),
                rate=values["discriminator_rate"],
            ),
            Turn(
                name=NAMES[1],
                judge=generator,
                learns=lambda weight: not weight.startswith(prefix),
                every=values["discriminator_steps"],
            ),
        ),
        judge=judge,
        parts=NAMES,
        means=(tr("score of data"), tr("score of samples")),
        sample=_sampler(compiled, checked),
        ranked=False,
    )


def _part(compiled: Compiled, section: CheckedNetwork) -> Part:
    """A part of the network as a function of all inputs of the whole."""
    run = compiled.within(section)
    places = [compiled.input_names.index(node.name) for node in section.inputs]
    return lambda inputs: run(*(inputs[i] for i in places))


# -- what is minimised ---------------------------------------------------------------------------------------------
def discriminator_loss(kind: str, real: Tensor, fake: Tensor, smooth: float = 0.0) -> Tensor:
    """The loss that the Adversarial loss draws; `smooth` (standard only) is how much less than 1 data is taken for:
    Salimans et al., Improved techniques for training GANs, 2016."""
    import torch.nn.functional as F

    if kind == "wasserstein":
        return fake.mean() - real.mean()
    if kind == "least_squares":
        return 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()
    if kind == "hinge":
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    of_real = F.softplus(-real).mean()
    if smooth:
        of_real = (1 - smooth) * of_real + smooth * F.softplus(real).mean()
    return of_real + F.softplus(fake).mean()


def generator_loss(kind: str, fake: Tensor) -> Tensor:
    """What the generator minimises: its samples shall be scored as data is."""
    import torch.nn.functional as F

    if kind in ("wasserstein", "hinge"):
        return -fake.mean()
    if kind == "least_squares":
        return 0.5 * (fake - 1).square().mean()
    return F.softplus(-fake).mean()


def gradient_penalty(
    scores_of: Callable[[Sequence[Tensor]], Tensor], real: Sequence[Tensor], made: Sequence[Tensor]
) -> Tensor:
    """mean (‖∇ score‖ − 1)² at random places between data and samples; conditions are those of the data."""
    import torch

    share = torch.rand(len(real[0]), device=real[0].device)
    between = list(real)
    moved = [
        i
        for i, x in enumerate(real)
        if x.is_floating_point() and x.shape == made[i].shape and x is not made[i]
    ]
    for i in moved:
        s = share.view(-1, *[1] * (real[i].ndim - 1))
        between[i] = (s * real[i] + (1 - s) * made[i]).requires_grad_(True)
    gradients = torch.autograd.grad(scores_of(between).sum(), [between[i] for i in moved], create_graph=True)
    norm = torch.linalg.vector_norm(torch.cat([g.flatten(1) for g in gradients], dim=1), dim=1)
    return torch.mean((norm - 1) ** 2)


def told(kind: str, scores: Tensor) -> Tensor:
    """The mean score as people read it: a probability for the standard kind."""
    return scores.sigmoid().mean() if kind == "standard" else scores.mean()


# -- samples -------------------------------------------------------------------------------------------------------
def _sampler(compiled: Compiled, checked: CheckedNetwork) -> Callable[[int], Samples] | None:
    """Samples from noise that stays the same; with a class input, a column for each class. None where the generator
    reads something else of the data."""
    generator = cut(checked, "generator", {head.node.name: head.source for head in checked.heads})
    noise = noise_inputs(generator)
    conditions = [node for i, node in enumerate(generator.inputs) if i not in noise]
    if any(node.record.type != "ClassInput" for node in conditions):
        return None
    classes, names = _classes(conditions)
    make = compiled.within(generator)

    def sample(number: int) -> Samples:
        import torch

        rows = max(number // classes, 1) if classes else number
        drawn = torch.Generator().manual_seed(SAMPLE_SEED)
        inputs = []
        for i, _ in enumerate(generator.inputs):
            if i in noise:
                size, uniform = noise[i].features, noise[i].distribution == "uniform"
                z = (
                    torch.rand(rows, size, generator=drawn) * 2 - 1
                    if uniform
                    else torch.randn(rows, size, generator=drawn)
                )
                inputs.append(z.repeat_interleave(classes or 1, dim=0))
            else:
                inputs.append(torch.arange(classes).repeat(rows))
        device = next(iter(compiled.parameters())).device  # type: ignore[attr-defined]
        values = make(*(x.to(device) for x in inputs))[0]
        return Samples(values, names * rows, classes)

    return sample


def _classes(conditions: Sequence[CheckedNode]) -> tuple[int, tuple[str, ...]]:
    if not conditions:
        return 0, ()
    known = min(conditions[0].outputs["y"].values or 1, MOST_CLASSES)
    field = conditions[0].field
    names = field.classes if field is not None and field.classes else tuple(map(str, range(known)))
    return known, names[:known]


def _no_scores(heads: Sequence[Head]) -> tuple[Score, ...]:
    return ()


ADVERSARIAL = Objective(
    type="adversarial",
    label="Adversarial (GAN)",
    help="A generator makes samples out of noise, a discriminator learns to tell them from the data, and the generator"
    " to deceive it: they take turns. The kind of loss (standard, least squares, Wasserstein, hinge) is chosen at"
    " the Adversarial loss of the drawing; with a class input both are conditional.",
    reference="Goodfellow et al., Generative adversarial nets, 2014",
    why_not=_why_not,
    targets=supervised.targets,
    begin=_begin,
    scores=_no_scores,
    order=30,
    parameters=(
        IntField(
            name="discriminator_steps",
            label="Discriminator",
            default=1,
            minimum=1,
            maximum=1000,
            unit="steps",
            help="Steps of the discriminator for each one of the generator, which moves in every n-th step only. 5 is"
            " usual for Wasserstein.",
        ),
        FloatField(
            name="discriminator_rate",
            label="Its learning rate",
            default=1.0,
            minimum=0.0,
            maximum=1000.0,
            open_minimum=True,
            logarithmic=True,
            unit="×",
            help="The learning rate of the discriminator as a multiple of the plan's.",
        ),
        FloatField(
            name="gradient_penalty",
            label="Gradient penalty",
            default=0.0,
            minimum=0.0,
            maximum=1e6,
            help="Keeps the slope of the discriminator near 1 between data and samples. 10 is usual for Wasserstein, 0"
            " is off.",
        ),
        FloatField(
            name="label_smoothing",
            label="Smoothing",
            default=0.0,
            minimum=0.0,
            maximum=0.5,
            advanced=True,
            help="Of the standard kind: data counts as real by so much less than 1, which keeps the discriminator from"
            " being too sure. 0.1 is usual, 0 is off.",
        ),
    ),
)
