"""Masks of sequences: which steps only fill up, which lie too far away; the mean over what is left, and scores that end
where their sequence does.

As everywhere in torch, true means: not looked at.
"""

from __future__ import annotations

from nndesigner.base.fields import IntField
from nndesigner.base.shapes import Axis, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Buffer,
    Call,
    Constant,
    InsertBefore,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    fixed,
)
from nndesigner.layers.recurrent import expect_sequence

_PADDING = "Padding mask"


def _expect_tokens(use: Use, layer: str) -> TensorType:
    x = use.x
    if x.element != "int" or x.rank != 2:
        raise ShapeError(
            tr(
                "{layer} takes tokens (batch × time), but {axes} arrives.",
                layer=layer,
                axes=" × ".join(x.meanings),
            ),
            port="x",
        )
    return x


def _padding(use: Use) -> dict[str, TensorType]:
    return {"y": TensorType("bool", _expect_tokens(use, _PADDING).axes)}


PADDING_MASK = Layer(
    type="PaddingMask",
    label=_PADDING,
    group="Attention",
    stem="padding",
    summary="Says of every token whether it only fills up a short text.",
    help="Wire it to the port “padding” of attention, of a transformer layer or of a Masked mean, which then leave"
    " those steps out. It reads the tokens themselves, before the Embedding.",
    formula="y[t] = (x[t] = p)",
    reference="Vaswani et al., Attention is all you need, 2017",
    synonyms=("mask", "key padding mask", "Masking", "mask_zero", "attention mask", "variable length"),
    common=False,
    parameters=(
        IntField(
            name="token",
            label="Padding token",
            default=0,
            minimum=0,
            maximum=9_999_999,
            help="The token that fills up short texts.",
        ),
    ),
    infer=_padding,
    lower=lambda use: Lowering(calls=(Call(target="torch.eq", args=(Ref("x"), use["token"])),)),
    card=lambda values: f"= {values['token']}",
    samples=(
        Sample(inputs={"x": TensorType("int", tensor(time="T").axes, 4)}, names={"N": 2, "T": 5}),
        Sample(values={"token": 2}, inputs={"x": TensorType("int", tensor(time=3).axes, 4)}),
    ),
)


# -- lengths -----------------------------------------------------------------------------------------------------
_LENGTH = "Length mask"


def _counting(x: Ref, position: int, step: str) -> tuple[Call, ...]:
    """Steps to 0, 1, 2 … along an axis, on the device of x, as `step`."""
    return (
        Call(target=".size", args=(x, position), step=f"{step}_length"),
        Call(
            target=".new_ones",
            args=(x, (Ref(f"{step}_length"),)),
            keywords={"dtype": Constant("torch.int64")},
            step=f"{step}_ones",
        ),
        Call(target="torch.cumsum", args=(Ref(f"{step}_ones"), 0), step=f"{step}_counted"),
        Call(target="operator.sub", args=(Ref(f"{step}_counted"), 1), step=step, named=True),
    )


def _expect_steps(use: Use, layer: str) -> Axis:
    """The time axis of what arrives at x. Raises ShapeError."""
    x = use.x
    if "time" not in x.meanings:
        raise ShapeError(
            tr(
                "{layer} takes a sequence (batch × time …), but {axes} arrives.",
                layer=layer,
                axes=" × ".join(x.meanings),
            ),
            port="x",
        )
    return x.axes[x.meanings.index("time")]


def _length(use: Use) -> dict[str, TensorType]:
    time, lengths = _expect_steps(use, _LENGTH), use.inputs["lengths"]
    if lengths.element == "bool" or lengths.rank != 2 or lengths.sizes[1] != 1:
        raise ShapeError(
            tr(
                "{layer} needs one number for each sample at “lengths”; {have} arrives.",
                layer=_LENGTH,
                have=lengths,
            ),
            port="lengths",
        )
    return {"y": TensorType("bool", (use.x.axes[0], time))}


def _lower_length(use: Use) -> Lowering:
    position = use.x.meanings.index("time")
    return Lowering(
        calls=(
            *_counting(Ref("x"), position, "position"),
            Call(target="torch.ge", args=(Ref("position"), Ref("lengths"))),
        )
    )


