"""What has to be kept of the forward pass until the backward pass has read it, in bytes per sample.

Autograd keeps of each operation what its derivative needs: the input of a convolution, the output of a ReLU, nothing
of an addition (PyTorch, `tools/autograd/derivatives.yaml`, and "Autograd mechanics: saved tensors"). A value that
several operations need is kept once, and nothing is kept where no weight before it learns. What is read here is the
torch call that a layer lowers to, so there is no second table of layers; of calls that are not named, the inputs
count. Tests hold the sums against `torch.autograd.graph.saved_tensors_hooks`.

It does not know: loss functions, the working memory of kernels, and what graphics libraries pad.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nndesigner.base.shapes import Size, TensorType
from nndesigner.check.checked import Place
from nndesigner.check.opened import Opened, OpenedNode
from nndesigner.layers.declaration import Call

ELEMENT_BYTES = {"float": 4, "int": 8, "bool": 1}
"""Bytes of one value; floats are float32."""
FLOAT = ELEMENT_BYTES["float"]

OUTPUT = frozenset(
    "ReLU Sigmoid Tanh Softmax LogSoftmax Softmax2d Softmin relu sigmoid tanh softmax log_softmax exp sqrt".split()
)
"""Calls whose derivative is written in terms of their output."""
NOTHING = frozenset(
    "add sub neg cat stack mean sum pad roll flip cumsum tile repeat_interleave rfft real imag interpolate Upsample"
    " PixelShuffle PixelUnshuffle ChannelShuffle Fold Unfold heaviside sign round".split()
)
"""Calls whose derivative needs shapes only."""
VIEWS = frozenset(
    "Identity Flatten Unflatten flatten unflatten reshape view permute transpose movedim squeeze unsqueeze narrow"
    " select expand split chunk unbind diagonal".split()
)
"""Calls whose result is the same memory, seen otherwise."""
BESIDES = {"LocalResponseNorm": 2, "RMSNorm": 1, "Softsign": 1, "LogSigmoid": 1, "RReLU": 1}
"""Values kept beside the input, per value."""
STEP_FLOATS = {"LSTM": 16.5, "GRU": 7.1, "RNN": 1.1}
"""Values kept per unit and step: gates, states and what is made of them. Measured with torch on the CPU; the LSTM
there keeps the workspace of oneDNN, on graphics cards it is less."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one layer keeps: values at input ports, its own outputs, and `own` values besides, in bytes per sample."""

    inputs: tuple[str, ...] = ()
    outputs: bool = False
    own: Size = Size.of(0)


def kept_bytes(opened: Opened) -> dict[str, Size]:
    """Bytes per sample that each layer adds to what is kept, by key: its outputs where it or a reader needs them, and
    what it keeps besides. Layers that add nothing are left out. The data itself is counted at the inputs."""
    learns: set[str] = set()
    roots: dict[Place, Place] = {}
    wanted: dict[Place, None] = {}
    own: dict[str, Size] = {}
    for node in opened.layers:  # in data order, so what feeds a node is known before it
        call = opened.call(node)
        places = {port: roots.get(place, place) for port, place in node.sources.items()}
        through = any(place[0] in learns for place in places.values())
        trained = node.learns  # at the time of the run that needs most
        layer = node.node.role == "layer"
        if layer and "x" in places and (call is None or last_name(call) in VIEWS):
            roots.update(dict.fromkeys(((node.key, port) for port in node.node.outputs), places["x"]))
        elif trained or through:
            kept = _kept(node, call, trained)
            wanted.update(dict.fromkeys(places[port] for port in kept.inputs if port in places))
            if kept.outputs:
                wanted.update(dict.fromkeys((node.key, port) for port in node.node.outputs))
            if kept.own != 0:
                own[node.key] = kept.own
        if (trained or through) and any(t.element == "float" for t in node.node.outputs.values()):
            learns.add(node.key)
    total = dict(own)
    for key, port in wanted:
        type = opened.type_of((key, port))
        if type is not None:
            total[key] = total.get(key, Size.of(0)) + type_bytes(type)
    return total


def type_bytes(type: TensorType) -> Size:
    """Bytes of one sample of a value."""
    return type.numel() * ELEMENT_BYTES.get(type.element, FLOAT)


def last_name(call: Call) -> str:
    """`Conv2d` of `torch.nn.Conv2d`, `size` of `.size`."""
    return call.target.rpartition(".")[2]


