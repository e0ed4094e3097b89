"""Generated data for a project that comes without: fields of the kind that its inputs read and its outputs ask for."""

from __future__ import annotations

from typing import Any

import numpy as np

from nndesigner.base.data_field import DataField
from nndesigner.check.check import check
from nndesigner.check.checked import CheckedNetwork, CheckedNode, Head
from nndesigner.data.dataset import Dataset
from nndesigner.data.source import PARTS
from nndesigner.document import edits
from nndesigner.document.document import Document

SAMPLES = 12
"""of which two thirds train"""


def with_data(document: Document) -> tuple[Document, Dataset]:
    """The project with generated data, and that data. Every input and every output has a field of its own."""
    checked = check(document)
    draw = np.random.default_rng(0)
    fields: dict[str, DataField] = {}
    arrays: dict[str, Any] = {}
    wanted: list[tuple[CheckedNode, str, DataField]] = [
        *((node, "field", _input(node, checked)) for node in checked.inputs),
        *((head.node, "target", _target(head, checked)) for head in checked.heads),
    ]
    for _, _, field in wanted:
        fields[field.name], arrays[field.name] = field, _values(field, draw)
    indices = dict(zip(PARTS, np.split(np.arange(SAMPLES), (8, 10)), strict=True))
    counts = {"all": SAMPLES, **{part: len(rows) for part, rows in indices.items()}}
    document = document.apply(edits.set_data(document, "numpy"))
    document = document.apply(edits.set_found(document, tuple(fields.values()), counts, "generated"))
    for node, parameter, field in wanted:
        document = document.apply(edits.set_parameters(document, node.id, {parameter: field.name}))
    made = Dataset(
        fields=fields, arrays=arrays, indices=indices, counts=counts, fingerprint="generated", remarks=()
    )
    return document, made


def _input(node: CheckedNode, checked: CheckedNetwork) -> DataField:
    assert node.layer is not None and node.layer.reads is not None
    type = node.outputs["y"]
    words = tuple(map(str, range(type.values or 2))) if type.element == "int" else ()
    axes = tuple(zip(type.meanings[1:], type.shape({**checked.example, "N": 1})[1:], strict=True))
    return DataField(
        name=f"in_{node.name}",
        role="input",
        kind=node.layer.reads,
        element=type.element,
        axes=axes,
        tokens=words,
    )


def _target(head: Head, checked: CheckedNetwork) -> DataField:
    """What the loss of an output compares with: classes, yes or no, or numbers of the shape that arrives."""
    sizes = head.arriving.shape({**checked.example, "N": 1})
    axes = list(zip(head.arriving.meanings, sizes, strict=True))[1:]
    words: dict[str, Any] = {"name": f"target_{head.node.name}", "role": "target"}
    predicts = head.loss.predicts if head.loss is not None else "value"
    if predicts == "class" or (predicts == "binary" and axes == [("feature", 1)]):
        _, width = axes.pop(head.class_axis - 1)
        names = tuple(f"class {i}" for i in range(max(width, 2)))
        return DataField(**words, kind="class", element="int", classes=names, axes=tuple(axes))
    kind = {("channel", "height", "width"): "image", ("time", "feature"): "series"}
    found = kind.get(tuple(meaning for meaning, _ in axes), "number")
    return DataField(**words, kind=found, element="float", axes=tuple(axes))


def _values(field: DataField, draw: np.random.Generator) -> Any:
    shape = (SAMPLES, *field.sizes)
    if field.element == "int":
        return draw.integers(0, len(field.classes or field.tokens), shape)
    return draw.random(shape, np.float32)
