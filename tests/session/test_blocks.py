"""A session that looks into blocks: what is trained stays the main network."""

from __future__ import annotations

import pytest

from nndesigner.check.check import check
from nndesigner.document.records import Node
from nndesigner.session.session import Session
from tests.networks import chain


def _node(session: Session, name: str, network: str | None = None) -> Node:
    found = session.document.node_named(name, network)
    assert found is not None
    return found


@pytest.fixture
def session() -> Session:
    """input → block(linear, relu) → output, the block made from the two."""
    made = Session()
    document = chain(
        [("TableInput", {"features": 4}), ("Linear", {"out_features": 4}), ("ReLU", {}), ("Output", {})]
    )
    made.files.new(document)
    ids = [node.id for node in document.nodes()[1:3]]
    assert made.edit("", "make_block", ids=ids, name="stage") is not None
    return made


def _block(session: Session) -> Node:
    return next(n for n in session.document.nodes() if n.type == "Block")


def test_entering_looks_into_the_block_and_training_keeps_to_the_main_network(session: Session) -> None:
    weights = session.whole.weights
    heard: list[str] = []
    session.editing.shown.connect(lambda: heard.append(session.network))
    assert session.editing.enter(_block(session).id)
    assert session.network == _block(session).block and heard == [session.network]
    assert session.checked.network == session.network and not session.checked.heads
    assert session.whole.weights == weights == session.editing.checking.finish().weights
    assert [name for name, _ in session.editing.path] == [session.document.main.name, "stage1"]
    assert session.editing.leave() and session.network == session.document.main.id
    assert not session.editing.leave()
    assert not session.editing.enter(session.document.nodes()[0].id)


def test_the_use_that_was_entered_is_the_one_that_is_looked_at(session: Session) -> None:
    """Each use gets something else; what is shown inside is of the use on the trail."""
    block = _block(session)
    session.edit("", "set_network", network=block.block, parameters=[{"name": "width", "default": 4}])
    linear = next(n for n in session.document.nodes(block.block) if n.type == "Linear")
    session.edit("", "set_parameter", node=linear.id, parameter="out_features", value="=width")
    second = next(iter(session.edit("", "use_block", block=block.block, parameters={"width": 9}).added))
    session.edit("", "connect", source=block.id, out_port="y", target=second, in_port="x")
    session.editing.enter(second)
    assert session.checked.node(linear.id).use["out_features"] == 9
    session.editing.leave()
    session.editing.enter(block.id)
    assert session.checked.node(linear.id).use["out_features"] == 4


def test_undo_goes_to_the_network_where_it_happened(session: Session) -> None:
    block = _block(session)
    session.editing.enter(block.id)
    session.edit("", "add_node", type="Tanh", network=session.network)
    session.editing.leave()
    session.undo()
    assert session.network == block.block and session.editing.trail == (block.id,)
    session.undo()  # the block itself goes
    assert session.network == session.document.main.id and session.editing.trail == ()
    assert session.checked is session.whole
    session.redo()
    assert session.network == session.document.main.id


def test_a_block_that_is_removed_while_it_is_looked_into(session: Session) -> None:
    block = _block(session)
    session.editing.enter(block.id)
    session.edit("", "remove", ids=[block.id])
    assert session.network == block.block and session.editing.trail == ()
    assert [name for name, _ in session.editing.path][1:] == ["stage"]
    assert any(p.where.network == block.block for p in session.problems), "it says what it misses"
    assert not any(p.where.network == block.block for p in session.whole.problems)
    session.edit("", "remove_block", network=block.block)
    assert session.network == session.document.main.id


def test_problems_inside_are_told_outside_with_their_path(session: Session) -> None:
    block = _block(session)
    session.edit("", "add_node", type="Add", network=block.block)
    session.edit("", "remove", ids=[e.id for e in session.document.edges_in(block.block)][:1])
    inside = [p for p in session.problems if p.where.path]
    assert inside and all(p.where.path == ("stage1",) for p in inside)
    before = session.problems
    session.editing.enter(block.id)
    assert session.problems == before, "the list is of the whole project"
    assert {p.where.node for p in session.checked.problems} >= {p.where.node for p in inside}


# -- dissolving ----------------------------------------------------------------------------------------------------
def test_dissolving_gives_every_repetition_its_own_values(session: Session) -> None:
    block = _block(session)
    session.edit("", "set_network", network=block.block, parameters=[{"name": "width", "default": 4}])
    linear = next(n for n in session.document.nodes(block.block) if n.type == "Linear")
    value = "=width if index < 1 else in_features + 1"
    session.edit("", "set_parameter", node=linear.id, parameter="out_features", value=value)
    session.edit("", "set_parameters", node=block.id, values={"repeat": 3, "width": 7})
    before = check(session.document)
    assert session.editing.dissolve(block.id) is not None
    after = check(session.document)
    assert [n.parameters["out_features"] for n in session.document.nodes() if n.type == "Linear"] == [7, 8, 9]
    assert (after.weights, after.heads[0].arriving) == (before.weights, before.heads[0].arriving)
    assert len(session.document.networks) == 1
    session.undo()
    assert check(session.document).weights == before.weights


