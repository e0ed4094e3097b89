"""Rotary positions: queries and keys are turned by an angle that grows with the step."""

from __future__ import annotations

from nndesigner.base.fields import ChoiceField, FloatField, IntField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import count as counted
from nndesigner.base.text import tr
from nndesigner.layers.attention_mask import HEADS, split_features
from nndesigner.layers.declaration import (
    Buffer,
    Call,
    Layer,
    Lowering,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    fixed,
)

_LABEL = "Rotary positions"


def _size(use: Use) -> tuple[int, int]:
    """Numbers per head, and how many of them are turned."""
    size = fixed(use.x.axes[2], _LABEL) // int(use["num_heads"])
    return size, int(use["rotary_dim"]) or size


def _infer(use: Use) -> dict[str, TensorType]:
    split_features(use, _LABEL, "x")
    size, turned = _size(use)
    if turned > size:
        raise ShapeError(
            tr("{turned} numbers per head cannot be turned: a head has {size}.", turned=turned, size=size),
            parameter="rotary_dim",
            suggestions=(SetParameter("rotary_dim", 0, tr("Turn all numbers")),),
        )
    if turned % 2:
        fewer = use["rotary_dim"] and turned > 1
        raise ShapeError(
            tr(
                "Numbers are turned in pairs, but a head has {what}.",
                what=counted(turned, "turned number", "turned numbers"),
            ),
            parameter="rotary_dim" if fewer else "num_heads",
            suggestions=(SetParameter("rotary_dim", turned - 1, tr("Turn one number less")),)
            if turned > 1
            else (),
        )
    return {"y": use.x}


def _lower(use: Use) -> Lowering:
    size, turned = _size(use)
    half = turned // 2
    rates = tuple(float(use["base"]) ** (-2 * i / turned) for i in range(half))
    pairs = use["pairs"] == "neighbours"
    calls = [
        Call(target=".size", args=(Ref("x"), 1), step="length"),
        Call(target="torch.arange", args=(Ref("length"),), step="counted"),
        # in the precision of the rates: bfloat16 cannot tell step 257 from step 256
        Call(target=".to", args=(Ref("counted"), Ref("@rates")), step="positions"),
        Call(
            target="torch.outer", args=(Ref("positions"), Ref("@rates")), step="angles", named=True
        ),  # T × D/2
        Call(target=".unsqueeze", args=(Ref("angles"), 1), step="angles_of_all"),
        Call(target=".cos", args=(Ref("angles_of_all"),), step="cosines"),
        Call(target=".sin", args=(Ref("angles_of_all"),), step="sines"),
        # N × T × H × D
        Call(target=".unflatten", args=(Ref("x"), -1, (use["num_heads"], size)), step="heads"),
    ]
    rotated = Ref("heads")
    if turned < size:
        calls += [
            Call(target=".narrow", args=(Ref("heads"), -1, 0, turned), step="moving"),
            Call(target=".narrow", args=(Ref("heads"), -1, turned, size - turned), step="resting"),
        ]
        rotated = Ref("moving")
    if pairs:
        calls += [
            Call(target=".unflatten", args=(rotated, -1, (half, 2)), step="pairs"),
            Call(target=".select", args=(Ref("pairs"), -1, 0), step="first"),
            Call(target=".select", args=(Ref("pairs"), -1, 1), step="second"),
        ]
    else:
        calls += [
            Call(target=".narrow", args=(rotated, -1, 0, half), step="first"),
            Call(target=".narrow", args=(rotated, -1, half, half), step="second"),
        ]
    for name, sign, one, other in (
        ("turned_first", "operator.sub", "cosines", "sines"),
        ("turned_second", "operator.add", "sines", "cosines"),
    ):
        calls += [
            Call(target="operator.mul", args=(Ref("first"), Ref(one)), step=f"{name}_a"),
            Call(target="operator.mul", args=(Ref("second"), Ref(other)), step=f"{name}_b"),
            Call(target=sign, args=(Ref(f"{name}_a"), Ref(f"{name}_b")), step=name, named=True),
        ]
    both = (Ref("turned_first"), Ref("turned_second"))
    if pairs:
        calls += [
            Call(target="torch.stack", args=(both,), keywords={"dim": -1}, step="pairs_turned"),
            Call(target=".flatten", args=(Ref("pairs_turned"), -2), step="turned", named=True),
        ]
    else:
        calls.append(Call(target="torch.cat", args=(both,), keywords={"dim": -1}, step="turned", named=True))
    whole = Ref("turned")
    if turned < size:
        calls.append(
            Call(target="torch.cat", args=((whole, Ref("resting")),), keywords={"dim": -1}, step="whole")
        )
        whole = Ref("whole")
    calls.append(Call(target=".flatten", args=(whole, -2)))
    return Lowering(calls=tuple(calls), buffers={"rates": Buffer(values=rates)})


ROTARY_ENCODING = Layer(
    type="RotaryEncoding",
    label=_LABEL,
    group="Embedding",
    stem="rotary",
    summary="Turns queries or keys by an angle that grows with the step, so that products know distances.",
    help="One for the queries and one for the keys, before a Dot-product attention with as many heads; values are not"
    " turned. The product of a turned query and a turned key depends on how far apart they are, not on where they"
    " stand.",
    formula="(y₁, y₂) = (x₁ cos tθᵢ − x₂ sin tθᵢ, x₁ sin tθᵢ + x₂ cos tθᵢ) for each pair i, θᵢ = base^(−2i/d)",
    reference="Su et al., RoFormer: enhanced transformer with rotary position embedding, 2021",
    synonyms=("rope", "RotaryEmbedding", "position embedding", "llama", "rotary position embedding"),
    common=False,
    parameters=(
        HEADS,
        FloatField(
            name="base",
            label="Base",
            default=10_000.0,
            minimum=1.0,
            maximum=1e12,
            logarithmic=True,
            advanced=True,
            help="The larger, the slower the slowest pair turns: for longer sequences.",
        ),
        ChoiceField(
            name="pairs",
            label="Pairs",
            default="halves",
            choices={"halves": "first half with second half", "neighbours": "neighbouring numbers"},
            advanced=True,
            help="Which numbers are turned together: halves as in LLaMA and GPT-NeoX, neighbours as in RoFormer and"
            " GPT-J. It matters only for weights from elsewhere.",
        ),
        IntField(
            name="rotary_dim",
            label="Turned numbers",
            default=0,
            minimum=0,
            maximum=100_000,
            advanced=True,
            help="How many numbers of each head are turned, an even number; 0 turns all of them.",
        ),
    ),
    infer=_infer,
    lower=_lower,
    card=lambda values: tr("{heads} heads", heads=values["num_heads"]),
    samples=(
        Sample(values={"num_heads": 2}, inputs={"x": tensor(time="T", feature=8)}, names={"N": 2, "T": 5}),
        Sample(
            values={"num_heads": 1, "pairs": "neighbours", "rotary_dim": 4, "base": 500.0},
            inputs={"x": tensor(time="T", feature=7)},
            names={"N": 2, "T": 4},
        ),
    ),
)
