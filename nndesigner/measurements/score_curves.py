"""How well probabilities tell each class from the rest, and whether they can be believed: over the validation part.

Probabilities are counted in 200 bins of each class, with about as many samples in each: those of a fresh network crowd
in one place, those of a trained one at 0 and 1. The area under the ROC curve counts two in one bin as half (Fawcett, An
introduction to ROC analysis, 2006); average precision is Σ (Rₙ - Rₙ₋₁) Pₙ; the expected calibration error takes 15 bins
of the largest probability (Guo et al., On calibration of modern neural networks, 2017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.measurements.judged import Judged, chances, first_head, ignored, target_of
from nndesigner.measurements.measurement import Context, Measured, Measurement

if TYPE_CHECKING:
    from torch import Tensor

BINS = 200
MOST_RANKED = 20_000
"""samples from which the ends of the bins are taken"""
CALIBRATION_BINS = 15
MOST_CLASSES = 64
Counts = npt.NDArray[np.int64]


def _applies(node: CheckedNode) -> bool:
    field = target_of(node)
    return field is not None and field.kind == "class" and 2 <= len(field.classes) <= MOST_CLASSES


def _applies_to(checked: CheckedNetwork) -> bool:
    node = first_head(checked)
    return node is not None and _applies(node)


def _measure(values: Judged, context: Context) -> Measured:
    """{"with", "without": (classes, 200) int32: how many samples of the class, and of the others, were given which
    probability of it, the smallest ones first; "certain", "right": (15,) int32 and "claimed": (15,) float32: how many
    answers had which largest probability, how many of them were right, and the sum of what they claimed}.

    meta: "classes", "auc" and "precision" (average precision; NaN for a class without samples), one for each, and
    "calibration_error".
    """
    import torch

    head = context.head
    assert head is not None and head.target is not None
    names = list(head.target.classes)
    number, hidden = len(names), ignored(head)
    found = torch.cat([chances(head, v[context.head_index]).reshape(-1, number) for v, _ in values])
    target = torch.cat([t[context.head_index].reshape(-1) for _, t in values])
    if hidden is not None:
        found, target = found[target != hidden], target[target != hidden]
    places = _places(found)
    of_class = torch.zeros_like(found, dtype=torch.bool).scatter_(1, target[:, None], True).T
    counts = torch.zeros(2, number * BINS, dtype=torch.int64, device=found.device)
    places = places + torch.arange(number, device=places.device)[:, None] * BINS
    for row, mask in enumerate((of_class, ~of_class)):
        counts[row].scatter_add_(0, places.reshape(-1), mask.reshape(-1).long())
    both = counts.reshape(2, number, BINS).cpu().numpy()
    best, answer = found.max(dim=1)
    bins = (best * CALIBRATION_BINS).long().clamp(0, CALIBRATION_BINS - 1)
    certain = torch.zeros(2, CALIBRATION_BINS, dtype=torch.int64, device=found.device)
    certain[0].scatter_add_(0, bins, torch.ones_like(bins))
    certain[1].scatter_add_(0, bins, (answer == target).long())
    claimed = torch.zeros(CALIBRATION_BINS, device=found.device).scatter_add_(0, bins, best)
    answers, right = certain.cpu().numpy()
    sums = claimed.cpu().numpy()
    total = max(int(answers.sum()), 1)
    return {
        "with": both[0].astype(np.int32),
        "without": both[1].astype(np.int32),
        "certain": answers.astype(np.int32),
        "right": right.astype(np.int32),
        "claimed": sums.astype(np.float32),
    }, {
        "classes": names,
        "auc": [area_under_roc(a, b) for a, b in zip(both[0], both[1], strict=True)],
        "precision": [average_precision(a, b) for a, b in zip(both[0], both[1], strict=True)],
        "calibration_error": float(np.abs(right - sums).sum() / total),
    }


def _places(found_NC: Tensor) -> Tensor:
    """(classes, samples): the bin of each probability; equal ones share a bin."""
    import torch

    step = -(-len(found_NC) // MOST_RANKED)
    ranked_CN = found_NC[::step].T.contiguous().sort(dim=1).values
    at = torch.linspace(0, max(ranked_CN.shape[1] - 1, 0), BINS - 1, device=found_NC.device).round().long()
    return torch.searchsorted(ranked_CN[:, at].contiguous(), found_NC.T.contiguous(), right=True)


def roc(of_class: Counts, others: Counts) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """False and true positive rates from the highest threshold to the lowest, (0, 0) and (1, 1) among them."""
    found, false = (np.concatenate(([0], np.cumsum(c[::-1]))) for c in (of_class, others))
    return false / max(false[-1], 1), found / max(found[-1], 1)


def precision_recall(
    of_class: Counts, others: Counts
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Recall and precision from the highest threshold to the lowest, where anything is answered at all."""
    found, false = (np.cumsum(c[::-1]) for c in (of_class, others))
    answered = found + false
    some = answered > 0
    return found[some] / max(int(found[-1]), 1), found[some] / answered[some]


def area_under_roc(of_class: Counts, others: Counts) -> float:
    """NaN where there are no samples of the class, or no others."""
    if not of_class.sum() or not others.sum():
        return float("nan")
    false, found = roc(of_class, others)
    return float(np.trapezoid(found, false))


def average_precision(of_class: Counts, others: Counts) -> float:
    """NaN where there are no samples of the class."""
    if not of_class.sum():
        return float("nan")
    recall, precision = precision_recall(of_class, others)
    return float((np.diff(np.concatenate(([0.0], recall))) * precision).sum())


SCORE_CURVES = Measurement(
    name="score_curves",
    label="ROC, precision and calibration",
    help="How well the probabilities tell each class from the rest at every threshold, and whether they can be"
    " believed.",
    reads="validation",
    applies=_applies,
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
)
