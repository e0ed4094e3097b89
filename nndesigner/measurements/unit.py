"""One unit of a layer for one sample: what comes in, what each input counts for, what leaves, and its gradient.

A unit is a neuron of a linear layer, a channel of a convolution, a unit of a recurrent layer's state, a head of an
attention; of any other layer a channel or feature of what leaves it. Of a small layer all units are told at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nndesigner.base.fields import Field, IntField
from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.attention_maps import ATTENDING, scores, tokens_of
from nndesigner.measurements.health import unit_axis
from nndesigner.measurements.incoming import (
    WEIGHTED,
    Incoming,
    around,
    arriving,
    followers,
    heads,
    recurrent,
    weighted,
)
from nndesigner.measurements.measurement import (
    Arrays,
    Context,
    Measured,
    Measurement,
    OneSample,
    first_output,
    half,
)
from nndesigner.measurements.recurrent_steps import GATES

if TYPE_CHECKING:
    from torch import Tensor

MOST_PICTURED = 256
"""units with a picture of what they give"""
PICTURE, WHOLE = 24, 64
"""longest side of such a picture, and of the chosen unit's"""
PIXELS = 16_384
"""of the pictures of all units together"""


def _applies(node: CheckedNode) -> bool:
    type = first_output(node)
    return (
        node.role in ("layer", "input")
        and type is not None
        and type.element == "float"
        and type.rank >= 2
        and type.meanings[0] == "batch"
    )


def kind_of(node: CheckedNode) -> str:
    """ "sum" (one sum of inputs), "gates" (a recurrent layer), "head" (an attention), or "plain"."""
    if node.passes:
        return "plain"
    if node.record.type in WEIGHTED:
        return "sum"
    if node.record.type in GATES:
        return "gates"
    return "head" if node.record.type in ATTENDING else "plain"


