"""Where values enter and leave a block. The name of the node is the name of the port where the block is used."""

from __future__ import annotations

from nndesigner.base.fields import BoolField, IntField, TextField
from nndesigner.base.shapes import BATCH, Axis, Size, TensorType
from nndesigner.base.text import tr
from nndesigner.layers.declaration import Layer, Lowering, Ref, Sample, ShapeError, Use

ENTRY, EXIT = "entry", "exit"
POSITION = IntField(
    name="position",
    label="Position",
    default=0,
    minimum=0,
    maximum=999,
    help="Place of the port among the others of the block, from the top.",
)


def example_type(text: str) -> TensorType:
    """The type that a text such as "channel 64, height H, width W" says; "tokens" first for whole numbers.

    Raises ShapeError with a sentence.
    """
    element, axes = "float", []
    for piece in text.split(","):
        words = piece.split()
        if words[:1] == ["tokens"]:
            element, words = "int", words[1:]
        if not words:
            continue
        try:
            if len(words) != 2 or not words[0].isalpha():
                raise ValueError(piece)
            axes.append(Axis(words[0], Size.of(int(words[1]) if words[1].isdigit() else words[1])))
        except ValueError:
            raise ShapeError(
                tr(
                    "“{text}” says no shape: write one such as channel 64, height H, width W.", text=text[:60]
                ),
                parameter="example",
            ) from None
    return TensorType(element, (BATCH, *axes))


def _entry(use: Use) -> dict[str, TensorType]:
    """What enters where the block is looked at by itself; nothing at an optional port without an example."""
    if not use["example"]:
        if use["optional"]:
            return {}
        raise ShapeError(
            tr("What enters here is known where the block is used. Use it, or write an example shape."),
            parameter="example",
        )
    return {"y": example_type(use["example"])}


BLOCK_INPUT = Layer(
    type="BlockInput",
    label="Block input",
    group="Blocks",
    stem="x",
    role=ENTRY,
    summary="A value enters the block here.",
    help="Each block input is a port of the block where it is used, under the name of this node. Only inside blocks.",
    synonyms=("port", "argument", "block"),
    inputs=(),
    parameters=(
        POSITION,
        BoolField(
            name="optional",
            label="Optional",
            default=False,
            help="Whether the port may stay without a wire where the block is used.",
        ),
        TextField(
            name="example",
            label="Example shape",
            default="",
            longest=200,
            advanced=True,
            help="A shape such as “channel 64, height H, width W”, to look at the block while nothing uses it.",
        ),
    ),
    infer=_entry,
    lower=lambda use: Lowering(outputs={}),
    common=False,
    samples=(Sample(values={"example": "channel 8, height H, width W"}, inputs={}),),
)
BLOCK_OUTPUT = Layer(
    type="BlockOutput",
    label="Block output",
    group="Blocks",
    stem="y",
    role=EXIT,
    summary="A value leaves the block here.",
    help="Each block output is a port of the block where it is used, under the name of this node. Only inside blocks.",
    synonyms=("port", "result", "return", "block"),
    outputs=(),
    parameters=(POSITION,),
    infer=lambda use: {"y": use.x},
    lower=lambda use: Lowering(outputs={"y": Ref("x")}),
    common=False,
    samples=(Sample(inputs={}),),
)
