"""The rarer activations: variants of the rectifier and of the sigmoid, thresholds, gates."""

from __future__ import annotations

from nndesigner.base.fields import BoolField, FloatField
from nndesigner.base.shapes import Axis, TensorType, tensor
from nndesigner.base.text import tr
from nndesigner.layers.activation import IMAGE, elementwise
from nndesigner.layers.declaration import (
    InsertBefore,
    Layer,
    Lowering,
    Sample,
    SetParameter,
    ShapeError,
    Use,
    class_axis,
    expect_channels_first,
    expect_float,
    fixed,
    module,
)


def _number(
    name: str,
    label: str,
    default: float,
    minimum: float,
    maximum: float,
    help: str,
    *,
    open_minimum: bool = False,
) -> FloatField:
    return FloatField(
        name=name,
        label=label,
        default=default,
        minimum=minimum,
        maximum=maximum,
        open_minimum=open_minimum,
        help=help,
    )


# -- variants of the rectifier ---------------------------------------------------------------------------------------
ELU = elementwise(
    "ELU",
    "ELU",
    "elu",
    "Like ReLU for positive values, a smooth curve down to −α for negative ones.",
    "y = x for x > 0, α · (exp(x) − 1) otherwise",
    help="Negative outputs bring the mean of the outputs closer to zero, which makes learning steadier. It costs an"
    " exponential.",
    reference="Clevert et al., Fast and accurate deep network learning by exponential linear units, 2015",
    parameters=(
        FloatField(
            name="alpha",
            label="α",
            default=1.0,
            minimum=0.0,
            maximum=100.0,
            help="The value that very negative inputs approach, without its sign.",
        ),
    ),
    samples=({}, {"alpha": 0.5}),
    synonyms=("exponential linear unit", "eluLayer"),
    common=False,
)
SELU = elementwise(
    "SELU",
    "SELU",
    "selu",
    "A scaled ELU that keeps mean 0 and variance 1 from layer to layer.",
    "y = 1.0507 · (x for x > 0, 1.6733 · (exp(x) − 1) otherwise)",
    help="In deep networks of Linear layers with weights drawn by LeCun's rule the values normalize themselves, without"
    " a norm layer. Its dropout is the alpha dropout.",
    reference="Klambauer et al., Self-normalizing neural networks, 2017",
    synonyms=("self-normalizing", "scaled exponential linear unit"),
    common=False,
)
CELU = elementwise(
    "CELU",
    "CELU",
    "celu",
    "An ELU whose slope has no jump, whatever its α.",
    "y = max(0, x) + min(0, α · (exp(x/α) − 1))",
    help="Like an ELU, but the exponential is stretched along with its depth, so that the gradient stays continuous"
    " for every α. With α = 1 it is the ELU.",
    reference="Barron, Continuously differentiable exponential linear units, 2017",
    parameters=(
        _number(
            "alpha",
            "α",
            1.0,
            0.0,
            100.0,
            "The value that very negative inputs approach, without its sign.",
            open_minimum=True,
        ),
    ),
    samples=({}, {"alpha": 0.5}),
    synonyms=("continuous ELU",),
    common=False,
)


def _infer_prelu(use: Use) -> dict[str, TensorType]:
    x = expect_float(use, "PReLU")
    if use["per_channel"]:
        if x.rank < 2:
            raise ShapeError(
                tr("A slope per channel needs channels, but only the batch arrives."),
                parameter="per_channel",
                suggestions=(SetParameter("per_channel", False, tr("Share one slope")),),
            )
        fixed(expect_channels_first(x, "PReLU").axes[1], "PReLU")
    return {"y": x}


def _slopes(use: Use) -> int:
    return fixed(use.x.axes[1], "PReLU") if use["per_channel"] else 1


