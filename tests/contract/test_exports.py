"""Drawable = exportable: every layer of the catalogue leaves through the gate, free sizes staying free."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.base.shapes import Axis, Size, TensorType
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.exporters import gate
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Layer, Sample

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
    """The layer with an input at every port of the sample and an output at every port of its own."""
    document = edits.new_document()
    diff = edits.add_node(document, layer.type, parameters=sample.values)
    document = document.apply(diff)
    (node,) = diff.added
    if "indices" in sample.inputs:
        return _finished(_unpooled(document, sample, node), layer, sample, node)
    for port, type in sample.inputs.items():
        document, last = _fed(document, type)
        document = document.apply(edits.connect(document, last, "y", node, port))
    return _finished(document, layer, sample, node)


def _finished(document: Document, layer: Layer, sample: Sample, node: str) -> Document:
    for out in layer.output_ports({**layer.defaults(), **sample.values}):
        end = edits.add_node(document, "Output")
        document = document.apply(end)
        document = document.apply(edits.connect(document, node, out.name, next(iter(end.added)), "x"))
    return document


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


@pytest.mark.long
@pytest.mark.parametrize(("layer", "sample"), CASES)
def test_every_layer_leaves_the_house(layer: Layer, sample: Sample, tmp_path: Path) -> None:
    leaves(layer, sample, tmp_path)
