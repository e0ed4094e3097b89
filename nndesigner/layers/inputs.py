"""Where data enters a network: images, table rows, series and tokens. Sizes follow the data unless they are set."""

from __future__ import annotations

from collections.abc import Mapping

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import AxisField, DataFieldField, IntField
from nndesigner.base.shapes import BATCH, Axis, TensorType
from nndesigner.base.text import tr
from nndesigner.layers.declaration import Layer, Lowering, Port, Sample, SetParameter, ShapeError, Use

NOTHING = Lowering(outputs={})


def field_of(use: Use, kind: str, what: str = "") -> DataField | None:
    """The field of the data that an input for this kind reads: the one it names, else the first that fits; None
    without data. `what` says in words what it reads. Raises ShapeError where the data has no such field."""
    wanted = use["field"]
    if wanted:
        found = use.fields.get(wanted)
        if found is None and use.fields:
            raise ShapeError(
                tr(
                    "The data has no field “{name}”. It has: {known}.",
                    name=wanted,
                    known=", ".join(use.fields),
                ),
                parameter="field",
                suggestions=(SetParameter("field", "", tr("Use the first field that fits")),),
            )
        if found is not None and found.kind != kind:
            raise ShapeError(
                tr(
                    "The field “{name}” holds {kind} values; this input reads {what}.",
                    name=wanted,
                    kind=found.kind,
                    what=what,
                ),
                parameter="field",
            )
        return found
    # The class of a sample, elsewhere what is to be found out, may be given to a network that makes samples of it.
    fitting = [
        f
        for f in use.fields.values()
        if f.kind == kind and (f.role in ("input", "either") or (kind == "class" and not f.axes))
    ]
    if not fitting and use.fields:
        known = ", ".join(f"{f.name} ({f.kind})" for f in use.fields.values() if f.role != "target")
        raise ShapeError(
            tr("The data has no field of {what} to read. It has: {known}.", what=what, known=known)
        )
    return fitting[0] if fitting else None


def _axis(use: Use, meaning: str, found: DataField | None, parameter: AxisField, position: int) -> Axis:
    """One axis of the input: the set length where there is one (checked against the data), else the data's."""
    in_data = found.axes[position][1] if found is not None else None
    size = parameter.size(use[parameter.name], in_data)
    if size is None:
        raise ShapeError(
            tr(
                "“{label}” is not known yet: choose data for the project, or type it in.",
                label=tr(parameter.label),
            ),
            parameter=parameter.name,
        )
    if in_data is not None and size.value is not None and size.value != in_data:
        raise ShapeError(
            tr(
                "The {label} is set to {size}, but the data has {have}.",
                label=parameter.label.lower(),
                size=size,
                have=in_data,
            ),
            parameter=parameter.name,
            suggestions=(SetParameter(parameter.name, "", tr("Follow the data")),),
        )
    return Axis(meaning, size)


FIELD = DataFieldField(
    name="field",
    label="Data field",
    advanced=True,
    help="Which field of the data enters here; empty takes the first that fits.",
)


def _declare(
    type: str,
    label: str,
    stem: str,
    summary: str,
    kind: str,
    what: str,
    axes: tuple[tuple[str, AxisField], ...],
    element: str = "float",
    help: str = "",
    synonyms: tuple[str, ...] = (),
    names: Mapping[str, object] = {},
) -> Layer:
    def infer(use: Use) -> dict[str, TensorType]:
        found = field_of(use, kind, what)
        if found is not None and len(found.axes) != len(axes):
            raise ShapeError(
                tr(
                    "The field “{name}” has {have} axes; this input has {want}.",
                    name=found.name,
                    have=len(found.axes),
                    want=len(axes),
                )
            )
        placed = tuple(_axis(use, meaning, found, axis, i) for i, (meaning, axis) in enumerate(axes))
        values = None
        if element == "int":
            values = use["vocabulary"] or (len(found.tokens) if found is not None and found.tokens else None)
            if found is not None and found.tokens and values is not None and values < len(found.tokens):
                raise ShapeError(
                    tr(
                        "The vocabulary is set to {set}, but the data has {have} different tokens.",
                        set=values,
                        have=len(found.tokens),
                    ),
                    parameter="vocabulary",
                    suggestions=(SetParameter("vocabulary", 0, tr("Follow the data")),),
                )
        return {"y": TensorType(element, (BATCH, *placed), values)}

    vocabulary = (
        IntField(
            name="vocabulary",
            label="Vocabulary",
            default=0,
            minimum=0,
            maximum=10_000_000,
            help="Number of different tokens; 0 follows the data.",
        ),
    )
    return Layer(
        type=type,
        label=label,
        group="Input and output",
        stem=stem,
        summary=summary,
        role="input",
        reads=kind,
        inputs=(),
        outputs=(Port("y", label=what),),
        infer=infer,
        lower=lambda use: NOTHING,
        help=help,
        synonyms=("input", *synonyms),
        parameters=(*(axis for _, axis in axes), *(vocabulary if element == "int" else ()), FIELD),
        samples=(Sample(values={**dict(names)}, inputs={}),) if names else (),
    )