PRELU = elementwise(
    "PReLU",
    "PReLU",
    "prelu",
    "A leaky ReLU that learns its slope.",
    "y = x for x ≥ 0, a · x otherwise, a learned",
    help="How much of negative values passes is learned, one slope for all or one for each channel. It costs next to no"
    " weights; weight decay is usually left off for them.",
    reference="He et al., Delving deep into rectifiers, 2015",
    parameters=(
        BoolField(
            name="per_channel",
            label="Per channel",
            default=False,
            help="Learn a slope for each channel, not one for all.",
        ),
        _number("init", "Start", 0.25, -10.0, 10.0, "The slope before training."),
    ),
    infer=_infer_prelu,
    weights=_slopes,
    lower=lambda use: module(
        "torch.nn.PReLU", {"num_parameters": 1, "init": 0.25}, num_parameters=_slopes(use), init=use["init"]
    ),
    samples=({}, {"per_channel": True, "init": 0.1}),
    synonyms=("parametric ReLU", "preluLayer"),
    common=False,
)


def _infer_rrelu(use: Use) -> dict[str, TensorType]:
    return {"y": _between(use, "RReLU", "lower", "upper")}


def _between(use: Use, layer: str, low: str, high: str) -> TensorType:
    """What arrives. Raises ShapeError where the lower limit is not below the upper one."""
    if use[low] > use[high] or (layer == "Hardtanh" and use[low] == use[high]):
        raise ShapeError(
            tr(
                "The lower limit of {layer} ({low}) is not below the upper one ({high}).",
                layer=layer,
                low=f"{use[low]:g}",
                high=f"{use[high]:g}",
            ),
            parameter=low,
            suggestions=(SetParameter(low, use[high] - 1.0, tr("Set it one lower")),)
            if use[high] >= 0.5
            else (),
        )
    return expect_float(use, layer)


RRELU = elementwise(
    "RReLU",
    "RReLU",
    "rrelu",
    "A leaky ReLU whose slope is drawn at random while training.",
    "y = x for x ≥ 0, a · x otherwise, a drawn between the limits",
    help="The random slope for negative values works against overfitting. Outside training the middle of the limits is"
    " taken.",
    reference="Xu et al., Empirical evaluation of rectified activations in convolutional network, 2015",
    parameters=(
        _number("lower", "Lower slope", 1 / 8, -10.0, 10.0, "The smallest slope that is drawn."),
        _number("upper", "Upper slope", 1 / 3, -10.0, 10.0, "The largest slope that is drawn."),
    ),
    infer=_infer_rrelu,
    samples=({"lower": 0.1, "upper": 0.4},),
    synonyms=("randomized leaky ReLU",),
    common=False,
)
RELU6 = elementwise(
    "ReLU6",
    "ReLU6",
    "relu6",
    "A ReLU that goes no higher than 6.",
    "y = min(max(0, x), 6)",
    help="The limit keeps values in a range that small fixed-point numbers hold well. MobileNet uses it.",
    reference="Howard et al., MobileNets, 2017",
    synonyms=("clipped ReLU", "clippedReluLayer", "MobileNet"),
    common=False,
)
MISH = elementwise(
    "Mish",
    "Mish",
    "mish",
    "A smooth ReLU: each value times the tanh of its softplus.",
    "y = x · tanh(log(1 + exp(x)))",
    help="Very close to SiLU, a little deeper below zero. Some detectors of objects, such as YOLOv4, use it.",
    reference="Misra, Mish: a self regularized non-monotonic activation function, 2019",
    synonyms=("YOLO",),
    common=False,
)
HARDSWISH = elementwise(
    "Hardswish",
    "Hard swish",
    "hardswish",
    "SiLU made of straight pieces, which is cheaper.",
    "y = x · min(max(0, x + 3), 6) / 6",
    help="Needs no exponential, so phones compute it quickly. MobileNetV3 uses it.",
    reference="Howard et al., Searching for MobileNetV3, 2019",
    synonyms=("hard swish", "hard silu", "MobileNet"),
    common=False,
)
SOFTPLUS = elementwise(
    "Softplus",
    "Softplus",
    "softplus",
    "A smooth ReLU that is always positive.",
    "y = log(1 + exp(β·x)) / β, and x where β·x is above the threshold",
    help="Its gradient is the sigmoid. At an output it gives what must be positive, such as a standard deviation or a"
    " rate.",
    reference="Dugas et al., Incorporating second-order functional knowledge for better option pricing, 2001",
    parameters=(
        _number(
            "beta",
            "β",
            1.0,
            0.0,
            1000.0,
            "How sharp the bend is; a large value comes close to ReLU.",
            open_minimum=True,
        ),
        _number(
            "threshold",
            "Threshold",
            20.0,
            0.0,
            1000.0,
            "Above it the straight line is taken, which is exact there.",
        ),
    ),
    samples=({}, {"beta": 2.0, "threshold": 5.0}),
    synonyms=("smooth ReLU", "softplusLayer", "positive"),
    common=False,
)