def test_dissolving_inside_a_block_keeps_what_depends_on_its_use(session: Session) -> None:
    block = _block(session)
    linear = next(n for n in session.document.nodes(block.block) if n.type == "Linear")
    for network in (block.block,):
        session.edit("", "set_network", network=network, parameters=[{"name": "width", "default": 4}])
    session.edit("", "set_parameter", node=linear.id, parameter="out_features", value="=width * 2")
    session.edit("", "make_block", ids=[block.id], name="outer")
    outer = _block(session)
    session.edit("", "set_network", network=outer.block, parameters=[{"name": "size", "default": 3}])
    session.edit("", "set_parameter", node=block.id, parameter="width", value="=size + 1")
    session.edit("", "set_parameter", node=outer.id, parameter="size", value=5)
    before = session.whole.weights
    session.editing.enter(outer.id)
    assert session.editing.dissolve(block.id) is not None
    assert session.document.node(linear.id).parameters["out_features"] == "=(size + 1) * 2"
    assert session.whole.weights == before
    assert session.network == outer.block


@pytest.fixture
def nested() -> Session:
    """image → outer(conv, batch norm, inner(conv), relu) → output; the inner block gives twice what it gets."""
    made = Session()
    document = chain(
        [
            ("ImageInput", {"channels": 3, "height": 8, "width": 8}),
            ("Conv2d", {"out_channels": 5}),
            ("BatchNorm2d", {}),
            ("Conv2d", {"out_channels": 6}),
            ("ReLU", {}),
            ("Output", {}),
        ]
    )
    made.files.new(document)
    stem, norm, conv, relu = (node.id for node in document.nodes()[1:5])
    made.edit("", "make_block", ids=[conv], name="inner")
    inner = _block(made)
    made.edit("", "set_parameter", node=conv, parameter="out_channels", value="=in_channels * 2")
    made.edit("", "make_block", ids=[stem, norm, inner.id, relu], name="outer")
    made.editing.enter(_block(made).id)
    return made


def _inner(session: Session) -> Node:
    return next(n for n in session.document.nodes(session.network) if n.type == "Block")


def _widths(session: Session) -> list[object]:
    nodes = session.document.nodes(session.network)
    return [n.parameters["out_channels"] for n in nodes if n.type == "Conv2d"]


def test_dissolving_inside_a_block_says_what_arrives_in_the_words_of_that_block(nested: Session) -> None:
    """The width of the layer before it, through one that keeps it; from the second repetition on, of the one before."""
    outer = nested.network
    nested.edit("", "set_network", network=outer, parameters=[{"name": "width", "default": 5}])
    stem = next(n for n in nested.document.nodes(outer) if n.type == "Conv2d")
    nested.edit("", "set_parameter", node=stem.id, parameter="out_channels", value="=width")
    nested.edit("", "set_parameter", node=_inner(nested).id, parameter="repeat", value=2)
    before = nested.whole.weights
    assert nested.editing.dissolve(_inner(nested).id) is not None
    first, *repeated = _widths(nested)
    assert (first, repeated[0]) == ("=width", "=width * 2") and "width" in str(repeated[1])
    assert nested.whole.weights == before
    use = next(n for n in nested.document.nodes() if n.type == "Block")
    nested.edit("", "set_parameter", node=use.id, parameter="width", value=3)
    checked = nested.whole.node(use.id)
    assert checked is not None
    assert [n.use["out_channels"] for n in checked.rounds[0].nodes if n.record.type == "Conv2d"] == [3, 6, 12]


def test_dissolving_where_the_ports_of_both_blocks_meet_keeps_in_channels(nested: Session) -> None:
    stem = next(n for n in nested.document.nodes(nested.network) if n.type == "Conv2d")
    nested.edit("", "remove_and_reconnect", ids=[stem.id])
    assert nested.editing.dissolve(_inner(nested).id) is not None
    assert _widths(nested) == ["=in_channels * 2"]


def test_dissolving_where_nothing_says_the_width_writes_the_number(nested: Session) -> None:
    stem = next(n for n in nested.document.nodes(nested.network) if n.type == "Conv2d")
    norm = next(n for n in nested.document.nodes(nested.network) if n.type == "BatchNorm2d")
    nested.edit("", "insert_on_wire", edge=nested.document.wire_into(norm.id, "x").id, type="PixelShuffle")
    shuffle = next(n for n in nested.document.nodes(nested.network) if n.type == "PixelShuffle")
    nested.edit("", "set_parameter", node=stem.id, parameter="out_channels", value=8)
    nested.edit("", "set_parameter", node=shuffle.id, parameter="upscale_factor", value=2)
    before = nested.whole.weights
    assert nested.editing.dissolve(_inner(nested).id) is not None
    assert _widths(nested) == [8, 4]
    assert nested.whole.weights == before
