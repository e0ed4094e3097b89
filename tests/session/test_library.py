from __future__ import annotations

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.check.check import check
from nndesigner.document.records import Node
from nndesigner.project.reader import open_project
from nndesigner.session import library
from nndesigner.session.session import Session
from tests.networks import chain

SHIPPED = "Conv-norm-activation"


@pytest.fixture
def session() -> Session:
    made = Session()
    made.files.new(chain([("ImageInput", {"channels": 3, "height": 8, "width": 8})]))
    return made


def _used(session: Session, name: str = SHIPPED) -> Node:
    done = library.use_library_block(session.editing, name, 200, 0)
    assert done is not None
    return session.document.node(next(iter(done.added)))


def test_every_shipped_file_is_a_sound_project_of_blocks() -> None:
    shipped = [block for block in library.library() if not block.own]
    assert SHIPPED in {block.name for block in shipped}
    for path in {block.path for block in shipped}:
        opened = open_project(path)
        assert opened.warnings == () and opened.upgraded_from is None
    assert all(block.help for block in shipped)


def test_a_block_is_copied_into_the_project_once(session: Session) -> None:
    first, second = _used(session), _used(session)
    assert first.block == second.block
    graph = session.document.get(first.block)
    assert graph.origin == f"library:{SHIPPED}"
    session.edit("", "set_parameters", node=first.id, values={"channels": 8, "stride": 2})
    source = session.document.nodes()[0]
    session.edit("", "connect", source=source.id, out_port="y", target=first.id, in_port="x")
    node = check(session.document).node(first.id)
    assert [str(axis.size) for axis in node.outputs["y"].axes][1:] == ["8", "4", "4"]
    assert node.weights == 8 * 3 * 9 + 16


def test_a_changed_copy_stays_and_a_fresh_one_comes(session: Session) -> None:
    first = _used(session)
    conv = next(n for n in session.document.nodes(first.block) if n.type == "Conv2d")
    session.edit("", "set_parameter", node=conv.id, parameter="bias", value=True)
    second = _used(session)
    assert second.block != first.block
    assert session.document.get(second.block).name == f"{SHIPPED} 2"


def test_a_block_is_saved_with_those_inside_and_used_elsewhere(session: Session) -> None:
    inner = _used(session)
    done = session.edit("", "make_block", ids=[inner.id], name="My / stage")
    outer = next(r for r in done.added.values() if r.kind == "network")
    written = library.save_block_to_library(session.document, outer.id)
    assert written.path == library.own_folder() / "my-stage.nnd"
    names = {block.name for block in library.library() if block.own}
    assert "My / stage" in names
    other = Session()
    other.files.new()
    used = _used(other, "My / stage")
    assert [n.type for n in other.document.nodes(used.block)].count("Block") == 1
    assert len(other.document.networks) == 3
    _used(session, "My / stage")
    assert len(session.document.networks) == 3, "the one it was made from is used again"


def test_an_own_block_comes_before_a_shipped_one_of_the_same_name(session: Session) -> None:
    block = _used(session).block
    library.save_block_to_library(session.document, block)
    assert library.library_block(SHIPPED).own


def test_what_cannot_be_had_is_said(session: Session) -> None:
    heard: list[str] = []
    session.refused.connect(heard.append)
    assert library.use_library_block(session.editing, "nothing", 0, 0) is None
    assert heard == ["There is no block “nothing” in the library."]
    with pytest.raises(Refusal):
        library.save_block_to_library(session.document, session.document.main.id)
    library.own_folder().mkdir(parents=True)
    (library.own_folder() / "bad.nnd").write_text("{")
    assert {b.name for b in library.library()} >= {SHIPPED}
