"""What attention may not look at: later steps, padding, and whatever a mask says. Shared by every kind of attention.

A mask is true where nothing may be looked at, as in torch. A step that may look nowhere at all (a sample of nothing
but padding) looks everywhere: the softmax of nothing is no number, and one such number spoils a whole network.
"""

from __future__ import annotations

from typing import NamedTuple

from nndesigner.base.fields import BoolField, ChoiceField, FloatField, IntField, Values
from nndesigner.base.shapes import Axis, Size, TensorType
from nndesigner.base.text import count as counted
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Call,
    Constant,
    InsertBefore,
    Port,
    Ref,
    SetParameter,
    ShapeError,
    Use,
    fixed,
)
from nndesigner.layers.recurrent import expect_sequence

HEADS = IntField(
    name="num_heads",
    label="Heads",
    default=4,
    minimum=1,
    maximum=10_000,
    help="Attentions side by side, each on its own part of the features; it must divide their number.",
)
CAUSAL = BoolField(
    name="causal",
    label="Causal",
    default=False,
    help="Each step sees only itself and what came before: needed to predict the next one.",
)
BIAS = BoolField(
    name="bias",
    label="Bias",
    default=True,
    advanced=True,
    help="Add learnable constants to every projection.",
)
DROPOUT = FloatField(
    name="dropout",
    label="Drop rate",
    default=0.0,
    minimum=0.0,
    maximum=1.0,
    help="Share of the attention weights that is set to zero in each training step.",
)
WEIGHTS = ChoiceField(
    name="weights",
    label="Weights as well",
    default="none",
    choices={"none": "no", "mean": "mean of the heads", "heads": "of each head"},
    advanced=True,
    help="Give out the attention weights on a second port, to look at or to compute with: how much each step takes"
    " from each other one.",
)
PADDING = Port(
    "padding",
    help="true at the steps of the keys that only fill up (from a Padding mask): nobody looks at them",
    optional=True,
)
MASK = Port("mask", help="batch × queries × keys, true where a query must not look at a key", optional=True)


def weights_port(values: Values) -> tuple[Port, ...]:
    """The port `weights` where it is asked for."""
    asked = values.get("weights") in ("mean", "heads")
    return (Port("weights", help="how much each query takes from each key"),) if asked else ()


def weights_type(use: Use, queries: Axis, keys: Size) -> dict[str, TensorType]:
    """What leaves the port `weights`: batch × queries × keys, or a map of queries × keys for each head."""
    batch = next(iter(use.inputs.values())).axes[0]
    if use["weights"] == "mean":
        return {"weights": TensorType("float", (batch, Axis("time", queries.size), Axis("feature", keys)))}
    if use["weights"] == "heads":
        heads = Axis("channel", Size.of(int(use["num_heads"])))
        axes = (batch, heads, Axis("height", queries.size), Axis("width", keys))
        return {"weights": TensorType("float", axes)}
    return {}


def split_features(use: Use, layer: str, port: str, parameter: str = "num_heads") -> int:
    """The number of features at the port, which the heads must divide. Raises ShapeError."""
    count, heads = fixed(expect_sequence(use, layer, port).axes[2], layer, port), int(use[parameter])
    if count % heads:
        fewer = next(h for h in range(min(heads, count), 0, -1) if count % h == 0)
        raise ShapeError(
            tr(
                "{what} cannot be split evenly among {heads}.",
                what=counted(count, "feature", "features"),
                heads=counted(heads, "head", "heads"),
            ),
            port=port,
            parameter=parameter,
            suggestions=(
                SetParameter(parameter, fewer, tr("Use {heads}", heads=counted(fewer, "head", "heads"))),
            ),
        )
    return count


