"""Layers of other packages: seen without being run, used once enabled, gone once disabled, never in the way."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from nndesigner.app.cli import main
from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.compiler.build import build
from nndesigner.compiler.source import source
from nndesigner.document.document import Document
from nndesigner.document.records import Node
from nndesigner.layers import extensions
from nndesigner.layers.catalogue import layer, layers, search
from tests.networks import MIXED_TABLE, PRICE, chain

MODULE = """
from pathlib import Path
from nndesigner.base.shapes import tensor
from nndesigner.layers.declaration import Call, Layer, Lowering, Sample, function, module

Path(__file__).with_name("ran").touch()

LEAKY = Layer(
    type="ExampleTriple", label="Triple", group="Example", stem="triple", summary="Three times as much.",
    help="Three times as much, as an example of another package.", formula="y = 3x",
    infer=lambda use: {"y": use.x}, lower=lambda use: module("example_layers.modules.Triple"),
    samples=(Sample(inputs={"x": tensor(feature=4)}),),
)
FAULTY = Layer(
    type="ExampleFaulty", label="Faulty", group="Example", stem="faulty", summary="Always fails.",
    infer=lambda use: {"y": use.values["nothing"]}, lower=lambda use: function("torch.relu"),
)
"""
MODULES = """
from torch import nn

class Triple(nn.Module):
    def forward(self, x):
        return 3 * x
"""


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Installs a package of this name into a folder on the path, with metadata of its own."""
    folder = tmp_path / "site"
    folder.mkdir()
    sys.path.insert(0, str(folder))

    def made(
        name: str = "example-layers", module: str = MODULE, entry: str = "example_layers.layers"
    ) -> Path:
        package = folder / entry.split(".")[0]
        package.mkdir(exist_ok=True)
        (package / "__init__.py").write_text("", encoding="utf-8")
        (package / "layers.py").write_text(module, encoding="utf-8")
        (package / "modules.py").write_text(MODULES, encoding="utf-8")
        info = folder / f"{name.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\nSummary: Example.\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(f"[nndesigner.layers]\nall = {entry}\n", encoding="utf-8")
        files = [f"{package.name}/{file.name}" for file in sorted(package.glob("*.py"))]
        files += [f"{info.name}/METADATA", f"{info.name}/entry_points.txt", f"{info.name}/RECORD"]
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files), encoding="utf-8")
        importlib.invalidate_caches()
        return package

    yield made
    sys.path.remove(str(folder))
    for module_name in [m for m in sys.modules if m.startswith(("example_layers", "other_layers"))]:
        del sys.modules[module_name]
    extensions.look_again()
    importlib.invalidate_caches()


@pytest.fixture(autouse=True)
def settings_of_this_test() -> Iterator[None]:
    extensions.look_again()
    yield
    extensions.look_again()


def drawn(type: str = "ExampleTriple") -> Document:
    document = chain([("TableInput", {}), ("Tanh", {}), ("Linear", {"out_features": 1}), ("Output", {})],
                     [MIXED_TABLE, PRICE])  # fmt: skip
    node = next(n for n in document.nodes() if n.type == "Tanh")
    import msgspec

    return Document({**{r.id: r for r in document}, node.id: msgspec.structs.replace(node, type=type)})


def test_a_package_is_seen_with_its_types_and_not_run(install: Callable[..., Path]) -> None:
    package = install()
    (found,) = [e for e in extensions.installed() if e.name == "example-layers"]
    assert (found.version, found.summary, found.enabled) == ("1.2", "Example.", False)
    assert found.types == ("ExampleTriple", "ExampleFaulty")
    assert layer("ExampleTriple") is None and "example_layers" not in sys.modules
    assert not (package / "ran").exists()


def test_a_project_that_needs_it_says_which_package_would_know(install: Callable[..., Path]) -> None:
    package = install()
    (problem,) = [p for p in check(drawn()).problems if p.code == "unknown-layer"]
    assert "of the package example-layers" in problem.message
    assert "nndesigner extensions --enable example-layers" in problem.message
    assert not (package / "ran").exists()


def test_enabled_once_its_layers_are_like_our_own(install: Callable[..., Path]) -> None:
    install()
    document = drawn()
    assert not check(document).ok
    extensions.enable("Example_Layers")
    assert layer("ExampleTriple") is not None and search("triple")[0].type == "ExampleTriple"
    checked = check(document)
    assert checked.ok
    model = build(checked)
    assert torch.equal(model.get_submodule(next(n.name for n in document.nodes() if n.type == "ExampleTriple"))(
        torch.ones(1)), torch.tensor([3.0]))  # fmt: skip
    text = source(checked)
    assert "import example_layers.modules\n" in text and "example_layers.modules.Triple()" in text
    extensions.disable("example-layers")
    assert layer("ExampleTriple") is None and not check(document).ok
    assert isinstance(next(n for n in document.nodes() if n.type == "ExampleTriple"), Node)


def test_a_rule_that_fails_is_a_problem_and_not_the_end(install: Callable[..., Path]) -> None:
    install()
    extensions.enable("example-layers")
    (problem,) = [p for p in check(drawn("ExampleFaulty")).problems if p.in_the_way]
    assert "Faulty of the package example-layers failed" in problem.message


def test_one_that_cannot_be_imported_is_not_enabled(install: Callable[..., Path]) -> None:
    install("other-layers", "import no_such_module_at_all\n", "other_layers.layers")
    with pytest.raises(Refusal, match="could not be loaded: No module named"):
        extensions.enable("other-layers")
    assert extensions.enabled() == frozenset()


def test_a_type_that_is_there_already_is_left_out_and_said(install: Callable[..., Path]) -> None:
    ours = layer("Linear")
    install("other-layers", MODULE.replace("ExampleTriple", "Linear"), "other_layers.layers")
    extensions.enable("other-layers")
    assert layer("Linear") is ours and "ExampleFaulty" in layers()
    (found,) = [e for e in extensions.installed() if e.name == "other-layers"]
    assert "declares the layer type Linear, which is there already" in found.failure


def test_one_that_is_gone_is_no_obstacle(install: Callable[..., Path]) -> None:
    extensions._write(["gone-layers"])
    assert layer("Linear") is not None
    with pytest.raises(Refusal, match="no installed package “nothing”"):
        extensions.enable("nothing")


def test_the_command(install: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    install()
    assert main(["extensions"]) == 0
    said = capsys.readouterr().out
    assert "example-layers" in said and "not enabled" in said
    assert main(["extensions", "--enable", "example-layers", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["extensions"]
    assert found["enabled"] and found["types"] == ["ExampleTriple", "ExampleFaulty"]
    assert main(["extensions", "--disable", "example-layers"]) == 0
    assert main(["extensions", "--disable", "example-layers"]) != 0
    assert "is not enabled" in capsys.readouterr().err
