"""Source of networks with blocks: one class for the uses of a block, and the same weights and answers."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import torch
from torch import nn

from nndesigner.check.check import check
from nndesigner.compiler.build import build, example_inputs
from nndesigner.compiler.source import printed
from nndesigner.document.document import Document
from nndesigner.document.records import BlockParameter
from tests.check.test_blocks import Drawing, accumulating


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
    assert "def __init__(self, in_channels, channels=4):" in text
    assert "unit1=Unit(in_channels=4)" in text
    assert "Unit(in_channels=4, channels=6)" in text and "Unit(in_channels=6, channels=6)" in text
    assert "if in_channels != channels" in text and "else nn.Identity()" in text


def test_a_bypass_that_follows_the_repetition_is_a_parameter() -> None:
    drawing = Drawing()
    network = residual(drawing)
    project = next(n for n in drawing.document.nodes(network) if n.name == "project")
    drawing.do("set_bypass", [project.id], "=in_channels == channels or index > 0")
    text = written(image(drawing, drawing.use(network), drawing.use(network, channels=6, repeat=2)))
    assert "def __init__(self, in_channels, channels=4, project=False):" in text
    assert "Unit(in_channels=4, channels=6, project=True)" in text


def test_what_is_bypassed_in_forward_is_asked_there() -> None:
    """Operations, and layers of several calls, that only some uses have: one class, asked by a parameter."""
    drawing = Drawing()
    network = drawing.block("unit", stride=1)
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    conv = drawing.add("Conv2d", network, out_channels=4, stride="=stride", padding="custom")
    norm = drawing.add("LayerNorm", network, over="channels")
    drop = drawing.add("DropPath", network, p="=stride * 0.1")
    add = drawing.add("Add", network)
    drawing.do("set_bypass", [norm, drop, add], "=stride != 1")
    drawing.chain(x, conv, norm, drop, add, y)
    drawing.do("connect", x, "y", add, "b")
    text = written(image(drawing, drawing.use(network), drawing.use(network, stride=2), drawing.use(network)))
    assert text.count("class ") == 2
    assert "self.add1 = stride == 1" in text and "return out + x if self.add1 else out" in text
    assert "nn.LayerNorm(normalized_shape=[4]) if stride == 1 else nn.Identity()" in text


def test_words_that_differ_are_a_parameter() -> None:
    drawing = Drawing()
    network = drawing.block("unit")
    parameter = BlockParameter(name="kind", sort="choice", default="relu", choices=("relu", "tanh", "none"))
    drawing.do("set_network", network, parameters=[msgspec.to_builtins(parameter)])
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    conv = drawing.add("Conv2d", network, out_channels=4)
    relu, tanh = drawing.add("ReLU", network), drawing.add("Tanh", network)
    drawing.do("set_bypass", [relu], '=kind != "relu"')
    drawing.do("set_bypass", [tanh], '=kind != "tanh"')
    drawing.chain(x, conv, relu, tanh, y)
    text = written(image(drawing, drawing.use(network), drawing.use(network, kind="tanh")))
    assert text.count("class ") == 2
    assert 'nn.Tanh() if kind == "tanh" else nn.Identity()' in text
    assert 'Unit(kind="tanh")' in text


def test_numbers_that_an_expression_of_the_block_gives_are_written_as_it() -> None:
    drawing = Drawing()
    network = drawing.block("unit", wide=2, kernel=3)
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    conv = drawing.add(
        "Conv2d",
        network,
        out_channels="=max(1, in_channels * wide)",
        kernel_size="=kernel",
        padding="custom",
        pad="=wide // wide * (kernel - 1) // 2",
    )
    drawing.chain(x, conv, drawing.add("BatchNorm2d", network), y)
    text = written(image(drawing, drawing.use(network), drawing.use(network, kernel=5)))
    assert "def __init__(self, in_channels, kernel=3):" in text
    assert "num_features=max(1, in_channels * 2)" in text
    assert "padding=2 // 2 * (kernel - 1) // 2" in text


def test_branches_that_come_together_have_names() -> None:
    drawing = Drawing()
    network = drawing.block("unit")
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    join = drawing.add("Concatenate", network, inputs=3)
    for port in "abc":
        conv, last = (drawing.add("Conv2d", network, out_channels=2) for _ in "12")
        drawing.do("rename", last, f"branch_{port}")
        drawing.chain(x, conv, last)
        drawing.do("connect", last, "y", join, port)
    drawing.chain(join, y)
    text = written(image(drawing, drawing.use(network)))
    assert "torch.cat((branch_a, branch_b, branch_c), dim=1)" in text
    assert text.index("self.branch_a(") < text.index("self.branch_b(") < text.index("self.branch_c(")


def test_long_signatures_and_repetitions_are_broken_over_lines() -> None:
    drawing = Drawing()
    names = [f"a_parameter_with_a_long_name_{i}" for i in range(4)]
    network = drawing.block("unit", **dict.fromkeys(names, 4))
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    convs = [drawing.add("Conv2d", network, out_channels=f"={name}") for name in names]
    drawing.chain(x, *convs, y)
    one = drawing.use(network, **dict(zip(names, (4, 5, 6, 7), strict=True)))
    two = drawing.use(network, **dict(zip(names, (3, 7, 5, 4), strict=True)), repeat=3)
    text = written(image(drawing, one, two))
    assert max(map(len, text.splitlines())) <= 110
    assert "\n                        for _ in range(2)\n" in text


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


def test_the_first_of_a_loop_may_have_fewer_inputs() -> None:
    drawing = Drawing()
    used = drawing.use(accumulating(drawing), repeat=3)
    given = drawing.add("ImageInput", channels=3, height=5, width=5)
    drawing.chain(given, used, drawing.add("Flatten"), drawing.add("Output"))
    flat = drawing.add("Flatten")
    drawing.do("connect", used, "sum", flat, "x")
    drawing.chain(flat, drawing.add("Output"))
    text = written(drawing.document)
    assert "unit1_y, unit1_sum = self.unit1[0](image1)" in text
    assert "for block in self.unit1[1:]:" in text
    assert "return (" not in text


def test_uses_that_cut_at_other_places_share_a_class() -> None:
    drawing = Drawing()
    network = drawing.block("unit", first=1)
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    drawing.chain(x, drawing.add("Slice", network, start="=first"), drawing.add("Conv2d", network), y)
    text = written(image(drawing, drawing.use(network), drawing.use(network, first=2), channels=8))
    assert text.count("class ") == 2 and "x[:, :, self.first:]" in text


def test_a_long_summary_is_wrapped() -> None:
    drawing = Drawing()
    network = residual(drawing)
    drawing.do("set_network", network, help="What it does, in a great many words. " * 6)
    text = written(image(drawing, drawing.use(network), drawing.use(network, channels=6)))
    assert max(map(len, text.splitlines())) <= 110
    assert " ".join(text.split()).count("in a great many words.") == 6


def test_what_every_round_of_a_loop_reads_keeps_its_variable() -> None:
    drawing = Drawing()
    network = drawing.block("masked")
    padding = drawing.add("BlockInput", network, position=1)
    drawing.do("rename", padding, "padding")
    attention = drawing.add("MultiheadAttention", network, num_heads=2)
    drawing.chain(drawing.port(network, "x"), attention, drawing.port(network, "y"))
    drawing.do("connect", padding, "y", attention, "padding")
    tokens = drawing.add("TokensInput", length=5, vocabulary=7)
    mask, used = drawing.add("PaddingMask"), drawing.use(network, repeat=2)
    drawing.chain(tokens, mask)
    drawing.chain(
        tokens, drawing.add("Embedding", embedding_dim=4), used, drawing.add("Linear"), drawing.add("Output")
    )
    drawing.do("connect", mask, "y", used, "padding")
    text = written(drawing.document)
    assert "x = torch.eq(tokens1, 0)" in text and "out = block(out, x)" in text


def test_long_calls_are_broken_where_most_of_them_stands() -> None:
    drawing = Drawing()
    tokens = drawing.add("TokensInput", length=5, vocabulary=7)
    mask = drawing.add("PaddingMask")
    attention = drawing.add("MultiheadAttention", num_heads=2)
    drawing.do("rename", attention, "attention_with_a_name_that_fills_up_most_of_the_line")
    drawing.chain(tokens, mask)
    drawing.chain(tokens, drawing.add("Embedding", embedding_dim=4), attention, drawing.add("Output"))
    drawing.do("connect", mask, "y", attention, "padding")
    text = written(drawing.document)
    assert max(map(len, text.splitlines())) <= 110 and "        )[0]\n" in text


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