def expect_masks(
    use: Use, layer: str, query: str, key: str, *, causal: bool, padding: str = "padding", mask: str = "mask"
) -> None:
    """Masks must fit the queries and keys, and causal attention needs as many keys as queries. Raises ShapeError."""
    batch, queries = use.inputs[query].sizes[:2]
    keys = use.inputs[key].sizes[1]
    if causal and queries != keys:
        raise ShapeError(
            tr(
                "Causal attention needs as many keys as queries, but {keys} keys and {queries} queries arrive.",
                keys=keys,
                queries=queries,
            ),
            parameter="causal",
            suggestions=(SetParameter("causal", False, tr("Switch causal off")),),
        )
    for port, sizes in ((padding, (batch, keys)), (mask, (batch, queries, keys))):
        arrived = use.inputs.get(port)
        if arrived is None:
            continue
        if arrived.element != "bool":
            tokens = arrived.element == "int" and arrived.sizes == sizes
            raise ShapeError(
                tr("{layer} needs truth values (true: not looked at) at “{port}”.", layer=layer, port=port),
                port=port,
                suggestions=(InsertBefore("PaddingMask", port, tr("Insert a Padding mask")),)
                if tokens
                else (),
            )
        if arrived.sizes != sizes:
            raise ShapeError(
                tr(
                    "The mask at “{port}” must be {want} here; {have} arrives.",
                    port=port,
                    want=" × ".join(str(size) for size in sizes),
                    have=arrived,
                ),
                port=port,
            )


class Masked(NamedTuple):
    """Steps that lead to a mask, the mask, and its form: "" (none), "causal" (T × T), "padding" (N × S) or "pairs"
    (N × T × S, or N × 1 × S)."""

    calls: tuple[Call, ...]
    value: Ref
    form: str


def masked(
    use: Use, query: str, *, causal: bool, padding: str = "padding", mask: str = "mask", prefix: str = ""
) -> Masked:
    """Everything that must not be looked at, as one mask. `prefix` keeps the steps of two masks apart."""
    has_padding, has_mask = padding in use.inputs, mask in use.inputs
    ahead = _ahead(query, prefix) if causal else ()
    if causal and not (has_padding or has_mask):
        return Masked(ahead, Ref(f"{prefix}ahead"), "causal")
    if has_padding and not (causal or has_mask):
        return Masked(_sighted(Ref(padding), f"{prefix}hidden"), Ref(f"{prefix}hidden"), "padding")
    if not (has_padding or has_mask):
        return Masked((), Ref(""), "")
    calls, parts = list(ahead), [Ref(f"{prefix}ahead")] if causal else []
    if has_mask:
        parts.append(Ref(mask))
    if has_padding:
        calls.append(Call(target=".unsqueeze", args=(Ref(padding), 1), step=f"{prefix}fillers"))
        parts.append(Ref(f"{prefix}fillers"))
    whole = parts[0]
    for number, part in enumerate(parts[1:]):
        step = f"{prefix}either{number or ''}"
        calls.append(Call(target=".logical_or", args=(whole, part), step=step))
        whole = Ref(step)
    return Masked((*calls, *_sighted(whole, f"{prefix}hidden")), Ref(f"{prefix}hidden"), "pairs")


def for_each_head(made: Masked, heads: int, prefix: str = "") -> Masked:
    """A mask of pairs as torch.nn.MultiheadAttention takes it: (N · heads) × T × S."""
    if made.form != "pairs" or heads == 1:
        return made
    step = f"{prefix}hidden_per_head"
    repeat = Call(target=".repeat_interleave", args=(made.value, heads), keywords={"dim": 0}, step=step)
    return Masked((*made.calls, repeat), Ref(step), "pairs")


def _ahead(query: str, prefix: str) -> tuple[Call, ...]:
    """Steps that make a T × T mask, true above the diagonal: what lies ahead of each step."""
    length, ones = f"{prefix}length", f"{prefix}ones"
    return (
        Call(target=".size", args=(Ref(query), 1), step=length),
        Call(
            target=".new_ones",
            args=(Ref(query), (Ref(length), Ref(length))),
            keywords={"dtype": Constant("torch.bool")},
            step=ones,
        ),
        Call(target=".triu", args=(Ref(ones),), keywords={"diagonal": 1}, step=f"{prefix}ahead", named=True),
    )


def _sighted(mask: Ref, step: str) -> tuple[Call, ...]:
    """Steps after which a row of nothing but true is one of nothing but false."""
    return (
        Call(target=".all", args=(mask,), keywords={"dim": -1, "keepdim": True}, step=f"{step}_wholly"),
        Call(target=".logical_not", args=(Ref(f"{step}_wholly"),), step=f"{step}_partly"),
        Call(target=".logical_and", args=(mask, Ref(f"{step}_partly")), step=step, named=True),
    )
