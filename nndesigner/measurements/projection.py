"""What a node makes of many samples, seen in the plane in which they differ most: a principal component analysis.

Samples that the node holds for alike lie together. The components are those of the covariance of what leaves the node
(Jolliffe, Principal Component Analysis, 2002); each is turned so that its largest part is positive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNode
from nndesigner.data.preparation import restore
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement, first_output

if TYPE_CHECKING:
    from torch import Tensor

MOST_FEATURES = 256


def _applies(node: CheckedNode) -> bool:
    type = first_output(node)
    return (
        node.role not in ("output", "penalty")
        and type is not None
        and type.element == "float"
        and type.rank >= 2
        and type.meanings[0] == "batch"
    )


def _measure(values: None, context: Context) -> Measured:
    """{"points": (n, 2) float32, "index": (n,) int64, and "codes": (n,) int32 (classes) or "value": (n,) float32}.

    Of maps and sequences each channel or feature is averaged. meta: "explained" (the share of the variance along each
    axis), "features", "classes", "target".
    """
    import torch

    assert context.node is not None and context.rows is not None
    port = next(iter(context.node.outputs))
    features: list[Tensor] = []
    targets: list[Tensor] = []
    indices = []
    for rows in context.rows(int(context.options.get("samples", 512))):
        features.append(reduced(rows.activations[context.key, port], context.node))
        if rows.targets:
            targets.append(rows.targets[0])
        indices.append(rows.indices)
    x = torch.cat(features).float().cpu()  # small, and not every accelerator finds eigenvectors
    points, explained = principal(torch.nan_to_num(x))
    meta: dict[str, Any] = {"explained": explained, "features": int(x.shape[1]), "classes": [], "target": ""}
    arrays: Arrays = {"points": points.cpu().numpy().astype(np.float32), "index": np.concatenate(indices)}
    target = context.heads[0].target if context.heads else None
    if target is not None and targets and targets[0].ndim <= 2:
        told = torch.cat(targets).cpu()
        meta["target"] = target.name
        if told.dtype == torch.int64 and told.ndim == 1 and target.kind == "class":
            arrays["codes"] = told.numpy().astype(np.int32)
            meta["classes"] = list(target.classes)
        elif told.is_floating_point():
            numbers = told.numpy()
            if target.preparation.get("kind") == "affine":
                numbers = restore(target, numbers)
            arrays["value"] = numbers.reshape(len(numbers), -1)[:, 0].astype(np.float32)
    return arrays, meta


def reduced(value: Tensor, node: CheckedNode) -> Tensor:
    """(n, features): at most 256 numbers of each sample."""
    type = first_output(node)
    value = value.detach()
    if value.ndim > 2:
        meanings = type.meanings if type is not None else ()
        axis = meanings.index("channel") if "channel" in meanings else value.ndim - 1
        others = tuple(i for i in range(1, value.ndim) if i != axis)
        value = value.mean(dim=others) if value.shape[axis] > 1 else value.flatten(1)
    value = value.reshape(len(value), -1)
    if value.shape[1] > MOST_FEATURES:
        value = value[:, _spread(value.shape[1])]
    return value


def _spread(features: int) -> Any:
    """Places of 256 features, evenly spread."""
    return np.linspace(0, features - 1, MOST_FEATURES).round().astype(np.int64)


def principal(x_NF: Tensor) -> tuple[Tensor, list[float]]:
    """The samples along the two directions in which they differ most, and the share of the variance along each."""
    import torch

    x_NF = x_NF - x_NF.mean(dim=0)
    if x_NF.shape[1] == 1:
        x_NF = torch.cat((x_NF, torch.zeros_like(x_NF)), dim=1)
    values, vectors_FK = torch.linalg.eigh(x_NF.T @ x_NF)
    axes_F2 = vectors_FK[:, [-1, -2]]
    largest = axes_F2.gather(0, axes_F2.abs().argmax(dim=0, keepdim=True))
    axes_F2 = axes_F2 * torch.where(largest < 0, -1.0, 1.0)
    whole = values.clamp(min=0).sum().clamp(min=1e-30)
    explained = [float(v) for v in (values[[-1, -2]].clamp(min=0) / whole).tolist()]
    return x_NF @ axes_F2, explained


PROJECTION = Measurement(
    name="projection",
    label="Projection",
    help="What this node makes of some hundred validation samples, in the plane in which they differ most. Classes that"
    " the network can tell apart here lie apart.",
    reads="network",
    applies=_applies,
    measure=_measure,
    needs_probe=False,
    options=(
        IntField(
            name="samples",
            label="Samples",
            default=512,
            minimum=16,
            maximum=2000,
            help="How many samples of the validation part are shown.",
        ),
    ),
)
