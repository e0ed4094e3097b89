from __future__ import annotations

import ast
import importlib.util
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build, raw_inputs, with_preparation
from nndesigner.compiler.source import class_name, source
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.project.reader import open_project
from tests.networks import DIGIT, DIGIT_IMAGE, MIXED_TABLE, PRICE, chain, digits_cnn


def load(text: str, folder: Path) -> Any:
    path = folder / "exported.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("exported", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def assert_same(document: Document, folder: Path) -> str:
    checked = check(document)
    model = with_preparation(build(checked), checked).eval()
    text = source(checked, "my net")
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, folder / "weights.safetensors")
    loaded = load(text, folder).load(str(folder / "weights.safetensors"))
    x = raw_inputs(checked, {"N": 4}, torch.Generator().manual_seed(0))
    with torch.no_grad():
        have, want = loaded(*x), model(*x)
    torch.testing.assert_close(have, want, rtol=0, atol=0)
    return text


def test_the_source_runs_and_gives_the_same_answers(tmp_path: Path) -> None:
    text = assert_same(digits_cnn(), tmp_path)
    assert 'self.conv1 = nn.Conv2d(in_channels=1, out_channels=4, kernel_size=3, padding="same")' in text
    assert "x = image1 / 16.0" in text
    assert max(map(len, text.splitlines())) <= 120


def test_a_table_with_categories_and_a_number_in_its_own_units(tmp_path: Path) -> None:
    steps = [
        ("TableInput", {}),
        ("Linear", {}),
        ("ReLU", {}),
        ("Linear", {"out_features": 1}),
        ("Output", {}),
    ]
    text = assert_same(chain(steps, [MIXED_TABLE, PRICE]), tmp_path)
    assert "* 77.0 + 150.0" in text


def test_long_lists_of_numbers_stand_at_the_end(tmp_path: Path) -> None:
    document = open_project(Path(__file__).parents[2] / "examples" / "breast-cancer-binary.nnd").document
    text = assert_same(document, tmp_path)
    last = ast.parse(text).body[-2:]
    assert [ast.unparse(each.targets[0]) for each in last if isinstance(each, ast.Assign)] == [
        "TABLE1_FILL",
        "TABLE1_SCALE",
    ]
    assert "torch.tensor(TABLE1_SCALE, dtype=torch.float32)" in text
    assert max(map(len, text.splitlines())) <= 110


def test_a_thousand_layers_are_printed_while_somebody_waits() -> None:
    steps = [("Linear", {"out_features": 8}), ("ReLU", {})] * 500
    checked = check(chain([("TableInput", {"features": 8}), *steps, ("Output", {})]))
    began = time.process_time()
    text = source(checked)
    assert text.count("nn.Linear(") == 500
    assert time.process_time() - began < 5.0


def test_branches_keep_their_own_variables(tmp_path: Path) -> None:
    steps = [("ImageInput", {}), ("Flatten", {}), ("Linear", {"out_features": 10}), ("ReLU", {})]
    document = chain(steps, [DIGIT_IMAGE, DIGIT])
    first, relu = document.node_named("linear1"), document.node_named("relu1")
    assert first is not None and relu is not None
    diff = edits.add_node(document, "Add")
    document = document.apply(diff)
    add = next(iter(diff.added))
    document = document.apply(edits.connect(document, first.id, "y", add, "a"))
    document = document.apply(edits.connect(document, relu.id, "y", add, "b"))
    document = document.apply(edits.append_node(document, "Output", add))
    text = assert_same(document, tmp_path)
    assert "linear1 = self.linear1(x)" in text


def test_a_layer_named_like_our_own_variable_does_no_harm(tmp_path: Path) -> None:
    document = digits_cnn()
    for old, new in (("conv1", "x"), ("relu1", "model"), ("pool1", "load_file"), ("image1", "path")):
        node = document.node_named(old)
        assert node is not None
        document = document.apply(edits.rename(document, node.id, new))
    assert_same(document, tmp_path)


def test_a_network_called_like_an_import_has_another_class(tmp_path: Path) -> None:
    checked = check(chain([("TableInput", {"features": 2}), ("GELU", {}), ("Output", {})]))
    for name, title in (("F", "F2"), ("OrderedDict", "OrderedDict2")):
        text = source(checked, name)
        assert f"class {title}(" in text and f"model = {title}()" in text


def test_errors_are_refused() -> None:
    with pytest.raises(Refusal):
        source(check(chain([("ImageInput", {})])))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("digits-cnn", "DigitsCnn"), ("", "Network"), ("3d net", "Network3dNet"), ('"); import os', "ImportOs")],
)
def test_class_names(text: str, expected: str) -> None:
    assert class_name(text) == expected


HOSTILE = [
    '"""',
    "'''\nimport os\n",
    "\\",
    '\\n"""\nprint(1)',
    "{}",
    "%s",
    "\u202e",
    "a" * 5000,
    "\x00",
    "\r\n#",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(text: str) -> None:
    """Class names of the data and notes come from files of strangers; they may only ever be string constants."""
    fields = [
        DIGIT_IMAGE,
        type(DIGIT)(name="digit", role="target", kind="class", element="int", classes=(text,) * 10),
    ]
    checked = check(
        chain([("ImageInput", {}), ("Flatten", {}), ("Linear", {"out_features": 10}), ("Output", {})], fields)
    )
    tree = ast.parse(source(checked, text, weights=text, note=text))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    expected = {
        "super",
        "super().__init__",
        "nn.Flatten",
        "nn.Linear",
        "load_file",
        class_name(text),
        "model.load_state_dict",
    }
    assert calls <= expected | {"model.eval", "self.flatten1", "self.linear1"}
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert len(imported) == 2


def test_a_layer_named_like_the_classes_of_an_output_does_no_harm(tmp_path: Path) -> None:
    document = digits_cnn()
    last = document.node_named("linear1")
    assert last is not None
    document = document.apply(edits.append_node(document, "Output", last.id))
    document = document.apply(edits.rename(document, last.id, "output1_classes"))
    assert_same(document, tmp_path)
    assert "output1_classes_2 = (" in source(check(document))


def test_a_value_that_is_passed_on_keeps_its_variable_while_it_is_needed(tmp_path: Path) -> None:
    steps = [("ImageInput", {}), ("Flatten", {}), ("Cast", {}), ("Linear", {"out_features": 64})]
    document = chain(steps, [DIGIT_IMAGE, DIGIT])
    cast, linear = (next(n for n in document.nodes() if n.type == t) for t in ("Cast", "Linear"))
    diff = edits.add_node(document, "Add")
    document = document.apply(diff)
    add = next(iter(diff.added))
    document = document.apply(edits.connect(document, linear.id, "y", add, "a"))
    document = document.apply(edits.connect(document, cast.id, "y", add, "b"))
    document = document.apply(edits.append_node(document, "Linear", add, parameters={"out_features": 10}))
    last = next(n for n in document.nodes() if n.type == "Linear" and n.id != linear.id)
    assert_same(document.apply(edits.append_node(document, "Output", last.id)), tmp_path)