LENGTH_MASK = Layer(
    type="LengthMask",
    label=_LENGTH,
    group="Attention",
    stem="padding",
    summary="Says of every step whether it lies after the end of its sequence.",
    help="For series that are filled up at their end to one length, with their true lengths as a number for each"
    " sample. Wire it to the port “padding” of attention or of a Masked mean.",
    formula="y[n, t] = (t ≥ length[n]), counted from 0",
    reference="Vaswani et al., Attention is all you need, 2017",
    synonyms=("mask", "sequence mask", "sequence length", "variable length", "tf.sequence_mask"),
    common=False,
    inputs=(
        Port("x", help="the sequence whose steps are meant; its values are not read"),
        Port("lengths", help="one number for each sample: how many of its steps count"),
    ),
    infer=_length,
    lower=_lower_length,
    samples=(
        Sample(
            inputs={"x": tensor(time="T", feature=3), "lengths": tensor(feature=1)}, names={"N": 2, "T": 5}
        ),
        Sample(
            inputs={
                "x": tensor("int", time=4),
                "lengths": TensorType("int", tensor(time=1).axes, 5),
            }
        ),
    ),
)


# -- windows -----------------------------------------------------------------------------------------------------
_WINDOW = "Window mask"


def _window(use: Use) -> dict[str, TensorType]:
    time = _expect_steps(use, _WINDOW)
    return {"y": TensorType("bool", (use.x.axes[0], time, Axis("feature", time.size)))}


def _lower_window(use: Use) -> Lowering:
    position = use.x.meanings.index("time")
    return Lowering(
        calls=(
            *_counting(Ref("x"), position, "position"),
            Call(target=".unsqueeze", args=(Ref("position"), 1), step="down"),
            Call(target="operator.sub", args=(Ref("down"), Ref("position")), step="behind"),
            Call(target="torch.gt", args=(Ref("behind"), use["back"]), step="too_old"),
            Call(target="torch.lt", args=(Ref("behind"), -use["ahead"]), step="too_new"),
            Call(target=".logical_or", args=(Ref("too_old"), Ref("too_new")), step="outside"),
            Call(target=".size", args=(Ref("x"), 0), step="samples"),
            Call(target=".expand", args=(Ref("outside"), Ref("samples"), -1, -1)),
        )
    )


WINDOW_MASK = Layer(
    type="WindowMask",
    label=_WINDOW,
    group="Attention",
    stem="window",
    summary="Lets each step look only at the steps around it.",
    help="Local attention: long sequences are read with attention to neighbours, and several layers together still see"
    " far. Wire it to the port “mask” of attention or of a transformer layer.",
    formula="y[n, t, s] = (s < t − back or s > t + ahead)",
    reference="Beltagy et al., Longformer: the long-document transformer, 2020",
    synonyms=("mask", "local attention", "sliding window", "band", "attn_mask", "causal mask"),
    common=False,
    inputs=(Port("x", help="the sequence that will be attended to; its values are not read"),),
    parameters=(
        IntField(
            name="back",
            label="Steps back",
            default=16,
            minimum=0,
            maximum=10_000_000,
            help="How many earlier steps are seen.",
        ),
        IntField(
            name="ahead",
            label="Steps ahead",
            default=16,
            minimum=0,
            maximum=10_000_000,
            help="How many later steps are seen; 0 is causal.",
        ),
    ),
    infer=_window,
    lower=_lower_window,
    card=lambda values: f"−{values['back']} … +{values['ahead']}",
    samples=(
        Sample(
            values={"back": 1, "ahead": 0}, inputs={"x": tensor(time="T", feature=3)}, names={"N": 2, "T": 5}
        ),
        Sample(values={"back": 2, "ahead": 1}, inputs={"x": tensor("int", time=4)}),
    ),
)


# -- mean ----------------------------------------------------------------------------------------------------------
_MEAN = "Masked mean"


def _masked(use: Use, layer: str) -> TensorType:
    """The sequence that arrives together with a mask over its steps. Raises ShapeError."""
    x = expect_sequence(use, layer)
    padding = use.inputs["padding"]
    if padding.element != "bool":
        raise ShapeError(
            tr("{layer} needs truth values (true: left out) at “padding”.", layer=layer),
            port="padding",
            suggestions=(InsertBefore("PaddingMask", "padding", tr("Insert a Padding mask")),)
            if padding.element == "int" and padding.sizes == x.sizes[:2]
            else (),
        )
    if padding.sizes != x.sizes[:2]:
        raise ShapeError(
            tr(
                "The mask must be {want} here; {have} arrives.",
                want=" × ".join(map(str, x.sizes[:2])),
                have=padding,
            ),
            port="padding",
        )
    return x


def _mean(use: Use) -> dict[str, TensorType]:
    x = _masked(use, _MEAN)
    return {"y": x.with_axes(x.axes[0], Axis("feature", x.sizes[2]))}


