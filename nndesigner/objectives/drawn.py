"""Learning from what is drawn alone: the penalties of the network are all that is minimised, no output is compared.

So learn pairs and triplets that enter side by side, and a picture that is a parameter of its own: Hadsell, Chopra and
LeCun, Dimensionality reduction by learning an invariant mapping, 2006; Gatys, Ecker and Bethge, A neural algorithm of
artistic style, 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nndesigner.base.fields import Values
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, Head
from nndesigner.objectives import supervised
from nndesigner.objectives.objective import Compiled, Objective, Outcome, Score, Turn, Way

if TYPE_CHECKING:
    from torch import Tensor


def _why_not(checked: CheckedNetwork) -> str:
    if checked.obstacles:
        return checked.obstacles[0].message
    if not checked.penalties:
        return tr(
            "Nothing of what is drawn says what is wanted: add a Penalty, a Contrastive or a Triplet loss, or choose"
            " another way of learning."
        )
    if not checked.heads:
        return tr("The network has no output: add an Output for what it gives when it has learned.")
    for head in checked.heads:
        if not head.unjudged:
            return tr(
                "{name} has a loss of its own: choose “none (learned elsewhere)” there, or supervised learning, where"
                " what is drawn counts as well.",
                name=head.node.name,
            )
        if head.target is None:
            return tr(
                "The output {name} belongs to no target: choose data for the project.", name=head.node.name
            )
    return ""


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    answers = len(checked.heads)

    def judge(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        outputs = compiled.for_loss(*inputs)
        parts = list(outputs[answers:])
        total = sum(
            (share * part for share, part in zip(compiled.shares[answers:], parts, strict=True)), parts[0] * 0
        )
        return Outcome(total, parts, outputs[:answers])

    return Way(turns=(Turn(judge=judge),), judge=judge, parts=compiled.parts[answers:])


def _no_scores(heads: Sequence[Head]) -> tuple[Score, ...]:
    return ()


DRAWN = Objective(
    type="drawn",
    label="Losses of the drawing",
    help="Minimises what is drawn and nothing else: Penalty, Contrastive loss, Triplet loss and the like. No output is"
    " compared with anything; what they give is what is used afterwards. For pairs and triplets that enter side by"
    " side, and for style transfer, where the picture itself is a Parameter that learns.",
    reference="Gatys, Ecker and Bethge, A neural algorithm of artistic style, 2015",
    why_not=_why_not,
    targets=supervised.targets,
    begin=_begin,
    scores=_no_scores,
    order=42,
)