# -- variants of the sigmoid -----------------------------------------------------------------------------------------
HARDSIGMOID = elementwise(
    "Hardsigmoid",
    "Hard sigmoid",
    "hardsigmoid",
    "A sigmoid made of straight pieces, which is cheaper.",
    "y = min(max(0, x/6 + ½), 1)",
    help="0 below −3, 1 above 3, a straight line between. MobileNetV3 uses it for its gates.",
    reference="Courbariaux et al., BinaryConnect, 2015",
    synonyms=("hard sigmoid", "gate", "MobileNet"),
    common=False,
)
HARDTANH = elementwise(
    "Hardtanh",
    "Hard tanh",
    "hardtanh",
    "Cuts values off at a lower and an upper limit.",
    "y = min(max(lower, x), upper)",
    help="A tanh made of straight pieces: −1 below, 1 above, the value itself between. Beyond the limits there is no"
    " gradient.",
    reference="Collobert, Large scale machine learning, 2004",
    parameters=(
        _number("min_val", "Lower limit", -1.0, -1e6, 1e6, "What smaller values become."),
        _number("max_val", "Upper limit", 1.0, -1e6, 1e6, "What larger values become."),
    ),
    infer=lambda use: {"y": _between(use, "Hardtanh", "min_val", "max_val")},
    samples=({}, {"min_val": -0.5, "max_val": 2.0}),
    synonyms=("hard tanh", "clip", "clamp"),
    common=False,
)
SOFTSIGN = elementwise(
    "Softsign",
    "Softsign",
    "softsign",
    "Squeezes every value into −1 to 1, more gently than tanh.",
    "y = x / (1 + |x|)",
    help="It comes to its limits slowly, so its gradient fades less than that of a tanh.",
    reference="Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010",
    common=False,
)
LOG_SIGMOID = elementwise(
    "LogSigmoid",
    "Log-sigmoid",
    "logsigmoid",
    "The logarithm of a sigmoid, computed in the stable way.",
    "y = log(1 / (1 + exp(−x)))",
    help="Turns scores into logarithms of probabilities, for losses that a network computes itself, such as word"
    " vectors with negative samples.",
    reference="Mikolov et al., Distributed representations of words and phrases, 2013",
    synonyms=("log probability",),
    common=False,
)
TANHSHRINK = elementwise(
    "Tanhshrink",
    "Tanh shrink",
    "tanhshrink",
    "What a tanh leaves over: nearly 0 for small values, nearly the value for large ones.",
    "y = x − tanh(x)",
    help="Small values are damped smoothly, large ones pass almost unchanged. Used in sparse coding.",
    reference="Hyvärinen, Sparse code shrinkage, 1999",
    synonyms=("shrinkage", "sparse"),
    common=False,
)

