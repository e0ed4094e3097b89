"""What an evaluation leaves behind, as measurements read it: probabilities, or numbers in the data's own units.

The values are those that the losses read; what makes answers of them the loss says (`Loss.link`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nndesigner.base.data_field import DataField
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head
from nndesigner.data.preparation import restore
from nndesigner.layers.losses.catalogue import LOSSES, NONE

if TYPE_CHECKING:
    from torch import Tensor

Judged = Sequence[tuple[Sequence["Tensor"], Sequence["Tensor"]]]
"""batches of (values that the losses read, targets), one of each per head, in the order of the samples"""


def tells_classes(node: CheckedNode) -> bool:
    """Whether an output is compared with classes, each at its own place."""
    field = target_of(node)
    return field is not None and field.kind in ("class", "tokens") and _aligned(node)


def _aligned(node: CheckedNode) -> bool:
    loss = LOSSES.get(node.use.values.get("loss", "")) if node.use is not None else None
    return loss is None or loss.aligned


def tells_numbers(node: CheckedNode) -> bool:
    """Whether an output is compared with numbers of which each sample has a few."""
    field = target_of(node)
    return field is not None and field.kind == "number"


def target_of(node: CheckedNode) -> DataField | None:
    """The data field that an output is compared with; None where there is none, or no loss compares them."""
    if node.role != "output" or node.use is None or node.use.values.get("loss") == NONE:
        return None
    wanted = node.use.values.get("target", "")
    fields = [f for f in node.use.fields.values() if f.role in ("target", "either")]
    return next((f for f in fields if f.name == wanted), None) if wanted else next(iter(fields), None)


def first_head(checked: CheckedNetwork) -> CheckedNode | None:
    return checked.heads[0].node if checked.heads else None


def chances(head: Head, value: Tensor) -> Tensor:
    """(N, …, classes): the probability of each class. Scores that no link makes probabilities of (a hinge loss) go
    through a softmax, so that they have an order between 0 and 1."""
    import torch

    value = value.detach().float().movedim(head.class_axis, -1)
    link = head.loss.link if head.loss is not None else ""
    if value.shape[-1] == 1:
        one = value[..., 0]
        one = torch.sigmoid(one) if link == "sigmoid" or not _shares(one) else one
        return torch.stack((1 - one, one), dim=-1)
    if link == "exp":
        return value.exp()
    return value if link != "softmax" and _shares(value) else torch.softmax(value, dim=-1)


def _shares(value: Tensor) -> bool:
    """Whether all values could be probabilities."""
    return bool(((value >= 0) & (value <= 1)).all())


def ignored(head: Head) -> int | None:
    """The class that is not counted."""
    return head.loss_use().ignore if head.loss is not None else None


def numbers(
    head: Head, index: int, judged: Judged
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Answers and targets of a head as (samples, values) in the data's own units."""
    assert head.target is not None
    link = head.loss.link if head.loss is not None else ""
    found: list[npt.NDArray[np.float32]] = []
    for side in (0, 1):
        parts = []
        for batch in judged:
            value = batch[side][index].detach().float()
            if side == 0:
                value = value.exp() if link == "exp" else value.sigmoid() if link == "sigmoid" else value
            parts.append(value.cpu().numpy())
        whole = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
        if head.target.preparation.get("kind") == "affine":
            whole = restore(head.target, whole)
        found.append(np.ascontiguousarray(whole.reshape(len(whole), -1), np.float32))
    return found[0], found[1]
