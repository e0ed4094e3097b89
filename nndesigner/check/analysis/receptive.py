"""Receptive fields: how far a value of a feature map looks along each axis of the input.

For a window of k taps with stride s and dilation d over maps with field r and jump j (input positions between two
neighbours):

    r' = r + d·(k − 1)·j        j' = j·s        start' = start + (d·(k − 1)/2 − padding)·j

(Araujo, Norris & Sim, Computing receptive fields of convolutional neural networks, Distill 2019; of several paths the
largest field counts.) `start` is the middle of the first value's field; the middle of the first input position is 0.5.
Transposed convolutions and upsampling divide the jump. Windows are read from the torch call that a layer lowers to.
Normalizations are taken as pointwise, as everybody does, though their statistics see the whole map.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from nndesigner.base.shapes import TensorType
from nndesigner.check.analysis.activations import last_name
from nndesigner.check.checked import Place
from nndesigner.check.opened import Opened, OpenedNode
from nndesigner.layers.block_ports import ENTRY
from nndesigner.layers.declaration import SPATIAL, Call

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Reach:
    """Along one axis, in input positions: size of the field, jump to the neighbour's, middle of the first one."""

    size: Fraction
    jump: Fraction
    start: Fraction


Reaches = Mapping[str, Reach]
"""by the meaning of the axis"""
_BEGIN = Reach(Fraction(1), Fraction(1), HALF)
_WINDOW = re.compile(r"(Conv|MaxPool|AvgPool|LPPool|FractionalMaxPool)[123]d")
_TRANSPOSED = re.compile(r"(ConvTranspose|MaxUnpool)[123]d")
_ADAPTIVE = re.compile(r"Adaptive(Max|Avg)Pool[123]d")
_PAD = re.compile(r"\w+Pad[123]d")
_POINTWISE_GROUPS = ("Activation", "Normalization", "Regularization", "Merge")
_POINTWISE = frozenset(
    "abs add clamp cos div exp flip log masked_fill mul neg pow roll sin sqrt square sub where ChannelShuffle".split()
)
"""Calls of other layers that keep each value at its place (or a mirrored one, which sees as far)."""


def receptive_fields(opened: Opened) -> dict[str, Reaches]:
    """The field of every layer's first output that a window slid before, by key and axis.

    A layer that mixes all positions (Flatten, attention, recurrence) ends a path.
    """
    fields: dict[Place, dict[str, Reach]] = {}
    slid: set[str] = set()
    found: dict[str, Reaches] = {}
    for node in opened.nodes:
        if not node.works or not node.node.outputs:
            continue
        out = next(iter(node.node.outputs.values()))
        if node.node.role in ("input", ENTRY):
            made = {a.meaning: _BEGIN for a in out.axes if a.meaning in (*SPATIAL, "time")}
            window = False
        else:
            arriving = [fields[place] for place in node.sources.values() if place in fields]
            call = opened.call(node)
            made = _through(node, call, _largest(arriving), out) if arriving else {}
            before = any(place[0] in slid for place in node.sources.values())
            window = bool(made) and (before or (call is not None and _is_window(call)))
        if made:
            fields.update(dict.fromkeys(((node.key, port) for port in node.node.outputs), made))
        if window:
            slid.add(node.key)
            found[node.key] = made
    return found


def is_window(opened: Opened, node: OpenedNode) -> bool:
    """Whether the layer slides a window of a fixed size: what the field of a whole network is measured after."""
    call = opened.call(node)
    return call is not None and _is_window(call) and _ADAPTIVE.fullmatch(last_name(call)) is None


def _is_window(call: Call) -> bool:
    name = last_name(call)
    return any(kind.fullmatch(name) for kind in (_WINDOW, _TRANSPOSED, _ADAPTIVE))


def _largest(paths: list[dict[str, Reach]]) -> dict[str, Reach]:
    """Of several paths the widest field counts, axis by axis."""
    widest: dict[str, Reach] = {}
    for path in paths:
        for axis, reach in path.items():
            if axis not in widest or reach.size > widest[axis].size:
                widest[axis] = reach
    return widest