# -- thresholds ------------------------------------------------------------------------------------------------------
HARDSHRINK = elementwise(
    "Hardshrink",
    "Hard shrink",
    "hardshrink",
    "Sets small values to zero and leaves the others.",
    "y = x for |x| > λ, else 0",
    help="What lies near zero is taken for noise. Used in denoising and sparse coding; at ±λ the output jumps.",
    reference="Donoho & Johnstone, Ideal spatial adaptation by wavelet shrinkage, 1994",
    parameters=(_number("lambd", "λ", 0.5, 0.0, 1e6, "Values no larger than this become zero."),),
    samples=({}, {"lambd": 0.1}),
    synonyms=("shrinkage", "hard threshold", "sparse"),
    common=False,
)
SOFTSHRINK = elementwise(
    "Softshrink",
    "Soft shrink",
    "softshrink",
    "Moves every value towards zero by a fixed step.",
    "y = x − λ for x > λ, x + λ for x < −λ, else 0",
    help="The step of sparse coding that a penalty on sizes (L1) leads to. Unlike the hard one it does not jump.",
    reference="Gregor & LeCun, Learning fast approximations of sparse coding, 2010",
    parameters=(_number("lambd", "λ", 0.5, 0.0, 1e6, "The step; values no larger than this become zero."),),
    samples=({}, {"lambd": 0.1}),
    synonyms=("shrinkage", "soft threshold", "sparse", "lasso"),
    common=False,
)
THRESHOLD = elementwise(
    "Threshold",
    "Threshold",
    "threshold",
    "Keeps values above a threshold and replaces the others by a number.",
    "y = x for x > threshold, else the value",
    help="With 0 and 0 it is a ReLU. Where the value differs from the threshold the output jumps there.",
    reference="Nair & Hinton, Rectified linear units improve restricted Boltzmann machines, 2010",
    parameters=(
        _number("threshold", "Threshold", 0.0, -1e6, 1e6, "Larger values pass."),
        _number("value", "Value", 0.0, -1e6, 1e6, "What stands for all others."),
    ),
    lower=lambda use: module("torch.nn.Threshold", threshold=use["threshold"], value=use["value"]),
    samples=({}, {"threshold": 0.2, "value": -1.0}),
    synonyms=("cut-off", "thresholded ReLU"),
    common=False,
)

# -- over the classes ------------------------------------------------------------------------------------------------
SOFTMIN = elementwise(
    "Softmin",
    "Softmin",
    "softmin",
    "Turns scores into shares that sum to 1, the smallest score getting the largest.",
    "y_i = exp(−x_i) / Σ_j exp(−x_j)",
    help="The softmax of the negative scores, for distances and costs. The sum runs over the channels of images and"
    " signals, else over the last axis.",
    reference="Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990",
    synonyms=("probabilities", "distance"),
    over_classes=True,
    arriving=(IMAGE, tensor(feature=5)),
    common=False,
)


def _infer_glu(use: Use) -> dict[str, TensorType]:
    x = expect_float(use, "GLU")
    axis = class_axis(x)
    if x.rank < 2:
        raise ShapeError(tr("GLU needs an axis besides the batch, but only the batch arrives."), port="x")
    half = x.sizes[axis].divided_exactly(2)
    if half is None:
        wider = x.sizes[axis].value
        raise ShapeError(
            tr(
                "GLU splits the {axis} into two halves, but {size} cannot be halved.",
                axis=x.axes[axis].meaning,
                size=x.sizes[axis],
            ),
            port="x",
            suggestions=(
                InsertBefore("Linear", "x", tr("Insert a Linear layer"), {"out_features": wider + 1}),
            )
            if wider is not None and axis == x.rank - 1
            else (),
        )
    return {"y": x.with_axes(*(Axis(a.meaning, half) if i == axis else a for i, a in enumerate(x.axes)))}


def _lower_glu(use: Use) -> Lowering:
    axis = class_axis(use.x)
    return module("torch.nn.GLU", {"dim": -1}, dim=axis if axis < use.x.rank - 1 else -1)


GLU = Layer(  # no activation to those who look for the layer before it: it changes the width
    type="GLU",
    label="GLU (gated linear unit)",
    group="Activation",
    stem="glu",
    summary="One half of the features is the gate of the other.",
    formula="y = a · σ(b), where x = [a, b]",
    help="What arrives is split in two; the sigmoid of the second half decides how much of the first passes, so half"
    " the features come out. The split is along the channels of images and signals, else along the last axis.",
    reference="Dauphin et al., Language modeling with gated convolutional networks, 2017",
    synonyms=("activation", "gate", "gated linear unit", "WaveNet"),
    common=False,
    infer=_infer_glu,
    lower=_lower_glu,
    samples=(
        Sample(inputs={"x": tensor(channel=4, height=3, width=2)}),
        Sample(inputs={"x": tensor(time="T", feature=6)}, names={"N": 2, "T": 3}),
    ),
)