def _measure(values: Tensor, context: Context) -> Measured:
    """Of the chosen unit and, in a small layer, of all others, with one row for each of "units" (n,) int64:

    "weight", "gradient" (n, sums, inputs), "inputs" (n, 1 or sums, inputs), "bias" and "sum" (n, sums) as told in
    `incoming.py`; "output" (n,) what the unit gives at its place, "output_gradient" (n,) the loss's gradient there,
    "after" (n, functions) what leaves the functions behind it, "places" (n,) int64 positions in its map, all float32.
    Of a recurrent layer "step", "gates", "hidden", "before" and of an LSTM "cell", "cell_before". Of an
    attention "scores" and "shares" (keys,) of the query at the chosen place.

    "values" (at most 256 units, height, width) float16 is what every unit gives for this sample, "map" (height, width)
    float32 what the chosen one does. meta: "unit", "all" (units), "kind", "parts" (names of the sums), "shape",
    "split", "cut", "window", "size" (of the whole map), "names" (of inputs), "source" (name of the node before),
    "functions" (name and type of each), "index" (the sample's number), "offered" (that of the sample of the probe
    batch), "preview", "tokens", "frozen".
    """
    assert context.node is not None and context.one is not None
    node, options = context.node, context.options
    sample = int(options.get("sample", 0))
    one = context.one(sample, int(options.get("number", -1)))
    kind = kind_of(node)
    meta: dict[str, Any] = {
        "kind": kind,
        "index": one.index,
        "offered": int(context.indices[min(sample, len(context.indices) - 1)])
        if len(context.indices)
        else -1,
        "preview": _preview(context, one),
        "source": _source_name(context),
        "frozen": bool(node.record.frozen),
    }
    if kind == "head" and node.use is not None:
        made = _of_head(context, one, meta)
        if made is not None:
            return made, meta
        meta["kind"] = kind = "plain"
    whole = one.activations[context.key, next(iter(node.outputs))]
    (slope,) = one.gradients(whole)
    axis = (unit_axis(node) or 1) - 1
    size, by_unit = _by_unit(whole[0].detach(), axis)
    units = len(by_unit)
    unit = min(max(int(options.get("unit", 0)), 0), units - 1)
    place = int(options.get("place", -1))
    places = (
        np.full(units, place, np.int64)
        if 0 <= place < by_unit.shape[1]
        else np.nan_to_num(by_unit.float().cpu().numpy(), nan=-np.inf).argmax(axis=1).astype(np.int64)
    )
    meta |= {
        "unit": unit,
        "all": units,
        "size": size,
        "parts": [],
        "shape": [],
        "split": 0,
        "cut": 0,
        "names": [],
    }
    incoming: Incoming | None = None
    arrays: Arrays = {}
    if kind == "sum":
        incoming = weighted(context, one, by_unit, places, unit)
    elif kind == "gates":
        step = places[unit] if size else -1
        found = recurrent(context, one, int(place if place >= 0 or not size else step), unit)
        if found is not None:
            incoming, states = found
            arrays |= states
            if size:
                places = np.full(units, int(states["step"][0]), np.int64)
    if incoming is not None:
        chosen = incoming.units
        arrays |= incoming.arrays
        meta |= {
            "parts": list(incoming.parts),
            "shape": list(incoming.shape),
            "split": incoming.split,
            "cut": incoming.cut,
            "names": _names(context, incoming),
            "window": incoming.window,
        }
    else:
        chosen = np.arange(units) if units <= MOST_PICTURED else np.array([unit])
        meta["kind"] = "plain"
    side = min(PICTURE, int((PIXELS / min(units, MOST_PICTURED)) ** 0.5))
    told = _functions(context, one, axis)
    meta["functions"] = [[n.name, n.record.type] for n, _ in told]
    arrays |= {
        "units": chosen.astype(np.int64),
        "places": places[chosen],
        "output": _numbers(by_unit[chosen, places[chosen]]),
        "values": half(_pictures(whole[0].detach(), axis, side)[:MOST_PICTURED]),
        "map": _pictures(whole[0].detach(), axis, WHOLE)[unit],
    }
    if told:
        after = [_numbers(value[chosen, places[chosen]]) for _, value in told]
        arrays["after"] = np.stack(after, axis=1)
    if slope is not None:
        arrays["output_gradient"] = _numbers(_by_unit(slope[0], axis)[1][chosen, places[chosen]])
    meta["tokens"] = tokens_of(context, one.inputs, 0, size[0]) if len(size) == 1 else []
    return arrays, meta


