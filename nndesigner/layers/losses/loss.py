"""The form in which a loss tells its story: targets, options, the torch calls, and how its values become answers.

Some losses take the activation that the user drew before the output into themselves: a drawing that ends in a softmax
is right, it trains through cross-entropy on the values before the softmax, which is the same loss, computed stably,
and never soft-maxed twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import ChoiceField, Field, FloatField, TextField, Values
from nndesigner.base.text import count, tr
from nndesigner.layers.declaration import Buffer, Call, Lowering, Port, Ref

NUMBERS = ("number", "series", "image", "table")
"""kinds of data field that hold numbers"""


class OptionError(ValueError):
    """An option that does not fit the target; `str()` is the sentence, `option` the parameter."""

    def __init__(self, option: str, sentence: str) -> None:
        super().__init__(sentence)
        self.option = option


@dataclass(frozen=True, kw_only=True)
class LossUse:
    """A loss in use at one output.

    `kind` is the target's; `rank` counts the axes of the value that the loss reads, the batch included; `axis` is
    where its class scores lie and `width` how many there are (None while free). `class_weights` holds one factor per
    class, `ignore` the number of the class or token that is not judged. `blank` is the class that writes nothing, where
    the loss is not aligned.
    """

    kind: str
    rank: int
    axis: int
    width: int | None
    options: Values
    class_weights: tuple[float, ...] | None = None
    ignore: int | None = None
    blank: int = 0

    def __getitem__(self, option: str) -> Any:
        return self.options[option]

    @property
    def counted(self) -> bool:
        """Whether the target holds whole numbers that name classes or tokens."""
        return self.kind in ("class", "tokens")


def half(options: Values) -> float:
    return 0.5


def zero(options: Values) -> float:
    return 0.0


@dataclass(frozen=True, kw_only=True)
class Loss:
    """One loss.

    `targets` are the kinds of data field it is meant for, `holds` the least and largest prepared number that it takes.
    `form` says what it is fed: "logits" or "values". `stable_after` names the activations (layer types) whose input,
    rather than output, the stable form takes. `lower` gives calls from `x` (the value), `target` and the ports named
    in `beside` to the mean loss `loss`. `link` makes answers of what the loss reads: "softmax" along the class axis,
    "sigmoid", "exp" or "" where they are answers as they are. `predicts` says how a class is read off: "class"
    (largest of several), "binary" (each against `threshold`) or "value".
    """

    name: str
    """the saved word; never changes"""
    label: str
    help: str
    formula: str
    targets: tuple[str, ...]
    form: str
    lower: Callable[[LossUse], Lowering]
    reference: str = ""
    options: tuple[Field, ...] = ()
    stable_after: tuple[str, ...] = ()
    predicts: str = "value"
    link: str = ""
    threshold: Callable[[Values], float] = zero
    holds: tuple[float, float] = (-math.inf, math.inf)
    beside: tuple[Port, ...] = ()
    dense: bool = True
    """whether a class at every position (pixel, step) can be judged, or one per sample only"""
    aligned: bool = True
    """whether each token of a target is judged by the answer at its own place; if not, the answer has steps of its own,
    and one of its classes is the blank (`blank_of`)"""


# -- options that several losses have ------------------------------------------------------------------------------
IGNORE = TextField(
    name="ignore",
    label="Ignore",
    advanced=True,
    help="A class or token that is not judged, by its name or its number: padding, or pixels that nobody labelled."
    " Empty judges all.",
)
CLASS_WEIGHTS = ChoiceField(
    name="class_weights",
    label="Class weights",
    default="none",
    choices={"none": "all alike", "balanced": "balanced", "typed": "typed in"},
    help="Balanced: rare classes count more, samples / (classes · samples of the class), counted in the training part"
    " of the data. Typed in: one number per class.",
)
TYPED_WEIGHTS = TextField(
    name="typed_weights",
    label="Weight of each class",
    shown_when=lambda values: values["class_weights"] == "typed",
    help="One number per class in the order of the classes, separated by commas or spaces, such as 1, 5, 2.",
)
MARGIN = FloatField(
    name="margin",
    label="Margin",
    default=1.0,
    minimum=0.0,
    help="How far apart is far enough to cost nothing.",
)
GAMMA = FloatField(
    name="focal_gamma",
    label="Focus (γ)",
    default=2.0,
    minimum=0.0,
    maximum=20.0,
    help="How much less an example counts that is already right; 0 counts all alike.",
)
DICE_SMOOTHING = FloatField(
    name="dice_smoothing",
    label="Smoothing",
    default=1.0,
    minimum=0.0,
    open_minimum=True,
    help="Added above and below the fraction, so that a class that is nowhere to be seen costs nothing.",
)


# -- what options come to for one target ---------------------------------------------------------------------------
def class_weights(options: Values, target: DataField) -> tuple[float, ...] | None:
    """One factor per class; None where all count alike. Raises OptionError where there is none to be had."""
    how = options.get("class_weights", "none")
    if how == "none":
        return None
    names = target.classes or target.tokens
    if how == "balanced":
        counts = target.statistics.get("counts")
        if not isinstance(counts, list | tuple) or len(counts) != len(names):
            raise OptionError(
                "class_weights",
                tr(
                    "How often each class of “{name}” occurs is not known: read the data first.",
                    name=target.name,
                )
                if target.kind == "class"
                else tr("Balanced weights are for classes; “{name}” holds tokens.", name=target.name),
            )
        # A class without a single sample counts as one with one: no weight is infinite, and none is lost.
        return tuple(sum(counts) / (len(counts) * max(number, 1)) for number in counts)
    words = str(options.get("typed_weights", "")).replace(",", " ").replace(";", " ").split()
    try:
        numbers = tuple(float(word) for word in words)
    except ValueError:
        numbers = (math.nan,)
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise OptionError(
            "typed_weights", tr("The weights of the classes are numbers from 0 on, separated by commas.")
        )
    if len(numbers) != len(names) or not any(numbers):
        raise OptionError(
            "typed_weights",
            tr(
                "“{name}” has {classes}, so it takes as many weights, not all 0; here are {have}.",
                name=target.name,
                classes=count(len(names), "class", "classes"),
                have=len(numbers),
            ),
        )
    return numbers


def ignored(options: Values, target: DataField) -> int | None:
    """The number of the class or token that is not judged. Raises OptionError where there is none of that name."""
    text = str(options.get("ignore", ""))
    if not text:
        return None
    names = target.classes or target.tokens
    if text in names:
        return names.index(text)
    number = text.strip()
    if number.lstrip("-").isdecimal() and len(number) < 10:
        return int(number)
    raise OptionError(
        "ignore", tr("“{name}” has no class or token “{text}” to ignore.", name=target.name, text=text[:40])
    )


PAD = "<pad>"
"""the token that fills up a short text"""


def blank_of(target: DataField) -> int:
    """The class that writes nothing: the token that fills up short texts; one more than the tokens where there is
    none."""
    return target.tokens.index(PAD) if PAD in target.tokens else len(target.tokens)


def written_classes(target: DataField) -> tuple[str, ...]:
    """Names of the classes of an answer that is not aligned with its target: the tokens, the blank among them."""
    return target.tokens if PAD in target.tokens else (*target.tokens, PAD)


def unit_of(target: DataField) -> str:
    """What one token of a text is: "character", "word", or "token" for parts of words."""
    unit = target.tokenizer.get("unit", "character")
    return unit if unit in ("character", "word") else "token"


# -- pieces of calls -----------------------------------------------------------------------------------------------
X, TARGET, LAST = Ref("x"), Ref("target"), Ref("")
F = "torch.nn.functional."


def call(target: str, *args: Any, step: str = "", **keywords: Any) -> Call:
    return Call(target=target, args=args, keywords=keywords, step=step)


def lowered(*calls: Call, buffers: dict[str, Buffer] | None = None) -> Lowering:
    """The calls of a loss; the last one gives its mean."""
    return Lowering(calls=calls, buffers=buffers or {}, outputs={"loss": LAST})


def wanted(use: LossUse) -> tuple[list[Call], Ref]:
    """The target in the shape and type of `x`: a column of 0 and 1, one-hot along the class axis, or as it is."""
    if not use.counted:
        return [], TARGET
    if use.width == 1:
        return [
            call(".type_as", TARGET, X, step="numbers"),
            call(".reshape_as", Ref("numbers"), X, step="wanted"),
        ], Ref("wanted")
    calls = [call(f"{F}one_hot", TARGET, use.width, step="hot")]
    if use.axis != use.rank - 1:
        calls.append(call("torch.movedim", Ref("hot"), -1, use.axis, step="placed"))
    return [*calls, call(".type_as", Ref(calls[-1].step), X, step="wanted")], Ref("wanted")


def signs(use: LossUse) -> tuple[list[Call], Ref]:
    """The target as −1 and 1 in the shape and type of `x`."""
    calls, bits = wanted(use)
    return [
        *calls,
        call("operator.mul", bits, 2, step="doubled"),
        call("operator.sub", Ref("doubled"), 1, step="signs"),
    ], Ref("signs")


def classes_second(use: LossUse) -> tuple[list[Call], Ref]:
    """`x` with the class axis where torch's losses of classes expect it: right after the batch."""
    if use.axis == 1:
        return [], X
    return [call("torch.movedim", X, use.axis, 1, step="scores")], Ref("scores")


def weighted(use: LossUse) -> tuple[dict[str, Buffer], dict[str, Any]]:
    """The class weights as a buffer and as torch's argument `weight`; both empty where all count alike."""
    if use.class_weights is None:
        return {}, {}
    return {"class_weights": Buffer(values=use.class_weights)}, {"weight": Ref("@class_weights")}
