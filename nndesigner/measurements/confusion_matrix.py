"""Which classes are taken for which, over the whole validation part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.measurements.judged import target_of
from nndesigner.measurements.measurement import Context, Measured, Measurement

if TYPE_CHECKING:
    from torch import Tensor

MOST_CLASSES = 256


def _applies(node: CheckedNode) -> bool:
    found = target_of(node)
    return found is not None and found.kind == "class" and 2 <= len(found.classes) <= MOST_CLASSES


def _applies_to(checked: CheckedNetwork) -> bool:
    return bool(checked.heads) and _applies(checked.heads[0].node)


def _measure(values: Sequence[tuple[Sequence[Tensor], Sequence[Tensor]]], context: Context) -> Measured:
    """{"counts": (classes, classes) int64}: rows are the truth, columns what was answered."""
    import torch

    head = context.head
    assert head is not None and head.target is not None and head.loss is not None
    classes = len(head.target.classes)
    counts = torch.zeros(classes * classes, dtype=torch.int64, device=context.device)
    for outputs, targets in values:
        value, target = outputs[context.head_index], targets[context.head_index]
        if head.width == 1:
            answer = (value.reshape(target.shape) > head.threshold).to(torch.int64)
        else:
            answer = value.argmax(dim=head.class_axis)
        places = target * classes + answer
        counts.scatter_add_(0, places.reshape(-1), torch.ones_like(places).reshape(-1))
    return {"counts": counts.reshape(classes, classes).cpu().numpy().astype(np.int64)}, {
        "classes": list(head.target.classes)
    }


CONFUSION_MATRIX = Measurement(
    name="confusion_matrix",
    label="Confusion matrix",
    help="For each class of the validation data, which classes were answered. The diagonal is right.",
    reads="validation",
    applies=_applies,
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
)
