"""Drawable = exportable: every layer of the catalogue leaves through the gate, free sizes staying free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from nndesigner.base.shapes import BATCH, Axis, Size, TensorType, tensor
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.exporters import gate
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Layer, Sample, Use

pytestmark = pytest.mark.filterwarnings(
    "ignore:LSTM with projections:UserWarning"
)  # torch: slower on this CPU
INPUTS = {
    ("channel", "depth", "height", "width"): ("ImageInput", ("channels", "height", "width")),
    ("channel", "height", "width"): ("ImageInput", ("channels", "height", "width")),
    ("channel", "length"): ("SequenceInput", ("features", "length")),
    ("feature",): ("TableInput", ("features",)),
    ("time", "feature"): ("SequenceInput", ("length", "features")),
    ("time",): ("TokensInput", ("length",)),
}
CASES = [
    pytest.param(layer, sample, id=f"{layer.type}-{number}")
    for layer in layers().values()
    if layer.role == "layer"
    for number, sample in enumerate(layer.samples)
]
QUICK = {
    "LSTM-0",
    "LSTM-4",
    "RNN-0",
    "AdaptiveAvgPool2d-2",
    "AdaptiveMaxPool3d-2",
    "FractionalMaxPool3d-0",
}


def wired(layer: Layer, sample: Sample) -> Document:
    """The layer with an input at every port of the sample and an output at every port of its own.

    What a layer without inputs gives is added to an input of its shape.
    """
    document = edits.new_document()
    diff = edits.add_node(document, layer.type, parameters=sample.values)
    document = document.apply(diff)
    (node,) = diff.added
    if "indices" in sample.inputs:
        document = _unpooled(document, sample, node)
    for port, type in sample.inputs.items() if "indices" not in sample.inputs else ():
        if (
            type.element == "bool" and type.rank == 3 and type.sizes[1] == type.sizes[2]
        ):  # a mask for each pair
            document, source, out = _source(document, tensor(time=type.sizes[1], feature=2))
            document, source = _behind(document, "WindowMask", source, out)
            out = "y"
        else:
            document, source, out = _source(document, type)
        document = document.apply(edits.connect(document, source, out, node, port))
    values = {**layer.defaults(), **sample.values}
    for out in layer.output_ports(values):
        tip, port = node, out.name
        if not sample.inputs:
            given = layer.infer(Use(inputs={}, values=values))[out.name]
            document, source, _ = _source(document, TensorType(given.element, (BATCH, *given.axes[1:])))
            document, tip = _behind(document, "Add", node, port, into="a")
            document = document.apply(edits.connect(document, source, "y", tip, "b"))
            port = "y"
        elif out.name == "weight":  # a table has no batch: it is used as a weight
            given = layer.infer(Use(inputs=sample.inputs, values=values))["weight"]
            document, source, _ = _source(document, tensor(feature=given.axes[-1].size))
            document, tip = _behind(document, "WeightedLinear", node, port, into="weight")
            document = document.apply(edits.connect(document, source, "y", tip, "x"))
            port = "y"
        document, _ = _behind(document, "Output", tip, port)
    return document


def _behind(
    document: Document, type: str, source: str, out: str = "y", into: str = "x", **parameters: Any
) -> tuple[Document, str]:
    """The document with a node behind another, and its id."""
    diff = edits.add_node(document, type, parameters=parameters)
    (node,) = diff.added
    grown = document.apply(diff)
    return grown.apply(edits.connect(grown, source, out, node, into)), node


def _source(document: Document, type: TensorType) -> tuple[Document, str, str]:
    """The document with a source of such a tensor: its node and its port."""
    if type.meanings[0] != "batch":
        if type.rank == 2:
            units, features = (size.value for size in type.sizes)
            document, row, _ = _source(document, tensor(feature=features or 1))
            document, table = _behind(document, "Linear", row, out_features=units, give_weight=True)
            return document, table, "weight"
        type = TensorType(type.element, (Axis("batch", Size.of(1)), *type.axes))
    if type.sizes[0] == 1:
        diff = edits.add_node(document, "Parameter", parameters={"begin": "normal", **_own(type)})
        return document.apply(diff), next(iter(diff.added)), "y"
    if type.element == "bool":
        document, number, _ = _source(document, TensorType("float", type.axes))
        document, truth = _behind(document, "Compare", number, into="a", value=0.5)
        return document, truth, "y"
    meanings = type.meanings[1:]
    if type.element == "int" and meanings != ("time",):
        steps = type.numel().value
        flat = TensorType("int", tensor(time=steps or str(type.sizes[1])).axes, type.values)
        if steps is None:  # the steps are free: each token several times over
            document, row, _ = _source(document, flat)
            document, tall = _behind(document, "Unsqueeze", row, position=-1, meaning="feature")
            document, wide = _behind(document, "Repeat", tall, axis="-1", times=type.sizes[2].value)
            return document, wide, "y"
        document, row, _ = _source(document, flat)
        document, shaped = _behind(document, "Reshape", row, **_own(type))
        return document, shaped, "y"
    if meanings not in INPUTS:
        document, row, _ = _source(document, tensor(feature=type.numel()))
        document, shaped = _behind(document, "Reshape", row, **_own(type))
        return document, shaped, "y"
    document, source = _fed(document, type)
    return document, source, "y"


def _fed(document: Document, type: TensorType) -> tuple[Document, str]:
    """The document with an input of the type, and the node that gives it."""
    source = _input(document, type)
    after = ("Permute", "Reshape", "PaddingMask", "WindowMask")
    turned = [id for id, record in source.added.items() if getattr(record, "type", "") in after]
    return document.apply(source), turned[0] if turned else next(iter(source.added))


def _unpooled(document: Document, sample: Sample, node: str) -> Document:
    """What an unpooling takes: the values and the places of a max pool, of maps as large as what comes back."""
    values, places = sample.inputs["x"], sample.inputs["indices"]
    axes = values.rank - 2
    side = round((places.values or 1) ** (1 / axes))
    large = values.with_axes(
        *values.axes[:2], *(Axis(axis.meaning, Size.of(side)) for axis in values.axes[2:])
    )
    document, image = _fed(document, large)
    pool = edits.append_node(document, f"MaxPool{axes}d", image, parameters={"return_indices": True})
    document = document.apply(pool)
    (id,) = (id for id, record in pool.added.items() if isinstance(record, Node))
    document = document.apply(edits.connect(document, id, "y", node, "x"))
    return document.apply(edits.connect(document, id, "indices", node, "indices"))


def _input(document: Document, type: TensorType) -> edits.Diff:
    if type.element == "bool":  # a mask: of tokens, or of a series
        plain = type.rank == 2
        axes = type.axes[:2] if plain else (*type.axes[:2], Axis("feature", Size.of(1)))
        first = _input(document, TensorType("int" if plain else "float", axes))
        grown = document.apply(first)
        mask, values = ("PaddingMask", {"token": 1}) if plain else ("WindowMask", {"back": 1, "ahead": 1})
        made = edits.append_node(grown, mask, next(iter(first.added)), parameters=values)
        return edits.Diff(added={**first.added, **made.added})
    input_type, names = INPUTS[type.meanings[1:]]
    if type.meanings[1:] == ("channel", "depth", "height", "width"):
        return _volume(document, type)
    sizes = [axis.size.value if axis.size.value is not None else str(axis.size) for axis in type.axes[1:]]
    parameters = dict(zip(names, sizes, strict=True))
    if input_type == "TokensInput":
        parameters["vocabulary"] = type.values or 5
    diff = edits.add_node(document, input_type, parameters=parameters)
    if type.meanings[1:] != ("channel", "length"):
        return diff
    grown = document.apply(diff)
    turned = edits.append_node(grown, "Permute", next(iter(diff.added)), parameters={"order": "2,1"})
    return edits.Diff(added={**diff.added, **turned.added})


def _own(type: TensorType) -> dict[str, Any]:
    sizes = ", ".join(str(size.value) for size in type.sizes[1:])
    return {"to": "own", "names": ", ".join(type.meanings[1:]), "sizes": sizes}


def _volume(document: Document, type: TensorType) -> edits.Diff:
    """An image with the pixels of each slice in a row, reshaped."""
    channels, depth, height, width = (axis.size for axis in type.axes[1:])
    values = {
        "channels": channels.value,
        "height": depth.value if depth.value is not None else str(depth),
        "width": (height * width).value,
    }
    diff = edits.add_node(document, "ImageInput", parameters=values)
    shape = {"to": "volume", "sizes": f"{channels}, -1, {height}, {width}"}
    grown = edits.append_node(document.apply(diff), "Reshape", next(iter(diff.added)), parameters=shape)
    return edits.Diff(added={**diff.added, **grown.added})


def leaves(layer: Layer, sample: Sample, folder: Path) -> None:
    checked = check(wired(layer, sample))
    assert checked.ok, [problem.message for problem in checked.errors]
    torch.manual_seed(0)
    made = exportable(build(checked), checked, layer.type)
    for format in ("pt2", "onnx"):
        assert gate.export(made, format, folder / "model").max_abs_difference < 1e-4


@pytest.mark.parametrize(("layer", "sample"), [case for case in CASES if case.id in QUICK])
def test_layers_whose_export_needs_care(layer: Layer, sample: Sample, tmp_path: Path) -> None:
    leaves(layer, sample, tmp_path)


FIRST = [case for case in CASES if str(case.id).endswith("-0")]


@pytest.mark.long
@pytest.mark.parametrize(("layer", "sample"), FIRST)
def test_every_layer_leaves_the_house(layer: Layer, sample: Sample, tmp_path: Path) -> None:
    leaves(layer, sample, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize(("layer", "sample"), [case for case in CASES if case not in FIRST])
def test_every_layer_leaves_the_house_in_each_of_its_ways(
    layer: Layer, sample: Sample, tmp_path: Path
) -> None:
    leaves(layer, sample, tmp_path)
