"""What comes into single units: their weights, what these are multiplied with for one sample, and the gradient.

Every unit is a row of sums, `sum = Σ weight · input + bias`: one for a neuron or the filter of a convolution, one for
each gate of a recurrent layer. What a filter is multiplied with is the derivative of its sum with respect to its
weights, so that strides, dilations, groups and every kind of padding come out as torch has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nndesigner.check.checked import CheckedNode
from nndesigner.measurements.measurement import Context, OneSample
from nndesigner.measurements.recurrent_steps import GATES, can_be_unrolled, first_states, unrolled

if TYPE_CHECKING:
    from torch import Tensor

CONVOLUTIONS = tuple(f"Conv{kind}{n}d" for kind in ("", "Transpose") for n in (1, 2, 3))
WEIGHTED = ("Linear", *CONVOLUTIONS)
HEADED = ("MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer")
MOST_CELLS = 8192
"""weights of a whole layer up to which those of all its units are told at once"""
MOST_INPUTS = 65_536
"""weights of one unit that are told"""


@dataclass(frozen=True)
class Incoming:
    """Units by row: "weight" and "gradient" (units, sums, inputs), "inputs" the same or with one row for all sums,
    "bias" and "sum" (units, sums), all float32. `shape` is what the inputs of a unit are drawn as; a recurrent layer's
    inputs are those from below, then its own state: `split` says how many are from below."""

    units: npt.NDArray[np.int64]
    parts: tuple[str, ...]
    arrays: dict[str, npt.NDArray[np.float32]]
    shape: tuple[int, ...]
    split: int = 0
    cut: int = 0
    """inputs of each unit that are left out"""
    window: dict[str, list[int]] = field(default_factory=dict)
    """of a convolution, along each axis that it slides along: "stride", "padding" before the first value, "dilation"
