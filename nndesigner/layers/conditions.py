"""Truth values: comparisons, logic, and what they decide between."""

from __future__ import annotations

from collections.abc import Mapping

from nndesigner.base.fields import ChoiceField, FloatField, Values
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.declaration import (
    Constant,
    Layer,
    Lowering,
    Port,
    Ref,
    Sample,
    ShapeError,
    Use,
    expect_float,
    function,
)
from nndesigner.layers.merging import spread

FAR = 1e9
BOOL = "bool"


def expect_truth(use: Use, layer: str, port: str) -> TensorType:
    """What arrives at the port, which must be truth values. Raises ShapeError."""
    arrived = use.inputs[port]
    if arrived.element != BOOL:
        raise ShapeError(
            tr(
                "{layer} needs truth values at “{port}”, but numbers arrive: put a Compare before it.",
                layer=layer,
                port=port,
            ),
            port=port,
        )
    return arrived


def _of(type: TensorType, element: str) -> TensorType:
    return TensorType(element, type.axes)


# -- comparisons ---------------------------------------------------------------------------------------------------
COMPARISONS = {
    "gt": "greater than",
    "ge": "at least",
    "lt": "less than",
    "le": "at most",
    "eq": "equal to",
    "ne": "different from",
}
SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "eq": "=", "ne": "≠"}


def _compare(use: Use) -> dict[str, TensorType]:
    kinds = {type.element for type in use.inputs.values()}
    if kinds & {BOOL} or len(kinds) > 1:
        raise ShapeError(
            tr("Compare needs numbers of one kind on both sides; truth values are joined by Logic."), port="a"
        )
    return {"y": _of(spread("Compare", use.inputs), BOOL)}


def _other_side(use: Use) -> Ref | float | int:
    if "b" in use.inputs:
        return Ref("b")
    value: float = use["value"]
    return int(value) if use.inputs["a"].element == "int" and value == int(value) else value


COMPARE = Layer(
    type="Compare",
    label="Compare",
    group="Arithmetic",
    stem="compare",
    summary="Asks of every value whether it is greater than, equal to or less than another.",
    help="The answer is a truth value for Where, Masked fill and Logic. The other side is a second input, or a number"
    " where none is wired; token = 0, for example, finds the padding of a text. No gradient passes.",
    formula="y = (a > b), true or false",
    reference="torch.gt and its siblings; ONNX Greater, Less, Equal",
    synonyms=("greater", "less", "equal", "not equal", "threshold", "mask", "padding mask"),
    inputs=(Port("a"), Port("b", help="the other side, in place of the number", optional=True)),
    parameters=(
        ChoiceField(
            name="comparison",
            label="Is it",
            default="gt",
            choices=COMPARISONS,
            help="What is asked of every value.",
        ),
        FloatField(
            name="value",
            label="Number",
            default=0.0,
            minimum=-FAR,
            maximum=FAR,
            help="The other side, where nothing is wired to b.",
        ),
    ),
    common=False,
    spreads=True,
    infer=_compare,
    lower=lambda use: function(f"torch.{use['comparison']}", Ref("a"), _other_side(use)),
    card=lambda values: SIGNS[values["comparison"]],
    samples=(
        Sample(inputs={"a": tensor(feature=4)}),
        Sample(
            values={"comparison": "ne"},
            inputs={"a": TensorType("int", tensor(time="T").axes, 5)},
            names={"N": 2, "T": 3},
        ),
        Sample(
            values={"comparison": "le"},
            inputs={"a": tensor(channel=3, length=4), "b": tensor(channel=3, length=1)},
        ),
    ),
)


# -- logic -------------------------------------------------------------------------------------------------------
LOGIC_WORDS = {"and": "and", "or": "or", "xor": "either, not both", "not": "not"}


def _logic_ports(values: Values) -> tuple[Port, ...]:
    return (Port("a"),) if values.get("operation") == "not" else (Port("a"), Port("b"))


def _logic(use: Use) -> dict[str, TensorType]:
    return {"y": spread("Logic", {port: expect_truth(use, "Logic", port) for port in use.inputs})}


def _arguments(use: Use) -> tuple[Ref, ...]:
    return tuple(Ref(port) for port in use.inputs)


LOGIC = Layer(
    type="Logic",
    label="Logic",
    group="Arithmetic",
    stem="logic",
    summary="Joins truth values: and, or, either, not.",
    help="Joins masks, such as “not padding” and “not in the future”. The inputs are truth values, as Compare and the"
    " causal mask give them.",
    formula="y = a ∧ b",
    reference="Boole, An investigation of the laws of thought, 1854",
    synonyms=("and", "or", "xor", "not", "boolean", "logical", "bitwise"),
    inputs=_logic_ports,
    parameters=(
        ChoiceField(
            name="operation",
            label="Operation",
            default="and",
            choices=LOGIC_WORDS,
            help="How the truth values are joined; “not” takes a single input.",
        ),
    ),
    common=False,
    spreads=True,
    infer=_logic,
    lower=lambda use: function(f"torch.logical_{use['operation']}", *_arguments(use)),
    card=lambda values: LOGIC_WORDS[values["operation"]],
    samples=(
        Sample(inputs={"a": tensor(BOOL, feature=4), "b": tensor(BOOL, feature=4)}),
        Sample(values={"operation": "not"}, inputs={"a": tensor(BOOL, time="T")}, names={"N": 2, "T": 3}),
    ),
)


