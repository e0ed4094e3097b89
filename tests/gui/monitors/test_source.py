"""What of the network that is edited is not what the run trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndesigner.base.problem import Refusal
from nndesigner.document import edits
from nndesigner.gui.monitors.source import changes_since, live_run, note_about, run_from_folder
from tests.networks import chain, digits_cnn


def test_nothing_has_changed_in_an_equal_document() -> None:
    document = digits_cnn()
    assert changes_since(document, document) == {}
    moved = document.apply(edits.move(document, {document.nodes()[0].id: (9.0, 9.0)}))
    assert changes_since(document, moved) == {}
    assert changes_since(None, document) == {}


def test_settings_wires_and_new_layers_count() -> None:
    document = digits_cnn()
    conv = next(n for n in document.nodes() if n.type == "Conv2d")
    after = document.apply(edits.set_parameter(document, conv.id, "out_channels", 32))
    after = after.apply(edits.add_node(after, "ReLU", id="new"))
    assert changes_since(document, after) == {conv.id: "edited", "new": "added"}
    # The other way round: the layer that is gone is not in the document that is edited.
    assert changes_since(after, document) == {conv.id: "edited"}


def test_the_note_names_the_layer() -> None:
    assert "“conv1” was added" in note_about("added", "conv1")
    assert "“conv1” was changed" in note_about("edited", "conv1")


def test_a_run_from_its_folder(trained) -> None:
    kept = trained("0001-kept", 120)
    run = run_from_folder(kept.path)
    assert (run.name, run.live, run.state, run.step) == ("0001-kept", False, "finished", 120)
    assert run.checked is not None and run.checked.ok
    assert ("", "health") in run.history.frames


def test_a_run_whose_project_is_damaged_still_has_its_curves(trained) -> None:
    kept = trained("0001-kept", 50)
    (kept.path / "project.nnd").write_bytes(b"{")
    run = run_from_folder(kept.path)
    assert run.document is None and run.checked is None
    assert run.node("any") is None
    assert run.history.curves()


def test_no_run_at_all(tmp_path: Path, digits) -> None:
    with pytest.raises(Refusal):
        run_from_folder(tmp_path / "nothing")
    assert live_run(digits.training) is None


def test_the_run_that_goes_on(digits, begun, scalars) -> None:
    begun().say(scalars(30))
    run = live_run(digits.training)
    assert run is not None
    assert (run.live, run.state, run.step) == (True, "running", 30)
    conv = next(n for n in digits.document.nodes() if n.type == "Conv2d")
    assert run.node(conv.id) is not None
    assert run.node("elsewhere") is None


def test_a_block_is_edited_where_anything_inside_is() -> None:
    document = chain([("TableInput", {}), ("Linear", {}), ("ReLU", {}), ("Output", {})])
    linear, relu = document.nodes()[1:3]
    document = document.apply(edits.make_block(document, [linear.id, relu.id]))
    block = next(node for node in document.nodes() if node.type == "Block")
    inner = document.apply(edits.set_parameter(document, linear.id, "out_features", 3))
    assert changes_since(document, inner) == {linear.id: "edited", block.id: "edited"}
    moved = document.apply(edits.move(document, {linear.id: (900, 900)}))
    assert changes_since(document, moved) == {}
    bypassed = document.apply(edits.set_bypass(document, [relu.id], True))
    assert changes_since(document, bypassed) == {relu.id: "edited", block.id: "edited"}
