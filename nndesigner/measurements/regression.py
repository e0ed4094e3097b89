"""Answers against the truth, over the validation part, for targets that are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNetwork, CheckedNode
from nndesigner.measurements.judged import Judged, first_head, numbers, tells_numbers
from nndesigner.measurements.measurement import Context, Measured, Measurement

MOST = 2000


def _applies_to(checked: CheckedNetwork) -> bool:
    node = first_head(checked)
    return node is not None and tells_numbers(node)


def _applies(node: CheckedNode) -> bool:
    return tells_numbers(node)


def _measure(values: Judged, context: Context) -> Measured:
    """{"truth", "answer": (n,) float32, "index": (n,) int64} of at most 2,000 samples, evenly spread, for one of the
    target's numbers, in its own units.

    meta, over all samples: "mae", "rmse", "r2" (NaN where the target is always the same), "bias" (mean of answer -
    truth), "column" and "columns" (which number, and how many there are), "samples".
    """
    head = context.head
    assert head is not None
    answers, truths = numbers(head, context.head_index, values)
    columns = truths.shape[1]
    column = min(int(context.options.get("column", 0)), columns - 1)
    answer, truth = answers[:, column].astype(np.float64), truths[:, column].astype(np.float64)
    error = answer - truth
    spread = float(((truth - truth.mean()) ** 2).sum()) if len(truth) else 0.0
    chosen = np.unique(np.linspace(0, len(truth) - 1, min(MOST, len(truth))).round().astype(np.int64))
    meta: dict[str, Any] = {
        "mae": float(np.abs(error).mean()) if len(error) else float("nan"),
        "rmse": float(np.sqrt((error**2).mean())) if len(error) else float("nan"),
        "r2": 1 - float((error**2).sum()) / spread if spread > 0 else float("nan"),
        "bias": float(error.mean()) if len(error) else float("nan"),
        "column": column,
        "columns": columns,
        "samples": len(truth),
        "name": head.target.name if head.target is not None else "",
    }
    index = context.validation[chosen] if len(context.validation) == len(truth) else chosen
    return {
        "truth": truth[chosen].astype(np.float32),
        "answer": answer[chosen].astype(np.float32),
        "index": index.astype(np.int64),
    }, meta


REGRESSION = Measurement(
    name="regression",
    label="Answers and truth",
    help="What was answered against what is true, for every sample of the validation data: on the diagonal it is"
    " right.",
    reads="validation",
    applies=_applies,
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
    options=(
        IntField(
            name="column",
            label="Number",
            default=0,
            minimum=0,
            maximum=10_000,
            help="Which number of a target that has several.",
        ),
    ),
)
