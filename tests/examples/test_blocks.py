"""The blocks of the library in resources/blocks/: each is described, checks alone with its example shape, and in a
network it builds, learns a step, and prints source that computes the same.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from msgspec import structs

from nndesigner.base.problem import Severity
from nndesigner.base.shapes import TensorType
from nndesigner.check.check import check
from nndesigner.compiler.build import build, example_inputs
from nndesigner.compiler.source import source
from nndesigner.document import edits
from nndesigner.document.blocks import port_nodes
from nndesigner.document.document import Document
from nndesigner.document.records import Edge, Network, Node
from nndesigner.layers.block_ports import ENTRY, EXIT, example_type
from nndesigner.project.reader import open_project

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "blocks"
FILES = sorted(FOLDER.glob("*.nnd"))
BLOCKS = [
    pytest.param(path, network.name, id=f"{path.stem}-{network.name}")
    for path in FILES
    for network in open_project(path).document.networks[1:]
]
ONCE = [*{param.values[1]: param for param in reversed(BLOCKS)}.values()]
"""Each block once, however many files it stands in."""
SINGLE = ("Feed-forward", "Patch embedding")
"""Blocks that do not follow themselves: one begins and ends with a linear layer, one makes sequences of images."""


def _block(path: Path, name: str) -> tuple[Document, Network]:
    document = open_project(path).document
    return document, next(network for network in document.networks if network.name == name)


def test_the_standard_blocks_are_there() -> None:
    names = {param.values[1] for param in ONCE}
    assert names >= {
        "Conv-norm-activation", "Basic block", "Bottleneck", "Inverted residual", "Squeeze-excitation",
        "Dense layer", "Dense block", "Dense transition", "Inception", "Fire", "ConvNeXt block", "U-Net down",
        "U-Net up", "Separable convolution", "WaveNet residual",
        "Feed-forward", "Transformer encoder", "Transformer decoder", "GPT block", "Mixer block", "Patch embedding",
    }  # fmt: skip


def test_a_block_that_stands_in_several_files_is_the_same_in_all() -> None:
    seen: dict[str, Any] = {}
    for path in FILES:
        document = open_project(path).document
        for network in document.networks[1:]:
            inside = [r for r in document if isinstance(r, Node) and r.network == network.id]
            wires = [w for w in document.edges_in(network.id) if isinstance(w, Edge)]
            content = (structs.replace(network, order=0), inside, wires)
            assert seen.setdefault(network.name, content) == content, (path.name, network.name)


@pytest.mark.parametrize(("path", "name"), BLOCKS)
def test_it_is_described_and_checks_alone(path: Path, name: str) -> None:
    opened = open_project(path)
    document, network = _block(path, name)
    assert opened.warnings == ()
    assert not document.nodes(document.main.id)
    summary, _, more = network.help.partition("\n")
    assert summary.endswith(".") and len(summary) <= 110 and "." not in summary[:-1]
    assert re.search(r"\b(19|20)\d\d\b", more), "its help names no publication"
    for parameter in network.parameters:
        assert parameter.help.endswith(".")
        assert parameter.sort in ("bool", "choice") or parameter.minimum is not None
    checked = check(document, network.id)
    assert [p.message for p in checked.problems if p.severity is not Severity.HINT] == []
    assert checked.weights > 0
    ranks = {node.use.x.rank for node in checked.exits if node.use is not None}
    assert ranks == {checked.entries[0].outputs["y"].rank} or name == "Patch embedding"


@pytest.mark.parametrize(("path", "name"), ONCE)
def test_in_a_network_it_learns_a_step_and_its_source_computes_the_same(path: Path, name: str) -> None:
    document, network = _block(path, name)
    for values in _settings(network):
        _works(_network_with(document, network, values), advised=not values)


def _settings(network: Network) -> Iterator[dict[str, Any]]:
    """Parameter values to try: the defaults, and every other word and truth value once."""
    yield {}
    for parameter in network.parameters:
        others = parameter.choices if parameter.sort == "choice" else (True, False)
        if parameter.sort in ("choice", "bool"):
            yield from ({parameter.name: value} for value in others if value != parameter.default)


def _network_with(document: Document, network: Network, values: dict[str, Any]) -> Document:
    """The library file with a use of the block in its main network, repeated where it has one input."""

    def do(verb: str, *args: Any, **arguments: Any) -> str:
        nonlocal document
        diff = edits.VERBS[verb](document, *args, **arguments)
        document = document.apply(diff)
        return next((id for id, record in diff.added.items() if isinstance(record, Node)), "")

    entries = port_nodes(document, network.id, ENTRY)
    wired = [entry for entry in entries if entry.parameters.get("example")]
    repeated = {"repeat": 2} if len(wired) == 1 and network.name not in SINGLE else {}
    user = do("use_block", network.id, parameters={**values, **repeated})
    for entry in wired:
        do("connect", _input(do, example_type(entry.parameters["example"])), "y", user, entry.name)
    for end in port_nodes(document, network.id, EXIT):
        flat, output = do("add_node", "Flatten"), do("add_node", "Output")
        do("connect", user, end.name, flat, "x")
        do("connect", flat, "y", output, "x")
    return document


def _input(do: Any, type: TensorType) -> str:
    sizes = {axis.meaning: axis.size.value for axis in type.axes[1:]}
    if set(sizes) == {"channel", "length"}:
        given = {"length": sizes["length"], "features": sizes["channel"]}
        sequence, turned = do("add_node", "SequenceInput", parameters=given), do("add_node", "Permute")
        do("connect", sequence, "y", turned, "x")
        return str(turned)
    if set(sizes) == {"time", "feature"}:
        given = {"length": str(type.axes[1].size), "features": sizes["feature"]}
        return str(do("add_node", "SequenceInput", parameters=given))
    given = {"channels": sizes["channel"], "height": sizes["height"], "width": sizes["width"]}
    return str(do("add_node", "ImageInput", parameters=given))


def _works(document: Document, *, advised: bool) -> None:
    """`advised`: nothing is advised against either."""
    checked = check(document)
    assert [p.message for p in (checked.problems if advised else checked.errors)
            if p.severity is not Severity.HINT] == []  # fmt: skip
    torch.manual_seed(0)
    model = build(checked)
    assert sum(p.numel() for p in model.parameters()) == checked.weights
    inputs = example_inputs(checked, {"N": 2}, torch.Generator().manual_seed(0))
    _learns(model, inputs)
    text = source(checked, "net")
    assert max(map(len, text.splitlines())) <= 110
    space: dict[str, Any] = {"__name__": "written"}
    exec(compile(text, "source", "exec"), space)  # our own text, made above
    written = space["Net"]().eval()
    model.eval()
    assert set(written.state_dict()) == set(model.state_dict())
    written.load_state_dict(model.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(written(*inputs), model(*inputs), rtol=0, atol=0)


def _learns(model: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    """A step down the gradient of the mean square of what comes out makes it smaller, if it is short enough."""
    model.train()
    begin = copy.deepcopy(model.state_dict())

    def loss() -> torch.Tensor:
        torch.manual_seed(0)  # the same layers are dropped
        made = model(*inputs)
        values = made if isinstance(made, tuple) else (made,)
        return sum((value.square().mean() for value in values), torch.zeros(()))

    before = loss()
    before.backward()
    missing = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert missing == []
    for rate in (0.1, 0.01, 0.001, 0.0001):
        model.load_state_dict(begin)
        torch.optim.SGD(model.parameters(), lr=rate).step()
        with torch.no_grad():
            if loss() < before:
                return
    raise AssertionError("no step makes the loss smaller")
