"""Products of two wires: matrix products, sums after Einstein, outer products, and the bilinear form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from nndesigner.base.fields import BadValue, BoolField, IntField, TextField, Values
from nndesigner.base.shapes import Axis, Size, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import named
from nndesigner.layers.declaration import (
    SPATIAL,
    Call,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    expect_float,
    fixed,
)


# -- matrix product ------------------------------------------------------------------------------------------------
def _matrices(use: Use) -> tuple[list[Axis], list[Axis]]:
    """The axes of both inputs, the last two swapped where asked. Raises ShapeError."""
    found = []
    for port in ("a", "b"):
        x = expect_float(use, "Matrix product", port)
        if x.rank < 3:
            raise ShapeError(
                tr(
                    "Matrix product multiplies matrices, two axes besides the batch, but {shape} arrives.",
                    shape=x,
                ),
                port=port,
            )
        axes = list(x.axes)
        if use[f"transpose_{port}"]:
            axes[-2:] = axes[-1], axes[-2]
        found.append(axes)
    return found[0], found[1]


def _matmul(use: Use) -> dict[str, TensorType]:
    a, b = _matrices(use)
    if len(a) != len(b) or any(
        p.size != q.size and 1 not in (p.size, q.size) for p, q in zip(a[:-2], b[:-2], strict=True)
    ):
        raise ShapeError(
            tr(
                "Matrix product pairs matrices one by one, so the axes before them must agree: {first} and {second}"
                " arrive.",
                first=use.inputs["a"],
                second=use.inputs["b"],
            ),
            port="b",
        )
    if a[-1].size != b[-2].size:
        turned = use["transpose_b"]
        fits = use.inputs["b"].sizes[-2 if turned else -1] == a[-1].size
        sentence = tr("Do not transpose b") if turned else tr("Transpose b")
        raise ShapeError(
            tr(
                "Matrix product: the rows of a have {one} values, the columns of b {other}; they must be as many.",
                one=a[-1].size,
                other=b[-2].size,
            ),
            port="b",
            parameter="transpose_b",
            suggestions=(SetParameter("transpose_b", not turned, sentence),) if fits else (),
        )
    lead = [q if p.size == 1 else p for p, q in zip(a[:-2], b[:-2], strict=True)]
    row = "time" if a[-2].meaning in ("channel", "feature") else a[-2].meaning
    axes = (*lead, Axis(row, a[-2].size), Axis("feature", b[-1].size))
    return {"y": TensorType("float", axes)}


def _lower_matmul(use: Use) -> Lowering:
    calls = []
    for port in ("a", "b"):
        if use[f"transpose_{port}"]:
            calls.append(Call(target="torch.transpose", args=(Ref(port), -2, -1), step=f"{port}_turned"))
    a, b = (Ref(f"{port}_turned" if use[f"transpose_{port}"] else port) for port in ("a", "b"))
    return Lowering(calls=(*calls, Call(target="torch.matmul", args=(a, b))))


def _matmul_macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    return outputs["y"].numel() * _matrices(use)[0][-1].size


MATMUL = Layer(
    type="MatMul",
    label="Matrix product",
    group="Arithmetic",
    stem="matmul",
    summary="Multiplies the matrices of two wires, sample by sample.",
    help="Attention is two of them: queries times keys transposed give the scores, the scores times the values the"
    " answer. The matrices lie on the last two axes; what lies before them, such as heads, is paired one by one.",
    formula="y[n, i, j] = Σ_k a[n, i, k] · b[n, k, j]",
    reference="Vaswani et al., Attention is all you need, 2017; torch.matmul, ONNX MatMul",
    synonyms=("matmul", "bmm", "batched", "dot", "Dot", "gemm", "matrix multiplication", "attention scores"),
    inputs=(Port("a"), Port("b")),
    parameters=(
        BoolField(name="transpose_a", label="Transpose a", help="Swap the last two axes of a first."),
        BoolField(name="transpose_b", label="Transpose b", help="Swap the last two axes of b first."),
    ),
    spreads=True,
    infer=_matmul,
    lower=_lower_matmul,
    macs=_matmul_macs,
    card=lambda values: f"a{'ᵀ' if values['transpose_a'] else ''} b{'ᵀ' if values['transpose_b'] else ''}",
    samples=(
        Sample(
            values={"transpose_b": True},
            inputs={"a": tensor(time="T", feature=4), "b": tensor(time="S", feature=4)},
            names={"N": 2, "T": 3, "S": 5},
        ),
        Sample(inputs={"a": tensor(time=3, feature=4), "b": tensor(time=4, feature=5)}),
        Sample(
            values={"transpose_a": True},
            inputs={"a": tensor(channel=2, height=4, width=3), "b": tensor(channel=1, height=4, width=5)},
        ),
    ),
)


# -- Einstein's sum ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class EquationField(TextField):
    """An equation such as "nij,njk->nik": one or two groups of letters, and the group that comes out."""

    longest: int = 60
    kind: ClassVar[str] = "text"

    def check(self, value: object) -> str:
        text = re.sub(r"\s+", "", super().check(value)).replace("→", "->")
        match = re.fullmatch(r"([a-zA-Z]+)(?:,([a-zA-Z]+))?->([a-zA-Z]+)", text)
        groups = [group for group in match.groups() if group] if match else []
        if not match or any(len(set(group)) != len(group) for group in groups):
            raise BadValue(
                tr(
                    "{label} is letters such as {default}, each letter once in a group; not “{value}”.",
                    label=self.label,
                    default=self.default,
                    value=text[:40],
                )
            )
        if len({group[0] for group in groups}) > 1 or not set(groups[-1]) <= set("".join(groups[:-1])):
            raise BadValue(
                tr(
                    "{label}: every group begins with the letter of the batch, and what comes out uses letters that"
                    " come in; “{value}” does not.",
                    label=self.label,
                    value=text,
                )
            )
        return text


def _groups(equation: str) -> tuple[list[str], str]:
    left, _, right = equation.partition("->")
    return left.split(","), right


def _einsum_ports(values: Values) -> tuple[Port, ...]:
    equation = values.get("equation")
    alone = isinstance(equation, str) and "->" in equation and "," not in equation
    return (Port("a"),) if alone else (Port("a"), Port("b"))


def _letters(use: Use) -> dict[str, Axis]:
    """The axis of every letter. Raises ShapeError."""
    groups, _ = _groups(use["equation"])
    found: dict[str, Axis] = {}
    for port, group in zip(use.inputs, groups, strict=True):
        x = expect_float(use, "Einstein sum", port)
        if len(group) != x.rank:
            raise ShapeError(
                tr(
                    "“{group}” names {want} axes with the batch, but {shape} arrives, which has {have}.",
                    group=group,
                    want=len(group),
                    shape=x,
                    have=x.rank,
                ),
                port=port,
                parameter="equation",
            )
        for letter, axis in zip(group, x.axes, strict=True):
            known = found.setdefault(letter, axis)
            if known.size != axis.size:
                if 1 not in (known.size, axis.size):
                    raise ShapeError(
                        tr(
                            "“{letter}” stands for one length, but {one} and {other} arrive.",
                            letter=letter,
                            one=known.size,
                            other=axis.size,
                        ),
                        port=port,
                        parameter="equation",
                    )
                found[letter] = axis if known.size == 1 else known
    return found


def _einsum(use: Use) -> dict[str, TensorType]:
    axes, (_, right) = _letters(use), _groups(use["equation"])
    found = [axes[letter] for letter in right]
    if len(found) == 1:  # of a sample one value stays, on an axis of its own
        found.append(Axis("feature", Size.of(1)))
    return {"y": TensorType("float", named(found))}


def _lower_einsum(use: Use) -> Lowering:
    alone = len(_groups(use["equation"])[1]) == 1
    wires = tuple(Ref(port) for port in use.inputs)
    call = Call(target="torch.einsum", args=(use["equation"], *wires), step="sum" if alone else "")
    rest = (Call(target="torch.unsqueeze", args=(Ref("sum"), 1)),) if alone else ()
    return Lowering(calls=(call, *rest))


def _einsum_macs(use: Use, outputs: Mapping[str, TensorType]) -> Size:
    """A sum over letters of both inputs is a batched matrix product; what only one input has is summed up before."""
    groups, right = _groups(use["equation"])
    if len(groups) < 2:
        return Size.of(0)
    axes = _letters(use)
    sizes = [dict(zip(g, use.inputs[p].sizes, strict=True)) for p, g in zip(use.inputs, groups, strict=True)]
    both = set(groups[0]) & set(groups[1])
    summed = [letter for letter in both if letter not in right and all(s[letter] != 1 for s in sizes)]
    if not summed:
        return Size.of(0)
    total = Size.of(1)
    for letter in {*right[1:], *summed}:
        total = total * axes[letter].size
    return total


EINSUM = Layer(
    type="Einsum",
    label="Einstein sum",
    group="Arithmetic",
    stem="einsum",
    summary="Multiplies and sums over named axes, as an equation of letters says.",
    help="Each letter is an axis, the first one the batch; letters that do not come out are summed over. One line"
    " writes any transpose, product or contraction: nqd,nkd->nqk are the scores of attention.",
    formula="nij,njk->nik:  y[n, i, k] = Σ_j a[n, i, j] · b[n, j, k]",
    reference="Einstein, Die Grundlage der allgemeinen Relativitätstheorie, 1916 (summation convention)",
    synonyms=("einsum", "EinsumDense", "tensor contraction", "tensordot", "Einstein"),
    inputs=_einsum_ports,
    parameters=(
        EquationField(
            name="equation",
            label="Equation",
            default="nij,njk->nik",
            help="Letters for the axes of a, of b, and of what comes out; the batch comes first in each.",
        ),
    ),
    common=False,
    spreads=True,
    infer=_einsum,
    lower=_lower_einsum,
    macs=_einsum_macs,
    card=lambda values: str(values["equation"]),
    samples=(
        Sample(
            inputs={"a": tensor(time="T", feature=4), "b": tensor(time=4, feature=5)}, names={"N": 2, "T": 3}
        ),
        Sample(
            values={"equation": "nthd,nshd->nhts"},
            inputs={"a": tensor(time=3, head=2, feature=4), "b": tensor(time=5, head=2, feature=4)},
        ),
        Sample(
            values={"equation": "nij,nik->nk"},
            inputs={"a": tensor(time=3, feature=4), "b": tensor(time=3, feature=5)},
        ),
        Sample(values={"equation": "ni,ni->n"}, inputs={"a": tensor(feature=4), "b": tensor(feature=4)}),
        Sample(values={"equation": "nij->nji"}, inputs={"a": tensor(time=3, feature=4)}),
        Sample(values={"equation": "ni,nj->nij"}, inputs={"a": tensor(feature=4), "b": tensor(feature=3)}),
    ),
)


# -- outer product -------------------------------------------------------------------------------------------------
def _outer(use: Use) -> dict[str, TensorType]:
    rows = [expect_float(use, "Outer product", port) for port in ("a", "b")]
    for port, x in zip(("a", "b"), rows, strict=True):
        if x.rank != 2:
            raise ShapeError(
                tr("Outer product multiplies two rows of features, but {shape} arrives.", shape=x), port=port
            )
    a, b = rows
    batch = b.axes[0] if a.sizes[0] == 1 else a.axes[0]
    return {"y": TensorType("float", (batch, Axis("time", a.sizes[1]), Axis("feature", b.sizes[1])))}


OUTER = Layer(
    type="Outer",
    label="Outer product",
    group="Arithmetic",
    stem="outer",
    summary="Multiplies every value of one row with every value of another.",
    help="The table of all products: crosses of features in recommenders, or bilinear pooling of two views of an"
    " image. With a feature set to 1 in both, the single values are in it too.",
    formula="y[n, i, j] = a[n, i] · b[n, j]",
    reference="Lin et al., Bilinear CNN models for fine-grained visual recognition, 2015",
    synonyms=("outer", "tensor product", "cross features", "bilinear pooling", "kronecker"),
    inputs=(Port("a"), Port("b")),
    common=False,
    spreads=True,
    infer=_outer,
    lower=lambda use: Lowering(
        calls=(
            Call(target="torch.unsqueeze", args=(Ref("a"), 2), step="column"),
            Call(target="torch.unsqueeze", args=(Ref("b"), 1), step="row"),
            Call(target="operator.mul", args=(Ref("column"), Ref("row"))),
        )
    ),
    samples=(
        Sample(inputs={"a": tensor(feature=4), "b": tensor(feature=3)}),
        Sample(inputs={"a": tensor(feature=1), "b": tensor(feature=5)}),
    ),
)


# -- bilinear ----------------------------------------------------------------------------------------------------
def _bilinear_widths(use: Use) -> tuple[int, int]:
    widths = []
    for port in ("a", "b"):
        x = expect_float(use, "Bilinear", port)
        if x.rank < 2 or x.axes[-1].meaning in (*SPATIAL, "channel"):
            raise ShapeError(
                tr("Bilinear takes flat features on the last axis, but {shape} arrives.", shape=x), port=port
            )
        widths.append(fixed(x.axes[-1], "Bilinear", port))
    a, b = use.inputs["a"], use.inputs["b"]
    if a.sizes[:-1] != b.sizes[:-1]:
        raise ShapeError(
            tr(
                "Bilinear pairs its inputs place by place, but {first} and {second} arrive.",
                first=a,
                second=b,
            ),
            port="b",
        )
    return widths[0], widths[1]


def _bilinear(use: Use) -> dict[str, TensorType]:
    _bilinear_widths(use)
    a = use.inputs["a"]
    return {"y": a.with_axes(*a.axes[:-1], Axis("feature", Size.of(use["out_features"])))}


def _lower_bilinear(use: Use) -> Lowering:
    a, b = _bilinear_widths(use)
    sizes = {"in1_features": a, "in2_features": b, "out_features": use["out_features"]}
    options = {} if use["bias"] else {"bias": False}
    call = Call(target="torch.nn.Bilinear", construct={**sizes, **options}, args=(Ref("a"), Ref("b")))
    return Lowering(calls=(call,))


def _bilinear_weights(use: Use) -> int:
    a, b = _bilinear_widths(use)
    return int((a * b + use["bias"]) * use["out_features"])


BILINEAR = Layer(
    type="Bilinear",
    label="Bilinear",
    group="Dense",
    stem="bilinear",
    summary="Every output weighs all products of a value of one input with a value of the other.",
    help="Judges how two things go together, such as a word and its head in a parser, or a user and an item. torch"
    " counts no multiply-accumulates for it, so none are shown.",
    formula="y_o = aᵀ W_o b + b_o",
    reference="Socher et al., Reasoning with neural tensor networks for knowledge base completion, 2013",
    synonyms=("tensor layer", "neural tensor network", "biaffine", "nn.Bilinear"),
    inputs=(Port("a"), Port("b")),
    parameters=(
        IntField(
            name="out_features",
            label="Units",
            default=64,
            minimum=1,
            maximum=1_000_000,
            help="Numbers that come out.",
        ),
        BoolField(
            name="bias",
            label="Bias",
            default=True,
            help="Add a learnable constant to every output.",
            advanced=True,
        ),
    ),
    width="out_features",
    common=False,
    infer=_bilinear,
    lower=_lower_bilinear,
    weights=_bilinear_weights,
    card=lambda values: f"{values['out_features']}",
    samples=(
        Sample(values={"out_features": 5}, inputs={"a": tensor(feature=4), "b": tensor(feature=3)}),
        Sample(
            values={"out_features": 2, "bias": False},
            inputs={"a": tensor(time="T", feature=4), "b": tensor(time="T", feature=3)},
            names={"N": 2, "T": 3},
        ),
    ),
)