def _through(
    node: OpenedNode, call: Call | None, arriving: dict[str, Reach], out: TensorType
) -> dict[str, Reach]:
    """The fields after a layer; empty where it mixes all positions."""
    layer, use = node.node.layer, node.node.use
    assert layer is not None and use is not None
    x = next(iter(use.inputs.values()))
    axes = [axis.meaning for axis in x.axes]
    if call is None:  # a part of what arrives
        return {axis: reach for axis, reach in arriving.items() if out.meanings == x.meanings}
    name, construct = last_name(call), dict(call.construct or {})
    if _WINDOW.fullmatch(name) or _TRANSPOSED.fullmatch(name):
        step = _transposed if _TRANSPOSED.fullmatch(name) else _window
        return _along(axes, arriving, lambda reach, i: step(reach, construct, i, name))
    if _ADAPTIVE.fullmatch(name):
        sizes = construct.get("output_size", 1)
        return {
            axis: _fitted(arriving[axis], x.axes[2 + i].size.value, _at(sizes, i, 1))
            for i, axis in enumerate(axes[2:])
            if axis in arriving and x.axes[2 + i].size.value is not None
        }
    if name in ("Upsample", "PixelShuffle", "interpolate"):
        smooth = str(construct.get("mode", "nearest")) not in ("nearest", "nearest-exact")
        return {
            axis: _stretched(arriving[axis], _ratio(x, out, i), smooth and name != "PixelShuffle")
            for i, axis in enumerate(axes)
            if axis in arriving and _ratio(x, out, i)
        }
    if _PAD.fullmatch(name) or name == "pad":
        border = construct.get("padding", next((arg for arg in call.args if isinstance(arg, tuple)), 0))
        return {
            axis: _padded(reach, border, len(axes) - 1 - axes.index(axis)) for axis, reach in arriving.items()
        }
    if name in ("permute", "transpose") and out.rank == x.rank:
        order = _order(call, x.rank)
        return {
            out.axes[i].meaning: arriving[axes[old]] for i, old in enumerate(order) if axes[old] in arriving
        }
    if name in ("Linear", "Embedding"):  # along the last axis, or a new one: the others stay as they are
        kept = axes[:-1] if name == "Linear" else axes
        return {axis: reach for axis, reach in arriving.items() if axis in kept}
    if layer.activation or layer.group in _POINTWISE_GROUPS or name in ("Identity", *_POINTWISE):
        return {axis: reach for axis, reach in arriving.items() if axis in out.meanings}
    return {}


def _along(
    axes: list[str], arriving: dict[str, Reach], step: Callable[[Reach, int], Reach]
) -> dict[str, Reach]:
    return {axis: step(arriving[axis], i) for i, axis in enumerate(axes[2:]) if axis in arriving}


def _at(value: object, i: int, default: int) -> int:
    """One axis of a constructor argument that is a number for all axes or a number for each."""
    if isinstance(value, tuple | list):
        value = value[i] if i < len(value) else value[-1]
    return int(value) if isinstance(value, int | float) else default


def _window(reach: Reach, construct: Mapping[str, object], i: int, name: str) -> Reach:
    kernel, dilation = _at(construct.get("kernel_size"), i, 1), _at(construct.get("dilation"), i, 1)
    usual = 1 if name.startswith("Conv") else kernel
    stride = _at(construct.get("stride"), i, usual)
    span = dilation * (kernel - 1)
    padding = construct.get("padding", 0)
    before = span // 2 if padding == "same" else _at(padding, i, 0)
    return Reach(
        reach.size + span * reach.jump,
        reach.jump * stride,
        reach.start + (Fraction(span, 2) - before) * reach.jump,
    )


def _transposed(reach: Reach, construct: Mapping[str, object], i: int, name: str) -> Reach:
    """Each value is fed by ⌊d·(k − 1)/s⌋ + 1 neighbours at most."""
    span = _at(construct.get("dilation"), i, 1) * (_at(construct.get("kernel_size"), i, 1) - 1)
    usual = 1 if name.startswith("Conv") else span + 1
    stride, padding = _at(construct.get("stride"), i, usual), _at(construct.get("padding"), i, 0)
    return Reach(
        reach.size + span // stride * reach.jump,
        reach.jump / stride,
        reach.start + (padding - Fraction(span, 2)) / stride * reach.jump,
    )


def _fitted(reach: Reach, size: int | None, wanted: int) -> Reach:
    """An adaptive pooling of `size` positions down to `wanted`: windows of about size / wanted."""
    assert size is not None
    stride = max(1, size // wanted)
    kernel = max(1, size - (wanted - 1) * stride)
    return _window(reach, {"kernel_size": kernel, "stride": stride}, 0, "AvgPool")


def _ratio(x: TensorType, out: TensorType, i: int) -> Fraction | None:
    if i >= out.rank:
        return None
    one, other = x.axes[i].size, out.axes[i].size
    if one.value and other.value:
        return Fraction(other.value, one.value)
    for factor in range(1, 65):
        if one * factor == other:
            return Fraction(factor)
    return None


def _stretched(reach: Reach, ratio: Fraction | None, smooth: bool) -> Reach:
    assert ratio is not None
    jump = reach.jump / ratio
    return Reach(reach.size + (reach.jump if smooth else 0), jump, reach.start + (jump - reach.jump) / 2)


def _padded(reach: Reach, border: object, from_last: int) -> Reach:
    """torch pads the last axis first: (left, right, top, bottom, …); one number pads everywhere."""
    if isinstance(border, tuple | list):
        place = 2 * from_last
        before = int(border[place]) if place < len(border) and isinstance(border[place], int) else 0
    else:
        before = border if isinstance(border, int) else 0
    return Reach(reach.size, reach.jump, reach.start - before * reach.jump)


def _order(call: Call, rank: int) -> list[int]:
    """Which axis comes where after a permute or a transpose."""
    given = next((arg for arg in call.args if isinstance(arg, tuple)), None)
    if given is not None:
        return [int(axis) for axis in given]
    order = list(range(rank))
    swapped = [arg for arg in call.args if isinstance(arg, int)]
    if len(swapped) == 2:
        one, other = swapped
        order[one], order[other] = order[other], order[one]
    return order


def number(value: Fraction) -> str:
    """`4`, `0.5`, `1/3`."""
    if value.denominator == 1:
        return str(value.numerator)
    decimal = float(value)
    return f"{decimal:g}" if Fraction(f"{decimal:g}") == value else str(value)
