"""Drawable = exportable: every layer of the catalogue leaves through the gate, free sizes staying free."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nndesigner.base.shapes import TensorType
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.exporters import gate
from nndesigner.layers.catalogue import layers
from nndesigner.layers.declaration import Layer, Sample

INPUTS = {
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
QUICK = {"LSTM-0", "RNN-0", "AdaptiveAvgPool2d-2"}


def wired(layer: Layer, sample: Sample) -> Document:
    """The layer with an input at every port of the sample and an output at every port of its own."""
    document = edits.new_document()
    diff = edits.add_node(document, layer.type, parameters=sample.values)
    document = document.apply(diff)
    (node,) = diff.added
    for port, type in sample.inputs.items():
        source = _input(document, type)
        document = document.apply(source)
        ids = list(source.added)
        last = (
            ids[-1]
            if len(ids) == 1
            else next(i for i in ids if getattr(source.added[i], "type", "") == "Permute")
        )
        document = document.apply(edits.connect(document, last, "y", node, port))
    for out in layer.output_ports({**layer.defaults(), **sample.values}):
        end = edits.add_node(document, "Output")
        document = document.apply(end)
        document = document.apply(edits.connect(document, node, out.name, next(iter(end.added)), "x"))
    return document


def _input(document: Document, type: TensorType) -> edits.Diff:
    input_type, names = INPUTS[type.meanings[1:]]
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
