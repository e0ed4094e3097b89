from __future__ import annotations

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.document.blocks import uses
from nndesigner.document.bringing import meaning
from nndesigner.document.document import Document
from nndesigner.document.records import Network, Node
from tests.networks import chain


def _blocked() -> tuple[Document, Node]:
    """A network with two layers in a block of its own, which holds a nested one."""
    document = chain([("TableInput", {}), ("Linear", {}), ("ReLU", {}), ("Output", {})])
    linear, relu = document.nodes()[1:3]
    document = document.apply(edits.make_block(document, [linear.id], "inner"))
    inner = next(n for n in document.nodes() if n.type == "Block")
    document = document.apply(edits.make_block(document, [inner.id, relu.id], "outer"))
    return document, next(n for n in document.nodes() if n.type == "Block")


def _names(document: Document) -> list[str]:
    return [network.name for network in document.networks]


def test_a_block_brings_its_networks_into_another_project_once() -> None:
    document, user = _blocked()
    piece = edits.copy(document, [user.id])
    other = edits.new_document()
    pasted = other.apply(edits.paste(other, piece))
    assert _names(pasted)[1:] == ["inner", "outer"]
    assert not {n.id for n in pasted.networks} & {n.id for n in document.networks}
    again = pasted.apply(edits.paste(pasted, piece))
    assert len(again.networks) == 3, "what is there already is used again"
    outer = next(n for n in again.networks if n.name == "outer")
    assert len(uses(again, outer.id)) == 2
    assert meaning(again, outer.id) == meaning(document, user.block)


def test_pasting_at_home_uses_the_block_even_where_it_was_changed_since() -> None:
    document, user = _blocked()
    piece = edits.copy(document, [user.id])
    relu = next(n for n in document.nodes(user.block) if n.type == "ReLU")
    document = document.apply(edits.rename(document, relu.id, "other"))
    pasted = document.apply(edits.paste(document, piece))
    assert len(pasted.networks) == len(document.networks)
    assert len(uses(pasted, user.block)) == 2


def test_a_changed_copy_is_not_taken_for_the_block() -> None:
    document, user = _blocked()
    piece = edits.copy(document, [user.id])
    other = edits.new_document()
    pasted = other.apply(edits.paste(other, piece))
    outer = next(n for n in pasted.networks if n.name == "outer")
    relu = next(n for n in pasted.nodes(outer.id) if n.type == "ReLU")
    changed = pasted.apply(edits.set_bypass(pasted, [relu.id], True))
    twice = changed.apply(edits.paste(changed, piece))
    assert sorted(_names(twice)[1:]) == ["inner", "outer", "outer 2"]


def test_a_block_is_not_pasted_into_itself() -> None:
    document, user = _blocked()
    with pytest.raises(Refusal, match="inside itself"):
        edits.paste(document, edits.copy(document, [user.id]), network=user.block)


def test_pasted_layers_share_with_the_pasted_owner_or_stay_with_theirs() -> None:
    document = chain([("TableInput", {}), ("Linear", {}), ("Linear", {}), ("Output", {})])
    first, second = document.nodes()[1:3]
    document = document.apply(edits.share_weights(document, [second.id], first.id))
    both = edits.paste(document, edits.copy(document, [first.id, second.id]))
    owner, sharer = (r for r in both.added.values() if isinstance(r, Node))
    assert sharer.shares == owner.id
    alone = edits.paste(document, edits.copy(document, [second.id]))
    assert next(iter(alone.added.values())).shares == first.id
    elsewhere = edits.paste(edits.new_document(), edits.copy(document, [second.id]))
    assert next(iter(elsewhere.added.values())).shares == ""


def test_removing_a_port_takes_the_wires_at_every_use_along() -> None:
    document, user = _blocked()
    port = next(n for n in document.nodes(user.block) if n.type == "BlockOutput")
    assert any(e.source == user.id for e in document.edges_of(user.id))
    after = document.apply(edits.remove(document, [port.id]))
    assert not any(e.source == user.id for e in after.edges_of(user.id))


def test_a_block_of_a_library_remembers_where_it_is_from() -> None:
    document, user = _blocked()
    content = [item for item in edits.copy(document, [user.id]) if item["id"] != user.id]
    target = edits.new_document()
    done = edits.bring_block(target, content, user.block, origin="library:outer", x=40)
    made = target.apply(done)
    outer = next(n for n in made.networks if n.name == "outer")
    assert isinstance(outer, Network) and outer.origin == "library:outer"
    assert next(iter(done.added.values())).block == outer.id
    with pytest.raises(Refusal, match="library"):
        edits.bring_block(target, content, "nothing")
