"""Small documents for the tests of the session."""

from __future__ import annotations

from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.document import edits
from nndesigner.document.document import Document

FOUND: dict[str, Any] = {
    "fields": (
        DataField(name="x", role="input", kind="table", element="float", axes=(("feature", 4),)),
        DataField(name="y", role="target", kind="class", element="int", classes=("a", "b", "c")),
    ),
    "counts": {"all": 150, "train": 120, "validation": 15, "test": 15},
    "fingerprint": "f" * 64,
    "remarks": (),
}


def chain(*types: str, document: Document | None = None) -> Document:
    """Layers one after the other, their ids being "n0", "n1" …"""
    document = document or edits.new_document()
    for number, type in enumerate(types):
        if number == 0:
            document = document.apply(edits.add_node(document, type, id="n0"))
        else:
            document = document.apply(edits.append_node(document, type, f"n{number - 1}", id=f"n{number}"))
    return document


def classifier() -> Document:
    """A network for iris that can be trained, its data known."""
    document = chain("TableInput", "Linear", "ReLU", "Linear", "Output")
    document = document.apply(edits.set_parameters(document, "n3", {"out_features": 3}))
    document = document.apply(edits.set_data(document, "iris"))
    return document.apply(edits.set_found(document, **FOUND))
