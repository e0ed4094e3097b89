"""The arrays are a cache of the document: after any edits they equal a rebuild."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nndesigner.document.diff import Diff
from nndesigner.document.document import Document
from nndesigner.document.records import COLORS, Edge, Frame, Network, Node, Note
from nndesigner.gui.canvas.arrays import NetworkArrays
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT


def same(first: NetworkArrays, second: NetworkArrays) -> None:
    assert first.node_ids == second.node_ids
    assert first.index == second.index
    assert first.types == second.types
    assert [first.outlines[f] for f in first.form] == [second.outlines[f] for f in second.form]
    assert [first.groups[g] for g in first.group] == [second.groups[g] for g in second.group]
    assert first.tint.tolist() == second.tint.tolist()
    assert {id: tuple(points) for id, points in first.bends.items()} == second.bends
    assert first.bent.keys() == second.bent.keys()
    for id, line in first.bent.items():
        np.testing.assert_allclose(line, second.bent[id], err_msg=id)
    assert first.edge_ids == second.edge_ids
    assert first.edge_index == second.edge_index
    for name in ("place", "size", "ends", "lines", "boxes"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), err_msg=name)
    for mine, other in zip(first.ports, second.ports, strict=True):
        np.testing.assert_allclose(mine, other)
    np.testing.assert_array_equal(first.wired, second.wired)
    assert list(first.notes.items()) == list(second.notes.items())
    assert list(first.frames.items()) == list(second.frames.items())


def rebuilt(editor) -> NetworkArrays:
    return NetworkArrays.rebuild(editor.document, editor.network)


@pytest.fixture
def arrays(editor) -> NetworkArrays:
    """Kept up to date from the editor's diffs."""
    made = rebuilt(editor)
    editor.changed.connect(lambda diff: made.update(editor.document, diff))
    return made


def test_scripted_edits_undo_and_redo(editor, arrays):
    conv, relu, flat = (editor.named(name) for name in ("conv1", "relu1", "flatten1"))
    add = editor.add("Add", 600, 0)
    same(arrays, rebuilt(editor))
    editor.wire(relu, add, in_port="a")
    wire = editor.wire(conv, add, in_port="b")
    same(arrays, rebuilt(editor))
    editor.edit("Move", "move", places={conv: (220.5, -40), add: (0, 300)})
    same(arrays, rebuilt(editor))
    editor.edit("Rewire", "rewire", edge=wire, source=conv, out_port="y", target=flat, in_port="x")
    same(arrays, rebuilt(editor))
    editor.edit("Note", "add_note", text="hello", x=10, y=20)
    editor.edit("Insert", "insert_on_wire", edge=editor.document.edges[0].id, type="BatchNorm2d")
    same(arrays, rebuilt(editor))
    editor.edit("Remove", "remove", ids=[conv, flat])
    same(arrays, rebuilt(editor))
    while editor.history.done:
        editor.undo()
        same(arrays, rebuilt(editor))
    while editor.history.undone:
        editor.redo()
        same(arrays, rebuilt(editor))


def test_ports_that_come_and_go_with_a_parameter(editor, arrays):
    add = editor.add("Add", 600, 0, inputs=4)
    for port in "abcd":
        editor.wire(editor.named("relu1"), add, in_port=port)
    same(arrays, rebuilt(editor))
    tall = arrays.size[arrays.index[add], 1]
    editor.edit("Fewer", "set_parameter", node=add, parameter="inputs", value=2)
    same(arrays, rebuilt(editor))
    assert arrays.size[arrays.index[add], 1] < tall
    assert len(arrays.edges_at([add])) == 2
    editor.undo()
    same(arrays, rebuilt(editor))


