"""ONNX files as others open them: checked in full, run by onnxruntime, with the names of the canvas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.deploy import exportable
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.exporters.exporter import Exportable
from nndesigner.exporters.onnx_file import ONNX
from tests.networks import chain


def written(document: Document, folder: Path, **options: Any) -> tuple[Exportable, Path]:
    torch.manual_seed(0)
    checked = check(document)
    assert checked.ok, checked.errors
    made = exportable(build(checked), checked, "net")
    ONNX.write(
        made, folder, "net", {"opset": "20", "editable": False, **options}, lambda fraction, sentence: None
    )
    return made, folder / "net.onnx"


def assert_same(made: Exportable, path: Path) -> None:
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path)
    assert tuple(entry.name for entry in session.get_inputs()) == made.input_names
    assert tuple(entry.name for entry in session.get_outputs()) == made.output_names
    for sizes in (*made.sizes, {**made.sizes[0], "N": 1}):
        inputs = made.example(sizes)
        with torch.no_grad():
            live = made.model(*inputs)
        answers = session.run(
            None, {name: x.numpy() for name, x in zip(made.input_names, inputs, strict=True)}
        )
        for want, have in zip(live if isinstance(live, tuple) else (live,), answers, strict=True):
            np.testing.assert_allclose(want.numpy(), have, rtol=1e-4, atol=1e-5)


def named(document: Document, **names: str) -> Document:
    for old, new in names.items():
        node = document.node_named(old)
        assert node is not None
        document = document.apply(edits.rename(document, node.id, new))
    return document


def with_second_output(document: Document, after: str) -> Document:
    node = document.node_named(after)
    assert node is not None
    return document.apply(edits.append_node(document, "Output", node.id))


LAYERS = chain(
    [("TableInput", {"features": 4}), ("Linear", {"out_features": 3}), ("ReLU", {}), ("Output", {})]
)


def test_an_output_named_like_a_value_inside(tmp_path: Path) -> None:
    document = named(LAYERS, output1="linear", linear1="relu", relu1="x", table1="add")
    assert_same(*written(document, tmp_path))


def test_two_outputs_of_one_value_are_two_outputs(tmp_path: Path) -> None:
    assert_same(*written(with_second_output(LAYERS, "relu1"), tmp_path))


def test_an_input_that_is_passed_straight_on(tmp_path: Path) -> None:
    assert_same(*written(with_second_output(LAYERS, "table1"), tmp_path))
    assert_same(*written(chain([("TableInput", {"features": 4}), ("Output", {})]), tmp_path))


@pytest.mark.parametrize("options", [{"opset": "18"}, {"editable": True}], ids=str)
def test_the_options_give_files_that_run_too(options: dict[str, Any], tmp_path: Path) -> None:
    document = chain(
        [
            ("ImageInput", {"channels": 1, "height": "H", "width": "W"}),
            ("Conv2d", {"out_channels": 3}),
            ("BatchNorm2d", {}),
            ("ReLU", {}),
            ("Mean", {}),
            ("Output", {}),
        ]
    )
    made, path = written(document, tmp_path, **options)
    assert_same(made, path)
    operators = {node.op_type for node in onnx.load(path).graph.node}
    assert ("BatchNormalization" in operators) == bool(options.get("editable"))
    dimensions = onnx.load(path).graph.input[0].type.tensor_type.shape.dim
    assert [d.dim_param or d.dim_value for d in dimensions] == ["N", 1, "H", "W"]


def test_nothing_tells_where_the_file_was_made(tmp_path: Path) -> None:
    _, path = written(LAYERS, tmp_path)
    model = onnx.load(path)
    assert model.producer_name == "nndesigner" and not model.doc_string
    noted = {entry.key for node in model.graph.node for entry in node.metadata_props}
    assert noted == {"pkg.torch.onnx.name_scopes"} and not any(node.doc_string for node in model.graph.node)
    assert str(Path(__file__).parents[2]).encode() not in path.read_bytes()