"""


def arriving(context: Context, one: OneSample, port: str) -> Tensor | None:
    """What arrives at a port of the node, for the sample alone, without its batch axis."""
    assert context.node is not None
    source = context.node.sources.get(port)
    if source is None:
        return None
    id, out = source
    return one.activations[around(context) + id, out][0].detach()


def around(context: Context) -> str:
    """What the keys of the nodes beside this one begin with."""
    assert context.node is not None
    return context.key[: len(context.key) - len(context.node.id)]


def rows(units: int, cells: int, unit: int) -> npt.NDArray[np.int64]:
    """The units that are told: all of a small layer, else the chosen one."""
    return np.arange(units) if units * cells <= MOST_CELLS else np.array([unit])


def weighted(
    context: Context, one: OneSample, sums: Tensor, places: npt.NDArray[np.int64], unit: int
) -> Incoming | None:
    """A layer that multiplies with one matrix or with filters. `sums` is what leaves it, (units, places)."""
    import torch

    node, module = context.node, context.layer
    x = arriving(context, one, "x")
    if node is None or module is None or x is None:
        return None
    weight = getattr(module, "weight", None)
    if weight is None:
        return None
    transposed = node.record.type.startswith("ConvTranspose")
    (gradient,) = one.gradients(weight)
    if node.record.type == "Linear":
        chosen = rows(len(sums), weight[0].numel(), unit)
        own = weight.detach()[chosen]
        at = torch.from_numpy(places[chosen]).to(x.device)
        inputs = x.reshape(-1, x.shape[-1])[at]
        slope = gradient[chosen] if gradient is not None else None
    else:
        each = weight.numel() // len(sums)
        chosen = rows(len(sums), each, unit)
        groups = int(module.groups)
        borders = _borders(node)
        if borders is not None:
            x = torch.nn.functional.pad(x[None], *borders)[0]

        def by_unit(values: Tensor) -> Tensor:
            """(units, channels that arrive at each, …), of the order that torch keeps the filters in."""
            if not transposed:
                return values
            inside = values.reshape(groups, -1, *values.shape[1:]).transpose(1, 2)
            return inside.reshape(len(sums), -1, *values.shape[2:])

        leaf = weight.detach().requires_grad_()
        given = {"weight": leaf, **({"bias": module.bias.detach()} if module.bias is not None else {})}
        with torch.enable_grad():
            out = torch.func.functional_call(module, given, (x[None],))[0].reshape(len(sums), -1)
            told = out[chosen, places[chosen]].sum()
            (patches,) = torch.autograd.grad(told, leaf)
        own, inputs = by_unit(weight.detach())[chosen], by_unit(patches)[chosen]
        slope = by_unit(gradient)[chosen] if gradient is not None else None
    bias = module.bias.detach()[chosen] if module.bias is not None else own.new_zeros(len(chosen))
    at_place = sums.detach()[chosen, places[chosen]]
    shape = _image_of(context, own.shape[1:])
    size = own[0].numel()
    flat = {
        name: _plain(values.reshape(len(chosen), 1, -1)[..., :MOST_INPUTS])
        for name, values in (("weight", own), ("inputs", inputs), ("gradient", slope))
        if values is not None
    }
    return Incoming(
        chosen,
        ("",),
        {**flat, "bias": _plain(bias[:, None]), "sum": _plain(at_place[:, None])},
        shape if size <= MOST_INPUTS else (MOST_INPUTS,),
        cut=max(size - MOST_INPUTS, 0),
        window=_window(module, _borders(node)) if node.record.type != "Linear" and not transposed else {},
    )


def _borders(node: CheckedNode) -> tuple[tuple[int, ...], str] | None:
    """Where more is padded at one end than at the other: the widths as torch takes them, the last axis first, and the
    kind of padding; None where the convolution itself pads."""
    assert node.layer is not None and node.use is not None
    for call in node.layer.lower(node.use).calls:
        if call.target == "torch.nn.functional.pad":
            return tuple(int(n) for n in call.args[1]), str(call.keywords.get("mode", "constant"))
    return None


def _window(module: Any, borders: tuple[tuple[int, ...], str] | None) -> dict[str, list[int]]:
    """How the window of a convolution slides, as torch reads "same": what is odd is padded at the end."""
    spread = [d * (k - 1) for d, k in zip(module.dilation, module.kernel_size, strict=True)]
    padding = {"same": [n // 2 for n in spread], "valid": [0] * len(spread)}.get(
        module.padding, module.padding
    )
    if borders is not None:
        padding = list(borders[0][::2][::-1])
    sizes = {"stride": module.stride, "padding": padding, "dilation": module.dilation}
    return {name: [int(n) for n in values] for name, values in sizes.items()}


def _image_of(context: Context, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that a unit's inputs had before they were laid in a row, where they were."""
    if len(shape) != 1 or context.node is None:
        return tuple(int(n) for n in shape)
    id = context.node.sources["x"][0]
    before = around(context)
    while (node := context.checked.node(before + id)) is not None and node.use is not None:
        type = node.use.inputs.get("x")
        if node.record.type == "Flatten" and type is not None:
            sizes = [size.value for size in type.sizes[1:]]
            known = all(n is not None for n in sizes) and "channel" in type.meanings
            found = tuple(int(n or 0) for n in sizes)
            return found if known and int(np.prod(found)) == shape[0] else (int(shape[0]),)
        same = type is not None and type.sizes == next(iter(node.outputs.values())).sizes
        if not same or len(node.sources) != 1 or "x" not in node.sources:
            break
        id = node.sources["x"][0]
    return (int(shape[0]),)


def recurrent(
    context: Context, one: OneSample, step: int, unit: int
) -> tuple[Incoming, dict[str, Any]] | None:
    """The gates of a recurrent layer at a step (-1 for the last one that it reads), and what its units make of them:
    "gates" (units, gates), "cell", "cell_before" (of an LSTM), "hidden", "before" (units,) and "step" (units,)."""
    import torch

    node, module = context.node, context.layer
    x = arriving(context, one, "x")
    if node is None or node.use is None or module is None or x is None:
        return None
    type = node.record.type
    projected = int(node.use["proj_size"]) if type == "LSTM" else 0
    if not can_be_unrolled(type, len(x), projected):
        return None
    hidden = int(module.hidden_size)
    states = {p: v for p in ("state", "cell") if (v := arriving(context, one, p)) is not None}
    count = int(module.num_layers) * (2 if module.bidirectional else 1)
    ways = unrolled(type, module, x, *first_states(states, count, hidden))
    chosen = rows(hidden * len(ways), len(GATES[type]) * (ways[0].arriving.shape[1] + hidden), unit)
    columns: dict[str, list[Tensor]] = {}

    def add(**values: Tensor | None) -> None:
        for name, value in values.items():
            if value is not None:
                columns.setdefault(name, []).append(value)

    gates = len(GATES[type])
    for way, steps in enumerate(ways):
        own = chosen[(chosen >= way * hidden) & (chosen < (way + 1) * hidden)] - way * hidden
        if not len(own):
            continue
        last = 0 if way else len(x) - 1
        at = last if step < 0 else min(step, len(x) - 1)
        names = [f"{name}_{steps.suffix}" for name in ("weight_ih", "weight_hh")]
        parameters = [getattr(module, name) for name in names]
        of_x, of_h = (p.detach().reshape(gates, hidden, -1)[:, own].transpose(0, 1) for p in parameters)
        slopes = one.gradients(*parameters)
        taken = steps.before[at].expand(len(own), gates, hidden)
        if type == "GRU":  # the reset gate stands between the state and the new value
            reset = steps.gates[at, 0, own][:, None]
            taken = torch.stack((taken[:, 0], taken[:, 1], reset * taken[:, 2]), dim=1)
        add(
            step=x.new_full((len(own),), at),
            weight=torch.cat((of_x, of_h), dim=2),
            inputs=torch.cat((steps.arriving[at].expand(len(own), gates, -1), taken), dim=2),
            gradient=torch.cat(
                [s.reshape(gates, hidden, -1)[:, own].transpose(0, 1) for s in slopes if s is not None], dim=2
            )
            if all(s is not None for s in slopes)
            else None,
            bias=steps.bias[at][:, own].T,
            sum=steps.sums[at][:, own].T,
            gates=steps.gates[at][:, own].T,
            hidden=steps.hidden[at, own],
            before=steps.before[at, own],
            cell=steps.cell[at, own] if steps.cell is not None else None,
            cell_before=steps.cell_before[at, own] if steps.cell_before is not None else None,
        )
    whole = {name: _plain(torch.cat(values)) for name, values in columns.items()}
    named = ("step", "gates", "hidden", "before", "cell", "cell_before")
    made = {n: whole.pop(n) for n in named if n in whole}
    below = int(ways[0].arriving.shape[1])
    found = Incoming(chosen, GATES[type], whole, (below + hidden,), split=below)
    return found, made


