from __future__ import annotations

from html import escape

from nndesigner.base.shapes import tensor
from nndesigner.check.carrying import Fit
from nndesigner.gui.canvas.faces import Faces
from nndesigner.gui.canvas.geometry import INPUT, OUTPUT
from nndesigner.gui.canvas.hit import NOTHING, Hit
from nndesigner.gui.canvas.tips import shape_in_words, tip


def tip_of(editor, *hit):
    return tip(Faces(editor.document, editor.network, editor.checked), Hit(*hit))


def test_a_node_says_shape_count_problems_and_comment(editor):
    conv = editor.named("conv1")
    editor.edit("Comment", "set_comment", node=conv, comment="a <b>bold</b> idea")
    words = tip_of(editor, "node", conv)
    assert "channel 32 × height 28 × width 28" in words and "320 parameters" in words
    assert "&lt;b&gt;bold" in words
    linear = editor.add("Linear", 600, 0)
    editor.wire(editor.named("relu1"), linear)
    assert "flat features" in tip_of(editor, "node", linear)


def test_ports_say_what_arrives_or_is_missing(editor):
    assert "channel 1" in tip_of(editor, "port", editor.named("conv1"), INPUT, "x")
    assert "Not wired yet" in tip_of(editor, "port", editor.named("flatten1"), INPUT, "x")
    assert "channel 32" in tip_of(editor, "port", editor.named("relu1"), OUTPUT, "y")
    assert tip_of(editor, "port", editor.named("relu1"), OUTPUT, "no such port") == ""


def test_a_wire_says_its_ends_and_its_axes(editor):
    wire = editor.document.wire_into(editor.named("relu1"), "x").id
    words = tip_of(editor, "edge", wire)
    assert "conv1 → relu1" in words and "channel 32" in words


def test_nothing_says_nothing(editor):
    assert tip(Faces(editor.document, editor.network, None), NOTHING) == ""
    assert tip_of(editor, "node", "gone") == ""


def test_shapes_in_words():
    assert shape_in_words(None).startswith("The shape is not known")
    assert shape_in_words(tensor(feature=4)) == "feature 4"
    assert shape_in_words(tensor("int", time="T")) == "time T, whole numbers"
    assert shape_in_words(tensor()) == "one number per sample"


def test_a_node_says_what_it_keeps_of_the_last_run(editor):
    conv = editor.named("conv1")
    faces = Faces(editor.document, editor.network, editor.checked)
    words = tip(faces, Hit("node", conv), {conv: Fit(resized=1, frozen=1)})
    assert "Resized" in words and "Frozen" in words
    assert "last run" not in tip(faces, Hit("node", editor.named("relu1")), {conv: Fit(kept=1)})


def test_a_wire_that_brings_the_wrong_shape_says_why(editor):
    wrong = editor.add("Conv1d", 600, 0)
    wire = editor.wire(editor.named("relu1"), wrong)
    faces = Faces(editor.document, editor.network, editor.checked)
    (problem,) = (p for p in editor.checked.problems if p.where.node == wrong and p.code == "shape")
    assert problem.where.port == "x" and wire in faces.bad_edges
    for words in (tip(faces, Hit("edge", wire)), tip(faces, Hit("port", wrong, INPUT, "x"))):
        assert escape(problem.message) in words
