"""Custom layers in exported source: the user's words stay, names that clash change, and the file computes the same."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from nndesigner.base import trust
from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build, example_inputs
from nndesigner.compiler.describing import answer_here
from nndesigner.compiler.script import Rehearsed, script
from nndesigner.compiler.source import printed
from nndesigner.document.document import Document
from nndesigner.layers import described
from nndesigner.layers.custom import STARTER
from tests.custom_texts import GATE, HEAD, layer
from tests.networks import MIXED_TABLE, PRICE, chain


@pytest.fixture(autouse=True)
def answered_here() -> Iterator[None]:
    described.forget()
    answer_here()
    yield
    described.answer_here(None)
    described.forget()


def network(*texts: str) -> Document:
    for text in texts:
        trust.trust(text)
    steps = [("Custom", {"code": text}) for text in texts]
    return chain(
        [("TableInput", {}), *steps, ("Linear", {"out_features": 1}), ("Output", {})], [MIXED_TABLE, PRICE]
    )


def same(document: Document, folder: Path) -> str:
    """The source, after it computed what the compiled network computes."""
    checked = check(document)
    assert checked.ok, checked.errors
    torch.manual_seed(0)
    model = build(checked).eval()
    text = printed(checked, "Tried").text
    path = folder / "tried.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("tried", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    copy = module.Tried().eval()
    copy.load_state_dict({**copy.state_dict(), **model.state_dict()})
    raw = example_inputs(checked, {"N": 4}, torch.Generator().manual_seed(1))
    inner = dict(copy.named_children())
    live = dict(model.named_children())
    x = y = raw[0]
    for name in live:
        x, y = live[name](x), inner[name](y)
        torch.testing.assert_close(x, y, rtol=0, atol=0)
    return text


def test_the_text_stands_there_word_for_word_its_imports_at_the_top(tmp_path: Path) -> None:
    text = same(network(GATE), tmp_path)
    body = GATE.partition("from torch import nn\n")[2].strip()
    assert body in text
    head = text[: text.index("def gain")]
    assert head.count("import torch\n") == 1 and head.count("from torch import nn") == 1
    assert head.index("import math") < head.index("import torch")
    assert "self.custom1 = Gate(in_features=5)" in text


def test_one_text_used_twice_stands_there_once(tmp_path: Path) -> None:
    assert same(network(GATE, GATE), tmp_path).count("class Gate(") == 1


def test_names_that_mean_something_else_are_changed(tmp_path: Path) -> None:
    helper = "\n\ndef load(value):\n    return value * 2\n"
    one = layer("x = load(x)", "Tried", before=helper)
    other = layer("x = Tried.twice(load(value=x))\n", "Tried", before=helper.replace("* 2", "* 3"))
    other += "\n    @staticmethod\n    def twice(x):\n        return x + x\n"
    text = same(network(one, other), tmp_path)
    assert "class Tried2(nn.Module)" in text and "class Tried3(nn.Module)" in text
    assert "def load2(value)" in text and "def load3(value)" in text and "load3(value=x)" in text


def test_imports_under_other_names_and_from_the_future(tmp_path: Path) -> None:
    text = (
        '"""A file of its own."""\nfrom __future__ import annotations\nimport torch.nn as nn\nimport math as F\n'
        "import torch.nn.functional as functional\n\n\nclass Other(nn.Module):\n    def forward(self, x: Tensor):\n"
        "        return functional.relu(x) * F.sqrt(4)\n"
    )
    made = same(network(text, layer("x = torch.tanh(x)")), tmp_path)
    lines = made.splitlines()
    assert lines.index("from __future__ import annotations") < lines.index("import torch")
    assert "import math as F2" in made and "F2.sqrt(4)" in made


def test_the_lines_of_a_layer_are_those_of_its_class_and_of_its_use() -> None:
    document = network(GATE)
    found = printed(check(document), "Tried")
    node = next(n for n in document.nodes() if n.type == "Custom")
    lines = found.text.splitlines()
    covered = ["\n".join(lines[a - 1 : b]) for a, b in found.lines[node.id]]
    assert covered[0].startswith("def gain") and "class Gate" in covered[0]
    assert any("self.custom1 = Gate" in piece for piece in covered)
    linear = next(n for n in document.nodes() if n.type == "Linear")
    assert all("linear1" in lines[a - 1] for a, _ in found.lines[linear.id])


def test_the_starter_is_exported_like_any_other(tmp_path: Path) -> None:
    assert "class ScaledTanh(nn.Module)" in same(network(STARTER), tmp_path)


@pytest.mark.parametrize("line", ["from math import *", "from . import other"])
def test_an_import_that_only_works_elsewhere_is_a_sentence(line: str) -> None:
    text = HEAD + f"if False:\n    pass\n{line}\n" + layer("").removeprefix(HEAD)
    trust.trust(text)
    document = network(text)
    checked = check(document)
    if not checked.ok:  # a relative import has no package to start from
        assert "import" in checked.errors[0].message
        return
    with pytest.raises(Refusal, match="only works in its own file"):
        printed(checked)


def test_a_training_script_refuses_them_by_name() -> None:
    checked = check(network(GATE))
    with pytest.raises(Refusal, match="holds no layers of your own"):
        script(checked, {}, Rehearsed(title="Tried", run="0001"), "samples.safetensors")
