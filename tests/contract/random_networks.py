"""Random small networks, drawn as a person draws: a layer from the palette, wired to what is there, remedies taken."""

from __future__ import annotations

import random
from typing import Any

from nndesigner.base.data_field import DataField
from nndesigner.base.fields import (
    AxisField,
    BadValue,
    BoolField,
    ChoiceField,
    Field,
    FloatField,
    IntField,
    SizesField,
)
from nndesigner.base.shapes import Size
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Layer
from nndesigner.layers.losses.catalogue import LOSSES

LAYERS = [entry for entry in layers().values() if entry.role == "layer" and entry.type != "Custom"]
INPUTS = {entry.reads: entry for entry in layers().values() if entry.reads}
PENALTIES = [entry for entry in layers().values() if entry.role == "penalty"]
CHOICES = ["auto"] * len(LOSSES) + [name for name, loss in LOSSES.items() if not loss.beside]
RESHAPE = layers()["Reshape"]
ATTEMPTS = 25


def draw(rng: random.Random) -> Document:
    """A document with data and a network; nearly always one that the check lets through."""
    kinds = rng.choice((["image"], ["table"], ["series"], ["tokens"], ["image", "table"], ["series"]))
    fields = [_input_field(rng, kind) for kind in kinds]
    fields.append(_target(rng, fields[0]))
    document = edits.new_document()
    document = document.apply(edits.set_data(document, "digits"))
    document = document.apply(
        edits.set_found(document, fields, {"all": 10, "train": rng.choice((8, 9))}, "f")
    )
    document = document.apply(edits.set_plan(document, {"batch_size": rng.choice((1, 2, 4, 32))}))
    tips: list[str] = []
    for kind in kinds:
        document, node = _added(
            document, INPUTS[kind], _parameters(rng, INPUTS[kind]) if rng.random() < 0.6 else {}
        )
        tips.append(node.id)
        if kind == "image" and rng.random() < 0.2:
            slices = {"to": "volume", "sizes": rng.choice(("1, -1, 2, 2", "2, 2, -1, 2", "1, 2, -1, 3"))}
            turned, node = _added(document, RESHAPE, slices)
            turned = turned.apply(edits.connect(turned, tips[-1], "y", node.id, "x"))
            if check(turned).node(node.id).use is not None:
                document, tips = turned, [node.id]
    for _ in range(rng.choice((1, 2, 3, 4, 6))):
        for _ in range(ATTEMPTS):
            entry = rng.choice(LAYERS)
            document_with, node = _added(document, entry, _parameters(rng, entry))
            for port in edits.ports(document_with, node)[0]:
                if not port.optional or rng.random() < 0.5:
                    wire = edits.connect(document_with, rng.choice(tips[-3:]), "y", node.id, port.name)
                    document_with = document_with.apply(wire)
            document_with = take_remedies(document_with, 1) if rng.random() < 0.5 else document_with
            checked = check(document_with).node(node.id)
            goes_on = any(port.name == "y" for port in edits.ports(document_with, node)[1])
            if goes_on and checked is not None and checked.use is not None:
                document = document_with
                tips.append(node.id)
                break
    if rng.random() < 0.25:
        entry = rng.choice(PENALTIES)
        with_penalty, node = _added(document, entry, _parameters(rng, entry))
        for port in edits.ports(with_penalty, node)[0]:
            if not port.optional or rng.random() < 0.5:
                wire = edits.connect(with_penalty, rng.choice(tips), "y", node.id, port.name)
                with_penalty = with_penalty.apply(wire)
        checked = check(with_penalty).node(node.id)
        if checked is not None and checked.use is not None:
            document = with_penalty
    loss = rng.choice(CHOICES)
    options = LOSSES[loss].options if loss != "auto" and rng.random() < 0.5 else ()
    values = {option.name: value for option in options if (value := _value(rng, option)) is not None}
    types = check(document).types
    whole = [tip for tip in tips if (tip, "y") in types and types[tip, "y"].sizes[0] == Size.named("N")]
    end = edits.append_node(document, "Output", (whole or tips)[-1], parameters={"loss": loss, **values})
    return take_remedies(document.apply(end), 6)


def take_remedies(document: Document, most: int) -> Document:
    """The document after the first remedy of its first error, again and again."""
    for _ in range(most):
        remedies = [remedy for problem in check(document).errors for remedy in problem.remedies]
        if not remedies:
            break
        document = document.apply(edits.VERBS[remedies[0].verb](document, **remedies[0].arguments))
    return document


