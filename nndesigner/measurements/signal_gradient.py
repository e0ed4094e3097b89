"""How strong the signal is that leaves every node, and how strong the gradient is that comes back to it.

Both along the same wires: the spread of the values on a few samples, and the spread of the gradient of each sample's
own loss with respect to them. Penalties are left out: they are no matter of a sample. Where several wires leave a port,
the gradient is the sum of what comes back along all of them.
"""

from __future__ import annotations

import numpy as np

from nndesigner.check.checked import CheckedNetwork
from nndesigner.measurements.by_node import rows_of
from nndesigner.measurements.measurement import Context, Measured, Measurement

SAMPLES = 16
FEWEST = 8
LARGE = 50_000_000
"""multiply-accumulates of one sample from which on fewer samples go along"""
MOST_PLACES = 2048


def _applies_to(checked: CheckedNetwork) -> bool:
    return any(node.role == "layer" for node in checked.compiled) and any(
        head.loss is not None and head.target is not None for head in checked.heads
    )


def _measure(values: None, context: Context) -> Measured:
    """Float32 arrays of one entry per output port, in data order: "signal", the standard deviation of the values that
    leave it, and "gradient", that of the gradient that comes back, NaN where none does. meta: "nodes" (keys), "ports",
    "names", "samples"."""
    import torch

    assert context.backward is not None
    macs = context.checked.macs.at(context.checked.example)
    samples = SAMPLES if macs < LARGE else FEWEST
    forward, backward, taken = context.backward(samples)
    rows = {inner.key: inner for inner in rows_of(context.checked)}
    places = [
        (key, port)
        for key, inner in rows.items()
        for port in inner.node.outputs
        if (value := forward.get((key, port))) is not None and value.is_floating_point() and value.numel()
    ][:MOST_PLACES]
    numbers = []
    for place in places:
        there = forward[place].detach()
        back = backward.get(place)
        numbers += [
            torch.std(there, correction=0),
            torch.std(back, correction=0) * taken if back is not None else there.new_full((), torch.nan),
        ]
    both = torch.stack([n.float() for n in numbers]).cpu().numpy() if numbers else np.zeros(0, np.float32)
    arrays = {"signal": both[::2].astype(np.float32), "gradient": both[1::2].astype(np.float32)}
    return arrays, {
        "nodes": [key for key, _ in places],
        "ports": [port for _, port in places],
        "names": [rows[key].name for key, _ in places],
        "samples": taken,
    }


SIGNAL_GRADIENT = Measurement(
    name="signal_gradient",
    label="Signal and gradient",
    help="How strong the signal is that leaves every node, and the gradient that comes back to it: what shrinks on its"
    " way back to the input learns slowly there, what grows explodes.",
    reads="network",
    applies_to=_applies_to,
    measure=_measure,
    needs_probe=False,
    over_time=True,
    rate=1.0,
)
