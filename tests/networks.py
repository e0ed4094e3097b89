"""Networks that many tests build: drawn through the edit verbs, with data fields as a worker would have found them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Node

Step = tuple[str, Mapping[str, Any]]

DIGIT_IMAGE = DataField(
    name="image",
    role="input",
    kind="image",
    element="float",
    axes=(("channel", 1), ("height", 8), ("width", 8)),
    statistics={"minimum": 0.0, "maximum": 16.0},
    preparation={"kind": "affine", "axis": 0, "offset": [0.0], "scale": [16.0]},
)
DIGIT = DataField(name="digit", role="target", kind="class", element="int", classes=tuple("0123456789"))
MIXED_TABLE = DataField(
    name="row",
    role="input",
    kind="table",
    element="float",
    axes=(("feature", 5),),
    columns=("height", "sex", "weight"),
    preparation={
        "kind": "columns",
        "columns": [
            {"kind": "number", "fill": 170.0, "offset": 171.5, "scale": 8.0},
            {"kind": "category", "size": 3},
            {"kind": "number", "fill": 70.0, "offset": 69.0, "scale": 11.0},
        ],
    },
)
PRICE = DataField(
    name="price",
    role="target",
    kind="number",
    element="float",
    axes=(("feature", 1),),
    preparation={"kind": "affine", "axis": -1, "offset": [150.0], "scale": [77.0]},
)


def chain(steps: Sequence[Step], fields: Sequence[DataField] = ()) -> Document:
    """A document with one chain of layers, each wired to the next, and data with the given fields."""
    document = edits.new_document("chain")
    if fields:
        document = document.apply(edits.set_data(document, "digits"))
        document = document.apply(edits.set_found(document, fields, {"all": 10}, "f"))
    before = ""
    for type, parameters in steps:
        if before:
            diff = edits.append_node(document, type, before, parameters=parameters)
        else:
            diff = edits.add_node(document, type, parameters=parameters)
        document = document.apply(diff)
        before = next(r.id for r in diff.added.values() if isinstance(r, Node))
    return document


def digits_cnn() -> Document:
    return chain(
        [
            ("ImageInput", {}),
            ("Conv2d", {"out_channels": 4}),
            ("ReLU", {}),
            ("MaxPool2d", {}),
            ("Flatten", {}),
            ("Linear", {"out_features": 10}),
            ("Output", {}),
        ],
        [DIGIT_IMAGE, DIGIT],
    )
