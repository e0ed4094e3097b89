"""Masked language model: tokens of a text are hidden, and the network tells from both sides what they were.

Of each text 15 % of the tokens are chosen; of those 80 % are replaced by the token that stands for “masked”, 10 % by a
random one, and 10 % stay. Only the chosen places cost anything. Devlin et al., BERT: Pre-training of deep
bidirectional transformers for language understanding, 2019, section 3.1 and appendix A.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nndesigner.base.fields import FloatField, Values
from nndesigner.base.text import tr
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head
from nndesigner.check.sections import reconstructs
from nndesigner.objectives import supervised
from nndesigner.objectives.objective import Compiled, Objective, Outcome, Score, Turn, Way

if TYPE_CHECKING:
    from torch import Generator, Tensor

HIDDEN, RANDOM = 0.8, 0.1
"""of the chosen tokens: replaced by the mask, by a random token"""
ACCURACY = "accuracy · masked"
PAD = "<pad>"


def masked_text(checked: CheckedNetwork) -> tuple[int, CheckedNode, Head] | None:
    """The input whose text is masked, its number, and the output that is compared with it."""
    for head in checked.heads:
        if head.target is None or head.target.kind != "tokens" or not reconstructs(checked, head):
            continue
        for place, node in enumerate(checked.inputs):
            if node.field is not None and node.field.name == head.target.name:
                return place, node, head
    return None


def _why_not(checked: CheckedNetwork) -> str:
    if reason := supervised.why_not(checked):
        return reason
    found = masked_text(checked)
    if found is None:
        return tr(
            "A masked text is compared with itself: read tokens, and choose the same field as the target of an output."
        )
    _, node, head = found
    assert node.field is not None and head.loss is not None
    if head.loss.name != "cross_entropy":
        return tr(
            "{name} tells which token was masked: its loss has to be cross-entropy.", name=head.node.name
        )
    tokens = len(node.field.tokens)
    if (node.outputs["y"].values or 0) <= tokens:
        return tr(
            "The network has no token that stands for “masked”: set the vocabulary of {name} to {n}, one more than the"
            " data has.",
            name=node.name,
            n=tokens + 1,
        )
    return ""


def masked(
    text: Tensor, share: float, tokens: int, pad: int | None = None, generator: Generator | None = None
) -> tuple[Tensor, Tensor]:
    """(n, time) token codes → what the network sees, and at which places it is judged (bool).

    In each text `share` of the places are judged, one at least, and none that only fills up (`pad`). `tokens` is the
    number of tokens of the data, and the code of the mask. `generator` draws, torch's own without one.
    """
    import torch

    rank = torch.rand(text.shape, device=text.device, generator=generator)
    if pad is not None:
        rank = rank.masked_fill(text == pad, -1.0)
    count = max(1, round(share * text.shape[1]))
    best = rank.topk(count, dim=1)
    judged = torch.zeros_like(text, dtype=torch.bool).scatter_(1, best.indices, best.values >= 0)
    what = torch.rand(text.shape, device=text.device, generator=generator)
    seen = torch.where(judged & (what < HIDDEN), tokens, text)
    drawn = torch.randint(tokens, text.shape, device=text.device, generator=generator)
    return torch.where(judged & (what >= HIDDEN) & (what < HIDDEN + RANDOM), drawn, seen), judged


def _begin(compiled: Compiled, checked: CheckedNetwork, values: Values) -> Way:
    found = masked_text(checked)
    assert found is not None  # why_not refuses other networks
    place, node, head = found
    assert node.field is not None
    known = node.field.tokens
    index, share = checked.heads.index(head), float(values["mask_share"])
    pad = known.index(PAD) if PAD in known else None

    def judge(inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Outcome:
        import torch

        given = list(inputs)
        given[place], judged = masked(inputs[place], share, len(known), pad)
        outputs = compiled.for_loss(*given)
        parts = compiled.losses(outputs, targets)
        scores, wanted = outputs[index].movedim(head.class_axis, -1)[judged], targets[index][judged]
        number = max(len(wanted), 1)
        parts[index] = torch.nn.functional.cross_entropy(scores, wanted, reduction="sum") / number
        right = (scores.argmax(dim=-1) == wanted).sum() / number
        total = sum(
            (weight * part for weight, part in zip(compiled.shares, parts, strict=True)), parts[0] * 0
        )
        return Outcome(total, parts, outputs[: len(compiled.heads)], (right,))

    return Way(
        turns=(Turn(judge=judge),), judge=judge, parts=compiled.parts, means=(ACCURACY,), score=ACCURACY
    )


def _no_scores(heads: Sequence[Head]) -> tuple[Score, ...]:
    return ()


MASKED_TOKENS = Objective(
    type="masked_tokens",
    label="Masked tokens",
    help="Learns a language as BERT does: some tokens of a text are hidden, and the network tells from both sides what"
    " they were. Of the chosen tokens 80 % are replaced by one that stands for “masked” (its number follows those of"
    " the data), 10 % by a random one, 10 % stay; only they are judged. Choose the text as the target of the output, a"
    " vocabulary of one more for the input, and no causal layers.",
    reference="Devlin et al., BERT: Pre-training of deep bidirectional transformers for language understanding, 2019",
    why_not=_why_not,
    targets=supervised.targets,
    begin=_begin,
    scores=_no_scores,
    order=15,
    parameters=(
        FloatField(
            name="mask_share",
            label="Masked",
            default=0.15,
            minimum=0.0,
            open_minimum=True,
            maximum=1.0,
            help="Which share of the tokens of each text is chosen to be told.",
        ),
    ),
)
