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


def drawn(
    nodes: Mapping[str, Step], wires: Sequence[tuple[str, str]], fields: Sequence[DataField] = ()
) -> Document:
    """A document with named nodes and wires such as ("input", "kl.mean"); the ports are x and y where none is named."""
    document = edits.new_document("drawn")
    if fields:
        document = document.apply(edits.set_data(document, "digits"))
        document = document.apply(edits.set_found(document, fields, {"all": 10}, "f"))
    ids = {}
    for name, (type, parameters) in nodes.items():
        diff = edits.add_node(document, type, parameters=parameters)
        (made,) = (r for r in diff.added.values() if isinstance(r, Node))
        document = document.apply(diff)
        document = document.apply(edits.rename(document, made.id, name))
        ids[name] = made.id
    for source, target in wires:
        source, _, out_port = source.partition(".")
        target, _, in_port = target.partition(".")
        diff = edits.connect(document, ids[source], out_port or "y", ids[target], in_port or "x")
        document = document.apply(diff)
    return document


def gaussian() -> Document:
    """Two numbers of a row of four, each with its uncertainty."""
    row = DataField(name="row", role="input", kind="table", element="float", axes=(("feature", 4),))
    pair = DataField(name="pair", role="target", kind="number", element="float", axes=(("feature", 2),))
    return drawn(
        {
            "row1": ("TableInput", {}),
            "linear1": ("Linear", {"out_features": 2}),
            "linear2": ("Linear", {"out_features": 2}),
            "output1": ("Output", {"loss": "gaussian_nll"}),
        },
        [("row1", "linear1"), ("row1", "linear2"), ("linear1", "output1"), ("linear2", "output1.log_var")],
        [row, pair],
    )


def two_rows() -> Document:
    """One number from two rows of two columns each, by a linear layer over both."""
    rows = [
        DataField(
            name=name,
            role="input",
            kind="table",
            element="float",
            axes=(("feature", 2),),
            columns=("a", "b"),
        )
        for name in ("left", "right")
    ]
    goal = DataField(name="goal", role="target", kind="number", element="float", axes=(("feature", 1),))
    return drawn(
        {
            "row1": ("TableInput", {"field": "left"}),
            "row2": ("TableInput", {"field": "right"}),
            "concat1": ("Concatenate", {}),
            "linear1": ("Linear", {"out_features": 1}),
            "output1": ("Output", {}),
        },
        [("row1", "concat1.a"), ("row2", "concat1.b"), ("concat1", "linear1"), ("linear1", "output1")],
        [*rows, goal],
    )