def test_colours_and_folding(editor, arrays):
    add = editor.add("Add", 600, 0, inputs=5)
    editor.wire(editor.named("relu1"), add, in_port="e")
    conv = editor.named("conv1")
    editor.edit("Colour", "set_look", ids=[conv, add], color="teal")
    same(arrays, rebuilt(editor))
    assert COLORS[arrays.tint[arrays.index[conv]] - 1] == "teal"
    tall = arrays.size[arrays.index[add], 1]
    editor.edit("Fold", "set_look", ids=[conv, add], collapsed=True)
    same(arrays, rebuilt(editor))
    row = arrays.index[add]
    assert arrays.size[row, 1] < tall
    heights = [arrays.port_place(add, INPUT, port)[1] for port in "abcde"]
    assert heights == sorted(heights)
    assert all(0 < y < arrays.size[row, 1] for y in heights), "the ports keep their order at the side"
    assert arrays.lines[-1, -1].tolist() == [600, heights[-1]], "and the wire ends at its port"
    while editor.history.done:
        editor.undo()
        same(arrays, rebuilt(editor))


def test_many_random_edits(editor, arrays):
    rng = random.Random(7)
    types = ["Conv2d", "ReLU", "Add", "Flatten", "LSTM", "MultiheadAttention"]
    for _ in range(120):
        nodes = [node.id for node in editor.document.nodes()]
        kind = rng.choice(["add", "add", "move", "wire", "wire", "wire", "remove", "undo"])
        if kind == "add" or len(nodes) < 4:
            editor.add(rng.choice(types), rng.randrange(900), rng.randrange(600))
        elif kind == "move":
            editor.edit(
                "Move",
                "move",
                places={id: (rng.randrange(900), rng.randrange(600)) for id in rng.sample(nodes, 2)},
            )
        elif kind == "wire":
            source, target = rng.sample(nodes, 2)
            inputs = arrays.outlines[arrays.form[arrays.index[target]]].inputs
            if inputs and editor.why_not(source, "y", target, inputs[-1]) == "":
                editor.edit(
                    "Connect", "connect", source=source, out_port="y", target=target, in_port=inputs[-1]
                )
        elif kind == "remove":
            editor.edit("Remove", "remove", ids=rng.sample(nodes, 2))
        else:
            editor.undo()
        same(arrays, rebuilt(editor))


def test_an_unknown_layers_ports_follow_its_wires(editor):
    stranger = Node(id="s", network=editor.network, type="acme.Twist", name="twist1", x=0, y=300)
    document = editor.document.apply(Diff(added={"s": stranger}))
    arrays = NetworkArrays.rebuild(document, editor.network)
    wire = Edge(id="e", source=editor.named("conv1"), out_port="y", target="s", in_port="left")
    diff = Diff(added={"e": wire})
    document = document.apply(diff)
    arrays.update(document, diff)
    same(arrays, NetworkArrays.rebuild(document, editor.network))
    assert arrays.port_place("s", INPUT, "left") == (0.0, 322.0)
    arrays.update(document.apply(diff.inverse()), diff.inverse())
    with pytest.raises(ValueError, match="not in tuple"):
        arrays.port_place("s", INPUT, "left")


def test_only_one_network_is_shown(editor):
    other = Network(id="other", name="block", order=1)
    node = Node(id="n", network="other", type="ReLU", name="relu1")
    document = Document([*editor.document, other, node])
    assert NetworkArrays.rebuild(document, editor.network).node_ids == rebuilt(editor).node_ids
    assert NetworkArrays.rebuild(document, "other").node_ids == ["n"]


def test_a_preview_moves_things_and_leaves_the_arrays_alone(editor):
    editor.edit("Note", "add_note", text="hello", x=10, y=20)
    frame = Frame(id="f", network=editor.network, x=-20, y=-20)
    editor.document = editor.document.apply(Diff(added={"f": frame}))
    arrays = rebuilt(editor)
    conv, note = editor.named("conv1"), next(iter(arrays.notes))
    shown = arrays.moved({conv: (300, 100), note: (1, 2), "f": (5, 6)})
    editor.edit("Move", "move", places={conv: (300, 100), note: (1, 2), "f": (5, 6)})
    same(shown, rebuilt(editor))
    assert arrays.place[arrays.index[conv]].tolist() == [200, 0]
    assert isinstance(arrays.notes[note], Note) and arrays.notes[note].x == 10


