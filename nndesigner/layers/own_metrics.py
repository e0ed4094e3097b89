"""Metrics that the user writes, at an output: functions in Python, called with all answers of a part at once."""

from __future__ import annotations

from nndesigner.base import own_functions, starters
from nndesigner.base.fields import BoolField, CodeField, Field, Values
from nndesigner.base.own_functions import OwnText, read_own

ON = BoolField(
    name="own_metrics",
    label="Own metrics",
    help="Metrics of your own, written in Python. They are measured after every epoch over the whole validation part,"
    " at the end over the test part, and in evaluations.",
)
CODE = CodeField(
    name="metric_code",
    label="Code of the metrics",
    default=starters.METRIC,
    reads=own_functions.METRIC,
    shown_when=lambda values: values.get("own_metrics") is True,
    help="A Python module; each of its functions my_metric(output, target) is a metric of that name. output are the"
    " answers to all samples of a part, probabilities of classes or numbers in the units of the data, and target what"
    " is true: class numbers, or numbers in the same units. It runs in a process of its own, and only after you have"
    " trusted it.",
)
FIELDS: tuple[Field, ...] = (ON, CODE)


def code_of(values: Values) -> str:
    """The text among the parameters of an output; "" where it has no metrics of its own."""
    if values.get(ON.name) is not True:
        return ""
    text = values.get(CODE.name, CODE.default)
    return text if isinstance(text, str) else ""


def read(values: Values) -> OwnText | None:
    """What the text of an output says; None where it has none."""
    code = code_of(values)
    return read_own(own_functions.METRIC, code) if code else None