def heads(context: Context, one: OneSample, number: int, unit: int) -> Incoming | None:
    """The rows of the query, key and value projections that belong to each head of an attention.

    "weight" and "gradient" are (heads, 3, rows · inputs), `shape` (rows, inputs); no sums: a head has no one value.
    """
    module = context.layer
    attention = getattr(module, "self_attn", module)
    both = getattr(attention, "in_proj_weight", None)
    if both is None:
        return None
    (slope,) = one.gradients(both)

    def by_head(values: Tensor) -> Tensor:
        width = values.shape[1]
        return values.reshape(3, number, -1, width).transpose(0, 1)

    weight = by_head(both.detach())
    chosen = rows(number, weight[0].numel(), unit)
    size = tuple(int(n) for n in weight.shape[2:])
    if size[0] * size[1] > MOST_INPUTS:
        return None
    arrays = {"weight": _plain(weight[chosen].flatten(2))}
    if slope is not None:
        arrays["gradient"] = _plain(by_head(slope)[chosen].flatten(2))
    return Incoming(chosen, ("query", "key", "value"), arrays, size)


def followers(context: Context, one: OneSample) -> list[tuple[CheckedNode, Tensor]]:
    """The functions that each value goes through right behind the node, as drawn: activations and normalizations that
    are all that reads it, with what leaves them for the sample."""
    assert context.node is not None
    before = around(context)
    inside = _inside(context)
    by_source: dict[str, list[CheckedNode]] = {}
    for node in inside:
        for source, _ in node.sources.values():
            by_source.setdefault(source, []).append(node)
    found: list[tuple[CheckedNode, Tensor]] = []
    id = context.node.id
    shape = one.activations[context.key, next(iter(context.node.outputs))].shape
    while len(found) < 4:
        readers = by_source.get(id, [])
        if len(readers) != 1 or readers[0].layer is None or readers[0].layer.group not in _FOLLOWING:
            break
        (node,) = readers
        value = one.activations.get((before + node.id, next(iter(node.outputs), "")))
        if value is None or value.shape != shape or node.passes or len(node.sources) != 1:
            break
        found.append((node, value[0].detach()))
        id = node.id
    return found


_FOLLOWING = ("Activation", "Normalization")


def _inside(context: Context) -> tuple[CheckedNode, ...]:
    """The nodes of the network that the node is in."""
    path = around(context).rstrip("/")
    if not path:
        return context.checked.compiled
    block, _, round = path.rpartition("/")
    found = context.checked.node(block)
    return found.rounds[int(round)].compiled if found is not None else ()


def _plain(values: Tensor) -> npt.NDArray[np.float32]:
    array: npt.NDArray[np.float32] = np.ascontiguousarray(values.detach().float().cpu().numpy())
    return array


def of_unit(values: Mapping[str, Any], unit: int) -> int:
    """The row of a unit in what was measured; -1 where it is not among those that were told."""
    found = np.flatnonzero(np.asarray(values["units"]) == unit)
    return int(found[0]) if len(found) else -1