def test_a_preview_of_a_size_is_what_the_edit_gives(editor):
    editor.edit("Note", "add_note", text="hello", x=10, y=20)
    editor.edit("Frame", "add_frame", title="stem", x=0, y=0, width=300, height=200, id="f")
    arrays = rebuilt(editor)
    (note,) = arrays.notes
    shown = arrays.moved({note: (0, 0), "f": (5, 6)}, sizes={note: (300, 90), "f": (250, 180)})
    editor.edit("Size", "resize", id=note, x=0, y=0, width=300, height=90)
    editor.edit("Size", "resize", id="f", x=5, y=6, width=250, height=180)
    same(shown, rebuilt(editor))


def test_culling_finds_what_touches_a_rectangle(editor):
    arrays = rebuilt(editor)
    names = {id: editor.document.node(id).name for id in arrays.node_ids}

    def seen(*bounds):
        return {names[arrays.node_ids[row]] for row in arrays.nodes_within(bounds)}

    assert seen(-10, -10, 10, 10) == {"image1"}
    assert seen(150, -10, 450, 30) == {"conv1", "relu1"}
    assert seen(1000, 1000, 1100, 1100) == set()
    assert len(arrays.edges_within((150, 0, 180, 60))) == 1


def test_bounds(editor):
    arrays = rebuilt(editor)
    left, top, right, bottom = arrays.bounds()
    assert (left, top) == (0, 0) and right == 540 and bottom > 200
    assert arrays.bounds_of([editor.named("relu1")])[0] == 400
    assert arrays.bounds_of([]) is None
    assert NetworkArrays.rebuild(Document([editor.document.main]), editor.network).bounds() is None


def test_wires_are_known_at_their_ports(editor):
    arrays = rebuilt(editor)
    node, side, _, _ = arrays.ports
    taken = {
        (editor.document.node(arrays.node_ids[node[i]]).name, int(side[i]))
        for i in np.flatnonzero(arrays.wired)
    }
    assert taken == {("image1", OUTPUT), ("conv1", INPUT), ("conv1", OUTPUT), ("relu1", INPUT)}


def test_blocks_follow_the_ports_of_their_network(editor, arrays):
    """The ports of a block are nodes of another network: edits there reach every use here."""
    conv, relu = editor.named("conv1"), editor.named("relu1")
    editor.edit("Block", "make_block", ids=[conv, relu], name="stage")
    same(arrays, rebuilt(editor))
    block = next(node for node in editor.document.nodes() if node.type == "Block")
    editor.edit("Use", "use_block", block=block.block, x=700, y=200)
    same(arrays, rebuilt(editor))
    tall = arrays.size[arrays.index[block.id], 1]
    editor.edit("Port", "add_node", type="BlockInput", network=block.block, name="skip")
    same(arrays, rebuilt(editor))
    assert arrays.size[arrays.index[block.id], 1] > tall
    skip = editor.document.node_named("skip", block.block)
    editor.edit("Order", "set_parameter", node=skip.id, parameter="position", value=3)
    same(arrays, rebuilt(editor))
    for port in [n for n in editor.document.nodes(block.block) if n.type in ("BlockInput", "BlockOutput")]:
        editor.edit("Name", "rename", node=port.id, name=f"{port.name}_port")
        same(arrays, rebuilt(editor))
    end = next(n for n in editor.document.nodes(block.block) if n.type == "BlockOutput")
    editor.edit("Less", "remove", ids=[end.id])
    same(arrays, rebuilt(editor))
    editor.edit("Dissolve", "dissolve_block", node=block.id)
    same(arrays, rebuilt(editor))
    while editor.history.done:
        editor.undo()
        same(arrays, rebuilt(editor))
    while editor.history.undone:
        editor.redo()
        same(arrays, rebuilt(editor))
