from __future__ import annotations

from nndesigner.check.carrying import Carried, Fit, by_node, carry, renamed
from nndesigner.check.check import check
from nndesigner.document import edits
from nndesigner.document.document import Document
from tests.networks import digits_cnn


def states(before: Document, now: Document) -> dict[str, tuple[str, str]]:
    layers, _ = carry(check(before), check(now))
    return {layer.name: (layer.state, layer.before) for layer in layers}


def test_a_renamed_and_moved_layer_is_found_again() -> None:
    before = digits_cnn()
    conv = before.node_named("conv1")
    assert conv is not None
    now = before.apply(edits.rename(before, conv.id, "features"))
    now = now.apply(edits.make_block(now, [conv.id], "stem"))
    assert states(before, now) == {"stem1.features": ("kept", "conv1"), "linear1": ("kept", "linear1")}
    assert renamed(carry(check(before), check(now))[0])["conv1"] == "stem1.features"
    assert states(now, before)["conv1"] == ("kept", "stem1.features")


def test_another_size_is_resized_and_another_kind_starts_afresh() -> None:
    before = digits_cnn()
    conv, linear = before.node_named("conv1"), before.node_named("linear1")
    assert conv is not None and linear is not None
    wider = before.apply(edits.set_parameter(before, conv.id, "out_channels", 7))
    assert states(before, wider) == {"conv1": ("resized", "conv1"), "linear1": ("resized", "linear1")}
    bare = before.apply(edits.set_parameter(before, linear.id, "bias", False))
    assert states(before, bare)["linear1"] == ("fresh", "")
    assert carry(check(before), check(bare))[1] == ("linear1",)


def test_a_layer_of_the_same_name_takes_the_weights_where_the_node_is_new() -> None:
    before = digits_cnn()
    again = digits_cnn()
    assert {state for state, _ in states(before, again).values()} == {"kept"}


def test_frozen_layers_are_marked() -> None:
    document = digits_cnn()
    conv = document.node_named("conv1")
    assert conv is not None
    frozen = document.apply(edits.set_learning(document, [conv.id], {"frozen": True}))
    layers, _ = carry(check(document), check(frozen))
    assert [layer.frozen for layer in layers] == [True, False]


def test_a_block_is_as_bad_as_the_worst_inside_and_counts_them() -> None:
    before = digits_cnn()
    conv, linear = before.node_named("conv1"), before.node_named("linear1")
    assert conv is not None and linear is not None
    now = before.apply(edits.make_block(before, [conv.id], "stem"))
    block = next(node for node in now.nodes() if node.type == "Block")
    now = now.apply(edits.set_learning(now, [linear.id], {"frozen": True}))
    layers, _ = carry(check(before), check(now))
    assert by_node(layers) == {block.id: Fit(kept=1), linear.id: Fit(kept=1, frozen=1)}
    assert by_node(layers, (block.id,)) == {conv.id: Fit(kept=1)}
    wider = now.apply(edits.set_parameter(now, conv.id, "out_channels", 7))
    found = by_node(carry(check(before), check(wider))[0])
    assert found[block.id].state == found[linear.id].state == "resized"


def test_the_repetitions_of_a_block_count_together() -> None:
    layers = [
        Carried("a/0/b", "s.0.b", "kept", "s.0.b"),
        Carried("a/1/b", "s.1.b", "fresh"),
        Carried("a/1/c", "s.1.c", "resized", "s.1.c", frozen=True),
    ]
    assert by_node(layers) == {"a": Fit(kept=1, resized=1, fresh=1, frozen=1)}
    assert by_node(layers)["a"].state == "fresh" and by_node(layers)["a"].layers == 3
    assert by_node(layers, ("a",)) == {"b": Fit(kept=1, fresh=1), "c": Fit(resized=1, frozen=1)}
    assert by_node(layers, ("c",)) == {}