# -- decisions -----------------------------------------------------------------------------------------------------
def _where(use: Use) -> dict[str, TensorType]:
    arriving: Mapping[str, TensorType] = {
        "condition": expect_truth(use, "Where", "condition"),
        **{port: expect_float(use, "Where", port) for port in ("a", "b") if port in use.inputs},
    }
    return {"y": _of(spread("Where", arriving), "float")}


WHERE = Layer(
    type="Where",
    label="Where",
    group="Arithmetic",
    stem="where",
    summary="Takes one of two values, as a condition says.",
    help="Where the condition is true it takes a, elsewhere b, or a number where no b is wired. The gradient goes to"
    " the value that was taken.",
    formula="y = a where the condition is true, else b",
    reference="torch.where, ONNX Where",
    synonyms=("if", "select", "choose", "switch", "condition"),
    inputs=(
        Port("condition", help="truth values"),
        Port("a", help="taken where the condition is true"),
        Port("b", help="taken elsewhere, in place of the number", optional=True),
    ),
    parameters=(
        FloatField(
            name="value",
            label="Else",
            default=0.0,
            minimum=-FAR,
            maximum=FAR,
            help="The number that is taken where the condition is false and nothing is wired to b.",
        ),
    ),
    common=False,
    spreads=True,
    infer=_where,
    lower=lambda use: function(
        "torch.where", Ref("condition"), Ref("a"), Ref("b") if "b" in use.inputs else use["value"]
    ),
    card=lambda values: "",
    samples=(
        Sample(inputs={"condition": tensor(BOOL, feature=4), "a": tensor(feature=4)}),
        Sample(
            inputs={
                "condition": tensor(BOOL, time="T", feature=1),
                "a": tensor(time="T", feature=4),
                "b": tensor(time=1, feature=4),
            },
            names={"N": 2, "T": 3},
        ),
    ),
)


def _masked(use: Use) -> dict[str, TensorType]:
    x, mask = expect_float(use, "Masked fill"), expect_truth(use, "Masked fill", "mask")
    whole = spread("Masked fill", {"x": x, "mask": mask})
    if whole.sizes != x.sizes:
        raise ShapeError(
            tr(
                "The mask of Masked fill is spread over x, not the other way round: {x} and {mask} arrive.",
                x=x,
                mask=mask,
            ),
            port="mask",
        )
    return {"y": x}


MASKED_FILL = Layer(
    type="MaskedFill",
    label="Masked fill",
    group="Arithmetic",
    stem="masked",
    summary="Puts one number wherever a mask is true.",
    help="Before a softmax, minus infinity shuts positions off: their share becomes 0. Causal attention does so with"
    " the future, and any attention with the padding.",
    formula="y = fill where the mask is true, else x",
    reference="Vaswani et al., Attention is all you need, 2017 (masked attention)",
    synonyms=("mask", "masked_fill", "attention mask", "causal", "padding mask"),
    inputs=(Port("x"), Port("mask", help="truth values; true is filled")),
    parameters=(
        ChoiceField(
            name="fill",
            label="Fill with",
            default="number",
            choices={"number": "a number", "minus_infinity": "minus infinity"},
            help="What stands where the mask is true.",
        ),
        FloatField(
            name="value",
            label="Number",
            default=0.0,
            minimum=-FAR,
            maximum=FAR,
            help="The number that is put there.",
            shown_when=lambda values: bool(values["fill"] == "number"),
        ),
    ),
    common=False,
    spreads=True,
    infer=_masked,
    lower=lambda use: function(
        "torch.masked_fill",
        Ref("x"),
        Ref("mask"),
        use["value"] if use["fill"] == "number" else Constant("-torch.inf"),
    ),
    card=lambda values: "−∞" if values["fill"] != "number" else f"{values['value']:g}",
    samples=(
        Sample(inputs={"x": tensor(feature=4), "mask": tensor(BOOL, feature=4)}),
        Sample(
            values={"fill": "minus_infinity"},
            inputs={"x": tensor(time="T", feature=4), "mask": tensor(BOOL, time="T", feature=1)},
            names={"N": 2, "T": 3},
        ),
    ),
)


CAST = Layer(
    type="Cast",
    label="As real numbers",
    group="Arithmetic",
    stem="number",
    summary="Turns whole numbers or truth values into real numbers.",
    help="True becomes 1 and false 0; whole numbers keep their value, as a feature to compute with. Tokens, which are"
    " names rather than amounts, belong into an Embedding instead.",
    formula="y = x, as real numbers",
    reference="torch.Tensor.float, ONNX Cast",
    synonyms=("convert", "float", "to", "type", "cast"),
    common=False,
    infer=lambda use: {"y": _of(use.x, "float")},
    lower=lambda use: (
        Lowering(outputs={"y": Ref("x")}) if use.x.element == "float" else function(".float", Ref("x"))
    ),
    samples=(
        Sample(inputs={"x": tensor(BOOL, feature=4)}),
        Sample(inputs={"x": TensorType("int", tensor(time="T").axes, 5)}, names={"N": 2, "T": 3}),
    ),
)
