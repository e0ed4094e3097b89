"""Metric learning: samples of one class shall lie close together, samples of different classes apart.

Every pair of a batch goes through the same network, as in a siamese one. Hermans, Beyer and Leibe, In defense of the
triplet loss for person re-identification, 2017; Hadsell, Chopra and LeCun, Dimensionality reduction by learning an
invariant mapping, 2006.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nndesigner.base.fields import ChoiceField, FloatField, Values
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, Head
from nndesigner.objectives import supervised
from nndesigner.objectives.objective import Compiled, Judged, Objective, Outcome, Score, Turn, Way

if TYPE_CHECKING:
    from torch import Tensor

AT_ONCE = 512
"""samples whose neighbours are looked for at a time"""
NEIGHBOURS = "accuracy · nearest neighbour"


def _why_not(checked: CheckedNetwork) -> str:
    if checked.obstacles:
        return checked.obstacles[0].message
    if not checked.heads:
        return tr("The network has no output to learn from: add an Output for the embedding.")
    for head in checked.heads:
        name = head.node.name
        if head.target is None or head.target.kind != "class" or head.target.axes:
            return tr(
                "{name} needs the class of each sample as its target, to know which are alike.", name=name
            )
        if not head.unjudged:
            return tr(
                "What arrives at {name} is an embedding and no score of classes: choose “none (learned elsewhere)” as"
                " its loss.",
                name=name,
            )
        if head.arriving.rank != 2:
            return tr("{name} needs one vector per sample: put a Flatten or a Linear before it.", name=name)
    return ""


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    kind, margin, mining = values["metric_loss"], values["margin"], values["mining"]

    def judged(inputs: Sequence[Tensor], targets: Sequence[Tensor], costly: bool) -> Outcome:
        outputs = compiled.for_loss(*inputs)
        embeddings = outputs[: len(compiled.heads)]
        parts = [
            contrastive_loss(z, label, margin)
            if kind == "contrastive"
            else triplet_loss(z, label, margin, hardest=mining == "hardest", costly=costly)
            for z, label in zip(embeddings, targets, strict=True)
        ]
        parts += compiled.losses(outputs, targets)  # the penalties: no loss judges the outputs themselves
        total = sum((share * part for share, part in zip(compiled.shares, parts, strict=True)), parts[0] * 0)
        return Outcome(total, parts, embeddings)

    def learn(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        return judged(inputs, targets, True)

    def judge(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        return judged(inputs, targets, False)

    return Way(
        turns=(Turn(judge=learn),), judge=judge, parts=compiled.parts, whole=_neighbours, score=NEIGHBOURS
    )


def _neighbours(judged: Judged) -> dict[str, float]:
    """How many samples have one of their own class as the nearest other sample of the part, by the first output."""
    import torch

    z = torch.cat([values[0] for values, _ in judged]).float()
    label = torch.cat([targets[0] for _, targets in judged])
    if len(z) < 2:
        return {}
    right = 0
    for start in range(0, len(z), AT_ONCE):
        distances = torch.cdist(z[start : start + AT_ONCE], z)
        own = torch.arange(start, start + len(distances), device=z.device)
        distances[torch.arange(len(distances), device=z.device), own] = torch.inf
        right += int((label[distances.argmin(dim=1)] == label[own]).sum())
    return {NEIGHBOURS: right / len(z)}


def triplet_loss(z: Tensor, label: Tensor, margin: float, *, hardest: bool, costly: bool = True) -> Tensor:
    """mean max(0, d(anchor, positive) − d(anchor, negative) + margin) over the triplets of a batch: for each anchor the
    furthest of its class and the nearest of the others, or over all triplets. `costly`: over those of all that cost
    anything, whose mean cannot be compared over time, since the fewer there are the harder are those left.
    `z` is (batch, features), `label` (batch,)."""
    import torch

    distances = torch.cdist(z, z)
    same = label[:, None] == label[None, :]
    if hardest:
        furthest = distances.masked_fill(~same, 0.0).amax(dim=1)
        nearest = distances.masked_fill(same, torch.inf).amin(dim=1)
        return torch.relu(furthest - nearest + margin).mean()
    others = same & ~torch.eye(len(z), dtype=torch.bool, device=z.device)
    cost = torch.relu(distances[:, :, None] - distances[:, None, :] + margin)
    triplets = others[:, :, None] & ~same[:, None, :]
    cost = cost * triplets
    return cost.sum() / ((cost > 0) if costly else triplets).sum().clamp(min=1)


def contrastive_loss(z: Tensor, label: Tensor, margin: float) -> Tensor:
    """½ d² for pairs of one class and ½ max(0, margin − d)² for others: the mean of each kind of pair, added up."""
    import torch

    distances = torch.cdist(z, z)
    same = label[:, None] == label[None, :]
    pairs = torch.ones_like(same).triu(1)
    alike, unlike = same & pairs, ~same & pairs
    near = (distances**2 * alike).sum() / alike.sum().clamp(min=1)
    far = (torch.relu(margin - distances) ** 2 * unlike).sum() / unlike.sum().clamp(min=1)
    return 0.5 * (near + far)


def _no_scores(heads: Sequence[Head]) -> tuple[Score, ...]:
    return ()


METRIC = Objective(
    type="metric",
    label="Metric learning",
    help="Learns an embedding: samples of one class lie close together, others apart (triplet or contrastive loss over"
    " the pairs of a batch, as in a siamese network). It is measured by how many samples have a neighbour of their own"
    " class. Give the output the class as its target and no loss of its own.",
    reference="Hermans, Beyer and Leibe, In defense of the triplet loss for person re-identification, 2017",
    why_not=_why_not,
    targets=supervised.targets,
    begin=_begin,
    scores=_no_scores,
    order=40,
    parameters=(
        ChoiceField(
            name="metric_loss",
            label="Loss",
            default="triplet",
            choices={"triplet": "Triplet", "contrastive": "Contrastive"},
            help="Triplet: an anchor is nearer to its own class than to others, by a margin. Contrastive: pairs of one"
            " class are drawn together, others pushed apart up to a margin.",
        ),
        ChoiceField(
            name="mining",
            label="Triplets",
            default="hardest",
            choices={"hardest": "the hardest of the batch", "all": "all that cost anything"},
            shown_when=lambda values: values.get("metric_loss", "triplet") == "triplet",
            help="For each anchor the furthest of its class and the nearest of the others; or the mean over all"
            " triplets of the batch that are not told apart by the margin yet (validation: over all triplets).",
        ),
        FloatField(
            name="margin",
            label="Margin",
            default=1.0,
            minimum=0.0,
            open_minimum=True,
            maximum=1e6,
            help="How much further away other classes shall be.",
        ),
    ),
)
