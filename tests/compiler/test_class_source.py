"""Source of networks with blocks: one class for the uses of a block, and the same weights and answers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from nndesigner.check.check import check
from nndesigner.compiler.build import build, example_inputs
from nndesigner.compiler.source import printed
from nndesigner.document.document import Document
from tests.check.test_blocks import Drawing


def written(document: Document) -> str:
    """The source, after it was run and held against the compiled network."""
    checked = check(document)
    assert not checked.errors, [p.message for p in checked.errors]
    torch.manual_seed(0)
    model = build(checked).eval()
    text = printed(checked, "net").text
    space: dict[str, Any] = {}
    exec(compile(text, "source", "exec"), space)  # our own text, made above
    copy: nn.Module = space["Net"]().eval()
    assert set(copy.state_dict()) == set(model.state_dict()), text
    copy.load_state_dict(model.state_dict())
    inputs = example_inputs(checked, {"N": 2}, torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(copy(*inputs), model(*inputs), rtol=0, atol=0)
    return text


def residual(drawing: Drawing) -> str:
    """A convolution and a shortcut that is projected where the channels change."""
    network = drawing.block("unit", channels=4)
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    conv = drawing.add("Conv2d", network, out_channels="=channels")
    project = drawing.add("Conv2d", network, out_channels="=channels", kernel_size=1)
    drawing.do("rename", project, "project")
    drawing.do("set_bypass", [project], "=in_channels == channels")
    add = drawing.add("Add", network)
    drawing.chain(x, conv, add, y)
    drawing.chain(x, project)
    drawing.do("connect", project, "y", add, "b")
    return network


def image(drawing: Drawing, *nodes: str, channels: int = 4) -> Document:
    given = drawing.add("ImageInput", channels=channels, height=5, width=5)
    drawing.chain(given, *nodes, drawing.add("Flatten"), drawing.add("Output"))
    return drawing.document


def test_uses_that_differ_in_numbers_share_a_class_with_parameters() -> None:
    drawing = Drawing()
    network = residual(drawing)
    text = written(image(drawing, drawing.use(network), drawing.use(network, channels=6, repeat=2)))
    assert text.count("class ") == 2
    assert "def __init__(self, in_channels, channels=4, project=False):" in text
    assert "unit1=Unit(in_channels=4)" in text
    assert (
        "Unit(in_channels=4, channels=6, project=True)" in text and "Unit(in_channels=6, channels=6)" in text
    )
    assert "if project" in text and "else nn.Identity()" in text


def test_a_block_that_is_used_once_has_no_parameters() -> None:
    drawing = Drawing()
    text = written(image(drawing, drawing.use(residual(drawing), channels=7)))
    assert "def __init__(self):" in text and "project" in text


def test_a_chain_is_a_sequential_and_repetitions_are_comprehensions() -> None:
    drawing = Drawing()
    network = drawing.block("layer")
    drawing.chain(
        drawing.port(network, "x"),
        drawing.add("Conv2d", network, out_channels=4),
        drawing.add("ReLU", network),
        drawing.port(network, "y"),
    )
    text = written(image(drawing, drawing.use(network, repeat=5)))
    assert "class Layer(nn.Sequential):" in text
    assert "nn.Sequential(*[Layer() for _ in range(5)])" in text


def test_growing_widths_are_a_range() -> None:
    drawing = Drawing()
    network = drawing.block("dense", growth=3)
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    conv, concat = drawing.add("Conv2d", network, out_channels="=growth"), drawing.add("Concatenate", network)
    drawing.chain(x, concat, y)
    drawing.chain(x, conv)
    drawing.do("connect", conv, "y", concat, "b")
    text = written(image(drawing, drawing.use(network, repeat=4)))
    assert "*[Dense(in_channels=in_channels) for in_channels in range(4, 16, 3)]" in text


def test_an_expression_of_the_block_is_printed_as_one() -> None:
    drawing = Drawing()
    network = drawing.block("wide", channels=4)
    conv = drawing.add("Conv2d", network, out_channels="=channels * 3 + 1")
    pool = drawing.add("MaxPool2d", network, kernel_size=1, stride=1)
    drawing.chain(drawing.port(network, "x"), conv, pool, drawing.port(network, "y"))
    text = written(image(drawing, drawing.use(network), drawing.use(network, channels=5)))
    assert "out_channels=channels * 3 + 1" in text


def test_an_expression_may_use_the_functions_of_expressions() -> None:
    drawing = Drawing()
    network = drawing.block("narrow", channels=4)
    conv = drawing.add("Conv2d", network, out_channels="=max(1, in_channels // channels)")
    drawing.chain(drawing.port(network, "x"), conv, drawing.port(network, "y"))
    text = written(image(drawing, drawing.use(network), drawing.use(network, channels=2), channels=12))
    assert "max(1, in_channels // channels)" in text


def test_one_repetition_and_several_are_two_classes() -> None:
    """One stands by itself, several stand in a list: their weights have other names."""
    drawing = Drawing()
    inner = drawing.block("step", channels=4)
    conv = drawing.add("Conv2d", inner, out_channels="=channels")
    drawing.chain(drawing.port(inner, "x"), conv, drawing.port(inner, "y"))
    outer = drawing.block("stage", count=1)
    steps = drawing.use(inner, network=outer, repeat="=count")
    drawing.chain(drawing.port(outer, "x"), steps, drawing.port(outer, "y"))
    text = written(image(drawing, *(drawing.use(outer, count=count) for count in (1, 3, 2))))
    assert text.count("class Stage") == 2 and "range(count)" in text


@pytest.mark.parametrize("first", ["x", "memory"])
def test_several_ports_go_through_a_loop(first: str) -> None:
    """The first port takes what comes out, whichever of them that is."""
    drawing = Drawing()
    network = drawing.block("cross")
    memory = drawing.add("BlockInput", network, position=int(first == "x"))
    drawing.do("rename", memory, "memory")
    drawing.do("set_parameter", drawing.port(network, "x"), "position", int(first == "memory"))
    attention = drawing.add("MultiheadAttention", network, num_heads=2)
    drawing.chain(drawing.port(network, "x"), attention, drawing.port(network, "y"))
    drawing.do("connect", memory, "y", attention, "key")
    one, two = (
        drawing.add("SequenceInput", length=5, features=4),
        drawing.add("SequenceInput", length=3, features=4),
    )
    used = drawing.use(network, repeat=3)
    drawing.chain(used, drawing.add("Output"))
    drawing.do("connect", one, "y", used, "x")
    drawing.do("connect", two, "y", used, "memory")
    text = written(drawing.document)
    assert "nn.ModuleList([Cross() for _ in range(3)])" in text
    assert "for block in self.cross1:" in text


def test_shared_weights_are_one_module_called_twice() -> None:
    drawing = Drawing()
    network = residual(drawing)
    left, right = (drawing.add("ImageInput", channels=3, height=5, width=5) for _ in "ab")
    one, two, add = drawing.use(network), drawing.use(network), drawing.add("Add")
    drawing.do("share_weights", [two], one)
    drawing.chain(left, one, add, drawing.add("Output"))
    drawing.chain(right, two)
    drawing.do("connect", two, "y", add, "b")
    text = written(drawing.document)
    assert text.count("self.unit1(") == 2 and "self.unit2" not in text


def test_a_comment_stands_above_its_layer_and_cannot_leave_its_line() -> None:
    drawing = Drawing()
    conv = drawing.add("Conv2d", out_channels=2)
    drawing.do("set_comment", conv, "First look.\nimport os\r\u2028print(1)")
    relu = drawing.add("LeakyReLU")
    text = written(image(drawing, conv, relu, channels=1))
    assert "# First look." in text and "# import os" in text
    assert not [line for line in text.splitlines() if line.strip().startswith(("import os", "print"))]


@pytest.mark.parametrize("inside", [False, True])
def test_every_layer_knows_its_lines(inside: bool) -> None:
    drawing = Drawing()
    network = residual(drawing)
    used = drawing.use(network, channels=6)
    document = image(drawing, used)
    found = printed(check(document), "net")
    lines = found.text.splitlines()
    nodes = document.nodes(network if inside else None)
    for node in nodes:
        if node.type in ("Conv2d", "Block", "Flatten"):
            places = found.lines[node.id]
            assert any(node.name in "\n".join(lines[first - 1 : last]) for first, last in places)
            assert found.node_at(places[0][0]) == node.id
