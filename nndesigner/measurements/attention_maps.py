"""Where an attention looks: how much each step takes from each other one, head by head, for one sample.

Training uses torch's fused attention, which never holds these weights: here they are worked out anew for one sample
from what arrives, softmax(s · Q Kᵀ + mask) with s = 1/√d (Vaswani et al., Attention is all you need, 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from nndesigner.base.fields import IntField
from nndesigner.check.checked import CheckedNode
from nndesigner.layers.dot_product_attention import slopes
from nndesigner.measurements.measurement import Context, Measured, Measurement

if TYPE_CHECKING:
    from torch import Tensor

MOST_STEPS = 256
MOST_HEADS = 12
ATTENDING = (
    "MultiheadAttention",
    "ScaledDotProductAttention",
    "TransformerEncoderLayer",
    "TransformerDecoderLayer",
)


def _applies(node: CheckedNode) -> bool:
    return node.record.type in ATTENDING and node.use is not None and bool(node.sources) and not node.passes


def _measure(values: None, context: Context) -> Measured:
    """{"weights": (heads, queries, keys) uint8, "strongest": (heads,) float32 that 255 stands for}: rows ask.

    At most 12 heads of 256 × 256 steps; the softmax is over all keys. meta: "sample", "index", "heads", "queries",
    "keys" (how many there are) and, where the network reads one text, its "tokens". Of a decoder it is the attention
    to itself.
    """
    import torch

    assert context.node is not None and context.node.use is not None
    whole = {port: _arriving(context, port) for port in context.node.use.inputs}
    batch = min(len(values) for values in whole.values())
    sample = min(int(context.options.get("sample", 0)), batch - 1)
    query_HTD, key_HSD, scores_HTS = scores(context, {port: values[sample] for port, values in whole.items()})
    steps, all_steps = query_HTD.shape[1], key_HSD.shape[1]
    weights_HTS = torch.softmax(scores_HTS, dim=-1)[:, :, :MOST_STEPS]
    strongest = torch.nan_to_num(weights_HTS).amax(dim=(1, 2))
    spread = torch.where(strongest > 0, strongest, torch.ones_like(strongest))
    codes = (torch.nan_to_num(weights_HTS) * (255.0 / spread)[:, None, None]).round().to(torch.uint8)
    meta = {
        "sample": sample,
        "index": int(context.indices[sample]) if sample < len(context.indices) else -1,
        "heads": int(query_HTD.shape[0]),
        "queries": int(steps),
        "keys": int(all_steps),
        "tokens": tokens_of(context, context.inputs, sample, int(steps)),
    }
    return {
        "weights": codes.cpu().numpy(),
        "strongest": strongest.cpu().numpy().astype(np.float32),
    }, meta


def scores(context: Context, arriving: Mapping[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """The queries (heads, T, size), the keys (heads, S, size) and what the softmax reads, (at most 12 heads, at most
    256 queries, S): their products, scaled and masked. `arriving` is what arrives at each port for one sample."""
    assert context.node is not None
    query_HTD, key_HSD, scale = _queries_and_keys(context.node, arriving, _own_weights(context))
    products_HTS = (query_HTD[:MOST_HEADS, :MOST_STEPS] @ key_HSD[:MOST_HEADS].transpose(1, 2)) * scale
    return query_HTD, key_HSD, _masked(context.node, arriving, products_HTS)


def _arriving(context: Context, port: str) -> Tensor:
    """What arrives at a port of the node, for the whole probe batch."""
    assert context.node is not None
    id, out = context.node.sources[port]
    before = context.key[: len(context.key) - len(context.node.id)]
    return context.activations[before + id, out]


def _own_weights(context: Context) -> dict[str, Tensor]:
    """The weights of the node by name: of its module, and those that only carry its name (`name_query_weight`)."""
    name = context.module
    return {
        path[len(name) + 1 :]: tensor
        for module, tensors in context.parameters.items()
        for rest, tensor in tensors.items()
        if (path := f"{module}.{rest}" if rest else module).startswith((f"{name}.", f"{name}_"))
    }


def _queries_and_keys(
    node: CheckedNode, arriving: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> tuple[Tensor, Tensor, float]:
    """(heads, queries, size), (heads, keys, size) and what their products are multiplied with."""
    import torch
    from torch.nn import functional as F

    assert node.use is not None
    use, heads = node.use, int(node.use["num_heads"])
    if node.record.type == "ScaledDotProductAttention":
        query = arriving["query"]
        key = arriving.get("key", query)
        of_keys = int(use["kv_heads"]) or heads
        queries, keys = _split(query, heads), _split(key, of_keys)
        if of_keys != heads:
            keys = keys.repeat_interleave(heads // of_keys, dim=0)
        return queries, keys, float(use["scale"]) or 1 / sqrt(queries.shape[2])
    if node.record.type == "MultiheadAttention":
        query = arriving["query"]
        key = arriving.get("key", query)
        prefix = ""
    else:
        query = key = arriving["x"]
        if use["norm_first"]:
            query = key = F.layer_norm(
                query,
                query.shape[-1:],
                weights["norm1.weight"],
                weights.get("norm1.bias"),
                float(use["layer_norm_eps"]),
            )
        prefix = "self_attn."
    if "query_weight" in weights:  # heads of a size of their own
        queries = F.linear(query, weights["query_weight"], weights.get("query_bias"))
        keys = F.linear(key, weights["key_weight"], weights.get("key_bias"))
    else:
        width = query.shape[-1]
        both = weights.get(f"{prefix}in_proj_weight")
        of_query = both[:width] if both is not None else weights[f"{prefix}q_proj_weight"]
        of_key = both[width : 2 * width] if both is not None else weights[f"{prefix}k_proj_weight"]
        bias = weights.get(f"{prefix}in_proj_bias")
        queries = F.linear(query, of_query, bias[:width] if bias is not None else None)
        keys = F.linear(key, of_key, bias[width : 2 * width] if bias is not None else None)
        if f"{prefix}bias_k" in weights:
            keys = torch.cat((keys, weights[f"{prefix}bias_k"].reshape(1, -1)))
        if node.record.type == "MultiheadAttention" and use["add_zero_attn"]:
            keys = torch.cat((keys, keys.new_zeros(1, keys.shape[1])))
    made = _split(queries, heads)
    return made, _split(keys, heads), 1 / sqrt(made.shape[2])


def _split(x_TF: Tensor, heads: int) -> Tensor:
    return x_TF.reshape(len(x_TF), heads, -1).transpose(0, 1)


def _masked(node: CheckedNode, arriving: Mapping[str, Tensor], scores_HTS: Tensor) -> Tensor:
    """Scores without what must not be looked at; a step that may look nowhere looks everywhere, as when training."""
    import torch

    assert node.use is not None
    steps, keys = scores_HTS.shape[1:]
    if node.record.type == "ScaledDotProductAttention" and node.use["alibi"]:
        slope = torch.tensor(slopes(int(node.use["num_heads"]))).to(scores_HTS)[: len(scores_HTS), None, None]
        here, there = (torch.arange(n).to(scores_HTS) for n in (steps, keys))
        scores_HTS = scores_HTS - slope * (here[:, None] - there).abs()
    arrived = next(len(arriving[port]) for port in ("key", "query", "x") if port in arriving)
    hidden = torch.zeros(steps, arrived, dtype=torch.bool, device=scores_HTS.device)
    if node.use["causal"]:
        hidden |= torch.ones_like(hidden).triu(1)
    if "mask" in arriving:
        hidden |= arriving["mask"][:steps]
    if "padding" in arriving:
        hidden |= arriving["padding"]
    hidden &= ~hidden.all(dim=-1, keepdim=True)
    beside = hidden.new_zeros(steps, keys - arrived)  # a learned key and one of zeros may always be looked at
    return scores_HTS.masked_fill(torch.cat((hidden, beside), dim=1), float("-inf"))


def tokens_of(context: Context, inputs: Sequence[Tensor], sample: int, steps: int) -> list[str]:
    """The words or letters of a sample of some inputs, where the network reads one text of so many steps."""
    if len(inputs) != 1 or not context.input_fields:
        return []
    field, codes = context.input_fields[0], inputs[0]
    if field is None or not field.tokens or codes.ndim != 2 or codes.shape[1] != steps:
        return []
    known = field.tokens
    return [
        known[code] if 0 <= code < len(known) else "?" for code in codes[sample, :MOST_STEPS].cpu().tolist()
    ]


ATTENTION_MAPS = Measurement(
    name="attention_maps",
    label="Attention",
    help="For one sample, how much each step takes from each other one, head by head.",
    reads="network",
    applies=_applies,
    measure=_measure,
    options=(
        IntField(
            name="sample",
            label="Sample",
            default=0,
            minimum=0,
            maximum=63,
            help="Which sample of the probe batch.",
        ),
    ),
)
