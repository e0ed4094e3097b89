"""The metrics that the best state of a run can be chosen by, besides its loss and its score. It knows no torch.

They are counted in `training/metrics.py` (the usual ones) and `training/task_metrics.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Metric:
    """A metric that the best state can be chosen by. The `usual` ones are measured whether asked for or not."""

    label: str
    larger: bool = True
    usual: bool = False


METRICS = {
    "mae": Metric("Mean absolute error", larger=False, usual=True),
    "rmse": Metric("Root mean square error", larger=False, usual=True),
    "balanced_accuracy": Metric("Balanced accuracy"),
    "f1": Metric("F1, mean of the classes"),
    "auroc": Metric("Area under the ROC curve"),
    "top5": Metric("Accuracy of the top 5"),
    "dice": Metric("Dice coefficient"),
    "perplexity": Metric("Perplexity", larger=False),
    "psnr": Metric("PSNR"),
}
"""By the word that is saved in a plan and names the curve; "loss" and "score" are apart."""
LARGER_IS_BETTER = ("accuracy", "iou", "r2", *(name for name, metric in METRICS.items() if metric.larger))
"""what the name of a number begins with where a larger one is better"""


def measures_more(plan: Mapping[str, Any]) -> bool:
    """Whether evaluations tell more than the usual metrics."""
    best_by = METRICS.get(plan["best_by"])
    return bool(plan["more_metrics"]) or (best_by is not None and not best_by.usual)
