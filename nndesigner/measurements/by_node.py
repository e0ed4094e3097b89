"""Numbers that every node has one of: which row belongs to which node, blocks opened, and whose a weight is.

Rows go by the key of a node (its id, or `a/0/b` inside blocks). What is inside a block counts for the block too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nndesigner.check.checked import CheckedNetwork, Inner

if TYPE_CHECKING:
    from torch import Tensor

MOST_ROWS = 1024
"""nodes that are looked at, in data order"""
Grouped = Mapping[str, Mapping[str, "Tensor"]]
"""weights or their gradients: first part of the name → rest of the name → tensor"""


def rows_of(checked: CheckedNetwork) -> list[Inner]:
    """The nodes that have a row, in data order; a block comes right before what is inside it."""
    found = (inner for inner in checked.walk() if inner.node.role not in ("output", "entry", "exit"))
    return [inner for inner, _ in zip(found, range(MOST_ROWS), strict=False)]


def names_and_keys(rows: Sequence[Inner]) -> dict[str, list[str]]:
    """{"nodes": keys, "names": paths of the modules} for the words that travel with the arrays."""
    return {"nodes": [inner.key for inner in rows], "names": [inner.name for inner in rows]}


def places(grouped: Grouped, rows: Sequence[Inner]) -> list[tuple[tuple[int, ...], Tensor]]:
    """Every tensor with the rows that it counts for."""
    by_name = {inner.name: i for i, inner in enumerate(rows)}
    found = []
    for module, tensors in grouped.items():
        for name, tensor in tensors.items():
            owners = tuple(_owners(f"{module}.{name}" if name else module, by_name))
            if owners:
                found.append((owners, tensor))
    return found


def _owners(path: str, by_name: Mapping[str, int]) -> Iterator[int]:
    """Rows of the node that has a weight of this path and of every block around it.

    A weight that is no module's own, such as `gain1_scale`, belongs to the node `gain1`.
    """
    parts = path.split(".")
    around = ""
    for part in parts:
        here = around + part
        if here in by_name:
            yield by_name[here]
        else:
            names = (here[: -len(rest)] for rest in _ends(part))
            own = next((name for name in names if name in by_name), None)
            if own is not None:
                yield by_name[own]
        around = here + "."


def _ends(part: str) -> Iterator[str]:
    """ "a_b_c" → "_c", "_b_c": the longest name before it is met first."""
    words = part.split("_")
    for n in range(1, len(words)):
        yield "_" + "_".join(words[-n:])


def norms(
    found: Sequence[tuple[tuple[int, ...], Tensor]], rows: int, scales: Sequence[float] | None = None
) -> npt.NDArray[np.float32]:
    """(rows,) float32: the 2-norm over all tensors of each row, NaN where it has none; one copy from the device.

    `scales` multiplies the square of each tensor's norm, where only some of its values were taken.
    """
    import torch

    squares = np.full(rows, np.nan)
    if found:
        values = torch.stack(torch._foreach_norm([t for _, t in found])).cpu().double().square().tolist()
        for i, ((owners, _), square) in enumerate(zip(found, values, strict=True)):
            square *= scales[i] if scales is not None else 1.0
            for row in owners:
                squares[row] = square + (0.0 if np.isnan(squares[row]) else squares[row])
    roots: npt.NDArray[np.float32] = np.sqrt(squares).astype(np.float32)
    return roots


def zeros_and_largest(
    gradients: Sequence[tuple[tuple[int, ...], Tensor]],
    weights: Sequence[tuple[tuple[int, ...], Tensor]],
    rows: int,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """(rows,) float32 each: the share of a row's gradient that is exactly zero, and the largest |w| of its weights; NaN
    where it has none. One copy from the device."""
    import torch

    share, largest = np.full(rows, np.nan, np.float32), np.full(rows, np.nan, np.float32)
    some = torch._foreach_norm([t for _, t in gradients], ord=0) if gradients else []
    most = torch._foreach_norm([t for _, t in weights], ord=float("inf")) if weights else []
    if not (some or most):
        return share, largest
    values = torch.stack([v.float() for v in (*some, *most)]).cpu().tolist()
    known, all_of = np.zeros(rows), np.zeros(rows)
    for (owners, tensor), number in zip(gradients, values, strict=False):
        for row in owners:
            known[row] += number
            all_of[row] += tensor.numel()
    for (owners, _), number in zip(weights, values[len(gradients) :], strict=True):
        for row in owners:
            largest[row] = np.fmax(largest[row], number) if not np.isnan(number) else np.inf
    has = all_of > 0
    share[has] = 1.0 - known[has] / all_of[has]
    return share, largest