def _kept(node: OpenedNode, call: Call | None, trained: bool) -> Kept:
    if call is None:
        return Kept()
    name, ports = last_name(call), tuple(node.sources)
    layer = node.node.layer
    if all(type.element != "float" for type in node.node.outputs.values()):
        return Kept()  # whole numbers and truth values have no derivative
    if name in ("mul", "add") and layer is not None and layer.preserves:
        return Kept()  # noise: what it is multiplied with is drawn, and small
    if name in OUTPUT:
        return Kept(outputs=True)
    if name in NOTHING or re.fullmatch(r"\w+Pad[123]d", name) or _averages_all(call, name):
        return Kept()
    if re.fullmatch(r"(Feature)?(Alpha)?Dropout([123]d)?", name):
        return Kept(own=_mask(node, call, name))
    if re.fullmatch(r"(Adaptive|Fractional)?MaxPool[123]d", name):
        places = _elements(node) * ELEMENT_BYTES["int"]  # where each largest value stood
        return Kept(inputs=ports, own=places)
    if layer is not None and layer.type == "AdditiveAttention":
        return Kept(inputs=ports, own=_additive(node))
    if name == "scaled_dot_product_attention":
        return Kept(inputs=ports, outputs=True)
    if name in BESIDES:
        return Kept(inputs=ports, own=_elements(node) * (BESIDES[name] * FLOAT))
    if name in STEP_FLOATS:
        return Kept(inputs=ports, own=_recurrent(node, name))
    if name == "MultiheadAttention":
        return Kept(own=_attention(node, call))
    if name.startswith("Transformer"):
        return Kept(inputs=ports, own=_transformer(node, call))
    if name == "Linear" or name.startswith("Conv"):
        return Kept(inputs=ports if trained else ())  # a frozen one needs its weights only
    return Kept(inputs=ports)


def _averages_all(call: Call, name: str) -> bool:
    """An adaptive average pooling to one value is a mean."""
    size = (call.construct or {}).get("output_size")
    sizes = size if isinstance(size, tuple | list) else (size,)
    return name.startswith("AdaptiveAvgPool") and set(sizes) == {1}


def _elements(node: OpenedNode) -> Size:
    """Values of a sample at the first output."""
    return next((type.numel() for type in node.node.outputs.values()), Size.of(0))


def _mask(node: OpenedNode, call: Call, name: str) -> Size:
    """The mask of a dropout: a factor per value, or per channel where whole channels drop out."""
    if not (call.construct or {}).get("p", 0.5):
        return Size.of(0)
    if (name[-1] == "d" or name.startswith("Feature")) and node.node.use is not None:
        return node.node.use.x.sizes[1] * FLOAT
    return _elements(node) * FLOAT


def _first_input(node: OpenedNode) -> TensorType | None:
    use = node.node.use
    return next(iter(use.inputs.values()), None) if use is not None else None


def _recurrent(node: OpenedNode, name: str) -> Size:
    """Gates and states of every step, layer and direction, and the sequences between stacked layers."""
    arriving, use = _first_input(node), node.node.use
    if arriving is None or use is None or arriving.rank < 3:
        return Size.of(0)
    hidden, layers = int(use.values.get("hidden_size", 0)), int(use.values.get("num_layers", 1))
    directions = 2 if use.values.get("bidirectional") else 1
    per_step = round(STEP_FLOATS[name] * hidden) * layers * directions
    per_step += (layers - 1) * directions * hidden
    return arriving.sizes[1] * per_step * FLOAT


def _attention(node: OpenedNode, call: Call) -> Size:
    """Copied input, queries, keys, values, what attention gives: five widths per step; a normalizer per head. With
    dropout the attention weights too: steps × steps per head, before, after and the mask."""
    arriving = _first_input(node)
    construct: Mapping[str, object] = call.construct or {}
    width, heads = _whole(construct, "embed_dim"), _whole(construct, "num_heads")
    if arriving is None or arriving.rank < 3:
        return Size.of(0)
    steps = arriving.sizes[1]
    floats = steps * (5 * width + heads)
    if construct.get("dropout"):
        floats = floats + steps * steps * (3 * heads)
    return floats * FLOAT


def _additive(node: OpenedNode) -> Size:
    """What is compared, a vector and a weight for each pair of query and key; and the values, laid out for the
    product."""
    use = node.node.use
    if use is None:
        return Size.of(0)
    queries, keys = use.inputs["query"].sizes[1], use.inputs["key"].sizes[1]
    taken = use.inputs["value" if "value" in use.inputs else "key"].sizes[2]
    return (queries * keys * (int(use.values["units"]) + 1) + keys * taken) * FLOAT


def _transformer(node: OpenedNode, call: Call) -> Size:
    """One encoder layer beyond its input: attention, two normalizations and the feed-forward part (each value there
    once for ReLU, twice for GELU, and twice more with dropout); a decoder layer has a second attention."""
    arriving = _first_input(node)
    construct: Mapping[str, object] = call.construct or {}
    width, heads = _whole(construct, "d_model"), _whole(construct, "nhead")
    inner = _whole(construct, "dim_feedforward") or 2048
    if arriving is None or arriving.rank < 3:
        return Size.of(0)
    steps, attentions = arriving.sizes[1], 2 if "Decoder" in call.target else 1
    drops = bool(construct.get("dropout", 0.1))
    wide = 3 if drops else 2 if construct.get("activation") == "gelu" else 1
    floats = steps * ((3 + (8 if drops else 4) * attentions) * width + wide * inner + heads * attentions + 4)
    if drops:
        floats = floats + steps * steps * (3 * heads * attentions)
    return floats * FLOAT


def _whole(values: Mapping[str, object], name: str) -> int:
    value = values.get(name, 0)
    return int(value) if isinstance(value, int | float) else 0
