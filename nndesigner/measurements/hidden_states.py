"""The state of a recurrent layer over one sequence, unit by unit, and the gates that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.attention_maps import tokens_of
from nndesigner.measurements.incoming import arriving
from nndesigner.measurements.measurement import Arrays, Context, Measured, Measurement, OneSample, half
from nndesigner.measurements.recurrent_steps import GATES, can_be_unrolled, first_states, unrolled
from nndesigner.measurements.unit import unit_options

if TYPE_CHECKING:
    from torch import Tensor

MOST_UNITS = 128
MOST_STEPS = 256
MOST_CELLS = 40_000
"""numbers of the gates of all units up to which they travel together, else those of the chosen unit do"""
MOST_FEATURES = 3
"""values of the sequence that are drawn under it"""


def _applies(node: CheckedNode) -> bool:
    return node.record.type in GATES and node.use is not None and not node.passes


def _measure(values: Tensor, context: Context) -> Measured:
    """{"hidden" (units, steps) float16, of an LSTM "cell" the same; "gates" (n, gates, steps) float16 of "units" (n,)
    int64; "series" (features, steps) float32: the first values of the sequence that the layer reads}.

    At most 128 units of the last layer, its directions one below the other, and the first 256 steps. No gates of a
    layer that projects its state, and of more than 1,024 steps the states only where every step leaves the layer.
    meta: "index", "offered", "unit", "all", "steps", "parts" (names of the gates), "tokens", "why" (why there are no
    gates: "projection", "length" or "").
    """
    assert context.node is not None and context.node.use is not None and context.one is not None
    node, use = context.node, context.node.use
    sample = int(context.options.get("sample", 0))
    one = context.one(sample, int(context.options.get("number", -1)))
    x = arriving(context, one, "x")
    assert x is not None
    type, steps = node.record.type, len(x)
    projected = int(use["proj_size"]) if type == "LSTM" else 0
    meta: dict[str, Any] = {
        "index": one.index,
        "offered": int(context.indices[min(sample, len(context.indices) - 1)])
        if len(context.indices)
        else -1,
        "steps": steps,
        "parts": list(GATES[type]),
        "tokens": tokens_of(context, one.inputs, 0, steps),
        "why": "projection" if projected else "" if can_be_unrolled(type, steps, projected) else "length",
    }
    arrays: Arrays = {}
    if not meta["why"] and context.layer is not None:
        arrays |= _unrolled(context, one, x, meta)
    elif use["returns"] == "sequence":
        whole = one.activations[context.key, "y"][0].detach().T
        meta["all"] = len(whole)
        arrays["hidden"] = half(_numbers(whole[:MOST_UNITS, :MOST_STEPS]))
        arrays["units"] = np.zeros(0, np.int64)
    else:
        meta["all"] = 0
        arrays["hidden"] = np.zeros((0, 0), np.float16)
        arrays["units"] = np.zeros(0, np.int64)
    meta["unit"] = min(max(int(context.options.get("unit", 0)), 0), max(meta["all"] - 1, 0))
    if not meta["tokens"]:
        arrays["series"] = _numbers(x.T[:MOST_FEATURES, :MOST_STEPS])
        meta["features"] = int(x.shape[1])
    return arrays, meta


def _unrolled(context: Context, one: OneSample, x: Tensor, meta: dict[str, Any]) -> Arrays:
    import torch

    assert context.node is not None
    module, type = context.layer, context.node.record.type
    states = {p: v for p in ("state", "cell") if (v := arriving(context, one, p)) is not None}
    count = int(module.num_layers) * (2 if module.bidirectional else 1)
    ways = unrolled(type, module, x, *first_states(states, count, int(module.hidden_size)))
    hidden = torch.cat([way.hidden.T for way in ways])
    gates = torch.cat([way.gates.permute(2, 1, 0) for way in ways])[..., :MOST_STEPS]
    meta["all"] = len(hidden)
    unit = min(max(int(context.options.get("unit", 0)), 0), len(hidden) - 1)
    chosen = np.arange(len(hidden)) if gates.numel() <= MOST_CELLS else np.array([unit])
    arrays: Arrays = {
        "hidden": half(_numbers(hidden[:MOST_UNITS, :MOST_STEPS])),
        "units": chosen,
        "gates": half(_numbers(gates[chosen])),
    }
    cells = [way.cell.T for way in ways if way.cell is not None]
    if cells:
        arrays["cell"] = half(_numbers(torch.cat(cells)[:MOST_UNITS, :MOST_STEPS]))
    return arrays


def _numbers(values: Tensor) -> Any:
    return np.ascontiguousarray(values.detach().float().cpu().numpy())


HIDDEN_STATES = Measurement(
    name="hidden_states",
    label="Hidden state",
    help="The state of this recurrent layer at every step of one sequence, unit by unit, and the gates of a unit.",
    reads="activations",
    applies=_applies,
    measure=_measure,
    options=unit_options()[:3],
)
