"""The singular values of a node's weights, and how many of them count.

A layer whose effective rank falls far below its size uses few directions: it could be smaller, or has stopped learning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement

if TYPE_CHECKING:
    from torch import Tensor

MOST_VALUES = 1024 * 1024
"""values of a matrix that is decomposed: a quarter of a second on one core"""
MOST_TENSORS = 6


def _applies(node: CheckedNode) -> bool:
    return node.role == "layer" and node.weights > 0


def _measure(values: Mapping[str, Tensor], context: Context) -> Measured:
    """For each weight of two axes or more, its first axis against all others: "<name>.values" (n,) float32, the
    singular values, largest first; meta["weights"][name] has "rows", "columns", "effective_rank" and "stable_rank", or
    "reason" ("large", "not_finite") where it is not decomposed."""
    import torch

    arrays: Arrays = {}
    meta: dict[str, dict[str, Any]] = {}
    matrices = {name: w.reshape(w.shape[0], -1) for name, w in values.items() if w.ndim > 1 and w.numel()}
    for name, matrix in list(matrices.items())[:MOST_TENSORS]:
        about: dict[str, Any] = {"rows": int(matrix.shape[0]), "columns": int(matrix.shape[1])}
        meta[name] = about
        if matrix.numel() > MOST_VALUES:
            about["reason"] = "large"
        elif not bool(torch.isfinite(matrix).all()):
            about["reason"] = "not_finite"
        else:
            found = torch.linalg.svdvals(matrix.float()).cpu().numpy().astype(np.float32)
            arrays[f"{name}.values"] = found
            about["effective_rank"], about["stable_rank"] = ranks(found)
    return arrays, {"weights": meta}


def ranks(values: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Effective rank, the exponential of the entropy of σ / Σσ (Roy & Vetterli, The effective rank, EUSIPCO 2007), and
    stable rank, Σσ² / max σ² (Rudelson & Vershynin, 2007). Both are 0 for a matrix of zeros."""
    sigma = values.astype(np.float64)
    if not len(sigma) or sigma.max() <= 0:
        return 0.0, 0.0
    share = sigma / sigma.sum()
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum())), float((sigma**2).sum() / sigma.max() ** 2)


SPECTRUM = Measurement(
    name="spectrum",
    label="Spectrum",
    help="The singular values of this node's weights, and how many of them count.",
    reads="weights",
    applies=_applies,
    measure=_measure,
    needs_probe=False,
    slow=True,
)