def _length(name: str, label: str, help: str) -> AxisField:
    return AxisField(
        name=name, label=label, help=help + " Empty follows the data; a name such as T leaves it free."
    )


def _number(name: str, label: str, help: str) -> AxisField:
    """An axis that weights and preparation depend on: it cannot be free."""
    return AxisField(name=name, label=label, help=help + " Empty follows the data.", may_be_free=False)


IMAGE_INPUT = _declare(
    "ImageInput",
    "Image input",
    "image",
    "Pictures enter the network here.",
    "image",
    "images",
    (
        ("channel", _number("channels", "Channels", "1 for grey, 3 for colour.")),
        ("height", _length("height", "Height", "Rows of pixels.")),
        ("width", _length("width", "Width", "Columns of pixels.")),
    ),
    help="Receives a batch of images as batch × channel × height × width. Pixel values are prepared (for example"
    " scaled to 0–1) inside the model, so that the exported file takes raw pixels.",
    synonyms=("picture", "pixels", "imageInputLayer"),
    names={"channels": 1, "height": 8, "width": 8},
)
TABLE_INPUT = _declare(
    "TableInput",
    "Table input",
    "table",
    "Rows of numbers enter the network here.",
    "table",
    "table rows",
    (("feature", _number("features", "Features", "Numbers per row.")),),
    help="Receives a batch of rows as batch × feature. Columns are standardized and categories encoded inside the"
    " model.",
    synonyms=("vector", "features", "tabular", "featureInputLayer"),
    names={"features": 4},
)
SEQUENCE_INPUT = _declare(
    "SequenceInput",
    "Sequence input",
    "sequence",
    "Series of numbers enter the network here.",
    "series",
    "series",
    (
        ("time", _length("length", "Length", "Time steps.")),
        ("feature", _number("features", "Features", "Numbers per time step.")),
    ),
    help="Receives a batch of series as batch × time × feature.",
    synonyms=("time series", "signal", "sequenceInputLayer"),
    names={"length": "T", "features": 1},
)
TOKENS_INPUT = _declare(
    "TokensInput",
    "Tokens input",
    "tokens",
    "Text, as token numbers, enters the network here.",
    "tokens",
    "tokens",
    (("time", _length("length", "Length", "Tokens per sample.")),),
    element="int",
    help="Receives a batch of token numbers (int64) as batch × time. Follow it with an Embedding.",
    synonyms=("text", "words", "characters"),
    names={"length": "T", "vocabulary": 10},
)


def _infer_class(use: Use) -> dict[str, TensorType]:
    found = field_of(use, "class", tr("classes"))
    if found is not None and found.axes:
        raise ShapeError(tr("The field “{name}” has more than one class per sample.", name=found.name))
    known = len(found.classes) if found is not None else 0
    values = use["classes"] or known
    if not values:
        raise ShapeError(
            tr("The number of classes is not known yet: choose data for the project, or type it in."),
            parameter="classes",
        )
    if known > values:
        raise ShapeError(
            tr("The number of classes is set to {set}, but the data has {have}.", set=values, have=known),
            parameter="classes",
            suggestions=(SetParameter("classes", 0, tr("Follow the data")),),
        )
    return {"y": TensorType("int", (BATCH,), values)}


CLASS_INPUT = Layer(
    type="ClassInput",
    label="Class input",
    group="Input and output",
    stem="class",
    summary="The class of each sample enters the network here, for networks that are told what to make.",
    role="input",
    reads="class",
    inputs=(),
    outputs=(Port("y", label="class numbers"),),
    infer=_infer_class,
    lower=lambda use: NOTHING,
    help="Receives one class number per sample (int64), counted from 0. Follow it with an Embedding or One-hot. A"
    " conditional generator and its discriminator read the same one.",
    synonyms=("input", "label", "condition", "conditional", "category"),
    common=False,
    parameters=(
        IntField(
            name="classes",
            label="Classes",
            default=0,
            minimum=0,
            maximum=10_000_000,
            help="Number of different classes; 0 follows the data.",
        ),
        FIELD,
    ),
    samples=(Sample(values={"classes": 5}, inputs={}),),
)
