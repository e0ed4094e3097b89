"""The custom layer: a class that the user writes in Python. Its text says its ports, parameters and help.

What a text says of itself is read without running it (`custom_code.py`). What leaves the layer, and how many weights
it has, only a worker can tell, and only after the user has trusted the text: the rule looks the answer up in
`described.py`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

from nndesigner.base import trust
from nndesigner.base.description import Description, PortType, Question
from nndesigner.base.fields import CodeField, Values
from nndesigner.base.shapes import Size, TensorType, tensor
from nndesigner.base.starters import LAYER
from nndesigner.base.text import tr
from nndesigner.base.trusted_code import may_run, with_line
from nndesigner.layers import described, extensions
from nndesigner.layers.custom_code import CustomCode, read_code
from nndesigner.layers.declaration import (
    Call,
    Layer,
    Lowering,
    Pending,
    ReadAndTrust,
    Ref,
    Sample,
    ShapeError,
    Untrusted,
    Use,
    class_axis,
    expect_float,
    fixed,
)

CUSTOM_TYPE = "Custom"
MOST_LABEL = 40

STARTER = LAYER
"""The text of a new custom layer: ours, so nobody has to trust it first."""

CODE = CodeField(
    name="code",
    label="Code",
    default=STARTER,
    help="A Python module with one class MyLayer(nn.Module). The arguments of forward are the inputs, what it returns"
    " are the outputs, and the arguments of __init__ with a default are the settings below. in_channels and in_features"
    " follow what arrives. It runs in a process of its own, and only after you have trusted it.",
)


def code_of(parameters: Mapping[str, Any]) -> str:
    """The text among the parameters of a record."""
    text = parameters.get(CODE.name, STARTER)
    return text if isinstance(text, str) else ""


def custom(parameters: Mapping[str, Any]) -> Layer:
    """The declaration of a custom layer with these parameters, by what its text says."""
    return _layer(code_of(parameters))


def unreadable(type: str, parameters: Mapping[str, Any]) -> bool:
    """Whether a record is a custom layer whose text does not say what its ports are."""
    return type == CUSTOM_TYPE and not read_code(code_of(parameters)).ok


def state() -> Hashable:
    """Something that changes whenever the answer for some custom layer may have changed, or what layers there are."""
    return described.version(), trust.stamp(), extensions.version()


def question(code: str, use: Use) -> Question:
    """What a worker is asked about the layer in use at one place."""
    read = read_code(code)
    values = {field.name: use.values[field.name] for field in read.fields}
    return Question(code, values, {port: PortType.of(type) for port, type in use.inputs.items()})


def arguments(code: str, values: Values, inputs: Mapping[str, TensorType]) -> dict[str, Any]:
    """The arguments of the class, those left out that have their default. Raises ShapeError where the class axis, that
    some follow, is free."""
    read = read_code(code)
    first = inputs[read.inputs[0].name] if read.inputs[0].name in inputs else next(iter(inputs.values()))
    made: dict[str, Any] = {}
    for name in read.given:
        if first.rank < 2:
            raise ShapeError(
                tr("{name} has {given}, but what arrives has no axis besides the batch.",
                   name=read.class_name, given=name)
            )  # fmt: skip
        made[name] = fixed(first.axes[class_axis(first)], read.class_name, read.inputs[0].name)
    for field in read.fields:
        value = values[field.name]
        if value != field.default or type(value) is not type(field.default):
            made[field.name] = value
    return made


def obstacle(code: str) -> ShapeError | None:
    """What stands in the way of a text wherever it is used: that it is no layer, or that nobody has trusted it yet."""
    read = read_code(code)
    if not read.ok:
        return ShapeError(
            tr("Line {line} of the code: {sentence}", line=read.line, sentence=read.sentence),
            parameter=CODE.name,
        )
    if not may_run(code):
        return Untrusted(
            tr(
                "The code of {name} comes with the project and does not run before you have read and trusted it.",
                name=read.class_name,
            ),
            parameter=CODE.name,
            suggestions=(ReadAndTrust(tr("Read and trust this code…")),),
        )
    return None


def _answer(code: str, use: Use) -> Description:
    read = read_code(code)
    error = obstacle(code)
    if error is not None:
        raise error
    arguments(code, use.values, use.inputs)
    if code == STARTER:
        return _starter(use)
    found = described.answer(question(code, use))
    if found is None:
        raise Pending(tr("A worker is finding out what leaves {name}.", name=read.class_name))
    if found.error:
        raise ShapeError(with_line(found.error, found.line), parameter=CODE.name)
    return found


def _starter(use: Use) -> Description:
    """The answer for the text that we wrote ourselves needs no worker."""
    x = expect_float(use, CUSTOM.label)
    if class_axis(x) != x.rank - 1:
        raise ShapeError(
            tr("The code of a new custom layer works on the last axis, but the {axis}s that arrive are not there."
               " Change the code, or insert a Permute.", axis=x.axes[class_axis(x)].meaning),
            port="x",
        )  # fmt: skip
    return Description({"y": PortType.of(x)}, fixed(x.axes[-1], CUSTOM.label))


def _lower(code: str, use: Use) -> Lowering:
    read = read_code(code)
    wired = [port for port in read.inputs if port.name in use.inputs]
    call = Call(
        target=read.class_name,
        construct=arguments(code, use.values, use.inputs),
        args=tuple(Ref(port.name) for port in wired if not port.optional),
        keywords={port.name: Ref(port.name) for port in wired if port.optional},
        usual={field.name: field.default for field in read.fields},
        code=code,
    )
    if len(read.outputs) == 1:
        return Lowering(calls=(call,))
    return Lowering(calls=(call,), outputs={port.name: Ref("", (i,)) for i, port in enumerate(read.outputs)})


def _card(read: CustomCode, values: Values) -> str:
    if not read.ok:
        return ""
    changed = [
        f"{field.label} {field.describe(values[field.name])}"
        for field in read.fields
        if values.get(field.name, field.default) != field.default
    ]
    return " · ".join([read.class_name, *changed][:3])


@lru_cache(maxsize=256)
def _layer(code: str) -> Layer:
    read = read_code(code)

    def infer(use: Use) -> dict[str, TensorType]:
        found = _answer(code, use)
        return {port: type.type() for port, type in found.outputs.items()}

    first, _, rest = read.help.partition("\n")
    first = first.strip()
    summary = (first if first.endswith(".") else f"{first}.") if first else tr("A layer written in Python.")
    return Layer(
        type=CUSTOM_TYPE,
        label=read.class_name[:MOST_LABEL] or tr("Custom layer"),
        group="Custom",
        stem="custom",
        summary=summary,
        help=rest.strip() or tr("A layer of your own, written in Python: its code stands in the inspector."),
        inputs=read.inputs,
        outputs=read.outputs,
        parameters=(CODE, *read.fields),
        infer=infer,
        lower=lambda use: _lower(code, use),
        weights=lambda use: _answer(code, use).weights,
        macs=lambda use, outputs: Size.of(_answer(code, use).macs),
        card=lambda values: _card(read, values),
        common=False,
    )


CUSTOM = Layer(
    type=CUSTOM_TYPE,
    label="Custom layer",
    group="Custom",
    stem="custom",
    summary="A layer of your own, written in Python.",
    help="A layer of your own, written as a PyTorch class in the inspector: all that the catalogue does not have."
    " The arguments of forward are its inputs, what it returns are its outputs, and the arguments of __init__ with a"
    " default are its settings. The code runs in a process of its own, and only after you have trusted it: a project"
    " from somebody else cannot run anything by being opened.",
    formula="y = f(x)",
    synonyms=("python", "code", "own", "module", "nn.Module", "script", "lambda"),
    inputs=_layer(STARTER).inputs,
    outputs=_layer(STARTER).outputs,
    parameters=_layer(STARTER).parameters,
    infer=_layer(STARTER).infer,
    lower=_layer(STARTER).lower,
    weights=_layer(STARTER).weights,
    macs=_layer(STARTER).macs,
    card=_layer(STARTER).card,
    common=False,
    samples=(
        Sample(inputs={"x": tensor(feature=5)}),
        Sample(inputs={"x": tensor(time="T", feature=4)}, values={"start": 0.5}),
    ),
)
