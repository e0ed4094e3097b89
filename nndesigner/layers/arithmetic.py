"""Arithmetic on one wire: a function of every value, a power, a scale, a limit, a running sum."""

from __future__ import annotations

from nndesigner.base.fields import BoolField, ChoiceField, FloatField
from nndesigner.base.shapes import TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.axes import STEPS, axis_field, chosen_axis
from nndesigner.layers.declaration import (
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
    function,
)
from nndesigner.layers.merging import spread

LARGEST = 1e9


# -- one function of every value -----------------------------------------------------------------------------------
FUNCTIONS = {
    "exp": "exponential eˣ",
    "expm1": "eˣ − 1",
    "log": "natural logarithm",
    "log1p": "logarithm of 1 + x",
    "log2": "logarithm to base 2",
    "log10": "logarithm to base 10",
    "sqrt": "square root",
    "rsqrt": "1 / square root",
    "square": "square",
    "reciprocal": "1 / x",
    "abs": "absolute value",
    "neg": "negative",
    "sign": "sign",
    "sin": "sine",
    "cos": "cosine",
    "tan": "tangent",
    "asin": "arc sine",
    "acos": "arc cosine",
    "atan": "arc tangent",
    "sinh": "hyperbolic sine",
    "cosh": "hyperbolic cosine",
    "erf": "error function",
    "floor": "round down",
    "ceil": "round up",
    "round": "round to the nearest",
    "trunc": "round towards 0",
}
"""Named as torch names them."""

OPERATION = Layer(
    type="Operation",
    label="Function",
    group="Arithmetic",
    stem="function",
    summary="Applies one mathematical function to every value.",
    help="A free choice of function for what no other layer does: the exponential of a log-variance, the absolute"
    " difference of a siamese network, a sine of time. A logarithm or root of what may be negative gives no number,"
    " and rounding passes no gradient back.",
    formula="y = f(x)",
    reference="Abramowitz & Stegun, Handbook of mathematical functions, 1964",
    synonyms=("math", "unary", "operation", "lambda", "functionLayer", "activation function", *FUNCTIONS),
    parameters=(
        ChoiceField(
            name="function",
            label="Function",
            default="exp",
            choices=FUNCTIONS,
            help="What is computed of every value on its own.",
        ),
    ),
    infer=lambda use: {"y": expect_float(use, "Function")},
    lower=lambda use: function(f"torch.{use['function']}"),
    card=lambda values: str(values["function"]),
    samples=(
        Sample(inputs={"x": tensor(feature=4)}),
        Sample(
            values={"function": "abs"}, inputs={"x": tensor(channel=2, length="L")}, names={"N": 2, "L": 3}
        ),
    ),
)


# -- power and scale ---------------------------------------------------------------------------------------------
def _power(use: Use) -> dict[str, TensorType]:
    return {"y": spread("Power", {port: expect_float(use, "Power", port) for port in use.inputs})}


POWER = Layer(
    type="Power",
    label="Power",
    group="Arithmetic",
    stem="power",
    summary="Raises every value to a power.",
    help="The exponent is a number, or a second input of the same shape. A negative value has a power only where the"
    " exponent is whole.",
    formula="y = xᵖ",
    reference="Elementary arithmetic; torch.pow, ONNX Pow",
    synonyms=("exponent", "pow", "square", "cube", "polynomial"),
    inputs=(Port("x"), Port("exponent", label="exponent", help="an exponent for every value", optional=True)),
    parameters=(
        FloatField(
            name="power",
            label="Exponent",
            default=2.0,
            minimum=-100.0,
            maximum=100.0,
            help="The exponent, where nothing is wired to that input.",
        ),
    ),
    common=False,
    spreads=True,
    infer=_power,
    lower=lambda use: function(
        "torch.pow", Ref("x"), Ref("exponent") if "exponent" in use.inputs else use["power"]
    ),
    card=lambda values: f"{values['power']:g}",
    samples=(
        Sample(inputs={"x": tensor(feature=4)}),
        Sample(values={"power": 3.0}, inputs={"x": tensor(time="T", feature=2)}, names={"N": 2, "T": 3}),
    ),
)


def _lower_scale_shift(use: Use) -> Lowering:
    scale, shift = use["scale"], use["shift"]
    calls = []
    if scale != 1 or shift == 0:
        calls.append(Call(target="operator.mul", args=(Ref("x"), scale), step="scaled" if shift else ""))
    if shift:
        calls.append(Call(target="operator.add", args=(Ref("scaled" if calls else "x"), shift)))
    return Lowering(calls=tuple(calls))


