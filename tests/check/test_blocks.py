"""Blocks as the checker sees them: per use, with the parameters and the shapes of that use."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from nndesigner.base.problem import Problem
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from nndesigner.document.records import Network, Node


class Drawing:
    """A document under construction."""

    def __init__(self) -> None:
        self.document = edits.new_document("main")

    def do(self, verb: str, *args: Any, **arguments: Any) -> Mapping[str, Any]:
        diff = edits.VERBS[verb](self.document, *args, **arguments)
        self.document = self.document.apply(diff)
        return diff.added

    def block(self, name: str, **parameters: Any) -> str:
        added = self.do("new_block", name)
        network = next(id for id, record in added.items() if isinstance(record, Network))
        declared = [{"name": key, "default": value} for key, value in parameters.items()]
        self.do("set_network", network, parameters=declared)
        return network

    def add(self, type: str, network: str = "", **parameters: Any) -> str:
        return next(iter(self.do("add_node", type, network=network, parameters=parameters)))

    def use(self, block: str, network: str = "", **parameters: Any) -> str:
        return next(iter(self.do("use_block", block, network=network, parameters=parameters)))

    def port(self, network: str, name: str) -> str:
        node = self.document.node_named(name, network)
        assert node is not None
        return node.id

    def chain(self, *nodes: str) -> None:
        for source, target in pairwise(nodes):
            outputs = edits.ports(self.document, self.document.node(source))[1]
            inputs = edits.ports(self.document, self.document.node(target))[0]
            self.do("connect", source, outputs[0].name, target, inputs[0].name)


def conv_block(drawing: Drawing) -> str:
    """x → conv (channels, twice as many from the second on) → ReLU → y."""
    network = drawing.block("conv", channels=8)
    conv = drawing.add("Conv2d", network, out_channels="=channels if index == 0 else channels * 2")
    relu = drawing.add("ReLU", network)
    drawing.chain(drawing.port(network, "x"), conv, relu, drawing.port(network, "y"))
    return network


def problems(document: Document, code: str) -> list[Problem]:
    return [problem for problem in check(document).problems if problem.code == code]


def test_each_use_is_checked_with_its_own_parameters_and_rounds() -> None:
    drawing = Drawing()
    network = conv_block(drawing)
    image = drawing.add("ImageInput", channels=3, height=16, width=16)
    first, second = drawing.use(network), drawing.use(network, channels=5, repeat=2)
    drawing.chain(image, first, second, drawing.add("Output"))
    checked = check(drawing.document)
    assert str(checked.types[first, "y"]) == "N × 8 × 16 × 16"
    assert str(checked.types[second, "y"]) == "N × 10 × 16 × 16"
    names = [inner.name for inner in checked.walk() if inner.node.record.type == "Conv2d"]
    assert names == ["conv1.conv1", "conv2.0.conv1", "conv2.1.conv1"]
    assert checked.weights == (3 * 9 + 1) * 8 + (8 * 9 + 1) * 5 + (5 * 9 + 1) * 10
    twice = checked.node(second)
    assert twice is not None and checked.node(f"{second}/1/{twice.rounds[1].nodes[0].id}") is not None


def test_a_problem_inside_says_its_path_once_for_all_uses() -> None:
    drawing = Drawing()
    network = drawing.block("head")
    linear = drawing.add("Linear", network)
    drawing.chain(drawing.port(network, "x"), linear, drawing.port(network, "y"))
    image = drawing.add("ImageInput", channels=3, height=4, width=4)
    one, two = drawing.use(network), drawing.use(network)
    drawing.chain(image, one)
    drawing.chain(image, two)
    found = problems(drawing.document, "shape")
    assert len(found) == 1
    assert found[0].where.path == ("head1",) and found[0].where.node == linear
    assert "(The same at 1 other place.)" in found[0].message
    mended = edits.VERBS[found[0].remedies[0].verb](drawing.document, **found[0].remedies[0].arguments)
    assert not problems(drawing.document.apply(mended), "shape")


def test_bypass_may_depend_on_what_arrives() -> None:
    drawing = Drawing()
    network = drawing.block("fit", channels=8)
    conv = drawing.add("Conv2d", network, out_channels="=channels")
    drawing.do("set_bypass", [conv], "=in_channels == channels")
    drawing.chain(drawing.port(network, "x"), conv, drawing.port(network, "y"))
    image = drawing.add("ImageInput", channels=8, height=4, width=4)
    one, two = drawing.use(network), drawing.use(network, channels=6)
    drawing.chain(image, one, two, drawing.add("Output"))
    checked = check(drawing.document)
    assert (checked.node(one).weights, checked.node(two).weights) == (0, (8 * 9 + 1) * 6)


def test_shared_weights_are_counted_once_and_must_be_the_same() -> None:
    drawing = Drawing()
    left, right = drawing.add("TableInput", features=4), drawing.add("TableInput", features=4)
    one, two = drawing.add("Linear", out_features=3), drawing.add("Linear", out_features=3)
    add = drawing.add("Add")
    drawing.chain(left, one, add, drawing.add("Output"))
    drawing.chain(right, two)
    drawing.do("connect", two, "y", add, "b")
    drawing.do("share_weights", [two], one)
    assert check(drawing.document).weights == 4 * 3 + 3
    drawing.do("set_parameter", two, "out_features", 5)
    found = problems(drawing.document, "shared-weights")
    assert found and found[0].where.node == two
    mended = edits.VERBS[found[0].remedies[0].verb](drawing.document, **found[0].remedies[0].arguments)
    assert not problems(drawing.document.apply(mended), "shared-weights")


@pytest.mark.parametrize("repeat", [1, 3])
def test_blocks_in_blocks_are_counted_and_too_many_are_refused(repeat: int) -> None:
    drawing = Drawing()
    inner = drawing.block("inner")
    relu = drawing.add("ReLU", inner)
    drawing.chain(drawing.port(inner, "x"), relu, drawing.port(inner, "y"))
    outer = drawing.block("outer")
    used = drawing.use(inner, outer, repeat=repeat)
    drawing.chain(drawing.port(outer, "x"), used, drawing.port(outer, "y"))
    table, top = drawing.add("TableInput", features=4), drawing.use(outer, repeat=2)
    drawing.chain(table, top, drawing.add("Output"))
    names = [inner.name for inner in check(drawing.document).walk() if inner.node.record.type == "ReLU"]
    assert len(names) == 2 * repeat
    drawing.do("set_parameters", top, {"repeat": 1000})
    drawing.do("set_parameters", used, {"repeat": 1000})
    assert problems(drawing.document, "too-many-layers")


def test_a_block_in_itself_is_refused_by_the_verb_and_said_by_the_check() -> None:
    drawing = Drawing()
    network = conv_block(drawing)
    with pytest.raises(Exception, match="inside itself"):
        drawing.use(network, network)
    image, used = drawing.add("ImageInput", channels=3, height=8, width=8), drawing.use(network)
    drawing.chain(image, used)
    record = drawing.document.node(used)
    hostile = Node(id="again", network=network, type="Block", name="again", block=record.block)
    document = Document([*drawing.document, hostile])
    assert problems(document, "block-in-itself")


def test_inputs_stay_outside_and_ports_inside() -> None:
    drawing = Drawing()
    network = conv_block(drawing)
    drawing.add("ImageInput", network, channels=1, height=8, width=8)
    drawing.add("BlockInput")
    image, used = drawing.add("ImageInput", channels=3, height=8, width=8), drawing.use(network)
    drawing.chain(image, used)
    assert len(problems(drawing.document, "misplaced")) == 2


def test_an_optional_port_may_stay_empty() -> None:
    drawing = Drawing()
    network = drawing.block("attend")
    memory = drawing.add("BlockInput", network, optional=True, position=1)
    drawing.do("rename", memory, "memory")
    attention = drawing.add("MultiheadAttention", network, num_heads=2)
    drawing.chain(drawing.port(network, "x"), attention, drawing.port(network, "y"))
    drawing.do("connect", memory, "y", attention, "key")
    series = drawing.add("SequenceInput", length=5, features=4)
    used = drawing.use(network)
    drawing.chain(series, used, drawing.add("Output"))
    checked = check(drawing.document)
    assert not checked.errors
    assert str(checked.types[used, "y"]) == "N × 5 × 4"


def test_a_block_is_looked_at_as_it_is_in_its_first_use_or_by_its_example() -> None:
    drawing = Drawing()
    network = conv_block(drawing)
    assert check(drawing.document, network).problems
    drawing.do("set_parameter", drawing.port(network, "x"), "example", "channel 4, height H, width 7")
    alone = check(drawing.document, network)
    assert not alone.problems
    assert [str(t) for t in alone.node(alone.nodes[-1].id).use.inputs.values()] == ["N × 8 × H × 7"]
    image, used = drawing.add("ImageInput", channels=3, height=16, width=16), drawing.use(network)
    drawing.chain(image, used, drawing.add("Output"))
    inside = check(drawing.document, network)
    assert "N × 8 × 16 × 16" in {str(t) for t in inside.types.values()}


def test_only_what_changed_is_asked_again() -> None:
    drawing = Drawing()
    network = conv_block(drawing)
    image = drawing.add("ImageInput", channels=3, height=16, width=16)
    used = [drawing.use(network, channels=c) for c in (4, 6, 8)]
    drawing.chain(image, *used, drawing.add("Output"))
    before = check(drawing.document)
    drawing.do("set_parameter", used[2], "channels", 9)
    after = check(drawing.document)
    assert [before.node(id) is after.node(id) for id in used] == [True, True, False]
    relu = next(node for node in drawing.document.nodes(network) if node.type == "ReLU")
    drawing.do("replace", [relu.id], "GELU")
    inside = check(drawing.document)
    assert {n.node.record.type for n in inside.walk() if "/" in n.key} == {
        "BlockInput",
        "Conv2d",
        "GELU",
        "BlockOutput",
    }


def test_a_block_that_is_looked_at_alone_has_the_channels_of_its_example() -> None:
    drawing = Drawing()
    network = drawing.block("unit")
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    drawing.do("set_parameter", x, "example", "channel 4, height 5, width 5")
    conv = drawing.add("Conv2d", network, out_channels="=in_channels // 2")
    relu = drawing.add("ReLU", network)
    twice = drawing.add("Conv2d", network, out_channels="=in_channels * 2")
    drawing.chain(x, conv, relu, twice, y)
    for channels in (6, 8):
        drawing.do("set_parameter", x, "example", f"channel {channels}, height 5, width 5")
        checked = check(drawing.document, network)
        assert not checked.problems
        found = [checked.node(id).outputs["y"].sizes[1].value for id in (conv, relu, twice)]  # type: ignore[union-attr]
        assert found == [channels // 2, channels // 2, channels * 2]
    drawing.do("set_parameter", x, "example", "channel 6 height")
    assert check(drawing.document, network).errors


def accumulating(drawing: Drawing) -> str:
    """x → conv → y, and the sum of what left at s before and conv → s; the port s is optional."""
    network = drawing.block("unit")
    x, y = drawing.port(network, "x"), drawing.port(network, "y")
    given = drawing.add("BlockInput", network, position=1, optional=True)
    total = drawing.add("BlockOutput", network, position=1)
    drawing.do("rename", given, "s")
    drawing.do("rename", total, "sum")
    conv, add = drawing.add("Conv2d", network, out_channels=3), drawing.add("Add", network)
    drawing.chain(x, conv, add, total)
    drawing.do("connect", conv, "y", y, "x")
    drawing.do("connect", given, "y", add, "b")
    drawing.do("set_parameter", x, "example", "channel 3, height 5, width 5")
    return network


def test_a_layer_that_joins_what_does_not_arrive_passes_on_what_does() -> None:
    drawing = Drawing()
    network = accumulating(drawing)
    assert not check(drawing.document, network).problems
    used = drawing.use(network, repeat=3)
    drawing.chain(
        drawing.add("ImageInput", channels=3, height=5, width=5),
        used,
        drawing.add("Flatten"),
        drawing.add("Output"),
    )
    checked = check(drawing.document)
    assert not checked.errors
    node = checked.node(used)
    assert node is not None
    adds = [next(n for n in inside.nodes if n.record.type == "Add") for inside in node.rounds]
    assert [bool(add.passes) for add in adds] == [True, False, False]


def test_a_required_wire_that_is_missing_is_still_told() -> None:
    drawing = Drawing()
    network = accumulating(drawing)
    add = next(n for n in drawing.document.nodes(network) if n.type == "Add")
    wire = next(e for e in drawing.document.edges_in(network) if (e.target, e.in_port) == (add.id, "a"))
    drawing.do("remove", [wire.id])
    assert [p.code for p in check(drawing.document, network).errors] == ["not-wired"]


def test_a_node_is_found_by_its_key_with_the_path_of_the_module_that_has_its_weights() -> None:
    drawing = Drawing()
    network = conv_block(drawing)
    conv = next(node.id for node in drawing.document.nodes(network) if node.type == "Conv2d")
    image = drawing.add("ImageInput", channels=3, height=8, width=8)
    first, second = drawing.use(network, repeat=2, channels=2), drawing.use(network, channels=3)
    drawing.chain(image, first, second, drawing.add("Output"))
    checked = check(drawing.document)
    names = [drawing.document.node(id).name for id in (first, second)]
    found = {key: checked.find(key) for key in (f"{first}/1/{conv}", f"{second}/0/{conv}", first)}
    assert [inner and inner.name for inner in found.values()] == [
        f"{names[0]}.1.conv1",
        f"{names[1]}.conv1",
        names[0],
    ]
    inner = found[f"{first}/1/{conv}"]
    assert inner is not None and inner.node.use is not None and inner.node.use["out_channels"] == 4
    assert all(checked.find(inner.key) == inner for inner in checked.walk())
    for key in (conv, f"{first}/2/{conv}", f"{first}/x/{conv}", f"{image}/0/{conv}", "gone", ""):
        assert checked.find(key) is None


def test_a_node_in_a_block_that_uses_the_weights_of_another_is_that_ones_module() -> None:
    drawing = Drawing()
    network = conv_block(drawing)
    conv = next(node.id for node in drawing.document.nodes(network) if node.type == "Conv2d")
    image = drawing.add("ImageInput", channels=3, height=8, width=8)
    one, two = drawing.use(network), drawing.use(network)
    add = drawing.add("Add")
    drawing.chain(image, one, add, drawing.add("Output"))
    drawing.chain(image, two)
    drawing.do("connect", two, "y", add, "b")
    drawing.do("share_weights", [two], one)
    found = check(drawing.document).find(f"{two}/0/{conv}")
    assert found is not None and found.name == f"{drawing.document.node(one).name}.conv1"
