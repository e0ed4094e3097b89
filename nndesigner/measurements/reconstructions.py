"""What entered the network and what it gave back, for a few validation images."""

from __future__ import annotations

from nndesigner.check.checked import CheckedNetwork
from nndesigner.check.sections import reconstructs
from nndesigner.measurements.making import pictured
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement

NUMBER = 24


def _applies(checked: CheckedNetwork) -> bool:
    return _head(checked) is not None and not any(node.record.type == "NoiseInput" for node in checked.inputs)


def _head(checked: CheckedNetwork) -> int | None:
    """The first output that gives an image back."""
    return next(
        (
            i
            for i, head in enumerate(checked.heads)
            if reconstructs(checked, head)
            and head.arriving.rank == 4
            and head.arriving.meanings[1] == "channel"
        ),
        None,
    )


def _measure(values: None, context: Context) -> Measured:
    """{"wanted", "answer", and "seen" where the input is distorted: each (n, height, width) or (…, 3) uint8;
    "indices": (n,) int64}."""
    import torch

    at = _head(context.checked)
    assert at is not None and context.answers is not None
    inputs = [x[:NUMBER] for x in context.inputs]
    wanted = context.targets[at][:NUMBER]
    seen = inputs
    if context.distort is not None:
        torch.manual_seed(0)  # the monitor puts the generator back
        seen = context.distort(inputs)
    answer = context.answers(*seen)[at]
    field = context.heads[at].target
    pictures = [wanted, answer]
    if context.distort is not None and field is not None:
        names = [known.name if known is not None else "" for known in context.input_fields]
        pictures.append(seen[names.index(field.name)])
    made = pictured(*pictures)
    arrays: Arrays = {"wanted": made[0], "answer": made[1], "indices": context.indices[:NUMBER]}
    if len(made) > 2:
        arrays["seen"] = made[2]
    error = torch.mean((answer.float() - wanted.float()) ** 2)
    return arrays, {"mse": float(error)}


RECONSTRUCTIONS = Measurement(
    name="reconstructions",
    label="Reconstructions",
    help="A few validation images and what the network gives back of them.",
    reads="network",
    applies_to=_applies,
    measure=_measure,
    needs_probe=False,
)