MASKED_MEAN = Layer(
    type="MaskedMean",
    label=_MEAN,
    group="Shape",
    stem="mean",
    summary="Averages a sequence over the steps that are not masked.",
    help="One vector for each text, whatever its length: what only fills up does not count, as it would in a Mean. A"
    " sample of nothing but padding gives zeros.",
    formula="y[n, f] = Σ_t k[n, t] x[n, t, f] / max(1, Σ_t k[n, t]),  k = 1 where padding is false",
    reference="Reimers & Gurevych, Sentence-BERT, 2019",
    synonyms=("mean pooling", "average", "sentence embedding", "GlobalAveragePooling1D", "pooling"),
    common=False,
    inputs=(
        Port("x"),
        Port("padding", help="true at the steps that only fill up (from a Padding mask or Length mask)"),
    ),
    infer=_mean,
    lower=lambda use: Lowering(
        calls=(
            Call(target=".logical_not", args=(Ref("padding"),), step="counts"),
            Call(target=".unsqueeze", args=(Ref("counts"), -1), step="columns"),
            Call(target=".to", args=(Ref("columns"), Ref("x")), step="share"),
            Call(target="operator.mul", args=(Ref("x"), Ref("share")), step="left"),
            Call(target=".sum", args=(Ref("left"),), keywords={"dim": 1}, step="total"),
            Call(target=".sum", args=(Ref("share"),), keywords={"dim": 1}, step="steps"),
            Call(target=".clamp", args=(Ref("steps"),), keywords={"min": 1.0}, step="at_least_one"),
            Call(target="operator.truediv", args=(Ref("total"), Ref("at_least_one"))),
        )
    ),
    samples=(
        Sample(
            inputs={"x": tensor(time="T", feature=3), "padding": tensor("bool", time="T")},
            names={"N": 2, "T": 5},
        ),
        Sample(inputs={"x": tensor(time=4, feature=2), "padding": tensor("bool", time=4)}),
    ),
)


# -- ends of scores ------------------------------------------------------------------------------------------------
_END = "Blank after the end"
NEVER = -1e4
"""a score whose probability is 0 in 32 bit, and which still is a number in 16"""


def _ended(use: Use) -> dict[str, TensorType]:
    x = _masked(use, _END)
    classes = fixed(x.axes[2], _END)
    if use["blank"] >= classes:
        raise ShapeError(
            tr(
                "The blank is class {blank}, but only {classes} scores arrive, numbered from 0.",
                blank=use["blank"],
                classes=classes,
            ),
            parameter="blank",
            suggestions=(SetParameter("blank", classes - 1, tr("Take the last class")),),
        )
    return {"y": x}


def _lower_ended(use: Use) -> Lowering:
    classes = fixed(use.x.axes[2], _END)
    row = tuple(0.0 if i == use["blank"] else NEVER for i in range(classes))
    return Lowering(
        buffers={"end": Buffer(values=row)},
        calls=(
            Call(target=".unsqueeze", args=(Ref("padding"), -1), step="columns"),
            Call(target="torch.where", args=(Ref("columns"), Ref("@end"), Ref("x"))),
        ),
    )


BLANK_AFTER_END = Layer(
    type="BlankAfterEnd",
    label=_END,
    group="Attention",
    stem="end",
    summary="Scores for CTC that say nothing after the end of a sequence.",
    help="For series of unlike lengths that CTC reads texts from: at the steps that only fill up, the blank is certain."
    " The loss is then that of the true length (input_lengths of torch), and nothing is read off behind the end. Wire a"
    " Length mask over the same steps to “padding”; where strides or pools shorten the series, divide the lengths by as"
    " much before.",
    formula="y[n, t, c] = x[n, t, c] where padding is false; else 0 for the blank and −10000 for all others",
    reference="Graves et al., Connectionist temporal classification, 2006",
    synonyms=("CTC", "input lengths", "variable length", "sequence length", "mask"),
    common=False,
    inputs=(
        Port("x", help="scores (batch × steps × classes), before a softmax"),
        Port("padding", help="true at the steps that only fill up (from a Length mask)"),
    ),
    parameters=(
        IntField(
            name="blank",
            label="Blank",
            default=0,
            minimum=0,
            maximum=9_999_999,
            help="The number of the class that writes nothing: that of the token <pad>, mostly 0; the last class where"
            " the target has no such token.",
        ),
    ),
    infer=_ended,
    lower=_lower_ended,
    card=lambda values: f"= {values['blank']}",
    samples=(
        Sample(
            inputs={"x": tensor(time="T", feature=3), "padding": tensor("bool", time="T")},
            names={"N": 2, "T": 5},
        ),
        Sample(
            values={"blank": 1}, inputs={"x": tensor(time=4, feature=2), "padding": tensor("bool", time=4)}
        ),
    ),
)
