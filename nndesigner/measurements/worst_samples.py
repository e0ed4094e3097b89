"""The validation samples that the network gets most wrong, or of which it is wrongly most certain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.base.fields import ChoiceField
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.measurements.judged import (
    Judged,
    chances,
    first_head,
    ignored,
    numbers,
    tells_classes,
    tells_numbers,
)
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement

if TYPE_CHECKING:
    from torch import Tensor

    from nndesigner.check.checked import Head

MOST = 24


def _applies(node: CheckedNode) -> bool:
    return tells_classes(node) or tells_numbers(node)


def _applies_to(checked: CheckedNetwork) -> bool:
    node = first_head(checked)
    return node is not None and _applies(node)


def _measure(values: Judged, context: Context) -> Measured:
    """At most 24 samples, the worst first: "index" int64 (number in the data), "loss" float32, "answer" and "truth"
    float32 (classes, or the first number in its own units; NaN where a sample has many), "certain" float32 (the
    probability of the answer; NaN for numbers). meta: "kind", "classes", "samples", "wrong" (how many there are in all;
    -1 for numbers) and "previews", a small picture or text of each (see `data/preview.py`).

    The loss is -log p(truth), its mean where a sample has many classes, and for numbers the square of the error.
    """
    import torch

    head = context.head
    assert head is not None and head.target is not None
    meta: dict[str, Any] = {"kind": head.target.kind, "classes": list(head.target.classes)}
    certain_first = context.options.get("order") == "certain"
    if head.target.kind in ("class", "tokens"):
        parts = [
            _of_classes(head, value[context.head_index], target[context.head_index])
            for value, target in values
        ]
        loss, answer, truth, certain, wrong = (torch.cat(column) for column in zip(*parts, strict=True))
        rank = torch.where(wrong, certain, certain - 2.0) if certain_first else loss
        meta["wrong"] = int(wrong.sum())
        if certain_first:
            number = min(MOST, meta["wrong"])
        else:
            number = min(MOST, len(loss))
        chosen = rank.nan_to_num(nan=-torch.inf).topk(number).indices.cpu().numpy()
        columns = [column.float().cpu().numpy()[chosen] for column in (loss, answer, truth, certain)]
    else:
        answers, truths = numbers(head, context.head_index, values)
        errors = ((answers - truths) ** 2).mean(axis=1)
        chosen = np.argsort(-np.nan_to_num(errors, nan=np.inf), kind="stable")[:MOST]
        nothing = np.full(len(chosen), np.nan, np.float32)
        single = answers.shape[1] == 1
        columns = [
            errors[chosen],
            answers[chosen, 0] if single else nothing,
            truths[chosen, 0] if single else nothing,
            nothing,
        ]
        meta["wrong"] = -1
    meta["samples"] = sum(len(target[context.head_index]) for _, target in values)
    meta["order"] = "certain" if certain_first else "loss"
    meta["previews"] = list(context.previews(chosen)) if context.previews is not None else []
    names = ("loss", "answer", "truth", "certain")
    arrays: Arrays = {name: column.astype(np.float32) for name, column in zip(names, columns, strict=True)}
    arrays["index"] = context.validation[chosen] if len(context.validation) else chosen.astype(np.int64)
    return arrays, meta


def _of_classes(head: Head, value: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    """Loss, answer, truth, certainty and whether it is wrong, for each sample of a batch."""
    import torch

    found = chances(head, value)
    target = target.reshape(found.shape[:-1])
    hidden = ignored(head)
    counted = torch.ones_like(target, dtype=torch.bool) if hidden is None else target != hidden
    safe = torch.where(counted, target, torch.zeros_like(target))
    loss = -found.gather(-1, safe.unsqueeze(-1)).squeeze(-1).clamp(min=1e-12).log()
    certain, answer = found.max(dim=-1)
    wrong = (answer != target) & counted
    if target.ndim == 1:
        loss = torch.where(counted, loss, torch.zeros_like(loss))
        return loss, answer, target, certain, wrong
    rest = tuple(range(1, target.ndim))
    many = counted.sum(dim=rest).clamp(min=1)
    unknown = torch.full((len(target),), torch.nan, device=loss.device)
    mean = torch.where(counted, loss, torch.zeros_like(loss)).sum(dim=rest) / many
    share = certain.mean(dim=rest)
    return (
        mean,
        unknown,
        unknown,
        share,
        wrong.any(dim=1) if target.ndim == 2 else wrong.flatten(1).any(dim=1),
    )


WORST_SAMPLES = Measurement(
    name="worst_samples",
    label="Worst samples",
    help="The validation samples with the largest loss, or the wrong answers that the network is most certain of."
    " Labels that are wrong themselves turn up here.",
    reads="validation",
    applies=_applies,
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
    options=(
        ChoiceField(
            name="order",
            label="Order",
            default="loss",
            choices={"loss": "largest loss", "certain": "most certain and wrong"},
            help="Which samples come first.",
        ),
    ),
)