def _of_head(context: Context, one: OneSample, meta: dict[str, Any]) -> Arrays | None:
    """One head of an attention, for the query at the chosen place: the last one where none is chosen."""
    import torch

    assert context.node is not None and context.node.use is not None
    ports = {port: arriving(context, one, port) for port in context.node.use.inputs}
    given = {port: value for port, value in ports.items() if value is not None}
    queries_HTD, keys_HSD, scores_HTS = scores(context, given)
    shares_HTS = torch.softmax(scores_HTS, dim=-1)
    number, steps = len(queries_HTD), scores_HTS.shape[1]
    unit = min(max(int(context.options.get("unit", 0)), 0), len(scores_HTS) - 1)
    place = int(context.options.get("place", -1))
    keys = min(keys_HSD.shape[1], 256)
    query = min(place // keys, steps - 1) if place >= 0 else steps - 1
    incoming = heads(context, one, number, unit)
    pictures = torch.nan_to_num(shares_HTS[:, :, :256].float()).cpu().numpy()
    arrays: Arrays = {
        "units": np.array([unit]) if incoming is None else incoming.units.astype(np.int64),
        "values": half(pictures[:, :: -(-steps // WHOLE), :: -(-keys // WHOLE)]),
        "map": pictures[unit],
        "scores": _numbers(scores_HTS[unit, query]),
        "shares": _numbers(shares_HTS[unit, query]),
    }
    if incoming is not None:
        arrays |= incoming.arrays
    meta |= {
        "unit": unit,
        "all": min(number, len(scores_HTS)),
        "size": [int(steps), int(keys)],
        "query": query,
        "head_size": int(queries_HTD.shape[2]),
        "parts": list(incoming.parts) if incoming is not None else [],
        "shape": list(incoming.shape) if incoming is not None else [],
        "split": 0,
        "cut": 0,
        "names": [],
        "functions": [],
        "tokens": tokens_of(context, one.inputs, 0, int(steps)),
    }
    return arrays


def _by_unit(value: Tensor, axis: int) -> tuple[list[int], Tensor]:
    """The sizes of the map of a unit, and (units, places)."""
    moved = value.movedim(axis, 0)
    return [int(n) for n in moved.shape[1:]], moved.reshape(len(moved), -1)


def _functions(context: Context, one: OneSample, axis: int) -> list[tuple[CheckedNode, Tensor]]:
    return [(node, _by_unit(value, axis)[1]) for node, value in followers(context, one)]


def _pictures(value: Tensor, axis: int, side: int) -> Any:
    """(units, height, width) float32 of what each unit gives: smaller where it is large, the strongest along what is
    more than a plane."""
    import torch
    from torch.nn import functional as F

    moved = torch.nan_to_num(value.float().movedim(axis, 0))
    while moved.ndim > 3:
        moved = moved.amax(dim=1)
    while moved.ndim < 3:
        moved = moved[:, None]
    longest = max(moved.shape[1:])
    if longest > side:
        high, wide = (max(1, round(n * side / longest)) for n in moved.shape[1:])
        moved = F.adaptive_avg_pool2d(moved, (high, wide))
    return moved.cpu().numpy()


def _numbers(values: Tensor) -> Any:
    return np.ascontiguousarray(values.detach().float().cpu().numpy())


def _preview(context: Context, one: OneSample) -> dict[str, Any]:
    if context.pictures is None:
        return {}
    found = context.pictures(np.array([one.index]))
    return dict(found[0]) if found else {}


def _source_name(context: Context) -> str:
    """The name of the node before, where there is one."""
    assert context.node is not None
    source = next(iter(context.node.sources.values()), None)
    before = context.checked.node(around(context) + source[0]) if source is not None else None
    return before.name if before is not None else ""


def _names(context: Context, incoming: Incoming) -> list[str]:
    """The names of a table's columns, where they arrive as they are; [] where inputs have none."""
    assert context.node is not None
    source = context.node.sources.get("x")
    before = context.checked.node(around(context) + source[0]) if source is not None else None
    field = before.field if before is not None else None
    if field is None or field.kind != "table" or before is None or before.role != "input":
        return []
    columns = field.preparation.get("columns", ())
    names: list[str] = []
    for i, name in enumerate(field.columns):
        column = columns[i] if i < len(columns) else {}
        names += (
            [f"{name}={kind}" for kind in column["names"]] if column.get("kind") == "category" else [name]
        )
    return names if (len(names),) == incoming.shape else []


def unit_options() -> tuple[Field, ...]:
    """What can be chosen of a unit: which one, which sample, and where in its map."""
    return (
        IntField(
            name="unit",
            label="Unit",
            default=0,
            minimum=0,
            maximum=1_000_000,
            help="Which channel, feature, hidden unit or head, counted from 0.",
        ),
        IntField(
            name="sample",
            label="Sample",
            default=0,
            minimum=0,
            maximum=63,
            help="Which sample of the probe batch.",
        ),
        IntField(
            name="number",
            label="Number in the data",
            default=-1,
            minimum=-1,
            maximum=2**40,
            help="Which sample of the validation part, by its number in the data, in place of one of the probe batch;"
            " -1 for none.",
        ),
        IntField(
            name="place",
            label="Place",
            default=-1,
            minimum=-1,
            maximum=2**40,
            help="Where in the unit's map or sequence, row by row; -1 for where it is strongest.",
        ),
    )


UNIT = Measurement(
    name="unit",
    label="Unit",
    help="One unit of this layer for one sample: its incoming weights, what each input counts for, what leaves it, and"
    " the gradient of the loss.",
    reads="activations",
    applies=_applies,
    measure=_measure,
    options=unit_options(),
)