def describe(document: Document) -> str:
    """The network in one line, to see what a failing test was about."""
    nodes = " > ".join(f"{node.record.type}{node.record.parameters}" for node in check(document).nodes)
    data = document.data
    return f"{nodes} | {[(f.name, f.kind, f.axes) for f in data.fields] if data else ''}"


def _added(document: Document, entry: Layer, parameters: dict[str, Any]) -> tuple[Document, Node]:
    diff = edits.add_node(document, entry.type, parameters=parameters)
    (node,) = diff.added.values()
    assert isinstance(node, Node)
    return document.apply(diff), node


def _parameters(rng: random.Random, entry: Layer) -> dict[str, Any]:
    values = {field.name: _value(rng, field) for field in entry.parameters if rng.random() < 0.6}
    return {name: value for name, value in values.items() if value is not None}


def _value(rng: random.Random, field: Field) -> Any:
    match field:
        case IntField():
            return max(field.minimum, min(field.maximum, rng.choice((0, 1, 1, 2, 2, 3, 4, 5, 8, -1, -2))))
        case FloatField():
            most = min(field.maximum, 2.0)
            least = max(field.minimum, -1e9)
            return rng.choice((most, (least + most) / 2))
        case BoolField():
            return rng.random() < 0.5
        case ChoiceField():
            return rng.choice(list(field.choices))
        case SizesField():
            return [max(field.minimum, rng.choice((0, 1, 1, 2, 2, 3, 3, 5))) for _ in range(field.dimensions)]
        case AxisField():
            return rng.choice(("", "T", "S", 4, 6) if field.may_be_free else ("", "", 4))
    samples = {
        "sizes": (
            "1, 1, -1",
            "2, -1",
            "-1, 1",
            "-1",
            "1, -1, 2",
            "1, -1, 2, 2",
            "2, 2, -1, 1",
            "0, -1",
            "0, 2, -1",
            "1, 4",
            "5",
            "2, 3",
        ),
        "widths": ("1", "2", "0, 1", "-1", "1, 0, 2, 0", "-1, 1", "1, 1, 0"),
        "size": ("4", "3, 5", "8", "2, 3, 4"),
        "order": ("2, 1", "2, 3, 1", "3, 1, 2"),
        "axes": ("auto", "all", "1", "-1", "1, 2", "time", "height, width"),
        "equation": ("nij,njk->nik", "ni,ni->ni", "nij,nij->n", "nij->nji", "nij,nik->njk", "ni,nj->nij"),
        "names": ("time, head, feature", "channel, height", "feature"),
        "numbers": ("0", "0.5", "1, 2", "1, 2, 3, 4, 5, 6"),
    }
    fitting = [text for text in samples.get(field.name, ()) if _accepted(field, text)]
    return rng.choice(fitting) if fitting else None


def _accepted(field: Field, text: str) -> bool:
    try:
        field.check(text)
    except BadValue:
        return False
    return True


def _input_field(rng: random.Random, kind: str) -> DataField:
    size = rng.choice
    if kind == "tokens":
        axes = (("time", size((1, 3, 8))),)
        return DataField(
            name="text", role="input", kind=kind, element="int", axes=axes, tokens=tuple("abcde")
        )
    axes_of = {
        "image": (("channel", size((1, 3))), ("height", size((1, 4, 8, 9))), ("width", size((1, 6, 7, 8)))),
        "table": (("feature", size((1, 2, 5, 12))),),
        "series": (("time", size((1, 3, 8, 10))), ("feature", size((1, 2, 4)))),
    }
    return DataField(name=kind, role="input", kind=kind, element="float", axes=axes_of[kind])


def _target(rng: random.Random, first: DataField) -> DataField:
    kind = rng.choice(("class", "class", "number", "tokens" if first.kind == "tokens" else "class"))
    if kind == "class":
        classes = tuple("abc"[: rng.choice((2, 3))])
        return DataField(name="y", role="target", kind="class", element="int", classes=classes)
    if kind == "tokens":
        return DataField(
            name="y", role="target", kind="tokens", element="int", axes=first.axes, tokens=first.tokens
        )
    width = rng.choice((1, 3))
    scale = rng.choice(({}, {"kind": "affine", "axis": -1, "offset": [1.0] * width, "scale": [3.0] * width}))
    axes = (("feature", width),)
    return DataField(name="y", role="target", kind="number", element="float", axes=axes, preparation=scale)