SCALE_SHIFT = Layer(
    type="ScaleShift",
    label="Multiply and add",
    group="Arithmetic",
    stem="scale",
    summary="Multiplies every value by a number and adds another.",
    help="Both numbers are fixed, not learned. It brings pixels from 0 … 255 to −1 … 1, scales attention scores, or"
    " turns a gate g into 1 − g.",
    formula="y = a·x + b",
    reference="Elementary arithmetic; Keras Rescaling",
    synonyms=(
        "rescaling",
        "add a constant",
        "multiply by a constant",
        "affine",
        "linear map",
        "normalize",
        "scalingLayer",
    ),
    parameters=(
        FloatField(
            name="scale",
            label="Times",
            default=1.0,
            minimum=-LARGEST,
            maximum=LARGEST,
            help="The number a that every value is multiplied by.",
        ),
        FloatField(
            name="shift",
            label="Plus",
            default=0.0,
            minimum=-LARGEST,
            maximum=LARGEST,
            help="The number b that is added then.",
        ),
    ),
    linear=True,
    infer=lambda use: {"y": expect_float(use, "Multiply and add")},
    lower=_lower_scale_shift,
    card=lambda values: f"{values['scale']:g} · x + {values['shift']:g}",
    samples=(
        Sample(values={"scale": 2.0, "shift": -1.0}, inputs={"x": tensor(channel=3, height="H", width=4)}),
        Sample(values={"shift": 0.5}, inputs={"x": tensor(feature=4)}),
        Sample(inputs={"x": tensor(feature=4)}),
    ),
)


# -- limits ------------------------------------------------------------------------------------------------------
def _clamp(use: Use) -> dict[str, TensorType]:
    x = expect_float(use, "Clamp")
    if use["lower"] and use["upper"] and use["smallest"] > use["largest"]:
        raise ShapeError(
            tr(
                "The lower limit {low} of Clamp lies above the upper limit {high}.",
                low=f"{use['smallest']:g}",
                high=f"{use['largest']:g}",
            ),
            parameter="smallest",
            suggestions=(SetParameter("smallest", use["largest"], tr("Lower the lower limit")),),
        )
    return {"y": x}


def _lower_clamp(use: Use) -> Lowering:
    limits = {
        **({"min": use["smallest"]} if use["lower"] else {}),
        **({"max": use["largest"]} if use["upper"] else {}),
    }
    return function("torch.clamp", Ref("x"), **limits) if limits else Lowering(outputs={"y": Ref("x")})


CLAMP = Layer(
    type="Clamp",
    label="Clamp",
    group="Arithmetic",
    stem="clamp",
    summary="Keeps every value between two limits.",
    help="What lies outside becomes the nearer limit, and passes no gradient back. It keeps a log-variance or a"
    " probability in a range in which nothing overflows.",
    formula="y = min(max(x, lowest), highest)",
    reference="Pascanu et al., On the difficulty of training recurrent neural networks, 2013 (clipping)",
    synonyms=("clip", "limit", "bound", "clippedReluLayer", "clip by value"),
    parameters=(
        BoolField(name="lower", label="Lower limit", default=True, help="Whether there is a lower limit."),
        FloatField(
            name="smallest",
            label="Lowest",
            default=0.0,
            minimum=-LARGEST,
            maximum=LARGEST,
            help="Smaller values become this one.",
            shown_when=lambda values: bool(values["lower"]),
        ),
        BoolField(name="upper", label="Upper limit", default=True, help="Whether there is an upper limit."),
        FloatField(
            name="largest",
            label="Highest",
            default=1.0,
            minimum=-LARGEST,
            maximum=LARGEST,
            help="Larger values become this one.",
            shown_when=lambda values: bool(values["upper"]),
        ),
    ),
    common=False,
    infer=_clamp,
    lower=_lower_clamp,
    card=lambda values: (
        (f"{values['smallest']:g}" if values["lower"] else "")
        + " … "
        + (f"{values['largest']:g}" if values["upper"] else "")
    ),
    samples=(
        Sample(inputs={"x": tensor(feature=4)}),
        Sample(values={"upper": False, "smallest": -0.5}, inputs={"x": tensor(time=3, feature=4)}),
    ),
)


# -- running sum -------------------------------------------------------------------------------------------------
def _cumsum(use: Use) -> dict[str, TensorType]:
    x = expect_float(use, "Running sum")
    chosen_axis(use, "Running sum", STEPS)
    return {"y": x}


CUMSUM = Layer(
    type="CumSum",
    label="Running sum",
    group="Arithmetic",
    stem="cumsum",
    summary="Adds up the values along an axis: each becomes the sum of all up to it.",
    help="Turns speeds into places and probabilities into a distribution function. The length of the axis stays as it"
    " is.",
    formula="y[t] = x[0] + x[1] + … + x[t]",
    reference="Elementary arithmetic; torch.cumsum, ONNX CumSum",
    synonyms=("cumulative sum", "cumsum", "integrate", "prefix sum"),
    parameters=(axis_field("time or positions, else channels or features"),),
    common=False,
    linear=True,
    infer=_cumsum,
    lower=lambda use: function("torch.cumsum", Ref("x"), dim=chosen_axis(use, "Running sum", STEPS)),
    card=lambda values: "" if values["axis"] == "auto" else str(values["axis"]),
    samples=(
        Sample(inputs={"x": tensor(time="T", feature=4)}, names={"N": 2, "T": 3}),
        Sample(values={"axis": "-1"}, inputs={"x": tensor(channel=2, length=5)}),
    ),
)
